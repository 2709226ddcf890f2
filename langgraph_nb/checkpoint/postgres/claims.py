"""Claims to threads in a PostgreSQL database: how they are made, and what is asked of them in transactions."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from langgraph_nb.checkpoint.claims import Claim, ClaimRow, lost, new_row
from langgraph_nb.checkpoint.postgres import schema
from langgraph_nb.checkpoint.postgres.connections import Execute
from langgraph_nb.errors import ThreadBusyError
from langgraph_nb.persistence import CheckClaim, Ending

Standing = dict[tuple[str, str], Ending]
"""(thread id, token) of claims that must stand -> how they are to end, if they are."""


def claim_of(execute: Execute, thread_id: str) -> ClaimRow | None:
    """The last claim to a thread."""
    rows = execute(schema.GET_CLAIM, {"thread_id": thread_id})
    return ClaimRow(*rows[0]) if rows else None


def put_claim(execute: Execute, claim: Claim) -> ThreadBusyError | None:
    """Note a run's claim to its thread; if another one's stands, give the error that says so.

    Each statement is a transaction of its own: a claim takes the place only of the one that was looked at.
    """
    over: str | None = None
    row = new_row(claim)._asdict()
    while not execute(schema.CLAIM, {"thread_id": claim.thread_id, **row, "over": over}):
        known = claim_of(execute, claim.thread_id)
        if known is not None and (busy := known.busy(claim)):
            return busy
        over = None if known is None else known.token
    return None


def beat(execute: Execute, claims: Iterable[Claim]) -> None:
    """Note that the runs of these claims live."""
    for claim in claims:
        execute(schema.BEAT, {"thread_id": claim.thread_id, "token": claim.token, "since": time.time()})


def standing(checks: Iterable[CheckClaim]) -> Standing:
    """What is asked of claims."""
    found: Standing = {}
    for check in checks:
        key = check.thread_id, check.token
        if check.ends or key not in found:
            found[key] = check.ends
    return found


def rows(asked: Standing) -> dict[str, list[tuple[Any, ...]]]:
    """The same as rows: of claims that must stand, and of those that are to end."""
    found: dict[str, list[tuple[Any, ...]]] = {
        "checks": [key for key, ends in asked.items() if not ends],
        "ends": [(*key, ends) for key, ends in asked.items() if ends],
    }
    return {kind: some for kind, some in found.items() if some}


def check(execute: Execute, asked: Standing) -> None:
    """Raise ``ThreadLostError`` if a claim does not stand; end those that are to end. In a transaction."""
    for (thread_id, token), ended in asked.items():
        statement = schema.END_CLAIM if ended else schema.CHECK_CLAIM
        if not execute(statement, {"thread_id": thread_id, "token": token, "ended": ended}):
            raise lost(thread_id)
