"""How much of the recursion limit is left."""

from __future__ import annotations

from typing import Annotated

from langgraph_nb.managed.base import ManagedValue, Progress

__all__ = ["IsLastStep", "IsLastStepManager", "RemainingSteps", "RemainingStepsManager"]


class IsLastStepManager(ManagedValue[bool]):
    """Whether this is the last superstep that may run.

    Example:
        >>> IsLastStepManager.get(Progress(step=4, stop=5))
        True
    """

    @staticmethod
    def get(scratchpad: Progress) -> bool:
        return scratchpad.step == scratchpad.stop - 1


class RemainingStepsManager(ManagedValue[int]):
    """How many supersteps may run, with this one.

    Example:
        >>> RemainingStepsManager.get(Progress(step=3, stop=5))
        2
    """

    @staticmethod
    def get(scratchpad: Progress) -> int:
        return scratchpad.stop - scratchpad.step


IsLastStep = Annotated[bool, IsLastStepManager]
"""Annotates a key of the state: true in the last superstep that the recursion limit allows."""

RemainingSteps = Annotated[int, RemainingStepsManager]
"""Annotates a key of the state: the supersteps that the recursion limit leaves, this one included."""
