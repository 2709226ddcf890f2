"""The tables of an SQLite database of threads, and the statements on them. Knows no connection and no values.

``nb_format``       one row: the version of this layout.
``nb_checkpoints``  one row a checkpoint. ``head`` is the checkpoint without its channels' values; ``blobs`` holds, for
                    each channel, its value if that is small, or else which row of ``nb_blobs`` has it.
``nb_blobs``        one row for each value that a channel ever had and that is not small. A checkpoint writes rows for
                    the channels that changed and shares the others with its parent. Rows are found by number, not by
                    channel and version: two forks of one checkpoint may give a channel the same version and different
                    values.
``nb_writes``       what tasks wrote, pending on a checkpoint.
``nb_graphs``       one row for each shape of a graph that made checkpoints here (``shapes``).

The names do not collide with those that LangGraph uses, so one file can hold both.
"""

from __future__ import annotations

from typing import Final

from langgraph_nb.checkpoint.sqlite import shapes
from langgraph_nb.checkpoint.sqlite.database import Layout

FORMAT: Final = 1

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS nb_checkpoints (
        thread_id TEXT NOT NULL,
        checkpoint_ns TEXT NOT NULL,
        checkpoint_id TEXT NOT NULL,
        parent_id TEXT,
        run_id TEXT,
        head_type TEXT NOT NULL,
        head BLOB NOT NULL,
        metadata_type TEXT NOT NULL,
        metadata BLOB NOT NULL,
        blobs BLOB NOT NULL,
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS nb_blobs (
        id INTEGER PRIMARY KEY,
        type TEXT NOT NULL,
        data BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS nb_writes (
        thread_id TEXT NOT NULL,
        checkpoint_ns TEXT NOT NULL,
        checkpoint_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        idx INTEGER NOT NULL,
        task_path TEXT NOT NULL,
        channel TEXT NOT NULL,
        type TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
    ) WITHOUT ROWID
    """,
)

LAYOUT = Layout("saver", "nb_format", FORMAT, (*_TABLES, shapes.TABLE))

# -- one checkpoint --

_ROW = "thread_id, checkpoint_ns, checkpoint_id, parent_id, head_type, head, metadata_type, metadata, blobs"
_WHERE_SPACE = "thread_id = ? AND checkpoint_ns = ?"
_WHERE_ONE = f"{_WHERE_SPACE} AND checkpoint_id = ?"

PUT_CHECKPOINT = """
    INSERT OR REPLACE INTO nb_checkpoints
        (thread_id, checkpoint_ns, checkpoint_id, parent_id, run_id, head_type, head, metadata_type, metadata, blobs)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
LAST_BLOB = "SELECT max(id) FROM nb_blobs"
PUT_BLOB = "INSERT INTO nb_blobs (id, type, data) VALUES (?, ?, ?)"
_PUT_WRITE = """
    INTO nb_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, task_path, channel, type, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
KEEP_WRITE = "INSERT OR IGNORE" + _PUT_WRITE
REPLACE_WRITE = "INSERT OR REPLACE" + _PUT_WRITE

BLOBS_OF = f"SELECT blobs FROM nb_checkpoints WHERE {_WHERE_ONE}"
GET_ONE = f"SELECT {_ROW} FROM nb_checkpoints WHERE {_WHERE_ONE}"
GET_LATEST = f"SELECT {_ROW} FROM nb_checkpoints WHERE {_WHERE_SPACE} ORDER BY checkpoint_id DESC LIMIT 1"
GET_BLOBS = "SELECT id, type, data FROM nb_blobs WHERE id IN (SELECT value FROM json_each(?))"

# -- many: the wanted addresses are one bound JSON array of [thread, namespace, checkpoint] --

FIND = """
    SELECT thread_id, checkpoint_ns, checkpoint_id, metadata_type, metadata FROM nb_checkpoints
    WHERE (:thread_id IS NULL OR thread_id = :thread_id) AND (:ns IS NULL OR checkpoint_ns = :ns)
        AND (:checkpoint_id IS NULL OR checkpoint_id = :checkpoint_id)
        AND (:before IS NULL OR checkpoint_id < :before)
    ORDER BY checkpoint_id DESC
"""
FIND_IN_THREAD = FIND.replace("(:thread_id IS NULL OR thread_id = :thread_id)", "thread_id = :thread_id")
FIND_IN_SPACE = FIND_IN_THREAD.replace("(:ns IS NULL OR checkpoint_ns = :ns)", "checkpoint_ns = :ns")

_WANTED = """
    FROM json_each(?) AS wanted CROSS JOIN {table} AS t
    WHERE t.thread_id = json_extract(wanted.value, '$[0]') AND t.checkpoint_ns = json_extract(wanted.value, '$[1]')
        AND t.checkpoint_id = json_extract(wanted.value, '$[2]')
"""
GET_MANY = f"SELECT {_ROW}" + _WANTED.format(table="nb_checkpoints") + "ORDER BY wanted.key"
GET_WRITES = (
    "SELECT wanted.key, t.task_id, t.channel, t.type, t.data"
    + _WANTED.format(table="nb_writes")
    + "ORDER BY wanted.key, t.task_path, t.task_id, t.idx"
)

# -- whole threads --

IDS_AND_BLOBS = "SELECT checkpoint_ns, checkpoint_id, blobs FROM nb_checkpoints WHERE thread_id = ?"
THREADS_OF_RUNS = """
    SELECT DISTINCT thread_id FROM nb_checkpoints WHERE run_id IN (SELECT value FROM json_each(?))
"""
IDS_OF_RUNS = """
    SELECT checkpoint_ns, checkpoint_id FROM nb_checkpoints
    WHERE thread_id = ? AND run_id IN (SELECT value FROM json_each(?))
"""
DELETE_CHECKPOINT = f"DELETE FROM nb_checkpoints WHERE {_WHERE_ONE}"
DELETE_WRITES = f"DELETE FROM nb_writes WHERE {_WHERE_ONE}"
DELETE_BLOBS = "DELETE FROM nb_blobs WHERE id IN (SELECT value FROM json_each(?))"
DELETE_THREAD = (
    "DELETE FROM nb_checkpoints WHERE thread_id = ?",
    "DELETE FROM nb_writes WHERE thread_id = ?",
)
COPY_BLOB = "INSERT INTO nb_blobs (id, type, data) SELECT ?, type, data FROM nb_blobs WHERE id = ?"
COPY_CHECKPOINT = f"""
    INSERT INTO nb_checkpoints
        (thread_id, checkpoint_ns, checkpoint_id, parent_id, run_id, head_type, head, metadata_type, metadata, blobs)
    SELECT ?, checkpoint_ns, checkpoint_id, parent_id, run_id, head_type, head, metadata_type, metadata, ?
    FROM nb_checkpoints WHERE {_WHERE_ONE}
"""
COPY_WRITES = """
    INSERT INTO nb_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, idx, task_path, channel, type, data)
    SELECT ?, checkpoint_ns, checkpoint_id, task_id, idx, task_path, channel, type, data
    FROM nb_writes WHERE thread_id = ?
"""
