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
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any, get_args

from langgraph_nb.checkpoint.base import TransactionalSaver
from langgraph_nb.checkpoint.blame import raise_located
from langgraph_nb.checkpoint.claims import Claim, ClaimRow, busy, lost
from langgraph_nb.checkpoint.config import (
    Choice,
    address,
    check_strategy,
    get_checkpoint_id,
    get_checkpoint_metadata,
    matches,
    required_checkpoint_id,
    thread_and_ns,
)
from langgraph_nb.checkpoint.packed import (
    APART,
    DEEP,
    GONE,
    HEAD,
    MANY,
    METADATA,
    SAID,
    WAITING,
    WIDE,
    Kept,
    Key,
    Names,
    NewCheckpoint,
    NewStep,
    NewWrites,
    Saved,
    Space,
    chain_of,
    graph_of,
    in_order,
    kept_in,
    news,
    origin_in,
    packed,
    said_of,
    store_checkpoint,
    store_writes,
)
from langgraph_nb.checkpoint.prepared import ATOMS, Typed
from langgraph_nb.checkpoint.serde import JsonPlusSerializer
from langgraph_nb.checkpoint.serde.wire import FORMAT
from langgraph_nb.checkpoint.shapes import new_shapes
from langgraph_nb.errors import ThreadBusyError
from langgraph_nb.ids import time_of
from langgraph_nb.persistence import (
    CheckClaim,
    CheckpointTuple,
    Ending,
    GuardedOp,
    NeedsWhole,
    PutCheckpoint,
    PutStep,
    StorageOp,
    storable,
)

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.checkpoint.serde import SerializerProtocol

__all__ = ["InMemorySaver", "MemorySaver"]


class _Found:
    """A checkpoint as it was when it was looked for; made under the lock, read without."""

    __slots__ = ("key", "checkpoint_id", "chain", "writes")

    def __init__(self, key: Key, checkpoint_id: str, space: Space) -> None:
        self.key = key
        self.checkpoint_id = checkpoint_id
        saved = space.saved[checkpoint_id]
        self.chain = chain_of(space.saved, saved)
        writes = saved.writes
        self.writes = tuple(writes) if isinstance(writes, list) else (writes,) if writes else ()


