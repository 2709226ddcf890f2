"""A saver that keeps threads in this process: for tests, notebooks and examples. Nothing outlives the process.

Values are kept serialised, so what a node changes in place later does not change history; only numbers, texts and their
like, which nobody can change, are kept as they are. A checkpoint holds, for each channel, the value at that point;
channels that did not change share it with the parent's. The rest, which is mostly never looked at again, is packed:
objects take several times the room of what they say. What is kept for this process alone needs no lasting format:
``marshal`` packs it, which writes builtin types exactly and refuses others.
"""

from __future__ import annotations

import builtins
import marshal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import attrgetter, itemgetter
from threading import RLock
from typing import TYPE_CHECKING, Any

from langgraph_nb.checkpoint.base import TransactionalSaver
from langgraph_nb.checkpoint.config import (
    Choice,
    address,
    check_strategy,
    get_checkpoint_id,
    matches,
    thread_and_ns,
    writes_sort_key,
)
from langgraph_nb.checkpoint.prepared import Address, Ready, ReadyCheckpoint, ReadyWrites, Typed
from langgraph_nb.checkpoint.serde import JsonPlusSerializer
from langgraph_nb.checkpoint.serde.wire import FORMAT
from langgraph_nb.checkpoint.shapes import new_shapes
from langgraph_nb.persistence import CheckpointTuple

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.checkpoint.serde import SerializerProtocol

__all__ = ["InMemorySaver", "MemorySaver"]

Kept = Any
"""A value as it is kept: itself, if it is an atom; the bytes, if they are in the usual format; else ``Typed``."""
_ATOMS = frozenset((str, int, float, bool, type(None)))
"""What cannot be changed in place, and is not larger than its bytes."""
Names = tuple[str, ...]
Writes = tuple[str, tuple[tuple[int, str, Kept], ...]]
"""(task path, ((index, channel, value), ...)) of one task"""
_FEW = 4
"""Tasks up to which writes are packed at once: each time that one more comes they are unpacked."""
_HEAD = ("v", "ts", "channel_versions", "versions_seen", "updated_channels", "graph")
"""What a checkpoint says besides its id and its channels' values."""
_USUAL = frozenset((*_HEAD, "id"))
_METADATA = ("source", "step", "parents")
"""What its metadata says, unless the caller has given some."""
_said, _origin = itemgetter(*_HEAD), itemgetter(*_METADATA)
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
    writes: dict[str, Writes] | bytes = b""
    """Task id -> its writes; or that packed."""

    def by_name(self) -> dict[str, Kept]:
        """Channel -> its value."""
        return dict(zip(self.names, self.values, strict=True))

    def by_task(self) -> dict[str, Writes]:
        """Task id -> its writes."""
        if type(self.writes) is bytes:
            return marshal.loads(self.writes) if self.writes else {}
        return self.writes  # type: ignore[return-value]

    def pack(self) -> None:
        """Make it small."""
        if self.writes and type(self.writes) is dict:
            try:
                self.writes = marshal.dumps(self.writes)
            except ValueError:  # a name is of a class of its own
                pass

    def copy(self) -> _Saved:
        """The same, to be changed by itself."""
        writes = self.writes if isinstance(self.writes, bytes) else self.writes.copy()
        return replace(self, writes=writes)


@dataclass(slots=True)
class _Space:
    """The checkpoints of one namespace of one thread."""

    saved: dict[str, _Saved] = field(default_factory=dict)
    latest: str = ""
    early_writes: dict[str, dict[str, Writes]] | None = None
    """Checkpoint id -> writes that came before their checkpoint."""


Key = tuple[str, str]
"""(thread id, namespace)"""


