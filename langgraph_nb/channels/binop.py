"""A channel that folds updates into its value with a reducer."""

from __future__ import annotations

import collections.abc
from collections.abc import Callable, Sequence
from typing import Any, Generic, NotRequired, Required, Self, get_origin

from langgraph_nb.channels.base import MISSING, Value, ValueChannel
from langgraph_nb.errors import ErrorCode, InvalidUpdateError, with_code
from langgraph_nb.types import Overwrite

_CONCRETE: dict[Any, type] = {
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Collection: list,
    collections.abc.Iterable: list,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}


def initial_value(typ: Any) -> Any:
    """What ``typ`` is when nothing is in it yet, or ``MISSING`` when it has no such value."""
    while get_origin(typ) in (Required, NotRequired):
        typ = typ.__args__[0]
    typ = get_origin(typ) or typ
    typ = _CONCRETE.get(typ, typ)
    try:
        return typ()
    except Exception:  # a constructor of the user's that wants arguments, or no class at all
        return MISSING


def overwritten(update: Any) -> tuple[bool, Any]:
    """Whether an update replaces the value, and with what."""
    if isinstance(update, Overwrite):
        return True, update.value
    if isinstance(update, dict) and len(update) == 1 and "__overwrite__" in update:
        return True, update["__overwrite__"]
    return False, None


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

    def __init__(self, typ: Any, operator: Callable[[Value, Value], Value], key: str = "") -> None:
        super().__init__(typ, key)
        self.operator = operator
        self.value = initial_value(typ)

    def _empty(self) -> Self:
        new = type(self).__new__(type(self))
        new.typ, new.key, new.operator = self.typ, self.key, self.operator
        new.value = MISSING
        return new

    def _like(self) -> tuple[Any, ...]:
        # two lambdas written alike are two functions; only their name says that they may be the same
        return ("lambda" if getattr(self.operator, "__name__", "") == "<lambda>" else self.operator,)

    def from_checkpoint(self, checkpoint: Value | Any) -> Self:
        new = self._empty()
        new.value = initial_value(self.typ) if checkpoint is MISSING else checkpoint
        return new

    def update(self, values: Sequence[Value]) -> bool:
        if not values:
            return False
        self.value = self.after(values)
        return True

    def after(self, values: Sequence[Value]) -> Value:
        value, replaced = self.value, False
        for update in values:
            replaces, new = overwritten(update)
            if replaces and replaced:
                raise InvalidUpdateError(
                    with_code(
                        "Can receive only one Overwrite value per super-step.",
                        ErrorCode.INVALID_CONCURRENT_GRAPH_UPDATE,
                    )
                )
            if replaces:
                value, replaced = new, True
            elif not replaced:
                value = update if value is MISSING else self.operator(value, update)
        return value  # type: ignore[no-any-return]
