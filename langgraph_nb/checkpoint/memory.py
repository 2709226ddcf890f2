"""A saver that keeps threads in this process: for tests, notebooks and examples. Nothing outlives the process.

Values are kept serialised, so what a node changes in place later does not change history. A checkpoint holds, for each
channel, the bytes of the value at that point; channels that did not change share the bytes with the parent's. What is
past, and mostly never looked at again, is packed: objects take several times the room of what they say.
"""

from __future__ import annotations

import builtins
import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import attrgetter
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
from langgraph_nb.persistence import Checkpoint, CheckpointTuple

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.checkpoint.serde import SerializerProtocol

__all__ = ["InMemorySaver", "MemorySaver"]

_Write = tuple[tuple[str, int], tuple[str, str, Typed]]
"""((task id, index), (task path, channel, value))"""


@dataclass(slots=True)
class _Rest:
    """What of a checkpoint is not shared with others."""

    head: Typed
    metadata: Typed
    writes: dict[tuple[str, int], tuple[str, str, Typed]] = field(default_factory=dict)
    """(task id, index) -> (task path, channel, value)"""


@dataclass(slots=True)
class _Saved:
    """One checkpoint."""

    parent_id: str | None
    run_id: str | None
    values: dict[str, Typed]
    """Channel -> its value. Shared with other checkpoints, never changed."""
    kept: _Rest | bytes
    """The rest, or that packed."""

    @property
    def rest(self) -> _Rest:
        """The rest, to look at."""
        if type(self.kept) is not bytes:
            return self.kept  # type: ignore[return-value]
        head, metadata, writes = marshal.loads(self.kept)
        return _Rest(head, metadata, dict(writes))

    def unpack(self) -> _Rest:
        """The rest, to change."""
        self.kept = rest = self.rest
        return rest

    def copy(self) -> _Saved:
        """The same, to be changed by itself."""
        kept = self.kept if isinstance(self.kept, bytes) else replace(self.kept, writes=self.kept.writes.copy())
        return replace(self, kept=kept)

    def pack(self) -> None:
        """Make it small."""
        if type(self.kept) is _Rest:
            rest = self.kept
            try:
                self.kept = marshal.dumps((rest.head, rest.metadata, tuple(rest.writes.items())))
            except ValueError:  # a name is of a class of its own
                pass


@dataclass(slots=True)
class _Space:
    """The checkpoints of one namespace of one thread."""

    saved: dict[str, _Saved] = field(default_factory=dict)
    latest: str = ""
    early_writes: dict[str, dict[tuple[str, int], tuple[str, str, Typed]]] = field(default_factory=dict)
    """Checkpoint id -> writes that came before their checkpoint."""


Key = tuple[str, str]
"""(thread id, namespace)"""


class _Found:
    """A checkpoint as it was when it was looked for; made under the lock, read without."""

    __slots__ = ("key", "checkpoint_id", "saved", "rest", "writes")

    def __init__(self, key: Key, checkpoint_id: str, saved: _Saved) -> None:
        self.key = key
        self.checkpoint_id = checkpoint_id
        self.saved = saved
        self.rest = rest = saved.rest
        self.writes = sorted(rest.writes.items(), key=_in_order) if rest.writes else ()


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
                if isinstance(item, ReadyCheckpoint):
                    self._store_checkpoint(item.address, staged[item.address])
                else:
                    self._store_writes(item)

    def _saved(self, new: ReadyCheckpoint, staged: dict[Address, _Saved]) -> _Saved:
        thread_id, ns, _ = new.address
        parent = None
        if new.parent_id is not None:
            parent = staged.get((thread_id, ns, new.parent_id)) or self._find((thread_id, ns), new.parent_id)
        values = new.kept(parent.values if parent else None, _itself)
        return _Saved(new.parent_id, new.run_id, values, _Rest(new.head, new.metadata))

    def _store_checkpoint(self, where: Address, saved: _Saved) -> None:
        space = self._space(where)
        checkpoint_id = where[2]
        if replaced := space.saved.get(checkpoint_id):
            saved.unpack().writes = replaced.rest.writes
        elif space.early_writes:
            rest = saved.unpack()
            rest.writes = space.early_writes.pop(checkpoint_id, rest.writes)
        space.saved[checkpoint_id] = saved
        if saved.parent_id is not None and (past := space.saved.get(saved.parent_id)):
            past.pack()
        space.latest = max(space.latest, checkpoint_id)

    def _store_writes(self, new: ReadyWrites) -> None:
        space = self._space(new.address)
        checkpoint_id = new.address[2]
        saved = space.saved.get(checkpoint_id)
        held = space.early_writes.setdefault(checkpoint_id, {}) if saved is None else saved.unpack().writes
        for index, channel, value in new.writes:
            if index < 0 or (new.task_id, index) not in held:
                held[new.task_id, index] = new.task_path, channel, value

    def _space(self, where: Address) -> _Space:
        key = where[:2]
        if (space := self._spaces.get(key)) is None:
            space = self._spaces[key] = _Space()
        return space

    def _find(self, key: Key, checkpoint_id: str) -> _Saved | None:
        space = self._spaces.get(key)
        return None if space is None else space.saved.get(checkpoint_id)

    # -- reading --

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
        hits = (f for f in found if not filter or matches(self.serde.loads_typed(f.rest.metadata), filter))
        for hit in islice(hits, limit):
            yield self._tuple(hit)

    def _tuple(self, found: _Found) -> CheckpointTuple:
        loads, saved, key = self.serde.loads_typed, found.saved, found.key
        checkpoint: Checkpoint = loads(found.rest.head)
        checkpoint["channel_values"] = {c: loads(v) for c, v in saved.values.items()}
        return CheckpointTuple(
            address(*key, found.checkpoint_id),
            checkpoint,
            loads(found.rest.metadata),
            address(*key, saved.parent_id) if saved.parent_id else None,
            [(task_id, channel, loads(value)) for (task_id, _), (_, channel, value) in found.writes],
        )

    # -- whole threads --

    def delete_thread(self, thread_id: str) -> None:
        with self._lock:
            for key in self._keys_of(thread_id):
                del self._spaces[key]

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        runs = frozenset(map(str, run_ids))
        with self._lock:
            for key, space in tuple(self._spaces.items()):
                gone = [i for i, s in space.saved.items() if s.run_id in runs]
                self._drop(key, space, gone)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        if source_thread_id == target_thread_id:
            return
        with self._lock:
            self.delete_thread(target_thread_id)
            for key in self._keys_of(source_thread_id):
                space = self._spaces[key]
                copied = {i: s.copy() for i, s in space.saved.items()}
                early = {i: w.copy() for i, w in space.early_writes.items()}
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


def _itself(value: Typed) -> Typed:
    return value


def _in_order(write: _Write) -> tuple[str, str, int]:
    (task_id, index), (task_path, *_) = write
    return writes_sort_key(task_path, task_id, index)


MemorySaver = InMemorySaver
