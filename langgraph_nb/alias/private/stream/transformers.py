"""Projections of the beginnings and ends of graphs; to be subclassed."""

from langgraph_nb.stream.lifecycle import _TasksLifecycleBase

__all__ = ["_TasksLifecycleBase"]
