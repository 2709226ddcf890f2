"""Checkpoints as operations: what is stored of the channels between two supersteps.

Made when it is stored, which under ``durability="exit"`` is when the run ends. Knows no command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import START, TASKS
from langgraph_nb.graph.schema import update_items
from langgraph_nb.persistence import Checkpoint, CheckpointMetadata, PutCheckpoint, PutStep
from langgraph_nb.pregel.deltas import DeltaCount, written_by
from langgraph_nb.pregel.events import Stamped, TaskFinished
from langgraph_nb.pregel.pending import tracked_send
from langgraph_nb.records import record

if TYPE_CHECKING:
    from langgraph_nb.pregel.registers import Registers

CHECKPOINT_VERSION = 4
"""Of the form of checkpoints."""


@record
class Between:
    """The channels between two supersteps, as they are then."""

    stamped: Stamped
    origin: CheckpointMetadata
    counters: dict[str, Any]
    """What metadata tells of delta channels."""
    values: dict[str, Any]
    versions: dict[str, Any]
    seen: dict[str, Any]
    changed: list[str]
    """The channels that changed since the last checkpoint that was stored."""
    ran: frozenset[str]
    """The nodes of which something was noted since."""
    react: frozenset[str] | None
    """The channels that were just written."""


def between(run: Registers, stamped: Stamped, origin: CheckpointMetadata, whole: dict[str, Any]) -> Between:
    """The channels now; ``whole`` are values of delta channels, which mostly are not stored."""
    state, counters = run.state, {} if run.deltas is None else run.deltas.metadata()
    return Between(
        stamped, origin, counters, {**state.stored, **whole}, {**state.versions}, {**state.seen},
        [*state.changed, *whole], frozenset(state.ran), run.react,
    )  # fmt: skip


def put_checkpoint(run: Registers, then: Between) -> PutCheckpoint:
    """The operation that stores a checkpoint, on the last one that was stored."""
    metadata: Any = {**then.origin, **then.counters, **run.request.metadata}
    new_versions = {name: then.versions[name] for name in then.changed}
    here, whole = run.at(run.stored_id), snapshot(run, then)
    return PutCheckpoint(here, whole, metadata, new_versions, then.ran, run.writers, run.plan.shape)


def put_step(run: Registers, ended: tuple[TaskFinished, ...], stamped: Stamped, origin: CheckpointMetadata) -> PutStep:
    """The superstep that led to a checkpoint, stored as such."""
    stored, seen, versions = run.state.stored, run.state.seen, run.state.versions
    new_versions = {name: versions[name] for name in run.state.changed}
    values = {name: stored[name] for name in new_versions if name in stored}
    noted = {name: seen[name] for name in run.state.ran}
    metadata: Any = {**origin, **run.request.metadata}
    return PutStep(
        run.at(run.stored_id), ended, stamped.id, stamped.at, metadata, new_versions, values, noted,
        sorted(run.react or ()), CHECKPOINT_VERSION, run.plan.shape,
    )  # fmt: skip


def whole_deltas(run: Registers, deltas: DeltaCount, source: str) -> dict[str, Any]:
    """The values of delta channels that a checkpoint holds."""
    # where its parent has not all that was written, or under another name
    begins = source in ("update", "fork") or run.request.durability == "exit" or run.moved
    left_over = written_by(run.records, deltas.names) if source == "input" else ()
    return deltas.due(run.state, run.react or (), begins, left_over)


def snapshot(run: Registers, then: Between) -> Checkpoint:
    """The checkpoint."""
    return {
        "v": CHECKPOINT_VERSION,
        "id": then.stamped.id,
        "ts": then.stamped.ts,
        "channel_values": {**then.values, **_tracked(run, then.values)} if run.plan.untracked else then.values,
        "channel_versions": then.versions,
        "versions_seen": then.seen,
        "updated_channels": sorted(then.react) if then.react is not None else None,
    }


def _tracked(run: Registers, stored: dict[str, Any]) -> dict[str, Any]:
    """New input and the tasks that wait, without what they take along of untracked channels."""
    untracked = run.plan.untracked
    kept: dict[str, Any] = {}
    if TASKS in stored:
        kept[TASKS] = [tracked_send(send, untracked) for send in stored[TASKS]]
    if START in stored:
        given = stored[START]
        items = given.items() if isinstance(given, dict) else update_items(given, dict.fromkeys(run.plan.state_keys))
        if items is not None:
            kept[START] = {key: value for key, value in items if key not in untracked}
    return kept
