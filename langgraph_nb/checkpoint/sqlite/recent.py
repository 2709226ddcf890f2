"""What the last transactions left behind, so that the next one need not look it up."""

from __future__ import annotations

import sqlite3
from typing import Any

from langgraph_nb.checkpoint.rows.batch import Spaces

_MOST = 64
"""Spaces to remember: one for each thread that is being run."""


class Recent:
    """Remembers spaces and claims.

    It is believed only while nobody, on this connection or another, has changed the database since.
    """

    def __init__(self) -> None:
        self._left: tuple[Any, ...] = ()
        """How the database was left: the connection, its count of others' changes, and of its own."""
        self._spaces: Spaces = {}
        self.claims: dict[str, str] = {}
        """Thread -> the token of the claim that stands. Read and written after ``begin`` only."""

    def begin(self, connection: sqlite3.Connection) -> Spaces:
        """What is known, for a transaction that has the write lock."""
        others = connection.execute("PRAGMA data_version").fetchone()[0]  # counts what other connections committed
        if self._left != (connection, others, connection.total_changes) or len(self._spaces) > _MOST:
            self._spaces, self.claims = {}, {}
        self._left = connection, others, -1
        return self._spaces

    def known(self, connection: sqlite3.Connection) -> Spaces:
        """What is known, for a transaction that only reads."""
        others = connection.execute("PRAGMA data_version").fetchone()[0]
        return self._spaces if self._left == (connection, others, connection.total_changes) else {}

    def end(self, connection: sqlite3.Connection) -> None:
        """The transaction was committed; what is known is what it left."""
        self._left = connection, self._left[1], connection.total_changes
