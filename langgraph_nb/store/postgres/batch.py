"""What is asked of PostgreSQL, and what is made of its answers. Knows no connection: whoever has one sends the answers.

Each function is a generator: it yields (statement, parameters), and is sent the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from langgraph_nb.checkpoint.postgres.connections import Asking, Named
from langgraph_nb.checkpoint.serde.base import UnstorableValue
from langgraph_nb.checkpoint.sqlite.database import NewerFormatError
from langgraph_nb.store.base import GetOp, Item, ListNamespacesOp, Op, PutOp, Result, SearchItem, SearchOp
from langgraph_nb.store.base.namespaces import fixed_prefix, listed
from langgraph_nb.store.documents import Documents, as_labels, as_text, below, dump
from langgraph_nb.store.encryption import Keeping
from langgraph_nb.store.index import Embedded, TextIndex, last_puts
from langgraph_nb.store.postgres import schema
from langgraph_nb.store.postgres.filters import Conditions
from langgraph_nb.store.vectors import Vector

_AT_ONCE = 500
"""Documents that get another key in one transaction."""


@dataclass(frozen=True)
class Batch:
    """Operations with what was made ready for them."""

    ops: list[Op]
    documents: Documents
    embedded: Embedded
    index: TextIndex
    vectors: schema.VectorStatements | None
    load: Callable[[bytes], dict[str, Any]]
    now: datetime
    keeping: Keeping

    def ask(self) -> Asking:
        """Do all of it: first the reads, then the writes."""
        results: list[Result] = [None] * len(self.ops)
        used: list[int] = []
        yield from self._get(results, used)
        for place, op in enumerate(self.ops):
            if isinstance(op, SearchOp):
                results[place] = yield from self._search(op, used)
            elif isinstance(op, ListNamespacesOp):
                low, high = below(fixed_prefix(op))
                found = yield schema.NAMESPACES, {"low": low, "high": high, "now": self.now}
                results[place] = listed((as_labels(name) for (name,) in found), op)
        yield from self._delete()
        yield from self._put()
        if used:
            yield schema.REFRESH, {"ids": sorted(set(used)), "now": self.now}
        return results

    def _get(self, results: list[Result], used: list[int]) -> Asking:
        gets = [(place, op) for place, op in enumerate(self.ops) if isinstance(op, GetOp)]
        if not gets:
            return
        rows = yield schema.GET, {**_names(op for _, op in gets), "now": self.now}
        for number, *row in rows:
            place, op = gets[number - 1]
            results[place] = self._item(row)
            self._use(row, op.refresh_ttl, used)

    def _search(self, op: SearchOp, used: list[int]) -> Asking:
        low, high = below(op.namespace_prefix)
        asked = op
        if self.keeping.hides and op.filter:  # what is encrypted is looked at here
            asked = op._replace(filter=None, limit=-1, offset=0)
        wanted = Conditions(asked.filter)
        place = {"low": low, "high": high, "now": self.now, **wanted.parameters}
        query = self.embedded.queries.get(op.query or "")
        if query is None or self.vectors is None:
            limit = None if asked.limit < 0 else asked.limit
            sql = schema.FIND.format(conditions=wanted.sql)
            rows = yield sql, {**place, "limit": limit, "offset": max(asked.offset, 0)}
        else:
            sql = self.vectors.nearest.format(conditions=wanted.sql)
            rows = yield from self._nearest(asked, sql, {**place, "query": _as_text(query)})
        if asked is not op:
            fitting = [row for row in rows if self.keeping.passes(self._text(row), op.filter)]
            rows = fitting[max(op.offset, 0) :][: None if op.limit < 0 else op.limit]
        found = []
        for row in rows:
            self._use(row, op.refresh_ttl, used)
            found.append(self._search_item(row, row[-1]))
        return found

    def _nearest(self, op: SearchOp, sql: str, place: Named) -> Asking:
        """Rows of different items, the nearest first. An item has a row for each of its vectors, so ask until there are
        enough."""
        assert self.vectors is not None
        if self.vectors.go_on:
            yield self.vectors.go_on, {}
        wanted = None if op.limit < 0 else op.offset + op.limit
        limit = None if wanted is None else 2 * wanted
        while True:
            rows = yield sql, {**place, "limit": limit}
            items = {row[0]: row for row in reversed(rows)}  # of several, the first
            if wanted is None or limit is None or len(items) >= wanted or len(rows) < limit:
                break
            limit *= 4
        cosine = (self.index.config or {}).get("distance_type", "cosine") == "cosine"
        scored = [(*row[:-1], _score(row[-1], cosine)) for row in items.values()]
        return sorted(scored, key=lambda row: (-row[-1], row[0]))[op.offset : wanted]

    def _delete(self) -> Asking:
        if gone := [op for op in last_puts(self.ops) if op.value is None]:
            yield schema.DELETE, _names(gone)

    def _put(self) -> Asking:
        puts = {(as_text(op.namespace), op.key): op for op in last_puts(self.ops) if op.value is not None}
        if not puts:
            return
        rows = yield schema.PUT, {
            **_names(puts.values()), "values": [self._kept(*place, op) for place, op in puts.items()],
            "ttls": [op.ttl for op in puts.values()], "now": self.now,
        }  # fmt: skip
        if self.vectors is None:
            return
        yield schema.DELETE_VECTORS, {"ids": [number for number, *_ in rows]}
        texts = [(n, text) for n, namespace, key in rows for text in self.index.texts(puts[namespace, key])]
        if texts:
            vectors = [_as_text(self.embedded.texts[text]) for _, text in texts]
            yield self.vectors.put, {"items": [number for number, _ in texts], "vectors": vectors}

    # -- rows --

    def _item(self, row: Any) -> Item:
        _, namespace, key, _, created, updated, _ = row
        return Item(value=self._value(row), key=key, namespace=as_labels(namespace), created_at=_utc(created),
                    updated_at=_utc(updated))  # fmt: skip

    def _search_item(self, row: Any, score: float | None) -> SearchItem:
        _, namespace, key, _, created, updated, *_ = row
        return SearchItem(as_labels(namespace), key, self._value(row), _utc(created), _utc(updated), score)

    def _value(self, row: Any) -> dict[str, Any]:
        return self.load(self._text(row).encode())

    def _text(self, row: Any) -> str:
        _, namespace, key, value, *_ = row
        return self.keeping.open_json(value, namespace, key)

    def _kept(self, namespace: str, key: str, op: PutOp) -> str:
        return self.keeping.close_as_json(self.documents[op.namespace, op.key], namespace, key)

    def _use(self, row: Any, refresh: bool, used: list[int]) -> None:
        if refresh and row[6] is not None:
            used.append(row[0])


def set_up(vectors: schema.VectorStatements | None) -> Asking:
    """Make what tables there are not."""
    yield schema.ONE_AT_A_TIME, {}
    yield schema.FORMAT_TABLE, {}
    ((version,),) = yield schema.READ_FORMAT, {}
    refuse_newer(version)
    for statement in (*schema.TABLES, *(vectors.tables if vectors else ())):
        yield statement, {}
    if version is None:
        yield schema.WRITE_FORMAT, {"version": schema.FORMAT}


def refuse_newer(version: int | None) -> None:
    """Raise ``NewerFormatError`` for a version of a later release."""
    if version is not None and version > schema.FORMAT:
        raise NewerFormatError(
            f"The database has stores of format {version}, written by a newer langgraph-nb; this version reads up to "
            f"format {schema.FORMAT}. Update langgraph-nb: pip install -U langgraph-nb"
        )


def sweep(now: datetime) -> Asking:
    """Take out what is past its time, and return how many items that were."""
    ((count,),) = yield schema.SWEEP, {"now": now}
    return count


def rotate(keeping: Keeping, last: int) -> Asking:
    """Close the next documents anew. Returns the number of the last one, and how many they are."""
    rows = yield schema.SOME, {"last": last, "limit": _AT_ONCE}
    opened = [(number, ns, key, keeping.open_json(value, ns, key)) for number, ns, key, value in rows]
    values = [keeping.close_as_json(text, ns, key) for _, ns, key, text in opened]
    yield schema.REPLACE, {"ids": [number for number, *_ in rows], "values": values}
    return (rows[-1][0] if rows else last), len(rows)


def count_encrypted() -> Asking:
    """How many documents are encrypted, and how many there are. Sets nothing up."""
    ((version,),) = yield schema.READ_FORMAT, {}
    refuse_newer(version)
    ((encrypted, every),) = yield schema.HOW_MANY_ENCRYPTED, {}
    return encrypted, every


def dump_for_postgres(document: Mapping[str, Any]) -> str:
    """A document as JSON. PostgreSQL compares no text with a NUL or half of a pair of surrogates in it."""
    text = dump(document)
    if "\\u" in text:
        _check_texts(document, ())
    return text


def _check_texts(value: Any, path: tuple[Any, ...]) -> None:
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise UnstorableValue(f"the text {value!r}", "PostgreSQL has no NUL and no halves of surrogates.", path)
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        _check_texts(key, path)
        _check_texts(item, (*path, key))


def _names(ops: Any) -> dict[str, list[str]]:
    pairs = [(as_text(op.namespace), op.key) for op in ops]
    return {"namespaces": [namespace for namespace, _ in pairs], "keys": [key for _, key in pairs]}


def _as_text(vector: Vector) -> str:
    return f"[{','.join(repr(float(number)) for number in vector)}]"


def _score(distance: float, cosine: bool) -> float:
    if distance != distance:  # the angle of a vector of nothing but zeros
        return 0.0
    return 1 - distance if cosine else -distance


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)
