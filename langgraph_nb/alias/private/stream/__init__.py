"""Names of event streams, for packages that make projections of their own when they are imported."""

from langgraph_nb.alias.private.stream._types import ProtocolEvent, StreamTransformer
from langgraph_nb.alias.private.stream.run_stream import (
    AsyncGraphRunStream,
    AsyncSubgraphRunStream,
    GraphRunStream,
    SubgraphRunStream,
)
from langgraph_nb.alias.private.stream.stream_channel import StreamChannel
from langgraph_nb.alias.private.stream.transformers import SubgraphStatus

__all__ = [
    "AsyncGraphRunStream", "AsyncSubgraphRunStream", "GraphRunStream", "ProtocolEvent", "StreamChannel",
    "StreamTransformer", "SubgraphRunStream", "SubgraphStatus",
]  # fmt: skip
