"""An event, and what makes projections of events."""

from langgraph_nb.stream.transformer import ProtocolEvent, StreamTransformer

__all__ = ["ProtocolEvent", "StreamTransformer"]
