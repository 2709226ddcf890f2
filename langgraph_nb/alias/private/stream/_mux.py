"""What events go through."""

from langgraph_nb.stream.mux import StreamMux, TransformerFactory

__all__ = ["StreamMux", "TransformerFactory"]
