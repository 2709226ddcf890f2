"""What ends a life early, or fails in it: each a word, so that a point can be written down and tried again.

``before:17`` and ``after:17`` kill the process at its 17th database call, ``time:0.031`` after so many seconds. Before
and after PostgreSQL's 17th call ``drop:17`` and ``lose:17`` end the connection, ``server:17`` and ``gone:17`` kill all
processes of the server, which is then started again and recovers.
``cut:17.3`` lets the power go at the 17th change of the disk, the dice being thrown from seed 3. At the 17th write,
sync or read of SQLite's, ``full:17`` fills the disk, ``write:17``, ``sync:17`` and ``read:17`` fail once.
``sync:4+cut:9.1`` are two in one life. ``line:170`` is Ctrl-C at the 170th line of the package's code, ``await:17``
cancels a run at its 17th await, ``chunk:5`` closes a stream at its 5th chunk; the process lives on after these.
"""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.faults.disk import Disk, Fault
from tests.faults.interruptions import INTERRUPTIONS, Counter, interrupting
from tests.faults.life import DRIVERS, Driver

DISK_FAULTS = {"cut", "full", "write", "sync", "read"}
INTERRUPTS = ("line", "await", "chunk")
_PATIENCE = 100
"""Seconds that a server may take to recover."""


class Calls:
    """Counts database calls, and lets something happen at one of them.

    Args:
        at: Which one; none if 0.
        after: Whether it happens when the call has been made, not before.
        happens: What, given the connection; by default the process is killed.
    """

    def __init__(self, at: int = 0, after: bool = False, happens: Callable[[Any], None] | None = None) -> None:
        self.count = 0
        self.on = True
        self._at, self._after, self._happens = at, after, happens or kill
        self._lock = threading.Lock()

    def tick(self, after: bool, connection: Any) -> None:
        if not self.on:
            return
        with self._lock:
            self.count += not after
            now = self.count == self._at and after == self._after
        if now:
            self._happens(connection)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The method of a class, with each call counted."""

        def counted(connection: Any, *args: Any, **kwargs: Any) -> Any:
            self.tick(False, connection)
            try:
                return call(connection, *args, **kwargs)
            finally:
                self.tick(True, connection)

        return counted


def kill(_: Any) -> None:
    """The process ends here, and nothing in it is asked."""
    os.kill(os.getpid(), signal.SIGKILL)


def drop_connection(connection: Any) -> None:
    """Have the PostgreSQL server end a connection."""
    import psycopg

    pid, address = connection.info.backend_pid, connection.info.dsn
    with psycopg.connect(address) as other:
        other.pgconn.exec_(f"SELECT pg_terminate_backend({pid})".encode())


def kill_server(connection: Any) -> None:
    """End all processes of a PostgreSQL server at once, and start it again: it recovers from its log."""
    import psutil
    import psycopg

    address = connection.info.dsn
    with psycopg.connect(address) as other:
        folder = Path(other.execute("SHOW data_directory").fetchone()[0])  # type: ignore[index]
    lock = folder / "postmaster.pid"
    server = psutil.Process(int(lock.read_text().split()[0]))
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    while any(_lives(process) for process in processes):
        time.sleep(0.01)
    for left in (lock, *Path(connection.info.host).glob(".s.PGSQL.*.lock")):
        left.unlink(missing_ok=True)  # it names a process that nobody may have asked yet how it ended
    owner, log = folder.stat(), (folder / "log").open("ab")
    as_owner: Any = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    command = shlex.split((folder / "postmaster.opts").read_text())
    subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **as_owner)
    _wait_for(address)


def _lives(process: Any) -> bool:
    import psutil

    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _wait_for(address: str) -> None:
    """Wait until a server takes connections."""
    import psycopg

    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return psycopg.connect(address).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def count_postgres(calls: Calls) -> None:
    """Count what all PostgreSQL connections of this process send and wait for, from now on."""
    from psycopg import Connection

    Connection.wait = calls.around(Connection.wait)  # type: ignore[method-assign]


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


AT_CALLS: dict[str, Callable[[Any], None]] = {
    "before": kill, "after": kill, "drop": drop_connection, "lose": drop_connection, "server": kill_server,
    "gone": kill_server,
}  # fmt: skip
"""What happens before or after a database call."""


class Doom:
    """What happens in one life. Made in the process that lives it, before it opens a saver.

    Args:
        word: What happens; nothing if empty.
        backend: Counts calls.
        disk: Whether to count what is done to the disk too; needed for its faults.
    """

    def __init__(self, word: str, backend: Any, disk: bool = False) -> None:
        kinds = {one.partition(":")[0]: one for one in word.split("+")} if word else {}
        self.tolerates: tuple[type[BaseException], ...] = ()
        """What a program may raise then."""
        self._disk: Disk | None = None
        if disk or kinds.keys() & DISK_FAULTS:
            self._disk = Disk(*(Fault.parse(one) for kind, one in kinds.items() if kind in DISK_FAULTS))
            self._disk.install()
        if kinds.keys() & DISK_FAULTS:
            self.tolerates = (sqlite3.Error,)
        if "time" in kinds:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process at once, and nothing in it is asked
            signal.setitimer(signal.ITIMER_REAL, float(kinds["time"].partition(":")[2]))
        self._interrupts = next((kind for kind in kinds if kind in INTERRUPTS), "")
        self._counter = Counter(int(kinds[self._interrupts].partition(":")[2]) if self._interrupts else 0)
        if self._interrupts:
            self.tolerates = INTERRUPTIONS
        kind, _, at = next((one for kind, one in kinds.items() if kind in AT_CALLS), "before:0").partition(":")
        self._calls = Calls(int(at), after=kind in ("after", "lose", "gone"), happens=AT_CALLS[kind])
        backend.count(self._calls)

    def driver(self, name: str) -> Driver:
        """The driver of this name, interrupted if that is what happens."""
        inner = DRIVERS[name]()
        return interrupting(self._interrupts, name, inner, self._counter) if self._interrupts else inner

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Nothing is counted meanwhile, and nothing happens at a count."""
        self._set_on(False)
        yield
        self._set_on(True)

    def _set_on(self, on: bool) -> None:
        self._calls.on = self._counter.on = on
        if self._disk is not None:
            self._disk.quiet = not on

    @property
    def counts(self) -> dict[str, int]:
        """How many calls there were, and how much was done to the disk."""
        disk = self._disk.counts if self._disk else {}
        return {"call": self._calls.count, self._interrupts: self._counter.count, **disk}
