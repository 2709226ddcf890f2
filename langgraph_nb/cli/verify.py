"""``langgraph-nb verify`` and ``langgraph-nb repair``: damage in a database of threads, found and put aside."""

from __future__ import annotations

from langgraph_nb.cli.databases import Keys, opened, shown
from langgraph_nb.importing.sources import is_postgres


def verify(database: str, keys: Keys) -> int:
    """List every damaged row. Returns 0 if there is none, else 1.

    Args:
        database: An SQLite file, or ``postgresql://...``.
        keys: Where the keys of an encrypted one are.

    Raises:
        CommandError: There is no such database, or it holds no threads, or is of another key.
    """
    with opened(database, keys.read()) as saver:
        damaged = saver.verify()
    for row in damaged:
        print(row)
    mend = f"langgraph-nb repair {'ADDRESS' if is_postgres(database) else database}"
    count = f"{len(damaged)} damaged rows. Mend it: {mend}" if damaged else "nothing is damaged"
    print(f"{shown(database)}: {count}")
    return 1 if damaged else 0


def repair(database: str, keys: Keys) -> int:
    """Put what is damaged aside, and move threads back to their last good checkpoint. Returns 0.

    Args:
        database: An SQLite file, or ``postgresql://...``.
        keys: Where the keys of an encrypted one are.

    Raises:
        CommandError: There is no such database, or it holds no threads, or is of another key.
    """
    with opened(database, keys.read()) as saver:
        found = saver.repair()
    for space in found:
        where = f"thread {space.thread_id!r}" + (f" (namespace {space.checkpoint_ns!r})" * bool(space.checkpoint_ns))
        good = "has no good checkpoint" if space.last_good is None else f"is back at checkpoint {space.last_good!r}"
        print(f"{where} {good}; {len(space.lost)} checkpoints are in the table nb_damaged")
    if not found:
        print(f"{shown(database)}: nothing is damaged")
    return 0
