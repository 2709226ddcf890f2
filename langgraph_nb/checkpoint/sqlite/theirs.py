"""Threads that LangGraph's own saver has left in a file of ours: nobody should think that they are lost.

Both keep tables of their own in one file. This file must not know what is in them; ``importing`` does.
"""

from __future__ import annotations

import sqlite3
import warnings

__all__ = ["tell_of_threads_to_import"]

_HAS_BOTH = "SELECT count(*) = 2 FROM sqlite_master WHERE type = 'table' AND name IN ('checkpoints', 'nb_spaces')"
_COUNT = "SELECT (SELECT count(DISTINCT thread_id) FROM checkpoints), EXISTS (SELECT 1 FROM nb_spaces)"


def tell_of_threads_to_import(connection: sqlite3.Connection) -> None:
    """Warn of threads that are LangGraph's, in a file in which there are none of ours yet."""
    try:
        if not connection.execute(_HAS_BOTH).fetchone()[0]:
            return
        theirs, ours = connection.execute(_COUNT).fetchone()
        *_, file = connection.execute("PRAGMA database_list").fetchone()
    except sqlite3.OperationalError:  # tables of somebody else
        return
    if theirs and not ours:
        threads = "a thread" if theirs == 1 else f"{theirs} threads"
        warnings.warn(
            f"LangGraph has stored {threads} in {file or 'this database'}, which this saver does not see yet. To go on "
            f"with what is there: langgraph-nb import {file or 'SOURCE'} {file or 'TARGET'}",
            UserWarning,
            stacklevel=3,
        )
