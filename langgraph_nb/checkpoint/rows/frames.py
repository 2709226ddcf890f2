"""The bodies of checkpoint rows: keyframes, which hold everything, and deltas, which hold what changed.

Names of channels and nodes are numbered within a frame, in the order in which its rows use them. A delta says nothing
of what can be foretold: that the step is the next one, that the rest of the metadata is as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from langgraph_nb.checkpoint.rows.forms import SAME, WITHIN, Form
from langgraph_nb.checkpoint.rows.heads import Head
from langgraph_nb.checkpoint.rows.tasks import Tasks, from_parts, long_id, parts_of, short_id
from langgraph_nb.checkpoint.serde.wire import pack_plain, unpack_plain

_FEWEST: Final = 16
"""Deltas that a frame has at least, unless something else ends it."""
_MUCH: Final = 3
"""How many times larger than their keyframe deltas may become: so much more is read, and so much less written."""
_MANY: Final = 8
"""Tasks up to which their places in the step are numbered like names: those of a fan-out never come again."""


class Numbers(dict[str, int]):
    """Name -> number. Names that are not there get the next one.

    Args:
        names: By number; is added to.
    """

    def __init__(self, names: list[str]) -> None:
        super().__init__(zip(names, range(len(names)), strict=True))
        self._names = names

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        self._names.append(name)
        return number


@dataclass(slots=True)
class State:
    """A checkpoint as its frame tells it so far. The next delta changes it in place."""

    id: str
    parent_id: str | None
    v: int
    ts: str
    versions: dict[str, Any]
    seen: dict[str, dict[str, Any]]
    forms: dict[str, Form]
    updated: list[str] | None
    source: str | None
    step: int | None
    rest: Form
    run_id: str | None
    graph: str | None = None
    """The fingerprint of the graph that made it."""
    odd: Form = None
    """All that the checkpoint says, where it cannot be spelled with texts and numbers; then the fields do not tell."""
    names: list[str] = field(default_factory=list)
    """Those that the frame has numbered."""
    numbers: Numbers | None = None
    """The inverse; made by those who write."""
    keyframe: int = 0
    """Bytes of the keyframe."""
    deltas: int = 0
    """Bytes of the deltas since."""
    rows: int = 0
    """How many these are."""

    def copy(self) -> State:
        """What it says of the checkpoint, for itself."""
        return State(
            self.id, self.parent_id, self.v, self.ts, self.versions.copy(),
            {node: seen.copy() for node, seen in self.seen.items()}, self.forms.copy(), self.updated, self.source,
            self.step, self.rest, self.run_id, self.graph, self.odd,
        )  # fmt: skip

    def full(self) -> bool:
        """Whether the frame has become so large that the next row should be a keyframe."""
        return self.rows >= _FEWEST and self.deltas >= _MUCH * self.keyframe

    def numbering(self) -> Numbers:
        """What stands for names in this frame."""
        if self.numbers is None:
            self.numbers = Numbers(self.names)
        return self.numbers


# -- keyframes: [v, ts, names, versions, seen, forms, updated, source, step, rest, graph, odd] -------------------------


def keyframe(state: State, anew: bool = True) -> bytes:
    """The body of a keyframe of this state; begins its frame.

    Args:
        state: What it holds.
        anew: Whether to number names anew. Not where deltas follow already.
    """
    if anew:
        state.names, state.numbers = [], None
    number = state.numbering().__getitem__
    for channel in state.versions:
        number(channel)
    forms = [part for channel, form in state.forms.items() for part in (number(channel), form)]
    seen = [[number(node), *_numbered(versions, number)] for node, versions in state.seen.items()]
    updated = None if state.updated is None else [number(channel) for channel in state.updated]
    versions = [state.versions.get(name) for name in state.names]
    body = pack_plain([
        state.v, state.ts, state.names, versions, seen, forms, updated, state.source, state.step, state.rest,
        state.graph, state.odd,
    ])  # fmt: skip
    state.keyframe, state.deltas, state.rows = len(body), 0, 0
    return body


def from_keyframe(checkpoint_id: str, parent_id: str | None, run_id: str | None, body: bytes) -> State:
    """The inverse of ``keyframe``."""
    v, ts, names, versions, seen, forms, updated, source, step, rest, graph, odd = unpack_plain(body)
    return State(
        checkpoint_id, parent_id, v, ts,
        {name: version for name, version in zip(names, versions, strict=True) if version is not None},
        {names[node]: _named(known, names) for node, *known in seen},
        {names[channel]: form for channel, form in zip(forms[::2], forms[1::2], strict=True)},
        None if updated is None else [names[channel] for channel in updated],
        source, step, rest, run_id, graph, odd, names, None, len(body),
    )  # fmt: skip


def _numbered(versions: Mapping[str, Any], number: Callable[[str], int]) -> list[Any]:
    return [part for channel, version in versions.items() for part in (number(channel), version)]


def _named(parts: list[Any], names: list[str]) -> dict[str, Any]:
    return {names[channel]: version for channel, version in zip(parts[::2], parts[1::2], strict=True)}


# -- deltas: [ts, versions, forms, gone, seen, updated, metadata, names, tasks], and the graph if it is another one ----

_TS: Final = slice(14, -6)
"""Of a time in ISO 8601: what mostly differs from one row to the next, minutes and below."""


@dataclass(slots=True)
class Change:
    """What a checkpoint says that its parent does not."""

    id: str
    head: Head
    run_id: str | None
    forms: dict[str, Form]
    """The channels with new values."""
    gone: list[str]
    """The channels that changed and have no value."""
    ran: Iterable[str]
    """The nodes of which something else is noted."""
    tasks: Tasks
    """What led to it."""


def delta(state: State, change: Change) -> bytes:
    """The body of a delta on this state, which then is the one after it."""
    said, number, known = change.head.said, state.numbering().__getitem__, len(state.names)
    versions, seen = said["channel_versions"], said["versions_seen"]
    changed = [*change.forms, *change.gone]
    news: Any = [versions.get(channel) for channel in changed]
    numbers = [number(channel) for channel in changed]
    with_values = len(change.forms)
    forms = [part for at, form in zip(numbers, change.forms.values(), strict=False) for part in (at, form)]
    ran = [[number(node), *_numbered(seen[node], number)] for node in change.ran]
    updated = said["updated_channels"]
    if updated is not None:
        updated = [number(channel) for channel in updated]
    tasks = _parts_of_tasks(change.tasks, state)
    if news and news[0] is not None and news.count(news[0]) == len(news):
        news = news[0]
    parts = [
        _short_ts(said["ts"], state.ts), news, forms, numbers[with_values:], ran, updated,
        _metadata(change.head, state), state.names[known:], tasks,
    ]  # fmt: skip
    if (graph := said.get("graph")) != state.graph:
        parts.append(graph)
    body = pack_plain(parts)
    _advance(state, change, changed)
    state.deltas += len(body)
    return body


def _advance(state: State, change: Change, changed: list[str]) -> None:
    """Make the state the one after a change."""
    said, head = change.head.said, change.head
    versions, seen = said["channel_versions"], said["versions_seen"]
    state.id, state.parent_id, state.ts, state.updated = change.id, state.id, said["ts"], said["updated_channels"]
    for channel in changed:
        if (version := versions.get(channel)) is not None:
            state.versions[channel] = version
    state.forms.update(change.forms)
    for channel in change.gone:
        state.forms.pop(channel, None)
    for node in change.ran:
        state.seen[node] = {**seen[node]}
    state.source, state.step, state.rest, state.run_id = head.source, head.step, head.rest, change.run_id
    state.graph = said.get("graph")
    state.rows += 1


def _short_ts(ts: str, before: str) -> str:
    """A time without what it shares with the one before."""
    if ts[:14] == before[:14] and ts[-6:] == before[-6:] and len(ts) == len(before) == 32:
        return ts[_TS]
    return ts


def _next(step: int | None) -> int | None:
    return None if step is None else step + 1


def _metadata(head: Head, state: State) -> Any:
    if head.rest != state.rest or head.step != _next(state.step):
        return [head.source, head.step, None if head.rest == state.rest else head.rest]
    return None if head.source == state.source else head.source


def _parts_of_tasks(tasks: Tasks, state: State) -> Any:
    if not tasks:
        return None
    number = state.numbering().__getitem__
    place: Any = number if len(tasks) <= _MANY else str
    return [[short_id(task_id), *parts_of(written, number, place)] for task_id, written in tasks.items()]


def apply_delta(state: State, checkpoint_id: str, run_id: str | None, body: bytes) -> Tasks:
    """Make the state the one after a row. Returns what the tasks wrote that led there."""
    ts, news, forms, gone, ran, updated, metadata, more, tasks, *graph = unpack_plain(body)
    if graph:
        (state.graph,) = graph
    names = state.names
    names += more
    state.parent_id, state.id = state.id, checkpoint_id
    state.ts = state.ts[:14] + ts + state.ts[-6:] if len(ts) == 12 else ts
    changed = [*forms[::2], *gone]
    if type(news) is not list:
        news = [news] * len(changed)
    for channel, version in zip(changed, news, strict=True):
        if version is not None:
            state.versions[names[channel]] = version
    for channel, form in zip(forms[::2], forms[1::2], strict=True):
        state.forms[names[channel]] = form
    lost = {channel: state.forms.pop(names[channel], None) for channel in gone}
    for node, *known in ran:
        state.seen[names[node]] = _named(known, names)
    state.updated = None if updated is None else [names[channel] for channel in updated]
    _apply_metadata(state, metadata)
    if run_id is not None:
        state.run_id = run_id or None
    state.rows += 1
    state.deltas += len(body)
    return {} if tasks is None else _tasks(tasks, names, state.forms, lost)


def _tasks(tasks: list[list[Any]], names: list[str], said: Mapping[str, Form], lost: Mapping[int, Form]) -> Tasks:
    def told(form: Form, channel: str) -> Form:
        if type(form) is not list:
            return form
        if form[0] == SAME:
            return said[channel]
        if form[0] == WITHIN:
            _, gone, offset, size = form
            return lost[gone][offset : offset + size]
        return form

    return {long_id(short): from_parts(parts, names.__getitem__, told) for short, *parts in tasks}


def _apply_metadata(state: State, metadata: Any) -> None:
    if type(metadata) is list:
        state.source, state.step, rest = metadata
        if rest is not None:
            state.rest = rest
        return
    state.step = _next(state.step)
    if metadata is not None:
        state.source = metadata
