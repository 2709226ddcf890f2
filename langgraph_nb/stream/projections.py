"""From the events of a run to what ``stream`` yields: one small projection for each mode.

A projection is a function from an event to the chunks it becomes. It keeps no clock and no ids, and reads only events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from langgraph_nb.constants import INTERRUPT
from langgraph_nb.errors import did_you_mean
from langgraph_nb.pregel.events import (
    CustomData,
    Event,
    MessageChunk,
    RunFinished,
    StepFinished,
    StepStarted,
    TaskFinished,
)
from langgraph_nb.pregel.plan import Keys

Projection = Callable[[Event], Iterable[Any]]

NEEDS: dict[str, frozenset[type]] = {
    "values": frozenset((StepFinished, TaskFinished)),
    "updates": frozenset((TaskFinished, RunFinished)),
    "custom": frozenset((CustomData,)),
    "messages": frozenset((MessageChunk, TaskFinished)),
    "tasks": frozenset((StepStarted, TaskFinished)),
}
"""The events that each mode is made from."""


def check_modes(modes: Sequence[str]) -> None:
    """Raise ``ValueError`` for an unknown stream mode."""
    for mode in modes:
        if mode not in NEEDS:
            raise ValueError(f"Unknown stream mode {mode!r}. {did_you_mean(mode, NEEDS)}")


def projection(mode: str, keys: Keys) -> Projection:
    """The projection of a mode.

    Args:
        mode: A stream mode.
        keys: The channels to report.
    """
    if mode == "values":
        return _Values(keys)
    if mode == "updates":
        return _Updates(keys)
    if mode == "tasks":
        return _Tasks(keys)
    return {"custom": _custom, "messages": _messages}[mode]


def _custom(event: Event) -> Iterator[Any]:
    if isinstance(event, CustomData):
        yield event.data


def _messages(event: Event) -> Iterator[Any]:
    if isinstance(event, MessageChunk):
        yield event.message, event.metadata


class _Values:
    """The whole state after each step that changed it, and with the questions when tasks ask."""

    def __init__(self, keys: Keys) -> None:
        self.keys = _listed(keys)
        self.last: Any = {}

    def __call__(self, event: Event) -> Iterator[Any]:
        if isinstance(event, StepFinished):
            if not event.updated.isdisjoint(self.keys):
                self.last = event.values
                yield event.values
        elif isinstance(event, TaskFinished) and event.interrupts:
            values = self.last if isinstance(self.last, dict) else {}
            yield {**values, INTERRUPT: event.interrupts}


def _listed(keys: Keys) -> tuple[str, ...]:
    return (keys,) if isinstance(keys, str) else keys


def written(finished: TaskFinished, keys: Keys) -> Any:
    """What a task wrote to these channels: a dict, a list of dicts where it wrote one twice, or ``None``."""
    named = _listed(keys)
    writes = [write for write in finished.writes if write[0] in named]
    if not writes:
        return None
    if isinstance(keys, str):
        return writes[0][1] if len(writes) == 1 else [value for _, value in writes]
    update = dict(writes)
    return update if len(update) == len(writes) else [{key: value} for key, value in writes]


class _Updates:
    """What each task wrote, as soon as it ends."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def __call__(self, event: Event) -> Iterator[Any]:
        if isinstance(event, TaskFinished):
            if event.interrupts:
                yield {INTERRUPT: event.interrupts}
            elif event.error is None:
                chunk = {event.task.name: written(event, self.keys)}
                if event.cached:
                    chunk["__metadata__"] = {"cached": True}
                yield chunk
        elif isinstance(event, RunFinished) and event.status == "interrupted" and not event.interrupts:
            yield {INTERRUPT: ()}


class _Tasks:
    """The beginning and the end of each task."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def __call__(self, event: Event) -> Iterator[Any]:
        if isinstance(event, StepStarted):
            for task in event.tasks:
                yield {"id": task.id, "name": task.name, "input": task.input, "triggers": task.triggers}
        elif isinstance(event, TaskFinished) and not event.cached:
            yield {
                "id": event.task.id,
                "name": event.task.name,
                "error": None if event.error is None else repr(event.error),
                "result": written(event, self.keys) or {},
                "interrupts": [{"value": i.value, "id": i.id} for i in event.interrupts],
            }
