"""Channels that are ready once all of a set of names were written: joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Self

from langgraph_nb.channels.base import MISSING, BaseChannel, Value
from langgraph_nb.channels.last_value import is_put_off
from langgraph_nb.errors import EmptyChannelError, InvalidUpdateError, did_you_mean


class NamedBarrierValue(BaseChannel[None, Value, Any], Generic[Value]):
    """Available, as ``None``, when every name has been written; waits again after it was consumed.

    Example:
        >>> barrier = NamedBarrierValue(str, {"a", "b"})
        >>> barrier.update(["a"]), barrier.is_available(), barrier.update(["b"]), barrier.is_available()
        (True, False, True, True)
    """

    __slots__ = ("names", "seen")

    forgets = False
    consumed = True

    def __init__(self, typ: Any, names: set[Value]) -> None:
        super().__init__(typ)
        self.names = names
        self.seen: set[Value] = set()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.names == self.names

    def __hash__(self) -> int:
        return hash(type(self))

    @property
    def ValueType(self) -> Any:
        return self.typ

    @property
    def UpdateType(self) -> Any:
        return self.typ

    def get(self) -> None:
        if not self.is_available():
            raise EmptyChannelError(self.key)

    def is_available(self) -> bool:
        return self.seen == self.names

    def update(self, values: Sequence[Value]) -> bool:
        changed = False
        for name in values:
            if name not in self.names:
                hint = did_you_mean(str(name), map(str, self.names))
                raise InvalidUpdateError(f"At key '{self.key}': Value {name} not in {self.names}. {hint}")
            if name not in self.seen:
                self.seen.add(name)
                changed = True
        return changed

    def consume(self) -> bool:
        if not self.is_available():
            return False
        self.seen = set()
        return True

    def checkpoint(self) -> Any:
        return set(self.seen)

    def from_checkpoint(self, checkpoint: Any) -> Self:
        new = type(self)(self.typ, self.names)
        new.key = self.key
        if checkpoint is not MISSING:
            new.seen = set(checkpoint[0] if is_put_off(checkpoint) else checkpoint)
        return new


class NamedBarrierValueAfterFinish(NamedBarrierValue[Value], Generic[Value]):
    """A barrier that opens only once nothing else is left to run.

    Example:
        >>> channel = NamedBarrierValueAfterFinish(str, {"a", "b"})
        >>> channel.update(["a", "b"]), channel.is_available()
        (True, False)
        >>> channel.finish(), channel.is_available()
        (True, True)
    """

    __slots__ = ("finished",)

    finishes = True

    def __init__(self, typ: Any, names: set[Value]) -> None:
        super().__init__(typ, names)
        self.finished = False

    def is_available(self) -> bool:
        return self.finished and self.seen == self.names

    def consume(self) -> bool:
        if not super().consume():
            return False
        self.finished = False
        return True

    def finish(self) -> bool:
        if self.finished or self.seen != self.names:
            return False
        self.finished = True
        return True

    def checkpoint(self) -> Any:
        return set(self.seen), self.finished

    def from_checkpoint(self, checkpoint: Any) -> Self:
        new = super().from_checkpoint(checkpoint)
        # of a barrier that was none of this kind yet: if all have written, it is open
        new.finished = checkpoint[1] if is_put_off(checkpoint) else new.seen == new.names
        return new
