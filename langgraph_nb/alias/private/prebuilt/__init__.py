"""Names that packages take from ``langgraph.prebuilt`` besides ours."""

from __future__ import annotations

from typing import Any

from langgraph_nb.alias.private.stream._types import StreamTransformer

__all__ = ["ToolCallTransformer"]


class ToolCallTransformer(StreamTransformer):
    """The projection of tool calls, by name."""

    def init(self) -> dict[str, Any]:
        return {}
