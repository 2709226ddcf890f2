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


BACKENDS: dict[str, type[Backend]] = {"sqlite": SqliteBackend}
