"""A connection to an SQLite file that many threads may use, and that a forked process opens anew.

Transactions, pragmas, the layout's version, closing. Knows no checkpoint, and no table but the one with the version.

Promise: when ``write`` has returned, what it wrote survives a crash of the process and of the machine
(write-ahead log, ``synchronous=FULL``: an fsync for each transaction). When it raises, nothing was written.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import RLock
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

__all__ = ["Database", "Layout", "NewerFormatError", "OlderFormatError", "SaverClosed", "Target", "vacuum"]

T = TypeVar("T")
Target = str | os.PathLike[str] | sqlite3.Connection
"""A file, ``":memory:"``, a ``file:`` URI, or an open connection."""

_PATIENCE = 60.0
"""Seconds to wait for other processes that write."""
_NORMAL = 1
"""The level of ``PRAGMA synchronous`` at which a commit is not synced, but those before it are when one is."""
_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
_inherited: list[sqlite3.Connection] = []
"""Connections of the process that this one was forked from: they must be neither used nor closed here."""


class Layout(NamedTuple):
    """The tables of one kind of owner. Several kinds may live in one file, each with a version of its own."""

    owner: str
    """What messages call it: ``saver``, ``store``."""
    table: str
    """Where the version stands; a name of ours, never of a user's."""
    version: int
    tables: tuple[str, ...]
    """The statements that make what there is beside it."""


class SaverClosed(sqlite3.ProgrammingError):
    """A saver, or a store, was used after it was closed.

    Example:
        >>> from langgraph_nb.checkpoint.sqlite import SqliteSaver
        >>> saver = SqliteSaver(":memory:")
        >>> saver.close()
        >>> try:
        ...     saver.delete_thread("1")
        ... except SaverClosed as error:
        ...     print(error)
        This saver of :memory: is closed. Open a new one.
    """


class NewerFormatError(RuntimeError):
    """A database was written by a newer version of this package.

    Example:
        >>> from langgraph_nb.checkpoint.sqlite import SqliteSaver
        >>> connection = sqlite3.connect(":memory:", isolation_level=None)
        >>> saver = SqliteSaver(connection)
        >>> changed = connection.execute("UPDATE nb_format SET version = 99")
        >>> try:
        ...     SqliteSaver(connection)
        ... except NewerFormatError as error:
        ...     print("99" in str(error), "Update langgraph-nb" in str(error))
        True True
        >>> connection.close()
    """


class OlderFormatError(RuntimeError):
    """A database was written in a format that no release had.

    Example:
        >>> from langgraph_nb.checkpoint.sqlite import SqliteSaver
        >>> connection = sqlite3.connect(":memory:", isolation_level=None)
        >>> saver = SqliteSaver(connection)
        >>> changed = connection.execute("UPDATE nb_format SET version = 1")
        >>> try:
        ...     SqliteSaver(connection)
        ... except OlderFormatError as error:
        ...     print("format 1" in str(error))
        True
        >>> connection.close()
    """


