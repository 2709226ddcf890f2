"""Documents in an SQLite file: the store for everything that fits on one machine."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.checkpoint.sqlite.database import Database, Target
from langgraph_nb.store.base import IndexConfig, Op, Result, TTLConfig
from langgraph_nb.store.documents import Documents, checked
from langgraph_nb.store.encryption import Keeping
from langgraph_nb.store.index import Embedded, TextIndex, last_puts
from langgraph_nb.store.sqlite import schema
from langgraph_nb.store.sqlite.batch import Batch
from langgraph_nb.store.sqlite.nearest import Nearest
from langgraph_nb.store.sweeper import SweptStore

__all__ = ["SqliteIndexConfig", "SqliteStore"]

_AT_ONCE = 500
"""Documents that get another key in one transaction."""


class SqliteIndexConfig(IndexConfig):
    """How items are found by meaning.

    Example:
        >>> SqliteIndexConfig(dims=2, fields=["text"])
        {'dims': 2, 'fields': ['text']}
    """

class SqliteStore(SweptStore):
    """Keeps documents in an SQLite database. Serves sync and async programs, many threads, many processes on one file.

    A batch is one transaction, on the disk when the call returns. Items past their time are not found any more; a sweep
    takes them out of the file. Documents are JSON; what JSON would change is refused. A saver may use the same file.

    Args:
        conn: A path, ``":memory:"``, a ``file:`` URI, or an open connection (made with ``check_same_thread=False``
            if other threads, and async programs, are to use it).
        deserializer: Makes a document of its JSON; by default ``json.loads``.
        index: How items are found by meaning; without it, a search's ``query`` is not looked at.
        ttl: How long items are kept, if they are not stored with a time of their own.
        cipher: Encrypts documents, each bound to its place: ``AesGcm(key)``. Namespaces, keys and times stay readable,
            as do the vectors of searches by meaning; filters look at documents one by one.

    Raises:
        NewerFormatError: The file was written by a newer version of this package.
        WrongKey: From methods, for documents that are encrypted in another way than the cipher's.

    Example:
        >>> def embed(texts):
        ...     return [[text.count("cat"), text.count("dog")] for text in texts]
        >>> index = {"dims": 2, "embed": embed, "fields": ["text"]}
        >>> with SqliteStore.from_conn_string(":memory:", index=index) as store:
        ...     store.put(("notes",), "a", {"text": "a dog and a dog", "stars": 5})
        ...     store.put(("notes",), "b", {"text": "a cat", "stars": 1})
        ...     print([(item.key, item.score) for item in store.search(("notes",), query="cat")])
        ...     print([item.key for item in store.search(("notes",), filter={"stars": {"$gt": 3}})])
        [('b', 1.0), ('a', 0.0)]
        ['a']
    """

    now: Callable[[], float] = staticmethod(time.time)
    """Seconds since 1970."""

    def __init__(
        self,
        conn: Target,
        *,
        deserializer: Callable[[str], dict[str, Any]] | None = None,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        cipher: Any = None,
    ) -> None:
        super().__init__(ttl)
        self._keeping = Keeping(cipher)
        self._index = TextIndex(index)
        self.index_config = self._index.config
        self.embeddings = self._index.embeddings
        self._load = deserializer or json.loads
        self._nearest = Nearest()
        self._database = Database(conn, schema.LAYOUT)

    @classmethod
    @contextmanager
    def from_conn_string(
        cls, conn_string: str, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None, cipher: Any = None
    ) -> Iterator[Self]:
        """A store of the database at this path, closed at the end of the ``with`` block."""
        with cls(conn_string, index=index, ttl=ttl, cipher=cipher) as store:
            yield store

    @property
    def conn(self) -> sqlite3.Connection:
        """The connection."""
        return self._database.connection

    def setup(self) -> None:
        """Nothing to do: tables are made when the database is opened. Here for programs that call it."""

    def close(self) -> None:
        """Stop sweeping, and close the database. Using the store afterwards raises ``SaverClosed``."""
        self._sweeper.stop()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await off_loop(self.close)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations: first all reads, then all writes, of those of one key only the last.

        Raises:
            UnstorableValue: A document is not JSON. Nothing of the batch is stored then.
            InvalidNamespaceError: For a label that cannot be one.
        """
        ops = list(ops)
        documents = checked(ops)
        return self._do(ops, documents, self._index.embed(ops))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """``batch``, awaited."""
        ops = list(ops)
        documents = checked(ops)
        embedded = await self._index.aembed(ops)
        return await off_loop(lambda: self._do(ops, documents, embedded))

    def rotate_keys(self, *, unencrypted: bool = False) -> int:
        """Encrypt all documents with the cipher's first key; those behind it are not needed any more then.

        Args:
            unencrypted: Take in those too that are not encrypted yet.

        Returns:
            How many documents there are.

        Raises:
            WrongKey: One is encrypted with a key that the cipher does not have, or is not encrypted.
            DocumentCorrupt: One is damaged.
            ValueError: The store has no cipher.
        """
        keeping, count, last = self._keeping.anew(unencrypted), 0, 0
        while True:  # a few in each transaction: others may write between them, and it may be cut off
            done, last = self._database.write(lambda connection: _rotate_some(connection, keeping, last))  # noqa: B023
            if not done:
                return count
            count += done

    def how_encrypted(self) -> tuple[int, int]:
        """How many documents are encrypted, and how many there are."""
        found: tuple[int, int] = self._database.read(lambda c: c.execute(schema.HOW_MANY_ENCRYPTED).fetchone())
        return found

    def _sweep(self) -> int:
        return self._database.write(lambda connection: connection.execute(schema.SWEEP, (self.now(),)).rowcount)

    def _do(self, ops: list[Op], documents: Documents, embedded: Embedded) -> list[Result]:
        """The whole batch in one transaction. What only read, and has items live on by that, has a second one."""
        self._index.check_lengths(embedded)
        puts = last_puts(ops)

        def done(connection: sqlite3.Connection) -> tuple[Batch, list[Result]]:
            batch = Batch(connection, self.now(), embedded, self._nearest, self._load, self._keeping)
            results = [batch.read(op) for op in ops]
            for op in puts:
                batch.write(op, documents, [embedded.texts[text] for text in self._index.texts(op)])
            if puts:
                batch.refresh(connection)
            return batch, results

        batch, results = self._database.write(done) if puts else self._database.read(done)
        if batch.used and not puts:
            self._database.write(batch.refresh)
        return results


def _rotate_some(connection: sqlite3.Connection, keeping: Keeping, after: int) -> tuple[int, int]:
    """Close the next few documents anew. Returns how many there were, and the last one's number."""
    rows = connection.execute(schema.SOME, (after, _AT_ONCE)).fetchall()
    opened = [(n, ns, key, keeping.open(value, ns, key)) for n, ns, key, value in rows]
    connection.executemany(schema.REPLACE, [(keeping.close(text, ns, key), n) for n, ns, key, text in opened])
    return len(rows), rows[-1][0] if rows else after
