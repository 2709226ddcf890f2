"""Which rows a transaction writes. Looks up, by a ``Shelf``, what it does not remember from the last one.

Theory of operation. ``add`` takes operations in order. What tasks wrote waits for the checkpoint that it led to: when
that follows the newest one, both become one row, a delta. All else takes the long way: a keyframe, and rows of
writes. Where a row is put before, in the place of, or taken from before a delta, that is made a keyframe first.

``Spaces`` remembers, of the threads that are being run, what the newest row says. It is right for as long as nobody
else writes; who uses it must know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from langgraph_nb.checkpoint.prepared import Ready, ReadyCheckpoint, ReadyWrites
from langgraph_nb.checkpoint.rows import forms, frames, lists, tasks
from langgraph_nb.checkpoint.rows.forms import PARTS, SAME, SLICE, TYPED, WHOLE, WITHIN, Dumped, Form
from langgraph_nb.checkpoint.rows.frames import Change, State
from langgraph_nb.checkpoint.rows.heads import is_plain
from langgraph_nb.checkpoint.rows.places import blob_place, delta_place, keyframe_place, tasks_place
from langgraph_nb.checkpoint.rows.reading import CheckpointRow, Damage, Reader
from langgraph_nb.checkpoint.rows.tasks import Tasks, Written
from langgraph_nb.checkpoint.seal import Seal
from langgraph_nb.checkpoint.serde.wire import MESSAGE

_MANY_PARTS = 16
"""Lists that one list may be spread over: each is a branch on the way to it."""
_SHORT = 24
"""Bytes of a write up to which it is not worth saying where else it is."""


class Shelf(Protocol):
    """What a database looks up and writes, inside of one transaction in which nobody else writes."""

    def space(self, thread_id: str, ns: str) -> tuple[int, bool]:
        """The number of a space, and whether it was made just now."""

    def newest(self, space: int) -> str | None:
        """The greatest id of a checkpoint."""

    def frame(self, space: int, checkpoint_id: str) -> list[CheckpointRow]:
        """A row and those before it, back to the next keyframe; the oldest first. Empty if there is no such row."""

    def after(self, space: int, checkpoint_id: str) -> CheckpointRow | None:
        """The row with the next greater id; the id itself need not be there."""

    def tasks(self, space: int, checkpoint_id: str) -> list[tuple[str, bytes]]:
        """(task id, body) of the rows of writes pending on a checkpoint."""

    def tasks_from(self, space: int, checkpoint_id: str) -> list[tuple[str, str]]:
        """(checkpoint id, task id) of the rows of writes pending on this or any greater id."""

    def last_blob(self, space: int) -> int:
        """The greatest number of a blob, or 0."""

    def end_of_list(self, space: int, n: int) -> int:
        """The greatest ``upto`` of a blob, or 0."""

    def put(self, changed: Rows) -> None:
        """Write rows; those of checkpoints and of writes replace what is there."""


class ClearingShelf(Shelf, Protocol):
    """What it does beside that where rows are taken away."""

    def outline(self, space: int) -> list[tuple[str, str | None]]:
        """(id, parent_id) of all checkpoints, in the order of their ids."""

    def all_rows(self, space: int) -> Iterator[CheckpointRow]:
        """All rows of checkpoints, in the order of their ids."""

    def all_tasks(self, space: int) -> list[tuple[str, str, bytes]]:
        """(id, task_id, body) of all rows of writes."""

    def blob_keys(self, space: int) -> list[tuple[int, int]]:
        """(n, upto) of all blobs."""

    def delete_checkpoints(self, space: int, ids: Iterable[str]) -> None:
        """Delete checkpoints and the rows of writes pending on them."""

    def delete_blobs(self, space: int, keys: Iterable[tuple[int, int]]) -> None:
        """Delete blobs (n, upto)."""

    def delete_space(self, space: int) -> None:
        """Delete all there is of a space."""


@dataclass(slots=True)
class Rows:
    """Rows to write. Bodies and data are sealed."""

    checkpoints: list[tuple[int, str, str | None, str | None, bytes]] = field(default_factory=list)
    """(space, id, parent_id, run_id, body)"""
    blobs: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    """(space, n, upto, data)"""
    writes: list[tuple[int, str, str, bytes]] = field(default_factory=list)
    """(space, id, task_id, body)"""


@dataclass(slots=True)
class Space:
    """What is known of a namespace of a thread."""

    number: int
    thread_id: str
    ns: str
    newest: str | None = None
    """The greatest id of a checkpoint."""
    tip: State | None = None
    """What that says, unless its row is damaged."""
    blobs: int = 0
    """The greatest number of a blob."""
    ends: dict[int, int] = field(default_factory=dict)
    """Of lists: how long they are by now."""
    loose: dict[str, set[str]] = field(default_factory=dict)
    """Of the newest checkpoint, and of ids that are to come: the tasks that have rows of writes."""
    pending: dict[str, Tasks] = field(default_factory=dict)
    """Checkpoint -> what tasks wrote, to be stored with what comes next, or at the end of the batch."""


Spaces = dict[tuple[str, str], Space]


class _Tail(NamedTuple):
    """What a checkpoint adds to a list."""

    n: int
    upto: int
    items: memoryview


class Batch:
    """Rows to write.

    Args:
        shelf: Looks up and writes.
        spaces: What is remembered, and is to be remembered, of earlier batches.
        seal: Closes rows.
    """

    def __init__(self, shelf: Shelf, spaces: Spaces, seal: Seal) -> None:
        self._shelf = shelf
        self._spaces = spaces
        self._seal = seal
        self._rows = Rows()
        self._touched: list[Space] = []
        self.begun: list[Space] = []
        """The spaces in which a frame was begun."""
        self._tails: dict[str, _Tail] = {}
        """What the checkpoint at hand adds to the lists that channels hold."""

    def add(self, item: Ready) -> None:
        """Add a checkpoint, or a task's writes."""
        thread_id, ns, checkpoint_id = item.address
        space = self._spaces.get((thread_id, ns)) or self.open(thread_id, ns)
        if isinstance(item, ReadyWrites):
            tasks.add(space.pending.setdefault(checkpoint_id, {}), item)
            self._touched.append(space)
        else:
            self._add_checkpoint(space, item)

    def store(self) -> None:
        """Write all rows."""
        for space in self._touched:
            while space.pending:
                self._store_pending(space, *space.pending.popitem())
        self._touched.clear()
        self.flush()

    def flush(self) -> None:
        """Write the rows there are, so that looking up finds them."""
        rows, self._rows = self._rows, Rows()
        self._shelf.put(rows)

    # -- spaces --

    def open(self, thread_id: str, ns: str) -> Space:
        """Look up what there is of a space."""
        self.flush()
        shelf = self._shelf
        number, new = shelf.space(thread_id, ns)
        space = self._spaces[thread_id, ns] = Space(number, thread_id, ns)
        if not new:
            space.newest, space.blobs = shelf.newest(number), shelf.last_blob(number)
            for checkpoint_id, task_id in shelf.tasks_from(number, space.newest or ""):
                space.loose.setdefault(checkpoint_id, set()).add(task_id)
            if space.newest is not None:
                space.tip = self._known(space, space.newest)
        return space

    def reader(self, space: Space) -> Reader:
        return Reader(space.thread_id, space.ns, self._seal)

    def _known(self, space: Space, checkpoint_id: str) -> State | None:
        """What a checkpoint says; ``None`` if there is none, or if it is damaged: then nothing is built on it."""
        try:
            return self.reader(space).state(self._shelf.frame(space.number, checkpoint_id))
        except Damage:
            return None

    # -- checkpoints --

    def _add_checkpoint(self, space: Space, item: ReadyCheckpoint) -> None:
        self._tails = {}
        change, tip = None, space.tip
        if tip is not None and item.parent_id == tip.id and item.address[2] > tip.id and not tip.full():
            change = self._change(space, tip, item)
        if tip is not None and change is not None:
            self._add_delta(space, tip, change)
        else:
            self._add_keyframe(space, item)

    def _add_delta(self, space: Space, tip: State, change: Change) -> None:
        before = tip.id
        run_id = None if change.run_id == tip.run_id else change.run_id or ""
        body = self._seal.close(
            frames.delta(tip, change), delta_place(space.thread_id, space.ns, change.id, before, run_id)
        )
        self._rows.checkpoints.append((space.number, change.id, None, run_id, body))
        self._at(space, tip)

    def _at(self, space: Space, tip: State) -> None:
        """A checkpoint has become the newest."""
        if space.loose:
            space.loose = {key: known for key, known in space.loose.items() if key >= tip.id}
        space.newest, space.tip = tip.id, tip

    def _change(self, space: Space, tip: State, item: ReadyCheckpoint) -> Change | None:
        """What a checkpoint says that the tip does not; ``None`` where a delta cannot tell."""
        said = item.head.said
        changed: Iterable[str]
        ran: Iterable[str]
        if tip.odd is not None:
            return None
        if item.ran is not None:
            changed, ran = item.changes, item.ran
        else:
            if not _follows(said, tip):
                return None
            versions, known = said["channel_versions"], tip.versions
            others = [channel for channel, version in versions.items() if not _same(known.get(channel), version)]
            changed = dict.fromkeys((*item.changes, *others))
            ran = [node for node, seen in said["versions_seen"].items() if tip.seen.get(node) != seen]
        new, gone = self._forms(space, tip.forms, item, changed)
        led = self._bundle(space, tip, item, new, gone)
        return Change(item.address[2], item.head, item.run_id, new, gone, ran, led)

    def _forms(
        self, space: Space, before: dict[str, Form], item: ReadyCheckpoint, changed: Iterable[str]
    ) -> tuple[dict[str, Form], list[str]]:
        """The forms of the values that changed, and the channels that have none now."""
        new: dict[str, Form] = {}
        gone, left, dumped, values = [], len(before), item.changed, item.values
        for channel in changed:
            if channel in dumped:
                new[channel] = self._put_value(space, channel, dumped[channel], before.get(channel))
                left += channel not in before
            elif channel not in values:
                gone.append(channel)
                left -= channel in before
            elif channel in before:
                new[channel] = before[channel]
        if left != len(values) or item.ran is None:
            known = frozenset(gone)
            gone += [channel for channel in before if channel not in values and channel not in known]
            for channel, value in values.items():
                if channel not in before and channel not in new:
                    new[channel] = self._put_value(space, channel, item.dumps(value), None)
        return new, gone

    def _add_keyframe(self, space: Space, item: ReadyCheckpoint) -> None:
        checkpoint_id, said = item.address[2], item.head.said
        newest = space.newest is None or checkpoint_id > space.newest
        if not newest:
            self._make_room(space, checkpoint_id)
        before = self._parents_forms(space, item.parent_id)
        new, _ = self._forms(space, before, item, dict.fromkeys((*item.changed, *item.changes)))
        if item.parent_id in space.pending:
            self._settle(space, space.pending[item.parent_id], item, new, None, {})
            if item.parent_id == space.newest:  # while it is known that nothing comes after it
                self._store_pending(space, item.parent_id, space.pending.pop(item.parent_id))
        state = State(
            checkpoint_id, item.parent_id, 0, "", {}, {},
            {channel: new[channel] if channel in new else before[channel] for channel in item.values},
            None, item.head.source, item.head.step, item.head.rest, item.run_id,
        )  # fmt: skip
        if is_plain(said):
            state.v, state.ts, state.updated = said["v"], said["ts"], said["updated_channels"]
            state.versions, state.graph = {**said["channel_versions"]}, said.get("graph")
            state.seen = {node: {**seen} for node, seen in said["versions_seen"].items()}
        else:
            state.odd = _form(item.dumps({**said}))
        self._put_keyframe(space, state)
        self.begun.append(space)
        if newest:
            self._at(space, state)
        elif checkpoint_id == space.newest:
            space.tip = state

    def _put_keyframe(self, space: Space, state: State, anew: bool = True) -> None:
        body, parent_id = frames.keyframe(state, anew), state.parent_id or ""
        where = keyframe_place(space.thread_id, space.ns, state.id, parent_id, state.run_id)
        self._rows.checkpoints.append((space.number, state.id, parent_id, state.run_id, self._seal.close(body, where)))

    def _parents_forms(self, space: Space, parent_id: str | None) -> dict[str, Form]:
        if parent_id is None:
            return {}
        tip = space.tip
        if tip is None or tip.id != parent_id:
            self.flush()
            tip = self._known(space, parent_id)
        return {} if tip is None else tip.forms

    # -- rows that others build on --

    def _make_room(self, space: Space, checkpoint_id: str) -> None:
        """Let no row build on this one, which is put where others are already; keep what is said in it of others."""
        self.stand_alone(space, self._after(space, checkpoint_id))
        self.flush()
        here = self._shelf.frame(space.number, checkpoint_id)
        if here and here[-1].parent_id is None:
            self.loosen(space, here)

    def _after(self, space: Space, checkpoint_id: str) -> CheckpointRow | None:
        self.flush()
        return self._shelf.after(space.number, checkpoint_id)

    def stand_alone(self, space: Space, row: CheckpointRow | None) -> None:
        """Make a delta a keyframe, and what tasks wrote that led there rows of their own."""
        if row is None or row.parent_id is not None:
            return
        state = self.loosen(space, self._shelf.frame(space.number, row.id))
        self._put_keyframe(space, state, anew=False)
        if state.id == space.newest:
            space.tip = state

    def loosen(self, space: Space, frame: list[CheckpointRow]) -> State:
        """Give what tasks wrote, and led to the last row of a frame, rows of their own. Returns what it says."""
        *_, (state, led) = self.reader(space).replay(frame)
        if led and state.parent_id is not None:
            there = {task_id for task_id, _ in self._shelf.tasks(space.number, state.parent_id)}
            for task_id, written in led.items():
                if task_id not in there:
                    self._put_tasks(space, state.parent_id, task_id, written)
        return state

    # -- what tasks wrote --

    def _bundle(self, space: Space, tip: State, item: ReadyCheckpoint, said: dict[str, Form], gone: list[str]) -> Tasks:
        """What tasks wrote that led to a delta and is stored with it: not of those that have rows of their own."""
        pending = space.pending.pop(tip.id, None)
        if pending is None:
            return {}
        if loose := space.loose.get(tip.id):
            left = {task_id: pending.pop(task_id) for task_id in loose & pending.keys()}
            if left:
                space.pending[tip.id] = left
        if len(pending) > 1:
            pending = dict(sorted(pending.items(), key=lambda known: (known[1].path, known[0])))
        lost = {c: form for c in gone if type(form := tip.forms.get(c)) is bytes and len(form) > _SHORT}
        self._settle(space, pending, item, said, tip, lost)
        return pending

    def _settle(
        self, space: Space, pending: Tasks, item: ReadyCheckpoint, said: dict[str, Form], tip: State | None,
        lost: dict[str, bytes],
    ) -> None:  # fmt: skip
        """Put what tasks wrote somewhere; what the checkpoint that it led to says too, is not put again.

        Args:
            space: Where they ran.
            pending: What they wrote.
            item: The checkpoint.
            said: The forms of what is new in it.
            tip: The one before, if both become one row.
            lost: Large values of that, which are gone.
        """
        used = dict.fromkeys(self._tails, 0)
        for written in pending.values():
            for index, (channel, dumped) in written.writes.items():
                if type(dumped) is not bytes and type(dumped) is not tuple:
                    continue
                form: Form = None
                if channel in said and item.changed.get(channel) == dumped:
                    form = [SAME] if tip is not None else said[channel]
                elif type(dumped) is bytes and len(dumped) > _SHORT:
                    form = self._slice(channel, dumped, used)
                    if form is None and tip is not None and lost:
                        form = _within(dumped, lost, tip)
                written.writes[index] = channel, form or self._put_large(space, dumped)

    def _slice(self, channel: str, dumped: bytes, used: dict[str, int]) -> Form | None:
        """The form of a write that is the next part of what was added to a list."""
        tail = self._tails.get(channel)
        if tail is None or (packed := lists.taken_apart(dumped)) is None:
            return None
        start, size = used[channel], len(packed.items)
        if tail.items[start : start + size] != packed.items:
            return None
        used[channel] += size
        return [SLICE, packed.word, packed.length, tail.n, tail.upto, start, size]

    def _store_pending(self, space: Space, checkpoint_id: str, pending: Tasks) -> None:
        """Give what tasks wrote rows of their own."""
        for written in pending.values():
            for index, (channel, dumped) in written.writes.items():
                if type(dumped) is bytes or type(dumped) is tuple:
                    written.writes[index] = channel, self._put_large(space, dumped)
        ahead = space.newest is None or checkpoint_id >= space.newest
        known: Tasks = {}
        if not ahead or not pending.keys().isdisjoint(space.loose.get(checkpoint_id, ())):
            known = self._pending_on(space, checkpoint_id)
        for task_id, written in pending.items():
            if task_id in known:
                written.under(known[task_id])
            self._put_tasks(space, checkpoint_id, task_id, written)
        if ahead:
            space.loose.setdefault(checkpoint_id, set()).update(pending)

    def _pending_on(self, space: Space, checkpoint_id: str) -> Tasks:
        """What is stored of what tasks wrote, pending on a checkpoint."""
        self.flush()
        shelf, reader, found = self._shelf, self.reader(space), {}
        after = shelf.after(space.number, checkpoint_id)
        if after is not None and after.parent_id is None:
            *_, (state, led) = reader.replay(shelf.frame(space.number, after.id))
            found = led if state.parent_id == checkpoint_id else {}
        return {**found, **reader.tasks(checkpoint_id, shelf.tasks(space.number, checkpoint_id))}

    def _put_tasks(self, space: Space, checkpoint_id: str, task_id: str, written: Written) -> None:
        where = tasks_place(space.thread_id, space.ns, checkpoint_id, task_id)
        self._rows.writes.append((space.number, checkpoint_id, task_id, self._seal.close(tasks.row(written), where)))

    # -- values --

    def _put_value(self, space: Space, channel: str, dumped: Dumped, before: Form) -> Form:
        """Put a channel's value somewhere; of a list, only what was added."""
        if type(dumped) is not bytes or len(dumped) <= forms.SMALL:
            return self._put_large(space, dumped)
        packed = lists.taken_apart(dumped)
        if packed is None or packed.word == MESSAGE or not packed.length:
            return self._put_large(space, dumped)
        if type(before) is list and before[0] == PARTS and before[1] == packed.word:
            grown = packed.grown_from(before[3], before[4])
            if grown is not None and (form := self._put_tail(space, channel, packed, before, grown)) is not None:
                return form
        n = space.blobs = space.blobs + 1
        self._put_items(space, channel, n, packed.length, packed.items)
        return [PARTS, packed.word, packed.length, len(packed.items), packed.digest(), n, packed.length]

    def _put_tail(
        self, space: Space, channel: str, packed: lists.Packed, before: Form, digest: bytes
    ) -> Form | None:
        """Put what was added to a list behind it, or, where another branch has done so, in a list of its own."""
        _, _, count, size, _, *parts = before
        if packed.length == count:
            return before
        n, end = parts[-2:]
        if n not in space.ends:
            self.flush()
            space.ends[n] = self._shelf.end_of_list(space.number, n)
        if space.ends[n] != end:
            if len(parts) >= 2 * _MANY_PARTS:
                return None
            n = space.blobs = space.blobs + 1
            parts, end = [*parts, n, 0], 0
        parts[-1] = end + packed.length - count
        self._put_items(space, channel, n, parts[-1], packed.items[size:])
        return [PARTS, packed.word, packed.length, len(packed.items), digest, *parts]

    def _put_items(self, space: Space, channel: str, n: int, upto: int, items: memoryview) -> None:
        self._put_blob(space, n, upto, bytes(items))
        space.ends[n] = upto
        self._tails[channel] = _Tail(n, upto, items)

    def _put_large(self, space: Space, dumped: Dumped) -> Form:
        """Put a value somewhere, whole."""
        if type(dumped) is tuple:
            kind, data = dumped
            if len(data) <= forms.SMALL:
                return [kind, data]
            return [TYPED, self._put_blob(space, None, 0, data), kind]
        if type(dumped) is not bytes or len(dumped) <= forms.SMALL:
            return dumped
        return [WHOLE, self._put_blob(space, None, 0, dumped)]

    def _put_blob(self, space: Space, n: int | None, upto: int, data: bytes) -> int:
        if n is None:
            n = space.blobs = space.blobs + 1
        closed = self._seal.close(data, blob_place(space.thread_id, space.ns, n, upto))
        self._rows.blobs.append((space.number, n, upto, closed))
        return n


def _within(dumped: bytes, lost: dict[str, bytes], tip: State) -> Form | None:
    """The form of a write that is a part of what the row before says."""
    for channel, said in lost.items():
        if (offset := said.find(dumped)) >= 0:
            return [WITHIN, tip.numbering()[channel], offset, len(dumped)]
    return None


def _same(known: Any, version: Any) -> bool:
    return type(known) is type(version) and bool(known == version)


def _form(dumped: Dumped) -> Form:
    return [*dumped] if type(dumped) is tuple else dumped


def _follows(said: Mapping[str, Any], tip: State) -> bool:
    """Whether a checkpoint can be said by what is new since the tip."""
    return (
        is_plain(said)
        and said["v"] == tip.v
        and tip.versions.keys() <= said["channel_versions"].keys()
        and tip.seen.keys() <= said["versions_seen"].keys()
    )
