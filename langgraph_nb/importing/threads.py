"""Brings threads of LangGraph's into a saver of ours, so that they go on here: also those that are paused.

Theory of operation. Checkpoints keep their ids, so what is there already is known and left alone: an import that was
cut off goes on, and one that is done again does nothing, but for what is new. Channels, values and metadata are kept as
they are; versions, which LangGraph writes as texts, become numbers, and ids of tasks become those that this engine
gives (see ``tasks``). A thread is brought in parts, each in one transaction, parents before their children. What asks
something comes last: the question of a graph inside must be known before the one around can ask it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from langgraph_nb.checkpoint.base import apply_ops
from langgraph_nb.checkpoint.config import SCHEDULED
from langgraph_nb.constants import INTERRUPT, TASKS
from langgraph_nb.importing.sources import LATEST_FORMAT, FoundCheckpoint, FoundWrite, Read, Source
from langgraph_nb.importing.tasks import ThreadIds
from langgraph_nb.persistence import PutCheckpoint, PutWrites, StorageOp

__all__ = ["BranchedThread", "import_threads"]

_AT_ONCE = 64
"""Checkpoints that are stored in one transaction."""


class BranchedThread(RuntimeError):
    """A thread that was imported went on here, and where it came from: the two cannot be one any more."""


def import_threads(
    source: Source, saver: Any, read: Read, thread_ids: Sequence[str] | None = None
) -> Iterator[tuple[str, int]]:
    """Bring threads into a saver, one after the other, as they are asked for.

    Args:
        source: Where they are.
        saver: Where they go.
        read: Makes values of stored bytes.
        thread_ids: Which; by default all.

    Yields:
        Each thread's id, and how many checkpoints were new.

    Raises:
        BranchedThread: A thread went on in both places since it was imported.
    """
    for thread_id in source.thread_ids() if thread_ids is None else thread_ids:
        yield thread_id, _Thread(saver, thread_id).bring(source, read)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What a task asked, to be stored when the ids of its questions are known."""

    config: Any
    writes: list[FoundWrite]

    @property
    def depth(self) -> tuple[str, int]:
        """Sorts what is inside of something behind it: graphs in tasks, and tasks that were called."""
        return self.config["configurable"]["checkpoint_ns"], self.writes[0].task_path.count("~")


class _Thread:
    def __init__(self, saver: Any, thread_id: str) -> None:
        self._saver = saver
        self._thread_id = thread_id
        self._ids = ThreadIds()
        self._asking: list[_Asking] = []
        self._versions: dict[str, dict[str, Any]] = {}
        """Checkpoint id -> its channels' versions as they were."""
        self._sends: dict[str, list[Any]] = {}
        """Checkpoint id -> what its tasks sent, where that was not in a channel yet."""
        self._here = self._ids_here()

    def _ids_here(self) -> set[str]:
        config: Any = {"configurable": {"thread_id": self._thread_id}}
        if self._saver.get_tuple(config) is None:
            return set()
        return {found.config["configurable"]["checkpoint_id"] for found in self._saver.list(config)}

    def bring(self, source: Source, read: Read) -> int:
        """Store what is not there yet, and return how many checkpoints that were."""
        there = source.checkpoint_ids(self._thread_id)
        if self._here - there:
            if there - self._here:
                raise BranchedThread(
                    f"Thread {self._thread_id!r} is here too, and what happened here did not happen there. Delete it "
                    "here, or import into another database."
                )
            return 0  # it went on here
        found = source.checkpoints(self._thread_id, read)
        while some := list(islice(found, _AT_ONCE)):
            apply_ops(self._saver, [op for each in some for op in self._ops(each)])
        self._ask()
        return len(there - self._here)

    def _ask(self) -> None:
        """Store what asks something: what is inside comes first."""
        self._asking.sort(key=lambda asking: asking.depth, reverse=True)
        ops = []
        for asking in self._asking:
            task_id, pairs = self._ids.task(asking.writes[0].task_id), self._ids.ask(asking.writes)
            if not self._has(asking.config, task_id):
                ops.append(PutWrites(asking.config, tuple(pairs), task_id, _path(asking.writes)))
        apply_ops(self._saver, ops)

    def _has(self, config: Any, task_id: str) -> bool:
        """Whether a task's writes came with an earlier import; it may have been answered since."""
        if config["configurable"]["checkpoint_id"] not in self._here:
            return False
        saved = self._saver.get_tuple(config)
        return any(write[0] == task_id for write in saved.pending_writes or ())

    def _ops(self, found: FoundCheckpoint) -> Iterator[StorageOp]:
        ns = self._ids.namespace(found.ns)
        self._complete(found)
        self._ids.add(found, ns)
        self._versions[found.id] = found.checkpoint["channel_versions"]
        config = self._config(ns, found.id)
        if found.id not in self._here:
            yield self._put(found, ns)
        for _, group in groupby(found.writes, key=lambda write: write.task_id):
            writes = [write for write in group if write.channel != SCHEDULED]
            if any(write.channel == INTERRUPT for write in writes):
                self._asking.append(_Asking(config, writes))
            elif writes:
                pairs = tuple((write.channel, write.value) for write in writes)
                yield PutWrites(config, pairs, self._ids.task(writes[0].task_id), _path(writes))

    def _complete(self, found: FoundCheckpoint) -> None:
        """Check the form of a checkpoint, and bring one of an older form into today's."""
        form = found.checkpoint.get("v", 1)
        if form > LATEST_FORMAT:
            raise ValueError(
                f"Thread {self._thread_id!r} has checkpoints of the form {form}, which is newer than this version of "
                f"langgraph-nb knows (up to {LATEST_FORMAT}). Update it: pip install -U langgraph-nb"
            )
        if form < LATEST_FORMAT:
            self._sends[found.id] = [write.value for write in found.writes if write.channel == TASKS]
            if sends := self._sends.get(found.parent_id or "") or found.checkpoint.get("pending_sends"):
                versions = found.checkpoint["channel_versions"]
                found.checkpoint["channel_values"][TASKS] = sends
                versions[TASKS] = max(versions.values(), key=_number)

    def _put(self, found: FoundCheckpoint, ns: str) -> PutCheckpoint:
        stored, before = found.checkpoint, self._versions.get(found.parent_id or "")
        versions = stored["channel_versions"]
        changed = {c: v for c, v in versions.items() if before is None or before.get(c) != v}
        checkpoint: Any = {
            **{key: value for key, value in stored.items() if key != "pending_sends"},
            "channel_versions": _numbers(versions),
            "versions_seen": {node: _numbers(seen) for node, seen in stored["versions_seen"].items()},
        }
        checkpoint.setdefault("updated_channels", None)
        metadata: Any = {**found.metadata}
        parents = metadata.get("parents") or {}
        metadata["parents"] = {self._ids.namespace(above): checkpoint_id for above, checkpoint_id in parents.items()}
        return PutCheckpoint(self._config(ns, found.parent_id), checkpoint, metadata, _numbers(changed))

    def _config(self, ns: str, checkpoint_id: str | None) -> Any:
        named = {} if checkpoint_id is None else {"checkpoint_id": checkpoint_id}
        return {"configurable": {"thread_id": self._thread_id, "checkpoint_ns": ns, **named}}


def _path(writes: Sequence[FoundWrite]) -> str:
    return writes[0].task_path.removeprefix("~")


def _numbers(versions: dict[str, Any]) -> dict[str, int]:
    return {channel: _number(version) for channel, version in versions.items()}


def _number(version: Any) -> int:
    """A version as our savers count. What LangGraph has behind the period is chance."""
    return int(str(version).partition(".")[0])
