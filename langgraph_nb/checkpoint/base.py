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
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from langgraph_nb.checkpoint.ids import uuid6
from langgraph_nb.checkpoint.serde import JsonPlusSerializer, SerializerProtocol
from langgraph_nb.constants import ERROR, INTERRUPT, RESUME
from langgraph_nb.errors import EmptyChannelError, did_you_mean
from langgraph_nb.persistence import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    PutCheckpoint,
    PutWrites,
    StorageOp,
)

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

__all__ = [
    "LATEST_VERSION", "WRITES_IDX_MAP", "BaseCheckpointSaver", "ChannelVersions", "Checkpoint", "CheckpointMetadata",
    "CheckpointTuple", "EmptyChannelError", "JsonPlusSerializer", "PendingWrite", "PutCheckpoint", "PutWrites",
    "SerializerProtocol", "StorageOp", "TransactionalSaver", "aapply_ops", "apply_ops", "copy_checkpoint",
    "create_checkpoint", "empty_checkpoint", "get_checkpoint_id", "get_checkpoint_metadata", "writes_sort_key",
]  # fmt: skip

V = TypeVar("V", int, float, str)
T = TypeVar("T")

LATEST_VERSION = 2
"""Version of the checkpoint's form."""
SCHEDULED = "__scheduled__"
WRITES_IDX_MAP = {ERROR: -1, SCHEDULED: -2, INTERRUPT: -3, RESUME: -4}
"""Where a task's special writes are kept: one of each, the last one counts. Its other writes are numbered from 0."""

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
    blocking: bool = True
    """Whether calls may take long enough to keep an event loop waiting."""
    origin: BaseCheckpointSaver[V]
    """The saver that this one is a clone of (``with_allowlist``), or itself: what is written in order together."""

    def __init__(self, *, serde: SerializerProtocol | None = None) -> None:
        self.serde = serde or self.serde

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

    def apply(self, ops: Sequence[StorageOp]) -> None:
        """Perform operations in order. A saver that can does so in one transaction; this default cannot."""
        for op in ops:
            if isinstance(op, PutCheckpoint):
                self.put(op.config, op.checkpoint, op.metadata, op.new_versions)
            else:
                self.put_writes(op.config, op.writes, op.task_id, op.task_path)

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
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(_executor(), call)

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

    async def aapply(self, ops: Sequence[StorageOp]) -> None:
        """``apply``, awaited."""
        await self._off_loop(partial(self.apply, ops))

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
        if isinstance(current, str):  # only a subclass's versions can be
            raise NotImplementedError("Versions that are strings cannot be counted up. Override get_next_version.")
        version: Any = 0 if current is None else current
        return cast("V", version + 1)

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


