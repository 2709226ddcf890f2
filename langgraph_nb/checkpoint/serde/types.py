"""Names that serializers share in LangGraph: reserved channels, and what a channel and a ``Send`` look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from langgraph_nb.checkpoint.config import SCHEDULED
from langgraph_nb.constants import ERROR, INTERRUPT, RESUME, TASKS

__all__ = ["ERROR", "INTERRUPT", "RESUME", "SCHEDULED", "TASKS", "ChannelProtocol", "SendProtocol"]

Value = TypeVar("Value", covariant=True)
Update = TypeVar("Update", contravariant=True)
C = TypeVar("C")


class ChannelProtocol(Protocol[Value, Update, C]):
    """What a channel can do.

    Example:
        >>> from langgraph_nb.channels import LastValue
        >>> channel: ChannelProtocol = LastValue(int, "n")
        >>> channel.update([1]), channel.get()
        (True, 1)
    """

    @property
    def ValueType(self) -> Any:
        """The type of its value."""

    @property
    def UpdateType(self) -> Any:
        """The type of what is written to it."""

    def checkpoint(self) -> C | None:
        """What is stored of it."""

    def from_checkpoint(self, checkpoint: C | None) -> Self:
        """A channel with what was stored."""

    def update(self, values: Sequence[Update]) -> bool:
        """Take what a step wrote; whether that changed it."""

    def get(self) -> Value:
        """Its value."""

    def consume(self) -> bool:
        """Note that a task ran on it; whether that changed it."""


@runtime_checkable
class SendProtocol(Protocol):
    """What a ``Send`` looks like.

    Example:
        >>> from langgraph_nb.types import Send
        >>> isinstance(Send("node", 1), SendProtocol)
        True
    """

    node: str
    arg: Any

    def __hash__(self) -> int: ...

    def __repr__(self) -> str: ...

    def __eq__(self, value: object) -> bool: ...
