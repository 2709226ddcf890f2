"""The tables of a PostgreSQL database of documents, and the statements on them. Knows no connection and no values.

``nb_store_format``   one row: the version of this layout.
``nb_items``          one row an item. ``written`` says in what order items were written. ``value`` is ``json``, not
                      ``jsonb``, which would make another number of ``1e22`` and ``-0.0``. Encrypted documents are
                      texts, which no document is.
``nb_item_vectors``   one row for each text of an item that searches by meaning compare; there with an index only.

A namespace is one text in which each label is followed by a period: what is below it is a range of an index.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from langgraph_nb.errors import did_you_mean
from langgraph_nb.store.postgres.config import PostgresIndexConfig

FORMAT: Final = 1

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7237123168)"  # nobody else sets up this database meanwhile
FORMAT_TABLE = "CREATE TABLE IF NOT EXISTS nb_store_format (version INTEGER NOT NULL)"
READ_FORMAT = "SELECT max(version) FROM nb_store_format"
WRITE_FORMAT = "INSERT INTO nb_store_format (version) VALUES (%(version)s)"
TABLES = (
    "CREATE SEQUENCE IF NOT EXISTS nb_items_written",
    """
    CREATE TABLE IF NOT EXISTS nb_items (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        namespace TEXT COLLATE "C" NOT NULL,
        key TEXT COLLATE "C" NOT NULL,
        value JSON NOT NULL,
        created TIMESTAMPTZ NOT NULL,
        updated TIMESTAMPTZ NOT NULL,
        written BIGINT NOT NULL DEFAULT nextval('nb_items_written'),
        ttl DOUBLE PRECISION,
        expires TIMESTAMPTZ,
        UNIQUE (namespace, key)
    )
    """,
    "CREATE INDEX IF NOT EXISTS nb_items_expires ON nb_items (expires) WHERE expires IS NOT NULL",
)

_ROW = "i.id, i.namespace, i.key, i.value::text, i.created, i.updated, i.ttl"
_LIVE = "(i.expires IS NULL OR i.expires > %(now)s)"
_BELOW = "i.namespace >= %(low)s AND i.namespace < %(high)s"

GET = f"""
    SELECT wanted.place, {_ROW} FROM nb_items AS i
    JOIN unnest(%(namespaces)s::text[], %(keys)s::text[]) WITH ORDINALITY AS wanted (namespace, key, place)
    ON i.namespace = wanted.namespace AND i.key = wanted.key WHERE {_LIVE}
"""
PUT = """
    INSERT INTO nb_items AS i (namespace, key, value, created, updated, ttl, expires)
    SELECT namespace, key, value::json, %(now)s, %(now)s, ttl, %(now)s + ttl * interval '1 minute'
    FROM unnest(%(namespaces)s::text[], %(keys)s::text[], %(values)s::text[], %(ttls)s::float8[])
        AS new (namespace, key, value, ttl)
    ORDER BY namespace COLLATE "C", key COLLATE "C"
    ON CONFLICT (namespace, key) DO UPDATE SET
        value = excluded.value, updated = excluded.updated, written = excluded.written, ttl = excluded.ttl,
        expires = excluded.expires, created = CASE WHEN i.expires <= %(now)s THEN excluded.created ELSE i.created END
    RETURNING id, namespace, key
"""
DELETE = """
    DELETE FROM nb_items AS i USING unnest(%(namespaces)s::text[], %(keys)s::text[]) AS gone (namespace, key)
    WHERE i.namespace = gone.namespace AND i.key = gone.key
"""
REFRESH = "UPDATE nb_items SET expires = %(now)s + ttl * interval '1 minute' WHERE id = ANY(%(ids)s)"
SWEEP = "WITH gone AS (DELETE FROM nb_items WHERE expires <= %(now)s RETURNING 1) SELECT count(*) FROM gone"
HOW_MANY_ENCRYPTED = "SELECT count(*) FILTER (WHERE json_typeof(value) = 'string'), count(*) FROM nb_items"
SOME = """
    SELECT id, namespace, key, value::text FROM nb_items WHERE id > %(last)s ORDER BY id LIMIT %(limit)s FOR UPDATE
