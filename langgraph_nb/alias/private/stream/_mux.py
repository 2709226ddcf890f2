"""How projections are made, and what hands them the events."""

from collections.abc import Callable

from langgraph_nb.alias.private.stream._types import StreamTransformer

__all__ = ["StreamMux", "TransformerFactory"]

TransformerFactory = Callable[[tuple[str, ...]], StreamTransformer]
"""Makes the projection of a graph, from its namespace."""


class StreamMux:
    """What hands events to projections; for annotations."""
