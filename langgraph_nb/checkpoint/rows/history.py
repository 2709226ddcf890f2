"""Checkpoints of one namespace of a thread, page by page from the newest: what ``get_tuple`` and ``list`` give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Protocol
from warnings import warn

from langgraph_nb.checkpoint.config import Choice, matches
from langgraph_nb.checkpoint.rows import forms, tasks
from langgraph_nb.checkpoint.rows.frames import State
from langgraph_nb.checkpoint.rows.reading import Blobs, CheckpointRow, Damage, Loads, Reader, metadata_of
from langgraph_nb.checkpoint.rows.tasks import Tasks
from langgraph_nb.checkpoint.seal import WritesLost
from langgraph_nb.persistence import CheckpointTuple


class Pages(Protocol):
    """Where the rows of one space come from."""

    steady: bool
    """Whether they are all of one moment: then what does not fit together is damaged."""

    def back(self, space: int, upto: str | None, before: str | None, count: int) -> list[CheckpointRow]:
        """This many rows, and more to the next keyframe; the oldest first.

        Args:
            space: Its number.
            upto: The newest that may be among them; ``None`` for any.
            before: Only older ones than this.
            count: How many, at least, if there are.
        """

    def after(self, space: int, checkpoint_id: str) -> CheckpointRow | None:
        """The row with the next greater id."""

    def blobs(self, space: int, spans: Collection[tuple[int, int, int]]) -> Iterable[tuple[int, int, bytes]]:
        """The rows (n, upto, data) of these spans (n, from, to), those of a list in order."""

    def tasks_between(self, space: int, first: str, last: str) -> Iterable[tuple[str, str, bytes]]:
        """(checkpoint id, task id, body) of rows of writes."""


class Bound:
    """How far a history has been read."""

    def __init__(self, chosen: Choice) -> None:
        self.only = chosen.checkpoint_id
        self.before = chosen.before
        self.reached = self.only is not None and not chosen.checkpoint(self.only)

    def copy(self) -> Bound:
        """Another one, that goes on from here."""
        return copy(self)

    def read(self, rows: list[CheckpointRow]) -> None:
        """These rows were read."""
        self.reached = not rows or self.only is not None
        self.before = rows[0].id if rows else None


@dataclass(slots=True)
class Past:
    """A checkpoint, and what is pending on it."""

    state: State
    pending: Tasks = field(default_factory=dict)
    """What is in rows of its own."""
    led: Tasks = field(default_factory=dict)
    """What is in the row of the checkpoint that it led to."""


class Page:
    """Some checkpoints of a space, as they are at one moment.

    Args:
        rows: Where they come from.
        space: The number of the space.
        reader: Of the space.
        loads: Turns bytes into values.
    """

    def __init__(self, rows: Pages, space: int, reader: Reader, loads: Loads) -> None:
        self._rows, self._space, self._reader, self._loads = rows, space, reader, loads
        self._lost: tuple[Damage, str] | None = None
        """The damage by which what tasks wrote is lost, and the checkpoint that it was pending on."""

    def one(self, checkpoint_id: str | None) -> CheckpointTuple | None:
        """A checkpoint, or the newest; ``None`` if it is not there.

        Raises:
            Damage: A row cannot be read.
        """
        found = self._one(checkpoint_id)
        self._tell_of_lost()
        return found

    def _one(self, checkpoint_id: str | None) -> CheckpointTuple | None:
        rows = self._rows.back(self._space, checkpoint_id, None, 1)
        if not rows or checkpoint_id not in (None, rows[-1].id):
            return None
        last = rows[-1].id
        found = self._told(rows, {last}, checkpoint_id is not None)
        return next(self._tuples(found))

    def known(self, state: State, has_tasks: bool) -> CheckpointTuple:
        """The newest checkpoint, of which it is known what it says.

        Args:
            state: What it says.
            has_tasks: Whether there are rows of what tasks wrote that is pending on it.

        Raises:
            Damage: A row cannot be read.
        """
        return next(self._tuples([Past(state.copy())], has_tasks))

    def back(self, bound: Bound, count: int, filter: Mapping[str, Any] | None) -> list[CheckpointTuple]:
        """The next checkpoints, the newest first; notes how far it went.

        Args:
            bound: How far it went before.
            count: How many to look at, at least.
            filter: What their metadata must hold.

        Raises:
            Damage: A row cannot be read.
        """
        if bound.only is not None:
            rows = self._rows.back(self._space, bound.only, bound.before, 1)
            wanted: set[str] | None = {bound.only}
        else:
            rows, wanted = self._rows.back(self._space, None, bound.before, count), None
        ahead = bound.only is not None or bound.before is not None
        bound.read(rows)
        found = self._told(rows, wanted, ahead)
        hits = [past for past in found if not filter or matches(metadata_of(past.state, self._loads), filter)]
        tuples = [*self._tuples(hits)][::-1]
        self._tell_of_lost()
        return tuples

    def last_good(self, checkpoint_id: str | None) -> str | None:
        """The nearest ancestor that can be read; of one that has none in its row, the nearest older one."""
        seen: set[str] = set()
        while checkpoint_id is not None and checkpoint_id not in seen:
            seen.add(checkpoint_id)
            rows = self._rows.back(self._space, None, checkpoint_id, 1)
            parent_id = self._parent_id(checkpoint_id, rows)
            if parent_id is None:
                return None
            try:
                if self._one(parent_id) is not None:
                    return parent_id
            except Damage:
                pass
            checkpoint_id = parent_id
        return None

    def _parent_id(self, checkpoint_id: str, older: list[CheckpointRow]) -> str | None:
        here = self._rows.back(self._space, checkpoint_id, None, 1)
        if here and here[-1].id == checkpoint_id and here[-1].parent_id is not None:
            return here[-1].parent_id or None
        return older[-1].id if older else None

    def _told(self, rows: list[CheckpointRow], wanted: Collection[str] | None, ahead: bool) -> list[Past]:
        """The checkpoints of some frames, the oldest first.

        The row behind them, which holds what was pending on the last one, may be damaged: that one is good all the
        same, and its tasks have run for nothing.

        Args:
            rows: Those of the frames.
            wanted: Their ids; ``None`` for all.
            ahead: Whether there may be a row behind them, which holds what was pending on the last one.
        """
        if ahead and rows and (after := self._rows.after(self._space, rows[-1].id)) and after.parent_id is None:
            wanted = {row.id for row in rows} if wanted is None else wanted
            rows = [*rows, after]
        else:
            after = None
        found: list[Past] = []
        told = self._reader.replay(rows)
        for row in rows:
            try:
                state, led = next(told)
            except Damage as damage:
                if row is not after or not self._rows.steady:
                    raise
                self._lost = damage, rows[-2].id
                break
            if led and found and found[-1].state.id == state.parent_id:
                found[-1].led = led
            if wanted is None or state.id in wanted:
                found.append(Past(state.copy()))
        return found

    def _tell_of_lost(self) -> None:
        if self._lost is not None:
            damage, checkpoint_id = self._lost
            warn(
                f"Checkpoint {checkpoint_id!r} of thread {damage.space[0]!r} is good, but what its tasks wrote cannot "
                f"be read: a row in {damage.table} is damaged ({damage.reason}). Going on from there runs them again.",
                WritesLost,
                stacklevel=2,
            )

    def _tuples(self, found: list[Past], have_tasks: bool = True) -> Iterator[CheckpointTuple]:
        """Checkpoints with all that they need, by two queries however many they are."""
        if not found:
            return
        known = {past.state.id: past for past in found}
        rows = self._rows.tasks_between(self._space, min(known), max(known)) if have_tasks else ()
        for checkpoint_id, task_id, body in rows:
            if (past := known.get(checkpoint_id)) is not None:
                past.pending.update(self._reader.tasks(checkpoint_id, [(task_id, body)]))
        spans: dict[tuple[int, int], int] = {}
        for past in found:
            written = tasks.forms_of({**past.led, **past.pending})
            for n, first, last in forms.needs((*past.state.forms.values(), *written)):
                spans[n, first] = max(last, spans.get((n, first), 0))
        blobs = Blobs()
        wanted = [(n, first, last) for (n, first), last in spans.items()]
        self._reader.open_blobs(self._rows.blobs(self._space, wanted), blobs)
        for past in found:
            yield self._tuple(past, blobs)

    def _tuple(self, past: Past, blobs: Blobs) -> CheckpointTuple:
        reader, loads = self._reader, self._loads
        try:
            return reader.tuple(past.state, {**past.led, **past.pending}, blobs, loads)
        except Damage as damage:
            if not past.led or not self._rows.steady:
                raise
            found = reader.tuple(past.state, past.pending, blobs, loads)  # unless that is not what is damaged
            self._lost = damage, past.state.id
            return found
