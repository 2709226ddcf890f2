"""An event loop whose time passes only when nothing else is left to do: to sleep costs nothing, and order is fixed."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs coroutines in this thread, in virtual time.

    Example:
        >>> import asyncio
        >>> loop = VirtualTimeLoop()
        >>> loop.run_until_complete(asyncio.sleep(3600))
        >>> loop.time() >= 3600
        True
        >>> loop.close()
    """

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Impatient(self))

    def time(self) -> float:
        """Seconds since the loop was made, as what runs on it sees them."""
        return self._now

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class _Impatient(selectors.DefaultSelector):
    """Does not wait for a time to come: it has come."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0 if timeout is not None else None)  # without a time, a thread or a socket is awaited
        if timeout and not ready:
            self._loop.pass_time(timeout)
        return ready
