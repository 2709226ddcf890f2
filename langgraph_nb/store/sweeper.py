"""Takes away what is past its time, again and again, in a thread. Knows no database."""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Future

from langgraph_nb.daemons import Daemon
from langgraph_nb.store.base import BaseStore, TTLConfig

logger = logging.getLogger(__name__)


class Sweeper:
    """Calls a function each so many seconds, until it is stopped.

    A sweep that fails is logged and tried again after the next pause: nobody sees what is past its time meanwhile.

    Args:
        sweep: What it calls.

    Example:
        >>> sweeper = Sweeper(lambda: 0)
        >>> running = sweeper.start(60)
        >>> sweeper.stop(), running.done()
        (True, True)
    """

    def __init__(self, sweep: Callable[[], int]) -> None:
        self._sweep = sweep
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._ended: Future[None] = Future()

    def start(self, seconds: float) -> Future[None]:
        """Begin, if it has not begun.

        Returns:
            A future that is done when it has stopped. Cancelling it stops it.
        """
        if self._thread is None or not self._thread.is_alive():
            self._stopped, self._ended = threading.Event(), Future()
            self._thread = Daemon(self._work, "langgraph-nb-sweeper", self._stopped, self._ended, seconds)
            self._thread.start()
            stopped = self._stopped
            self._ended.add_done_callback(lambda _: stopped.set())
        return self._ended

    def stop(self, timeout: float | None = None) -> bool:
        """Stop it, and wait for it; at most ``timeout`` seconds.

        Returns:
            Whether it has stopped.
        """
        self._stopped.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
            return not self._thread.is_alive()
        return True

    def _work(self, stopped: threading.Event, ended: Future[None], seconds: float) -> None:
        while not stopped.wait(seconds):
            try:
                self._sweep()
            except Exception:
                logger.exception("What is past its time could not be taken away; the next sweep tries again.")
        if ended.set_running_or_notify_cancel():
            ended.set_result(None)


class SweptStore(BaseStore):
    """A store whose items may be kept for a time. What is past it is not found, and taken away by sweeps.

    Args:
        ttl: How long items are kept, if they are not stored with a time of their own.
    """

    supports_ttl = True

    def __init__(self, ttl: TTLConfig | None) -> None:
        self.ttl_config = ttl
        self._sweeper = Sweeper(lambda: self._sweep())

    @abstractmethod
    def _sweep(self) -> int:
        """Take out what is past its time now; called in any thread."""

    def sweep_ttl(self) -> int:
        """Take out what is past its time now, and return how many items that were."""
        return self._sweep()

    def start_ttl_sweeper(self, sweep_interval_minutes: float | None = None) -> Future[None]:
        """Sweep again and again, in a thread, until the store is closed.

        Args:
            sweep_interval_minutes: The pause between two sweeps; by default as ``ttl`` says, or 5.

        Returns:
            A future that is done when it was stopped. Cancelling it stops it. Without ``ttl`` it is done at once.
        """
        if not self.ttl_config:
            done: Future[None] = Future()
            done.set_result(None)
            return done
        minutes = sweep_interval_minutes or self.ttl_config.get("sweep_interval_minutes") or 5
        return self._sweeper.start(minutes * 60)

    def stop_ttl_sweeper(self, timeout: float | None = None) -> bool:
        """Stop sweeping; wait for it at most ``timeout`` seconds, and return whether it has stopped."""
        return self._sweeper.stop(timeout)


def sweeping_task(ended: Future[None]) -> asyncio.Task[None]:
    """A sweeper's future as a task of the running event loop."""

    async def wait() -> None:
        await asyncio.wrap_future(ended)

    return asyncio.create_task(wait())
