"""Checkpoint ids: UUIDs of version 6 (RFC 9562), whose text sorts by the time they were made.

Knows nothing of savers. Not used where ids must be reproducible: there the driver injects its own.
"""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_EPOCH = 0x01B21DD213814000
"""100 ns ticks between 1582-10-15, where UUID time starts, and 1970-01-01."""
_lock = threading.Lock()
_last = 0


def uuid6(node: int | None = None, clock_seq: int | None = None) -> UUID:
    """A unique id that sorts after all that this process made before.

    Args:
        node: 48 bits; random if not given.
        clock_seq: The low 14 bits are used; random if not given.

    Example:
        >>> uuid6() < uuid6()
        True
    """
    global _last
    with _lock:
        _last = ticks = max(time.time_ns() // 100 + _EPOCH, _last + 1)
    rand = int.from_bytes(os.urandom(8), "big")
    node = rand >> 16 if node is None else node & 0xFFFF_FFFF_FFFF
    clock_seq = (rand if clock_seq is None else clock_seq) & 0x3FFF
    high = (ticks >> 12) << 16 | 0x6000 | ticks & 0x0FFF
    return UUID(int=high << 64 | (0x8000 | clock_seq) << 48 | node)
