"""Threads in an SQLite file: the saver for everything that fits on one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, TypeVar

from langgraph_nb.checkpoint.claims import Claim, ClaimRow, checks_in
from langgraph_nb.checkpoint.effects import effects_of, perform_in_sqlite
from langgraph_nb.checkpoint.prepared import Guarded
from langgraph_nb.checkpoint.rows.batch import Batch
from langgraph_nb.checkpoint.rows.saver import RowSaver, reporting
from langgraph_nb.checkpoint.sqlite import claims, schema
from langgraph_nb.checkpoint.sqlite.database import Database, Target
from langgraph_nb.checkpoint.sqlite.recent import Recent
from langgraph_nb.checkpoint.sqlite.shapes import put_shapes
from langgraph_nb.checkpoint.sqlite.shelf import SqliteShelf
from langgraph_nb.checkpoint.writer import flush_writer
from langgraph_nb.errors import ThreadBusyError
from langgraph_nb.persistence import CheckClaim

if TYPE_CHECKING:
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

    # -- transactions --

    def commit(self, ready: Sequence[Guarded]) -> None:
        new = [item for item in ready if not isinstance(item, CheckClaim)]
        with reporting(), self._database.writing(synced=bool(new)) as connection:
            batch = Batch(SqliteShelf(connection), self._recent.begin(connection), self._kit.seal)
            claims.check(connection, checks_in(ready))
            for item in new:
                batch.add(item)
            batch.store()
            shapes = put_shapes(connection, new, self._shapes)
            perform_in_sqlite(connection, effects_of(new))
            connection.execute("COMMIT")
            self._recent.end(connection)
            self._shapes.update(shapes)

    # -- one writer a thread --

    fences = has_database = True

    def claim(self, claim: Claim) -> ThreadBusyError | None:
        with self._database.writing(synced=False) as connection:
            self._recent.begin(connection)
            busy = claims.put_claim(connection, claim)
            self._recent.end(connection)
        return busy

    def claimed(self, thread_id: str) -> ClaimRow | None:
        with self._database.reading() as connection:
            return claims.claim_of(connection, thread_id)

    def release_thread(self, thread_id: str) -> None:
        with self._database.writing() as connection:
            claims.delete_claim(connection, str(thread_id))

    # -- what is read, and done with whole threads --

    def _reading(self, use: Callable[[SqliteShelf], T]) -> T:
        with self._database.reading() as connection:
            return use(SqliteShelf(connection))

    def _changing(self, use: Callable[[SqliteShelf], T]) -> T:
        with reporting(), self._database.writing() as connection:
            return use(SqliteShelf(connection))
