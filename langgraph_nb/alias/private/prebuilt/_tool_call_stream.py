"""The stream of one tool call."""

from langgraph_nb.prebuilt.tool_call_streams import ToolCallStream

__all__ = ["ToolCallStream"]
