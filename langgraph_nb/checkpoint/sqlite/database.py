"""A connection to an SQLite file that many threads may use, and that a forked process opens anew.

Transactions, pragmas, the layout's version, closing. Knows no checkpoint.

Promise: when a ``writing`` block has ended, what it wrote survives a crash of the process and of the machine
(write-ahead log, ``synchronous=FULL``: an fsync for each transaction). When it raises, nothing was written.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from langgraph_nb.checkpoint.sqlite import schema

__all__ = ["Database", "NewerFormatError", "SaverClosed", "Target"]

Target = str | os.PathLike[str] | sqlite3.Connection
"""A file, ``":memory:"``, a ``file:`` URI, or an open connection."""

_PATIENCE = 60.0
"""Seconds to wait for other processes that write."""
_inherited: list[sqlite3.Connection] = []
"""Connections of the process that this one was forked from: they must be neither used nor closed here."""


class SaverClosed(sqlite3.ProgrammingError):
    """A saver was used after it was closed."""


class NewerFormatError(RuntimeError):
    """A database was written by a newer version of this package."""


class Database:
    """Opens a database and hands out its connection, one thread at a time.

    Args:
        target: What to open; parent folders must exist, a new file can be read by its owner only.
    """

    def __init__(self, target: Target) -> None:
        self._given = target if isinstance(target, sqlite3.Connection) else None
        self._location = "" if self._given else os.fspath(target)  # type: ignore[arg-type]
        self._lock = RLock()
        self._pid = os.getpid()
        self._connection: sqlite3.Connection | None = self._open()

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection of this process; ``SaverClosed`` if there is none."""
        if self._pid != os.getpid():
            self._reopen_after_fork()
        if self._connection is None:
            raise SaverClosed(f"This saver of {self._location or 'a connection'} is closed. Open a new one.")
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: durable when the block ends, or has committed it itself; undone when it raises."""
        with self._locked() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                if connection.in_transaction:
                    connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A view of the database that does not change within the block."""
        with self._locked() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        connection = self.connection  # first: after a fork this makes a new lock
        with self._lock:
            yield connection if self._connection is connection else self.connection

    def close(self) -> None:
        """Close it. A connection that was passed in open stays open; it belongs to whoever opened it."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and self._given is None and self._pid == os.getpid():
                connection.close()

    # -- opening --

    def _open(self) -> sqlite3.Connection:
        if self._given is not None:
            self._prepare(self._given)
            return self._given
        uri = self._location.startswith("file:")
        if not uri and self._location not in ("", ":memory:"):
            self._create_private_file()
        connection = sqlite3.connect(
            self._location, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=uri
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _create_private_file(self) -> None:
        path = Path(self._location)
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {str(path.parent)!r}. Make it before opening {path.name!r}.")
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        if self._format(connection) == schema.FORMAT:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(schema.FORMAT_TABLE)
            if self._format(connection) is None:
                for table in schema.TABLES:
                    connection.execute(table)
                connection.execute(schema.WRITE_FORMAT, (schema.FORMAT,))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _format(self, connection: sqlite3.Connection) -> int | None:
        """The version of the layout, or ``None`` in a database without one; ``NewerFormatError`` if it is too new."""
        if connection.execute(schema.HAS_FORMAT).fetchone() is None:
            return None
        version: int | None = connection.execute(schema.READ_FORMAT).fetchone()[0]
        if version is not None and version > schema.FORMAT:
            raise NewerFormatError(
                f"{self._location or 'The database'} has format {version}, written by a newer langgraph-nb; this "
                f"version reads up to format {schema.FORMAT}. Update langgraph-nb: pip install -U langgraph-nb"
            )
        return version

    def _reopen_after_fork(self) -> None:
        if self._connection is None:
            return
        if self._given is not None or self._location in ("", ":memory:"):
            raise SaverClosed(
                "This saver belongs to the process that this one was forked from, and its database is no file that "
                "could be opened again. Open a saver in this process, on a file."
            )
        _inherited.append(self._connection)
        self._lock = RLock()
        self._pid = os.getpid()
        self._connection = self._open()


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Readers then never wait for the writer. Switching is refused at once while others use the file, so try again."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as e:
            if "locked" not in str(e) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
