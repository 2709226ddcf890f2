"""Agents that are ready to use, and the node that runs their tools: LangGraph's ``prebuilt``.

langchain-core is loaded with the first name that is taken from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nb.prebuilt.chat_agent_executor import create_react_agent
    from langgraph_nb.prebuilt.tool_call_streams import ToolCallTransformer
    from langgraph_nb.prebuilt.tool_node import (
        InjectedState,
        InjectedStore,
        ToolNode,
        ToolRuntime,
        tools_condition,
    )
    from langgraph_nb.prebuilt.tool_validator import ValidationNode

__all__ = [
    "InjectedState", "InjectedStore", "ToolCallTransformer", "ToolNode", "ToolRuntime", "ValidationNode",
    "create_react_agent", "tools_condition",
]  # fmt: skip

_HOME_OF = {
    **dict.fromkeys(__all__, "tool_node"),
    "ToolCallTransformer": "tool_call_streams",
    "ValidationNode": "tool_validator",
    "create_react_agent": "chat_agent_executor",
}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
