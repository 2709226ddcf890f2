"""The tables of an SQLite database of threads, and the statements on them. Knows no connection and no values.

What the tables hold is said in ``checkpoint/rows/__init__.py``; here is how SQLite keeps them. Rows of checkpoints and
of writes are found by their keys and are mostly short: they are the index themselves. Blobs are long, and an index
with long rows wastes much of each page: they have an index beside them.

``nb_format``  one row: the version of this layout.
``nb_graphs``  one row for each shape of a graph that made checkpoints here (``shapes``).

The names do not collide with those that LangGraph uses, so one file can hold both.
"""

from __future__ import annotations

from typing import Final

from langgraph_nb.checkpoint.rows.places import FORMAT
from langgraph_nb.checkpoint.rows.repair import TABLES
from langgraph_nb.checkpoint.sqlite import claims, shapes
from langgraph_nb.checkpoint.sqlite.database import Layout

_TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS nb_spaces (
        space INTEGER PRIMARY KEY,
        thread_id TEXT NOT NULL,
        checkpoint_ns TEXT NOT NULL,
        UNIQUE (thread_id, checkpoint_ns)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS nb_checkpoints (
        space INTEGER NOT NULL,
        id TEXT NOT NULL,
        parent_id TEXT,
        run_id TEXT,
        body BLOB NOT NULL,
        PRIMARY KEY (space, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS nb_blobs (
        space INTEGER NOT NULL,
        n INTEGER NOT NULL,
        upto INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (space, n, upto)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS nb_writes (
        space INTEGER NOT NULL,
        id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (space, id, task_id)
    ) WITHOUT ROWID
    """,
    claims.TABLE,
)

LAYOUT: Final = Layout("saver", "nb_format", FORMAT, (*_TABLES, shapes.TABLE))

# -- spaces --

ADD_SPACE = "INSERT INTO nb_spaces (thread_id, checkpoint_ns) VALUES (?, ?) RETURNING space"
SPACE = "SELECT space FROM nb_spaces WHERE thread_id = ? AND checkpoint_ns = ?"
SPACES = """
    SELECT space, thread_id, checkpoint_ns FROM nb_spaces
    WHERE (:thread_id IS NULL OR thread_id = :thread_id) AND (:ns IS NULL OR checkpoint_ns = :ns)
"""
SPACES_OF_RUNS = """
    SELECT space, thread_id, checkpoint_ns FROM nb_spaces WHERE space IN
        (SELECT DISTINCT space FROM nb_checkpoints WHERE run_id IN (SELECT value FROM json_each(?)))
"""

RECENT = """
    SELECT thread_id FROM nb_spaces WHERE checkpoint_ns = ''
    ORDER BY (SELECT max(id) FROM nb_checkpoints AS c WHERE c.space = nb_spaces.space) DESC LIMIT ?
"""

# -- one space: damage may make a text or a number of what is sealed, which is to be read as bytes all the same --

_ROW = "SELECT id, parent_id, run_id, CAST(body AS BLOB) FROM nb_checkpoints WHERE space = ?"
NEWEST = "SELECT max(id) FROM nb_checkpoints WHERE space = ?"
BACK = f"{_ROW} ORDER BY id DESC"
BACK_FROM = f"{_ROW} AND id <= ? ORDER BY id DESC"
BACK_BEFORE = f"{_ROW} AND id < ? ORDER BY id DESC"
AFTER = f"{_ROW} AND id > ? ORDER BY id LIMIT 1"
ALL = f"{_ROW} ORDER BY id"
OUTLINE = "SELECT id, parent_id FROM nb_checkpoints WHERE space = ? ORDER BY id"
PUT_CHECKPOINT = "INSERT OR REPLACE INTO nb_checkpoints (space, id, parent_id, run_id, body) VALUES (?, ?, ?, ?, ?)"
DELETE_CHECKPOINT = "DELETE FROM nb_checkpoints WHERE space = ? AND id = ?"

LAST_BLOB = "SELECT max(n) FROM nb_blobs WHERE space = ?"
END_OF_LIST = "SELECT max(upto) FROM nb_blobs WHERE space = ? AND n = ?"
PUT_BLOB = "INSERT INTO nb_blobs (space, n, upto, data) VALUES (?, ?, ?, ?)"
BLOBS = """
    SELECT b.n, b.upto, CAST(b.data AS BLOB) FROM json_each(?) AS span CROSS JOIN nb_blobs AS b
    WHERE b.space = ? AND b.n = json_extract(span.value, '$[0]')
        AND b.upto BETWEEN json_extract(span.value, '$[1]') AND json_extract(span.value, '$[2]')
    ORDER BY b.n, b.upto
"""
BLOB_KEYS = "SELECT n, upto FROM nb_blobs WHERE space = ?"
ALL_BLOBS = "SELECT n, upto, CAST(data AS BLOB) FROM nb_blobs WHERE space = ? ORDER BY n, upto"
DELETE_BLOB = "DELETE FROM nb_blobs WHERE space = ? AND n = ? AND upto = ?"

TASKS = "SELECT id, task_id, CAST(body AS BLOB) FROM nb_writes WHERE space = ? AND id BETWEEN ? AND ?"
TASKS_FROM = "SELECT id, task_id FROM nb_writes WHERE space = ? AND id >= ?"
ALL_TASKS = "SELECT id, task_id, CAST(body AS BLOB) FROM nb_writes WHERE space = ?"
PUT_TASKS = "INSERT OR REPLACE INTO nb_writes (space, id, task_id, body) VALUES (?, ?, ?, ?)"
DELETE_TASKS = "DELETE FROM nb_writes WHERE space = ? AND id = ?"

# -- damage --

DAMAGED_TABLE = """
    CREATE TABLE IF NOT EXISTS nb_damaged (
        found_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
        table_name TEXT NOT NULL,
        thread_id TEXT,
        checkpoint_ns TEXT,
        columns TEXT NOT NULL,
        body BLOB
    )
"""
PUT_ASIDE = "INSERT INTO nb_damaged (table_name, thread_id, checkpoint_ns, columns, body) VALUES (?, ?, ?, ?, ?)"
ORPHANS = "SELECT {columns}, space FROM {table} WHERE space NOT IN (SELECT space FROM nb_spaces)"
TAKE = "DELETE FROM {table} WHERE space = ? AND {condition} RETURNING {columns}"
TAKE_ORPHANS = "DELETE FROM {table} WHERE space NOT IN (SELECT space FROM nb_spaces)"


def columns_of(table: str) -> str:
    """Its columns, the sealed one as bytes."""
    *names, sealed = TABLES[table]
    return ", ".join([*names, f"CAST({sealed} AS BLOB)"])


# -- whole spaces --

DELETE_SPACE = tuple(
    f"DELETE FROM {table} WHERE space = ?" for table in ("nb_checkpoints", "nb_blobs", "nb_writes", "nb_spaces")
)
