"""A channel that trusts concurrent writes to be equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

from langgraph_nb.channels.base import MISSING, Value, ValueChannel


class AnyValue(ValueChannel[Value, Value], Generic[Value]):
    """Keeps the last value written in the last superstep; several writes are taken to be equal.

    Example:
        >>> channel = AnyValue(int)
        >>> channel.update([1, 1]), channel.get()
        (True, 1)
    """

    __slots__ = ()

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            had = self.value is not MISSING
            self.value = MISSING
            return had
        self.value = values[-1]
        return True
