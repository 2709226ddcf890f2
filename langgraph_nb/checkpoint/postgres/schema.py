"""The tables of a PostgreSQL database of threads, and the statements on them. Knows no connection and no values.

What the tables hold is said in ``checkpoint/rows/__init__.py``. Here each space has a ``stamp`` too, which every
transaction changes that changes something in the space: who remembers what was there, and finds the stamp as it was,
remembers right.

``nb_format``  one row: the version of this layout.
``nb_graphs``  the shapes of graphs that made checkpoints here.
``nb_claims``  one row for each thread that was ever run: the token of the last run, the process it is or was in, since
               when, and how it ended.

The names do not collide with those that LangGraph uses, so one database can hold both. Texts that are compared have
the collation "C", in which ids sort by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

FORMAT: Final = 1

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7237123169)"  # nobody else sets up this database meanwhile
FORMAT_TABLE = "CREATE TABLE IF NOT EXISTS nb_format (version INTEGER NOT NULL)"
READ_FORMAT = "SELECT max(version) FROM nb_format"
WRITE_FORMAT = "INSERT INTO nb_format (version) VALUES (%(version)s)"
TABLES = (
    """
    CREATE TABLE IF NOT EXISTS nb_spaces (
        space BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        thread_id TEXT COLLATE "C" NOT NULL,
        checkpoint_ns TEXT COLLATE "C" NOT NULL,
        stamp BIGINT NOT NULL,
        UNIQUE (thread_id, checkpoint_ns)
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE IF NOT EXISTS nb_checkpoints (
        space BIGINT NOT NULL,
        id TEXT COLLATE "C" NOT NULL,
        parent_id TEXT,
        run_id TEXT,
        body BYTEA NOT NULL,
        PRIMARY KEY (space, id)
    )
    """,
    "CREATE INDEX IF NOT EXISTS nb_checkpoints_run ON nb_checkpoints (run_id) WHERE run_id IS NOT NULL",
    """
    CREATE TABLE IF NOT EXISTS nb_blobs (
        space BIGINT NOT NULL,
        n INTEGER NOT NULL,
        upto INTEGER NOT NULL,
        data BYTEA NOT NULL,
        PRIMARY KEY (space, n, upto)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS nb_writes (
        space BIGINT NOT NULL,
        id TEXT COLLATE "C" NOT NULL,
        task_id TEXT COLLATE "C" NOT NULL,
        body BYTEA NOT NULL,
        PRIMARY KEY (space, id, task_id)
    )
    """,
    "CREATE TABLE IF NOT EXISTS nb_graphs (fingerprint TEXT PRIMARY KEY, shape TEXT NOT NULL)",
    """
    CREATE TABLE IF NOT EXISTS nb_claims (
        thread_id TEXT COLLATE "C" PRIMARY KEY,
        token TEXT NOT NULL,
        holder TEXT NOT NULL,
        since DOUBLE PRECISION NOT NULL,
        ended TEXT NOT NULL
    ) WITH (fillfactor = 70)
    """,
)

# -- spaces --

OPEN_SPACE = """
    WITH found AS (
        SELECT space, stamp FROM nb_spaces WHERE thread_id = %(thread_id)s AND checkpoint_ns = %(ns)s
    ), made AS (
        INSERT INTO nb_spaces (thread_id, checkpoint_ns, stamp)
        SELECT %(thread_id)s, %(ns)s, 0 WHERE NOT EXISTS (SELECT FROM found)
        ON CONFLICT DO NOTHING RETURNING space, stamp
    )
    SELECT (SELECT max(version) FROM nb_format), space, stamp, false,
        (SELECT max(id) FROM nb_checkpoints AS c WHERE c.space = found.space),
        (SELECT max(n) FROM nb_blobs AS b WHERE b.space = found.space) FROM found
    UNION ALL SELECT (SELECT max(version) FROM nb_format), space, stamp, true, NULL, NULL FROM made
"""
LOCK_SPACE = "SELECT stamp FROM nb_spaces WHERE space = %(space)s FOR UPDATE"
SPACE = "SELECT space FROM nb_spaces WHERE thread_id = %(thread_id)s AND checkpoint_ns = %(ns)s"
SPACES = """
    SELECT space, thread_id, checkpoint_ns FROM nb_spaces
    WHERE (%(thread_id)s::text IS NULL OR thread_id = %(thread_id)s)
        AND (%(ns)s::text IS NULL OR checkpoint_ns = %(ns)s)
    ORDER BY thread_id, checkpoint_ns
"""
RECENT = """
    SELECT thread_id FROM nb_spaces WHERE checkpoint_ns = ''
    ORDER BY (SELECT max(id) FROM nb_checkpoints AS c WHERE c.space = nb_spaces.space) DESC NULLS LAST LIMIT %(limit)s
"""
LOCK_SPACES = SPACES + "FOR UPDATE"
SPACES_OF_RUNS = """
    SELECT space, thread_id, checkpoint_ns FROM nb_spaces
    WHERE space IN (SELECT space FROM nb_checkpoints WHERE run_id = ANY(%(runs)s)) ORDER BY thread_id, checkpoint_ns
    FOR UPDATE
"""
STAMP = "UPDATE nb_spaces SET stamp = %(stamp)s WHERE space = ANY(%(spaces)s)"
STAMPED = "SELECT 1 FROM nb_spaces WHERE stamp = %(stamp)s AND thread_id = ANY(%(threads)s)"
ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

# -- one space --

_ROW = "SELECT id, parent_id, run_id, body FROM nb_checkpoints WHERE space = %(space)s"
_BACK = """
    {row} AND {bound} AND id >= coalesce((
        SELECT max(id) FROM nb_checkpoints WHERE space = %(space)s AND parent_id IS NOT NULL AND id <= (
            SELECT min(id) FROM (
                SELECT id FROM nb_checkpoints WHERE space = %(space)s AND {bound} ORDER BY id DESC LIMIT %(count)s
            ) AS latest
        )
    ), '') ORDER BY id
"""
BACK = _BACK.format(row=_ROW, bound="true")
BACK_FROM = _BACK.format(row=_ROW, bound="id <= %(id)s")
BACK_BEFORE = _BACK.format(row=_ROW, bound="id < %(id)s")
AFTER = f"{_ROW} AND id > %(id)s ORDER BY id LIMIT 1"
ALL = f"{_ROW} ORDER BY id"
NEWEST = "SELECT max(id) FROM nb_checkpoints WHERE space = %(space)s"
OUTLINE = "SELECT id, parent_id FROM nb_checkpoints WHERE space = %(space)s ORDER BY id"
TASKS = "SELECT id, task_id, body FROM nb_writes WHERE space = %(space)s AND id BETWEEN %(first)s AND %(last)s"
TASKS_FROM = "SELECT id, task_id FROM nb_writes WHERE space = %(space)s AND id >= %(id)s"
ALL_TASKS = "SELECT id, task_id, body FROM nb_writes WHERE space = %(space)s"
LAST_BLOB = "SELECT max(n) FROM nb_blobs WHERE space = %(space)s"
END_OF_LIST = "SELECT max(upto) FROM nb_blobs WHERE space = %(space)s AND n = %(n)s"
BLOBS = """
    SELECT b.n, b.upto, b.data
    FROM unnest(%(ns)s::int[], %(firsts)s::int[], %(lasts)s::int[]) AS span (n, first, last)
    JOIN nb_blobs AS b ON b.n = span.n AND b.upto BETWEEN span.first AND span.last
    WHERE b.space = %(space)s ORDER BY b.n, b.upto
"""
BLOB_KEYS = "SELECT n, upto FROM nb_blobs WHERE space = %(space)s"
ALL_BLOBS = "SELECT n, upto, data FROM nb_blobs WHERE space = %(space)s ORDER BY n, upto"
DELETE_CHECKPOINTS = (
    "DELETE FROM nb_checkpoints WHERE space = %(space)s AND id = ANY(%(ids)s)",
    "DELETE FROM nb_writes WHERE space = %(space)s AND id = ANY(%(ids)s)",
)
DELETE_BLOBS = """
    DELETE FROM nb_blobs USING unnest(%(ns)s::int[], %(uptos)s::int[]) AS gone (n, upto)
    WHERE space = %(space)s AND nb_blobs.n = gone.n AND nb_blobs.upto = gone.upto
"""
DELETE_SPACE = tuple(
    f"DELETE FROM {table} WHERE space = %(space)s" for table in ("nb_checkpoints", "nb_blobs", "nb_writes", "nb_spaces")
)
GET_SHAPE = "SELECT shape FROM nb_graphs WHERE fingerprint = %(fingerprint)s"

# -- damage --

DAMAGED_TABLE = """
    CREATE TABLE IF NOT EXISTS nb_damaged (
        found_at TIMESTAMPTZ NOT NULL DEFAULT now(),
        table_name TEXT NOT NULL,
        thread_id TEXT,
        checkpoint_ns TEXT,
        columns TEXT NOT NULL,
        body BYTEA
    )
"""
PUT_ASIDE = """
    INSERT INTO nb_damaged (table_name, thread_id, checkpoint_ns, columns, body)
    VALUES (%(table_name)s, %(thread_id)s, %(checkpoint_ns)s, %(columns)s, %(body)s)
"""
ORPHANS = "SELECT {columns}, space FROM {table} WHERE space NOT IN (SELECT space FROM nb_spaces)"
TAKE = "DELETE FROM {table} WHERE space = %(space)s AND {condition} RETURNING {columns}"
TAKE_ORPHANS = "DELETE FROM {table} WHERE space NOT IN (SELECT space FROM nb_spaces)"

# -- writing rows --

_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "known": (("space", "bigint"), ("stamp", "bigint")),
    "checks": (("thread_id", "text"), ("token", "text")),
    "ends": (("thread_id", "text"), ("token", "text"), ("ended", "text")),
    "checkpoints": (("space", "bigint"), ("id", "text"), ("parent_id", "text"), ("run_id", "text"), ("body", "bytea")),
    "blobs": (("space", "bigint"), ("n", "int"), ("upto", "int"), ("data", "bytea")),
    "writes": (("space", "bigint"), ("id", "text"), ("task_id", "text"), ("body", "bytea")),
    "graphs": (("fingerprint", "text"), ("shape", "text")),
}
_CONFLICT = {
    "checkpoints": """ON CONFLICT (space, id) DO UPDATE SET
        parent_id = excluded.parent_id, run_id = excluded.run_id, body = excluded.body""",
    "blobs": "",
    "writes": "ON CONFLICT (space, id, task_id) DO UPDATE SET body = excluded.body",
    "graphs": "ON CONFLICT DO NOTHING",
}
_FEW = 4
"""Rows up to which each value is a parameter; of more, each column is one."""


def flat(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Rows as the parameters of a statement that was made for so many."""
    if len(rows) > _FEW:
        return [[*column] for column in zip(*rows, strict=True)]
    return [value for row in rows for value in row]


def _rows(table: str, count: int) -> str:
    """What gives rows that are parameters."""
    columns = _COLUMNS[table]
    if count > _FEW:
        return f"SELECT * FROM unnest({', '.join(f'%b::{kind}[]' for _, kind in columns)})"
    row = f"({', '.join(f'%b::{kind}' for _, kind in columns)})"
    return f"VALUES {', '.join([row] * count)}"


def _put(table: str, source: str, condition: str = "") -> str:
    names = ", ".join(name for name, _ in _COLUMNS[table])
    return f"INSERT INTO nb_{table} ({names}) SELECT * FROM {source} {condition} {_CONFLICT[table]}"


@cache
def put_of(table: str, count: int) -> str:
    """The statement that writes so many rows."""
    return _put(table, f"({_rows(table, count)}) AS new")


_AS_MANY = "(SELECT count(*) FROM {}) = (SELECT count(*) FROM {})"
_CHECK = """
    standing AS (
        SELECT 1 FROM nb_claims AS c JOIN checks AS k ON c.thread_id = k.thread_id AND c.token = k.token
        FOR SHARE OF c
    ),
"""
_END = f"""
    ended AS (
        UPDATE nb_claims AS c SET ended = k.ended FROM ends AS k
        WHERE c.thread_id = k.thread_id AND c.token = k.token AND {_AS_MANY.format("changed", "known")} RETURNING 1
    ),
"""


@cache
def commit_of(counts: tuple[tuple[str, int], ...]) -> str:
    """The statement that writes rows, if the spaces' stamps are as they are known, and claims to threads stand.

    Its parameters are the new stamp, and the rows, each kind ``flat``. It gives whether it wrote, and in how many of
    the spaces the new stamp had been before.

    Args:
        counts: How many rows there are of what: of ``known`` spaces; of tables; of claims, ``checks`` that stand and
            ``ends``.
    """
    given = dict(counts)
    inputs = [f"{kind} ({', '.join(n for n, _ in _COLUMNS[kind])}) AS ({_rows(kind, n)})" for kind, n in counts]
    if "known" not in given:
        inputs.append("known (space, stamp) AS (SELECT 0::bigint, 0::bigint WHERE false)")
    pairs = ("changed", "known"), ("standing", "checks"), ("ended", "ends")
    stand = [_AS_MANY.format(done, wanted) for done, wanted in pairs if wanted in given or wanted == "known"]
    parts = [
        f", put_{table} AS ({_put(table, table, 'WHERE (SELECT yes FROM held)')} RETURNING 1)"
        for table in _CONFLICT if table in given
    ]  # fmt: skip
    return f"""
        WITH new (stamp) AS (VALUES (%b::bigint)), {", ".join(inputs)},
        changed AS (
            UPDATE nb_spaces AS s SET stamp = new.stamp FROM known, new
            WHERE s.space = known.space AND s.stamp = known.stamp RETURNING 1
        ),
        {_CHECK if "checks" in given else ""}{_END if "ends" in given else ""}
        held AS (SELECT {" AND ".join(stand)} AS yes){"".join(parts)}
        SELECT yes, (SELECT count(*) FROM nb_spaces AS s JOIN known USING (space) JOIN new ON s.stamp = new.stamp)
        FROM held
    """


# -- claims to threads --

CLAIM = """
    INSERT INTO nb_claims AS c (thread_id, token, holder, since, ended)
    VALUES (%(thread_id)s, %(token)s, %(holder)s, %(since)s, %(ended)s)
    ON CONFLICT (thread_id) DO UPDATE SET
        token = excluded.token, holder = excluded.holder, since = excluded.since, ended = excluded.ended
    WHERE c.ended <> '' OR c.token IN (excluded.token, %(over)s) RETURNING 1
"""
GET_CLAIM = "SELECT token, holder, since, ended FROM nb_claims WHERE thread_id = %(thread_id)s"
CHECK_CLAIM = "SELECT 1 FROM nb_claims WHERE thread_id = %(thread_id)s AND token = %(token)s FOR SHARE"
END_CLAIM = """
    UPDATE nb_claims SET ended = %(ended)s WHERE thread_id = %(thread_id)s AND token = %(token)s RETURNING 1
"""
BEAT = """
    UPDATE nb_claims SET since = %(since)s WHERE thread_id = %(thread_id)s AND token = %(token)s AND ended = ''
    RETURNING 1
"""
DELETE_CLAIM = "DELETE FROM nb_claims WHERE thread_id = %(thread_id)s"
