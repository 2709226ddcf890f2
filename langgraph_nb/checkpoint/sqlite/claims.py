"""Claims to threads in an SQLite database: their table, and what is done with it inside of a transaction.

``nb_claims``  one row for each thread that was ever run: the token of the last run, the process it is or was in, its
               last sign of life, and how it ended.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from typing import Final

from langgraph_nb.checkpoint.claims import Claim, ClaimRow, lost, new_row
from langgraph_nb.errors import ThreadBusyError
from langgraph_nb.persistence import CheckClaim

TABLE: Final = """
    CREATE TABLE IF NOT EXISTS nb_claims (
        thread_id TEXT PRIMARY KEY,
        token TEXT NOT NULL,
        holder TEXT NOT NULL,
        since REAL NOT NULL,
        ended TEXT NOT NULL
    ) WITHOUT ROWID
"""
_GET = "SELECT token, holder, since, ended FROM nb_claims WHERE thread_id = ?"
_PUT = "INSERT OR REPLACE INTO nb_claims (thread_id, token, holder, since, ended) VALUES (?, ?, ?, ?, ?)"
_TOKEN = "SELECT 1 FROM nb_claims WHERE thread_id = ? AND token = ?"
_END = "UPDATE nb_claims SET ended = ? WHERE thread_id = ? AND token = ?"
_BEAT = "UPDATE nb_claims SET since = ? WHERE thread_id = ? AND token = ? AND ended = ''"
_DELETE = "DELETE FROM nb_claims WHERE thread_id = ?"


def claim_of(connection: sqlite3.Connection, thread_id: str) -> ClaimRow | None:
    """The last claim to a thread."""
    found = connection.execute(_GET, (thread_id,)).fetchone()
    row = None if found is None else ClaimRow(*found)
    if row is None or row.ended:
        return row
    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    return row._replace(here=journal == "wal")  # who shares a write-ahead log shares memory


def put_claim(connection: sqlite3.Connection, claim: Claim, known: dict[str, str]) -> ThreadBusyError | None:
    """Note a run's claim to its thread; if another one's stands, give the error that says so.

    Args:
        connection: Is in a transaction.
        claim: The claim.
        known: Thread -> the token that is known to stand; is kept up to date.
    """
    before = claim_of(connection, claim.thread_id)
    if before is not None and (busy := before.busy(claim)):
        return busy
    connection.execute(_PUT, (claim.thread_id, *new_row(claim)[:4]))
    known[claim.thread_id] = claim.token
    return None


def check(connection: sqlite3.Connection, checks: Iterable[CheckClaim], known: dict[str, str]) -> None:
    """Raise ``ThreadLostError`` if a claim does not stand; end those that are to end.

    Args:
        connection: Is in a transaction.
        checks: The claims.
        known: As of ``put_claim``.
    """
    for thread_id, token, ends in {(c.thread_id, c.token, c.ends): None for c in checks}:
        if ends:
            stands = connection.execute(_END, (ends, thread_id, token)).rowcount
        else:
            stands = known.get(thread_id) == token or connection.execute(_TOKEN, (thread_id, token)).fetchone()
        if not stands:
            raise lost(thread_id)
        known[thread_id] = token


def beat(connection: sqlite3.Connection, claims: Iterable[Claim]) -> None:
    """Note that the runs of these claims live."""
    connection.executemany(_BEAT, [(time.time(), claim.thread_id, claim.token) for claim in claims])


def delete_claim(connection: sqlite3.Connection, thread_id: str) -> None:
    """Forget the claim to a thread: whoever had it has lost it."""
    connection.execute(_DELETE, (thread_id,))