_FEW = 16
"""Threads of which more is kept than has to be, as somebody may come back to them soon."""
_ENDED = {ended: ClaimRow("", "", 0.0, ended) for ended in get_args(Ending)}


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
        self._spaces: dict[Key, Space] = {}
        self._claims: dict[str, Claim | ClaimRow] = {}
        """Thread -> the last claim to it, or of old ones what came of it."""
        self._over: dict[str, Claim] = {}
        """Claims of runs that have ended lately."""
        self._unsettled: dict[Key, Space] = {}
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

    def apply(self, ops: Sequence[GuardedOp]) -> None:
        if len(ops) == 2 and type(self).commit is InMemorySaver.commit:
            step, check = ops
            if isinstance(step, PutStep) and isinstance(check, CheckClaim):  # what a run mostly stores
                return self._apply_step(step, check)
        super().apply(ops)

    def _apply_step(self, op: PutStep, check: CheckClaim) -> None:
        try:
            new = self._new_step(op, thread_and_ns(op.config), {})
        except Exception as error:
            raise_located(error, [op], self.serde)
            raise
        with self._lock:
            claim, space = self._claim_of(check), self._spaces.get(new.key)
            if space is None:
                raise NeedsWhole
            self._add_step(space, new)
            if check.ends:
                self._end(claim, check.ends)

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
                ready.append(NewWrites(key, where, packed((op.task_id, op.task_path, writes))))
        return ready

    def _new_step(self, op: PutStep, key: Key, known: dict[int, Kept]) -> NewStep:
        values, writes = op.values, [storable(end.writes) for end in op.ended]
        plain = type(self.serde) is JsonPlusSerializer
        if not (plain and all([type(value) in ATOMS for value in values.values()])):
            values = {name: self._dumps(value, known) for name, value in values.items()}
        for i, some in enumerate(writes):
            if not (plain and all([type(value) in ATOMS for _, value in some])):
                writes[i] = tuple([(channel, self._dumps(value, known)) for channel, value in some])
        return NewStep(key, op, values, writes)

    def _dumps(self, value: Any, known: dict[int, Kept]) -> Kept:
        if type(value) in ATOMS and type(self.serde) is JsonPlusSerializer:
            return value
        at = id(value)  # what a task wrote may be what the channel holds
        if at not in known:
            kind, data = typed = self.serde.dumps_typed(value)
            known[at] = data if kind == FORMAT and type(data) is bytes else typed
        return known[at]

    def _new_checkpoint(
        self, op: PutCheckpoint, key: Key, parent_id: str | None, changed: dict[str, Kept]
    ) -> NewCheckpoint:
        checkpoint, metadata = op.checkpoint, get_checkpoint_metadata(op.config, op.metadata)
        wide = (
            len(checkpoint["channel_versions"]) > WIDE
            and op.ran is not None
            and parent_id is not None
            and "counters_since_delta_snapshot" not in metadata  # delta channels come and go without new versions
        )
        head = self._dumps_head(news(op) if wide else checkpoint, metadata)
        return NewCheckpoint(key, checkpoint["id"], parent_id, op, metadata, changed, head, wide)

    def _dumps_head(self, said: Mapping[str, Any], metadata: Mapping[str, Any]) -> bytes | Typed:
        head = {name: value for name, value in said.items() if name not in APART}
        if head.keys() == SAID:
            return self._dumps_said(said_of(head), {}, metadata)
        return self.serde.dumps_typed([head, metadata])

    def _dumps_said(self, said: Sequence[Any], config: Any, metadata: Mapping[str, Any]) -> bytes | Typed:
        if "metadata" in config:
            metadata = get_checkpoint_metadata(config, metadata)  # type: ignore[arg-type]
        if type(self.serde) is JsonPlusSerializer:
            try:
                if len(metadata) == len(METADATA):
                    return marshal.dumps((*said, *origin_in(metadata)))
                return marshal.dumps((*said, dict(metadata)))
            except (ValueError, KeyError):  # something is of a class of its own, or goes by another name
                pass
        return self.serde.dumps_typed([dict(zip(HEAD, said, strict=True)), metadata])

    def _loads_head(self, saved: Saved) -> tuple[dict[str, Any], Any]:
        if isinstance(saved.head, tuple):
            return tuple(self.serde.loads_typed(saved.head))
        said = marshal.loads(saved.head)
        rest = said[len(HEAD) :]
        metadata = rest[0] if len(rest) == 1 else dict(zip(METADATA, rest, strict=True))
        return dict(zip(HEAD, said, strict=False)), metadata

    def commit(self, ready: Sequence[Any]) -> None:
        with self._lock:
            staged: dict[tuple[Key, str], Saved] = {}
            for new in ready:
                if type(new) is NewCheckpoint:
                    staged[new.key, new.id] = self._saved(new, staged)
                elif type(new) is CheckClaim:
                    self._claim_of(new)
            for new in ready:
                if type(new) is CheckClaim:
                    if new.ends:
                        self._end(self._claim_of(new), new.ends)
                    continue
                if (space := self._spaces.get(new.key)) is None:
                    space = self._spaces[new.key] = Space()
                if type(new) is NewStep:
                    self._add_step(space, new)
                    continue
                self._settle(space)
                if type(new) is NewCheckpoint:
                    store_checkpoint(space, new.id, staged[new.key, new.id])
                else:
                    store_writes(space, new.id, new.writes)
            if staged:
                self._shapes.update(new_shapes([new.op for new in ready if type(new) is NewCheckpoint], self._shapes))

    def _saved(self, new: NewCheckpoint, staged: Mapping[tuple[Key, str], Saved]) -> Saved:
        parent_id, space = new.parent_id, self._space(new.key)
        known: Mapping[str | None, Saved] = space.saved if space is not None else {}  # type: ignore[assignment]
        if staged:
            known = {**known, **{i: saved for (key, i), saved in staged.items() if key == new.key}}
        parent = None if parent_id is None else known.get(parent_id)
        values, kept = new.op.checkpoint["channel_values"], new.changed
        if new.wide and parent is not None and parent.room:
            gone = {name: GONE for name in new.op.new_versions if name not in values}
            return self._part(parent_id, parent.room - 1, {**kept, **gone}, new.head, graph_of(new.op))
        if parent is not None:
            kept = {**kept_in(chain_of(known, parent)), **kept}
        if kept.keys() != values.keys():
            kept = {name: kept[name] if name in kept else self._dumps(v, {}) for name, v in values.items()}
        head = self._dumps_head(new.op.checkpoint, new.metadata) if new.wide else new.head
        return self._whole(parent_id, kept, head, graph_of(new.op))

    def _part(
        self, parent_id: str | None, room: int, kept: dict[str, Kept], head: bytes | Typed, graph: str | None
    ) -> Saved:
        """A checkpoint of which its parent holds the rest."""
        return Saved(parent_id, self._shared(tuple(kept)), tuple(kept.values()), head, room, True, graph)

    def _whole(
        self, parent_id: str | None, kept: dict[str, Kept], head: bytes | Typed, graph: str | None
    ) -> Saved:
        room = max(DEEP, len(kept) // 4)
        return Saved(parent_id, self._shared(tuple(kept)), tuple(kept.values()), head, room, False, graph)

    def _shared(self, names: Names) -> Names:
        if len(self._names) > MANY:
            self._names.clear()
        return self._names.setdefault(names, names)

    # -- one writer a thread --

    fences = True

    def claim(self, claim: Claim) -> ThreadBusyError | None:
        with self._lock:
            holder = self._claims.get(claim.thread_id)
            if isinstance(holder, Claim) and not holder.ended and not holder.gives_way(claim):
                return busy(holder)
            self._claims[claim.thread_id] = claim
            claim.made = True
        return None

    def _end(self, claim: Claim, ended: Ending) -> None:
        """The run is over. Of those that are for long, not more is kept than that."""
        claim.ended = ended
        self._over[claim.thread_id] = claim
        if len(self._over) > _FEW:
            thread_id = next(iter(self._over))
            if (over := self._over.pop(thread_id)) is self._claims.get(thread_id):
                self._claims[thread_id] = _ENDED[over.ended]

    def _claim_of(self, check: CheckClaim) -> Claim:
        """The claim, if it stands."""
        claim = self._claims.get(check.thread_id)
        if not isinstance(claim, Claim) or claim.token != check.token:
            raise lost(check.thread_id)
        return claim

    def claimed(self, thread_id: str) -> Claim | ClaimRow | None:
        return self._claims.get(thread_id)

    def release_thread(self, thread_id: str) -> None:
        with self._lock:
            self._claims.pop(str(thread_id), None)

    # -- supersteps: taken first, packed later --

    def _add_step(self, space: Space, new: NewStep) -> None:
        parent_id = new.op.config["configurable"]["checkpoint_id"]
        if not space.steps:
            if parent_id not in space.saved:
                raise NeedsWhole
            self._unsettled[new.key] = space
            if len(self._unsettled) > _FEW:
                self._settle(next(iter(self._unsettled.values())))
        elif space.steps[-1].op.id != parent_id or len(space.steps) >= WAITING:
            self._settle(space)
            return self._add_step(space, new)
        space.steps.append(new)

    def _space(self, key: Key) -> Space | None:
        """A namespace of a thread, with all that was taken packed."""
        if (space := self._spaces.get(key)) is not None:
            self._settle(space)
        return space

    def _settle(self, space: Space) -> None:
        """Pack what was only taken."""
        if not space.steps:
            return
        steps, space.steps = space.steps, []
        self._shapes.update(new_shapes([step.op for step in steps], self._shapes))
        del self._unsettled[steps[0].key]
        for _, op, values, writes in steps:
            parent_id = op.config["configurable"]["checkpoint_id"]
            for end, some in zip(op.ended, writes, strict=True):
                store_writes(space, parent_id, packed((end.task.id, end.task.place, some)))
            store_checkpoint(space, op.id, self._stepped(space, parent_id, op, values))

    def _settle_all(self) -> None:
        for space in tuple(self._unsettled.values()):
            self._settle(space)

    def _stepped(self, space: Space, parent_id: str, op: PutStep, values: dict[str, Kept]) -> Saved:
        if len(values) < len(op.new_versions):
            values = {**values, **{name: GONE for name in op.new_versions if name not in values}}
        said = op.v, op.ts, op.new_versions, op.seen, op.updated
        parent = space.saved[parent_id]
        head = self._dumps_said(said, op.config, op.metadata)
        part = self._part(parent_id, parent.room - 1, values, head, graph_of(op))
        if not parent.room:
            chain = chain_of(space.saved, parent)
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

    def recent_threads(self, limit: int = 1000) -> builtins.list[str]:
        """Ids of threads, the one first that was written to last; at most so many."""
        with self._lock:
            self._settle_all()
            newest = {key[0]: space.latest for key, space in self._spaces.items() if not key[1] and space.latest}
        return sorted(newest, key=lambda thread: newest[thread], reverse=True)[:limit]

    def _tuple(self, found: _Found) -> CheckpointTuple:
        key, loads, parent_id = found.key, self._loads, found.chain[0].parent_id
        checkpoint, metadata = self._whole_head(found.chain)
        checkpoint["id"] = found.checkpoint_id
        checkpoint["ts"] = checkpoint["ts"] or time_of(found.checkpoint_id)
        if found.chain[0].graph is not None:
            checkpoint["graph"] = found.chain[0].graph
        checkpoint["channel_values"] = {name: loads(kept) for name, kept in kept_in(found.chain).items()}
        return CheckpointTuple(
            address(*key, found.checkpoint_id),
            checkpoint,  # type: ignore[arg-type]
            metadata,
            address(*key, parent_id) if parent_id else None,
            [(task_id, channel, loads(kept)) for task_id, channel, kept in in_order(found.writes)],
        )

    def _whole_head(self, chain: Sequence[Saved]) -> tuple[dict[str, Any], Any]:
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
            self._claims.pop(str(thread_id), None)
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
                self._spaces[target_thread_id, key[1]] = Space(copied, space.latest, early)

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        check_strategy(strategy)
        with self._lock:
            self._settle_all()
            for thread_id in thread_ids:
                if strategy == "delete":
                    self.delete_thread(thread_id)
                for key in self._keys_of(thread_id):
                    space = self._spaces[key]
                    self._drop(key, space, [i for i in space.saved if i != space.latest])

    def _keys_of(self, thread_id: str) -> builtins.list[Key]:
        return [key for key in self._spaces if key[0] == str(thread_id)]

    def _drop(self, key: Key, space: Space, checkpoint_ids: builtins.list[str]) -> None:
        gone = frozenset(checkpoint_ids)
        for checkpoint_id, saved in space.saved.items():
            if saved.partial and saved.parent_id in gone and checkpoint_id not in gone:
                space.saved[checkpoint_id] = self._made_whole(saved, chain_of(space.saved, saved))
        for checkpoint_id in checkpoint_ids:
            del space.saved[checkpoint_id]
        if checkpoint_ids:
            space.latest = max(space.saved, default="")
            if not space.saved:  # else there may be writes whose checkpoint is to come
                del self._spaces[key]

    def _made_whole(self, saved: Saved, chain: Sequence[Saved]) -> Saved:
        """A checkpoint that holds all of itself, so that its ancestors can go."""
        kept, (head, metadata) = kept_in(chain), self._whole_head(chain)
        packed = self._dumps_head({**head, "id": "", "channel_values": None}, metadata)
        whole = self._whole(saved.parent_id, kept, packed, saved.graph)
        whole.writes = saved.writes
        return whole


MemorySaver = InMemorySaver
