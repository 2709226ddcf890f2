"""What a managed value is: a class that works a value out from how far the run has come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Generic, NamedTuple, TypeGuard, TypeVar

Value = TypeVar("Value")

__all__ = ["ManagedValue", "ManagedValueMapping", "ManagedValueSpec", "Progress", "is_managed_value"]


class Progress(NamedTuple):
    """How far a run has come, when a task of it starts.

    Example:
        >>> Progress(step=3, stop=5).stop
        5
    """

    step: int
    """The superstep that the task runs in."""
    stop: int
    """The superstep that may not run any more: the recursion limit is reached there."""


class ManagedValue(ABC, Generic[Value]):
    """A value that nodes read as a key of the state and nobody writes. It is worked out for each task, never stored.

    Example:
        >>> class Halfway(ManagedValue[bool]):
        ...     @staticmethod
        ...     def get(scratchpad):
        ...         return scratchpad.step >= scratchpad.stop / 2
        >>> Halfway.get(Progress(step=3, stop=5))
        True
    """

    @staticmethod
    @abstractmethod
    def get(scratchpad: Progress) -> Value:
        """The value for a task.

        Args:
            scratchpad: How far the run has come.
        """


ManagedValueSpec = type[ManagedValue[Any]]
ManagedValueMapping = dict[str, ManagedValueSpec]


def is_managed_value(value: Any) -> TypeGuard[ManagedValueSpec]:
    """Whether it is a class of managed values.

    Example:
        >>> is_managed_value(int)
        False
    """
    return isinstance(value, type) and issubclass(value, ManagedValue)
