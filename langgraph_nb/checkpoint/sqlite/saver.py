"""Threads in an SQLite file: the saver for everything that fits on one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from langgraph_nb.checkpoint.base import TransactionalSaver
from langgraph_nb.checkpoint.config import Choice, check_strategy, get_checkpoint_id, thread_and_ns
from langgraph_nb.checkpoint.prepared import Ready
from langgraph_nb.checkpoint.rows import shrink
from langgraph_nb.checkpoint.rows.batch import Batch
from langgraph_nb.checkpoint.rows.copying import Mover, copied
from langgraph_nb.checkpoint.rows.forms import dumped
from langgraph_nb.checkpoint.rows.heads import Head, head_of
from langgraph_nb.checkpoint.rows.history import Bound, Page
from langgraph_nb.checkpoint.rows.reading import Damage, Reader, corrupt
from langgraph_nb.checkpoint.seal import Kit, kit_of
from langgraph_nb.checkpoint.sqlite import schema
from langgraph_nb.checkpoint.sqlite.database import Database, Target
from langgraph_nb.checkpoint.sqlite.recent import Recent
from langgraph_nb.checkpoint.sqlite.shapes import get_shape, put_shapes
from langgraph_nb.checkpoint.sqlite.shelf import SqliteShelf
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
        self._known_kit = kit_of(self.serde)
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

    def dumps(self, value: Any) -> Any:
        return dumped(self._kit.serde, value)

    def dumps_head(self, head: dict[str, Any], metadata: Mapping[str, Any]) -> Head:
        return head_of(self._kit.serde, head, metadata)

    def commit(self, ready: Sequence[Ready]) -> None:
        with self._reporting(), self._database.writing() as connection:
            batch = Batch(SqliteShelf(connection), self._recent.begin(connection), self._kit.seal)
            for item in ready:
                batch.add(item)
            batch.store()
            shapes = put_shapes(connection, ready, self._shapes)
            connection.execute("COMMIT")
            self._recent.end(connection)
            self._shapes.update(shapes)

    # -- reading --

    def get_shape(self, fingerprint: str) -> str | None:
        with self._database.reading() as connection:
            return get_shape(connection, fingerprint)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread_id, ns = thread_and_ns(config)
        checkpoint_id = get_checkpoint_id(config)
        with self._database.reading() as connection:
            shelf = SqliteShelf(connection)
            if (space := shelf.known_space(thread_id, ns)) is None:
                return None
            chosen = Page(shelf, space, Reader(thread_id, ns, self._kit.seal), self._kit.serde.loads_typed)
            with self._reporting(chosen):
                return chosen.one(checkpoint_id)

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
            spaces = SqliteShelf(connection).spaces(chosen.thread_id, chosen.ns)
        histories = [self._history(*space, chosen, filter, limit) for space in spaces]
        found = histories[0] if len(histories) == 1 else merge(*histories, key=_checkpoint_id, reverse=True)
        yield from islice(found, limit)

    def _history(
        self, space: int, thread_id: str, ns: str, chosen: Choice, filter: dict[str, Any] | None, limit: int | None
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of one namespace of a thread, the latest first; each page as the database is then."""
        reader, bound = Reader(thread_id, ns, self._kit.seal), Bound(chosen)
        while not bound.reached:
            with self._database.reading() as connection:
                page = Page(SqliteShelf(connection), space, reader, self._kit.serde.loads_typed)
                with self._reporting(page):
                    found = page.back(bound, _AT_ONCE if limit is None else min(limit, _AT_ONCE), filter)
            yield from found

    @contextmanager
    def _reporting(self, page: Page | None = None) -> Iterator[None]:
        """Damage that is found is reported with the place where it is, and with what is good before it."""
        try:
            yield
        except Damage as damage:
            raise corrupt(damage, None if page is None else page.last_good(damage.checkpoint_id)) from damage

    # -- whole threads --

    def delete_thread(self, thread_id: str) -> None:
        with self._database.writing() as connection:
            _delete_thread(SqliteShelf(connection), str(thread_id))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        runs = frozenset(map(str, run_ids))
        with self._changing() as (shelf, batch):
            for number, thread_id, ns in shelf.spaces_of_runs(runs):
                space = batch.open(thread_id, ns)
                shrink.delete(shelf, batch, space, shrink.of_runs(batch.reader(space), shelf.all_rows(number), runs))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        source, target = str(source_thread_id), str(target_thread_id)
        if source == target:
            return
        with self._reporting(), self._database.writing() as connection:
            shelf = SqliteShelf(connection)
            _delete_thread(shelf, target)
            for number, _, ns in shelf.spaces(source):
                copy, _ = shelf.space(target, ns)
                shelf.put(copied(shelf, number, copy, Mover(source, target, ns, self._kit.seal)))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        check_strategy(strategy)
        with self._changing() as (shelf, batch):
            for thread_id in map(str, thread_ids):
                if strategy == "delete":
                    _delete_thread(shelf, thread_id)
                    continue
                for number, _, ns in shelf.spaces(thread_id):
                    older = {checkpoint_id for checkpoint_id, _ in shelf.outline(number)[:-1]}
                    shrink.delete(shelf, batch, batch.open(thread_id, ns), older)

    @contextmanager
    def _changing(self) -> Iterator[tuple[SqliteShelf, Batch]]:
        """A transaction that takes rows away; nothing that is remembered of them is used, or remembered."""
        with self._reporting(), self._database.writing() as connection:
            shelf = SqliteShelf(connection)
            yield shelf, Batch(shelf, {}, self._kit.seal)

    @property
    def _kit(self) -> Kit:
        if self._known_kit.given is not self.serde:  # a clone has another serializer
            self._known_kit = kit_of(self.serde)
        return self._known_kit


def _checkpoint_id(saved: CheckpointTuple) -> str:
    return saved.checkpoint["id"]


def _delete_thread(shelf: SqliteShelf, thread_id: str) -> None:
    for number, _, _ in shelf.spaces(thread_id):
        shelf.delete_space(number)
