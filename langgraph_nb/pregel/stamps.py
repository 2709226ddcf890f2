"""Checkpoint ids and times, from the clock. Drivers use it unless they are given another source.

Ids are UUIDs of version 6 (RFC 9562): their text sorts by time. The clock sequence carries the superstep, the node is a
random number of this process, so that two processes do not make the same id.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import UTC, datetime

from langgraph_nb.pregel.events import Stamped

_EPOCH = 0x01B21DD213814000
"""100 ns ticks between 1582-10-15, where UUID time starts, and 1970-01-01."""
_lock = threading.Lock()
_last = 0
_second = (0, "")
"""The second of the last stamp, and how it is written."""
_node = ""


def _new_node() -> None:
    global _node
    _node = f"{secrets.randbits(48) | 0x010000000000:012x}"  # the multicast bit says that it is no network address


_new_node()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_node)


def stamp_from_clock(step: int) -> Stamped:
    """An id that sorts after all that this process made before and carries the step, and the time in UTC.

    Example:
        >>> stamp_from_clock(1).id < stamp_from_clock(0).id
        True
    """
    global _last, _second
    now = time.time_ns()
    with _lock:
        _last = ticks = max(now // 100 + _EPOCH, _last + 1)
    text = f"{ticks:015x}"
    stamp = f"{text[:8]}-{text[8:12]}-6{text[12:]}-{0x8000 | step & 0x3FFF:04x}-{_node}"
    seconds, rest = divmod(now, 1_000_000_000)
    if _second[0] != seconds:
        _second = seconds, datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return Stamped(stamp, f"{_second[1]}.{rest // 1000:06}+00:00")
