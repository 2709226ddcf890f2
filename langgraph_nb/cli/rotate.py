"""``langgraph-nb rotate``: a database is encrypted with another key, or with its first."""

from __future__ import annotations

import sys

from langgraph_nb.cli import CommandError
from langgraph_nb.cli.databases import KEY, Keys, opened, shown


def rotate(database: str, keys: Keys, unencrypted: bool) -> int:
    """Encrypt all threads with the first key. Returns 0; 1 if a row is damaged.

    Args:
        database: An SQLite file, or ``postgresql://...``.
        keys: Where the new key is, and those that some of it is still encrypted with.
        unencrypted: Take in what is not encrypted yet.

    Raises:
        CommandError: There is no such database, no key, or it is of another key.
    """
    from langgraph_nb.checkpoint.seal import CheckpointCorrupt
    from langgraph_nb.checkpoint.sqlite import SqliteSaver

    given = keys.read()
    if not given:
        raise CommandError(f"There is no key to encrypt with. Set {KEY}, or name its file: --key-file")
    with opened(database, given) as saver:
        try:
            rows = saver.rotate_keys(unencrypted=unencrypted)
        except CheckpointCorrupt as error:
            print(f"langgraph-nb: {error} Then rotate again: what was done stays done.", file=sys.stderr)
            return 1
        if isinstance(saver, SqliteSaver):
            saver.vacuum()  # what was there before is in no free page any more
    print(f"{shown(database)}: {rows} rows of threads are encrypted with the new key")
    return 0
