"""The contract between the engine and any saver: where checkpoints and the writes pending on them are kept.

Theory of operation. A saver is written once, with blocking methods; the ``a*`` methods are made from them here, by
calling them off the event loop, or right away where nothing blocks (``blocking = False``). A saver of ours implements
``apply``: operations in order in one transaction; ``put`` and ``put_writes`` are the cases of one operation. A saver
written for LangGraph implements ``put`` and ``put_writes``; for it ``apply_ops`` performs the operations one by one.

This file knows no database and no format.
"""

from __future__ import annotations

import builtins
import copy
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from langgraph_nb.checkpoint.blame import raise_located
from langgraph_nb.checkpoint.claims import checks_in
from langgraph_nb.checkpoint.config import (
    WRITES_IDX_MAP,
    address,
    checkpoint_ns,
    get_checkpoint_id,
    get_checkpoint_metadata,
    writes_sort_key,
)
from langgraph_nb.checkpoint.fence import Fenced
from langgraph_nb.checkpoint.prepared import prepared
from langgraph_nb.checkpoint.serde import JsonPlusSerializer, SerializerProtocol
from langgraph_nb.checkpoint.serde.base import maybe_add_typed_methods
from langgraph_nb.checkpoint.shapes import telling_its_graph
from langgraph_nb.errors import EmptyChannelError
from langgraph_nb.ids import new_id
from langgraph_nb.persistence import (
    ChannelVersions,
    CheckClaim,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    GuardedOp,
    PendingWrite,
    PutCheckpoint,
    PutWrites,
    StorageOp,
)

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

__all__ = [
    "LATEST_VERSION", "WRITES_IDX_MAP", "BaseCheckpointSaver", "ChannelVersions", "Checkpoint",
    "CheckpointMetadata", "CheckpointTuple", "DeltaChannelHistory", "EmptyChannelError", "JsonPlusSerializer",
    "PendingWrite", "PutCheckpoint", "PutWrites", "SerializerProtocol", "StorageOp", "TransactionalSaver",
    "aapply_ops", "apply_ops", "copy_checkpoint", "create_checkpoint", "empty_checkpoint", "get_checkpoint_id",
    "get_checkpoint_metadata", "writes_sort_key",
]  # fmt: skip

V = TypeVar("V", int, float, str)
T = TypeVar("T")

LATEST_VERSION = 2
"""Version of the checkpoint's form."""
_AT_ONCE = 64
"""Checkpoints that ``alist`` fetches in one call off the loop."""


