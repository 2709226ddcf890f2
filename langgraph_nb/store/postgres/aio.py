"""The PostgreSQL store on async connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.checkpoint.postgres.connections import CONNECTION, AsyncConnections, check_installed, checked_address
from langgraph_nb.store.base import Op, Result, TTLConfig
from langgraph_nb.store.base.batch import AsyncBatchedBaseStore
from langgraph_nb.store.documents import checked
from langgraph_nb.store.postgres.base import Statements, pool_arguments
from langgraph_nb.store.postgres.batch import dump_for_postgres, rotate
from langgraph_nb.store.postgres.config import PoolConfig, PostgresIndexConfig
from langgraph_nb.store.sweeper import sweeping_task

if TYPE_CHECKING:
    from psycopg import AsyncConnection, AsyncPipeline
    from psycopg_pool import AsyncConnectionPool

__all__ = ["AsyncPostgresStore"]


class AsyncPostgresStore(AsyncBatchedBaseStore, Statements):
    """``PostgresStore`` on async connections. Operations that many tasks ask for at the same time are one batch.

    It belongs to the event loop that it is made in; its sync methods may be called from any other thread.

    Args:
        conn: An async connection made with ``autocommit=True``, or an async pool of such.
        pipe: A pipeline of the connection, which is then used for all statements.
        deserializer: Makes a document of its JSON; by default ``json.loads``.
        index: How items are found by meaning; without it, a search's ``query`` is not looked at.
        ttl: How long items are kept, if they are not stored with a time of their own.
        cipher: Encrypts documents, as in ``PostgresStore``.

    Example:
        >>> async def notes(address):  # such as "postgresql://user@host/database"
        ...     async with AsyncPostgresStore.from_conn_string(address) as store:
        ...         await store.setup()
        ...         await store.aput(("notes",), "a", {"text": "a dog", "stars": 5})
        ...         return await store.asearch(("notes",), filter={"stars": {"$gt": 3}})
    """

    _connections: AsyncConnections

    def __init__(
        self,
        conn: AsyncConnection[Any] | AsyncConnectionPool[Any],
        *,
        pipe: AsyncPipeline | None = None,
        deserializer: Callable[[bytes], dict[str, Any]] | None = None,
        index: PostgresIndexConfig | None = None,
        ttl: TTLConfig | None = None,
        cipher: Any = None,
    ) -> None:
        Statements.__init__(self, deserializer, index, ttl, cipher)
        self._begin()
        self._connections = AsyncConnections(conn, pipe)

    @classmethod
    @asynccontextmanager
    async def from_conn_string(
        cls,
        conn_string: str,
        *,
        pipeline: bool = False,
        pool_config: PoolConfig | None = None,
        index: PostgresIndexConfig | None = None,
        ttl: TTLConfig | None = None,
        cipher: Any = None,
    ) -> AsyncIterator[Self]:
        """A store of a database, as ``PostgresStore.from_conn_string`` makes it."""
        check_installed()
        conn_string = checked_address(conn_string)
        async with AsyncExitStack() as stack:
            conn: Any
            pipe = None
            if pool_config is not None:
                from psycopg_pool import AsyncConnectionPool

                pool: Any = AsyncConnectionPool(conn_string, **{**pool_arguments(pool_config), "open": False})
                conn = await stack.enter_async_context(pool)
            else:
                from psycopg import AsyncConnection

                conn = await stack.enter_async_context(await AsyncConnection.connect(conn_string, **CONNECTION))
                pipe = await stack.enter_async_context(conn.pipeline()) if pipeline else None
            async with cls(conn, pipe=pipe, index=index, ttl=ttl, cipher=cipher) as store:
                yield store

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop_ttl_sweeper()

    async def setup(self) -> None:
        """Make the tables, if they are not there. Call it once, before the store is first used.

        Raises:
            NewerFormatError: The tables were written by a newer version of this package.
        """
        await self._connections.aask(self._setting_up)

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations in one transaction: first all reads, then all writes, the last one of each key.

        Raises:
            UnstorableValue: A document is not JSON. Nothing of the batch is stored then.
            InvalidNamespaceError: For a label that cannot be one.
        """
        ops = list(ops)
        documents = checked(ops, dump_for_postgres)
        embedded = await self._index.aembed(ops)
        found: list[Result] = await self._connections.aask(lambda: self._batch(ops, documents, embedded))
        return found

    async def rotate_keys(self, *, unencrypted: bool = False) -> int:
        """``PostgresStore.rotate_keys``, awaited."""
        keeping, count, last, some = self._keeping.anew(unencrypted), 0, 0, 1
        while some:
            last, some = await self._connections.aask(partial(rotate, keeping, last))
            count += some
        return count

    async def sweep_ttl(self) -> int:  # type: ignore[override]
        """Take out what is past its time now, and return how many items that were."""
        swept: int = await self._connections.aask(self._sweeping)
        return swept

    async def start_ttl_sweeper(  # type: ignore[override]
        self, sweep_interval_minutes: float | None = None
    ) -> asyncio.Task[None]:
        """``PostgresStore.start_ttl_sweeper``; cancelling the task stops it."""
        return sweeping_task(super().start_ttl_sweeper(sweep_interval_minutes))

    async def stop_ttl_sweeper(self, timeout: float | None = None) -> bool:  # type: ignore[override]
        """Stop sweeping; wait for it at most ``timeout`` seconds, and return whether it has stopped."""
        return await off_loop(partial(super().stop_ttl_sweeper, timeout))

    def _sweep(self) -> int:
        return asyncio.run_coroutine_threadsafe(self.sweep_ttl(), self._loop).result()
