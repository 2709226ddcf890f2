"""Storing where a value may be refused: what other tasks of the step had written is stored all the same."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.persistence import PutCheckpoint, PutStep, StorageOp
from langgraph_nb.pregel.commands import EngineCommand, Save
from langgraph_nb.pregel.events import Answer, Refused, Task
from langgraph_nb.refusals import UnstorableValue

Done = Sequence[tuple[Task, Iterable[tuple[str, Any]]]]
"""The tasks of a superstep, with what they wrote."""


def refuse(
    ops: Sequence[StorageOp], answer: Answer, wait: bool, done: Done = ()
) -> Generator[EngineCommand, Answer, None]:
    """Raise that some of these were refused, once all that does not need it is stored, as after the failure of a node.

    Args:
        ops: What was to be stored.
        answer: What came of it.
        wait: Whether to go on only when the rest is durable.
        done: The superstep that led to the checkpoint among them: some of what was written in it is stored already.
    """
    __tracebackhide__ = True
    assert isinstance(answer, Refused)
    error, refused = answer.error, answer.error
    if not error.nodes:
        wrote = [task for task, writes in done if any(channel == error.channel for channel, _ in writes)]
        error.nodes, error.task_ids = tuple(task.name for task in wrote), tuple(task.id for task in wrote)
    while ops := storable(ops, refused):
        answer = yield Save(tuple(ops), wait)
        if not isinstance(answer, Refused):
            break
        refused = answer.error
    raise error


def storable(ops: Iterable[StorageOp], refused: UnstorableValue) -> Sequence[StorageOp]:
    """The operations that do not need what was refused; of a run that has just begun, none."""
    if START in refused.nodes or not refused.task_ids:
        return ()
    left: list[StorageOp] = []
    dropped = False
    for op in ops:
        if isinstance(op, PutStep):
            left += [writes for writes in op.put_writes() if writes.task_id not in refused.task_ids]
            break
        elif isinstance(op, PutCheckpoint):
            if dropped:
                break
        elif op.task_id in refused.task_ids:
            dropped = True
            continue
        left.append(op)
    if not dropped and left and isinstance(left[-1], PutCheckpoint):
        left.pop()  # what was refused is a value of its own, of writes that had been stored before
    return left
