"""Going on without what is damaged in a database of threads. Nothing is thrown away. Knows no database.

Damaged rows, and those that cannot be read without them, are moved to the table ``nb_damaged``, with where they were,
so that somebody can look into them. A thread whose newest checkpoint is among them is so back at its last good one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

from langgraph_nb.checkpoint.rows.copying import Source
from langgraph_nb.checkpoint.rows.inspection import DamagedRow, Inspected, inspected
from langgraph_nb.checkpoint.seal import Seal

TABLES: Final = {
    "nb_checkpoints": ("id", "parent_id", "run_id", "body"),
    "nb_blobs": ("n", "upto", "data"),
    "nb_writes": ("id", "task_id", "body"),
}
"""The columns of each, but for the space; the last one holds what is sealed."""


class Aside(NamedTuple):
    """A row of ``nb_damaged``."""

    table_name: str
    thread_id: str | None
    checkpoint_ns: str | None
    columns: str
    """What it was stored under, as JSON."""
    body: bytes


class Searched(Source, Protocol):
    """What a database is asked for to find damage, all of one moment."""

    def spaces(self, thread_id: str | None, ns: str | None = None) -> list[tuple[int, str, str]]:
        """(number, thread id, namespace) of all spaces."""

    def orphans(self, table: str) -> list[tuple[Any, ...]]:
        """The rows that belong to no space that there is: its columns, and the space."""

    def broken_pages(self) -> list[str]:
        """What the database finds wrong with itself: an index that misses rows hides them from who looks them up."""


class Mended(Searched, Protocol):
    """What it does beside that, in one transaction."""

    def rebuild(self) -> None:
        """Make its indexes anew, where they do not hold what tables do."""

    def take(self, table: str, space: int, key: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Delete the rows with this key, and return their columns."""

    def take_orphans(self, table: str) -> None:
        """Delete the rows that belong to no space that there is."""

    def keep_aside(self, rows: Sequence[Aside]) -> None:
        """Put rows into ``nb_damaged``, which is made if need be."""


def damaged_rows(shelf: Searched, seal: Seal) -> list[DamagedRow]:
    """All that is damaged in a database."""
    return [
        *(row for found in inspected(shelf, shelf.spaces(None), seal) for row in found.damaged),
        *(DamagedRow("the file", "?", "", (number,), text) for number, text in enumerate(shelf.broken_pages())),
        *(_orphan(table, row) for table in TABLES for row in shelf.orphans(table)),
    ]


def _orphan(table: str, row: tuple[Any, ...]) -> DamagedRow:
    return DamagedRow(table, "?", "", (f"space {row[-1]}", row[0]), "it belongs to no thread that is known")


def repair(shelf: Mended, seal: Seal) -> list[Inspected]:
    """Put aside what cannot be read. Returns what was found where something was wrong."""
    shelf.rebuild()
    wrong = [found for found in inspected(shelf, shelf.spaces(None), seal) if found.damaged]
    aside = [row for found in wrong for row in _taken(shelf, found)]
    for table in TABLES:
        if orphans := shelf.orphans(table):
            aside += [_aside(table, None, row[:-1]) for row in orphans]
            shelf.take_orphans(table)
    if aside:
        shelf.keep_aside(aside)
    return wrong


def _taken(shelf: Mended, found: Inspected) -> list[Aside]:
    """The rows of a space that cannot be read, which are there no more."""
    keys: list[tuple[str, dict[str, Any]]] = []
    for checkpoint_id in found.lost:
        keys += [("nb_checkpoints", {"id": checkpoint_id}), ("nb_writes", {"id": checkpoint_id})]
    keys += [("nb_writes", {"id": place, "task_id": task_id}) for place, task_id in found.lost_tasks]
    blobs = [row.key for row in found.damaged if row.table == "nb_blobs" and len(row.key) == 2]
    keys += [("nb_blobs", {"n": n, "upto": upto}) for n, upto in blobs]
    return [_aside(table, found, row) for table, key in keys for row in shelf.take(table, found.number, key)]


def _aside(table: str, space: Inspected | None, row: tuple[Any, ...]) -> Aside:
    columns = json.dumps(dict(zip(TABLES[table][:-1], row[:-1], strict=True)), default=repr)
    thread_id, ns = (space.thread_id, space.checkpoint_ns) if space is not None else (None, None)
    return Aside(table, thread_id, ns, columns, row[-1])
