"""A step that was cut off: which of its tasks are left to run, and what those that finished wrote.

When none is left, the step is over but for being applied, which whoever comes next does first. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from langgraph_nb.pregel.events import Task
from langgraph_nb.pregel.next_tasks import in_write_order
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.state import ChannelState

Tasks = tuple[Task, ...]


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
    done = [(task, records[task.id].writes) for task in in_write_order(tasks) if _finished(task, records)]
    return state.apply(done, advance=over)


def _finished(task: Task, records: Mapping[str, TaskRecord]) -> bool:
    record = records.get(task.id)
    return record is not None and record.finished
