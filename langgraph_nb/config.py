"""The running node's config, store and stream writer, from anywhere below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_nb.scope import require_scope

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.types import StreamWriter

__all__ = ["get_config", "get_store", "get_stream_writer"]


def get_config() -> RunnableConfig:
    """The ``RunnableConfig`` of the running node. Raises ``RuntimeError`` outside of one."""
    return require_scope("get_config").config


def get_store() -> Any:
    """The store that the graph was compiled with, or ``None``. Raises ``RuntimeError`` outside of a running node."""
    return require_scope("get_store").runtime.store


def get_stream_writer() -> StreamWriter:
    """The function that writes to the ``custom`` stream. Raises ``RuntimeError`` outside of a running node."""
    return require_scope("get_stream_writer").runtime.stream_writer
