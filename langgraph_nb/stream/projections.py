"""From the events of a run to what ``stream`` yields: one small projection for each mode.

A projection is a function from an event to the chunks it becomes. It keeps no clock and no ids, and reads only events;
what it needs to know of the graph that they are from stands in its ``Source``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from langgraph_nb.checkpoint.config import EXCLUDED_METADATA_KEYS
from langgraph_nb.constants import INTERRUPT, RETURN
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.inside import graph_of
from langgraph_nb.pregel.events import (
    CheckpointMade,
    CheckpointTask,
    CustomData,
    Event,
    MessageChunk,
    RunFinished,
    StepFinished,
    StepStarted,
    TaskCalled,
    TaskFinished,
    ToolProgress,
)
from langgraph_nb.pregel.inner import address_inside
from langgraph_nb.pregel.source import Source
from langgraph_nb.pregel.written import collected, key_set, written

Projection = Callable[[Event], Iterable[Any]]

NEEDS: dict[str, frozenset[type]] = {
    "updates": frozenset((TaskFinished, RunFinished)),
    "values": frozenset((StepFinished, TaskFinished)),
    "checkpoints": frozenset((CheckpointMade,)),
    "tasks": frozenset((StepStarted, TaskCalled, TaskFinished)),
    "debug": frozenset((CheckpointMade, StepStarted, TaskCalled, TaskFinished)),
    "messages": frozenset((MessageChunk,)),
    "custom": frozenset((CustomData,)),
    "tools": frozenset((ToolProgress,)),
}
"""The events that each mode is made from. What becomes of one event in several modes comes in this order."""


def check_modes(modes: Sequence[str]) -> None:
    """Raise ``ValueError`` for an unknown stream mode."""
    for mode in modes:
        if mode not in NEEDS:
            raise ValueError(f"Unknown stream mode {mode!r}. {did_you_mean(mode, NEEDS)}")


def projection(mode: str, source: Source) -> Projection:
    """The projection of a mode, of any but ``debug``, which wraps those of ``tasks`` and ``checkpoints``.

    Args:
        mode: A stream mode.
        source: The graph that the events are from.
    """
    made = _PROJECTIONS[mode](source)
    return _without(source.hidden, made) if source.hidden else made


def _without(hidden: frozenset[str], show: Projection) -> Projection:
    """The projection, of what nodes do that are not hidden."""

    def shown(event: Event) -> Iterable[Any]:
        if isinstance(event, StepStarted):
            tasks = tuple(task for task in event.tasks if task.name not in hidden)
            return show(replace(event, tasks=tasks)) if tasks else ()
        return () if isinstance(event, TaskFinished) and event.task.name in hidden else show(event)

    return shown


def _custom(source: Source) -> Projection:
    return lambda event: (event.data,) if type(event) is CustomData else ()


def _messages(source: Source) -> Projection:
    return lambda event: ((event.message, event.metadata),) if type(event) is MessageChunk else ()


def _tools(source: Source) -> Projection:
    return lambda event: (event.data,) if type(event) is ToolProgress else ()


class _Values:
    """The whole state after each step that changed it, and with the questions when tasks ask."""

    def __init__(self, source: Source) -> None:
        self.keys = key_set(source.output_keys)
        self.last: Any = {}

    def __call__(self, event: Event) -> Iterable[Any]:
        if isinstance(event, StepFinished):
            self.last = event.values
            return () if event.updated.isdisjoint(self.keys) else (event.values,)
        if isinstance(event, TaskFinished) and event.interrupts and event.task.node is None:
            values = self.last if isinstance(self.last, dict) else {}
            return ({**values, INTERRUPT: event.interrupts},)
        return ()


class _Updates:
    """What each task wrote, as soon as it ends."""

    def __init__(self, source: Source) -> None:
        keys = source.output_keys
        self.keys = keys if isinstance(keys, str) else key_set(keys)

    def __call__(self, event: Event) -> Iterable[Any]:
        if isinstance(event, TaskFinished):
            if event.interrupts:  # what a called task asks, its caller asks
                return ({INTERRUPT: event.interrupts},) if event.task.node is None else ()
            if event.error is None and not event.breakpoint:
                chunk = {event.task.name: written(event, self.keys)}
                if event.cached:
                    chunk["__metadata__"] = {"cached": True}
                return (chunk,)
        elif isinstance(event, RunFinished) and event.status == "interrupted" and not event.interrupts:
            return ({INTERRUPT: ()},)
        return ()


class _Tasks:
    """The beginning and the end of each task."""

    def __init__(self, source: Source) -> None:
        self.keys = key_set(source.stream_keys) | {RETURN}
        self.nodes = source.nodes
        self.metadata = _own(source.config.get("metadata"))
        self.tags = [tag for tag in source.config.get("tags") or () if not tag.startswith("seq:step")]

    def __call__(self, event: Event) -> Iterator[Any]:
        if isinstance(event, (StepStarted, TaskCalled)):
            for task in event.tasks if isinstance(event, StepStarted) else (event.task,):
                payload = {"id": task.id, "name": task.name, "input": task.input, "triggers": task.triggers}
                node = task.node or self.nodes.get(task.name)
                metadata = {**self.metadata, **_own(node.metadata)} if node else self.metadata.copy()
                if tags := [*self.tags, *(node.tags if node else ())]:
                    metadata["tags"] = tags
                yield {**payload, "metadata": metadata} if metadata else payload
        elif isinstance(event, TaskFinished) and not event.cached and not (event.interrupts and event.task.node):
            yield {
                "id": event.task.id,
                "name": event.task.name,
                "error": event.error,
                "result": collected(event.writes, self.keys),
                "interrupts": [asdict(interrupt) for interrupt in event.interrupts],
            }


def _own(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """What of metadata is the user's, and not the runtime's."""
    return {key: value for key, value in (metadata or {}).items() if key not in EXCLUDED_METADATA_KEYS}


class _Checkpoints:
    """The checkpoints, in the form of snapshots."""

    def __init__(self, source: Source) -> None:
        self.keys = source.output_keys
        given = source.config.get("configurable") or {}
        self.configurable = {key: value for key, value in given.items() if not key.startswith("__pregel_")}
        nodes = source.nodes.items()
        self.inside = frozenset(name for name, node in nodes if graph_of(node.call, *node.then) is not None)

    def __call__(self, event: Event) -> Iterator[Any]:
        if isinstance(event, CheckpointMade):
            yield {
                "config": self._config(event.config, event.metadata, known=False),
                "parent_config": self._config(event.parent_config, event.metadata, known=event.found),
                "values": event.values,
                "metadata": event.metadata,
                "next": [known.task.name for known in event.tasks],
                "tasks": [self._task(known, event.config["configurable"]) for known in event.tasks],
            }

    def _config(self, address: dict[str, Any] | None, metadata: Any, known: bool) -> dict[str, Any] | None:
        """An address with what else the run's config has, unless it was ``known`` before the run."""
        if address is None:
            return None
        found = address["configurable"]
        namespace, last = {"checkpoint_ns": found["checkpoint_ns"]}, {"checkpoint_id": found["checkpoint_id"]}
        parents = metadata.get("parents")
        above = {"checkpoint_map": {**parents, found["checkpoint_ns"]: found["checkpoint_id"]}} if parents else {}
        if known:
            return {"configurable": {"thread_id": found["thread_id"], **namespace, **last, **above}}
        return {"configurable": {**namespace, **self.configurable, **above, **last}}

    def _task(self, known: CheckpointTask, address: dict[str, Any]) -> dict[str, Any]:
        payload: dict[str, Any] = {"id": known.task.id, "name": known.task.name}
        inside = address_inside(address, known.task) if known.task.name in self.inside else None
        if known.error and not known.finished:
            return {**payload, "error": known.error, "state": inside}
        if known.finished and (result := collected(known.writes, key_set(self.keys))):
            payload["result"] = result[self.keys] if isinstance(self.keys, str) else result
        return {**payload, "interrupts": tuple(map(asdict, known.interrupts)), "state": inside}


_PROJECTIONS: dict[str, Callable[[Source], Projection]] = {
    "updates": _Updates,
    "values": _Values,
    "checkpoints": _Checkpoints,
    "tasks": _Tasks,
    "messages": _messages,
    "custom": _custom,
    "tools": _tools,
}
