"""Threads in an SQLite file: the saver for everything that fits on one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TypeVar

from langgraph_nb.checkpoint.claims import Claim, ClaimRow, checks_in
from langgraph_nb.checkpoint.config import get_checkpoint_id, thread_and_ns
from langgraph_nb.checkpoint.effects import effects_of, perform_in_sqlite
from langgraph_nb.checkpoint.heartbeat import keep_alive
from langgraph_nb.checkpoint.prepared import Guarded
from langgraph_nb.checkpoint.rows.batch import Batch
from langgraph_nb.checkpoint.rows.history import Page
from langgraph_nb.checkpoint.rows.reading import Reader
from langgraph_nb.checkpoint.rows.retention import Retention, retain_while_storing
from langgraph_nb.checkpoint.rows.saver import RowSaver, reporting
from langgraph_nb.checkpoint.sqlite import claims, schema
from langgraph_nb.checkpoint.sqlite.database import Database, Target
from langgraph_nb.checkpoint.sqlite.recent import Recent
from langgraph_nb.checkpoint.sqlite.shapes import put_shapes
from langgraph_nb.checkpoint.sqlite.shelf import SqliteShelf
from langgraph_nb.checkpoint.sqlite.theirs import tell_of_threads_to_import
from langgraph_nb.checkpoint.writer import flush_writer
from langgraph_nb.errors import ThreadBusyError
from langgraph_nb.persistence import CheckClaim, CheckpointTuple

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.checkpoint.serde import SerializerProtocol

__all__ = ["SqliteSaver"]

T = TypeVar("T")


class SqliteSaver(RowSaver):
    """Keeps threads in an SQLite database. Serves sync and async runs, many threads, and many processes on one file.

    What has been written is on the disk when the call returns. Only what changed is written. Readers do not wait for
    writers; writers wait for each other.

    Args:
        conn: A path, ``":memory:"``, a ``file:`` URI, or an open connection (made with ``check_same_thread=False``
            if other threads, and async runs, are to use it).
        serde: Turns values into bytes and back.
        retention: How much history is kept. What is not is deleted now and then, while runs store; ``retain`` does it
            at once, ``vacuum`` makes the file smaller. Without it, all is kept.

    Raises:
        NewerFormatError: The file was written by a newer version of this package.

    Example:
        >>> with SqliteSaver(":memory:") as saver:
        ...     saver.get_tuple({"configurable": {"thread_id": "1"}}) is None
        True
    """

    def __init__(
        self, conn: Target, *, serde: SerializerProtocol | None = None, retention: Retention | None = None
    ) -> None:
        super().__init__(serde=serde)
        self._retention = retention
        self._database = Database(conn, schema.LAYOUT)
        tell_of_threads_to_import(self._database.connection)
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

    # -- transactions --

    def commit(self, ready: Sequence[Guarded]) -> None:
        new = [item for item in ready if not isinstance(item, CheckClaim)]

        def store(connection: sqlite3.Connection) -> None:
            shelf = SqliteShelf(connection)
            batch = Batch(shelf, self._recent.begin(connection), self._kit.seal)
            claims.check(connection, checks_in(ready), self._recent.claims)
            for item in new:
                batch.add(item)
            batch.store()
            if self._retention is not None:
                retain_while_storing(shelf, batch, self._retention)
            shapes = put_shapes(connection, new, self._shapes)
            perform_in_sqlite(connection, effects_of(new))
            connection.execute("COMMIT")
            self._recent.end(connection)
            self._shapes.update(shapes)

        with reporting():
            self._database.write(store, synced=bool(new))

    # -- room on the disk --

    def vacuum(self) -> None:
        """Give the room of what was deleted back to the disk. Takes as long as writing the file anew does.

        Example:
            >>> with SqliteSaver(":memory:") as saver:
            ...     saver.vacuum()
        """
        self._database.vacuum()

    # -- one writer a thread --

    fences = has_database = True

    def claim(self, claim: Claim) -> ThreadBusyError | None:
        busy = self._claiming(lambda connection: claims.put_claim(connection, claim, self._recent.claims))
        if busy is None:
            claim.made = True
            keep_alive(self, claim)
        return busy

    def beat(self, alive: Iterable[Claim]) -> None:
        self._claiming(lambda connection: claims.beat(connection, alive))

    def _claiming(self, use: Callable[[sqlite3.Connection], T]) -> T:
        """Write of claims, which changes nothing of what is known of checkpoints, and need not outlive the machine."""

        def claimed(connection: sqlite3.Connection) -> T:
            self._recent.begin(connection)
            result = use(connection)
            connection.execute("COMMIT")
            self._recent.end(connection)
            return result

        return self._database.write(claimed, synced=False)

    def claimed(self, thread_id: str) -> ClaimRow | None:
        return self._database.read(lambda connection: claims.claim_of(connection, thread_id))

    def release_thread(self, thread_id: str) -> None:
        self._database.write(lambda connection: claims.delete_claim(connection, str(thread_id)))

    # -- what is read, and done with whole threads --

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        key, checkpoint_id, kit = thread_and_ns(config), get_checkpoint_id(config), self._kit

        def look_up(connection: sqlite3.Connection) -> CheckpointTuple | None:
            shelf, space = SqliteShelf(connection), self._recent.known(connection).get(key)
            number = shelf.known_space(*key) if space is None else space.number
            if number is None:
                return None
            page = Page(shelf, number, Reader(*key, kit.seal), kit.serde.loads_typed)
            with reporting(page):
                if space is not None and space.tip is not None and checkpoint_id in (None, space.tip.id):
                    return page.known(space.tip, space.tip.id in space.loose)
                return page.one(checkpoint_id)

        return self._database.read(look_up)

    def _reading(self, use: Callable[[SqliteShelf], T]) -> T:
        return self._database.read(lambda connection: use(SqliteShelf(connection)))

    def _changing(self, use: Callable[[SqliteShelf], T]) -> T:
        with reporting():
            return self._database.write(lambda connection: use(SqliteShelf(connection)))
