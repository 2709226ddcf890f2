"""The SQLite saver under the name that async programs written for LangGraph use. It is the same saver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from langgraph_nb.checkpoint.sqlite.saver import SqliteSaver

__all__ = ["AsyncSqliteSaver"]


class AsyncSqliteSaver(SqliteSaver):
    """``SqliteSaver``, which serves async runs as it is, opened with ``async with``.

    Example:
        >>> import asyncio
        >>> async def threads():
        ...     async with AsyncSqliteSaver.from_conn_string(":memory:") as saver:
        ...         return [saved async for saved in saver.alist(None)]
        >>> asyncio.run(threads())
        []
    """

    @classmethod
    @asynccontextmanager
    async def from_conn_string(cls, conn_string: str) -> AsyncIterator[Self]:  # type: ignore[override]
        """A saver of the database at this path, closed at the end of the ``async with`` block."""
        async with cls(conn_string) as saver:
            yield saver
