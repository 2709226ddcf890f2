"""Checkpoint ids and times, from the clock. Drivers use it unless they are given another source."""

from __future__ import annotations

from langgraph_nb.ids import new_id
from langgraph_nb.pregel.events import Stamped


def stamp_from_clock(step: int) -> Stamped:
    """An id that sorts after all that this process made before and carries the step and the time.

    Example:
        >>> stamp_from_clock(1).id < stamp_from_clock(0).id
        True
    """
    return Stamped(new_id(step))
