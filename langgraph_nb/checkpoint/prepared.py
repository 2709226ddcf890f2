"""Operations with everything serialised: what our savers commit, and what may wait in a queue.

Serialising comes first, in the thread that asks: a value that cannot be stored is refused before anything is, and what
a node changes in place later is not in the stored bytes. Knows no storage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from langgraph_nb.checkpoint.config import (
    get_checkpoint_id,
    get_checkpoint_metadata,
    required_checkpoint_id,
    thread_and_ns,
    write_index,
)
from langgraph_nb.checkpoint.serde import SerializerProtocol
from langgraph_nb.persistence import PutCheckpoint, PutWrites, StorageOp

Typed = tuple[str, bytes]
"""The name of a format, and bytes in it."""
Address = tuple[str, str, str]
"""(thread id, namespace, checkpoint id)"""
K = TypeVar("K")


@dataclass(slots=True)  # not frozen: that would double the cost of making one
class ReadyCheckpoint:
    """A checkpoint to store."""

    address: Address
    parent_id: str | None
    run_id: str | None
    head: Typed
    """The checkpoint without its channels' values."""
    metadata: Typed
    changed: dict[str, Typed]
    """The values of the channels that changed since the parent; of all channels, if there is no parent."""
    values: Mapping[str, Any]
    """All channels' values, for those that turn out not to be stored with the parent."""
    serde: SerializerProtocol

    def kept(self, parents: Mapping[str, K] | None, keep: Callable[[Typed], K]) -> dict[str, K]:
        """Where each channel's value is kept.

        Args:
            parents: Where the parent's values are kept.
            keep: Stores a value and returns where.
        """
        kept = dict(parents) if parents else {}
        for channel, typed in self.changed.items():
            kept[channel] = keep(typed)
        if kept.keys() != self.values.keys():
            dumps = self.serde.dumps_typed
            kept = {c: kept[c] if c in kept else keep(dumps(v)) for c, v in self.values.items()}
        return kept


@dataclass(slots=True)
class ReadyWrites:
    """Writes of one task to store."""

    address: Address
    task_id: str
    task_path: str
    writes: tuple[tuple[int, str, Typed], ...]
    """(index, channel, value); one at a negative index replaces what is there, others do not."""


Ready = ReadyCheckpoint | ReadyWrites


def prepared(op: StorageOp, serde: SerializerProtocol) -> Ready:
    """An operation with everything serialised."""
    return _checkpoint(op, serde) if isinstance(op, PutCheckpoint) else _writes(op, serde)


def _checkpoint(op: PutCheckpoint, serde: SerializerProtocol) -> ReadyCheckpoint:
    dumps = serde.dumps_typed
    head: dict[str, Any] = {**op.checkpoint}
    values = head.pop("channel_values")
    metadata = get_checkpoint_metadata(op.config, op.metadata)
    run_id = metadata.get("run_id")
    parent_id = get_checkpoint_id(op.config)
    changed = values if parent_id is None else op.new_versions
    return ReadyCheckpoint(
        (*thread_and_ns(op.config), head["id"]),
        parent_id,
        None if run_id is None else str(run_id),
        dumps(head),
        dumps(metadata),
        {c: dumps(values[c]) for c in changed if c in values},
        values,
        serde,
    )


def _writes(op: PutWrites, serde: SerializerProtocol) -> ReadyWrites:
    dumps = serde.dumps_typed
    writes = tuple([(write_index(c, i), c, dumps(v)) for i, (c, v) in enumerate(op.writes)])
    return ReadyWrites((*thread_and_ns(op.config), required_checkpoint_id(op.config)), op.task_id, op.task_path, writes)
