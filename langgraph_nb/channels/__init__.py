"""The kinds of channels: how each treats the values written to a key of the state."""

from langgraph_nb.channels.any_value import AnyValue
from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.channels.binop import BinaryOperatorAggregate
from langgraph_nb.channels.delta import DeltaChannel
from langgraph_nb.channels.ephemeral_value import EphemeralValue
from langgraph_nb.channels.last_value import LastValue, LastValueAfterFinish
from langgraph_nb.channels.named_barrier_value import NamedBarrierValue, NamedBarrierValueAfterFinish
from langgraph_nb.channels.topic import Topic
from langgraph_nb.channels.untracked_value import UntrackedValue

__all__ = [
    "AnyValue",
    "BaseChannel",
    "BinaryOperatorAggregate",
    "DeltaChannel",
    "EphemeralValue",
    "LastValue",
    "LastValueAfterFinish",
    "NamedBarrierValue",
    "NamedBarrierValueAfterFinish",
    "Topic",
    "UntrackedValue",
]
