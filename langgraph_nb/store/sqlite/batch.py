"""What one batch reads and writes. Lives inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from langgraph_nb.store.base import GetOp, Item, ListNamespacesOp, Op, PutOp, Result, SearchItem, SearchOp
from langgraph_nb.store.base.namespaces import fixed_prefix, listed
from langgraph_nb.store.documents import MINUTE, Documents, as_labels, as_text, as_time, below
from langgraph_nb.store.encryption import Keeping
from langgraph_nb.store.index import Embedded
from langgraph_nb.store.sqlite import schema
from langgraph_nb.store.sqlite.nearest import Nearest, as_blob
from langgraph_nb.store.vectors import Vector

_AT_ONCE, _MORE = 32, 4
"""How many of the nearest items are looked up at first, and how many times as many when those are not enough."""


class _Row(NamedTuple):
    """A row of ``nb_items`` as it is read."""

    id: int
    namespace: str
    key: str
    value: str
    created: float
    updated: float
    ttl: float | None


Found = tuple[_Row, float | None]
"""A row, and how near it is."""


class Batch:
    """Does operations, one by one.

    Args:
        connection: In a transaction, one that may write if there is something to write.
        now: Seconds since 1970.
        embedded: The vectors of what is looked for.
        nearest: Ranks items.
        load: Makes a document of its JSON.
        keeping: Opens and closes documents.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        now: float,
        embedded: Embedded,
        nearest: Nearest,
        load: Callable[[str], dict[str, Any]],
        keeping: Keeping,
    ) -> None:
        self.used: list[int] = []
        """Items whose time begins anew."""
        self._connection = connection
        self._now = now
        self._queries = embedded.queries
        self._nearest = nearest
        self._load = load
        self._keeping = keeping

    def read(self, op: Op) -> Result:
        """What an operation finds; nothing for one that writes."""
        if isinstance(op, GetOp):
            return self._get(op)
        if isinstance(op, SearchOp):
            return self._search(op)
        return self._namespaces(op) if isinstance(op, ListNamespacesOp) else None

    def write(self, op: PutOp, documents: Documents, vectors: list[Vector]) -> None:
        """Store or delete an item."""
        one: dict[str, Any] = {"namespace": as_text(op.namespace), "key": op.key, "now": self._now}
        created = self._connection.execute(schema.CREATED, one).fetchone() or (self._now,)
        self._connection.execute(schema.DELETE, one)
        if op.value is None:
            return
        expires = None if op.ttl is None else self._now + op.ttl * MINUTE
        put = self._connection.execute(schema.PUT, {
            **one, "value": self._keeping.close(documents[op.namespace, op.key], one["namespace"], op.key),
            "created": created[0], "updated": self._now, "ttl": op.ttl, "expires": expires,
        })  # fmt: skip
        self._connection.executemany(schema.PUT_VECTOR, [(put.lastrowid, as_blob(vector)) for vector in vectors])

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Have the time of the items that were read begin anew."""
        connection.executemany(schema.REFRESH, [(self._now, number) for number in self.used])

    # -- reading --

    def _row(self, found: Any) -> _Row:
        row = _Row(*found)
        return row._replace(value=self._keeping.open(row.value, row.namespace, row.key))

    def _get(self, op: GetOp) -> Item | None:
        one = {"namespace": as_text(op.namespace), "key": op.key, "now": self._now}
        found = self._connection.execute(schema.GET, one).fetchone()
        if found is None:
            return None
        row = self._row(found)
        self._use(row, op.refresh_ttl)
        created, updated = as_time(row.created), as_time(row.updated)
        value = self._load(row.value)
        return Item(value=value, key=row.key, namespace=op.namespace, created_at=created, updated_at=updated)

    def _search(self, op: SearchOp) -> list[SearchItem]:
        stop = None if op.limit < 0 else op.offset + op.limit
        items = []
        for row, score in [*islice(self._found(op), op.offset, stop)]:  # first: an error leaves nothing half read
            self._use(row, op.refresh_ttl)
            place, value = as_labels(row.namespace), self._load(row.value)
            items.append(SearchItem(place, row.key, value, as_time(row.created), as_time(row.updated), score))
        return items

    def _found(self, op: SearchOp) -> Iterator[Found]:
        query = self._queries.get(op.query or "")
        if query is not None:
            rows = self._near(op, query)
        else:
            every = self._connection.execute(schema.FIND, self._place(op.namespace_prefix))
            rows = ((self._row(row), None) for row in every)
        if not op.filter:
            return rows
        # The filter's keys and values are compared here, never made into SQL.
        return ((row, score) for row, score in rows if self._keeping.passes(row.value, op.filter))

    def _near(self, op: SearchOp, query: Vector) -> Iterator[Found]:
        """The items below a namespace that have vectors, the nearest first."""
        place = self._place(op.namespace_prefix)
        ranked, seen, size = self._nearest.ranked(self._connection, query, place), set[int](), _AT_ONCE
        while some := dict(_first_times(islice(ranked, size), seen)):
            wanted = {"ids": json.dumps(list(some)), "now": self._now}
            rows = {row[0]: self._row(row) for row in self._connection.execute(schema.GET_MANY, wanted)}
            yield from ((rows[number], score) for number, score in some.items() if number in rows)
            size *= _MORE

    def _namespaces(self, op: ListNamespacesOp) -> list[tuple[str, ...]]:
        found = self._connection.execute(schema.NAMESPACES, self._place(fixed_prefix(op)))
        return listed((as_labels(name) for (name,) in found), op)

    def _place(self, prefix: tuple[str, ...]) -> dict[str, Any]:
        low, high = below(prefix)
        return {"low": low, "high": high, "now": self._now}

    def _use(self, row: _Row, refresh: bool) -> None:
        if refresh and row.ttl is not None:
            self.used.append(row.id)


def _first_times(ranked: Iterator[tuple[int, float]], seen: set[int]) -> Iterator[tuple[int, float]]:
    """Each item once, with the best of its scores."""
    for number, score in ranked:
        if number not in seen:
            seen.add(number)
            yield number, score
