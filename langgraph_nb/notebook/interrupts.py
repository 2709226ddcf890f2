"""Interrupt: that it reaches a cell which awaits, whatever it awaits, and the runs that the cell began in threads.

This file must not know of graphs, magics or views.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from langgraph_nb.pregel.drive_async import HEARTBEAT
from langgraph_nb.pregel.driver import GRACE
from langgraph_nb.pregel.reins import REINS, Reins


class RunningCell:
    """A cell from its begin to its end. A kernel's loop that sleeps does not hear of an interrupt, so it is woken."""

    def __init__(self) -> None:
        self._reins = Reins()
        self._before = REINS.get()
        self._beat: asyncio.TimerHandle | None = None
        REINS.set(self._reins)
        with suppress(RuntimeError):  # there is no loop in a plain shell
            self._wake(asyncio.get_running_loop())

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beat = loop.call_later(HEARTBEAT, self._wake, loop)

    def end(self, *, stopped: bool) -> None:
        """The cell has ended.

        Args:
            stopped: Whether by an interrupt: then runs that it began in threads are stopped, and waited for a little.
        """
        REINS.set(self._before)
        if self._beat is not None:
            self._beat.cancel()
        if stopped:
            self._reins.stop(GRACE + 2 * HEARTBEAT)  # they give their nodes that grace
