"""A saver that keeps threads in this process: for tests, notebooks and examples. Nothing outlives the process.

Values are kept serialised, so what a node changes in place later does not change history; only numbers, texts and their
like, which nobody can change, are kept as they are. A checkpoint holds, for each channel, the value at that point;
channels that did not change share it with the parent's. Of a state of many channels a checkpoint holds what changed
since its parent; now and then one is whole, so that reading does not go back far. The rest, which is mostly never
looked at again, is packed: objects take several times the room of what they say. What is kept for this process alone
needs no lasting format: ``marshal`` packs it, which writes builtin types exactly and refuses others.

Supersteps are taken as they come (``PutStep``) and packed later, many in a row, or when somebody reads the thread.
"""

from __future__ import annotations

import builtins
import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import attrgetter, itemgetter
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from langgraph_nb.checkpoint.base import TransactionalSaver
from langgraph_nb.checkpoint.config import (
    WRITES_IDX_MAP,
    Choice,
    address,
    check_strategy,
    get_checkpoint_id,
    get_checkpoint_metadata,
    matches,
    required_checkpoint_id,
    thread_and_ns,
    writes_sort_key,
)
from langgraph_nb.checkpoint.prepared import Typed
from langgraph_nb.checkpoint.serde import JsonPlusSerializer
from langgraph_nb.checkpoint.serde.wire import FORMAT
from langgraph_nb.checkpoint.shapes import new_shapes
from langgraph_nb.ids import time_of
from langgraph_nb.persistence import CheckpointTuple, NeedsWhole, PutCheckpoint, PutStep, StorageOp, storable

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.checkpoint.serde import SerializerProtocol

__all__ = ["InMemorySaver", "MemorySaver"]

Kept = Any
"""A value as it is kept: itself, if it is an atom; the bytes, if they are in the usual format; else ``Typed``."""
_ATOMS = frozenset((str, int, float, bool, type(None)))
"""What cannot be changed in place, and is not larger than its bytes."""
Names = tuple[str, ...]
Writes = tuple[str, str, tuple[tuple[str, Kept], ...]]
"""(task id, task path, ((channel, value), ...)) as one call gave them"""
Key = tuple[str, str]
"""(thread id, namespace)"""

_HEAD = ("v", "ts", "channel_versions", "versions_seen", "updated_channels")
"""What a checkpoint says besides its id, its channels' values and its graph."""
_APART, _SAID = frozenset(("id", "channel_values", "graph")), frozenset(_HEAD)
_METADATA = ("source", "step", "parents")
"""What its metadata says, unless the caller has given some."""
_said, _origin = itemgetter(*_HEAD), itemgetter(*_METADATA)
_WIDE = 24
"""Channels from which on a checkpoint holds what changed only."""
_DEEP = 16
"""Checkpoints in a row that do, at most; or a quarter of the channels, if that is more."""
_WAITING = 64
"""Supersteps of a namespace, and namespaces with such, that are not packed yet, at most."""
_GONE: Kept = ("gone", b"")
"""Stands for the value of a channel that has none any more."""
_MANY = 1024
"""Tuples of names to remember."""


@dataclass(slots=True)
class _Saved:
    """One checkpoint."""

    parent_id: str | None
    names: Names
    """The channels. The tuple is shared with other checkpoints."""
    values: tuple[Kept, ...]
    """Their values, each shared with other checkpoints."""
    head: bytes | Typed
    """What else it says, and its metadata: as bytes, if that is no more than usual."""
    room: int = _DEEP
    """How many checkpoints in a row may be added that hold what changed only."""
    partial: bool = False
    """Whether it does: its parent holds the rest."""
    graph: str | None = None
    """The fingerprint of the graph that made it."""
    writes: bytes | Writes | list[bytes | Writes] | None = None
    """What is pending on it: what one call gave, packed if it can be, or a list of that."""

    def add(self, writes: bytes | Writes) -> None:
        """Have these pend on it too."""
        if self.writes is None:
            self.writes = writes
        elif type(self.writes) is list:
            self.writes.append(writes)
        else:
            self.writes = [self.writes, writes]  # type: ignore[list-item]

    def copy(self) -> _Saved:
        """The same, to be changed by itself."""
        return replace(self, writes=self.writes.copy() if isinstance(self.writes, list) else self.writes)


