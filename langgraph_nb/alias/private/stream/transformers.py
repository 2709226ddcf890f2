"""Projections of the beginnings and ends of graphs; to be subclassed."""

from typing import Literal

from langgraph_nb.alias.private.stream._types import StreamTransformer

__all__ = ["SubgraphStatus", "_TasksLifecycleBase"]

SubgraphStatus = Literal["started", "completed", "failed", "interrupted", "drained"]


class _TasksLifecycleBase(StreamTransformer):
    """What sees graphs inside of a run begin and end."""
