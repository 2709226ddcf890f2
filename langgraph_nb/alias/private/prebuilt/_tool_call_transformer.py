"""The projection of tool calls."""

from langgraph_nb.prebuilt.tool_call_streams import ToolCallTransformer

__all__ = ["ToolCallTransformer"]
