"""From rows to checkpoints. What is damaged is found here, and named; what to do about it is for who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from langgraph_nb.checkpoint.config import address
from langgraph_nb.checkpoint.rows import forms, frames, tasks
from langgraph_nb.checkpoint.rows.forms import Form
from langgraph_nb.checkpoint.rows.frames import State
from langgraph_nb.checkpoint.rows.heads import ROOT
from langgraph_nb.checkpoint.rows.places import blob_place, delta_place, keyframe_place, tasks_place
from langgraph_nb.checkpoint.rows.tasks import Tasks
from langgraph_nb.checkpoint.seal import BrokenSeal, CheckpointCorrupt, Seal
from langgraph_nb.checkpoint.serde.base import CorruptData
from langgraph_nb.persistence import CheckpointTuple

Loads = Callable[[tuple[str, bytes]], Any]


class CheckpointRow(NamedTuple):
    """A row of ``nb_checkpoints``, but for its space."""

    id: str
    parent_id: str | None
    run_id: str | None
    body: bytes


class Damage(Exception):
    """A row is not what was stored there."""

    def __init__(
        self, reason: str, table: str, space: tuple[str, str], checkpoint_id: str | None, channel: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason, self.table, self.space = reason, table, space
        self.checkpoint_id, self.channel = checkpoint_id, channel


def corrupt(damage: Damage, last_good: str | None) -> CheckpointCorrupt:
    """What is raised for damage, once it is known which checkpoint before it is good."""
    thread_id, ns = damage.space
    return CheckpointCorrupt(
        damage.reason, table=damage.table, thread_id=thread_id, checkpoint_ns=ns, checkpoint_id=damage.checkpoint_id,
        channel=damage.channel, last_good=last_good,
    )  # fmt: skip


class Blobs:
    """Rows of ``nb_blobs``, opened. Those that cannot be are known by why."""

    def __init__(self) -> None:
        self.data: dict[int, dict[int, bytes]] = {}
        self.broken: dict[tuple[int, int], str] = {}

    def why(self, form: Form) -> str:
        """Why the value of a form cannot be read."""
        found = (
            f"blob {n} up to {upto}: {reason}"
            for wanted, first, last in forms.needs([form])
            for (n, upto), reason in self.broken.items()
            if n == wanted and first <= upto <= last
        )
        return next(found, "some of its rows are missing")


class Reader:
    """Reads rows of one namespace of a thread.

    Args:
        thread_id: The thread.
        ns: The namespace.
        seal: Opens rows.
    """

    def __init__(self, thread_id: str, ns: str, seal: Seal) -> None:
        self._space = thread_id, ns
        self._seal = seal

    def state(self, rows: Sequence[CheckpointRow]) -> State | None:
        """What the last row of a frame says; ``None`` if there are no rows.

        Raises:
            Damage: A row cannot be read.
        """
        states = [state for state, _ in self.replay(rows)]
        return states[-1] if states else None

    def replay(self, rows: Iterable[CheckpointRow]) -> Iterator[tuple[State, Tasks]]:
        """What each row of a frame says, and what the tasks wrote that led there. The state is changed in place.

        Raises:
            Damage: A row cannot be read.
        """
        state: State | None = None
        for row in rows:
            try:
                if row.parent_id is not None:
                    where = keyframe_place(*self._space, row.id, row.parent_id, row.run_id)
                    body = self._seal.open(row.body, where)
                    state, led = frames.from_keyframe(row.id, row.parent_id or None, row.run_id, body), {}
                elif state is None:
                    raise BrokenSeal("the rows that it builds on are missing")
                else:
                    body = self._seal.open(row.body, delta_place(*self._space, row.id, state.id, row.run_id))
                    led = frames.apply_delta(state, row.id, row.run_id, body)
            except BrokenSeal as error:
                raise Damage(str(error), "nb_checkpoints", self._space, row.id) from error
            yield state, led

    def tasks(self, checkpoint_id: str, rows: Iterable[tuple[str, bytes]]) -> Tasks:
        """What rows of writes say, by task id."""
        found: Tasks = {}
        for task_id, body in rows:
            try:
                opened = self._seal.open(body, tasks_place(*self._space, checkpoint_id, task_id))
            except BrokenSeal as error:
                raise Damage(str(error), "nb_writes", self._space, checkpoint_id) from error
            found[task_id] = tasks.from_row(opened)
        return found

    def open_blobs(self, rows: Iterable[tuple[int, int, bytes]], into: Blobs) -> None:
        """Open rows (n, upto, data), those of a list in order."""
        for n, upto, data in rows:
            try:
                opened = self._seal.open(data, blob_place(*self._space, n, upto))
            except BrokenSeal as error:
                into.broken[n, upto] = str(error)
            else:
                into.data.setdefault(n, {})[upto] = opened

    def tuple(self, state: State, pending: Tasks, blobs: Blobs, loads: Loads) -> CheckpointTuple:
        """A checkpoint.

        Args:
            state: What its frame says.
            pending: What tasks wrote.
            blobs: Those that it needs.
            loads: Turns bytes into values.

        Raises:
            Damage: A blob is not what was stored.
        """

        def value(channel: str, form: Form) -> Any:
            if type(form) is not bytes and type(form) is not list:
                return form
            try:
                typed = forms.typed(form, blobs.data)
            except (KeyError, CorruptData):
                raise Damage(blobs.why(form), "nb_blobs", self._space, state.id, channel) from None
            return loads(typed)

        values = {channel: value(channel, form) for channel, form in state.forms.items()}
        here, parent_id = (*self._space, state.id), state.parent_id
        return CheckpointTuple(
            address(*here),
            checkpoint_of(state, values, loads),  # type: ignore[arg-type]
            metadata_of(state, loads),
            address(*self._space, parent_id) if parent_id else None,
            [(task_id, channel, value(channel, form)) for task_id, channel, form in tasks.in_order(pending)],
        )


def checkpoint_of(state: State, values: Mapping[str, Any], loads: Loads) -> dict[str, Any]:
    """What a checkpoint says, with its channels' values. The state is not used again."""
    if state.odd is not None:
        return {**loaded(state.odd, loads), "channel_values": values}
    graph = {} if state.graph is None else {"graph": state.graph}
    return {
        "v": state.v, "ts": state.ts, "id": state.id, "channel_values": values, "channel_versions": state.versions,
        "versions_seen": state.seen, "updated_channels": state.updated, **graph,
    }  # fmt: skip


def metadata_of(state: State, loads: Loads) -> Any:
    """Its metadata."""
    if state.rest == ROOT and state.source is not None:
        return {"source": state.source, "step": state.step, "parents": {}}
    said = {"source": state.source, "step": state.step}
    return {**{key: value for key, value in said.items() if value is not None}, **loaded(state.rest, loads)}


def loaded(form: Form, loads: Loads) -> Any:
    """The value of a form that needs no blob."""
    return loads(forms.typed(form, {}))
