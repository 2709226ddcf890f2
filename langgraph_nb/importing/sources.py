"""LangGraph's databases of threads and documents, read only: SQLite files, and PostgreSQL.

This file knows their tables. What the bytes in them say is for ``values`` to read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from langgraph_nb.checkpoint.postgres.connections import CONNECTION, check_installed

__all__ = ["FoundCheckpoint", "FoundItem", "FoundWrite", "Read", "Source", "open_source"]

Read = Callable[[str | None, bytes | None], Any]
"""Makes a value of how it is stored, and its bytes."""
LATEST_FORMAT = 4
"""The newest form of LangGraph's checkpoints that is known here."""


@dataclass(frozen=True, slots=True)
class FoundWrite:
    """One row of what a task wrote."""

    task_id: str
    task_path: str
    index: int
    channel: str
    value: Any


@dataclass(slots=True)
class FoundCheckpoint:
    """A checkpoint as it is stored, with what is pending on it."""

    ns: str
    id: str
    parent_id: str | None
    checkpoint: dict[str, Any]
    metadata: dict[str, Any]
    writes: list[FoundWrite] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FoundItem:
    """A document of a store."""

    namespace: tuple[str, ...]
    key: str
    value: dict[str, Any]
    updated_at: str
    """When it was last written, as text that sorts by time."""
    ttl: float | None
    """Minutes that it has left, if it does not stay."""


class Source(Protocol):
    """A database of LangGraph's."""

    def thread_ids(self) -> list[str]:
        """The threads that it has."""

    def checkpoint_ids(self, thread_id: str) -> set[str]:
        """Those of a thread."""

    def checkpoints(self, thread_id: str, read: Read) -> Iterator[FoundCheckpoint]:
        """All of a thread, parents before their children."""

    def items(self) -> Iterator[FoundItem]:
        """The documents of its store."""


def is_postgres(place: str) -> bool:
    """Whether this is the address of a PostgreSQL database, and not a file."""
    return place.startswith(("postgres://", "postgresql://"))


@contextmanager
def open_source(place: str) -> Iterator[Source]:
    """Open a database of LangGraph's for reading.

    Args:
        place: The path of an SQLite file, or ``postgresql://...``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It has no tables of LangGraph's.
    """
    if is_postgres(place):
        check_installed()
        import psycopg

        with psycopg.connect(place, **CONNECTION) as connection:
            yield _PostgresSource(connection)
        return
    if not Path(place).is_file():
        raise FileNotFoundError(f"There is no file {place!r} to import from.")
    with closing(sqlite3.connect(f"{Path(place).resolve().as_uri()}?mode=ro", uri=True)) as file:
        yield _SqliteSource(file)


class _Tables:
    """What is the same in both databases."""

    _connection: Any
    _tables: set[str]
    _mark: str
    """What stands for a parameter."""

    def thread_ids(self) -> list[str]:
        if "checkpoints" not in self._tables:
            return []
        found = self._connection.execute("SELECT DISTINCT thread_id FROM checkpoints ORDER BY thread_id")
        return [thread_id for (thread_id,) in found]

    def checkpoint_ids(self, thread_id: str) -> set[str]:
        found = self._connection.execute(
            f"SELECT checkpoint_id FROM checkpoints WHERE thread_id = {self._mark}", (thread_id,)
        )
        return {checkpoint_id for (checkpoint_id,) in found}


