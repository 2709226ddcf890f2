"""Streams: projections of a run's events, as chunks (``stream``) and as a run to read from (``stream_events``).

langchain-core is loaded with the first name that is taken from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nb.stream.lifecycle import (
        LifecyclePayload,
        LifecycleTransformer,
        SubgraphStatus,
        SubgraphTransformer,
    )
    from langgraph_nb.stream.run_stream import (
        AsyncGraphRunStream,
        AsyncSubgraphRunStream,
        GraphRunStream,
        SubgraphRunStream,
    )
    from langgraph_nb.stream.stream_channel import StreamChannel
    from langgraph_nb.stream.transformer import ProtocolEvent, StreamTransformer
    from langgraph_nb.stream.transformers import (
        CheckpointsTransformer,
        CustomTransformer,
        DebugTransformer,
        TasksTransformer,
        UpdatesTransformer,
    )

__all__ = [
    "AsyncGraphRunStream", "AsyncSubgraphRunStream", "CheckpointsTransformer", "CustomTransformer", "DebugTransformer",
    "GraphRunStream", "LifecyclePayload", "LifecycleTransformer", "ProtocolEvent", "StreamChannel", "StreamTransformer",
    "SubgraphRunStream", "SubgraphStatus", "SubgraphTransformer", "TasksTransformer", "UpdatesTransformer",
]  # fmt: skip

_HOME_OF = {
    **dict.fromkeys(__all__, "transformers"),
    **dict.fromkeys(("LifecyclePayload", "LifecycleTransformer", "SubgraphStatus", "SubgraphTransformer"), "lifecycle"),
    **dict.fromkeys((name for name in __all__ if name.endswith("RunStream")), "run_stream"),
    "ProtocolEvent": "transformer",
    "StreamTransformer": "transformer",
    "StreamChannel": "stream_channel",
}


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
