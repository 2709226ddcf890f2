"""What configs and metadata say to a saver: which thread, which checkpoints. Knows no storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import ERROR, INTERRUPT, RESUME
from langgraph_nb.errors import did_you_mean
from langgraph_nb.persistence import CheckpointMetadata

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

SCHEDULED = "__scheduled__"
WRITES_IDX_MAP = {ERROR: -1, SCHEDULED: -2, INTERRUPT: -3, RESUME: -4}
"""Where a task's special writes are kept: one of each, the last one counts. Its other writes are numbered from 0."""


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
    """The checkpoint that ``config`` names, if it names one.

    Example:
        >>> get_checkpoint_id({"configurable": {"thread_id": "1", "checkpoint_id": "c1"}})
        'c1'
    """
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


EXCLUDED_METADATA_KEYS = frozenset(
    ("thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map", "langgraph_step", "langgraph_node",
     "langgraph_triggers", "langgraph_path", "langgraph_checkpoint_ns")
)  # fmt: skip


def get_checkpoint_metadata(config: RunnableConfig, metadata: CheckpointMetadata) -> CheckpointMetadata:
    """The metadata to store: what the engine knows, and the plain values of ``config["metadata"]``.

    Values of ``configurable`` are not: API keys travel there.

    Example:
        >>> get_checkpoint_metadata({"metadata": {"user": "ada"}}, {"step": 1})
        {'step': 1, 'user': 'ada'}
    """
    own: dict[str, Any] = {**metadata}
    own.pop("writes", None)
    if not (given := config.get("metadata")):
        return own  # type: ignore[return-value]
    for key, value in given.items():
        excluded = key in EXCLUDED_METADATA_KEYS or key.startswith("__")
        if key not in own and not excluded and isinstance(value, str | int | float):
            own[key] = value
    return own  # type: ignore[return-value]


def writes_sort_key(task_path: str, task_id: str = "", idx: int = 0) -> tuple[str, str, int]:
    """Sorts pending writes in the order in which a superstep applies them.

    Example:
        >>> sorted([("~2", "b", 0), ("~1", "a", 1), ("~1", "a", 0)], key=lambda write: writes_sort_key(*write))
        [('~1', 'a', 0), ('~1', 'a', 1), ('~2', 'b', 0)]
    """
    return task_path, task_id, idx


def matches(metadata: Mapping[str, Any], filter: Mapping[str, Any] | None) -> bool:
    """Whether metadata holds all that ``filter`` asks for."""
    return not filter or all(metadata.get(k) == v for k, v in filter.items())


def check_strategy(strategy: str) -> None:
    """``ValueError`` for an unknown way to prune."""
    if strategy not in ("keep_latest", "delete"):
        raise ValueError(
            f"Cannot prune with strategy {strategy!r}. {did_you_mean(strategy, ('keep_latest', 'delete'))}"
        )
