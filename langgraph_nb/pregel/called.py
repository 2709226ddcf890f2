"""Tasks that code calls while it runs (``func.task``), as generators of the engine's commands.

A task that is called belongs to the task that calls it: its id and its path come from that one's and from the place of
the call among its calls, so that it is recognised when the caller runs again. Its result is stored as soon as it ends,
pending on the checkpoint that the caller started from; there it is found on resuming, and the task does not run again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import NS_SEP, PUSH, RETURN
from langgraph_nb.errors import GraphInterrupt
from langgraph_nb.persistence import PutWrites, StorageOp
from langgraph_nb.pregel.commands import Emit, EngineCommand, LookUp, Remember, RunTasks, Save
from langgraph_nb.pregel.events import Answer, Earlier, LookedUp, Task, TaskCalled, TaskFinished, TasksFinished
from langgraph_nb.pregel.failures import is_signal, name_task
from langgraph_nb.pregel.held import HeldAnswers
from langgraph_nb.pregel.pending import TaskRecord, known_result, storable_writes, with_answers
from langgraph_nb.pregel.refused import refuse

if TYPE_CHECKING:
    from langgraph_nb.pregel.plan import NodePlan
    from langgraph_nb.pregel.request import Inside

Calling = Generator[EngineCommand, Answer, TaskFinished]


class Journal:
    """What a run knows of the tasks that its tasks call. Read and written from any thread.

    Args:
        inside: How the run begins in a task of another one, if it does.
    """

    __slots__ = ("held", "known", "offered", "shares", "taken", "unsaved")

    def __init__(self, inside: Inside | None = None) -> None:
        self.known: dict[str, TaskRecord] = {}
        """What was pending when the run went on, by task id."""
        self.held = HeldAnswers() if inside is None else inside.held
        """The answers that were given, and that nobody has taken."""
        self.offered: list[str] = [] if inside is None else inside.offered
        """The keys of those for whoever asks first in the step that a run goes on with, also in graphs inside."""
        self.taken: dict[str, list[Any]] = {}
        """The answers that were taken in this run."""
        self.shares = inside is None or inside.shares
        """Whether the answers are stored where this run is."""
        self.unsaved: list[StorageOp] = []
        """Under ``durability="exit"``: their results, to store if the run ended now."""

    def hold(self, held: HeldAnswers) -> None:
        """Begin with answers of this run's own, whatever those of the graphs around are."""
        self.held, self.offered, self.shares = held, [], True

    def offer(self, *keys: str) -> None:
        """Give held answers to whoever asks first here and in graphs inside."""
        self.offered = [*self.offered, *keys]

    def take_for(self, question: Any) -> list[Any]:
        """The answer for who asks this now, in a list; an empty one if there is none."""
        for key in self.held.for_words(question) if self.held.questions else ():
            if taken := self.take(key):
                return taken
        while self.offered:
            try:
                key = self.offered.pop(0)
            except IndexError:  # another task was quicker
                break
            if taken := self.take(key):
                return taken
        return []

    def take(self, key: str, loosely: bool = False) -> list[Any]:
        """Take an answer: in a list, which is empty if there is none. ``loosely``: until it is stored who took it."""
        if taken := self.held.take(key, loosely):
            self.taken[key] = taken
        return taken

    def claims(self) -> tuple[PutWrites, ...]:
        """What to store, together with the end of a task, of the answers that were taken."""
        return self.held.ops() if self.shares else ()


def called_task(caller: Task, namespace: str, place: int, node: NodePlan, given: Any) -> Task:
    """The task of a call.

    Args:
        caller: The task that calls.
        namespace: What runs in the caller runs there.
        place: How many calls the caller made before.
        node: What to run.
        given: Positional and keyword arguments.
    """
    checkpoint_id, _, above = caller.seed.partition("\0")
    seed = f"{checkpoint_id}\0{above.partition(chr(0))[0]}\0{namespace}"
    path = PUSH, caller.stored_path, place, True
    return Task(node.name, path, (PUSH,), given, caller.step, seed, node=node, earlier=caller.earlier)


