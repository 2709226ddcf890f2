"""The table of the shapes of graphs, each of which made checkpoints here. A row's key is a digest of the rest of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable
from typing import Final

from langgraph_nb.checkpoint.prepared import Ready
from langgraph_nb.checkpoint.shapes import new_shapes

TABLE: Final = "CREATE TABLE IF NOT EXISTS nb_graphs (fingerprint TEXT PRIMARY KEY, shape TEXT NOT NULL) WITHOUT ROWID"
_PUT = "INSERT OR IGNORE INTO nb_graphs (fingerprint, shape) VALUES (?, ?)"
_GET = "SELECT shape FROM nb_graphs WHERE fingerprint = ?"


def put_shapes(connection: sqlite3.Connection, ready: Iterable[Ready], known: Container[str]) -> dict[str, str]:
    """Store the shapes of graphs that are not among the known ones, and return them, within a transaction."""
    shapes = new_shapes(ready, known)
    if shapes:
        connection.executemany(_PUT, shapes.items())
    return shapes


def get_shape(connection: sqlite3.Connection, fingerprint: str) -> str | None:
    """The stored shape with this fingerprint."""
    found = connection.execute(_GET, (fingerprint,)).fetchone()
    return None if found is None else str(found[0])
