"""What a task wrote, in the forms in which it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from langgraph_nb.constants import BRANCH_TO, JOIN, NS_END, RETURN, TASKS
from langgraph_nb.pregel.events import TaskFinished
from langgraph_nb.pregel.plan import Keys, Write
from langgraph_nb.types import Send


def key_set(keys: Keys) -> frozenset[str]:
    """Keys as a set, also where there is one."""
    return frozenset((keys,)) if isinstance(keys, str) else frozenset(keys)


def written(finished: TaskFinished, keys: str | frozenset[str]) -> Any:
    """What a task wrote to these channels: a dict, a list of dicts where it wrote one twice, or ``None``.

    Of a task that was called like a function: what it returned.
    """
    if finished.task.node is not None:
        return next((value for channel, value in finished.writes if channel == RETURN), None)
    named = key_set(keys) if isinstance(keys, str) else keys
    chosen = [write for write in finished.writes if write[0] in named]
    if not chosen:
        return None
    if isinstance(keys, str):
        return chosen[0][1] if len(chosen) == 1 else [value for _, value in chosen]
    update = dict(chosen)
    return update if len(update) == len(chosen) else [{key: value} for key, value in chosen]


def collected(writes: Iterable[Write], keys: frozenset[str]) -> dict[str, Any]:
    """Writes to some channels as a dict; several to one channel are ``{"$writes": [...]}``."""
    values: dict[str, list[Any]] = {}
    for key, value in writes:
        if key in keys:
            values.setdefault(key, []).append(value)
    return {key: several[0] if len(several) == 1 else {"$writes": several} for key, several in values.items()}


def targets_of(writes: Iterable[Write]) -> Iterator[str]:
    """The nodes that a task's writes send the run to."""
    for channel, value in writes:
        if channel.startswith(BRANCH_TO):
            yield channel.removeprefix(BRANCH_TO)
        elif channel.startswith(JOIN):
            yield channel.rpartition(NS_END)[2]
        elif channel == TASKS and isinstance(value, Send):
            yield value.node
