"""What is looked up in the tables of a PostgreSQL database, and written to them. Knows no connection and no values."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from langgraph_nb.checkpoint.postgres import schema
from langgraph_nb.checkpoint.postgres.connections import Execute
from langgraph_nb.checkpoint.postgres.formats import refuse_newer
from langgraph_nb.checkpoint.rows.batch import Rows
from langgraph_nb.checkpoint.rows.reading import CheckpointRow
from langgraph_nb.checkpoint.rows.repair import TABLES, Aside


class LookUps:
    """Looks up what a saver reads, or has to know before it writes.

    Args:
        execute: Performs statements.
        steady: Whether all that is looked up is of one moment.
    """

    def __init__(self, execute: Execute, steady: bool = False) -> None:
        self._execute = execute
        self.steady = steady

    def known_space(self, thread_id: str, ns: str) -> int | None:
        """The number of a space, if there is such a space."""
        return self._one(schema.SPACE, thread_id=thread_id, ns=ns)  # type: ignore[no-any-return]

    def spaces(self, thread_id: str | None, ns: str | None = None) -> list[tuple[int, str, str]]:
        """(number, thread id, namespace) of the spaces of a thread, or of all."""
        return self._execute(schema.SPACES, {"thread_id": thread_id, "ns": ns})

    def recent(self, limit: int) -> list[str]:
        """The ids of so many threads, the one first that has the newest checkpoint."""
        return [thread_id for (thread_id,) in self._execute(schema.RECENT, {"limit": limit})]

    def back(self, space: int, upto: str | None, before: str | None, count: int) -> list[CheckpointRow]:
        given: dict[str, Any] = {"space": space, "count": count}
        if upto is not None:
            return self._rows(schema.BACK_FROM, **given, id=upto)
        if before is not None:
            return self._rows(schema.BACK_BEFORE, **given, id=before)
        return self._rows(schema.BACK, **given)

    def frame(self, space: int, checkpoint_id: str) -> list[CheckpointRow]:
        rows = self.back(space, checkpoint_id, None, 1)
        return rows if rows and rows[-1].id == checkpoint_id else []

    def after(self, space: int, checkpoint_id: str) -> CheckpointRow | None:
        rows = self._rows(schema.AFTER, space=space, id=checkpoint_id)
        return rows[0] if rows else None

    def blobs(self, space: int, spans: Collection[tuple[int, int, int]]) -> Iterable[tuple[int, int, bytes]]:
        if not spans:
            return ()
        ns, firsts, lasts = map(list, zip(*spans, strict=True))
        return self._execute(schema.BLOBS, {"space": space, "ns": ns, "firsts": firsts, "lasts": lasts})

    def tasks_between(self, space: int, first: str, last: str) -> Iterable[tuple[str, str, bytes]]:
        return self._execute(schema.TASKS, {"space": space, "first": first, "last": last})

    def tasks(self, space: int, checkpoint_id: str) -> list[tuple[str, bytes]]:
        return [(task_id, body) for _, task_id, body in self.tasks_between(space, checkpoint_id, checkpoint_id)]

    def tasks_from(self, space: int, checkpoint_id: str) -> list[tuple[str, str]]:
        return self._execute(schema.TASKS_FROM, {"space": space, "id": checkpoint_id})

    def newest(self, space: int) -> str | None:
        return self._one(schema.NEWEST, space=space)  # type: ignore[no-any-return]

    def last_blob(self, space: int) -> int:
        return self._one(schema.LAST_BLOB, space=space) or 0

    def end_of_list(self, space: int, n: int) -> int:
        return self._one(schema.END_OF_LIST, space=space, n=n) or 0

    def outline(self, space: int) -> list[tuple[str, str | None]]:
        return self._execute(schema.OUTLINE, {"space": space})

    def all_rows(self, space: int) -> Iterator[CheckpointRow]:
        return iter(self._rows(schema.ALL, space=space))

    def all_tasks(self, space: int) -> list[tuple[str, str, bytes]]:
        return self._execute(schema.ALL_TASKS, {"space": space})

    def all_blobs(self, space: int) -> list[tuple[int, int, bytes]]:
        """(n, upto, data) of all blobs, those of a list in order."""
        return self._execute(schema.ALL_BLOBS, {"space": space})

    def blob_keys(self, space: int) -> list[tuple[int, int]]:
        return self._execute(schema.BLOB_KEYS, {"space": space})

    def orphans(self, table: str) -> list[tuple[Any, ...]]:
        return self._execute(schema.ORPHANS.format(table=table, columns=", ".join(TABLES[table])), {})

    def broken_pages(self) -> list[str]:
        """None: the server tells of what it cannot read."""
        return []

    def shape(self, fingerprint: str) -> str | None:
        """The shape of a graph that made checkpoints here."""
        return self._one(schema.GET_SHAPE, fingerprint=fingerprint)  # type: ignore[no-any-return]

    def _rows(self, statement: str, **parameters: Any) -> list[CheckpointRow]:
        return [CheckpointRow(*row) for row in self._execute(statement, parameters)]

    def _one(self, statement: str, **parameters: Any) -> Any:
        rows = self._execute(statement, parameters)
        return rows[0][0] if rows else None


class Transaction(LookUps):
    """A ``Shelf``, which has what it looks at for itself until the transaction ends.

    Args:
        execute: Performs statements, in one transaction.
        stamp: What the spaces get that it looks at, which may be changed.
    """

    def __init__(self, execute: Execute, stamp: int | None = None) -> None:
        super().__init__(execute, steady=True)
        self._stamp = stamp or new_stamp()

    def space(self, thread_id: str, ns: str) -> tuple[int, bool]:
        number, _, new, _, _ = open_space(self._execute, thread_id, ns)
        self._execute(schema.LOCK_SPACE, {"space": number})
        self._changed(number)
        return number, new

    def spaces(self, thread_id: str | None, ns: str | None = None) -> list[tuple[int, str, str]]:
        found = self._execute(schema.LOCK_SPACES, {"thread_id": thread_id, "ns": ns})
        self._changed(*[number for number, _, _ in found])
        return found

    def spaces_of_runs(self, run_ids: Iterable[str]) -> list[tuple[int, str, str]]:
        """The spaces in which these runs have stored something."""
        found = self._execute(schema.SPACES_OF_RUNS, {"runs": [*run_ids]})
        self._changed(*[number for number, _, _ in found])
        return found

    def _changed(self, *spaces: int) -> None:
        """Let nobody believe any more what they remember of these spaces."""
        self._execute(schema.STAMP, {"stamp": self._stamp, "spaces": [*spaces]})

    def put(self, changed: Rows) -> None:
        for table, rows in tables(changed).items():
            self.put_rows(table, rows)

    def put_rows(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows of a table."""
        self._execute(schema.put_of(table, len(rows)), schema.flat(rows))

    def delete_checkpoints(self, space: int, ids: Iterable[str]) -> None:
        parameters = {"space": space, "ids": [*ids]}
        for statement in schema.DELETE_CHECKPOINTS:
            self._execute(statement, parameters)

    def delete_blobs(self, space: int, keys: Iterable[tuple[int, int]]) -> None:
        if keys := [*keys]:
            ns, uptos = map(list, zip(*keys, strict=True))
            self._execute(schema.DELETE_BLOBS, {"space": space, "ns": ns, "uptos": uptos})

    def delete_space(self, space: int) -> None:
        for statement in schema.DELETE_SPACE:
            self._execute(statement, {"space": space})

    def rebuild(self) -> None:
        """Left to who runs the server."""

    def take(self, table: str, space: int, key: dict[str, Any]) -> list[tuple[Any, ...]]:
        condition = " AND ".join(f"{column} = %({column})s" for column in key)
        statement = schema.TAKE.format(table=table, columns=", ".join(TABLES[table]), condition=condition)
        return self._execute(statement, {"space": space, **key})

    def take_orphans(self, table: str) -> None:
        self._execute(schema.TAKE_ORPHANS.format(table=table), {})

    def keep_aside(self, rows: Sequence[Aside]) -> None:
        self._execute(schema.DAMAGED_TABLE, {})
        for row in rows:
            self._execute(schema.PUT_ASIDE, row._asdict())

    def delete_claim(self, thread_id: str) -> None:
        self._execute(schema.DELETE_CLAIM, {"thread_id": thread_id})


def open_space(execute: Execute, thread_id: str, ns: str) -> tuple[int, int, bool, str | None, int | None]:
    """A space, made if need be: its number, its stamp, whether it is new, its newest checkpoint, its last blob."""
    while True:
        if rows := execute(schema.OPEN_SPACE, {"thread_id": thread_id, "ns": ns}):
            version, *opened = rows[0]
            refuse_newer(version)
            return tuple(opened)
        # somebody else is making it: to be seen as soon as they have


def new_stamp() -> int:
    """A number that was never used before."""
    return int.from_bytes(os.urandom(8)) >> 1


def tables(rows: Rows) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table that has some. Of two rows with the same key, the last counts."""
    found: dict[str, list[tuple[Any, ...]]] = {
        "checkpoints": [*{row[:2]: row for row in rows.checkpoints}.values()],
        "blobs": [*rows.blobs],
        "writes": [*{row[:3]: row for row in rows.writes}.values()],
    }
    return {table: some for table, some in found.items() if some}
