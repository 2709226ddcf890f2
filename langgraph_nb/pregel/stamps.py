"""Checkpoint ids and times, from the clock. Drivers use it unless they are given another source."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from langgraph_nb.checkpoint.ids import new_id
from langgraph_nb.pregel.events import Stamped

_second = (0, "")
"""The second of the last stamp, and how it is written."""


def stamp_from_clock(step: int) -> Stamped:
    """An id that sorts after all that this process made before and carries the step, and the time in UTC.

    Example:
        >>> stamp_from_clock(1).id < stamp_from_clock(0).id
        True
    """
    global _second
    now = time.time_ns()
    seconds, rest = divmod(now, 1_000_000_000)
    written_second = _second
    if written_second[0] != seconds:
        at = datetime.fromtimestamp(seconds, UTC)
        written_second = _second = seconds, at.strftime("%Y-%m-%dT%H:%M:%S")
    return Stamped(new_id(step, now), f"{written_second[1]}.{rest // 1000:06}+00:00")
