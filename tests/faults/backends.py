"""Where threads are kept, as the harness opens it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.faults.dooms import Calls, count_postgres, count_sqlite


class Backend(Protocol):
    """A place for the threads of one point."""

    def count(self, calls: Calls) -> None:
        """Count this process's calls to it from now on."""

    def open(self) -> AbstractContextManager[Any]:
        """A saver."""

    def remove(self) -> None:
        """Take away what is not in the point's folder."""


class SqliteBackend:
    """A file in the point's folder. Its log is brought into the database more often than usual."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "threads.db"

    def count(self, calls: Calls) -> None:
        count_sqlite(calls, pages=20)

    def open(self) -> AbstractContextManager[Any]:
        from langgraph_nb.checkpoint.sqlite import SqliteSaver

        return SqliteSaver(self._file)

    def remove(self) -> None:
        pass


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


class PostgresBackend:
    """A schema of its own on the server at the address in ``FAULTS_POSTGRES``."""

    def __init__(self, folder: Path) -> None:
        self._schema = folder.name.replace("-", "_")

    def count(self, calls: Calls) -> None:
        count_postgres(calls)

    @contextmanager
    def open(self) -> Iterator[Any]:
        import psycopg

        from langgraph_nb.checkpoint.postgres import PostgresSaver

        address = os.environ["FAULTS_POSTGRES"]
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"'.encode())
        with PostgresSaver.from_conn_string(f"{address}&options=-csearch_path%3D{self._schema}") as saver:
            saver.setup()
            yield saver

    def remove(self) -> None:
        """A server that has to recover looks at all of its files first."""
        import psycopg

        with psycopg.connect(os.environ["FAULTS_POSTGRES"], autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(f'DROP SCHEMA IF EXISTS "{self._schema}" CASCADE'.encode())


BACKENDS: dict[str, type[Backend]] = {"sqlite": SqliteBackend, "careless": CarelessBackend, "late": LateBackend,
                                      "postgres": PostgresBackend}  # fmt: skip