"""
REPLACE = """
    UPDATE nb_items AS i SET value = new.value::json
    FROM unnest(%(ids)s::bigint[], %(values)s::text[]) AS new (id, value) WHERE i.id = new.id
"""
NAMESPACES = f"SELECT DISTINCT i.namespace FROM nb_items AS i WHERE {_BELOW} AND {_LIVE}"
FIND = f"""
    SELECT {_ROW}, NULL FROM nb_items AS i WHERE {_BELOW} AND {_LIVE} AND {{conditions}}
    ORDER BY i.written DESC LIMIT %(limit)s OFFSET %(offset)s
"""

# -- vectors --

_OPERATORS = {"cosine": "<=>", "l2": "<->", "inner_product": "<#>"}
_CLASSES = {"cosine": "cosine_ops", "l2": "l2_ops", "inner_product": "ip_ops"}
_NUMBERS = {"hnsw": {"m": "m", "ef_construction": "ef_construction"}, "ivfflat": {"nlist": "lists", "lists": "lists"}}
_GO_ON = {"hnsw": "strict_order", "ivfflat": "relaxed_order"}
DELETE_VECTORS = "DELETE FROM nb_item_vectors WHERE item = ANY(%(ids)s)"


class VectorStatements(NamedTuple):
    """The statements for vectors, as an index is configured. Only what a table here has, and numbers, get into them."""

    tables: tuple[str, ...]
    put: str
    nearest: str
    go_on: str | None
    """Has an index look further when too few of what it found are wanted; for pgvector from 0.8 on."""


def vector_statements(config: PostgresIndexConfig) -> VectorStatements:
    """Raises ``ValueError`` for what pgvector does not have.

    Example:
        >>> vector_statements({"dims": 3, "ann_index_config": {"kind": "flt"}})
        Traceback (most recent call last):
            ...
        ValueError: There is no kind 'flt' of an index. Did you mean 'flat'?
    """
    index: dict[str, Any] = {**config.get("ann_index_config", {})}
    kind = _known("kind", index.get("kind", "hnsw"), [*_NUMBERS, "flat"])
    of = _known("vector_type", index.get("vector_type", "vector"), ["vector", "halfvec"])
    distance = _known("distance_type", config.get("distance_type", "cosine"), [*_OPERATORS])
    dims = int(config["dims"])
    numbers = [f"{name} = {int(index[key])}" for key, name in _NUMBERS.get(kind, {}).items() if key in index]
    table = f"""
        CREATE TABLE IF NOT EXISTS nb_item_vectors (
            item BIGINT NOT NULL REFERENCES nb_items (id) ON DELETE CASCADE,
            vector {of}({dims}) NOT NULL
        )
    """
    by_item = "CREATE INDEX IF NOT EXISTS nb_item_vectors_item ON nb_item_vectors (item)"
    by_vector = (
        f"CREATE INDEX IF NOT EXISTS nb_item_vectors_{kind} ON nb_item_vectors "
        f"USING {kind} (vector {of}_{_CLASSES[distance]})" + (f" WITH ({', '.join(numbers)})" if numbers else "")
    )
    tables = ("CREATE EXTENSION IF NOT EXISTS vector", table, by_item)
    return VectorStatements(
        tables if kind == "flat" else (*tables, by_vector),
        f"INSERT INTO nb_item_vectors (item, vector) "
        f"SELECT item, vector::{of} FROM unnest(%(items)s::bigint[], %(vectors)s::text[]) AS new (item, vector)",
        f"SELECT {_ROW}, v.vector {_OPERATORS[distance]} %(query)s::{of}({dims}) AS distance "
        f"FROM nb_item_vectors AS v JOIN nb_items AS i ON i.id = v.item "
        f"WHERE {_BELOW} AND {_LIVE} AND {{conditions}} ORDER BY distance LIMIT %(limit)s",
        None if kind == "flat" else (
            f"SELECT set_config('{kind}.iterative_scan', '{_GO_ON[kind]}', true) FROM pg_extension "
            f"WHERE extname = 'vector' AND string_to_array(extversion, '.')::int[] >= '{{0,8}}'"
        ),
    )  # fmt: skip


def _known(name: str, given: Any, known: list[str]) -> str:
    if given not in known:
        raise ValueError(f"There is no {name} {given!r} of an index. {did_you_mean(str(given), known)}")
    return str(given)
