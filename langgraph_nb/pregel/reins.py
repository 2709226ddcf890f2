"""Stopping sync runs from outside of the threads that they run in.

Ctrl-C and a notebook's Interrupt reach the main thread only. A run that it awaits, as in
``await asyncio.to_thread(graph.invoke, ...)``, would go on when nobody waits for it any more; whoever begins such work
in a context with ``Reins`` can stop it.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")


class Reins:
    """Holds the runs that begin in its context, in other threads than the main one.

    They look whether they are to stop while they wait for their tasks. An exception that is raised in their threads
    from outside would not do: CPython may raise it in a thread that is just being started instead.
    """

    def __init__(self) -> None:
        self.pulled = False
        """Whether the runs are to stop."""
        self._running = 0
        self._change = threading.Condition()

    def hold(self, events: Generator[Any, None, T]) -> Generator[Any, None, T]:
        """A run's events, counted until they end."""
        __tracebackhide__ = True
        with self._change:
            self._running += 1
        try:
            return (yield from events)
        finally:
            with self._change:
                self._running -= 1
                self._change.notify_all()

    def stop(self, seconds: float) -> bool:
        """Have the runs raise ``KeyboardInterrupt``. Those that begin later are not held any more.

        Args:
            seconds: How long they are waited for at most.

        Returns:
            Whether all have ended.
        """
        self.pulled = True
        with self._change:
            return self._change.wait_for(lambda: not self._running, seconds)


REINS: ContextVar[Reins | None] = ContextVar("langgraph_nb_reins", default=None)
"""What holds the runs that begin now."""


def reins_of_thread() -> Reins | None:
    """What a run that begins here is held by; nothing in the main thread, which hears of interrupts itself."""
    reins = REINS.get()
    if reins is None or reins.pulled or threading.get_ident() == threading.main_thread().ident:
        return None
    return reins
