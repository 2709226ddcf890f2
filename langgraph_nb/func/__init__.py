"""Workflows as plain functions: an entrypoint, which runs like a graph, and the tasks that it calls."""

from langgraph_nb.func.entrypoints import entrypoint
from langgraph_nb.func.tasks import task

__all__ = ("task", "entrypoint")
