"""The channels of one run: what they hold, their versions, and how a superstep's writes are applied.

Pure: it is changed only between supersteps, by the engine, so that tasks of a step may read it from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from langgraph_nb.channels.base import MISSING
from langgraph_nb.constants import INPUT
from langgraph_nb.persistence import Checkpoint, ChannelVersions
from langgraph_nb.pregel.events import Task
from langgraph_nb.pregel.plan import Plan, Values, Write

NextVersion = Callable[[Any, None], Any]
"""How a saver counts versions: (highest so far or None, None) -> next."""


def count_up(current: int | None, _: None = None) -> int:
    """Versions as our savers count them."""
    return 1 if current is None else current + 1


class ChannelState:
    """The channels of a run. ``values`` mirrors those of the state that have a value, so that reading is a copy."""

    __slots__ = (
        "plan", "channels", "values", "versions", "seen", "highest", "next_version", "stored", "changed",
        "live_forgetful",
    )  # fmt: skip

    def __init__(self, plan: Plan, checkpoint: Checkpoint | None, next_version: NextVersion = count_up) -> None:
        self.plan = plan
        stored = checkpoint["channel_values"] if checkpoint else {}
        self.channels = {n: c.from_checkpoint(stored.get(n, MISSING)) for n, c in plan.channels.items()}
        self.versions: ChannelVersions = dict(checkpoint["channel_versions"]) if checkpoint else {}
        self.seen = {n: dict(v) for n, v in checkpoint["versions_seen"].items()} if checkpoint else {INPUT: {}}
        self.highest = max(self.versions.values(), default=None)
        self.next_version = next_version
        self.values: Values = {}
        self.stored: dict[str, Any] = {}
        """The stored form of every channel that has one."""
        self.changed: set[str] = set()
        """The channels whose version is newer than the last checkpoint's."""
        self.live_forgetful: set[str] = set()
        """The channels that forget their value unless they are written."""
        self._refresh(plan.channels)

    def fresh(self, writes: Iterable[Write]) -> Values:
        """The values as they would be with one task's writes applied; what a router of that task reads."""
        grouped = self._grouped(writes)
        if not grouped:
            return self.values
        values = dict(self.values)
        for name, updates in grouped.items():
            channel = self.channels[name].copy()
            channel.update(updates)
            if name in values or channel.is_available():
                values[name] = channel.get()
        return values

    def _grouped(self, writes: Iterable[Write]) -> dict[str, list[Any]]:
        grouped: dict[str, list[Any]] = {}
        channels = self.channels
        for name, value in writes:
            if name in channels:
                if name in grouped:
                    grouped[name].append(value)
                else:
                    grouped[name] = [value]
        return grouped

    def apply(self, tasks: Sequence[tuple[Task, Iterable[Write]]], advance: bool = True) -> frozenset[str]:
        """Apply the writes of a superstep, given in the order of the tasks' paths. Returns the channels to react to.

        Without ``advance`` the writes join the values that the next step reads, and nothing is forgotten yet. After an error the state is not to be used any more; the last checkpoint is what counts.

        Raises:
            InvalidUpdateError: When a channel cannot take what was written.
            Exception: Whatever a reducer raises.
        """
        channels = self.channels
        changed = self.consume([task for task, _ in tasks])
        grouped = self._grouped(write for _, writes in tasks for write in writes)
        react = set()
        for name, updates in grouped.items():
            channel = channels[name]
            if channel.update(updates):
                changed.add(name)
                if channel.is_available():
                    react.add(name)
        if advance:
            self._advance(grouped, changed, react)
        if changed:
            self.note_changed(changed)
        return frozenset(react)

    def _advance(self, written: Iterable[str], changed: set[str], react: set[str]) -> None:
        """What a step does to the channels that it did not write: some forget, and the deferred ones may open."""
        channels = self.channels
        for name in self.live_forgetful.difference(written):
            if channels[name].update(()):
                changed.add(name)
                if channels[name].is_available():
                    react.add(name)
        if self.plan.finishing and react.isdisjoint(self.plan.triggered_by):
            for name in self.plan.finishing:
                if channels[name].finish():
                    changed.add(name)
                    react.add(name)

    def note_changed(self, changed: set[str]) -> None:
        """Give changed channels a new version and bring their mirrors up to date."""
        self.highest = version = self.next_version(self.highest, None)
        self.versions.update(dict.fromkeys(changed, version))
        self.changed |= changed
        self._refresh(changed)

    def consume(self, tasks: Iterable[Task]) -> set[str]:
        """Note what each task ran on, and let the channels that wait for that know. Returns those that changed."""
        changed = set()
        versions, consumed = self.versions, self.plan.consumed
        for task in tasks:
            self._note_seen(task.name, task.triggers)
            for trigger in task.triggers:
                if trigger in consumed and trigger in versions and self.channels[trigger].consume():
                    changed.add(trigger)
        return changed

    def _note_seen(self, name: str, triggers: Iterable[str]) -> None:
        """Remember the versions that a node runs on. The inner dicts are replaced, never changed: checkpoints share them."""
        versions = self.versions
        seen = {t: versions[t] for t in triggers if t in versions}
        if name in self.seen:
            seen = {**self.seen[name], **seen}
        self.seen[name] = seen

    def _refresh(self, names: Iterable[str]) -> None:
        """Bring the mirrors of these channels up to date."""
        new_key = False
        state_keys = self.plan.key_set
        for name in names:
            channel = self.channels[name]
            available = channel.is_available()
            if name in state_keys:
                if available:
                    new_key = new_key or name not in self.values
                    self.values[name] = channel.get()
                else:
                    self.values.pop(name, None)
            stored = channel.checkpoint()
            if stored is MISSING:
                self.stored.pop(name, None)
            else:
                self.stored[name] = stored
            if name in self.plan.forgetful:
                (self.live_forgetful.add if available else self.live_forgetful.discard)(name)
        if new_key and len(self.values) > 1:
            self.values = {k: self.values[k] for k in self.plan.state_keys if k in self.values}

    def read(self, keys: tuple[str, ...]) -> Any:
        """The values of these channels as a dict; the value itself for the one channel of a state without keys."""
        return read_values(self.values, keys, self.plan)

    def triggered(self) -> list[str]:
        """The nodes that have not run on what their channels hold, in the order of their definition."""
        return [name for name in self.plan.nodes if self.news_for(name)]

    def news_for(self, name: str) -> tuple[str, ...]:
        """The channels that trigger a node and that it has not run on."""
        seen = self.seen.get(name, {})
        return tuple(
            t
            for t in self.plan.nodes[name].triggers
            if t in self.versions
            and self.channels[t].is_available()
            and (t not in seen or self.versions[t] > seen[t])
        )


def read_values(values: Values, keys: tuple[str, ...], plan: Plan) -> Any:
    """Values as a caller sees them."""
    if plan.is_root:
        return values.get(keys[0])
    if len(keys) == len(plan.state_keys):
        return values.copy()
    return {k: values[k] for k in keys if k in values}
