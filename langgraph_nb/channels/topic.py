"""A channel of published values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, Self

from langgraph_nb.channels.base import MISSING, BaseChannel, Value
from langgraph_nb.errors import EmptyChannelError


def _flat(values: Sequence[Value | list[Value]]) -> Iterator[Value]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


class Topic(BaseChannel[Sequence[Value], Value | list[Value], list[Value]], Generic[Value]):
    """The list of what was published in the last superstep, or since the beginning with ``accumulate``.

    Example:
        >>> topic = Topic(int)
        >>> topic.update([1, [2, 3]]), topic.get()
        (True, [1, 2, 3])
    """

    __slots__ = ("accumulate", "values")

    def __init__(self, typ: Any, accumulate: bool = False) -> None:
        super().__init__(typ)
        self.accumulate = accumulate
        self.values: list[Value] = []

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.accumulate == self.accumulate

    def __hash__(self) -> int:
        return hash(type(self))

    @property
    def ValueType(self) -> Any:
        return Sequence[self.typ]  # type: ignore[name-defined]

    @property
    def UpdateType(self) -> Any:
        return self.typ | list[self.typ]  # type: ignore[name-defined]

    def get(self) -> Sequence[Value]:
        if not self.values:
            raise EmptyChannelError(self.key)
        return list(self.values)

    def is_available(self) -> bool:
        return bool(self.values)

    def update(self, values: Sequence[Value | list[Value]]) -> bool:
        forgot = bool(self.values) and not self.accumulate
        if forgot:
            self.values = []
        added = list(_flat(values))
        self.values = self.values + added
        return forgot or bool(added)

    def checkpoint(self) -> Any:
        return list(self.values) if self.values else MISSING

    def from_checkpoint(self, checkpoint: Any) -> Self:
        new = type(self)(self.typ, self.accumulate)
        new.key = self.key
        if checkpoint is not MISSING:
            # LangGraph stored a pair in an early format of its checkpoints
            new.values = list(checkpoint[1] if isinstance(checkpoint, tuple) else checkpoint)
        return new
