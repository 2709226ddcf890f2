"""Operations with everything serialised: what our savers commit, and what may wait in a queue.

Serialising comes first, in the thread that asks: a value that cannot be stored is refused before anything is, and what
a node changes in place later is not in the stored bytes. Knows no storage.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_nb.checkpoint.config import (
    WRITES_IDX_MAP,
    get_checkpoint_id,
    get_checkpoint_metadata,
    required_checkpoint_id,
    thread_and_ns,
)
from langgraph_nb.checkpoint.effects import Effect
from langgraph_nb.persistence import CheckClaim, PutCheckpoint, PutWrites, StorageOp
from langgraph_nb.shape import Shape

ATOMS = frozenset((str, int, float, bool, type(None)))
"""Values of these classes cannot be changed in place, and are not larger than their bytes."""
Typed = tuple[str, bytes]
"""The name of a format, and bytes in it."""
Address = tuple[str, str, str]
"""(thread id, namespace, checkpoint id)"""
Dumps = Callable[[Any], Any]
"""Gives a channel's value the form in which the saver keeps it; ``Typed`` unless it says otherwise."""
DumpsHead = Callable[[dict[str, Any], Mapping[str, Any]], Any]
"""The same for a checkpoint without its channels' values, and its metadata."""


@dataclass(slots=True)  # not frozen: that would double the cost of making one
class ReadyCheckpoint:
    """A checkpoint to store."""

    address: Address
    parent_id: str | None
    run_id: str | None
    head: Any
    """The checkpoint without its channels' values, and its metadata."""
    changed: dict[str, Any]
    """The values of the channels that changed since the parent; of all channels, if there is no parent."""
    values: Mapping[str, Any]
    """All channels' values, for those that turn out not to be stored with the parent."""
    dumps: Dumps
    graph: Shape | None = None
    """The shape of the graph that made it; the head has its fingerprint."""
    changes: Collection[str] = ()
    """The channels that changed since the parent; some may have no value."""
    ran: Collection[str] | None = None
    """The nodes of which something else is noted; ``None`` if that is not known, nor whether ``changes`` are all."""


@dataclass(slots=True)
class ReadyWrites:
    """Writes of one task to store."""

    address: Address
    task_id: str
    task_path: str
    writes: tuple[tuple[int, str, Any], ...]
    """(index, channel, value); one at a negative index replaces what is there, others do not."""
    effect: Effect | None = None
    """What else is done in the transaction that stores them."""


Ready = ReadyCheckpoint | ReadyWrites
Guarded = Ready | CheckClaim


def prepared(ops: Iterable[StorageOp], dumps: Dumps, dumps_head: DumpsHead) -> list[Ready]:
    """Operations with everything serialised."""
    ready: list[Ready] = []
    known: dict[int, Any] = {}

    def once(value: Any) -> Any:
        """What a task wrote may be what the channel holds."""
        if type(value) in ATOMS:
            return dumps(value)
        if (at := id(value)) not in known:
            known[at] = dumps(value)
        return known[at]

    config: Any = None
    for op in ops:
        if op.config is not config:  # those that are stored together are mostly about one checkpoint
            config = op.config
            thread_id, ns = thread_and_ns(config)
            checkpoint_id = get_checkpoint_id(config)
        if isinstance(op, PutWrites):
            writes = tuple([(WRITES_IDX_MAP.get(c, i), c, once(v)) for i, (c, v) in enumerate(op.writes)])
            where = thread_id, ns, checkpoint_id or required_checkpoint_id(config)
            ready.append(ReadyWrites(where, op.task_id, op.task_path, writes, op.effect))
        elif isinstance(op, PutCheckpoint):
            values = op.checkpoint["channel_values"]
            names = values if checkpoint_id is None else op.new_versions
            changed = {c: once(values[c]) for c in names if c in values}
            ready.append(_checkpoint(op, thread_id, ns, checkpoint_id, changed, dumps, dumps_head))
    return ready


def _checkpoint(
    op: PutCheckpoint, thread_id: str, ns: str, parent_id: str | None, changed: dict[str, Any], dumps: Dumps,
    dumps_head: DumpsHead,
) -> ReadyCheckpoint:  # fmt: skip
    head: dict[str, Any] = {**op.checkpoint}
    values = head.pop("channel_values")
    if op.graph is not None:
        head["graph"] = op.graph.fingerprint
    metadata = get_checkpoint_metadata(op.config, op.metadata)
    run_id = metadata.get("run_id")
    return ReadyCheckpoint(
        (thread_id, ns, head["id"]),
        parent_id,
        None if run_id is None else str(run_id),
        dumps_head(head, metadata),
        changed,
        values,
        dumps,
        op.graph,
        op.new_versions,
        op.ran,
    )
