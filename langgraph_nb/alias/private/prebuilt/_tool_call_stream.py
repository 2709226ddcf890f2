"""The stream of one tool call, by name."""

__all__ = ["ToolCallStream"]


class ToolCallStream:
    """What a tool call tells while it runs; for annotations."""
