"""A step that was cut off: which of its tasks are left to run, and what those that finished wrote.

When none is left, the step is over but for being applied, which whoever comes next does first. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph_nb.pregel.events import Task
from langgraph_nb.pregel.next_tasks import in_write_order
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.state import ChannelState

Tasks = tuple[Task, ...]
Done = Sequence[tuple[Task, Sequence[tuple[str, Any]]]]
"""Tasks, with what they wrote."""


def unfinished(tasks: Tasks, records: Mapping[str, TaskRecord]) -> Tasks:
    """The tasks of nodes that are left to run: not finished, nor failed with a handler that is.

    Args:
        tasks: The step's tasks, those of handlers last.
        records: What is pending of them, by task id.
    """
    finished = {task.path for task in tasks if _finished(task, records)}
    finished |= {task.path[:-2] for task in tasks if task.failure is not None and task.path in finished}
    return tuple(task for task in tasks if task.failure is None and task.path not in finished)


def apply_finished(state: ChannelState, tasks: Tasks, records: Mapping[str, TaskRecord], over: bool) -> frozenset[str]:
    """Apply what finished tasks wrote; ``over`` says that there are no others. Returns the channels to react to.

    Raises:
        Exception: Whatever a reducer raises; the state is not to be used any more then.
    """
    return state.apply(finished_of(tasks, records), advance=over)


def unstorable(state: ChannelState, done: Done, refuses: Callable[[Any], bool] | None) -> frozenset[Any]:
    """The paths of the tasks that wrote, to some channel, what a reducer made something of that cannot be stored.

    What each of them wrote is stored, but the step of which it is part will never be over.

    Args:
        state: After it was applied.
        done: The tasks, with what they wrote.
        refuses: Says of a value whether it cannot be stored.
    """
    if refuses is None:
        return frozenset()
    channels = {channel for _, writes in done for channel, _ in writes}
    refused = {c for c in channels if c in state.stored and refuses(state.stored[c])}
    return frozenset(task.path for task, writes in done if any(channel in refused for channel, _ in writes))


def finished_of(tasks: Tasks, records: Mapping[str, TaskRecord]) -> Done:
    """The finished ones of a step's tasks, with what they wrote, in the order in which it is applied."""
    return [(task, records[task.id].writes) for task in in_write_order(tasks) if _finished(task, records)]


def _finished(task: Task, records: Mapping[str, TaskRecord]) -> bool:
    record = records.get(task.id)
    return record is not None and record.finished
