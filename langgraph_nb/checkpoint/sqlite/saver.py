"""Threads in an SQLite file: the saver for everything that fits on one machine."""

from __future__ import annotations

import builtins
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from langgraph_nb.checkpoint.base import TransactionalSaver
from langgraph_nb.checkpoint.config import Choice, check_strategy, get_checkpoint_id, matches, thread_and_ns
from langgraph_nb.checkpoint.prepared import Address, Ready
from langgraph_nb.checkpoint.sqlite import rows, schema
from langgraph_nb.checkpoint.sqlite.batch import Batch, Recent, new_ids
from langgraph_nb.checkpoint.sqlite.database import Database, Target
from langgraph_nb.checkpoint.sqlite.shapes import get_shape, put_shapes
from langgraph_nb.checkpoint.writer import flush_writer
from langgraph_nb.persistence import CheckpointTuple

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.checkpoint.serde import SerializerProtocol

__all__ = ["SqliteSaver"]

_AT_ONCE = 128
"""Checkpoints that are read with one set of queries."""


class SqliteSaver(TransactionalSaver):
    """Keeps threads in an SQLite database. Serves sync and async runs, many threads, and many processes on one file.

    What has been written is on the disk when the call returns. Only what changed is written. Readers do not wait for
    writers; writers wait for each other.

    Args:
        conn: A path, ``":memory:"``, a ``file:`` URI, or an open connection (made with ``check_same_thread=False``
            if other threads, and async runs, are to use it).
        serde: Turns values into bytes and back.

    Raises:
        NewerFormatError: The file was written by a newer version of this package.

    Example:
        >>> with SqliteSaver(":memory:") as saver:
        ...     saver.get_tuple({"configurable": {"thread_id": "1"}}) is None
        True
    """

    def __init__(self, conn: Target, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde)
        self._database = Database(conn, schema.LAYOUT)
        self._recent = Recent()
        self._shapes: set[str] = set()
        """The fingerprints of graphs whose shape the database has."""

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str) -> Iterator[Self]:
        """A saver of the database at this path, closed at the end of the ``with`` block."""
        with cls(conn_string) as saver:
            yield saver

    @property
    def conn(self) -> sqlite3.Connection:
        """The connection."""
        return self._database.connection

    def setup(self) -> None:
        """Nothing to do: tables are made when the database is opened. Here for programs that call it."""

    def close(self) -> None:
        """Write what is still queued, and close the database. Using the saver afterwards raises ``SaverClosed``."""
        try:
            flush_writer(self)
        finally:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._off_loop(self.close)

    # -- writing --

    def commit(self, ready: Sequence[Ready]) -> None:
        with self._database.writing() as connection:
            batch = Batch(connection, self._recent)
            for item in ready:
                batch.add(item)
            batch.store()
            shapes = put_shapes(connection, ready, self._shapes)
            connection.execute("COMMIT")
            self._shapes.update(shapes)
            self._recent.end(connection, batch.added)

    # -- reading --

    def get_shape(self, fingerprint: str) -> str | None:
        with self._database.reading() as connection:
            return get_shape(connection, fingerprint)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        space = thread_and_ns(config)
        checkpoint_id = get_checkpoint_id(config)
        with self._database.reading() as connection:
            if checkpoint_id:
                found = connection.execute(schema.GET_ONE, (*space, checkpoint_id)).fetchone()
            else:
                found = connection.execute(schema.GET_LATEST, space).fetchone()
            return None if found is None else self._tuples(connection, [rows.CheckpointRow(*found)])[0]

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        chosen = Choice(config, before)
        with self._database.reading() as connection:
            hits = iter(builtins.list(islice(self._find(connection, chosen, filter), limit)))
        while some := builtins.list(islice(hits, _AT_ONCE)):
            with self._database.reading() as connection:
                found = connection.execute(schema.GET_MANY, (rows.json_list(some),))
                tuples = self._tuples(connection, [rows.CheckpointRow(*row) for row in found])
            yield from tuples

    def _find(
        self, connection: sqlite3.Connection, chosen: Choice, filter: dict[str, Any] | None
    ) -> Iterator[Address]:
        """The addresses of what is asked for. The filter's keys and values are compared here, never made into SQL."""
        query = schema.FIND
        if chosen.thread_id is not None:
            query = schema.FIND_IN_THREAD if chosen.ns is None else schema.FIND_IN_SPACE
        for thread_id, ns, checkpoint_id, kind, metadata in connection.execute(query, vars(chosen)):
            if not filter or matches(self.serde.loads_typed((kind, metadata)), filter):
                yield thread_id, ns, checkpoint_id

    def _tuples(
        self, connection: sqlite3.Connection, found: builtins.list[rows.CheckpointRow]
    ) -> builtins.list[CheckpointTuple]:
        """The checkpoints of these rows, with two more queries however many they are."""
        wanted = {i for row in found for i in rows.blob_ids(row.blobs)}
        blobs = {i: (kind, data) for i, kind, data in connection.execute(schema.GET_BLOBS, (rows.json_list(wanted),))}
        writes: builtins.list[builtins.list[Any]] = [[] for _ in found]
        addresses = rows.json_list(row.address for row in found)
        for position, *write in connection.execute(schema.GET_WRITES, (addresses,)):
            writes[position].append(write)
        loads = self.serde.loads_typed
        return [rows.checkpoint_tuple(row, blobs, some, loads) for row, some in zip(found, writes, strict=True)]

    # -- whole threads --

    def delete_thread(self, thread_id: str) -> None:
        with self._database.writing() as connection:
            _delete_thread(connection, str(thread_id))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        runs = rows.json_list(map(str, run_ids))
        with self._database.writing() as connection:
            for (thread_id,) in connection.execute(schema.THREADS_OF_RUNS, (runs,)).fetchall():
                doomed = set(connection.execute(schema.IDS_OF_RUNS, (thread_id, runs)))
                _delete_checkpoints(connection, thread_id, doomed)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        source, target = str(source_thread_id), str(target_thread_id)
        if source == target:
            return
        with self._database.writing() as connection:
            _delete_thread(connection, target)
            found = connection.execute(schema.IDS_AND_BLOBS, (source,)).fetchall()
            blobs = {(ns, i): rows.load_blobs(data) for ns, i, data in found}
            used = {i for *_, data in found for i in rows.blob_ids(data)}
            copies = dict(zip(used, new_ids(connection), strict=False))
            connection.executemany(schema.COPY_BLOB, [(new, old) for old, new in copies.items()])
            for address, held in blobs.items():
                refs = rows.dump_blobs({c: copies[h] if isinstance(h, int) else h for c, h in held.items()})
                connection.execute(schema.COPY_CHECKPOINT, (target, refs, source, *address))
            connection.execute(schema.COPY_WRITES, (target, source))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        check_strategy(strategy)
        with self._database.writing() as connection:
            for thread_id in map(str, thread_ids):
                if strategy == "delete":
                    _delete_thread(connection, thread_id)
                    continue
                ids = [(ns, i) for ns, i, _ in connection.execute(schema.IDS_AND_BLOBS, (thread_id,))]
                latest = {ns: max(i for n, i in ids if n == ns) for ns in {ns for ns, _ in ids}}
                _delete_checkpoints(connection, thread_id, set(ids) - latest.items())


def _delete_thread(connection: sqlite3.Connection, thread_id: str) -> None:
    found = connection.execute(schema.IDS_AND_BLOBS, (thread_id,))
    blobs = {i for _, _, data in found for i in rows.blob_ids(data)}
    connection.execute(schema.DELETE_BLOBS, (rows.json_list(blobs),))
    for statement in schema.DELETE_THREAD:
        connection.execute(statement, (thread_id,))


def _delete_checkpoints(connection: sqlite3.Connection, thread_id: str, doomed: set[tuple[str, str]]) -> None:
    """Delete some checkpoints of a thread, the writes on them, and the values that no other checkpoint shares."""
    lost, kept = set[int](), set[int]()
    for ns, checkpoint_id, data in connection.execute(schema.IDS_AND_BLOBS, (thread_id,)):
        (lost if (ns, checkpoint_id) in doomed else kept).update(rows.blob_ids(data))
    connection.execute(schema.DELETE_BLOBS, (rows.json_list(lost - kept),))
    for statement in (schema.DELETE_CHECKPOINT, schema.DELETE_WRITES):
        connection.executemany(statement, [(thread_id, *address) for address in doomed])
