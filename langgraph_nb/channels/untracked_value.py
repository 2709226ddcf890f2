"""A channel that is never stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Self

from langgraph_nb.channels.base import MISSING, Value, ValueChannel
from langgraph_nb.channels.last_value import guarded


class UntrackedValue(ValueChannel[Value, Value], Generic[Value]):
    """Keeps the last value for as long as the run lasts.

    Example:
        >>> channel = UntrackedValue(int)
        >>> channel.update([1]), channel.get(), channel.checkpoint()
        (True, 1, MISSING)
    """

    __slots__ = ("guard",)

    forgets = False

    def __init__(self, typ: Any, guard: bool = True) -> None:
        super().__init__(typ)
        self.guard = guard

    def _like(self) -> tuple[Any, ...]:
        return (self.guard,)

    def checkpoint(self) -> Any:
        return MISSING

    def from_checkpoint(self, checkpoint: Any) -> Self:
        return self._empty()

    def copy(self) -> Self:
        new = self._empty()
        new.value = self.value
        return new

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            return False
        if self.guard and len(values) != 1:
            raise guarded(self)
        self.value = values[-1]
        return True
