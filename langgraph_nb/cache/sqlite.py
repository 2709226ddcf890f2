"""A cache in an SQLite file: what one process computed, the next one has."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from langgraph_nb.cache.base import BaseCache, FullKey, Namespace, ValueT
from langgraph_nb.cache.closing import Closing, is_closed
from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.checkpoint.serde.base import SerializerProtocol
from langgraph_nb.checkpoint.sqlite.database import Database, Layout

__all__ = ["SqliteCache"]

_LAYOUT = Layout("cache", "nb_cache_format", 1, (
    """
    CREATE TABLE IF NOT EXISTS nb_cache (
        namespace TEXT NOT NULL,
        key TEXT NOT NULL,
        ends REAL,
        type TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (namespace, key)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS nb_cache_ends ON nb_cache (ends) WHERE ends IS NOT NULL",
))  # fmt: skip
_GET = """
    SELECT wanted.key, cached.type, cached.data FROM json_each(?) AS wanted CROSS JOIN nb_cache AS cached
    WHERE cached.namespace = json_extract(wanted.value, '$[0]') AND cached.key = json_extract(wanted.value, '$[1]')
        AND (cached.ends IS NULL OR cached.ends > ?)
"""
_SET = "INSERT OR REPLACE INTO nb_cache (namespace, key, ends, type, data) VALUES (?, ?, ?, ?, ?)"
_FORGET_OLD = "DELETE FROM nb_cache WHERE ends <= ?"
_ALL = "SELECT namespace, key, type, data FROM nb_cache"
_REPLACE = "UPDATE nb_cache SET type = ?, data = ? WHERE namespace = ? AND key = ?"
_CLEAR = "DELETE FROM nb_cache WHERE namespace = ?"
_CLEAR_ALL = "DELETE FROM nb_cache"


class SqliteCache(BaseCache[ValueT]):
    """Keeps values in an SQLite database, which many threads and processes may share. A new file is its owner's only.

    Args:
        path: A file, or ``":memory:"``.
        serde: Writes and reads values; by default ``JsonPlusSerializer``, which runs nothing on reading. With
            ``EncryptedSerializer.from_keys(key)`` they are encrypted, each bound to its place.

    Raises:
        NewerFormatError: The file was written by a newer version of this package.

    Example:
        >>> with SqliteCache(path=":memory:") as cache:
        ...     cache.set({(("docs",), "a"): ([1, 2], None)})
        ...     cache.get([(("docs",), "a"), (("docs",), "b")])
        {(('docs',), 'a'): [1, 2]}
    """

    now: Callable[[], float] = staticmethod(time.time)
    """Seconds since 1970."""

    def __init__(self, *, path: str | os.PathLike[str], serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde)
        self._database = Database(path, _LAYOUT)

    def close(self) -> None:
        """Close the database. Using the cache afterwards raises ``SaverClosed``."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_database"):  # it was opened
            self.close()

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        wanted = [(tuple(namespace), key) for namespace, key in keys]
        asked = json.dumps([(_text(namespace), key) for namespace, key in wanted])
        found = self._database.read(lambda connection: connection.execute(_GET, (asked, self.now())).fetchall())
        closing = Closing(self.serde)
        opened = ((wanted[n], closing.open(kind, data, _text(wanted[n][0]), wanted[n][1])) for n, kind, data in found)
        return {key: value for key, (there, value) in opened if there}

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        return await off_loop(lambda: self.get(keys))

    def set(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        now, closing = self.now(), Closing(self.serde)
        rows: list[tuple[Any, ...]] = [
            (space, key, None if ttl is None else now + ttl, *closing.close(value, space, key))
            for (namespace, key), (value, ttl) in mapping.items()
            for space in [_text(namespace)]
        ]

        def put(connection: sqlite3.Connection) -> None:
            connection.execute(_FORGET_OLD, (now,))
            connection.executemany(_SET, rows)

        self._database.write(put)

    async def aset(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        await off_loop(lambda: self.set(mapping))

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        if namespaces is None:
            self._database.write(lambda connection: connection.execute(_CLEAR_ALL))
        else:
            which = [(_text(namespace),) for namespace in namespaces]
            self._database.write(lambda connection: connection.executemany(_CLEAR, which))

    def rotate_keys(self, *, unencrypted: bool = False) -> int:
        """Encrypt all values with the serializer's first key; those behind it are not needed any more then.

        Args:
            unencrypted: Take in those too that are not encrypted yet.

        Returns:
            How many values there are.

        Raises:
            CorruptData: One was changed, is encrypted with another key, or is not encrypted. ``clear`` forgets all.
            ValueError: The cache has no key.
        """
        closing = Closing(self.serde, unencrypted)

        def rotate(connection: sqlite3.Connection) -> int:
            rows = connection.execute(_ALL).fetchall()
            anew = [(*closing.anew(kind, data, space, key), space, key) for space, key, kind, data in rows]
            connection.executemany(_REPLACE, anew)
            return len(rows)

        return self._database.write(rotate)

    def how_encrypted(self) -> tuple[int, int]:
        """How many values are encrypted, and how many there are."""
        rows = self._database.read(lambda connection: connection.execute(_ALL).fetchall())
        kinds = [kind for _, _, kind, _ in rows]
        return sum(map(is_closed, kinds)), len(kinds)

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        await off_loop(lambda: self.clear(namespaces))


def _text(namespace: Namespace) -> str:
    """A namespace as text; no other namespace has the same."""
    return json.dumps(namespace, ensure_ascii=False)
