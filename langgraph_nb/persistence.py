"""The words in which engine and savers speak: a checkpoint, what is pending on it, and the operations of a saver.

The stored shapes are LangGraph's, so that its savers work with this engine and its databases can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NotRequired, Protocol, TypedDict

from langgraph_nb.constants import NO_WRITES
from langgraph_nb.records import record
from langgraph_nb.shape import Shape

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

ChannelVersions = dict[str, Any]
"""Channel -> version. Our savers count in ints; a foreign saver's versions are only compared."""

PendingWrite = tuple[str, str, Any]
"""(task id, channel, value)"""


class CheckpointMetadata(TypedDict, total=False):
    """What is known of how a checkpoint came about.

    Example:
        >>> CheckpointMetadata(source="input", step=-1, parents={})["source"]
        'input'
    """

    source: Literal["input", "loop", "update", "fork"]
    step: int
    parents: dict[str, str]
    run_id: str
    counters_since_delta_snapshot: dict[str, tuple[int, int]]
    """Delta channel -> (supersteps that wrote it, all supersteps) since its value was stored whole."""


class Checkpoint(TypedDict):
    """The state of a graph between two supersteps.

    Example:
        >>> from langgraph_nb.checkpoint.base import empty_checkpoint
        >>> sorted(empty_checkpoint()["channel_values"])
        []
    """

    v: int
    """Version of this format."""
    id: str
    """Unique, and sorts by time."""
    ts: str
    """When it was made, ISO 8601 in UTC."""
    channel_values: dict[str, Any]
    channel_versions: ChannelVersions
    versions_seen: dict[str, ChannelVersions]
    """Node -> the channel versions it last ran on."""
    updated_channels: list[str] | None
    graph: NotRequired[Any]
    """The fingerprint of the graph that made it (``Shape``); from a saver that was not written for this engine, the
    whole shape, as a text."""


class DeltaChannelHistory(TypedDict):
    """What a delta channel's value is made again from.

    Example:
        >>> DeltaChannelHistory(seed=[1], writes=[("task", "numbers", 2)])["seed"]
        [1]
    """

    writes: list[PendingWrite]
    """What was written to it on the way from the seed to the checkpoint asked for, the oldest first."""
    seed: NotRequired[Any]
    """The last value that was stored whole; none if it never was."""


class CheckpointTuple(NamedTuple):
    """A stored checkpoint with its address, its parent's, and the writes pending on it.

    Example:
        >>> from langgraph_nb.checkpoint.base import empty_checkpoint
        >>> address = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
        >>> CheckpointTuple(address, empty_checkpoint(), {"step": -1}).pending_writes is None
        True
    """

    config: RunnableConfig
    checkpoint: Checkpoint
    metadata: CheckpointMetadata
    parent_config: RunnableConfig | None = None
    pending_writes: list[PendingWrite] | None = None


@record
class PutCheckpoint:
    """Store a checkpoint.

    Example:
        >>> from langgraph_nb.checkpoint.base import empty_checkpoint
        >>> address = {"configurable": {"thread_id": "1", "checkpoint_ns": ""}}
        >>> PutCheckpoint(address, empty_checkpoint(), {"step": -1}, {}).metadata
        {'step': -1}
    """

    config: RunnableConfig
    """Addresses its parent: thread_id, checkpoint_ns and, but for the first one, checkpoint_id."""
    checkpoint: Checkpoint
    metadata: CheckpointMetadata
    new_versions: ChannelVersions
    """The channels whose values changed since the parent, with their versions."""
    ran: Collection[str] | None = None
    """The keys of ``versions_seen`` that changed since the parent; ``None`` if that is not known."""
    writers: Mapping[str, Collection[str]] | None = field(default=None, compare=False, repr=False)
    """Channel -> the nodes that wrote to it last, where their writes are not stored beside it: for messages."""
    graph: Shape | None = None
    """The shape of the graph that made it: stored once. The checkpoint has its fingerprint, under ``"graph"``."""


@record
class PutWrites:
    """Store what a task wrote. ``config`` addresses the checkpoint that the task started from.

    Example:
        >>> address = {"configurable": {"thread_id": "1", "checkpoint_ns": "", "checkpoint_id": "c1"}}
        >>> PutWrites(address, (("n", 1),), task_id="t1").writes
        (('n', 1),)
    """

    config: RunnableConfig
    writes: tuple[tuple[str, Any], ...]
    task_id: str
    task_path: str = ""
    node: str = field(default="", compare=False, repr=False)
    """The node, for messages."""
    effect: Callable[[Any], None] | None = field(default=None, compare=False, repr=False)
    """Called with the connection in the transaction that stores them; only for savers that have a database."""


class NeedsWhole(LookupError):
    """A saver was given a superstep on a checkpoint that is not there any more. Nothing of it was stored."""


class Ended(Protocol):
    """A task that ended with nothing but writes."""

    @property
    def task(self) -> Any:
        """Has an ``id``, a ``place`` (its path as text) and a ``name``."""

    @property
    def writes(self) -> tuple[tuple[str, Any], ...]:
        """(channel, value) in the order written."""


@record
class PutStep:
    """Store a superstep: what its tasks wrote, pending on a checkpoint, and the checkpoint that it led to.

    The same as a ``PutWrites`` for each task and a ``PutCheckpoint``, told as what changed. Only savers that say so
    (``takes_steps``) are given it, and only on a parent that they have been given.
    """

    config: RunnableConfig
    """Addresses the parent."""
    ended: tuple[Ended, ...]
    id: str
    """The new checkpoint's."""
    ts: str | None
    """When it was made, ISO 8601 in UTC; ``None`` if the id says it."""
    metadata: CheckpointMetadata
    new_versions: ChannelVersions
    """The channels that changed since the parent, with their versions."""
    values: dict[str, Any]
    """The values of those of them that have one."""
    seen: dict[str, ChannelVersions]
    """The entries of ``versions_seen`` that changed."""
    updated: list[str]
    """``updated_channels``."""
    v: int
    """Version of the checkpoint's form."""
    graph: Shape | None = None
    """The shape of the graph that made it."""

    def put_writes(self) -> tuple[PutWrites, ...]:
        """The first half, as operations."""
        return written_by_tasks(self.config, self.ended)


def written_by_tasks(config: RunnableConfig, ended: Iterable[Ended]) -> tuple[PutWrites, ...]:
    """What to store of tasks that ended, pending on the checkpoint that ``config`` names."""
    return tuple(PutWrites(config, storable(e.writes), e.task.id, e.task.place, e.task.name) for e in ended)


def storable(writes: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    """What is stored of a task's writes: something, also of one that wrote nothing."""
    return writes or _NOTHING


_NOTHING = ((NO_WRITES, None),)


@record
class CheckClaim:
    """What is stored together with this is stored only if the thread is still claimed by the run with this token.

    Example:
        >>> CheckClaim("1", "run 7").ends
        ''
    """

    thread_id: str
    token: str
    ends: Ending = ""
    """How the run ended, where this is the last that it stores: the thread is free then."""


Ending = Literal["", "finished", "interrupted", "failed"]
"""How the last run of a thread ended; empty while it has not."""
StorageOp = PutCheckpoint | PutWrites | PutStep
GuardedOp = StorageOp | CheckClaim
"""What our savers perform for a run that has claimed its thread."""
