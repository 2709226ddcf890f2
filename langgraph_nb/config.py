"""The running node's config, store and stream writer, from anywhere below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_nb.scope import require_scope

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.types import StreamWriter

__all__ = ["get_config", "get_store", "get_stream_writer"]


def get_config() -> RunnableConfig:
    """The ``RunnableConfig`` of the running node. Raises ``RuntimeError`` outside of one.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> def node(state):
        ...     return {"n": get_config()["configurable"]["start"]}
        >>> graph = StateGraph(State).add_node(node).add_edge(START, "node").compile()
        >>> graph.invoke({"n": 0}, {"configurable": {"start": 5}})
        {'n': 5}
    """
    return require_scope("get_config").config


def get_store() -> Any:
    """The store that the graph was compiled with, or ``None``. Raises ``RuntimeError`` outside of a running node.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.store.memory import InMemoryStore
        >>> class State(TypedDict):
        ...     theme: str
        >>> def node(state):
        ...     return {"theme": get_store().get(("users", "ada"), "settings").value["theme"]}
        >>> store = InMemoryStore()
        >>> store.put(("users", "ada"), "settings", {"theme": "dark"})
        >>> graph = StateGraph(State).add_node(node).add_edge(START, "node").compile(store=store)
        >>> graph.invoke({"theme": ""})
        {'theme': 'dark'}
    """
    return require_scope("get_store").runtime.store


def get_stream_writer() -> StreamWriter:
    """The function that writes to the ``custom`` stream. Raises ``RuntimeError`` outside of a running node.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> def node(state):
        ...     get_stream_writer()({"progress": "half"})
        >>> graph = StateGraph(State).add_node(node).add_edge(START, "node").compile()
        >>> list(graph.stream({"n": 0}, stream_mode="custom"))
        [{'progress': 'half'}]
    """
    return require_scope("get_stream_writer").writer
