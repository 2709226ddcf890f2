"""A store in memory, with filters, searches by meaning, and times to live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from threading import Lock

from langgraph_nb.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)
from langgraph_nb.store.base.namespaces import listed
from langgraph_nb.store.filters import passes
from langgraph_nb.store.index import Embedded, TextIndex, last_puts
from langgraph_nb.store.vectors import Nearness, Vector

Namespace = tuple[str, ...]
MINUTE = 60.0


class _Document:
    """An item with its vectors, and how long it is kept."""

    __slots__ = ("item", "vectors", "ttl", "expires")

    def __init__(self, item: Item, vectors: list[Vector], ttl: float | None, expires: float | None) -> None:
        self.item = item
        self.vectors = vectors
        self.ttl = ttl
        self.expires = expires


class InMemoryStore(BaseStore):
    """Documents in memory. They are gone when the process ends.

    Args:
        index: How items are found by meaning; without it, a search's ``query`` is not looked at.
        ttl: How long items are kept; without it, for ever. An item past its time is not found any more; its memory is
            free when something is written, but not more often than each ``sweep_interval_minutes`` (default 1).

    Example:
        >>> def embed(texts):
        ...     return [[text.count("cat"), text.count("dog")] for text in texts]
        >>> store = InMemoryStore(index={"dims": 2, "embed": embed, "fields": ["text"]})
        >>> store.put(("notes",), "a", {"text": "a dog and a dog", "stars": 5})
        >>> store.put(("notes",), "b", {"text": "a cat", "stars": 1})
        >>> [(item.key, item.score) for item in store.search(("notes",), query="cat")]
        [('b', 1.0), ('a', 0.0)]
        >>> [item.key for item in store.search(("notes",), filter={"stars": {"$gt": 3}})]
        ['a']
    """

    __slots__ = (
        "_data", "_nearness", "_lock", "_clock", "_swept", "_sweep_interval", "_index", "index_config", "embeddings",
        "ttl_config",
    )  # fmt: skip

    def __init__(self, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> None:
        self._data: dict[Namespace, dict[str, _Document]] = {}
        self._nearness: Nearness[_Document] | None = None
        """All vectors, made ready when a search needs them; a write makes them stale."""
        self._lock = Lock()
        self._clock: Callable[[], float] = time.monotonic
        self.ttl_config = ttl
        self._sweep_interval = ((ttl or {}).get("sweep_interval_minutes") or 1) * MINUTE
        self._swept = 0.0
        self._index = TextIndex(index)
        self.index_config = self._index.config
        self.embeddings = self._index.embeddings

    @property
    def supports_ttl(self) -> bool:  # type: ignore[override]
        """Whether items can be kept for a time: where ``ttl`` says how."""
        return self.ttl_config is not None

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations: first all reads, then all writes, of those of one key only the last."""
        ops = list(ops)
        return self._do(ops, self._index.embed(ops))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """``batch``, awaited."""
        ops = list(ops)
        return self._do(ops, await self._index.aembed(ops))

    def sweep_ttl(self) -> int:
        """Forget what is past its time now, and return how many items that were."""
        with self._lock:
            return self._sweep()

    # -- one batch ----------------------------------------------------------------------------------------------------

    def _do(self, ops: list[Op], embedded: Embedded) -> list[Result]:
        with self._lock:
            results = [self._read(op, embedded.queries) for op in ops]
            for op in last_puts(ops):
                self._write(op, embedded.texts)
        return results

    def _read(self, op: Op, queries: Mapping[str, Vector]) -> Result:
        if isinstance(op, GetOp):
            document = self._data.get(op.namespace, {}).get(op.key)
            if document is None or self._is_past(document):
                return None
            self._use(document, op.refresh_ttl)
            return document.item
        if isinstance(op, SearchOp):
            return self._found(op, queries)
        if isinstance(op, ListNamespacesOp):
            kept = (ns for ns, inside in self._data.items() if not all(map(self._is_past, inside.values())))
            return listed(kept, op)
        if isinstance(op, PutOp):
            return None
        raise ValueError(f"Unknown operation type: {type(op)}. It is a GetOp, PutOp, SearchOp or ListNamespacesOp.")

    def _write(self, op: PutOp, vectors: Mapping[str, Vector]) -> None:
        self._nearness = None
        if self.ttl_config is not None and self._clock() >= self._swept + self._sweep_interval:
            self._sweep()
        inside = self._data.get(op.namespace, {})
        if op.value is None:
            inside.pop(op.key, None)
            if not inside:
                self._data.pop(op.namespace, None)
            return
        known, now = inside.get(op.key), datetime.now(UTC)
        made = now if known is None else known.item.created_at
        item = Item(value=dict(op.value), key=op.key, namespace=op.namespace, created_at=made, updated_at=now)
        expires = None if op.ttl is None else self._clock() + op.ttl * MINUTE
        document = _Document(item, [vectors[text] for text in self._index.texts(op)], op.ttl, expires)
        self._data.setdefault(op.namespace, {})[op.key] = document

    # -- searching ----------------------------------------------------------------------------------------------------

    def _found(self, op: SearchOp, queries: Mapping[str, Vector]) -> list[SearchItem]:
        query = queries.get(op.query or "")
        ranked = ((d, None) for d in self._all()) if query is None else self._ranked(query)
        stop = None if op.limit < 0 or op.offset < 0 else op.offset + op.limit
        found: dict[int, tuple[_Document, float | None]] = {}
        for document, score in ranked:
            if len(found) == stop:
                break
            if id(document) not in found and self._fits(document, op):
                found[id(document)] = document, score
        chosen = list(found.values())[op.offset : op.offset + op.limit]
        for document, _ in chosen:
            self._use(document, op.refresh_ttl)
        return [_search_item(document.item, score) for document, score in chosen]

    def _ranked(self, query: Vector) -> Iterator[tuple[_Document, float | None]]:
        """All documents, the nearest first, those without vectors last."""
        if self._nearness is None:
            self._nearness = Nearness((document, vector) for document in self._all() for vector in document.vectors)
        yield from self._nearness.ranked(query)
        yield from ((document, None) for document in self._all() if not document.vectors)

    def _all(self) -> Iterator[_Document]:
        return (document for inside in self._data.values() for document in inside.values())

    def _fits(self, document: _Document, op: SearchOp) -> bool:
        item, prefix = document.item, op.namespace_prefix
        inside = item.namespace[: len(prefix)] == tuple(prefix)
        return inside and not self._is_past(document) and passes(item.value, op.filter)

    # -- time ---------------------------------------------------------------------------------------------------------

    def _is_past(self, document: _Document) -> bool:
        return document.expires is not None and document.expires <= self._clock()

    def _use(self, document: _Document, refresh: bool) -> None:
        if refresh and document.ttl is not None:
            document.expires = self._clock() + document.ttl * MINUTE

    def _sweep(self) -> int:
        self._swept = self._clock()
        past = [d.item for d in self._all() if self._is_past(d)]
        for item in past:
            del self._data[item.namespace][item.key]
            if not self._data[item.namespace]:
                del self._data[item.namespace]
        self._nearness = None if past else self._nearness
        return len(past)


def _search_item(item: Item, score: float | None) -> SearchItem:
    return SearchItem(item.namespace, item.key, item.value, item.created_at, item.updated_at, score)
