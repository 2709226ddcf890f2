"""An event, and what makes a projection of events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

__all__ = ["ProtocolEvent", "StreamTransformer"]


class ProtocolEvent(TypedDict):
    """An event of a run, numbered in the order of all events of the run."""

    type: Literal["event"]
    event_id: NotRequired[str]
    seq: NotRequired[int]
    method: str
    params: dict[str, Any]


class StreamTransformer(ABC):
    """What sees every event and makes something of some.

    Args:
        scope: The namespace of the graph whose events it sees.
    """

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        self.scope = scope

    @abstractmethod
    def init(self) -> dict[str, Any]:
        """What it makes, by name."""

    def process(self, event: ProtocolEvent) -> bool:
        """See an event; whether others are to see it too."""
        return True

    async def aprocess(self, event: ProtocolEvent) -> bool:
        """The same, awaited."""
        return self.process(event)
