"""Checkpoint ids: UUIDs of version 6 (RFC 9562), whose text sorts by the time they were made.

The clock sequence carries the superstep, the node is a random number of this process, so that two processes do not make
the same id. Knows nothing of savers. Not used where ids must be reproducible: there the driver is given its own.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import UTC, datetime
from functools import lru_cache

_EPOCH = 0x01B21DD213814000
"""100 ns ticks between 1582-10-15, where UUID time starts, and 1970-01-01."""
_lock = threading.Lock()
_last = 0
_node = ""


def _new_node() -> None:
    global _node
    _node = f"{secrets.randbits(48) | 0x010000000000:012x}"  # the multicast bit says that it is no network address


_new_node()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_node)


def new_id(step: int, now: int | None = None) -> str:
    """A unique id that sorts after all that this process made before.

    Args:
        step: The superstep; its low 14 bits are in the id.
        now: Nanoseconds since 1970, if the caller has read the clock.

    Example:
        >>> new_id(1) < new_id(0)
        True
    """
    global _last
    ticks = (now or time.time_ns()) // 100 + _EPOCH
    with _lock:
        if ticks <= _last:
            ticks = _last + 1
        _last = ticks
    return f"{ticks >> 28:08x}-{ticks >> 12 & 0xFFFF:04x}-6{ticks & 0xFFF:03x}-{0x8000 | step & 0x3FFF:04x}-{_node}"


def time_of(checkpoint_id: str) -> str:
    """When an id was made, ISO 8601 in UTC.

    Example:
        >>> time_of("1f0c5d3a-1c00-6000-8000-000000000000")
        '2025-11-20T05:41:59.097139+00:00'
    """
    ticks = int(checkpoint_id[:8] + checkpoint_id[9:13] + checkpoint_id[15:18], 16)
    seconds, rest = divmod(ticks - _EPOCH, 10_000_000)
    return f"{_second(seconds)}.{rest // 10:06}+00:00"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    """A second since 1970, as ISO 8601 writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
