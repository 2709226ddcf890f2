"""Performing a run one command at a time: what a debugger, and a test, drives.

Each command is shown before it is performed. The holder of the run may let it be performed, or answer it with an event
of its own: a replaced result, a skipped save, a clock that stands still.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from langgraph_nb.pregel.commands import EngineCommand, RunTasks, WaitTasks
from langgraph_nb.pregel.drive_sync import SyncDriver
from langgraph_nb.pregel.events import Answer, Task, TaskFinished, TasksFinished
from langgraph_nb.pregel.host import Host
from langgraph_nb.pregel.plan import Write
from langgraph_nb.pregel.request import Outcome


def drive_step(commands: Generator[EngineCommand, Answer, Outcome], host: Host) -> SteppedRun:
    """Hold a run at its first command.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda s: {"x": 1}).add_edge(START, "a").compile()
        >>> stepped = graph.step({"x": 0})
        >>> while not stepped.done:
        ...     _ = stepped.go()
        >>> stepped.outcome.values
        {'x': 1}
    """
    return SteppedRun(commands, host)


class SteppedRun:
    """A run that is held at a command.

    Attributes:
        command: What the run asks for now; ``None`` once it has ended.
        log: Every (command, answer) so far. ``drive_replay`` runs it again.
        outcome: How the run ended.
        events: What the run emitted so far.
    """

    def __init__(self, commands: Generator[EngineCommand, Answer, Outcome], host: Host) -> None:
        self.command: EngineCommand | None = None
        self.log: list[tuple[EngineCommand, Answer]] = []
        self.events: list[Any] = []
        self.outcome: Outcome | None = None
        self._commands = commands
        self._driver = SyncDriver(host)
        self._advance(None, None)

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self.command is None

    def go(self) -> Answer:
        """Have the command performed. Raises what the run raises when it ends with an error."""
        command = self._held()
        answer, error = None, None
        try:
            answer = self._perform(command)
        except BaseException as raised:
            error = raised
        self.log.append((command, answer))
        self._advance(answer, error)
        return answer

    def answer(self, answer: Answer) -> None:
        """Answer the command without performing it."""
        self.log.append((self._held(), answer))
        self._advance(answer, None)

    def answer_tasks(self, *results: TaskFinished) -> None:
        """Answer ``RunTasks`` with these results and those of the other tasks, which are run."""
        command = self._held()
        if not isinstance(command, RunTasks):
            raise ValueError(f"The run asks for {type(command).__name__}, not for tasks. Call go() until it does.")
        given = {result.task.path for result in results}
        unknown = given - {task.path for task in command.tasks}
        if unknown:
            raise ValueError(f"No task of this step has the path {min(unknown, key=str)!r}.")
        rest = tuple(task for task in command.tasks if task.path not in given)
        done = self._run_all(RunTasks(rest, command.state)) if rest else ()
        self.answer(TasksFinished((*results, *done)))

    def tasks(self) -> tuple[Task, ...]:
        """The tasks that the run asks for now, if it does."""
        return self.command.tasks if isinstance(self.command, RunTasks) else ()

    def go_until_tasks(self) -> tuple[Task, ...]:
        """Have commands performed until the run asks for tasks, or ends. Returns them."""
        while self.command is not None and not isinstance(self.command, RunTasks):
            self.go()
        return self.tasks()

    def _held(self) -> EngineCommand:
        if self.command is None:
            raise RuntimeError("The run has ended; there is no command to perform. Start another with graph.step().")
        return self.command

    def _perform(self, command: EngineCommand) -> Answer:
        if isinstance(command, RunTasks):
            return TasksFinished(self._run_all(command))
        return self._collect(iter((command,)))

    def _run_all(self, command: RunTasks) -> tuple[TaskFinished, ...]:
        """Run tasks to the end of the last one, so that a step is one command whatever the threads do."""
        done: list[TaskFinished] = []
        ask: EngineCommand = command
        while len(done) < len(command.tasks):
            answer = self._collect(iter((ask,)))
            assert isinstance(answer, TasksFinished)
            done += answer.finished
            ask = WaitTasks()
        order = {task.path: index for index, task in enumerate(command.tasks)}
        return tuple(sorted(done, key=lambda f: order[f.task.path]))

    def _collect(self, asked: Any) -> Answer:
        """Have the sync driver perform commands; keep the events, return the last answer."""
        answers: list[Answer] = []

        def one() -> Generator[EngineCommand, Answer, Outcome]:
            for command in asked:
                answers.append((yield command))
            return Outcome(None)

        self.events.extend(self._driver.drive(one()))
        return answers[-1]

    def _advance(self, answer: Answer, error: BaseException | None) -> None:
        self.command = None
        try:
            self.command = self._commands.send(answer) if error is None else self._commands.throw(error)
        except StopIteration as stop:
            self.outcome = stop.value


def result(task: Task, *writes: Write) -> TaskFinished:
    """A result to put in the place of a task's: it wrote this."""
    return TaskFinished(task, writes)
