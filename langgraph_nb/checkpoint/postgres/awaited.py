"""The PostgreSQL saver under the name that async programs written for LangGraph use. It is the same saver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.checkpoint.postgres.saver import PostgresSaver

__all__ = ["AsyncPostgresSaver"]


class AsyncPostgresSaver(PostgresSaver):
    """``PostgresSaver``, which serves async runs as it is, opened with ``async with``, and set up with ``await``.

    Example:
        >>> async def threads(address):  # such as "postgresql://user@host/database"
        ...     async with AsyncPostgresSaver.from_conn_string(address) as saver:
        ...         await saver.setup()
        ...         return [saved.config async for saved in saver.alist(None)]
    """

    @classmethod
    @asynccontextmanager
    async def from_conn_string(  # type: ignore[override]
        cls, conn_string: str, *, pipeline: bool = False, serde: Any = None
    ) -> AsyncIterator[Self]:
        """A saver of a database, whose connection is closed at the end of the ``async with`` block."""
        opening: Any = super().from_conn_string(conn_string, pipeline=pipeline)
        saver: Self = await off_loop(opening.__enter__)
        if serde is not None:
            saver.serde = serde
        try:
            yield saver
        finally:
            await off_loop(partial(opening.__exit__, None, None, None))

    async def setup(self) -> None:  # type: ignore[override]
        """``PostgresSaver.setup``, awaited."""
        await off_loop(super().setup)