class _Found:
    """A checkpoint as it was when it was looked for; made under the lock, read without."""

    __slots__ = ("key", "checkpoint_id", "saved", "writes")

    def __init__(self, key: Key, checkpoint_id: str, saved: _Saved) -> None:
        self.key = key
        self.checkpoint_id = checkpoint_id
        self.saved = saved
        writes = {
            writes_sort_key(task_path, task_id, index): (channel, value)
            for task_id, (task_path, some) in saved.by_task().items()
            for index, channel, value in some
        }
        self.writes = sorted(writes.items(), key=itemgetter(0)) if len(writes) > 1 else writes.items()


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

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        super().__init__(serde=serde)
        self._spaces: dict[Key, _Space] = {}
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

    def commit(self, ready: Sequence[Ready]) -> None:
        with self._lock:
            staged: dict[Address, _Saved] = {}
            for item in ready:
                if isinstance(item, ReadyCheckpoint):
                    staged[item.address] = self._saved(item, staged)
            for item in ready:
                thread_id, ns, checkpoint_id = item.address
                if (space := self._spaces.get((thread_id, ns))) is None:
                    space = self._spaces[thread_id, ns] = _Space()
                if isinstance(item, ReadyCheckpoint):
                    _store_checkpoint(space, checkpoint_id, staged[item.address])
                else:
                    _store_writes(space, checkpoint_id, item)
            self._shapes.update(new_shapes(ready, self._shapes))

    def dumps(self, value: Any) -> Kept:
        if type(value) in _ATOMS and type(self.serde) is JsonPlusSerializer:
            return value
        kind, data = typed = self.serde.dumps_typed(value)
        return data if kind == FORMAT and type(data) is bytes else typed

    def dumps_head(self, head: dict[str, Any], metadata: Mapping[str, Any]) -> bytes | Typed:
        usual = len(metadata) == len(_METADATA) and type(metadata.get("step")) is int and head.keys() == _USUAL
        if usual and type(self.serde) is JsonPlusSerializer:
            try:
                return marshal.dumps((*_said(head), *_origin(metadata)))
            except (ValueError, KeyError):  # versions of a class of their own, or metadata that is not the engine's
                pass
        return self.serde.dumps_typed([head, metadata])

    def _loads_head(self, saved: _Saved) -> tuple[Any, Any]:
        if isinstance(saved.head, tuple):
            return tuple(self.serde.loads_typed(saved.head))
        said = marshal.loads(saved.head)
        return dict(zip(_HEAD, said, strict=False)), dict(zip(_METADATA, said[len(_HEAD) :], strict=True))

    def _saved(self, new: ReadyCheckpoint, staged: dict[Address, _Saved]) -> _Saved:
        thread_id, ns, _ = new.address
        parent = None
        if new.parent_id is not None:
            parent = staged.get((thread_id, ns, new.parent_id)) or self._find((thread_id, ns), new.parent_id)
        values = new.kept(parent.by_name() if parent else None)
        if len(self._names) > _MANY:
            self._names.clear()
        names = tuple(values)
        return _Saved(new.parent_id, self._names.setdefault(names, names), tuple(values.values()), new.head)

    def _find(self, key: Key, checkpoint_id: str) -> _Saved | None:
        space = self._spaces.get(key)
        return None if space is None else space.saved.get(checkpoint_id)

    # -- reading --

    def get_shape(self, fingerprint: str) -> str | None:
        return self._shapes.get(fingerprint)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        key = thread_and_ns(config)
        with self._lock:
            space = self._spaces.get(key)
            if space is None:
                return None
            checkpoint_id = get_checkpoint_id(config) or space.latest
            saved = space.saved.get(checkpoint_id)
            found = None if saved is None else _Found(key, checkpoint_id, saved)
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
            found = [
                _Found(key, checkpoint_id, saved)
                for key, space in self._spaces.items()
                if chosen.space(*key)
                for checkpoint_id, saved in space.saved.items()
                if chosen.checkpoint(checkpoint_id)
            ]
        found.sort(key=attrgetter("checkpoint_id"), reverse=True)
        hits = (f for f in found if not filter or matches(self._loads_head(f.saved)[1], filter))
        for hit in islice(hits, limit):
            yield self._tuple(hit)

    def _tuple(self, found: _Found) -> CheckpointTuple:
        saved, key, loads = found.saved, found.key, self._loads
        checkpoint, metadata = self._loads_head(saved)
        checkpoint["id"] = found.checkpoint_id
        checkpoint["channel_values"] = {c: loads(v) for c, v in zip(saved.names, saved.values, strict=True)}
        return CheckpointTuple(
            address(*key, found.checkpoint_id),
            checkpoint,
            metadata,
            address(*key, saved.parent_id) if saved.parent_id else None,
            [(task_id, channel, loads(value)) for (_, task_id, _), (channel, value) in found.writes],
        )

    def _loads(self, kept: Kept) -> Any:
        if type(kept) is bytes:
            return self.serde.loads_typed((FORMAT, kept))
        return self.serde.loads_typed(kept) if type(kept) is tuple else kept

    # -- whole threads --

    def delete_thread(self, thread_id: str) -> None:
        with self._lock:
            for key in self._keys_of(thread_id):
                del self._spaces[key]

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        runs = frozenset(map(str, run_ids))
        with self._lock:
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
            for key in [key for thread_id in thread_ids for key in self._keys_of(thread_id)]:
                space = self._spaces[key]
                self._drop(key, space, [i for i in space.saved if strategy == "delete" or i != space.latest])

    def _keys_of(self, thread_id: str) -> builtins.list[Key]:
        return [key for key in self._spaces if key[0] == str(thread_id)]

    def _drop(self, key: Key, space: _Space, checkpoint_ids: builtins.list[str]) -> None:
        for checkpoint_id in checkpoint_ids:
            del space.saved[checkpoint_id]
        if checkpoint_ids:
            space.latest = max(space.saved, default="")
        if not space.saved:
            del self._spaces[key]


def _store_checkpoint(space: _Space, checkpoint_id: str, saved: _Saved) -> None:
    """Add a checkpoint; what is pending on it may have come before."""
    known = space.saved
    if checkpoint_id in known:
        saved.writes = known[checkpoint_id].writes
    elif space.early_writes:
        saved.writes = space.early_writes.pop(checkpoint_id, b"")
    known[checkpoint_id] = saved
    if saved.parent_id is not None and (past := known.get(saved.parent_id)) is not None:
        past.pack()
    if checkpoint_id > space.latest:
        space.latest = checkpoint_id


def _store_writes(space: _Space, checkpoint_id: str, new: ReadyWrites) -> None:
    """Add a task's writes to those of the checkpoint, which may come later."""
    if (saved := space.saved.get(checkpoint_id)) is None:
        space.early_writes = early = space.early_writes or {}
        _add(early.setdefault(checkpoint_id, {}), new)
        return
    saved.writes = held = saved.by_task()
    _add(held, new)
    if len(held) <= _FEW:
        saved.pack()


def _add(held: dict[str, Writes], new: ReadyWrites) -> None:
    """Add a task's writes to what it has written before."""
    path, writes = new.task_path, new.writes
    if new.task_id in held:
        known_path, known = held[new.task_id]
        kept = {write[0]: write for write in known}
        for write in writes:
            if write[0] < 0 or write[0] not in kept:
                kept[write[0]] = write
        path, writes = known_path or path, tuple(kept.values())
    held[new.task_id] = path, writes


MemorySaver = InMemorySaver
