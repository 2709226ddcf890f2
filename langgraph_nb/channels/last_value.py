"""A channel that keeps the last value written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Self

from langgraph_nb.channels.base import MISSING, BaseChannel, Value, ValueChannel
from langgraph_nb.errors import EmptyChannelError, ErrorCode, InvalidUpdateError, with_code


def the_only(values: Sequence[Any], key: str) -> Any:
    """The single value of a step, or the error that there are several."""
    if len(values) != 1:
        raise InvalidUpdateError(
            with_code(
                f"At key '{key}': Can receive only one value per step. Use an Annotated key to handle multiple values.",
                ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE,
            )
        )
    return values[0]


def guarded(channel: BaseChannel[Any, Any, Any]) -> InvalidUpdateError:
    """What a guarded channel says to several writes in one superstep."""
    return InvalidUpdateError(
        f"At key '{channel.key}': {type(channel).__name__}(guard=True) can receive only one value per step. "
        "Use guard=False if you want to store any one of multiple values."
    )


class LastValue(ValueChannel[Value, Value], Generic[Value]):
    """Keeps the last value; two writes in one superstep are an ``InvalidUpdateError``.

    Example:
        >>> channel = LastValue(int)
        >>> channel.update([3]), channel.get()
        (True, 3)
    """

    __slots__ = ()

    forgets = False

    def after(self, values: Sequence[Value]) -> Value:
        return the_only(values, self.key)  # type: ignore[no-any-return]

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            return False
        self.value = values[0] if len(values) == 1 else the_only(values, self.key)
        return True


def is_put_off(stored: Any) -> bool:
    """Whether a stored form is of a channel that opens when nothing is left to run: a value, and if it is open."""
    return isinstance(stored, (list, tuple)) and len(stored) == 2 and isinstance(stored[1], bool)


class LastValueAfterFinish(ValueChannel[Value, Value], Generic[Value]):
    """A ``LastValue`` that shows its value only once nothing else is left to run.

    Example:
        >>> channel = LastValueAfterFinish(int, "n")
        >>> channel.update([1]), channel.is_available()
        (True, False)
        >>> channel.finish(), channel.get()
        (True, 1)
    """

    __slots__ = ("finished",)

    forgets = False
    finishes = True
    consumed = True

    def __init__(self, typ: Any, key: str = "") -> None:
        super().__init__(typ, key)
        self.finished = False

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            return False
        self.value, self.finished = values[-1], False
        return True

    def consume(self) -> bool:
        if not self.finished:
            return False
        self.value, self.finished = MISSING, False
        return True

    def finish(self) -> bool:
        if self.finished or self.value is MISSING:
            return False
        self.finished = True
        return True

    def get(self) -> Value:
        if not self.is_available():
            raise EmptyChannelError(self.key)
        return self.value  # type: ignore[no-any-return]

    def is_available(self) -> bool:
        return self.finished and self.value is not MISSING

    def checkpoint(self) -> Any:
        return MISSING if self.value is MISSING else (self.value, self.finished)

    def from_checkpoint(self, checkpoint: Any) -> Self:
        new = self._empty()
        if is_put_off(checkpoint):
            new.value, new.finished = checkpoint
        elif checkpoint is not MISSING:  # of a channel that was none of this kind yet, so what it held is to be read
            new.value, new.finished = checkpoint, True
        return new

    def copy(self) -> Self:
        return self.from_checkpoint(self.checkpoint())
