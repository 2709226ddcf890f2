"""The names of a graph's threads: for completion, and for who has misspelt one. This file must not know of magics."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from typing import Any

__all__ = ["thread_meant", "threads_of"]

THREADS = 300
"""Names of threads that are looked at, or checkpoints that are looked at to find them."""


def threads_of(graph: Any, limit: int = THREADS) -> list[str]:
    """Threads of a graph's saver, as many as can be told quickly."""
    saver = graph.checkpointer
    if hasattr(saver, "recent_threads"):
        return list(saver.recent_threads(limit))
    found = saver.list(None, limit=limit) if hasattr(saver, "list") else ()
    return list(dict.fromkeys(str(saved.config["configurable"]["thread_id"]) for saved in found))


def thread_meant(graph: Any, thread: str) -> str:
    """A question, if there is a thread of nearly this name.

    Example:
        >>> from langgraph_nb import START, InMemorySaver, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a").compile(InMemorySaver())
        >>> _ = graph.invoke({"n": 1}, {"configurable": {"thread_id": "monday"}})
        >>> thread_meant(graph, "mondya"), thread_meant(graph, "42")
        ("Did you mean thread 'monday'?", '')
    """
    close: list[str] = []
    with suppress(Exception):  # a saver that can only be awaited, or that is not there, takes no error's place
        close = get_close_matches(thread, threads_of(graph), n=1)
    return f"Did you mean thread {close[0]!r}?" if close else ""
