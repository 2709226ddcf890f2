"""What is looked up in the tables of a database, and written to them, within a transaction. Knows no values.

No cursor is handed out: one that a traceback keeps half read would go on reading an old state of the database, and
keep SQLite from vacuuming it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from langgraph_nb.checkpoint.rows.batch import Rows
from langgraph_nb.checkpoint.rows.reading import CheckpointRow
from langgraph_nb.checkpoint.rows.repair import Aside
from langgraph_nb.checkpoint.sqlite import claims, schema
from langgraph_nb.checkpoint.sqlite.shapes import get_shape


class SqliteShelf:
    """A ``Shelf``.

    Args:
        connection: Is in a transaction for as long as this is used.
    """

    steady = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def space(self, thread_id: str, ns: str) -> tuple[int, bool]:
        if (known := self.known_space(thread_id, ns)) is not None:
            return known, False
        (number,) = self._connection.execute(schema.ADD_SPACE, (thread_id, ns)).fetchone()
        return number, True

    def known_space(self, thread_id: str, ns: str) -> int | None:
        """The number of a space, if there is such a space."""
        found = self._connection.execute(schema.SPACE, (thread_id, ns)).fetchone()
        return None if found is None else int(found[0])

    def newest(self, space: int) -> str | None:
        newest: str | None = self._connection.execute(schema.NEWEST, (space,)).fetchone()[0]
        return newest

    def frame(self, space: int, checkpoint_id: str) -> list[CheckpointRow]:
        rows = self.back(space, checkpoint_id, None, 1)
        return rows if rows and rows[-1].id == checkpoint_id else []

    def back(self, space: int, upto: str | None, before: str | None, count: int) -> list[CheckpointRow]:
        """This many rows, and more to the next keyframe; the oldest first."""
        if upto is not None:
            found = self._connection.execute(schema.BACK_FROM, (space, upto))
        elif before is not None:
            found = self._connection.execute(schema.BACK_BEFORE, (space, before))
        else:
            found = self._connection.execute(schema.BACK, (space,))
        rows = []
        with closing(found):
            for row in map(CheckpointRow._make, found):
                rows.append(row)
                if row.parent_id is not None and len(rows) >= count:
                    break
        rows.reverse()
        return rows

    def after(self, space: int, checkpoint_id: str) -> CheckpointRow | None:
        found = self._connection.execute(schema.AFTER, (space, checkpoint_id)).fetchone()
        return None if found is None else CheckpointRow(*found)

    def tasks(self, space: int, checkpoint_id: str) -> list[tuple[str, bytes]]:
        return [(task_id, body) for _, task_id, body in self.tasks_between(space, checkpoint_id, checkpoint_id)]

    def tasks_from(self, space: int, checkpoint_id: str) -> list[tuple[str, str]]:
        return self._connection.execute(schema.TASKS_FROM, (space, checkpoint_id)).fetchall()

    def last_blob(self, space: int) -> int:
        return self._connection.execute(schema.LAST_BLOB, (space,)).fetchone()[0] or 0

    def end_of_list(self, space: int, n: int) -> int:
        return self._connection.execute(schema.END_OF_LIST, (space, n)).fetchone()[0] or 0

    def blobs(self, space: int, spans: Collection[tuple[int, int, int]]) -> Iterable[tuple[int, int, bytes]]:
        """The rows (n, upto, data) of these spans (n, from, to), those of a list in order."""
        return self._connection.execute(schema.BLOBS, (json.dumps([*spans]), space)).fetchall() if spans else ()

    def tasks_between(self, space: int, first: str, last: str) -> list[tuple[str, str, bytes]]:
        """(checkpoint id, task id, body) of rows of writes."""
        return self._connection.execute(schema.TASKS, (space, first, last)).fetchall()

    def put(self, changed: Rows) -> None:
        for statement, rows in (
            (schema.PUT_BLOB, changed.blobs),
            (schema.PUT_CHECKPOINT, changed.checkpoints),
            (schema.PUT_TASKS, changed.writes),
        ):
            if rows:
                self._connection.executemany(statement, rows)

    def outline(self, space: int) -> list[tuple[str, str | None]]:
        return self._connection.execute(schema.OUTLINE, (space,)).fetchall()

    def all_rows(self, space: int) -> Iterator[CheckpointRow]:
        return map(CheckpointRow._make, self._connection.execute(schema.ALL, (space,)).fetchall())

    def all_tasks(self, space: int) -> list[tuple[str, str, bytes]]:
        return self._connection.execute(schema.ALL_TASKS, (space,)).fetchall()

    def blob_keys(self, space: int) -> list[tuple[int, int]]:
        return self._connection.execute(schema.BLOB_KEYS, (space,)).fetchall()

    def delete_checkpoints(self, space: int, ids: Iterable[str]) -> None:
        keys = [(space, checkpoint_id) for checkpoint_id in ids]
        for statement in (schema.DELETE_CHECKPOINT, schema.DELETE_TASKS):
            self._connection.executemany(statement, keys)

    def delete_blobs(self, space: int, keys: Iterable[tuple[int, int]]) -> None:
        self._connection.executemany(schema.DELETE_BLOB, [(space, *key) for key in keys])

    def delete_claim(self, thread_id: str) -> None:
        """Have whoever writes to a thread lose it."""
        claims.delete_claim(self._connection, thread_id)

    def delete_space(self, space: int) -> None:
        for statement in schema.DELETE_SPACE:
            self._connection.execute(statement, (space,))

    # -- what only this database is asked --

    def spaces(self, thread_id: str | None, ns: str | None = None) -> list[tuple[int, str, str]]:
        """(number, thread id, namespace) of the spaces of a thread, or of all."""
        return self._connection.execute(schema.SPACES, {"thread_id": thread_id, "ns": ns}).fetchall()

    def recent(self, limit: int) -> list[str]:
        """The ids of so many threads, the one first that has the newest checkpoint."""
        return [thread_id for (thread_id,) in self._connection.execute(schema.RECENT, (limit,))]

    def spaces_of_runs(self, run_ids: Iterable[str]) -> list[tuple[int, str, str]]:
        """The spaces in which these runs have stored something."""
        return self._connection.execute(schema.SPACES_OF_RUNS, (json.dumps([*run_ids]),)).fetchall()

    def all_blobs(self, space: int) -> list[tuple[int, int, bytes]]:
        """(n, upto, data) of all blobs, those of a list in order."""
        return self._connection.execute(schema.ALL_BLOBS, (space,)).fetchall()

    def shape(self, fingerprint: str) -> str | None:
        """The shape of a graph that made checkpoints here."""
        return get_shape(self._connection, fingerprint)

    # -- damage --

    def orphans(self, table: str) -> list[tuple[Any, ...]]:
        statement = schema.ORPHANS.format(table=table, columns=schema.columns_of(table))
        return self._connection.execute(statement).fetchall()

    def broken_pages(self) -> list[str]:
        said = self._connection.execute("PRAGMA integrity_check").fetchall()
        return [text for (text,) in said if text != "ok"]

    def rebuild(self) -> None:
        if self.broken_pages():
            self._connection.execute("REINDEX")

    def take(self, table: str, space: int, key: dict[str, Any]) -> list[tuple[Any, ...]]:
        condition = " AND ".join(f"{column} = ?" for column in key)
        statement = schema.TAKE.format(table=table, columns=schema.columns_of(table), condition=condition)
        return self._connection.execute(statement, (space, *key.values())).fetchall()

    def take_orphans(self, table: str) -> None:
        self._connection.execute(schema.TAKE_ORPHANS.format(table=table))

    def keep_aside(self, rows: Sequence[Aside]) -> None:
        self._connection.execute(schema.DAMAGED_TABLE)
        self._connection.executemany(schema.PUT_ASIDE, rows)
