"""What is pending on a checkpoint: results of tasks that finished, questions that wait, answers that were given.

Pure reading of a saver's pending writes, and the rules by which an answer finds its question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langgraph_nb.constants import ERROR, ERROR_SOURCE, INTERRUPT, NO_WRITES, RESUME
from langgraph_nb.persistence import PendingWrite
from langgraph_nb.pregel.events import Task, TaskFinished
from langgraph_nb.types import Interrupt, interrupt_id

NULL_TASK_ID = "00000000-0000-0000-0000-000000000000"
"""Owner of the writes that a ``Command`` given as input makes."""

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class TaskRecord:
    """What a saver knows of one task."""

    writes: list[tuple[str, Any]] = field(default_factory=list)
    finished: bool = False
    error: Any = None
    handled: bool = False
    """Whether its failure is for a handler."""
    interrupts: tuple[Interrupt, ...] = ()
    answers: list[Any] = field(default_factory=list)

    def asked(self, task_id: str) -> list[tuple[int, Interrupt]]:
        """The questions that the task asked last, each with its place among all that it asks; -1 of graphs inside."""
        places = {interrupt_id(task_id, index): index for index in range(len(self.answers) + 1)}
        return [(places.get(i.id, -1), i) for i in self.interrupts]

    def waiting(self, task_id: str) -> tuple[Interrupt, ...]:
        """The questions without an answer."""
        if self.finished:
            return ()
        return tuple(i for place, i in self.asked(task_id) if place < 0 or place >= len(self.answers))


def read_pending(writes: Iterable[PendingWrite] | None) -> dict[str, TaskRecord]:
    """Pending writes by task id."""
    records: dict[str, TaskRecord] = {}
    for task_id, channel, value in writes or ():
        record = records.setdefault(task_id, TaskRecord())
        if channel == INTERRUPT:
            record.interrupts = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        elif channel == RESUME:
            record.answers = list(value) if isinstance(value, (list, tuple)) else [value]
        elif channel == ERROR:
            record.error = value
        elif channel == ERROR_SOURCE:
            record.handled = True
        else:
            record.finished = True
            if channel != NO_WRITES:
                record.writes.append((channel, value))
    return records


def known_result(task: Task, record: TaskRecord) -> TaskFinished | None:
    """The result of a task that finished in an earlier attempt at its step."""
    return TaskFinished(task, tuple(record.writes), cached=True) if record.finished else None


def is_answer_map(resume: Any) -> bool:
    """Whether the value of ``Command(resume=)`` maps interrupt ids to answers."""
    return isinstance(resume, dict) and bool(resume) and all(isinstance(k, str) and _ID.fullmatch(k) for k in resume)


def give_answers(
    tasks: Sequence[Task], records: dict[str, TaskRecord], resume: Any, again: bool = False
) -> dict[str, list[Any]]:
    """Find the questions that answers are for.

    Args:
        tasks: The tasks that run next.
        records: What is known of them, by task id.
        resume: One answer for the only pending question, or a mapping from interrupt ids to answers.
        again: Whether questions that were answered before may be answered anew: on another branch.

    Returns:
        Task id -> all answers given to that task so far, for the tasks that got a new one; also for tasks that these
        had called. Graphs inside of a task take theirs when they go on. An answer that no question awaits is given to
        ``NULL_TASK_ID``.

    Raises:
        RuntimeError: When one answer is given and several questions are pending.
    """
    waiting = _waiting([task.id for task in tasks], records, again)
    by_id = is_answer_map(resume)
    if not by_id and len(waiting) > 1:
        raise RuntimeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when resuming. "
            f"Pending: {', '.join(question.id for _, _, question in waiting)}. "
            "Docs: https://docs.langchain.com/oss/python/langgraph/interrupts#handling-multiple-interrupts."
        )
    if not by_id and not waiting:
        return {NULL_TASK_ID: [resume]}
    return {
        task_id: [*records[task_id].answers[:place], resume[question.id] if by_id else resume]
        for task_id, place, question in waiting
        if place >= 0 and (not by_id or question.id in resume)
    }


def _waiting(
    task_ids: Sequence[str], records: dict[str, TaskRecord], again: bool
) -> list[tuple[str, int, Interrupt]]:
    """The questions that may be answered: whose they are, which of its questions they are, and what they ask.

    What a called task asks, its caller asks too; it is the called one's.
    """
    found: dict[str, tuple[str, int, Interrupt]] = {}
    for task_id in (*task_ids, *(i for i in records if i not in task_ids and i != NULL_TASK_ID)):
        if (record := records.get(task_id)) is None:
            continue
        for place, question in record.asked(task_id):
            if (again or question in record.waiting(task_id)) and (place >= 0 or question.id not in found):
                found[question.id] = task_id, place, question
    return list(found.values())


def with_answers(task: Task, records: dict[str, TaskRecord]) -> Task:
    """The task, carrying the answers that it was given."""
    record = records.get(task.id)
    return replace(task, resume=tuple(record.answers)) if record and record.answers else task


def storable_writes(finished: TaskFinished, handled: bool = False) -> tuple[tuple[str, Any], ...]:
    """What a saver keeps of a task's end; ``handled`` says that its failure is for a handler."""
    if finished.refused is not None:  # the answer that does not fit is forgotten, so that another can be given
        return (ERROR, repr(finished.error)), (RESUME, list(finished.task.resume[: finished.refused]))
    if finished.error is not None:
        source = ((ERROR_SOURCE, finished.task.name),) if handled else ()
        return (ERROR, repr(finished.error)), *source
    if finished.interrupts:
        return ((INTERRUPT, finished.interrupts),)
    return finished.writes or ((NO_WRITES, None),)
