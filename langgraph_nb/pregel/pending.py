"""What is pending on a checkpoint: results of tasks that finished, questions that wait, answers that were given.

Pure reading of a saver's pending writes, and the rules by which an answer finds its question.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langgraph_nb.constants import ERROR, ERROR_SOURCE, INTERRUPT, NO_WRITES, RESUME
from langgraph_nb.errors import UnknownInterruptError
from langgraph_nb.persistence import PendingWrite, storable
from langgraph_nb.pregel.events import Task, TaskFinished
from langgraph_nb.types import Interrupt, Send, interrupt_id

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

    @property
    def question_ids(self) -> frozenset[str]:
        """The ids of the questions that the task asked last, also those of graphs inside."""
        return frozenset([i.id for i in self.interrupts])

    def asked(self, task_id: str) -> list[tuple[int, Interrupt]]:
        """The questions that the task asked last, each with its place among all that it asks; -1 of graphs inside."""
        places = {interrupt_id(task_id, index): index for index in range(len(self.answers) + 1)}
        return [(places.get(i.id, -1), i) for i in self.interrupts]

    def waiting(self, task_id: str, answered: Container[str] = ()) -> tuple[Interrupt, ...]:
        """The questions without an answer; ``answered`` are those of graphs inside that have one."""
        return tuple(i for place, i in self.asked(task_id) if self.awaits(place, i, answered))

    def awaits(self, place: int, question: Interrupt, answered: Container[str] = ()) -> bool:
        """Whether its question at this place has no answer."""
        return not self.finished and (question.id not in answered if place < 0 else place >= len(self.answers))


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


@dataclass(frozen=True, slots=True)
class Given:
    """Whom answers are for."""

    own: dict[str, list[Any]] = field(default_factory=dict)
    """Task id -> all answers to its own questions so far, for the tasks that got a new one."""
    taken: tuple[str, ...] = ()
    """The ids of the questions that these answers are for."""
    inside: str | None = None
    """The question of a graph inside, where it is the one to be answered."""
    unclaimed: bool = False
    """Whether no question is known that awaits the one answer."""


def give_answers(
    tasks: Sequence[Task],
    records: dict[str, TaskRecord],
    resume: Any,
    again: bool = False,
    strict: bool = False,
    answered: Container[str] = (),
) -> Given:
    """Find the questions that answers are for.

    Args:
        tasks: The tasks that run next.
        records: What is known of them, by task id.
        resume: One answer for the only pending question, or a mapping from interrupt ids to answers. From a mapping,
            graphs inside of a task take theirs when they go on.
        again: Whether questions that were answered before may be answered anew: on another branch.
        strict: Whether an answer that no question awaits is an error.
        answered: The questions of graphs inside that were answered already.

    Returns:
        Whom they are for; also of the tasks that these had called.

    Raises:
        RuntimeError: When one answer is given and several questions are pending.
        UnknownInterruptError: When it is strict.
    """
    waiting = _waiting([task.id for task in tasks], records, again, answered)
    by_id = is_answer_map(resume)
    if strict:
        _check(resume if by_id or resume == {} else None, sorted(question.id for _, _, question in waiting))
    if not by_id and len(waiting) > 1:
        raise RuntimeError(_SEVERAL + f" Pending: {', '.join(question.id for _, _, question in waiting)}.")
    if not by_id and not waiting:
        return Given(unclaimed=True)
    if not by_id and waiting[0][1] < 0:
        return Given(inside=waiting[0][2].id)
    own = [found for found in waiting if found[1] >= 0 and (not by_id or found[2].id in resume)]
    answers = {
        task_id: [*records[task_id].answers[:place], resume[question.id] if by_id else resume]
        for task_id, place, question in own
    }
    return Given(answers, tuple(question.id for _, _, question in own))


_SEVERAL = (
    "When there are multiple pending interrupts, you must specify the interrupt id when resuming. "
    "Docs: https://docs.langchain.com/oss/python/langgraph/interrupts#handling-multiple-interrupts."
)


def _check(answers: dict[str, Any] | None, pending: list[str]) -> None:
    """Refuse answers that no question awaits."""
    if answers is None:
        if len(pending) > 1:
            raise UnknownInterruptError(_SEVERAL, reason="ambiguous", pending_ids=pending)
        return
    if not answers:
        raise UnknownInterruptError("The resume map names no interrupt", reason="empty_map", pending_ids=pending)
    if unknown := sorted(answers.keys() - set(pending)):
        raise UnknownInterruptError(
            f"Unknown or already-consumed interrupt: {unknown[0]}",
            reason="not_pending",
            interrupt_ids=unknown,
            pending_ids=pending,
        )


def _waiting(
    task_ids: Sequence[str], records: dict[str, TaskRecord], again: bool, answered: Container[str]
) -> list[tuple[str, int, Interrupt]]:
    """The questions that may be answered: whose they are, which of its questions they are, and what they ask.

    What a called task asks, its caller asks too; it is the called one's.
    """
    found: dict[str, tuple[str, int, Interrupt]] = {}
    for task_id in (*task_ids, *(i for i in records if i not in task_ids and i != NULL_TASK_ID)):
        if (record := records.get(task_id)) is None:
            continue
        for place, question in record.asked(task_id):
            if (again or record.awaits(place, question, answered)) and (place >= 0 or question.id not in found):
                found[question.id] = task_id, place, question
    return list(found.values())


def with_answers(task: Task, records: dict[str, TaskRecord]) -> Task:
    """The task, carrying the answers that it was given."""
    record = records.get(task.id)
    return replace(task, resume=tuple(record.answers)) if record and record.answers else task


def tracked(writes: Iterable[tuple[str, Any]], untracked: Container[str]) -> tuple[tuple[str, Any], ...]:
    """The writes without those of which nothing is to be stored, also not on its way to a task."""
    kept = tuple((channel, tracked_send(value, untracked)) for channel, value in writes if channel not in untracked)
    return kept or ((NO_WRITES, None),)


def tracked_send(value: Any, untracked: Container[str]) -> Any:
    """A ``Send`` without what it takes along of untracked channels; any other value as it is."""
    if not isinstance(value, Send) or not isinstance(value.arg, dict):
        return value
    return Send(value.node, {k: v for k, v in value.arg.items() if k not in untracked}, timeout=value.timeout)


def storable_writes(finished: TaskFinished, handled: bool = False) -> tuple[tuple[str, Any], ...]:
    """What a saver keeps of a task's end; ``handled`` says that its failure is for a handler."""
    if finished.refused is not None:  # the answer that does not fit is forgotten, so that another can be given
        return (ERROR, repr(finished.error)), (RESUME, list(finished.task.resume[: finished.refused]))
    answers = ((RESUME, list(finished.task.resume)),) if finished.task.resume else ()
    if finished.error is not None:
        source = ((ERROR_SOURCE, finished.task.name),) if handled else ()
        return (ERROR, repr(finished.error)), *source, *answers
    if finished.breakpoint:
        return ()
    if finished.interrupts:
        return (INTERRUPT, finished.interrupts), *answers
    return storable(finished.writes)
