"""Databases of ours on the command line: opened, never made, with keys that nobody sees.

Keys come from the environment or from files: what is on a command line is in the history of the shell and in the list
of processes. No message holds a key or a password.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from langgraph_nb.cli import CommandError
from langgraph_nb.importing.sources import is_postgres

if TYPE_CHECKING:
    from langgraph_nb.checkpoint.rows.saver import RowSaver

__all__ = ["KEY", "OLD_KEY", "Keys", "explained", "opened", "shown", "tables_in"]

KEY, OLD_KEY = "LANGGRAPH_AES_KEY", "LANGGRAPH_AES_OLD_KEY"
_SIZES = (16, 24, 32)
_SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_POSTGRES_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)"


class Keys(NamedTuple):
    """Where keys are."""

    file: str | None = None
    """Of the key that encrypts; without it, the environment has the key."""
    old_files: Sequence[str] = ()
    """Of keys that only decrypt."""

    def read(self) -> list[bytes]:
        """The keys, the one first that encrypts; none, if there are none.

        Raises:
            CommandError: One cannot be read, or has another length; there are old ones only.
        """
        first = [_of_file(self.file)] if self.file else _of_environment(KEY)
        older = [*map(_of_file, self.old_files)] or _of_environment(OLD_KEY)
        if older and not first:
            raise CommandError(f"There is an old key and none to encrypt with. Set {KEY}, or name its file: --key-file")
        return [*first, *older]


def _of_environment(name: str) -> list[bytes]:
    text = os.environ.get(name)
    return [_checked(text.encode(), f"The environment variable {name}")] if text else []


def _of_file(path: str) -> bytes:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"The key file {path!r} cannot be read: {error.strerror}.") from error
    if len(data) not in _SIZES:  # an editor ends the last line
        data = data.removesuffix(b"\n").removesuffix(b"\r")
    return _checked(data, f"The key file {path!r}")


def _checked(key: bytes, where: str) -> bytes:
    if len(key) not in _SIZES:
        raise CommandError(f"{where} holds {len(key)} bytes; a key has 16, 24 or 32. Make one: head -c 32 /dev/urandom")
    return key


def shown(database: str) -> str:
    """What messages call a database: an address without what may be secret in it."""
    if not is_postgres(database):
        return database
    from psycopg.conninfo import conninfo_to_dict

    said = conninfo_to_dict(database)
    return f"{said.get('dbname', 'the database')} on {said.get('host', 'this machine')}"


def explained(error: Exception) -> str:
    """What is said of a key that is not the one."""
    return f"{error} Keys are read from {KEY} and {OLD_KEY}, or --key-file and --old-key-file."


def tables_in(database: str) -> set[str]:
    """The tables that there are.

    Raises:
        CommandError: There is no such database.
    """
    if is_postgres(database):
        from langgraph_nb.checkpoint.postgres.connections import check_installed, checked_address

        with _told(database):
            check_installed()
            import psycopg

            with psycopg.connect(checked_address(database)) as there:
                return {str(name) for (name,) in there.execute(_POSTGRES_TABLES).fetchall()}
    if not Path(database).is_file():
        raise CommandError(f"There is no file {database!r}. Give the path of an SQLite database of threads.")
    with _told(database), closing(sqlite3.connect(database)) as connection:
        return {str(name) for (name,) in connection.execute(_SQLITE_TABLES).fetchall()}


@contextmanager
def _told(database: str) -> Iterator[None]:
    """Errors of a database are told as those of the command."""
    from langgraph_nb.checkpoint.sqlite import NewerFormatError, OlderFormatError

    try:
        yield
    except (sqlite3.DatabaseError, NewerFormatError, OlderFormatError, ImportError) as error:
        raise CommandError(f"{shown(database)!r} cannot be opened: {error}") from error
    except Exception as error:
        if not is_postgres(database) or not type(error).__module__.startswith("psycopg"):
            raise
        raise CommandError(f"{shown(database)!r} cannot be read: {error}") from error


@contextmanager
def opened(database: str, keys: Sequence[bytes]) -> Iterator[RowSaver]:
    """A saver of the threads of a database.

    Args:
        database: An SQLite file, or ``postgresql://...``.
        keys: The one first that encrypts; none, if it is not encrypted.

    Raises:
        CommandError: It is not there, holds no threads, or cannot be read.
    """
    from langgraph_nb.checkpoint.serde.aes import WrongKey
    from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer

    if "nb_format" not in tables_in(database):
        raise CommandError(f"{shown(database)!r} holds no threads of ours. Give one that does.")
    with _told(database), ExitStack() as stack:
        serde = EncryptedSerializer.from_keys(*keys) if keys else None
        saver = stack.enter_context(_in_postgres(database) if is_postgres(database) else _in_file(database))
        saver.serde = serde or saver.serde
        try:
            yield saver
        except WrongKey as error:
            raise CommandError(explained(error)) from error


def _in_file(path: str) -> AbstractContextManager[RowSaver]:
    from langgraph_nb.checkpoint.sqlite import SqliteSaver

    return SqliteSaver(path)


@contextmanager
def _in_postgres(address: str) -> Iterator[RowSaver]:
    from langgraph_nb.checkpoint.postgres import PostgresSaver, schema
    from langgraph_nb.checkpoint.postgres.formats import refuse_newer

    with PostgresSaver.from_conn_string(address) as saver:
        refuse_newer(*saver.conn.execute(schema.READ_FORMAT).fetchone())
        yield saver