class Database:
    """Opens a database and hands out its connection, one thread at a time.

    Args:
        target: What to open; parent folders must exist, a new file can be read by its owner only.
        layout: The tables that are to be in it.
    """

    def __init__(self, target: Target, layout: Layout) -> None:
        self._layout = layout
        self._given = target if isinstance(target, sqlite3.Connection) else None
        self._location = "" if self._given else os.fspath(target)  # type: ignore[arg-type]
        self._lock = RLock()
        self._level = 0
        """How much to wait for the disk again, after a transaction that waits less."""
        self._pid = os.getpid()
        self._connection: sqlite3.Connection | None = self._open()

    @property
    def connection(self) -> sqlite3.Connection:
        """The open connection of this process; ``SaverClosed`` if there is none."""
        self._check_fork()
        if self._connection is None:
            what = f"{self._layout.owner} of {self._location or 'a connection'}"
            raise SaverClosed(f"This {what} is closed. Open a new one.")
        return self._connection

    def write(self, use: Callable[[sqlite3.Connection], T], synced: bool = True) -> T:
        """Do something in a transaction: durable when this returns, or ``use`` has committed it; undone if it raises.

        A function, and no ``with`` block of a generator: Ctrl-C between the two would leave the database locked for
        as long as somebody keeps the traceback.

        Args:
            use: What to do with the connection.
            synced: Wait for the disk. What did not survives the process at once, and the machine when the next
                transaction does that is synced.
        """
        self._check_fork()
        with self._lock:
            connection = self._healed()
            try:
                if not synced:
                    self._hurry(connection)
                connection.execute("BEGIN IMMEDIATE")
                result = use(connection)
                if connection.in_transaction:
                    connection.execute("COMMIT")
                return result
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._sync_again(connection)

    def read(self, use: Callable[[sqlite3.Connection], T]) -> T:
        """Look at the database, which does not change meanwhile."""
        self._check_fork()
        with self._lock:
            connection = self._healed()
            try:
                connection.execute("BEGIN")
                return use(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _healed(self) -> sqlite3.Connection:
        """The connection, without what is left of a use that was interrupted at its very end, by Ctrl-C or so."""
        connection = self.connection
        if connection.in_transaction and self._given is None:
            connection.execute("ROLLBACK")
        self._sync_again(connection)
        return connection

    def _hurry(self, connection: sqlite3.Connection) -> None:
        """Wait for the disk less, until ``_sync_again``."""
        level = connection.execute("PRAGMA synchronous").fetchone()[0]
        if level > _NORMAL:
            self._level = level
            connection.execute(f"PRAGMA synchronous = {_NORMAL}")

    def _sync_again(self, connection: sqlite3.Connection) -> None:
        if self._level:
            connection.execute(f"PRAGMA synchronous = {self._level}")
            self._level = 0

    def vacuum(self) -> None:
        """Write the file anew, without the room that nothing takes; outside of any transaction."""
        self._check_fork()
        with self._lock:
            self.connection.execute("VACUUM")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

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
        if (path := _new_file(self._location)) is not None:
            _create_private(path)
        connection = sqlite3.connect(
            self._location, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=uri
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        if self._version(connection) == self._layout.version:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(f"CREATE TABLE IF NOT EXISTS {self._layout.table} (version INTEGER NOT NULL)")
            if self._version(connection) is None:
                for table in self._layout.tables:
                    connection.execute(table)
                connection.execute(f"INSERT INTO {self._layout.table} (version) VALUES (?)", (self._layout.version,))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _version(self, connection: sqlite3.Connection) -> int | None:
        """The version of the layout, or ``None`` in a database without one; an error for any other than ours."""
        if connection.execute(_HAS_TABLE, (self._layout.table,)).fetchone() is None:
            return None
        version: int | None = connection.execute(f"SELECT max(version) FROM {self._layout.table}").fetchone()[0]
        if version is not None and version > self._layout.version:
            raise NewerFormatError(
                f"{self._location or 'The database'} has format {version}, written by a newer langgraph-nb; this "
                f"version reads up to format {self._layout.version}. Update langgraph-nb: pip install -U langgraph-nb"
            )
        if version is not None and version < self._layout.version:
            raise OlderFormatError(
                f"{self._location or 'The database'} has format {version}, which no release has had: a langgraph-nb in "
                f"development wrote it. This version reads format {self._layout.version}, the first that was released. "
                "Open it with the version that wrote it, or put the file aside and begin a new one."
            )
        return version

    def _check_fork(self) -> None:
        """Before the lock is taken: a process that was forked gets a new one."""
        if self._pid != os.getpid() and self._connection is not None:
            self._reopen(self._connection)

    def _reopen(self, inherited: sqlite3.Connection) -> None:
        if self._given is not None or self._location in ("", ":memory:"):
            raise SaverClosed(
                f"This {self._layout.owner} belongs to the process that this one was forked from, and its database is "
                f"no file that could be opened again. Open a {self._layout.owner} in this process, on a file."
            )
        _inherited.append(inherited)
        self._lock = RLock()
        self._pid = os.getpid()
        self._connection = self._open()


def vacuum(path: str) -> None:
    """Write a file anew, whatever is in it: what was deleted or replaced is nowhere in it any more."""
    with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _new_file(location: str) -> Path | None:
    """The file that opening this would make; ``None`` if it would make none."""
    if not location.startswith("file:"):
        return None if location in ("", ":memory:") else Path(location)
    address = urlsplit(location)
    wanted = parse_qs(address.query).get("mode", ["rwc"])[-1]
    path = unquote(address.path)
    return Path(path) if wanted == "rwc" and path not in ("", ":memory:") else None


def _create_private(path: Path) -> None:
    """Make a file that only its owner can read. What SQLite puts beside it is like it."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(path.parent)!r}. Make it before opening {path.name!r}.")
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


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
