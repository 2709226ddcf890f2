"""Delta channels in a run: when their values are stored whole, and how they are made again from what was written.

A checkpoint has the writes of the superstep before it with its parent. Where it begins a branch, others may have
written there too: then values are stored whole, so that no walk from below goes further up.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from copy import copy
from typing import Any

from langgraph_nb.channels.base import MISSING
from langgraph_nb.channels.delta import DeltaChannel
from langgraph_nb.constants import DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT
from langgraph_nb.persistence import CheckpointTuple, DeltaChannelHistory
from langgraph_nb.pregel.commands import EngineCommand, LoadCheckpoint, LoadDeltas
from langgraph_nb.pregel.events import Answer, DeltasLoaded, Loaded
from langgraph_nb.pregel.migrated import moves_of
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.state import ChannelState

COUNTERS = "counters_since_delta_snapshot"
Counters = dict[str, tuple[int, int]]
"""Channel -> (supersteps that wrote it, all supersteps) since its value was stored whole."""


# -- reading ----------------------------------------------------------------------------------------------------------


def load(
    plan: Plan, config: dict[str, Any], before: str | None = None, claims: bool = False
) -> Generator[EngineCommand, Answer, CheckpointTuple | None]:
    """A stored checkpoint with the values of all its channels, or ``None``.

    Args:
        plan: The graph.
        config: Names it, or only its thread: the latest.
        before: The latest before this one.
        claims: Whether to claim the thread first.
    """
    loaded = yield LoadCheckpoint(config, before, claims)
    assert isinstance(loaded, Loaded)
    return None if loaded.saved is None else (yield from completed(plan, loaded.saved))


def completed(plan: Plan, saved: CheckpointTuple) -> Generator[EngineCommand, Answer, CheckpointTuple]:
    """A stored checkpoint with the values of all its channels; of an older graph, under today's names."""
    moves = moves_of(plan, saved)
    names = untold(plan, saved, moves.former_keys if moves is not None else {})
    if names:
        found = yield LoadDeltas(dict(saved.config), tuple(names))
        assert isinstance(found, DeltasLoaded)
        saved = told(plan, saved, found.histories, names)
    return saved if moves is None else moves.applied(saved)


def untold(plan: Plan, saved: CheckpointTuple, former: Mapping[str, str]) -> dict[str, str]:
    """The channels whose values at a stored checkpoint have to be made again: written, and not stored there.

    A channel that folds one by one is among them if it was a delta channel before.

    Returns:
        Their names in the checkpoint, each with today's.
    """
    versions, values = saved.checkpoint["channel_versions"], saved.checkpoint["channel_values"]
    folding = {former.get(name, name): name for name in plan.folding}
    return {old: name for old, name in folding.items() if old in versions and old not in values}


def told(
    plan: Plan, saved: CheckpointTuple, histories: Mapping[str, DeltaChannelHistory], names: Mapping[str, str]
) -> CheckpointTuple:
    """The stored checkpoint with the values that its history tells."""
    values = dict(saved.checkpoint["channel_values"])
    for name, history in histories.items():
        channel = plan.channels[names[name]].from_checkpoint(history.get("seed", MISSING))
        if isinstance(channel, DeltaChannel):
            channel.replay_writes(history["writes"])
        else:  # one by one: in several supersteps there may be several Overwrites
            for _, _, value in history["writes"]:
                channel.update([value])
        if channel.is_available():
            values[name] = channel.get()
    return saved._replace(checkpoint={**saved.checkpoint, "channel_values": values})


# -- storing ----------------------------------------------------------------------------------------------------------


class DeltaCount:
    """How long ago the values of a run's delta channels were stored whole."""

    def __init__(self, plan: Plan, metadata: Mapping[str, Any]) -> None:
        self.names = plan.deltas
        self.counters: Counters = {k: (v[0], v[1]) for k, v in (metadata.get(COUNTERS) or {}).items()}

    def due(self, state: ChannelState, updated: Iterable[str], everything: bool, on: Iterable[str]) -> dict[str, Any]:
        """Count a checkpoint, and give the values that it is to hold whole.

        Args:
            state: The channels.
            updated: Those that the superstep wrote.
            everything: Whether all values are to be stored.
            on: Those that others have written where the checkpoint begins.
        """
        values: dict[str, Any] = {}
        forced = frozenset(on)
        for name in self.names:
            updates, steps = self.counters.get(name, (0, 0))
            updates, steps = updates + (name in updated), steps + 1
            channel: Any = state.channels[name]
            often = updates >= channel.snapshot_frequency or steps >= DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT
            if name in state.versions and (everything or often or channel.replaced or name in forced):
                values[name] = copy(channel.get())
                self.counters.pop(name, None)
                if channel.replaced:
                    channel.replaced = False
            else:
                self.counters[name] = updates, steps
        return values

    def metadata(self) -> dict[str, Any]:
        """What a checkpoint's metadata tells of it."""
        return {COUNTERS: {name: list(counts) for name, counts in self.counters.items()}} if self.counters else {}


def written_by(records: Mapping[str, TaskRecord], names: Iterable[str]) -> set[str]:
    """Those of these channels that tasks wrote whose writes are pending on a checkpoint."""
    return {channel for record in records.values() for channel, _ in record.writes}.intersection(names)