@dataclass(slots=True)
class _Space:
    """The checkpoints of one namespace of one thread."""

    saved: dict[str, _Saved] = field(default_factory=dict)
    latest: str = ""
    early_writes: dict[str, list[bytes | Writes]] | None = None
    """Checkpoint id -> writes that came before their checkpoint."""
    steps: list[_NewStep] = field(default_factory=list)
    """What is not packed yet, in order."""


class _NewCheckpoint(NamedTuple):
    """A checkpoint that is ready to be stored."""

    key: Key
    id: str
    parent_id: str | None
    op: PutCheckpoint
    metadata: Any
    changed: dict[str, Kept]
    """The values of the channels that changed; of all, if there is no parent."""
    head: bytes | Typed
    wide: bool
    """Whether the head says what changed only."""


class _NewWrites(NamedTuple):
    """Writes that are ready to be stored."""

    key: Key
    id: str
    writes: bytes | Writes


class _NewStep(NamedTuple):
    """A superstep that is ready to be stored."""

    key: Key
    op: PutStep
    values: dict[str, Kept]
    writes: Sequence[tuple[tuple[str, Kept], ...]]
    """Of each task."""


class _Found:
    """A checkpoint as it was when it was looked for; made under the lock, read without."""

    __slots__ = ("key", "checkpoint_id", "chain", "writes")

    def __init__(self, key: Key, checkpoint_id: str, space: _Space) -> None:
        self.key = key
        self.checkpoint_id = checkpoint_id
        saved = space.saved[checkpoint_id]
        self.chain = _chain(space.saved, saved)
        writes = saved.writes
        self.writes = tuple(writes) if isinstance(writes, list) else (writes,) if writes else ()


