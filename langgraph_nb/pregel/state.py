"""The channels of one run: what they hold, their versions, and how a superstep's writes are applied.

Pure: it is changed only between supersteps, by the engine, so that tasks of a step may read it from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from typing import Any

from langgraph_nb.channels.base import MISSING
from langgraph_nb.channels.last_value import the_only
from langgraph_nb.constants import BRANCH_TO, INPUT, JOIN
from langgraph_nb.errors import EmptyChannelError
from langgraph_nb.managed.base import Progress
from langgraph_nb.persistence import ChannelVersions, Checkpoint
from langgraph_nb.pregel.events import Task
from langgraph_nb.pregel.plan import Keys, Managed, Plan, Values, Write

NextVersion = Callable[[Any, None], Any]
"""How a saver counts versions: (highest so far or None, None) -> next."""


_NONE: frozenset[str] = frozenset()
AS_EVER: dict[str, str] = {}
"""No node has another name than it had."""


def count_up(current: int | None, _: None = None) -> int:
    """Versions as our savers count them."""
    return 1 if current is None else current + 1


class ChannelState:
    """The channels of a run. ``values`` mirrors those of the state that have a value, so that reading is a copy."""

    __slots__ = (
        "plan", "channels", "values", "tracks", "versions", "seen", "highest", "next_version", "stored", "changed",
        "ran", "live_forgetful", "raised", "stop", "gaps", "former",
    )  # fmt: skip

    def __init__(
        self, plan: Plan, checkpoint: Checkpoint | None, next_version: NextVersion = count_up, tracks: bool = True
    ) -> None:
        self.plan = plan
        self.channels = dict(plan.channels)
        """The plan's own empty channels until they are written, then this run's."""
        self.values: Values = {}
        self.live_forgetful: set[str] = set()
        """The channels that forget their value unless they are written."""
        self.tracks = tracks
        """Whether versions and stored forms are kept, which only a run that makes checkpoints needs."""
        self.versions: ChannelVersions = {}
        self.seen: dict[str, ChannelVersions] = {INPUT: {}}
        """Node -> the versions it last ran on. The inner dicts are replaced, never changed: checkpoints share them."""
        self.highest: Any = None
        self.next_version = next_version
        self.stored: dict[str, Any] = {}
        """The stored form of every channel that was ever written and has one."""
        self.changed: set[str] = set()
        """The channels whose version is newer than the last checkpoint's."""
        self.ran: set[str] = set()
        """The nodes of which something was noted in ``seen`` since."""
        self.raised = _NONE
        """The signals that are up; kept only where there are versions, as what was just written tells it otherwise."""
        self.gaps = 0
        """How many keys have lost their value since the values were put in order."""
        self.stop = 0
        """The superstep that may not run any more."""
        self.former: dict[str, str] = AS_EVER
        """Node -> its name in the checkpoint that the run started from, of those that were renamed since."""
        if checkpoint is not None:
            self._restore(checkpoint)
        elif plan.filled:
            self._fill(plan.filled, {})

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take over what a checkpoint holds."""
        plan, stored = self.plan, checkpoint["channel_values"]
        self.versions = dict(checkpoint["channel_versions"])
        self.seen = dict(checkpoint["versions_seen"])
        self.highest = max(self.versions.values(), default=None)
        self.values = {name: stored[name] for name in plan.state_keys if name in plan.plain and name in stored}
        self.raised = plan.signals.intersection(stored)
        for name in self.raised:
            self.stored[name] = stored[name]
        if self.tracks:
            self.stored.update(self.values)
            self.stored.update(_left_alone(plan, stored))
        if boxed := {*plan.filled, *stored}.intersection(plan.channels) - plan.unboxed:
            self._fill(boxed, stored)

    def _fill(self, names: Collection[str], stored: Values) -> None:
        """Begin with channels that have a value, stored or from the beginning."""
        for name in names:
            self.channels[name] = self.plan.channels[name].from_checkpoint(stored.get(name, MISSING))
        self._mirror(names)
        self._sort_values(0)

    def filled_in(self, managed: Managed, values: Values, step: int) -> Values:
        """The values together with those that are worked out for the tasks of a superstep."""
        progress = Progress(step, self.stop)
        return {**values, **{key: spec.get(progress) for key, spec in managed}}

    def news(self, writes: Iterable[Write]) -> Values:
        """The values that one task's writes would change, with these applied; a router of that task reads them."""
        news = {}
        for name, updates in _grouped(writes, self.plan.key_set).items():
            value = the_only(updates, name) if name in self.plan.plain else self.channels[name].after(updates)
            if value is not MISSING:
                news[name] = value
        return news

    def apply(self, tasks: Sequence[tuple[Task, Iterable[Write]]], advance: bool = True) -> frozenset[str]:
        """Apply the writes of a superstep, given in the order of the tasks' paths. Returns the channels to react to.

        Without ``advance`` the writes join the values that the next step reads, and nothing is forgotten yet. After
        an error the state is not to be used any more; the last checkpoint is what counts.

        Raises:
            InvalidUpdateError: When a channel cannot take what was written.
            Exception: Whatever a reducer raises.
        """
        __tracebackhide__ = True
        channels, plan, values = self.channels, self.plan, self.values
        empty, signals, plain, tracks, count = plan.channels, plan.signals, plan.plain, self.tracks, len(values)
        changed = self.consume([task for task, _ in tasks]) if tracks or plan.consumed else set()
        writes = tasks[0][1] if len(tasks) == 1 else [write for _, writes in tasks for write in writes]
        grouped = _grouped(writes, channels)
        react = set()
        for name, updates in grouped.items():
            if name in plain:
                values[name] = updates[0] if len(updates) == 1 else the_only(updates, name)
                react.add(name)
                if tracks:
                    self.stored[name] = values[name]
                    changed.add(name)
                continue
            if name in signals:
                react.add(name)
                if tracks:
                    self.stored[name] = updates[-1]
                continue
            channel = channels[name]
            if channel is empty[name]:
                channel = channels[name] = channel.copy()
            if channel.update(updates):
                changed.add(name)
                if channel.is_available():
                    react.add(name)
        signalled = react & signals if tracks else _NONE
        if advance:
            if self.raised:
                self._lower(self.raised - signalled, changed)
            if self.live_forgetful or plan.finishing:
                self._advance(grouped, changed, react)
        if signalled:
            self.raised = self.raised | signalled
            changed |= signalled
        if changed:
            self.note_changed(changed)
        if len(values) > count or self.gaps:
            self._sort_values(count)
        return frozenset(react)

    def _lower(self, signals: Iterable[str], changed: set[str]) -> None:
        """Signals last for one superstep."""
        for name in signals:
            del self.stored[name]
            changed.add(name)
        self.raised = _NONE

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
        if self.tracks:
            self.highest = version = self.next_version(self.highest, None)
            self.versions.update(dict.fromkeys(changed, version))
            self.changed |= changed
        self._mirror(changed)

    def consume(self, tasks: Iterable[Task]) -> set[str]:
        """Note what each task ran on, and let the channels that wait for that know. Returns those that changed."""
        changed = set()
        consumed = self.plan.consumed
        for task in tasks:
            if self.tracks:
                self._note_seen(task.name, task.triggers)
            for trigger in task.triggers:
                if trigger in consumed and self.channels[trigger].consume():
                    changed.add(trigger)
        return changed

    def _note_seen(self, name: str, triggers: Iterable[str]) -> None:
        """Remember the versions that a node runs on."""
        versions = self.versions
        seen = {t: versions[t] for t in triggers if t in versions}
        known = self.seen.get(name)
        self.seen[name] = {**known, **seen} if known else seen
        self.ran.add(name)

    def _mirror(self, names: Iterable[str]) -> None:
        """Bring what is kept beside the channels up to date with them."""
        values, channels, plan = self.values, self.channels, self.plan
        keys, forgetful, tracks, unboxed = plan.key_set, plan.forgetful, self.tracks, plan.unboxed
        for name in names:
            if name in unboxed:
                continue
            channel = channels[name]
            if name in keys:
                try:
                    values[name] = channel.get()
                except EmptyChannelError:
                    self.gaps += values.pop(name, MISSING) is not MISSING
            if name in forgetful:
                if channel.is_available():
                    self.live_forgetful.add(name)
                else:
                    self.live_forgetful.discard(name)
            if tracks and name in self.versions:
                stored = channel.checkpoint()
                if stored is MISSING:
                    self.stored.pop(name, None)
                else:
                    self.stored[name] = stored

    def _sort_values(self, count: int) -> None:
        """Bring the values into the order of the state's definition, if some are new."""
        values = self.values
        if len(values) + self.gaps > count and len(values) > 1:
            self.values = {k: values[k] for k in self.plan.state_keys if k in values}
            self.gaps = 0

    def note_migrated(self, keys: Collection[str], former: dict[str, str]) -> None:
        """Take note of what is not as it is stored: keys, which get a new version that nobody reacts to, and nodes."""
        self.former = former
        if not self.tracks:
            return
        old, new = self.versions, self.next_version(self.highest, None)
        self.highest, self.versions = new, {**old, **dict.fromkeys(keys, new)}
        for node, seen in self.seen.items():
            if up_to_date := {key for key in keys if key in seen and seen[key] == old[key]}:
                self.seen[node] = {**seen, **dict.fromkeys(up_to_date, new)}
        self.changed, self.ran = set(self.versions), set(self.seen)
        self._mirror(keys)

    def triggered(self) -> set[str]:
        """The nodes that have not run on what their channels hold."""
        seen, triggered_by = self.seen, self.plan.triggered_by
        return {
            name
            for channel, version in self.versions.items()
            if channel in triggered_by and self._has(channel)
            for name in triggered_by[channel]
            if name not in seen or channel not in seen[name] or version > seen[name][channel]
        }

    def news_for(self, name: str) -> tuple[str, ...]:
        """The channels that trigger a node and that it has not run on."""
        seen = self.seen.get(name, {})
        return tuple(
            t
            for t in self.plan.nodes[name].triggers
            if t in self.versions
            and self._has(t)
            and (t not in seen or self.versions[t] > seen[t])
        )

    def _has(self, name: str) -> bool:
        """Whether a channel has a value."""
        if name in self.plan.unboxed:
            return name in self.raised or name in self.values
        return self.channels[name].is_available()


def _grouped(writes: Iterable[Write], channels: Container[str]) -> dict[str, list[Any]]:
    """The values written to each of these channels, in order."""
    grouped: dict[str, list[Any]] = {}
    for name, value in writes:
        if name in grouped:
            grouped[name].append(value)
        elif name in channels:
            grouped[name] = [value]
    return grouped


def _left_alone(plan: Plan, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of keys that the graph does not have. Code that has them may come back to the thread."""
    gone = stored.keys() - plan.channels.keys()
    return {name: stored[name] for name in gone if not name.startswith(("__", BRANCH_TO, JOIN))}


def read_values(values: Values, keys: Keys, plan: Plan) -> Any:
    """Values as a caller sees them: a dict, or the value itself for one key."""
    if isinstance(keys, str):
        return values.get(keys)
    if len(keys) == len(plan.state_keys):
        return values.copy()
    return {k: values[k] for k in keys if k in values}
