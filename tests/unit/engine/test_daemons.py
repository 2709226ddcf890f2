"""Errors that are raised in threads from outside."""

from __future__ import annotations

import itertools
import threading
from queue import SimpleQueue

from langgraph_nb.daemons import Daemon, raise_in


def test_an_error_for_a_thread_does_not_end_one_that_it_starts() -> None:
    begun: SimpleQueue[int] = SimpleQueue()
    ended: SimpleQueue[int] = SimpleQueue()

    def starts() -> None:
        try:
            for number in itertools.count():
                begun.put(number)
                Daemon(lambda: None, "started").start()
        except KeyboardInterrupt as interrupt:
            ended.put(len(interrupt.args))

    for _ in range(100):
        thread = threading.Thread(target=starts, daemon=True)
        thread.start()
        begun.get(timeout=60)
        raise_in([thread.ident or 0], KeyboardInterrupt)
        assert ended.get(timeout=60) == 0
