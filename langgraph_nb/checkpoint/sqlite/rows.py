"""Between checkpoints and rows: what goes into each column, and what comes out. Knows no connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from langgraph_nb.checkpoint.config import address
from langgraph_nb.checkpoint.prepared import Address, ReadyCheckpoint, ReadyWrites, Typed
from langgraph_nb.checkpoint.serde.wire import pack_plain, unpack_plain
from langgraph_nb.persistence import CheckpointTuple, PendingWrite

Held = int | list[Any]
"""Where a channel's value is: the number of a row of ``nb_blobs``, or, if it is small, right here: [format, bytes]."""
SMALL = 32
"""Bytes up to which a value is held with the checkpoint: a row of its own would take more."""


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
    blobs: bytes

    @property
    def address(self) -> Address:
        return self.thread_id, self.checkpoint_ns, self.checkpoint_id


def checkpoint_row(new: ReadyCheckpoint, blobs: Mapping[str, Held]) -> tuple[Any, ...]:
    """The values of ``PUT_CHECKPOINT``."""
    head, metadata = new.head
    return (*new.address, new.parent_id, new.run_id, *head, *metadata, dump_blobs(blobs))


WRITE_INDEX = 4
"""Position of a write's index in its row."""


def write_rows(new: ReadyWrites) -> list[tuple[Any, ...]]:
    """The values of ``REPLACE_WRITE`` and ``KEEP_WRITE``."""
    return [(*new.address, new.task_id, index, new.task_path, channel, *typed) for index, channel, typed in new.writes]


def dump_blobs(blobs: Mapping[str, Held]) -> bytes:
    """Where each channel's value is."""
    return pack_plain(blobs)


def load_blobs(data: bytes) -> dict[str, Held]:
    """The inverse of ``dump_blobs``."""
    blobs: dict[str, Held] = unpack_plain(data)
    return blobs


def blob_ids(data: bytes) -> Iterator[int]:
    """The rows of ``nb_blobs`` that a checkpoint needs."""
    return (held for held in load_blobs(data).values() if isinstance(held, int))


def json_list(items: Collection[Any] | Iterable[Any]) -> str:
    """A list as one parameter, for ``json_each``."""
    return json.dumps(list(items))


def checkpoint_tuple(
    row: CheckpointRow, blobs: Mapping[int, Typed], writes: Sequence[tuple[str, str, str, bytes]],
    loads: Callable[[Typed], Any],
) -> CheckpointTuple:  # fmt: skip
    """A checkpoint from its rows."""
    checkpoint = loads((row.head_type, row.head))
    held = load_blobs(row.blobs).items()
    checkpoint["channel_values"] = {c: loads(blobs[h] if isinstance(h, int) else (h[0], h[1])) for c, h in held}
    pending: list[PendingWrite] = [(task, channel, loads((kind, data))) for task, channel, kind, data in writes]
    thread_id, ns, _ = row.address
    parent = None if row.parent_id is None else address(thread_id, ns, row.parent_id)
    return CheckpointTuple(
        address(*row.address), checkpoint, loads((row.metadata_type, row.metadata)), parent, pending
    )
