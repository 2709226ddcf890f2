"""The tables of an SQLite database of documents, and the statements on them. Knows no connection and no values.

``nb_store_format``   one row: the version of this layout.
``nb_items``          one row an item, whose value is JSON, or bytes where that is encrypted. Each write of an item
                      makes a new row with a higher number, so that the numbers say in what order items were written,
                      and what belongs to a number never changes.
``nb_item_vectors``   one row for each text of an item that searches by meaning compare: 32-bit numbers, one after the
                      other. They go when their item goes.

A namespace is one text in which each label is followed by a period: what is below it is a range of an index.
"""

from __future__ import annotations

from typing import Final

from langgraph_nb.checkpoint.sqlite.database import Layout

FORMAT: Final = 1

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS nb_items (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        namespace TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        ttl REAL,
        expires REAL,
        UNIQUE (namespace, key)
    )
    """,
    "CREATE INDEX IF NOT EXISTS nb_items_expires ON nb_items (expires) WHERE expires IS NOT NULL",
    """
    CREATE TABLE IF NOT EXISTS nb_item_vectors (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL,
        vector BLOB NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS nb_item_vectors_item ON nb_item_vectors (item)",
    """
    CREATE TRIGGER IF NOT EXISTS nb_item_is_gone AFTER DELETE ON nb_items
    BEGIN DELETE FROM nb_item_vectors WHERE item = old.id; END
    """,
)
LAYOUT = Layout("store", "nb_store_format", FORMAT, _TABLES)

# -- one item --

_ROW = "id, namespace, key, value, created, updated, ttl"
_LIVE = "(expires IS NULL OR expires > :now)"
_ONE = "namespace = :namespace AND key = :key"

GET = f"SELECT {_ROW} FROM nb_items WHERE {_ONE} AND {_LIVE}"
CREATED = f"SELECT created FROM nb_items WHERE {_ONE} AND {_LIVE}"
DELETE = f"DELETE FROM nb_items WHERE {_ONE}"
PUT = """
    INSERT INTO nb_items (namespace, key, value, created, updated, ttl, expires)
    VALUES (:namespace, :key, :value, :created, :updated, :ttl, :expires)
"""
PUT_VECTOR = "INSERT INTO nb_item_vectors (item, vector) VALUES (?, ?)"
REFRESH = "UPDATE nb_items SET expires = ? + ttl * 60 WHERE id = ? AND ttl IS NOT NULL"
SWEEP = "DELETE FROM nb_items WHERE expires <= ?"

# -- all, for another key --

HOW_MANY_ENCRYPTED = "SELECT count(*) FILTER (WHERE typeof(value) = 'blob'), count(*) FROM nb_items"
SOME = "SELECT id, namespace, key, value FROM nb_items WHERE id > ? ORDER BY id LIMIT ?"
REPLACE = "UPDATE nb_items SET value = ? WHERE id = ?"

# -- many --

_BELOW = "namespace >= :low AND namespace < :high"

FIND = f"SELECT {_ROW} FROM nb_items WHERE {_BELOW} AND {_LIVE} ORDER BY id DESC"
FIND_SOME = f"{FIND} LIMIT :limit OFFSET :offset"
NAMESPACES = f"SELECT DISTINCT namespace FROM nb_items WHERE {_BELOW} AND {_LIVE}"

# -- by meaning --

LAST_VECTOR = "SELECT seq FROM sqlite_sequence WHERE name = 'nb_item_vectors'"
NEW_VECTORS = """
    SELECT v.item, i.namespace, v.vector FROM nb_item_vectors AS v JOIN nb_items AS i ON i.id = v.item
    WHERE v.id > ? AND length(v.vector) = ? ORDER BY v.id
"""
GET_MANY = f"SELECT {_ROW} FROM nb_items WHERE id IN (SELECT value FROM json_each(:ids)) AND {_LIVE}"
NEAREST = f"""
    SELECT item, 1 - coalesce(vec_distance_cosine(vector, :query), 1) AS score FROM nb_item_vectors
    WHERE length(vector) = length(:query)
        AND item IN (SELECT id FROM nb_items WHERE {_BELOW} AND {_LIVE})
    ORDER BY score DESC, id
"""
VECTORS = f"""
    SELECT v.item, v.vector FROM nb_item_vectors AS v JOIN nb_items AS i ON i.id = v.item
    WHERE length(v.vector) = :size AND {_BELOW} AND {_LIVE} ORDER BY v.id
"""
