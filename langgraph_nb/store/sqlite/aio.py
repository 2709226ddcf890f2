"""The SQLite store under the name that async programs written for LangGraph use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.checkpoint.sqlite.database import Target
from langgraph_nb.store.base import IndexConfig, TTLConfig
from langgraph_nb.store.base.batch import AsyncBatchedBaseStore
from langgraph_nb.store.sqlite.base import SqliteStore
from langgraph_nb.store.sweeper import sweeping_task

__all__ = ["AsyncSqliteStore"]


class AsyncSqliteStore(AsyncBatchedBaseStore, SqliteStore):
    """``SqliteStore``, opened with ``async with``. Operations that many tasks ask for at the same time are one batch.

    It belongs to the event loop that it is made in. Its sync methods wait for the disk, wherever they are called.

    Args:
        conn: A path, ``":memory:"``, a ``file:`` URI, or an open connection made with ``check_same_thread=False``.
        deserializer: Makes a document of its JSON; by default ``json.loads``.
        index: How items are found by meaning; without it, a search's ``query`` is not looked at.
        ttl: How long items are kept, if they are not stored with a time of their own.
        cipher: Encrypts documents: ``AesGcm(key)``.

    Example:
        >>> import asyncio
        >>> async def themes():
        ...     async with AsyncSqliteStore.from_conn_string(":memory:") as store:
        ...         await store.aput(("users", "ada"), "settings", {"theme": "dark"})
        ...         return [item.value["theme"] for item in await store.asearch(("users",))]
        >>> asyncio.run(themes())
        ['dark']
    """

    def __init__(
        self,
        conn: Target,
        *,
        deserializer: Callable[[str], dict[str, Any]] | None = None,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        cipher: Any = None,
    ) -> None:
        SqliteStore.__init__(self, conn, deserializer=deserializer, index=index, ttl=ttl, cipher=cipher)
        self._begin()

    batch = SqliteStore.batch
    _one = SqliteStore._one

    @classmethod
    @asynccontextmanager
    async def from_conn_string(  # type: ignore[override]
        cls, conn_string: str, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None, cipher: Any = None
    ) -> AsyncIterator[Self]:
        """A store of the database at this path, closed at the end of the ``async with`` block."""
        async with cls(conn_string, index=index, ttl=ttl, cipher=cipher) as store:
            yield store

    async def setup(self) -> None:  # type: ignore[override]
        """Nothing to do: tables are made when the database is opened. Here for programs that call it."""

    async def rotate_keys(self, *, unencrypted: bool = False) -> int:  # type: ignore[override]
        """``SqliteStore.rotate_keys``, awaited."""
        rotate = super().rotate_keys
        return await off_loop(lambda: rotate(unencrypted=unencrypted))

    async def sweep_ttl(self) -> int:  # type: ignore[override]
        """Take out what is past its time now, and return how many items that were."""
        return await off_loop(self._sweep)

    async def start_ttl_sweeper(  # type: ignore[override]
        self, sweep_interval_minutes: float | None = None
    ) -> asyncio.Task[None]:
        """``SqliteStore.start_ttl_sweeper``; cancelling the task stops it."""
        return sweeping_task(super().start_ttl_sweeper(sweep_interval_minutes))

    async def stop_ttl_sweeper(self, timeout: float | None = None) -> bool:  # type: ignore[override]
        """Stop sweeping; wait for it at most ``timeout`` seconds, and return whether it has stopped."""
        stop = super().stop_ttl_sweeper
        return await off_loop(lambda: stop(timeout))