class _SqliteSource(_Tables):
    _mark = "?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self._tables = {name for (name,) in names}
        _check_tables(self._tables, {"checkpoints", "store"})

    def checkpoints(self, thread_id: str, read: Read) -> Iterator[FoundCheckpoint]:
        path = "task_path" if "task_path" in self._columns("writes") else "''"
        rows = self._connection.execute(
            "SELECT checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata FROM checkpoints "
            "WHERE thread_id = ? ORDER BY checkpoint_ns, checkpoint_id", (thread_id,)
        )  # fmt: skip
        for ns, checkpoint_id, parent_id, kind, data, metadata in rows:
            written = self._connection.execute(
                f"SELECT task_id, {path}, idx, channel, type, value FROM writes WHERE thread_id = ? "
                "AND checkpoint_ns = ? AND checkpoint_id = ? ORDER BY 2, 1, 3", (thread_id, ns, checkpoint_id)
            )  # fmt: skip
            yield FoundCheckpoint(
                ns, checkpoint_id, parent_id, read(kind, data), _metadata(metadata, kind, read), _writes(written, read)
            )

    def items(self) -> Iterator[FoundItem]:
        if "store" not in self._tables:
            return
        left = "NULL"
        if "expires_at" in self._columns("store"):
            left = "(julianday(expires_at) - julianday('now')) * 1440"
        for prefix, key, value, updated, ttl in self._connection.execute(
            f"SELECT prefix, key, value, strftime('%Y-%m-%dT%H:%M:%f', updated_at), {left} FROM store "
            "ORDER BY prefix, key"
        ):
            yield FoundItem(tuple(prefix.split(".")), key, json.loads(value), updated, ttl)

    def _columns(self, table: str) -> set[str]:
        return {row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")}


class _PostgresSource(_Tables):
    _mark = "%s"

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._tables = {
            name for name in ("checkpoints", "store")
            if connection.execute("SELECT to_regclass(%s)", (name,)).fetchone()[0] is not None
        }  # fmt: skip
        _check_tables(self._tables, {"checkpoints", "store"})

    def checkpoints(self, thread_id: str, read: Read) -> Iterator[FoundCheckpoint]:
        path = "task_path" if "task_path" in self._columns("checkpoint_writes") else "''"
        rows = self._connection.execute(
            "SELECT checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata FROM checkpoints "
            'WHERE thread_id = %s ORDER BY checkpoint_ns, checkpoint_id COLLATE "C"', (thread_id,)
        ).fetchall()  # fmt: skip
        for ns, checkpoint_id, parent_id, checkpoint, metadata in rows:
            self._add_blobs(thread_id, ns, checkpoint, read)
            written = self._connection.execute(
                f"SELECT task_id, {path} AS path, idx, channel, type, blob FROM checkpoint_writes WHERE thread_id = %s "
                "AND checkpoint_ns = %s AND checkpoint_id = %s ORDER BY path, task_id, idx",
                (thread_id, ns, checkpoint_id),
            )
            yield FoundCheckpoint(ns, checkpoint_id, parent_id, checkpoint, metadata, _writes(written, read))

    def _add_blobs(self, thread_id: str, ns: str, checkpoint: dict[str, Any], read: Read) -> None:
        """Put the values that have rows of their own to those that are in the checkpoint."""
        versions = checkpoint["channel_versions"]
        rows = self._connection.execute(
            "SELECT b.channel, b.type, b.blob FROM checkpoint_blobs AS b "
            "JOIN unnest(%s::text[], %s::text[]) AS w (channel, version) USING (channel, version) "
            "WHERE b.thread_id = %s AND b.checkpoint_ns = %s AND b.type <> 'empty'",
            ([*versions], [str(version) for version in versions.values()], thread_id, ns),
        )
        values = checkpoint.setdefault("channel_values", {})
        values.update({channel: read(kind, data) for channel, kind, data in rows})

    def items(self) -> Iterator[FoundItem]:
        if "store" not in self._tables:
            return
        left = "NULL"
        if "expires_at" in self._columns("store"):
            left = "extract(epoch FROM expires_at - now())::float8 / 60"
        for prefix, key, value, updated, ttl in self._connection.execute(
            "SELECT prefix, key, value, to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), "
            f'{left} FROM store ORDER BY prefix COLLATE "C", key COLLATE "C"'
        ):
            yield FoundItem(tuple(prefix.split(".")), key, value, updated, ttl)

    def _columns(self, table: str) -> set[str]:
        found = self._connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", (table,)
        )
        return {name for (name,) in found}


def _check_tables(there: set[str], wanted: set[str]) -> None:
    if not there & wanted:
        raise ValueError("The database to import from has no tables of LangGraph's: neither checkpoints nor store.")


def _writes(rows: Sequence[Any] | Any, read: Read) -> list[FoundWrite]:
    return [FoundWrite(task, path, index, channel, read(kind, data)) for task, path, index, channel, kind, data in rows]


def _metadata(stored: Any, kind: str, read: Read) -> dict[str, Any]:
    """A checkpoint's metadata: JSON now, once in the format of the values."""
    if stored is None:
        return {}
    text = stored if isinstance(stored, str) else bytes(stored)
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        found = read(kind, bytes(text))  # type: ignore[arg-type]
    return found
