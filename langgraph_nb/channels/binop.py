"""A channel that folds updates into its value with a reducer."""

from __future__ import annotations

import collections.abc
from collections.abc import Callable, Sequence
from operator import add
from typing import Annotated, Any, Generic, NotRequired, Required, Self, get_args, get_origin

from langgraph_nb.channels.base import MISSING, Value, ValueChannel
from langgraph_nb.errors import ErrorCode, InvalidUpdateError, with_code
from langgraph_nb.types import Overwrite

_CONCRETE: dict[Any, type] = {
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}


def initial_type(typ: Any) -> Any:
    """The class to make a first value of: without metadata and arguments, and one that can be called."""
    while (origin := get_origin(typ)) is not None:
        typ = get_args(typ)[0] if origin in (Annotated, Required, NotRequired) else origin
    return _CONCRETE.get(typ, typ)


def initial_value(typ: Any) -> Any:
    """What ``typ`` is when nothing is in it yet, or ``MISSING`` when it has no such value."""
    try:
        return initial_type(typ)()
    except Exception:  # a constructor of the user's that wants arguments, or no class at all
        return MISSING


def overwritten(update: Any) -> tuple[bool, Any]:
    """Whether an update replaces the value, and with what.

    Of an ``Overwrite`` that was sent as JSON, its fields are left.
    """
    if isinstance(update, Overwrite):
        return True, update.value
    if isinstance(update, dict) and len(update) == 1 and "__overwrite__" in update:
        return True, update["__overwrite__"]
    if isinstance(update, dict) and update.get("type") == "__overwrite__" and "value" in update:
        return True, update["value"]
    return False, None


def two_overwrites() -> InvalidUpdateError:
    """The error of a superstep that replaces a value twice."""
    return InvalidUpdateError(
        with_code(
            "Can receive only one Overwrite value per super-step.", ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE
        )
    )


def whole(stored: Any) -> Any:
    """The value of a stored form; LangGraph marks those of its delta channels by a class of its own."""
    return stored.value if type(stored).__name__ == "_DeltaSnapshot" else stored


def same_function(one: Any, other: Any) -> bool:
    """Whether two reducers may be the same. A lambda that is written again is another function, so it may be any."""
    return one is other or "<lambda>" in (getattr(one, "__name__", ""), getattr(other, "__name__", ""))


PREPARES = "__prepares__"
"""The attribute of a reducer with what is called with each update as soon as a node has written it."""


def preparation(channel: Any) -> Callable[[Any], None] | None:
    """What readies an update of a channel before it is shown, stored and applied; mostly nothing."""
    return getattr(getattr(channel, "operator", None), PREPARES, None)


class BinaryOperatorAggregate(ValueChannel[Value, Value], Generic[Value]):
    """Folds each update into the value: ``value = operator(value, update)``.

    The value starts as ``typ()``; where that fails, as the first update.

    Example:
        >>> import operator
        >>> channel = BinaryOperatorAggregate(list, operator.add)
        >>> channel.update([["a"], ["b"]]), channel.get()
        (True, ['a', 'b'])
    """

    __slots__ = ("operator",)

    forgets = False

    def __init__(self, typ: Any, operator: Callable[[Value, Value], Value]) -> None:
        super().__init__(typ)
        self.operator = operator
        self.value = initial_value(typ)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and same_function(self.operator, other.operator)

    def __hash__(self) -> int:
        return hash(type(self))

    def _like(self) -> tuple[Any, ...]:
        return (self.operator,)

    def from_checkpoint(self, checkpoint: Value | Any) -> Self:
        new = self._empty()
        new.value = initial_value(self.typ) if checkpoint is MISSING else whole(checkpoint)
        return new

    def _empty(self) -> Self:
        if type(self) is not BinaryOperatorAggregate:
            return super()._empty()
        new = object.__new__(type(self))  # a run copies every channel that it writes: no first value for nothing
        new.typ, new.key, new.operator = self.typ, self.key, self.operator
        return new

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            return False
        self.value = self.after(values)
        return True

    def after(self, values: Sequence[Value]) -> Value:
        value: Any = self.value
        replaced, joined = False, None
        for update in values:
            replaces, new = overwritten(update)
            if replaces and replaced:
                raise two_overwrites()
            if replaces:
                value, replaced = new, True
            elif not replaced:
                if type(update) is list and type(value) is list and self.operator is add:
                    if value is not joined:  # what ``+`` gives, but many lists are joined without a copy for each
                        value = joined = value.copy()
                    value.extend(update)
                else:
                    value = update if value is MISSING else self.operator(value, update)
        return value  # type: ignore[no-any-return]
