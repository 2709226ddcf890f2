"""Where threads are kept, as the harness opens it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tests.faults.dooms import Calls, count_sqlite


class Backend(Protocol):
    """A place for the threads of one point."""

    def count(self, calls: Calls) -> None:
        """Count this process's calls to it from now on."""

    def open(self) -> AbstractContextManager[Any]:
        """A saver."""


class SqliteBackend:
    """A file in the point's folder. Its log is brought into the database more often than usual."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "threads.db"

    def count(self, calls: Calls) -> None:
        count_sqlite(calls, pages=20)

    def open(self) -> AbstractContextManager[Any]:
        from langgraph_nb.checkpoint.sqlite import SqliteSaver

        return SqliteSaver(self._file)


class CarelessBackend(SqliteBackend):
    """The same, but nothing is synced. Power that goes loses what was promised: the harness has to see it."""

    def open(self) -> AbstractContextManager[Any]:
        saver = super().open()
        saver.conn.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]
        return saver


class LateBackend(SqliteBackend):
    """The same, but what is committed waits for the next commit. A kill loses it: the harness has to see it."""

    def open(self) -> AbstractContextManager[Any]:
        saver: Any = super().open()
        waiting: list[Any] = []
        commit = saver.commit

        def commit_later(ready: Any) -> None:
            if waiting:
                commit(waiting.pop())
            waiting.append(ready)

        saver.commit = commit_later
        saver.fences = False  # with claims, the next run of the thread would be told
        return saver


BACKENDS: dict[str, type[Backend]] = {"sqlite": SqliteBackend, "careless": CarelessBackend, "late": LateBackend}
