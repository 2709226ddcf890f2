"""What observers are told of a checkpoint. Made only when somebody watches for it."""

from __future__ import annotations

from langgraph_nb.pregel.commands import Emit
from langgraph_nb.pregel.events import CheckpointMade, CheckpointTask, Task
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.registers import Commands, Registers
from langgraph_nb.pregel.state import read_values


def tell_checkpoint(run: Registers, tasks: tuple[Task, ...]) -> Commands:
    """Tell of the checkpoint at hand, if there is one, with the tasks that follow on it."""
    if not run.stores or run.lineage is None:
        return
    metadata, parent, found = run.lineage
    plan = run.plan
    yield Emit(
        CheckpointMade(
            step=run.step - 1,
            config=run.thread(run.checkpoint_id),
            parent_config=None if parent is None else run.thread(parent),
            metadata=metadata,
            values=read_values(run.state.values, plan.stream_keys, plan),
            tasks=tuple(_with_record(run, task) for task in tasks),
            found=found,
        )
    )


def _with_record(run: Registers, task: Task) -> CheckpointTask:
    known = run.records.get(task.id) or TaskRecord()
    return CheckpointTask(task, known.finished, tuple(known.writes), known.error, known.interrupts)
