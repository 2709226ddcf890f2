"""Going on without what is damaged in a database of threads. Nothing is thrown away.

Damaged rows, and those that cannot be read without them, are moved to the table ``nb_damaged``, with where they were,
so that somebody can look into them. A thread whose newest checkpoint is among them is so back at its last good one.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Final

from langgraph_nb.checkpoint.rows.inspection import DamagedRow, Inspected

_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS nb_damaged (
        found_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
        table_name TEXT NOT NULL,
        thread_id TEXT,
        checkpoint_ns TEXT,
        columns TEXT NOT NULL,
        body BLOB
    )
"""
_KEEP = "INSERT INTO nb_damaged (table_name, thread_id, checkpoint_ns, columns, body) VALUES (?, ?, ?, ?, ?)"
_TABLES: Final = {
    "nb_checkpoints": ("id", "parent_id", "run_id", "body"),
    "nb_blobs": ("n", "upto", "data"),
    "nb_writes": ("id", "task_id", "body"),
}
"""The columns of each, but for the space; the last one holds what is sealed."""
_ORPHANS = "SELECT {columns}, space FROM {table} WHERE space NOT IN (SELECT space FROM nb_spaces)"


def broken_pages(connection: sqlite3.Connection) -> list[DamagedRow]:
    """What SQLite finds wrong with the file itself: an index that misses rows hides them from whoever looks them up."""
    said = connection.execute("PRAGMA integrity_check").fetchall()
    return [DamagedRow("the file", "?", "", (number,), text) for number, (text,) in enumerate(said) if text != "ok"]


def orphans(connection: sqlite3.Connection) -> list[DamagedRow]:
    """The rows that belong to no space that there is."""
    return [_orphan(table, row) for table in _TABLES for row in _orphans(connection, table)]


def _orphans(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(_ORPHANS.format(columns=", ".join(_TABLES[table]), table=table)).fetchall()


def _orphan(table: str, row: tuple[Any, ...]) -> DamagedRow:
    return DamagedRow(table, "?", "", (f"space {row[-1]}", row[0]), "it belongs to no thread that is known")


def put_aside(connection: sqlite3.Connection, found: list[Inspected]) -> int:
    """Move what cannot be read to ``nb_damaged``, within a transaction. Returns how many rows these are."""
    connection.execute(_TABLE)
    before = connection.total_changes
    for space in found:
        for checkpoint_id in space.lost:
            for table in ("nb_checkpoints", "nb_writes"):
                _move(connection, space, table, {"id": checkpoint_id})
        for checkpoint_id, task_id in space.lost_tasks:
            _move(connection, space, "nb_writes", {"id": checkpoint_id, "task_id": task_id})
        for damaged in space.damaged:
            if damaged.table == "nb_blobs" and len(damaged.key) == 2:
                _move(connection, space, "nb_blobs", {"n": damaged.key[0], "upto": damaged.key[1]})
    for table in _TABLES:
        for row in _orphans(connection, table):
            _keep(connection, table, None, row[:-1])
        connection.execute(f"DELETE FROM {table} WHERE space NOT IN (SELECT space FROM nb_spaces)")
    return (connection.total_changes - before) // 2


def _move(connection: sqlite3.Connection, space: Inspected, table: str, key: dict[str, Any]) -> None:
    where = "space = ? AND " + " AND ".join(f"{column} = ?" for column in key)
    values = (space.number, *key.values())
    for row in connection.execute(f"SELECT {', '.join(_TABLES[table])} FROM {table} WHERE {where}", values).fetchall():
        _keep(connection, table, space, row)
    connection.execute(f"DELETE FROM {table} WHERE {where}", values)


def _keep(connection: sqlite3.Connection, table: str, space: Inspected | None, row: tuple[Any, ...]) -> None:
    columns = json.dumps(dict(zip(_TABLES[table][:-1], row[:-1], strict=True)), default=repr)
    thread_id, ns = (space.thread_id, space.checkpoint_ns) if space is not None else (None, None)
    connection.execute(_KEEP, (table, thread_id, ns, columns, row[-1]))
