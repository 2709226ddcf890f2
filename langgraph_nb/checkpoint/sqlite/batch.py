"""What one transaction writes, table by table, so that each is one call into SQLite. Lives inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import count
from typing import Any

from langgraph_nb.checkpoint.prepared import Address, Ready, ReadyCheckpoint, Typed
from langgraph_nb.checkpoint.sqlite import rows, schema


def new_ids(connection: sqlite3.Connection) -> Iterator[int]:
    """Numbers for rows of ``nb_blobs`` that are not taken. Right only while the transaction holds the write lock."""
    return count((connection.execute(schema.LAST_BLOB).fetchone()[0] or 0) + 1)


class Batch:
    """Rows to write. Inside one transaction: it relies on nobody else writing meanwhile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids = new_ids(connection)
        self._added: dict[Address, dict[str, int]] = {}
        """What was added here, and which blobs hold its values."""
        self._blobs: list[tuple[int, str, bytes]] = []
        self._checkpoints: list[tuple[Any, ...]] = []
        self._kept: list[tuple[Any, ...]] = []
        self._replacing: list[tuple[Any, ...]] = []

    def add(self, item: Ready) -> None:
        """Add a checkpoint, or a task's writes."""
        if isinstance(item, ReadyCheckpoint):
            blobs = self._added[item.address] = item.kept(self._parents_blobs(item), self._keep)
            self._checkpoints.append(rows.checkpoint_row(item, blobs))
            return
        for row in rows.write_rows(item):
            (self._replacing if row[rows.WRITE_INDEX] < 0 else self._kept).append(row)

    def store(self) -> None:
        """Write all rows."""
        for statement, some in (
            (schema.PUT_BLOB, self._blobs),
            (schema.PUT_CHECKPOINT, self._checkpoints),
            (schema.KEEP_WRITE, self._kept),
            (schema.REPLACE_WRITE, self._replacing),
        ):
            if some:
                self._connection.executemany(statement, some)

    def _keep(self, value: Typed) -> int:
        number = next(self._ids)
        self._blobs.append((number, *value))
        return number

    def _parents_blobs(self, new: ReadyCheckpoint) -> dict[str, int] | None:
        if new.parent_id is None:
            return None
        thread_id, ns, _ = new.address
        if (added := self._added.get((thread_id, ns, new.parent_id))) is not None:
            return added
        found = self._connection.execute(schema.BLOBS_OF, (thread_id, ns, new.parent_id)).fetchone()
        return None if found is None else rows.load_blobs(found[0])