def address_at(task: Task, thread_id: str | None) -> dict[str, Any]:
    """``configurable`` of the checkpoint that a task of a graph, or the caller of one that was called, started from."""
    checkpoint_id, checkpoint_ns, *_ = task.seed.split("\0")
    return {"thread_id": thread_id, "checkpoint_ns": checkpoint_ns, "checkpoint_id": checkpoint_id}


def namespace_around(task: Task, graph: tuple[str, ...]) -> tuple[str, ...]:
    """The namespace that a task is in: its graph's, or beneath the task that called it."""
    return graph if task.node is None else tuple(task.seed.rpartition("\0")[2].split(NS_SEP))


def call(
    task: Task,
    state: Any,
    journal: Journal,
    watch: frozenset[type],
    durability: str,
    address: dict[str, Any] | None,
    caches: bool = False,
) -> Calling:
    """Run a task that was called, unless its result is known.

    Args:
        task: See ``called_task``.
        state: The channels, as for any task of the step.
        journal: The run's.
        watch: The kinds of events that somebody wants to see.
        durability: The run's.
        address: ``configurable`` of the checkpoint that the caller started from; ``None`` if nothing is stored.
        caches: Whether its result is cached.
    """
    __tracebackhide__ = True
    record = _known(task, journal.known) if journal.known else None
    known = known_result(task, record) if record else None
    if TaskCalled in watch:
        yield Emit(TaskCalled(task, known is not None))
    if known is not None:
        return known
    if record:
        task = with_answers(task, journal.known)
        task = replace(task, earlier=Earlier(asked=record.question_ids))
    elif task.earlier is not None:
        task = replace(task, earlier=Earlier(surely=False))
    finished = yield from (_cached(task, state, journal) if caches else _run(task, state, journal))
    if finished.error is not None:
        name_task(finished.error, task)
    if address is not None and not is_signal(finished.error) and not finished.stored:
        op = PutWrites({"configurable": address}, storable_writes(finished), task.id, task.place, task.name)
        if durability == "exit":
            journal.unsaved.append(op)
        else:
            ops = op, *journal.claims()
            answer = yield Save(ops, durability == "sync")
            if answer is not None:
                yield from refuse(ops, answer, durability == "sync")
    if TaskFinished in watch:
        yield Emit(finished)
    return finished


def _known(task: Task, known: dict[str, TaskRecord]) -> TaskRecord | None:
    """What is known of a task. A thread that was imported knows of it by its place: its name was not stored."""
    if (record := known.pop(task.place, None)) is not None:
        known[task.id] = record
    return known.get(task.id)


def _run(task: Task, state: Any, journal: Journal) -> Calling:
    __tracebackhide__ = True
    answer = yield RunTasks((task,), state, journal)
    assert isinstance(answer, TasksFinished)
    return answer.finished[0]


def _cached(task: Task, state: Any, journal: Journal) -> Calling:
    """Run a task, unless there is a cached result; cache it."""
    __tracebackhide__ = True
    looked = yield LookUp((task,))
    assert isinstance(looked, LookedUp)
    if looked.found:
        return looked.found[0]
    finished = yield from _run(task, state, journal)
    if finished.error is None and not finished.interrupts and (key := looked.keys[0]) is not None:
        yield Remember(((key, finished.writes),))
    return finished


def returned(finished: TaskFinished) -> Any:
    """What the caller gets: the value, or raised what kept the task from having one."""
    __tracebackhide__ = True
    if finished.error is not None:
        raise finished.error
    if finished.paused:
        raise GraphInterrupt(finished.interrupts)
    return next((value for channel, value in finished.writes if channel == RETURN), None)


def with_questions(finished: TaskFinished, called: Iterable[TaskFinished | None]) -> TaskFinished:
    """The end of a caller, who asks what the tasks asked that it called, in the order of its calls."""
    if finished.error is not None:
        return finished
    ends = [end for end in called if end is not None]
    questions = {question.id: question for end in ends for question in end.interrupts}
    if not questions:
        stopped = any(end.breakpoint for end in ends) and not finished.paused
        return replace(finished, writes=(), breakpoint=True) if stopped else finished
    questions.update((question.id, question) for question in finished.interrupts)
    return replace(finished, writes=(), interrupts=tuple(questions.values()), breakpoint=False)
