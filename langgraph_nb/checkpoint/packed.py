"""Checkpoints as they are kept in memory: packed, and sharing what they have in common. Knows no saver and no lock."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, NamedTuple

from langgraph_nb.checkpoint.config import WRITES_IDX_MAP, writes_sort_key
from langgraph_nb.checkpoint.prepared import Typed
from langgraph_nb.persistence import PutCheckpoint, PutStep

Kept = Any
"""A value as it is kept: itself, if it is an atom; the bytes, if they are in the usual format; else ``Typed``."""
Names = tuple[str, ...]
Writes = tuple[str, str, tuple[tuple[str, Kept], ...]]
"""(task id, task path, ((channel, value), ...)) as one call gave them"""
Key = tuple[str, str]
"""(thread id, namespace)"""

HEAD = ("v", "ts", "channel_versions", "versions_seen", "updated_channels")
"""What a checkpoint says besides its id, its channels' values and its graph."""
APART, SAID = frozenset(("id", "channel_values", "graph")), frozenset(HEAD)
METADATA = ("source", "step", "parents")
"""What its metadata says, unless the caller has given some."""
said_of, origin_in = itemgetter(*HEAD), itemgetter(*METADATA)
WIDE = 24
"""Channels from which on a checkpoint holds what changed only."""
DEEP = 16
"""Checkpoints in a row that do, at most; or a quarter of the channels, if that is more."""
WAITING = 64
"""Supersteps of a namespace, and namespaces with such, that are not packed yet, at most."""
GONE: Kept = ("gone", b"")
"""Stands for the value of a channel that has none any more."""
MANY = 1024
"""Tuples of names to remember."""


class NewCheckpoint(NamedTuple):
    """A checkpoint that is ready to be stored."""

    key: Key
    id: str
    parent_id: str | None
    op: PutCheckpoint
    metadata: Any
    changed: dict[str, Kept]
    """The values of the channels that changed; of all, if there is no parent."""
    head: bytes | Typed
    wide: bool
    """Whether the head says what changed only."""


class NewWrites(NamedTuple):
    """Writes that are ready to be stored."""

    key: Key
    id: str
    writes: bytes | Writes


class NewStep(NamedTuple):
    """A superstep that is ready to be stored."""

    key: Key
    op: PutStep
    values: dict[str, Kept]
    writes: Sequence[tuple[tuple[str, Kept], ...]]
    """Of each task."""


@dataclass(slots=True)
class Saved:
    """One checkpoint."""

    parent_id: str | None
    names: Names
    """The channels. The tuple is shared with other checkpoints."""
    values: tuple[Kept, ...]
    """Their values, each shared with other checkpoints."""
    head: bytes | Typed
    """What else it says, and its metadata: as bytes, if that is no more than usual."""
    room: int = DEEP
    """How many checkpoints in a row may be added that hold what changed only."""
    partial: bool = False
    """Whether it does: its parent holds the rest."""
    graph: str | None = None
    """The fingerprint of the graph that made it."""
    writes: bytes | Writes | list[bytes | Writes] | None = None
    """What is pending on it: what one call gave, packed if it can be, or a list of that."""

    def add(self, writes: bytes | Writes) -> None:
        """Have these pend on it too."""
        if self.writes is None:
            self.writes = writes
        elif type(self.writes) is list:
            self.writes.append(writes)
        else:
            self.writes = [self.writes, writes]  # type: ignore[list-item]

    def copy(self) -> Saved:
        """The same, to be changed by itself."""
        return replace(self, writes=self.writes.copy() if isinstance(self.writes, list) else self.writes)


@dataclass(slots=True)
class Space:
    """The checkpoints of one namespace of one thread."""

    saved: dict[str, Saved] = field(default_factory=dict)
    latest: str = ""
    early_writes: dict[str, list[bytes | Writes]] | None = None
    """Checkpoint id -> writes that came before their checkpoint."""
    steps: list[NewStep] = field(default_factory=list)
    """What is not packed yet, in order."""


def chain_of(known: Mapping[Any, Saved], saved: Saved) -> list[Saved]:
    """The checkpoints that together hold all of one: itself, and some of its ancestors."""
    chain = [saved]
    while saved.partial:
        saved = known[saved.parent_id]
        chain.append(saved)
    return chain


def kept_in(chain: Sequence[Saved]) -> dict[str, Kept]:
    """Channel -> its value."""
    kept: dict[str, Kept] = {}
    for saved in reversed(chain):
        kept.update(zip(saved.names, saved.values, strict=True))
    return kept if len(chain) == 1 else {name: value for name, value in kept.items() if value is not GONE}


def graph_of(op: PutCheckpoint | PutStep) -> str | None:
    """The fingerprint of the graph that made a checkpoint."""
    if op.graph is not None:
        return op.graph.fingerprint
    return op.checkpoint.get("graph") if isinstance(op, PutCheckpoint) else None


def news(op: PutCheckpoint) -> dict[str, Any]:
    """What a checkpoint says that its parent does not."""
    versions, seen = op.checkpoint["channel_versions"], op.checkpoint["versions_seen"]
    return {
        **op.checkpoint,
        "channel_versions": {name: versions[name] for name in op.new_versions if name in versions},
        "versions_seen": {name: seen[name] for name in op.ran or () if name in seen},
    }


def packed(writes: Writes) -> bytes | Writes:
    try:
        return marshal.dumps(writes)
    except ValueError:  # a name is of a class of its own
        return writes


def in_order(given: Iterable[bytes | Writes]) -> Iterator[tuple[str, str, Kept]]:
    """(task id, channel, value) of what pends on a checkpoint, as contradictions are resolved, and in order."""
    held: dict[tuple[str, int], tuple[str, str, Kept]] = {}
    paths: dict[str, str] = {}
    for some in given:
        unpacked: Writes = marshal.loads(some) if isinstance(some, bytes) else some
        task_id, path, writes = unpacked
        paths[task_id] = paths.get(task_id) or path
        for index, (channel, kept) in enumerate(writes):
            at = task_id, WRITES_IDX_MAP.get(channel, index)
            if at[1] < 0 or at not in held:
                held[at] = task_id, channel, kept
    for task_id, index in sorted(held, key=lambda at: writes_sort_key(paths[at[0]], *at)):
        yield held[task_id, index]


def store_checkpoint(space: Space, checkpoint_id: str, saved: Saved) -> None:
    """Add a checkpoint; what is pending on it may have come before."""
    known = space.saved
    if checkpoint_id in known:
        saved.writes = known[checkpoint_id].writes
    elif space.early_writes:
        saved.writes = space.early_writes.pop(checkpoint_id, None)
    known[checkpoint_id] = saved
    if checkpoint_id > space.latest:
        space.latest = checkpoint_id


def store_writes(space: Space, checkpoint_id: str, writes: bytes | Writes) -> None:
    """Add a task's writes to those of the checkpoint, which may come later."""
    if (saved := space.saved.get(checkpoint_id)) is not None:
        saved.add(writes)
        return
    space.early_writes = early = space.early_writes or {}
    early.setdefault(checkpoint_id, []).append(writes)