class InMemorySaver(TransactionalSaver):
    """Keeps threads in memory, for as long as the saver lives. Serves sync and async runs; safe to use from any thread.

    Args:
        serde: Turns values into bytes and back.

    Example:
        >>> saver = InMemorySaver()
        >>> list(saver.list({"configurable": {"thread_id": "never used"}}))
        []
    """

    blocking = False
    takes_steps = True

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde)
        self._spaces: dict[Key, _Space] = {}
        self._unsettled: dict[Key, _Space] = {}
        """Those with supersteps that are not packed."""
        self._names: dict[Names, Names] = {}
        """Each to itself, so that checkpoints share them."""
        self._shapes: dict[str, str] = {}
        """Fingerprint -> the shape of a graph that made checkpoints here."""
        self._lock = RLock()

    def __enter__(self) -> InMemorySaver:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    async def __aenter__(self) -> InMemorySaver:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    # -- writing: first all that may fail, then what cannot --

    def serialised(self, ops: Sequence[StorageOp]) -> builtins.list[Any]:
        ready: builtins.list[Any] = []
        known: dict[int, Kept] = {}
        config: Any = None
        for op in ops:
            if op.config is not config:  # those that are stored together are mostly about one checkpoint
                config = op.config
                key = thread_and_ns(config)
                checkpoint_id = get_checkpoint_id(config)
            if isinstance(op, PutStep):
                ready.append(self._new_step(op, key, known))
            elif isinstance(op, PutCheckpoint):
                values = op.checkpoint["channel_values"]
                names = values if checkpoint_id is None else op.new_versions
                changed = {name: self._dumps(values[name], known) for name in names if name in values}
                ready.append(self._new_checkpoint(op, key, checkpoint_id, changed))
            else:
                where = checkpoint_id or required_checkpoint_id(config)
                writes = tuple([(channel, self._dumps(value, known)) for channel, value in op.writes])
                ready.append(_NewWrites(key, where, _packed((op.task_id, op.task_path, writes))))
        return ready

    def _new_step(self, op: PutStep, key: Key, known: dict[int, Kept]) -> _NewStep:
        values, writes = op.values, [storable(end.writes) for end in op.ended]
        plain = type(self.serde) is JsonPlusSerializer
        if not (plain and all([type(value) in _ATOMS for value in values.values()])):
            values = {name: self._dumps(value, known) for name, value in values.items()}
        for i, some in enumerate(writes):
            if not (plain and all([type(value) in _ATOMS for _, value in some])):
                writes[i] = tuple([(channel, self._dumps(value, known)) for channel, value in some])
        return _NewStep(key, op, values, writes)

    def _dumps(self, value: Any, known: dict[int, Kept]) -> Kept:
        if type(value) in _ATOMS and type(self.serde) is JsonPlusSerializer:
            return value
        at = id(value)  # what a task wrote may be what the channel holds
        if at not in known:
            kind, data = typed = self.serde.dumps_typed(value)
            known[at] = data if kind == FORMAT and type(data) is bytes else typed
        return known[at]

    def _new_checkpoint(
        self, op: PutCheckpoint, key: Key, parent_id: str | None, changed: dict[str, Kept]
    ) -> _NewCheckpoint:
        checkpoint, metadata = op.checkpoint, get_checkpoint_metadata(op.config, op.metadata)
        wide = (
            len(checkpoint["channel_versions"]) > _WIDE
            and op.ran is not None
            and parent_id is not None
            and "counters_since_delta_snapshot" not in metadata  # delta channels come and go without new versions
        )
        head = self._dumps_head(_news(op) if wide else checkpoint, metadata)
        return _NewCheckpoint(key, checkpoint["id"], parent_id, op, metadata, changed, head, wide)

    def _dumps_head(self, said: Mapping[str, Any], metadata: Mapping[str, Any]) -> bytes | Typed:
        head = {name: value for name, value in said.items() if name not in _APART}
        if head.keys() == _SAID:
            return self._dumps_said(_said(head), {}, metadata)
        return self.serde.dumps_typed([head, metadata])

    def _dumps_said(self, said: Sequence[Any], config: Any, metadata: Mapping[str, Any]) -> bytes | Typed:
        if "metadata" in config:
            metadata = get_checkpoint_metadata(config, metadata)  # type: ignore[arg-type]
        if type(self.serde) is JsonPlusSerializer:
            try:
                if len(metadata) == len(_METADATA):
                    return marshal.dumps((*said, *_origin(metadata)))
                return marshal.dumps((*said, dict(metadata)))
            except (ValueError, KeyError):  # something is of a class of its own, or goes by another name
                pass
        return self.serde.dumps_typed([dict(zip(_HEAD, said, strict=True)), metadata])

    def _loads_head(self, saved: _Saved) -> tuple[dict[str, Any], Any]:
        if isinstance(saved.head, tuple):
            return tuple(self.serde.loads_typed(saved.head))
        said = marshal.loads(saved.head)
        rest = said[len(_HEAD) :]
        metadata = rest[0] if len(rest) == 1 else dict(zip(_METADATA, rest, strict=True))
        return dict(zip(_HEAD, said, strict=False)), metadata

    def commit(self, ready: Sequence[Any]) -> None:
        with self._lock:
            staged: dict[tuple[Key, str], _Saved] = {}
            for new in ready:
                if type(new) is _NewCheckpoint:
                    staged[new.key, new.id] = self._saved(new, staged)
            for new in ready:
                if (space := self._spaces.get(new.key)) is None:
                    space = self._spaces[new.key] = _Space()
                if type(new) is _NewStep:
                    self._add_step(space, new)
                    continue
                self._settle(space)
                if type(new) is _NewCheckpoint:
                    _store_checkpoint(space, new.id, staged[new.key, new.id])
                else:
                    _store_writes(space, new.id, new.writes)
            if staged:
                self._shapes.update(new_shapes([new.op for new in ready if type(new) is _NewCheckpoint], self._shapes))

    def _saved(self, new: _NewCheckpoint, staged: Mapping[tuple[Key, str], _Saved]) -> _Saved:
        parent_id, space = new.parent_id, self._space(new.key)
        known: Mapping[str | None, _Saved] = space.saved if space is not None else {}  # type: ignore[assignment]
        if staged:
            known = {**known, **{i: saved for (key, i), saved in staged.items() if key == new.key}}
        parent = None if parent_id is None else known.get(parent_id)
        values, kept = new.op.checkpoint["channel_values"], new.changed
        if new.wide and parent is not None and parent.room:
            gone = {name: _GONE for name in new.op.new_versions if name not in values}
            return self._part(parent_id, parent.room - 1, {**kept, **gone}, new.head, _graph(new.op))
        if parent is not None:
            kept = {**_kept(_chain(known, parent)), **kept}
        if kept.keys() != values.keys():
            kept = {name: kept[name] if name in kept else self._dumps(v, {}) for name, v in values.items()}
        head = self._dumps_head(new.op.checkpoint, new.metadata) if new.wide else new.head
        return self._whole(parent_id, kept, head, _graph(new.op))

    def _part(
        self, parent_id: str | None, room: int, kept: dict[str, Kept], head: bytes | Typed, graph: str | None
    ) -> _Saved:
        """A checkpoint of which its parent holds the rest."""
        return _Saved(parent_id, self._shared(tuple(kept)), tuple(kept.values()), head, room, True, graph)

    def _whole(
        self, parent_id: str | None, kept: dict[str, Kept], head: bytes | Typed, graph: str | None
    ) -> _Saved:
        room = max(_DEEP, len(kept) // 4)
        return _Saved(parent_id, self._shared(tuple(kept)), tuple(kept.values()), head, room, False, graph)

    def _shared(self, names: Names) -> Names:
        if len(self._names) > _MANY:
            self._names.clear()
        return self._names.setdefault(names, names)

    # -- supersteps: taken first, packed later --

    def _add_step(self, space: _Space, new: _NewStep) -> None:
        parent_id = new.op.config["configurable"]["checkpoint_id"]
        if not space.steps:
            if parent_id not in space.saved:
                raise NeedsWhole
            self._unsettled[new.key] = space
            if len(self._unsettled) > _WAITING:
                self._settle(next(iter(self._unsettled.values())))
        elif space.steps[-1].op.id != parent_id or len(space.steps) >= _WAITING:
            self._settle(space)
            return self._add_step(space, new)
        space.steps.append(new)

    def _space(self, key: Key) -> _Space | None:
        """A namespace of a thread, with all that was taken packed."""
        if (space := self._spaces.get(key)) is not None:
            self._settle(space)
        return space

    def _settle(self, space: _Space) -> None:
        """Pack what was only taken."""
        if not space.steps:
            return
        steps, space.steps = space.steps, []
        self._shapes.update(new_shapes([step.op for step in steps], self._shapes))
        del self._unsettled[steps[0].key]
        for _, op, values, writes in steps:
            parent_id = op.config["configurable"]["checkpoint_id"]
            for end, some in zip(op.ended, writes, strict=True):
                _store_writes(space, parent_id, _packed((end.task.id, end.task.place, some)))
            _store_checkpoint(space, op.id, self._stepped(space, parent_id, op, values))

    def _settle_all(self) -> None:
        for space in tuple(self._unsettled.values()):
            self._settle(space)

    def _stepped(self, space: _Space, parent_id: str, op: PutStep, values: dict[str, Kept]) -> _Saved:
        if len(values) < len(op.new_versions):
            values = {**values, **{name: _GONE for name in op.new_versions if name not in values}}
        said = op.v, op.ts, op.new_versions, op.seen, op.updated
        parent = space.saved[parent_id]
        head = self._dumps_said(said, op.config, op.metadata)
        part = self._part(parent_id, parent.room - 1, values, head, _graph(op))
        if not parent.room:
            chain = _chain(space.saved, parent)
            part = self._made_whole(part, [part, *chain])
        return part

    # -- reading --

    def get_shape(self, fingerprint: str) -> str | None:
        with self._lock:
            self._settle_all()
        return self._shapes.get(fingerprint)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        key = thread_and_ns(config)
        with self._lock:
            space = self._space(key)
            if space is None:
                return None
            checkpoint_id = get_checkpoint_id(config) or space.latest
            found = _Found(key, checkpoint_id, space) if checkpoint_id in space.saved else None
        return None if found is None else self._tuple(found)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        chosen = Choice(config, before)
        with self._lock:
            self._settle_all()
            found = [
                _Found(key, checkpoint_id, space)
                for key, space in self._spaces.items()
                if chosen.space(*key)
                for checkpoint_id in space.saved
                if chosen.checkpoint(checkpoint_id)
            ]
        found.sort(key=attrgetter("checkpoint_id"), reverse=True)
        hits = (f for f in found if not filter or matches(self._loads_head(f.chain[0])[1], filter))
        for hit in islice(hits, limit):
            yield self._tuple(hit)

    def _tuple(self, found: _Found) -> CheckpointTuple:
        key, loads, parent_id = found.key, self._loads, found.chain[0].parent_id
        checkpoint, metadata = self._whole_head(found.chain)
        checkpoint["id"] = found.checkpoint_id
        checkpoint["ts"] = checkpoint["ts"] or time_of(found.checkpoint_id)
        if found.chain[0].graph is not None:
            checkpoint["graph"] = found.chain[0].graph
        checkpoint["channel_values"] = {name: loads(kept) for name, kept in _kept(found.chain).items()}
        return CheckpointTuple(
            address(*key, found.checkpoint_id),
            checkpoint,  # type: ignore[arg-type]
            metadata,
            address(*key, parent_id) if parent_id else None,
            [(task_id, channel, loads(kept)) for task_id, channel, kept in _in_order(found.writes)],
        )

    def _whole_head(self, chain: Sequence[_Saved]) -> tuple[dict[str, Any], Any]:
        head, metadata = self._loads_head(chain[0])
        for name in ("channel_versions", "versions_seen") if len(chain) > 1 else ():
            parts = [self._loads_head(saved)[0][name] for saved in reversed(chain)]
            head[name] = {key: value for part in parts for key, value in part.items()}
        return head, metadata

    def _loads(self, kept: Kept) -> Any:
        if type(kept) is bytes:
            return self.serde.loads_typed((FORMAT, kept))
        return self.serde.loads_typed(kept) if type(kept) is tuple else kept

    # -- whole threads --

    def delete_thread(self, thread_id: str) -> None:
        with self._lock:
            self._settle_all()
            for key in self._keys_of(thread_id):
                del self._spaces[key]

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        runs = frozenset(map(str, run_ids))
        with self._lock:
            self._settle_all()
            for key, space in tuple(self._spaces.items()):
                gone = [i for i, s in space.saved.items() if str(self._loads_head(s)[1].get("run_id")) in runs]
                self._drop(key, space, gone)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        if source_thread_id == target_thread_id:
            return
        with self._lock:
            self.delete_thread(target_thread_id)
            for key in self._keys_of(source_thread_id):
                space = self._spaces[key]
                copied = {i: s.copy() for i, s in space.saved.items()}
                early = {i: w.copy() for i, w in (space.early_writes or {}).items()}
                self._spaces[target_thread_id, key[1]] = _Space(copied, space.latest, early)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        check_strategy(strategy)
        with self._lock:
            self._settle_all()
            for key in [key for thread_id in thread_ids for key in self._keys_of(thread_id)]:
                space = self._spaces[key]
                self._drop(key, space, [i for i in space.saved if strategy == "delete" or i != space.latest])

    def _keys_of(self, thread_id: str) -> builtins.list[Key]:
        return [key for key in self._spaces if key[0] == str(thread_id)]

    def _drop(self, key: Key, space: _Space, checkpoint_ids: builtins.list[str]) -> None:
        gone = frozenset(checkpoint_ids)
        for checkpoint_id, saved in space.saved.items():
            if saved.partial and saved.parent_id in gone and checkpoint_id not in gone:
                space.saved[checkpoint_id] = self._made_whole(saved, _chain(space.saved, saved))
        for checkpoint_id in checkpoint_ids:
            del space.saved[checkpoint_id]
        if checkpoint_ids:
            space.latest = max(space.saved, default="")
        if not space.saved:
            del self._spaces[key]

    def _made_whole(self, saved: _Saved, chain: Sequence[_Saved]) -> _Saved:
        """A checkpoint that holds all of itself, so that its ancestors can go."""
        kept, (head, metadata) = _kept(chain), self._whole_head(chain)
        packed = self._dumps_head({**head, "id": "", "channel_values": None}, metadata)
        whole = self._whole(saved.parent_id, kept, packed, saved.graph)
        whole.writes = saved.writes
        return whole


def _chain(known: Mapping[Any, _Saved], saved: _Saved) -> list[_Saved]:
    """The checkpoints that together hold all of one: itself, and some of its ancestors."""
    chain = [saved]
    while saved.partial:
        saved = known[saved.parent_id]
        chain.append(saved)
    return chain


def _kept(chain: Sequence[_Saved]) -> dict[str, Kept]:
    """Channel -> its value."""
    kept: dict[str, Kept] = {}
    for saved in reversed(chain):
        kept.update(zip(saved.names, saved.values, strict=True))
    return kept if len(chain) == 1 else {name: value for name, value in kept.items() if value is not _GONE}


def _graph(op: PutCheckpoint | PutStep) -> str | None:
    """The fingerprint of the graph that made a checkpoint."""
    if op.graph is not None:
        return op.graph.fingerprint
    return op.checkpoint.get("graph") if isinstance(op, PutCheckpoint) else None


def _news(op: PutCheckpoint) -> dict[str, Any]:
    """What a checkpoint says that its parent does not."""
    versions, seen = op.checkpoint["channel_versions"], op.checkpoint["versions_seen"]
    return {
        **op.checkpoint,
        "channel_versions": {name: versions[name] for name in op.new_versions if name in versions},
        "versions_seen": {name: seen[name] for name in op.ran or () if name in seen},
    }


def _packed(writes: Writes) -> bytes | Writes:
    try:
        return marshal.dumps(writes)
    except ValueError:  # a name is of a class of its own
        return writes


def _in_order(given: Iterable[bytes | Writes]) -> Iterator[tuple[str, str, Kept]]:
    """(task id, channel, value) of what pends on a checkpoint, as contradictions are resolved, and in order."""
    held: dict[tuple[str, int], tuple[str, str, Kept]] = {}
    paths: dict[str, str] = {}
    for some in given:
        unpacked: Writes = marshal.loads(some) if isinstance(some, bytes) else some
        task_id, path, writes = unpacked
        paths[task_id] = paths.get(task_id) or path
        for index, (channel, kept) in enumerate(writes):
            at = task_id, WRITES_IDX_MAP.get(channel, index)
            if at[1] < 0 or at not in held:
                held[at] = task_id, channel, kept
    for task_id, index in sorted(held, key=lambda at: writes_sort_key(paths[at[0]], *at)):
        yield held[task_id, index]


def _store_checkpoint(space: _Space, checkpoint_id: str, saved: _Saved) -> None:
    """Add a checkpoint; what is pending on it may have come before."""
    known = space.saved
    if checkpoint_id in known:
        saved.writes = known[checkpoint_id].writes
    elif space.early_writes:
        saved.writes = space.early_writes.pop(checkpoint_id, None)
    known[checkpoint_id] = saved
    if checkpoint_id > space.latest:
        space.latest = checkpoint_id


def _store_writes(space: _Space, checkpoint_id: str, writes: bytes | Writes) -> None:
    """Add a task's writes to those of the checkpoint, which may come later."""
    if (saved := space.saved.get(checkpoint_id)) is not None:
        saved.add(writes)
        return
    space.early_writes = early = space.early_writes or {}
    early.setdefault(checkpoint_id, []).append(writes)


MemorySaver = InMemorySaver
