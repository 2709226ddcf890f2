"""Threads in PostgreSQL: the saver that many machines share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from langgraph_nb.checkpoint.claims import Claim, ClaimRow
from langgraph_nb.checkpoint.heartbeat import keep_alive
from langgraph_nb.checkpoint.postgres import claims, schema
from langgraph_nb.checkpoint.postgres.commits import Committer
from langgraph_nb.checkpoint.postgres.connections import (
    CONNECTION,
    Connections,
    Execute,
    check_installed,
    checked_address,
    connections_of,
)
from langgraph_nb.checkpoint.postgres.formats import refuse_newer, set_up
from langgraph_nb.checkpoint.postgres.shelf import LookUps, Transaction
from langgraph_nb.checkpoint.prepared import Guarded, ReadyCheckpoint
from langgraph_nb.checkpoint.rows.batch import Batch
from langgraph_nb.checkpoint.rows.retention import SLACK, Retention, retain
from langgraph_nb.checkpoint.rows.saver import RowSaver, reporting
from langgraph_nb.checkpoint.seal import CheckpointCorrupt
from langgraph_nb.checkpoint.writer import flush_writer
from langgraph_nb.errors import ThreadBusyError

if TYPE_CHECKING:
    from psycopg import AsyncConnection, AsyncPipeline, Connection, Pipeline
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

    from langgraph_nb.checkpoint.serde import SerializerProtocol

    Conn = Connection[Any] | ConnectionPool[Any] | AsyncConnection[Any] | AsyncConnectionPool[Any]

__all__ = ["PostgresSaver"]

T = TypeVar("T")
_MOST = 4096
"""Spaces whose growth is remembered."""


class PostgresSaver(RowSaver):
    """Keeps threads in a PostgreSQL database, for sync and async runs of many threads, processes and machines.

    What has been written is committed when the call returns; a superstep is one round trip. Only what changed is
    written. A dropped connection is replaced, and what was not answered yet is done again, but not twice. Nothing is
    left in a session, so that a pool such as pgbouncer may be in front of the server. Call ``setup()`` once.

    Args:
        conn: A connection made with ``autocommit=True``, or a pool of such. An async one belongs to the event loop in
            which the saver is made.
        pipe: A pipeline of the connection.
        serde: Turns values into bytes and back.
        retention: How much history is kept. What is not is deleted now and then, while runs store; ``retain`` does it
            at once.

    Example:
        >>> def threads(address):  # such as "postgresql://user@host/database"
        ...     with PostgresSaver.from_conn_string(address) as saver:
        ...         saver.setup()
        ...         return [saved.config for saved in saver.list(None)]
    """

    def __init__(
        self,
        conn: Conn,
        pipe: Pipeline | AsyncPipeline | None = None,
        serde: SerializerProtocol | None = None,
        *,
        retention: Retention | None = None,
    ) -> None:
        super().__init__(serde=serde)
        self._retention = retention
        self._added: dict[tuple[str, str], int] = {}
        """(thread id, namespace) -> checkpoints added since all that is not kept was deleted."""
        self._connections = connections_of(conn, pipe)
        self._committer = Committer(self._connections)
        self.has_database = isinstance(self._connections, Connections)  # a hook cannot await

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str, *, pipeline: bool = False) -> Iterator[Self]:
        """A saver of a database, whose connection is closed at the end of the ``with`` block.

        Args:
            conn_string: ``"postgresql://user:password@host:port/database"``, or what else libpq takes.
            pipeline: Send statements by a pipeline. There is little to gain: a superstep is one statement anyway.
        """
        check_installed()
        from psycopg import Connection

        with Connection.connect(checked_address(conn_string), **CONNECTION) as connection:
            if pipeline:
                with connection.pipeline() as pipe, cls(connection, pipe) as saver:
                    yield saver
            else:
                with cls(connection) as saver:
                    yield saver

    @property
    def conn(self) -> Any:
        """The connection, or the pool."""
        return self._connections.given

    def setup(self) -> None:
        """Make the tables, if they are not there. Call it once, before the saver is first used.

        Raises:
            NewerFormatError: The tables were written by a newer version of this package.
        """
        self._connections.ask(set_up)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        flush_writer(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._off_loop(lambda: flush_writer(self))

    # -- transactions --

    def commit(self, ready: Sequence[Guarded]) -> None:
        with reporting():
            self._committer.commit(ready, self._kit.seal)
        if self._retention is not None:
            self._shorten(ready, self._retention)

    _slack = SLACK

    def _shorten(self, ready: Sequence[Guarded], retention: Retention) -> None:
        """Delete what is not kept of the spaces that have grown long, or that this saver has not seen before."""
        grown = {item.address[:2] for item in ready if isinstance(item, ReadyCheckpoint)}
        counts = {space: self._added.get(space, self._slack) + 1 for space in grown}
        long = [space for space, count in counts.items() if count > self._slack]
        if len(self._added) > _MOST:
            self._added.clear()
        self._added.update(counts)
        if long:
            self._changing(lambda shelf: self._delete_older(shelf, long, retention))
            self._added.update(dict.fromkeys(long, 0))

    def _delete_older(self, shelf: Transaction, spaces: Iterable[tuple[str, str]], retention: Retention) -> None:
        for thread_id, ns in spaces:
            batch = Batch(shelf, {}, self._kit.seal)
            retain(shelf, batch, batch.open(thread_id, ns), retention)

    def _reading(self, use: Callable[[LookUps], T]) -> T:
        try:
            return use(LookUps(self._connections.one))
        except CheckpointCorrupt:  # or of a newer format, or changed between two statements: look again, at one moment
            refuse_newer(*self._connections.one(schema.READ_FORMAT, {})[0])
            return self._at_one_moment(use)

    def _at_one_moment(self, use: Callable[[LookUps], T]) -> T:
        return self._connections.transact(lambda execute: use(_at_one_moment(execute)))

    def _changing(self, use: Callable[[Transaction], T]) -> T:
        with reporting():
            return self._connections.transact(lambda execute: use(Transaction(execute)))

    # -- one writer a thread --

    fences = True

    def claim(self, claim: Claim) -> ThreadBusyError | None:
        busy = claims.put_claim(self._connections.one, claim)
        if busy is None:
            claim.made = True
            keep_alive(self, claim)
        return busy

    def beat(self, alive: Iterable[Claim]) -> None:
        claims.beat(self._connections.one, alive)

    def claimed(self, thread_id: str) -> ClaimRow | None:
        return claims.claim_of(self._connections.one, thread_id)

    def release_thread(self, thread_id: str) -> None:
        self._changing(lambda shelf: shelf.delete_claim(str(thread_id)))


def _at_one_moment(execute: Execute) -> LookUps:
    execute(schema.ONE_MOMENT, {})
    return LookUps(execute, steady=True)

