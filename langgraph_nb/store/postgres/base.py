"""Documents in PostgreSQL: the store that many machines share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.checkpoint.postgres.connections import (
    CONNECTION,
    Asking,
    AsyncConnections,
    Connections,
    check_installed,
    checked_address,
    connections_of,
)
from langgraph_nb.store.base import Op, Result, TTLConfig
from langgraph_nb.store.documents import checked
from langgraph_nb.store.encryption import Keeping
from langgraph_nb.store.index import Embedded, TextIndex
from langgraph_nb.store.postgres.batch import Batch, count_encrypted, dump_for_postgres, rotate, set_up, sweep
from langgraph_nb.store.postgres.config import (
    ANNIndexConfig,
    HNSWConfig,
    IVFFlatConfig,
    PoolConfig,
    PostgresIndexConfig,
)
from langgraph_nb.store.postgres.schema import vector_statements
from langgraph_nb.store.sweeper import SweptStore

if TYPE_CHECKING:
    from psycopg import Connection, Pipeline
    from psycopg_pool import ConnectionPool

__all__ = [
    "ANNIndexConfig", "HNSWConfig", "IVFFlatConfig", "PoolConfig", "PostgresIndexConfig", "PostgresStore",
]  # fmt: skip


class Statements(SweptStore):
    """What stores in PostgreSQL ask for; how they connect is left to others."""

    now: Callable[[], float] = staticmethod(time.time)
    """Seconds since 1970."""

    _connections: Connections | AsyncConnections

    def __init__(
        self,
        deserializer: Callable[[bytes], dict[str, Any]] | None,
        index: PostgresIndexConfig | None,
        ttl: TTLConfig | None,
        cipher: Any,
    ) -> None:
        super().__init__(ttl)
        self._keeping = Keeping(cipher)
        self._index = TextIndex(index)
        self.index_config = self._index.config
        self.embeddings = self._index.embeddings
        self._vectors = vector_statements(index) if index else None
        self._load = deserializer or json.loads

    @property
    def conn(self) -> Any:
        """The connection, or the pool."""
        return self._connections.given

    def _batch(self, ops: list[Op], documents: Any, embedded: Embedded) -> Asking:
        self._index.check_lengths(embedded)
        how = self._index, self._vectors, self._load, self._time(), self._keeping
        return Batch(ops, documents, embedded, *how).ask()

    def _setting_up(self) -> Asking:
        return set_up(self._vectors)

    def _sweeping(self) -> Asking:
        return sweep(self._time())

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)


class PostgresStore(Statements):
    """Keeps documents in a PostgreSQL database, for many threads, processes and machines.

    A batch is one transaction. Items past their time are not found any more; a sweep takes them out. Documents are
    JSON; what JSON would change is refused. Searches by meaning need the extension ``pgvector``. Call ``setup()`` once.

    Args:
        conn: A connection made with ``autocommit=True``, or a pool of such.
        pipe: A pipeline of the connection, which is then used for all statements.
        deserializer: Makes a document of its JSON; by default ``json.loads``.
        index: How items are found by meaning; without it, a search's ``query`` is not looked at.
        ttl: How long items are kept, if they are not stored with a time of their own.
        cipher: Encrypts documents, each bound to its place: ``AesGcm(key)``. Namespaces, keys and times stay readable,
            as do the vectors of searches by meaning; filters look at documents one by one.

    Example:
        >>> def notes(address):  # such as "postgresql://user@host/database"
        ...     with PostgresStore.from_conn_string(address) as store:
        ...         store.setup()
        ...         store.put(("notes",), "a", {"text": "a dog", "stars": 5})
        ...         return store.search(("notes",), filter={"stars": {"$gt": 3}})
    """

    def __init__(
        self,
        conn: Connection[Any] | ConnectionPool[Any],
        *,
        pipe: Pipeline | None = None,
        deserializer: Callable[[bytes], dict[str, Any]] | None = None,
        index: PostgresIndexConfig | None = None,
        ttl: TTLConfig | None = None,
        cipher: Any = None,
    ) -> None:
        super().__init__(deserializer, index, ttl, cipher)
        self._connections = connections_of(conn, pipe)

    @classmethod
    @contextmanager
    def from_conn_string(
        cls,
        conn_string: str,
        *,
        pipeline: bool = False,
        pool_config: PoolConfig | None = None,
        index: PostgresIndexConfig | None = None,
        ttl: TTLConfig | None = None,
        cipher: Any = None,
    ) -> Iterator[Self]:
        """A store of a database, whose connections are closed at the end of the ``with`` block.

        Args:
            conn_string: ``"postgresql://user:password@host:port/database"``, or what else libpq takes.
            pipeline: Send statements without waiting for the answers of those before.
            pool_config: Use several connections; by default there is one, which threads use in turn.
            index: How items are found by meaning.
            ttl: How long items are kept.
            cipher: Encrypts documents.
        """
        check_installed()
        conn_string = checked_address(conn_string)
        with ExitStack() as stack:
            conn: Any
            pipe = None
            if pool_config is not None:
                from psycopg_pool import ConnectionPool

                conn = stack.enter_context(ConnectionPool(conn_string, **pool_arguments(pool_config)))
            else:
                from psycopg import Connection

                conn = stack.enter_context(Connection.connect(conn_string, **CONNECTION))
                pipe = stack.enter_context(conn.pipeline()) if pipeline else None
            with cls(conn, pipe=pipe, index=index, ttl=ttl, cipher=cipher) as store:
                yield store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._sweeper.stop()

    def setup(self) -> None:
        """Make the tables, if they are not there. Call it once, before the store is first used.

        Raises:
            NewerFormatError: The tables were written by a newer version of this package.
        """
        self._connections.ask(self._setting_up)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations in one transaction: first all reads, then all writes, the last one of each key.

        Raises:
            UnstorableValue: A document is not JSON. Nothing of the batch is stored then.
            InvalidNamespaceError: For a label that cannot be one.
        """
        ops = list(ops)
        documents = checked(ops, dump_for_postgres)
        embedded = self._index.embed(ops)
        found: list[Result] = self._connections.ask(lambda: self._batch(ops, documents, embedded))
        return found

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """``batch``, awaited."""
        ops = list(ops)
        documents = checked(ops, dump_for_postgres)
        embedded = await self._index.aembed(ops)
        found: list[Result] = await off_loop(
            lambda: self._connections.ask(lambda: self._batch(ops, documents, embedded))
        )
        return found

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
        keeping, count, last, some = self._keeping.anew(unencrypted), 0, 0, 1
        while some:  # a few in each transaction: others may write between them, and it may be cut off
            last, some = self._connections.ask(partial(rotate, keeping, last))
            count += some
        return count

    def how_encrypted(self) -> tuple[int, int]:
        """How many documents are encrypted, and how many there are."""
        found: tuple[int, int] = self._connections.ask(count_encrypted)
        return found

    def _sweep(self) -> int:
        swept: int = self._connections.ask(self._sweeping)
        return swept


def pool_arguments(config: PoolConfig) -> dict[str, Any]:
    """The arguments of a pool."""
    given: dict[str, Any] = {**config}
    return {"min_size": 1, **given, "kwargs": {**CONNECTION, **given.get("kwargs", {})}, "open": True}