class BaseCheckpointSaver(Generic[V]):
    """Where the threads of a graph are kept. Subclass it to keep them elsewhere.

    Args:
        serde: Turns values into bytes and back.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> saver = InMemorySaver()
        >>> config = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
        >>> saved = saver.put(config, empty_checkpoint(), {"step": -1}, {})
        >>> saver.get_tuple(saved).metadata
        {'step': -1}
    """

    serde: SerializerProtocol = JsonPlusSerializer()
    persist_configurable: Collection[str] = ()
    """The keys of a run's ``configurable`` whose texts and numbers are stored with its checkpoints' metadata, to be
    looked for by. No other is stored: API keys travel there. Set it on a saver or a class."""
    blocking: bool = True
    """Whether calls may take long enough to keep an event loop waiting."""
    origin: BaseCheckpointSaver[V]
    """The saver that this one is a clone of (``with_allowlist``), or itself: what is written in order together."""

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        self.serde = maybe_add_typed_methods(serde or self.serde)

    # -- reading --

    @property
    def config_specs(self) -> builtins.list[Any]:
        """The fields of ``configurable`` that this saver reads, for LangChain's configuration schemas."""
        return []

    def get(self, config: RunnableConfig) -> Checkpoint | None:
        """The checkpoint that ``config`` names, or the thread's latest, or ``None``."""
        found = self.get_tuple(config)
        return None if found is None else found.checkpoint

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that ``config`` names, or the thread's latest, with its pending writes; or ``None``.

        The writes come in the order of ``writes_sort_key``.
        """
        raise NotImplementedError

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Checkpoints, the latest first.

        Args:
            config: Its thread_id, and its checkpoint_ns and checkpoint_id if given, choose; ``None`` is all threads.
            filter: What the metadata must hold, key by key.
            before: Only checkpoints older than the one it names.
            limit: At most so many.
        """
        raise NotImplementedError

    # -- writing --

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint.

        Args:
            config: Addresses its parent.
            checkpoint: What to store, whole.
            metadata: How it came about.
            new_versions: The channels that changed since the parent, with their versions.

        Returns:
            The config that addresses it.
        """
        raise NotImplementedError

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote, pending on the checkpoint that ``config`` names.

        Of the writes in ``WRITES_IDX_MAP`` a new one replaces the old one; of all others the first one stays.
        """
        raise NotImplementedError

    def apply(self, ops: Sequence[GuardedOp]) -> None:
        """Perform operations in order. A saver that can does so in one transaction; this default cannot."""
        plain = [op for op in ops if not isinstance(op, CheckClaim)]
        try:
            for op in plain:
                if isinstance(op, PutCheckpoint):
                    self.put(op.config, telling_its_graph(op), op.metadata, op.new_versions)
                elif isinstance(op, PutWrites):
                    self.put_writes(op.config, op.writes, op.task_id, op.task_path)
        except Exception as error:
            raise_located(error, plain, getattr(self, "serde", None))  # it may be no saver of ours
            raise

    # -- delta channels --

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """What the values of delta channels at a checkpoint are made from.

        Args:
            config: Names the checkpoint.
            channels: The channels.

        Returns:
            For each channel the last whole value among the checkpoint's ancestors, and what was written since.
        """
        walk = DeltaWalk(channels, self.get_tuple(config))
        while walk.next is not None:
            walk.step(self.get_tuple(walk.next))
        return walk.found()

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """``get_delta_channel_history``, awaited."""
        walk = DeltaWalk(channels, await self.aget_tuple(config))
        while walk.next is not None:
            walk.step(await self.aget_tuple(walk.next))
        return walk.found()

    def get_shape(self, fingerprint: str) -> str | None:
        """The shape of a graph that made checkpoints here (``langgraph_nb.shape``), as a text.

        A saver that keeps none has the engine tell the shape in each checkpoint.
        """
        return None

    # -- whole threads --

    def delete_thread(self, thread_id: str) -> None:
        """Delete all that is stored of a thread."""
        raise NotImplementedError

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints that these runs made (by ``run_id`` in their metadata) and what is pending on them."""
        raise NotImplementedError

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy a thread with its whole history; what the target held before is replaced."""
        raise NotImplementedError

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Shrink threads.

        Args:
            thread_ids: Which.
            strategy: ``"keep_latest"`` keeps the latest checkpoint of each namespace, ``"delete"`` none.
        """
        raise NotImplementedError

    # -- the same, awaited --

    async def _off_loop(self, call: Callable[[], T]) -> T:
        if not self.blocking:
            return call()
        from langgraph_nb.checkpoint.off_loop import off_loop

        return await off_loop(call)

    async def aget(self, config: RunnableConfig) -> Checkpoint | None:
        """``get``, awaited."""
        found = await self.aget_tuple(config)
        return None if found is None else found.checkpoint

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """``get_tuple``, awaited."""
        return await self._off_loop(partial(self.get_tuple, config))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """``list``, awaited."""
        found = self.list(config, filter=filter, before=before, limit=limit)
        while some := await self._off_loop(lambda: builtins.list(islice(found, _AT_ONCE))):
            for saved in some:
                yield saved

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """``put``, awaited."""
        return await self._off_loop(partial(self.put, config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """``put_writes``, awaited."""
        await self._off_loop(partial(self.put_writes, config, writes, task_id, task_path))

    async def aapply(self, ops: Sequence[GuardedOp]) -> None:
        """``apply``, awaited."""
        await self._off_loop(partial(self.apply, ops))

    async def aget_shape(self, fingerprint: str) -> str | None:
        """``get_shape``, awaited."""
        return await self._off_loop(partial(self.get_shape, fingerprint))

    async def adelete_thread(self, thread_id: str) -> None:
        """``delete_thread``, awaited."""
        await self._off_loop(partial(self.delete_thread, thread_id))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """``delete_for_runs``, awaited."""
        await self._off_loop(partial(self.delete_for_runs, run_ids))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """``copy_thread``, awaited."""
        await self._off_loop(partial(self.copy_thread, source_thread_id, target_thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """``prune``, awaited."""
        await self._off_loop(partial(self.prune, thread_ids, strategy=strategy))

    # -- how this saver works --

    def get_next_version(self, current: V | None, channel: None) -> V:
        """The version of a channel after ``current``. Versions are ints here; a subclass may count otherwise."""
        version: Any = current
        if isinstance(version, str):  # only a subclass's versions can be
            raise NotImplementedError("Versions that are strings cannot be counted up. Override get_next_version.")
        version = 1 if version is None else version + 1
        return version  # type: ignore[no-any-return]

    def with_allowlist(self, extra_allowlist: Collection[type | tuple[str, ...]]) -> BaseCheckpointSaver[V]:
        """A saver of the same storage that may also read instances of these classes.

        Args:
            extra_allowlist: Classes, or ``(module, name)`` pairs.
        """
        extend = getattr(self.serde, "with_msgpack_allowlist", None)
        serde = self.serde if extend is None else extend(extra_allowlist)
        if serde is self.serde:
            return self
        clone = copy.copy(self)
        clone.origin = origin_of(self)
        clone.serde = serde
        return clone


class TransactionalSaver(Fenced, BaseCheckpointSaver[int]):
    """A saver that performs any number of operations in one transaction.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> isinstance(InMemorySaver(), TransactionalSaver)
        True
    """

    takes_steps: bool = False
    """Whether it takes ``PutStep``."""
    one_by_one: bool = False
    """Whether operations are performed by ``put`` and its like."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Have the engine call ``put`` and its like of a subclass that brings its own, as LangGraph's does."""
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.keys()
        if own & {"put", "put_writes", "aput", "aput_writes"}:
            cls.takes_steps, cls.one_by_one = False, True
        if own & {"put", "put_writes"}:
            cls.apply = cls._apply_one_by_one  # type: ignore[method-assign]

    def _apply_one_by_one(self, ops: Sequence[GuardedOp]) -> None:
        self.commit(self.prepare(checks_in(ops)))
        if len(checks_in(ops)) < len(ops):
            BaseCheckpointSaver.apply(self, ops)

    def apply(self, ops: Sequence[GuardedOp]) -> None:
        """Perform operations in order, all or none.

        Raises:
            UnstorableValue: For a value that could not come back; nothing is stored then.
            ThreadLostError: The run that they belong to has lost its thread.
        """
        self.commit(self.prepare(ops))

    def prepare(self, ops: Sequence[GuardedOp]) -> Sequence[Any]:
        """The first half of ``apply``: serialise. May raise, changes nothing, waits for nothing."""
        new = [op for op in ops if not isinstance(op, CheckClaim)]
        try:
            return [*self.serialised(new), *checks_in(ops)]
        except Exception as error:
            raise_located(error, new, self.serde)
            raise

    def serialised(self, ops: Sequence[StorageOp]) -> Sequence[Any]:
        """What ``prepare`` makes of operations; errors are told there."""
        return prepared(ops, self.dumps, self.dumps_head)

    def dumps(self, value: Any) -> Any:
        """A channel's value in the form in which this saver keeps it."""
        return self.serde.dumps_typed(value)

    def dumps_head(self, head: dict[str, Any], metadata: Mapping[str, Any]) -> Any:
        """The same of a checkpoint without its channels' values, and of its metadata."""
        return self.serde.dumps_typed(head), self.serde.dumps_typed(metadata)

    def commit(self, ready: Sequence[Any]) -> None:
        """The second half of ``apply``: store, all or none. Several preparations may be committed as one."""
        raise NotImplementedError

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        self.commit(self.prepare((PutCheckpoint(config, checkpoint, metadata, new_versions),)))
        return address(config["configurable"]["thread_id"], checkpoint_ns(config), checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self.commit(self.prepare((PutWrites(config, tuple(writes), task_id, task_path),)))


class DeltaWalk:
    """A walk from a checkpoint up its ancestors, that gathers what was written to delta channels.

    Args:
        channels: The channels.
        start: The checkpoint.
    """

    def __init__(self, channels: Sequence[str], start: CheckpointTuple | None) -> None:
        self.next: RunnableConfig | None = start.parent_config if start is not None and channels else None
        """Names the ancestor to look at next; ``None`` at the end."""
        self._writes: dict[str, list[PendingWrite]] = {channel: [] for channel in channels}
        self._seeds: dict[str, Any] = {}

    def step(self, ancestor: CheckpointTuple | None) -> None:
        """Look at an ancestor."""
        if ancestor is None:
            self.next = None
            return
        values = ancestor.checkpoint["channel_values"]
        for channel in self._writes.keys() - self._seeds.keys():
            here = [write for write in ancestor.pending_writes or () if write[1] == channel]
            self._writes[channel].extend(reversed(here))
            if channel in values:
                self._seeds[channel] = values[channel]
        self.next = ancestor.parent_config if self._writes.keys() - self._seeds.keys() else None

    def found(self) -> dict[str, DeltaChannelHistory]:
        """What was gathered."""
        found: dict[str, DeltaChannelHistory] = {}
        for channel, writes in self._writes.items():
            found[channel] = {"writes": writes[::-1]}
            if channel in self._seeds:
                found[channel]["seed"] = self._seeds[channel]
        return found


# -- any saver --------------------------------------------------------------------------------------------------------


def origin_of(saver: Any) -> Any:
    """The saver that ``saver`` is a clone of, or itself."""
    return getattr(saver, "origin", saver)


def apply_ops(saver: Any, ops: Sequence[GuardedOp]) -> None:
    """Perform operations in order on any saver, also one that was written for LangGraph.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> saver, address = InMemorySaver(), {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
        >>> apply_ops(saver, [PutCheckpoint(address, empty_checkpoint(), {"step": -1}, {})])
        >>> saver.get_tuple(address).metadata["step"]
        -1
    """
    apply = getattr(saver, "apply", None)
    if apply is None:
        BaseCheckpointSaver.apply(saver, ops)
    else:
        apply(ops)


async def aapply_ops(saver: Any, ops: Sequence[GuardedOp]) -> None:
    """``apply_ops``, awaited; a saver that was written for LangGraph is called by its async methods.

    Example:
        >>> import asyncio
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> saver, address = InMemorySaver(), {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
        >>> asyncio.run(aapply_ops(saver, [PutCheckpoint(address, empty_checkpoint(), {"step": -1}, {})]))
        >>> saver.get_tuple(address).metadata["step"]
        -1
    """
    if isinstance(saver, BaseCheckpointSaver) and type(saver).aput is BaseCheckpointSaver.aput:
        return await saver.aapply(ops)
    if isinstance(saver, TransactionalSaver):
        await saver.aapply(checks_in(ops))
    plain = [op for op in ops if not isinstance(op, CheckClaim)]
    try:
        for op in plain:
            if isinstance(op, PutCheckpoint):
                await saver.aput(op.config, telling_its_graph(op), op.metadata, op.new_versions)
            elif isinstance(op, PutWrites):
                await saver.aput_writes(op.config, op.writes, op.task_id, op.task_path)
    except Exception as error:
        raise_located(error, plain, getattr(saver, "serde", None))
        raise


def latest_before(saver: Any, config: Any, checkpoint_id: str) -> CheckpointTuple | None:
    """The latest checkpoint of a thread and namespace that is older than another one, which may be elsewhere."""
    older: Iterator[CheckpointTuple] = saver.list(config, before=_named(checkpoint_id), limit=1)
    return next(iter(older), None)


async def alatest_before(saver: Any, config: Any, checkpoint_id: str) -> CheckpointTuple | None:
    """``latest_before``, awaited."""
    older: AsyncIterator[CheckpointTuple] = saver.alist(config, before=_named(checkpoint_id), limit=1)
    return await anext(aiter(older), None)


def _named(checkpoint_id: str) -> RunnableConfig:
    return {"configurable": {"checkpoint_id": checkpoint_id}}


def delta_history(saver: Any, config: Any, channels: Sequence[str]) -> Mapping[str, DeltaChannelHistory]:
    """``get_delta_channel_history`` of any saver, also one that does not know it."""
    kind = saver if hasattr(saver, "get_delta_channel_history") else None
    walk = kind.get_delta_channel_history if kind else BaseCheckpointSaver.get_delta_channel_history.__get__(saver)
    found: Mapping[str, DeltaChannelHistory] = walk(config=config, channels=channels)
    return found


async def adelta_history(
    saver: Any, config: Any, channels: Sequence[str]
) -> Mapping[str, DeltaChannelHistory]:
    """``delta_history``, awaited."""
    kind = saver if hasattr(saver, "aget_delta_channel_history") else None
    walk = kind.aget_delta_channel_history if kind else BaseCheckpointSaver.aget_delta_channel_history.__get__(saver)
    found: Mapping[str, DeltaChannelHistory] = await walk(config=config, channels=channels)
    return found


# -- checkpoints by hand ----------------------------------------------------------------------------------------------


def empty_checkpoint() -> Checkpoint:
    """A checkpoint of a thread that has not started.

    Example:
        >>> empty_checkpoint()["channel_values"]
        {}
    """
    return Checkpoint(
        v=LATEST_VERSION, id=new_id(0), ts=datetime.now(UTC).isoformat(), channel_values={},
        channel_versions={}, versions_seen={}, updated_channels=None,
    )  # fmt: skip


def copy_checkpoint(checkpoint: Checkpoint) -> Checkpoint:
    """A copy that can be changed key by key; the channels' values themselves are shared.

    Example:
        >>> first = empty_checkpoint()
        >>> copied = copy_checkpoint(first)
        >>> copied["channel_values"]["n"] = 1
        >>> first["channel_values"]
        {}
    """
    copied = checkpoint.copy()
    copied["channel_values"] = checkpoint["channel_values"].copy()
    copied["channel_versions"] = checkpoint["channel_versions"].copy()
    copied["versions_seen"] = {k: v.copy() for k, v in checkpoint["versions_seen"].items()}
    return copied


def create_checkpoint(
    checkpoint: Checkpoint, channels: Mapping[str, Any] | None, step: int, *, id: str | None = None
) -> Checkpoint:
    """The checkpoint after ``checkpoint``, with the values that ``channels`` have now.

    Example:
        >>> from langgraph_nb.channels import LastValue
        >>> channel = LastValue(int, "n")
        >>> channel.update([1])
        True
        >>> first = {**empty_checkpoint(), "channel_versions": {"n": 1}}
        >>> create_checkpoint(first, {"n": channel}, 1)["channel_values"]
        {'n': 1}
    """
    values = checkpoint["channel_values"]
    if channels is not None:
        values = dict(_values(channels, checkpoint["channel_versions"]))
    return Checkpoint(
        v=LATEST_VERSION, id=id or new_id(step), ts=datetime.now(UTC).isoformat(), channel_values=values,
        channel_versions=checkpoint["channel_versions"], versions_seen=checkpoint["versions_seen"],
        updated_channels=None,
    )  # fmt: skip


def _values(channels: Mapping[str, Any], known: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for name, channel in channels.items():
        if name in known:
            try:
                yield name, channel.checkpoint()
            except EmptyChannelError:
                continue
