"""Threads that end with the process, and errors that are raised in some of them from outside.

Until a thread runs, CPython 3.11 takes its state for that of the thread which starts it, and finds it first: an error
for the one would end the other before it has begun, and who started it would wait for that forever.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

_starting = threading.Lock()
"""Held while a thread of ours begins, and while errors are raised in some."""


class Daemon(threading.Thread):
    """A thread of this package.

    Args:
        work: What it does.
        name: Its name.
        arguments: For ``work``.
    """

    def __init__(self, work: Callable[..., object], name: str, *arguments: Any) -> None:
        super().__init__(target=work, name=name, args=arguments, daemon=True)

    def start(self) -> None:
        with _starting:
            super().start()


def raise_in(threads: Iterable[int], error: type[BaseException]) -> None:
    """Raise an error in these threads, at their next bytecode. One long C call is not stopped.

    Args:
        threads: Their idents.
        error: What to raise.
    """
    with _starting:
        for ident in threads:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


def _forget() -> None:
    global _starting
    _starting = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
