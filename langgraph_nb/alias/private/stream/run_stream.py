"""A run's streams; to be subclassed."""

from typing import Any

__all__ = ["AsyncGraphRunStream", "AsyncSubgraphRunStream", "GraphRunStream", "SubgraphRunStream"]


class GraphRunStream:
    """The streams of a run."""


class AsyncGraphRunStream:
    """The streams of a run, awaited."""


class _OfSubgraph:
    def __init__(
        self, mux: Any, *, path: tuple[str, ...], graph_name: str | None = None, trigger_call_id: str | None = None
    ) -> None:
        self.path = path
        self.graph_name = graph_name
        self.trigger_call_id = trigger_call_id


class SubgraphRunStream(_OfSubgraph, GraphRunStream):
    """The streams of a graph inside of a run."""


class AsyncSubgraphRunStream(_OfSubgraph, AsyncGraphRunStream):
    """The same, awaited."""
