"""Which items of an SQLite database are nearest to a vector. Knows vectors and numbers of items, no documents.

Three ways with the same results: in memory with numpy, where a store keeps what it has read and reads what is new; in
the database with sqlite-vec, for more than should be in memory, where Python can load it; one by one otherwise.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from typing import Any

from langgraph_nb.store.sqlite import schema
from langgraph_nb.store.vectors import Nearness, Vector, highest_first, unit_rows

Scored = Iterator[tuple[int, float]]
"""The number of an item, and how near it is: the nearest first, an item as often as it has vectors."""
NUMBER = 4
"""Bytes of a number of a vector."""
_FEW = 1000
"""Vectors of items that are gone, which may stay in memory however few others there are."""


def as_blob(vector: Vector) -> bytes:
    """A vector as it is stored."""
    return array("f", vector).tobytes()


class Nearest:
    """Ranks items of one database. Used by one thread at a time, inside a transaction."""

    most_in_memory = 256 * 2**20
    """Bytes of vectors that are kept in memory where there is another way."""

    def __init__(self) -> None:
        self._memory: _Memory | None = None
        self._asked: tuple[sqlite3.Connection | None, bool] = None, False
        """A connection, and whether it has sqlite-vec."""

    def ranked(self, connection: sqlite3.Connection, query: Vector, place: dict[str, Any]) -> Scored:
        """All items between two namespaces.

        Args:
            connection: In a transaction.
            query: What to compare with.
            place: ``low``, ``high`` and ``now``. What is returned may be past its time, or gone.
        """
        size = NUMBER * len(query)
        numpy = find_spec("numpy") is not None
        (last,) = connection.execute(schema.LAST_VECTOR).fetchone() or (0,)
        if not (numpy and last * size <= self.most_in_memory) and self._has_sqlite_vec(connection):
            return iter(connection.execute(schema.NEAREST, {**place, "query": as_blob(query)}))
        if not numpy:
            return _one_by_one(connection, query, {**place, "size": size})
        if self._memory is None or self._memory.size != size:
            self._memory = _Memory(size)
        self._memory.update(connection, last)
        return self._memory.ranked(query, place["low"], place["high"])

    def _has_sqlite_vec(self, connection: sqlite3.Connection) -> bool:
        if self._asked[0] is not connection:
            self._asked = connection, _load_sqlite_vec(connection)
        return self._asked[1]


class _Memory:
    """The directions of all vectors of one size, as of the last search.

    New ones are added; those of items that are gone stay until there are more of them than of others: whoever looks up
    an item sees that it is gone.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._forget()

    def _forget(self) -> None:
        import numpy as np

        self._last = self._first = self._count = self._living = 0
        self._directions = np.empty((0, self.size // NUMBER), np.float32)
        self._items = np.empty(0, np.int64)
        self._spaces = np.empty(0, np.int64)
        self._names: dict[str, int] = {}
        """Namespace -> its number in ``_spaces``."""

    def update(self, connection: sqlite3.Connection, last: int) -> None:
        """Read what was added until the vector with number ``last``."""
        if last - self._first > 2 * self._living + _FEW or last < self._last:
            self._forget()
        if last == self._last:
            return
        rows = connection.execute(schema.NEW_VECTORS, (self._last, self.size)).fetchall()
        if not self._last:
            self._first, self._living = last, len(rows)
        self._last = last
        if rows:
            self._add(rows)

    def _add(self, rows: list[tuple[int, str, bytes]]) -> None:
        import numpy as np

        start, end = self._count, self._count + len(rows)
        if end > len(self._items):
            room = end if not start else 2 * end
            self._directions = np.resize(self._directions, (room, self._directions.shape[1]))
            self._items, self._spaces = np.resize(self._items, room), np.resize(self._spaces, room)
        items, names, blobs = zip(*rows, strict=True)
        vectors = np.frombuffer(b"".join(blobs), np.float32).reshape(len(rows), -1)
        self._directions[start:end] = unit_rows(vectors)
        self._items[start:end] = items
        self._spaces[start:end] = [self._names.setdefault(name, len(self._names)) for name in names]
        self._count = end

    def ranked(self, query: Vector, low: str, high: str) -> Scored:
        """The items between two namespaces."""
        import numpy as np

        items, directions = self._items[: self._count], self._directions[: self._count]
        inside = [number for name, number in self._names.items() if low <= name < high]
        if len(inside) < len(self._names):
            chosen = np.isin(self._spaces[: self._count], inside)
            items, directions = items[chosen], directions[chosen]
        scores = directions @ unit_rows(np.asarray([query], np.float32))[0]
        return ((int(items[place]), float(scores[place])) for place in highest_first(scores))


def _load_sqlite_vec(connection: sqlite3.Connection) -> bool:
    """Whether a connection has it now. Many Pythons are built without a way to load extensions."""
    if find_spec("sqlite_vec") is None or not hasattr(connection, "enable_load_extension"):
        return False
    import sqlite_vec

    connection.enable_load_extension(True)
    try:
        sqlite_vec.load(connection)
    finally:
        connection.enable_load_extension(False)
    return True


def _one_by_one(connection: sqlite3.Connection, query: Vector, place: dict[str, Any]) -> Scored:
    with closing(connection.execute(schema.VECTORS, place)) as rows:
        return Nearness((item, array("f", vector)) for item, vector in rows).ranked(query)
