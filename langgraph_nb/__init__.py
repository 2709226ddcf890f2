"""Agent graphs, written, run, watched and corrected in notebooks.

The everyday names are here; all others are where LangGraph has them (``langgraph.graph`` is ``langgraph_nb.graph``).
Nothing is loaded before it is used. ``%load_ext langgraph_nb`` brings the magics.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from langgraph_nb.version import __version__

if TYPE_CHECKING:
    from langgraph_nb.checkpoint.memory import InMemorySaver
    from langgraph_nb.checkpoint.sqlite import SqliteSaver
    from langgraph_nb.config import get_config, get_store, get_stream_writer
    from langgraph_nb.constants import END, START
    from langgraph_nb.graph.message import MessagesState, add_messages
    from langgraph_nb.graph.state import StateGraph
    from langgraph_nb.notebook.chat.opened import chat
    from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
    from langgraph_nb.notebook.inbox import inbox
    from langgraph_nb.notebook.live.run import invoke, live, resume, state
    from langgraph_nb.notebook.loading import load
    from langgraph_nb.notebook.node import node
    from langgraph_nb.notebook.past import compare, fork, history, why
    from langgraph_nb.notebook.tracing import atrace, trace
    from langgraph_nb.runtime import Runtime, get_runtime
    from langgraph_nb.stepping import astep, step
    from langgraph_nb.types import Command, Interrupt, RetryPolicy, Send, StateSnapshot, interrupt

_HOMES = {
    "checkpoint.memory": ("InMemorySaver",),
    "checkpoint.sqlite": ("SqliteSaver",),
    "config": ("get_config", "get_store", "get_stream_writer"),
    "constants": ("END", "START"),
    "graph.message": ("MessagesState", "add_messages"),
    "graph.state": ("StateGraph",),
    "notebook.chat.opened": ("chat",),
    "notebook.extension": ("load", "load_ipython_extension", "unload_ipython_extension"),
    "notebook.inbox": ("inbox",),
    "notebook.live.run": ("invoke", "live", "resume", "state"),
    "notebook.loading": ("load",),
    "notebook.node": ("node",),
    "notebook.past": ("compare", "fork", "history", "why"),
    "notebook.tracing": ("atrace", "trace"),
    "runtime": ("Runtime", "get_runtime"),
    "stepping": ("astep", "step"),
    "types": ("Command", "Interrupt", "RetryPolicy", "Send", "StateSnapshot", "interrupt"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "END", "START", "Command", "InMemorySaver", "Interrupt", "MessagesState", "RetryPolicy", "Runtime", "Send",
    "SqliteSaver", "StateGraph", "StateSnapshot", "__version__", "add_messages", "astep", "atrace", "chat",
    "compare", "fork", "get_config", "get_runtime", "get_store", "get_stream_writer", "history", "inbox",
    "interrupt", "invoke", "live", "load", "load_ipython_extension", "node", "resume", "state", "step", "trace",
    "unload_ipython_extension", "why",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
