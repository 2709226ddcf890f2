"""What ends a life early, or fails in it: each a word, so that a point can be written down and tried again.

``before:17`` and ``after:17`` kill the process at its 17th database call, ``time:0.031`` after so many seconds.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

Tick = Callable[[bool], None]
"""Called before (``False``) and after (``True``) each database call."""


class Calls:
    """Counts database calls, and kills the process at one of them.

    Args:
        last: Which one; none if 0.
        after: Whether the process dies when the call has been made, not before.
    """

    def __init__(self, last: int = 0, after: bool = False) -> None:
        self.count = 0
        self.on = True
        self._last, self._after = last, after
        self._lock = threading.Lock()

    def tick(self, after: bool) -> None:
        if not self.on:
            return
        with self._lock:
            self.count += not after
            if self.count == self._last and after == self._after:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The method of a class, with each call counted."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.tick(False)
            try:
                return call(*args, **kwargs)
            finally:
                self.tick(True)

        return counted


def count_sqlite(calls: Calls, pages: int | None = None) -> None:
    """Count the calls of all SQLite connections that this process opens from now on.

    Args:
        calls: Counts them.
        pages: Bring the log into the database when it has so many pages; by default as often as SQLite does.
    """
    connect = sqlite3.connect

    def opened(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **{"factory": Counted, **kwargs})
        if pages is not None:
            sqlite3.Connection.execute(connection, f"PRAGMA wal_autocheckpoint = {pages}")
        return connection

    class CountedCursor(sqlite3.Cursor):
        execute = calls.around(sqlite3.Cursor.execute)
        executemany = calls.around(sqlite3.Cursor.executemany)

    class Counted(sqlite3.Connection):
        """Statements are counted by its cursors, which its own ``execute`` uses too."""

        executescript = calls.around(sqlite3.Connection.executescript)
        commit = calls.around(sqlite3.Connection.commit)
        rollback = calls.around(sqlite3.Connection.rollback)
        close = calls.around(sqlite3.Connection.close)

        def cursor(self, factory: type[sqlite3.Cursor] = CountedCursor) -> sqlite3.Cursor:
            return super().cursor(factory)

    sqlite3.connect = opened  # type: ignore[assignment]
