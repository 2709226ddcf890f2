"""A channel that is stored as what was written to it: its value is made again from the last whole one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, Generic, Self

from langgraph_nb.channels.base import MISSING, Value, ValueChannel
from langgraph_nb.channels.binop import initial_type, overwritten, same_function, two_overwrites, whole

__all__ = ["DeltaChannel"]


class DeltaChannel(ValueChannel[Value, Any], Generic[Value]):
    """Folds each superstep's updates into the value at once; checkpoints hold the value only now and then.

    Between, a checkpoint holds nothing of it: what tasks wrote is stored anyway, and is folded in again when the value
    is asked for. History so costs what was written, however long the value is.

    Args:
        reducer: ``reducer(value, [update, ...]) -> value``. It must give the same however updates are batched:
            ``reducer(reducer(v, xs), ys) == reducer(v, xs + ys)``.
        typ: Type of the value, which starts as ``typ()``; in ``Annotated`` it is the annotated type.
        snapshot_frequency: After how many supersteps that write it the whole value is stored.

    Raises:
        ValueError: For a frequency below 1.

    Example:
        >>> channel = DeltaChannel(lambda value, updates: value + updates, list)
        >>> channel.update([1, 2]), channel.update([3]), channel.get(), channel.checkpoint()
        (True, True, [1, 2, 3], MISSING)
    """

    __slots__ = ("reducer", "replaced", "snapshot_frequency")

    forgets = False

    def __init__(
        self,
        reducer: Callable[[Any, Sequence[Any]], Any],
        typ: Any = None,
        *,
        snapshot_frequency: int = 100,
    ) -> None:
        if snapshot_frequency <= 0:
            raise ValueError(f"snapshot_frequency must be a positive int, got {snapshot_frequency}")
        super().__init__(initial_type(list if typ is None else typ))
        self.reducer = reducer
        self.snapshot_frequency = snapshot_frequency
        self.replaced = False
        """Whether the last update left nothing of the value before, so that the updates do not tell it."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DeltaChannel)
            and other.snapshot_frequency == self.snapshot_frequency
            and same_function(self.reducer, other.reducer)
        )

    def __hash__(self) -> int:
        return hash(type(self))

    def of_type(self, typ: Any) -> Self:
        """A channel of the same configuration for values of another type."""
        new = type(self)(self.reducer, typ, snapshot_frequency=self.snapshot_frequency)
        new.key = self.key
        return new

    def _empty(self) -> Self:
        return self.of_type(self.typ)

    def copy(self) -> Self:
        new = self._empty()
        new.value = copy(self.value)
        return new

    def from_checkpoint(self, checkpoint: Any) -> Self:
        new = self._empty()
        new.value = self.typ() if checkpoint is MISSING else whole(checkpoint)
        return new

    def checkpoint(self) -> Any:
        return MISSING

    def update(self, values: Sequence[Any]) -> bool:
        if not values:
            return False
        replacing = [new for replaces, new in map(overwritten, values) if replaces]
        if len(replacing) > 1:
            raise two_overwrites()
        if replacing:
            self.value, self.replaced = self._start(replacing[0]), True
        else:
            self.value = self.reducer(self._start(self.value), list(values))
        return True

    def replay_writes(self, writes: Sequence[tuple[str, str, Any]]) -> None:
        """Fold in what supersteps wrote, the oldest first; the last ``Overwrite`` is where it starts anew.

        Args:
            writes: ``(task id, channel, value)`` as savers keep them.
        """
        since: list[Any] = []
        for _, _, value in writes:
            replaces, new = overwritten(value)
            if replaces:
                self.value, since = self._start(new), []
            else:
                since.append(value)
        if since:
            self.value = self.reducer(self._start(self.value), since)

    def _start(self, value: Any) -> Any:
        """A value to fold into."""
        if value is MISSING or value is None:
            return self.typ()
        return value if value is self.value else copy(value)
