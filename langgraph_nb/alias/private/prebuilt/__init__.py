"""Modules of prebuilt parts that are private there, and what LangGraph's once had and released packages still call."""

from __future__ import annotations

from typing import Any

__all__: list[str] = []


def inject_tool_args(node: Any, tool_call: Any, input: Any, store: Any) -> Any:
    """A tool call, ready to be sent to a ``ToolNode``, as LangGraph before 1.0 made it; langgraph-bigtool calls it.

    The node fills in what its tool asks for (the state, the store, the run) when it makes the call. So nothing is put
    into the call here, where it would be stored with the thread.

    Returns:
        The call as it is.
    """
    return tool_call


METHODS = {"ToolNode": {"inject_tool_args": inject_tool_args}}
"""Class -> the methods that it lacks."""