class TransactionalSaver(BaseCheckpointSaver[int]):
    """A saver that performs any number of operations in one transaction."""

    def apply(self, ops: Sequence[StorageOp]) -> None:
        """Perform operations in order, all or none."""
        raise NotImplementedError

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        self.apply((PutCheckpoint(config, checkpoint, metadata, new_versions),))
        return address(config["configurable"]["thread_id"], checkpoint_ns(config), checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self.apply((PutWrites(config, tuple(writes), task_id, task_path),))


# -- any saver --------------------------------------------------------------------------------------------------------


def origin_of(saver: Any) -> Any:
    """The saver that ``saver`` is a clone of, or itself."""
    return getattr(saver, "origin", saver)


def apply_ops(saver: Any, ops: Sequence[StorageOp]) -> None:
    """Perform operations in order on any saver, also one that was written for LangGraph."""
    apply = getattr(saver, "apply", None)
    if apply is None:
        BaseCheckpointSaver.apply(saver, ops)
    else:
        apply(ops)


async def aapply_ops(saver: Any, ops: Sequence[StorageOp]) -> None:
    """``apply_ops``, awaited; a saver that was written for LangGraph is called by its async methods."""
    if isinstance(saver, BaseCheckpointSaver) and type(saver).aput is BaseCheckpointSaver.aput:
        return await saver.aapply(ops)
    for op in ops:
        if isinstance(op, PutCheckpoint):
            await saver.aput(op.config, op.checkpoint, op.metadata, op.new_versions)
        else:
            await saver.aput_writes(op.config, op.writes, op.task_id, op.task_path)


_executors: dict[int, ThreadPoolExecutor] = {}


def _executor() -> ThreadPoolExecutor:
    """This process's threads for blocking savers: few, and never those in which nodes run and may wait for a saver."""
    pid = os.getpid()
    if pid not in _executors:
        _executors.clear()  # threads do not survive a fork
        _executors[pid] = ThreadPoolExecutor(4, "langgraph-nb-saver")
    return _executors[pid]


# -- words for implementing a saver -----------------------------------------------------------------------------------


def address(thread_id: str, ns: str, checkpoint_id: str) -> RunnableConfig:
    """The config that addresses a checkpoint."""
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": ns, "checkpoint_id": checkpoint_id}}


def thread_and_ns(config: RunnableConfig) -> tuple[str, str]:
    """The thread and namespace that ``config`` addresses; ``ValueError`` if it names no thread."""
    configurable = config.get("configurable") or {}
    if configurable.get("thread_id") is None:
        hint = did_you_mean("thread_id", configurable) if configurable else "It has no 'configurable' keys."
        raise ValueError(
            "The config names no thread to store in or read from. "
            f'Pass config={{"configurable": {{"thread_id": "..."}}}}. {hint}'
        )
    return str(configurable["thread_id"]), configurable.get("checkpoint_ns") or ""


def checkpoint_ns(config: RunnableConfig) -> str:
    """The namespace that ``config`` addresses; the root graph's is ``""``."""
    return config["configurable"].get("checkpoint_ns") or ""


def get_checkpoint_id(config: RunnableConfig) -> str | None:
    """The checkpoint that ``config`` names, if it names one."""
    return config["configurable"].get("checkpoint_id")


def required_checkpoint_id(config: RunnableConfig) -> str:
    """The checkpoint that ``config`` names; ``ValueError`` if it names none."""
    if (found := get_checkpoint_id(config)) is None:
        raise ValueError(
            "The config names no checkpoint for these writes to be pending on. "
            'Pass the config that "put" returned; it has a "checkpoint_id".'
        )
    return found


class Choice:
    """Which checkpoints ``list`` is asked for, apart from the metadata.

    Args:
        config: Names a thread, maybe a namespace, maybe a checkpoint; ``None`` is all.
        before: Names the checkpoint that all of them are older than.
    """

    def __init__(self, config: RunnableConfig | None, before: RunnableConfig | None) -> None:
        wanted = (config or {}).get("configurable") or {}
        self.thread_id = None if config is None else thread_and_ns(config)[0]
        self.ns: str | None = wanted.get("checkpoint_ns")
        self.checkpoint_id: str | None = wanted.get("checkpoint_id")
        self.before: str | None = None if before is None else get_checkpoint_id(before)

    def space(self, thread_id: str, ns: str) -> bool:
        """Whether it covers this namespace of this thread."""
        return self.thread_id in (None, thread_id) and self.ns in (None, ns)

    def checkpoint(self, checkpoint_id: str) -> bool:
        """Whether it covers a checkpoint with this id."""
        return self.checkpoint_id in (None, checkpoint_id) and (self.before is None or checkpoint_id < self.before)


_OWN_KEYS = frozenset(
    ("thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map", "langgraph_step", "langgraph_node",
     "langgraph_triggers", "langgraph_path", "langgraph_checkpoint_ns")
)  # fmt: skip


def get_checkpoint_metadata(config: RunnableConfig, metadata: CheckpointMetadata) -> CheckpointMetadata:
    """The metadata to store: what the engine knows, and the plain values of ``config["metadata"]``.

    Values of ``configurable`` are not stored: API keys travel there.
    """
    own: dict[str, Any] = {k: v for k, v in metadata.items() if k != "writes"}
    for key, value in (config.get("metadata") or {}).items():
        if key not in own and key not in _OWN_KEYS and key[:2] != "__" and isinstance(value, str | int | float):
            own[key] = value
    return own  # type: ignore[return-value]


def writes_sort_key(task_path: str, task_id: str = "", idx: int = 0) -> tuple[str, str, int]:
    """Sorts pending writes in the order in which a superstep applies them."""
    return task_path, task_id, idx


def write_index(channel: str, position: int) -> int:
    """Where a task's write is kept: special ones have a place of their own, others their position."""
    return WRITES_IDX_MAP.get(channel, position)


def matches(metadata: Mapping[str, Any], filter: Mapping[str, Any] | None) -> bool:
    """Whether metadata holds all that ``filter`` asks for."""
    return not filter or all(metadata.get(k) == v for k, v in filter.items())


def check_strategy(strategy: str) -> None:
    """``ValueError`` for an unknown way to prune."""
    if strategy not in ("keep_latest", "delete"):
        raise ValueError(
            f"Cannot prune with strategy {strategy!r}. {did_you_mean(strategy, ('keep_latest', 'delete'))}"
        )


def empty_checkpoint() -> Checkpoint:
    """A checkpoint of a thread that has not started."""
    return Checkpoint(
        v=LATEST_VERSION, id=str(uuid6()), ts=datetime.now(UTC).isoformat(), channel_values={},
        channel_versions={}, versions_seen={}, updated_channels=None,
    )  # fmt: skip


def copy_checkpoint(checkpoint: Checkpoint) -> Checkpoint:
    """A copy that can be changed key by key; the channels' values themselves are shared."""
    copied = checkpoint.copy()
    copied["channel_values"] = checkpoint["channel_values"].copy()
    copied["channel_versions"] = checkpoint["channel_versions"].copy()
    copied["versions_seen"] = {k: v.copy() for k, v in checkpoint["versions_seen"].items()}
    return copied


def create_checkpoint(
    checkpoint: Checkpoint, channels: Mapping[str, Any] | None, step: int, *, id: str | None = None
) -> Checkpoint:
    """The checkpoint after ``checkpoint``, with the values that ``channels`` have now."""
    values = checkpoint["channel_values"]
    if channels is not None:
        values = dict(_values(channels, checkpoint["channel_versions"]))
    return Checkpoint(
        v=LATEST_VERSION, id=id or str(uuid6(clock_seq=step)), ts=datetime.now(UTC).isoformat(), channel_values=values,
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
