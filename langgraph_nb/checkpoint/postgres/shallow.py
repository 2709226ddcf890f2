"""Savers that keep the latest checkpoint of each thread only. LangGraph had them before ``durability="exit"``."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from langgraph_nb.checkpoint.postgres.awaited import AsyncPostgresSaver
from langgraph_nb.checkpoint.postgres.saver import PostgresSaver
from langgraph_nb.checkpoint.rows.retention import Retention

if TYPE_CHECKING:
    from langgraph_nb.checkpoint.serde import SerializerProtocol

__all__ = ["AsyncShallowPostgresSaver", "ShallowPostgresSaver"]


class ShallowPostgresSaver(PostgresSaver):
    """A ``PostgresSaver`` that keeps only the latest checkpoint of each namespace of a thread: there is no history.

    Deprecated: use ``PostgresSaver`` with ``durability="exit"``.

    Example:
        >>> def latest(address):  # such as "postgresql://user@host/database"
        ...     with ShallowPostgresSaver.from_conn_string(address) as saver:
        ...         saver.setup()
        ...         return saver.get_tuple({"configurable": {"thread_id": "1"}})
    """

    _slack = 0
    _instead = "PostgresSaver instead, and invoke the graph with `graph.invoke(..., durability='exit')`"

    def __init__(self, conn: Any, pipe: Any = None, serde: SerializerProtocol | None = None) -> None:
        warnings.warn(
            f"{type(self).__name__} is deprecated as of version 2.0.20 and will be removed in 3.0.0. "
            f"Use {self._instead}.",
            DeprecationWarning,
            stacklevel=2,
        )
        super().__init__(conn, pipe, serde, retention=Retention(last=1))


class AsyncShallowPostgresSaver(ShallowPostgresSaver, AsyncPostgresSaver):
    """``ShallowPostgresSaver``, opened with ``async with``, and set up with ``await``. Deprecated as well.

    Example:
        >>> async def latest(address):  # such as "postgresql://user@host/database"
        ...     async with AsyncShallowPostgresSaver.from_conn_string(address) as saver:
        ...         await saver.setup()
        ...         return await saver.aget_tuple({"configurable": {"thread_id": "1"}})
    """

    _instead = "AsyncPostgresSaver instead, and invoke the graph with `await graph.ainvoke(..., durability='exit')`"
