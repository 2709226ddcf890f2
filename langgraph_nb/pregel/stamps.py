"""Checkpoint ids and times, from the clock. Drivers use it unless they are given another source."""

from __future__ import annotations

from datetime import UTC, datetime

from langgraph_nb.checkpoint.ids import uuid6
from langgraph_nb.pregel.events import Stamped


def stamp_from_clock(step: int) -> Stamped:
    """An id that sorts by time and carries the step, and the time in UTC."""
    return Stamped(str(uuid6(clock_seq=step)), datetime.now(UTC).isoformat())
