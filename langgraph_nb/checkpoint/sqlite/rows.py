"""Between checkpoints and rows: what goes into each column, and what comes out. Knows no connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from langgraph_nb.checkpoint.base import (
    address,
    get_checkpoint_id,
    get_checkpoint_metadata,
    required_checkpoint_id,
    thread_and_ns,
    write_index,
)
from langgraph_nb.checkpoint.serde import SerializerProtocol
from langgraph_nb.persistence import CheckpointTuple, PendingWrite, PutCheckpoint, PutWrites

Typed = tuple[str, bytes]
Address = tuple[str, str, str]
"""(thread id, namespace, checkpoint id)"""


class CheckpointRow(NamedTuple):
    """A row of ``nb_checkpoints`` as it is read."""

    thread_id: str
    checkpoint_ns: str
    checkpoint_id: str
    parent_id: str | None
    head_type: str
    head: bytes
    metadata_type: str
    metadata: bytes
    blobs: str

    @property
    def address(self) -> Address:
        return self.thread_id, self.checkpoint_ns, self.checkpoint_id


class NewCheckpoint(NamedTuple):
    """A checkpoint with everything serialised that certainly has to be."""

    address: Address
    parent_id: str | None
    run_id: str | None
    head: Typed
    metadata: Typed
    changed: dict[str, Typed]
    values: Mapping[str, Any]
    """All channels' values, for those that turn out not to be stored yet."""

    def row(self, blobs: Mapping[str, int]) -> tuple[Any, ...]:
        """The values of ``PUT_CHECKPOINT``."""
        return (*self.address, self.parent_id, self.run_id, *self.head, *self.metadata, dump_blobs(blobs))


def new_checkpoint(op: PutCheckpoint, serde: SerializerProtocol) -> NewCheckpoint:
    """Serialise a checkpoint, before any lock is held."""
    head: dict[str, Any] = {**op.checkpoint}
    values = head.pop("channel_values")
    metadata = get_checkpoint_metadata(op.config, op.metadata)
    run_id = metadata.get("run_id")
    return NewCheckpoint(
        (*thread_and_ns(op.config), head["id"]),
        get_checkpoint_id(op.config),
        None if run_id is None else str(run_id),
        serde.dumps_typed(head),
        serde.dumps_typed(metadata),
        {c: serde.dumps_typed(values[c]) for c in op.new_versions if c in values},
        values,
    )


def new_writes(op: PutWrites, serde: SerializerProtocol) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows of ``nb_writes``: those that the first one to come keeps, and those that replace what was there."""
    where = (*thread_and_ns(op.config), required_checkpoint_id(op.config), op.task_id)
    keep: list[tuple[Any, ...]] = []
    replace: list[tuple[Any, ...]] = []
    for position, (channel, value) in enumerate(op.writes):
        index = write_index(channel, position)
        row = (*where, index, op.task_path, channel, *serde.dumps_typed(value))
        (keep if index >= 0 else replace).append(row)
    return keep, replace


def dump_blobs(blobs: Mapping[str, int]) -> str:
    """Which blob holds which channel."""
    return json.dumps(blobs, separators=(",", ":"))


def load_blobs(text: str) -> dict[str, int]:
    """The inverse of ``dump_blobs``."""
    blobs: dict[str, int] = json.loads(text)
    return blobs


def json_list(items: Collection[Any] | Iterable[Any]) -> str:
    """A list as one parameter, for ``json_each``."""
    return json.dumps(list(items))


def checkpoint_tuple(
    row: CheckpointRow, blobs: Mapping[int, Typed], writes: Sequence[tuple[str, str, str, bytes]],
    loads: Callable[[Typed], Any],
) -> CheckpointTuple:  # fmt: skip
    """A checkpoint from its rows."""
    checkpoint = loads((row.head_type, row.head))
    checkpoint["channel_values"] = {c: loads(blobs[i]) for c, i in load_blobs(row.blobs).items()}
    pending: list[PendingWrite] = [(task, channel, loads((kind, data))) for task, channel, kind, data in writes]
    thread_id, ns, _ = row.address
    parent = None if row.parent_id is None else address(thread_id, ns, row.parent_id)
    return CheckpointTuple(
        address(*row.address), checkpoint, loads((row.metadata_type, row.metadata)), parent, pending
    )
