"""``langgraph-nb verify`` and ``langgraph-nb repair``: damage in a database of threads, found and put aside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from langgraph_nb.cli import CommandError

if TYPE_CHECKING:
    from langgraph_nb.checkpoint.sqlite import SqliteSaver


def verify(database: str) -> int:
    """List every damaged row. Returns 0 if there is none, else 1.

    Args:
        database: Path of an SQLite file.

    Raises:
        CommandError: There is no such file, or it holds no threads.
    """
    with _opened(database) as saver:
        damaged = saver.verify()
    for row in damaged:
        print(row)
    count = f"{len(damaged)} damaged rows. Mend it: langgraph-nb repair {database}" if damaged else "nothing is damaged"
    print(f"{database}: {count}")
    return 1 if damaged else 0


def repair(database: str) -> int:
    """Put what is damaged aside, and move threads back to their last good checkpoint. Returns 0.

    Args:
        database: Path of an SQLite file.

    Raises:
        CommandError: There is no such file, or it holds no threads.
    """
    with _opened(database) as saver:
        found = saver.repair()
    for space in found:
        where = f"thread {space.thread_id!r}" + (f" (namespace {space.checkpoint_ns!r})" * bool(space.checkpoint_ns))
        good = "has no good checkpoint" if space.last_good is None else f"is back at checkpoint {space.last_good!r}"
        print(f"{where} {good}; {len(space.lost)} checkpoints are in the table nb_damaged")
    if not found:
        print(f"{database}: nothing is damaged")
    return 0


def _opened(database: str) -> SqliteSaver:
    import sqlite3

    from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
    from langgraph_nb.checkpoint.sqlite import NewerFormatError, OlderFormatError, SqliteSaver

    if not Path(database).is_file():
        raise CommandError(f"There is no file {database!r}. Give the path of an SQLite database of threads.")
    serde = EncryptedSerializer.from_pycryptodome_aes() if os.environ.get("LANGGRAPH_AES_KEY") else None
    try:
        return SqliteSaver(database, serde=serde)
    except (sqlite3.DatabaseError, NewerFormatError, OlderFormatError) as error:
        raise CommandError(f"{database!r} cannot be opened: {error}") from error
