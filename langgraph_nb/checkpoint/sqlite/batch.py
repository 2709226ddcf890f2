"""What one transaction writes, table by table, so that each is one call into SQLite. Lives inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import count
from typing import Any

from langgraph_nb.checkpoint.prepared import Address, Ready, ReadyCheckpoint, Typed
from langgraph_nb.checkpoint.sqlite import rows, schema
from langgraph_nb.checkpoint.sqlite.rows import SMALL, Held


def new_ids(connection: sqlite3.Connection) -> Iterator[int]:
    """Numbers for rows of ``nb_blobs`` that are not taken. Right only while the transaction holds the write lock."""
    return count((connection.execute(schema.LAST_BLOB).fetchone()[0] or 0) + 1)


class Recent:
    """What the last transactions left behind, so that the next one need not look it up.

    Believed only while nobody, on this connection or another, has changed the database since.
    """

    _MOST = 64
    """Checkpoints to remember: one for each thread that is being run."""

    def __init__(self) -> None:
        self._left: tuple[Any, ...] = ()
        """How the database was left: the connection, its count of others' changes, and of its own."""
        self._ids: Iterator[int] = iter(())
        self._blobs: dict[Address, dict[str, Held]] = {}

    def begin(self, connection: sqlite3.Connection) -> tuple[Iterator[int], dict[Address, dict[str, Held]]]:
        """Numbers for new rows of ``nb_blobs``, and which blobs hold the values of checkpoints that are known."""
        others = connection.execute("PRAGMA data_version").fetchone()[0]  # counts what other connections committed
        if self._left != (connection, others, connection.total_changes):
            self._ids, self._blobs = new_ids(connection), {}
        self._left = connection, others, -1
        return self._ids, self._blobs

    def end(self, connection: sqlite3.Connection, added: dict[Address, dict[str, Held]]) -> None:
        """The transaction was committed; it added these checkpoints."""
        while len(self._blobs) > self._MOST:
            del self._blobs[next(iter(self._blobs))]
        self._blobs.update(added)
        self._left = connection, self._left[1], connection.total_changes


class Batch:
    """Rows to write. Inside one transaction: it relies on nobody else writing meanwhile."""

    def __init__(self, connection: sqlite3.Connection, recent: Recent) -> None:
        self._connection = connection
        self._ids, self._known = recent.begin(connection)
        self.added: dict[Address, dict[str, Held]] = {}
        """What was added here, and which blobs hold its values."""
        self._blobs: list[tuple[int, str, bytes]] = []
        self._checkpoints: list[tuple[Any, ...]] = []
        self._kept: list[tuple[Any, ...]] = []
        self._replacing: list[tuple[Any, ...]] = []

    def add(self, item: Ready) -> None:
        """Add a checkpoint, or a task's writes."""
        if isinstance(item, ReadyCheckpoint):
            blobs = self.added[item.address] = item.kept(self._parents_blobs(item), self._keep)
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

    def _keep(self, value: Typed) -> Held:
        if len(value[1]) <= SMALL:
            return list(value)
        number = next(self._ids)
        self._blobs.append((number, *value))
        return number

    def _parents_blobs(self, new: ReadyCheckpoint) -> dict[str, Held] | None:
        if new.parent_id is None:
            return None
        thread_id, ns, _ = new.address
        parent = thread_id, ns, new.parent_id
        known = self.added.get(parent) or self._known.get(parent)
        if known is not None:
            return known
        found = self._connection.execute(schema.BLOBS_OF, (thread_id, ns, new.parent_id)).fetchone()
        return None if found is None else rows.load_blobs(found[0])
