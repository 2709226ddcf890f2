"""A channel whose value lives for one superstep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic

from langgraph_nb.channels.base import MISSING, Value, ValueChannel
from langgraph_nb.channels.last_value import guarded


class EphemeralValue(ValueChannel[Value, Value], Generic[Value]):
    """Keeps what the last superstep wrote, and nothing when it wrote nothing.

    Args:
        typ: Type of the value.
        guard: Whether two writes in one superstep are an error; otherwise the last one wins.

    Example:
        >>> channel = EphemeralValue(int)
        >>> channel.update([1]), channel.update([]), channel.is_available()
        (True, True, False)
    """

    __slots__ = ("guard",)

    def __init__(self, typ: Any, guard: bool = True) -> None:
        super().__init__(typ)
        self.guard = guard

    def _like(self) -> tuple[Any, ...]:
        return (self.guard,)

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            had = self.value is not MISSING
            self.value = MISSING
            return had
        if self.guard and len(values) != 1:
            raise guarded(self)
        self.value = values[-1]
        return True
