"""How a thread stands: whether somebody runs it, and if not, how its last run ended. Knows no saver."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from langgraph_nb.pregel.commands import EngineCommand, LookForClaim
from langgraph_nb.pregel.events import Answer, ClaimFound
from langgraph_nb.pregel.inner import KeptGraph
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.snapshots import get_snapshot
from langgraph_nb.types import StateSnapshot, ThreadStatus


def get_status(
    graph: KeptGraph, request: Request, config: Any
) -> Generator[EngineCommand, Answer, ThreadStatus | None]:
    """How the thread stands that the request names; ``None`` if nothing is known of it.

    Args:
        graph: The graph.
        request: Names the thread.
        config: The caller's.
    """
    while True:
        claim = yield LookForClaim()
        assert isinstance(claim, ClaimFound)
        if claim.stands:
            return "running"
        snapshot = yield from get_snapshot(graph, request, config)
        if (yield LookForClaim()) == claim:  # nobody has run in between
            return _status(claim, snapshot)


def _status(claim: ClaimFound, snapshot: StateSnapshot) -> ThreadStatus | None:
    """What a claim that does not stand, and what is stored, say together."""
    asks = any(task.interrupts for task in snapshot.tasks)
    failed = any(task.error for task in snapshot.tasks)
    if claim.token and not claim.ended:
        return "crashed" if not asks or _left_undone(snapshot) else "interrupted"
    if snapshot.created_at is None:
        return "failed" if claim.ended == "failed" else None
    if not snapshot.next:
        return "finished"
    return "failed" if claim.ended == "failed" or (failed and not claim.token) else "interrupted"


def _left_undone(snapshot: StateSnapshot) -> bool:
    """Whether a task is left that neither asked nor finished."""
    return any(not task.interrupts and task.result is None for task in snapshot.tasks)
