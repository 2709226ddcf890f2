"""Performing a run one command at a time: what a debugger, and a test, drives.

Each command is shown before it is performed. The holder of the run may let it be performed, answer it with an event of
its own (a clock that stands still, a save that is skipped), have it fail, or replace what a node returns.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.callables import CallSpec
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
        log: Every (command, answer) so far; in the place of an answer the error, where a command failed.
            ``drive_replay`` runs it again.
        outcome: How the run ended.
        events: What the run emitted so far.
    """

    def __init__(self, commands: Generator[EngineCommand, Answer, Outcome], host: Host) -> None:
        self.command: EngineCommand | None = None
        self.log: list[tuple[EngineCommand, Answer | BaseException]] = []
        self.events: list[Any] = []
        self.outcome: Outcome | None = None
        self._commands = commands
        self._host = host
        self._driver = SyncDriver(host)
        self._replaced: dict[tuple[Any, ...], Any] = {}
        """Task path -> what its node is taken to have returned."""
        self._advance(None)

    @property
    def done(self) -> bool:
        """Whether the run has ended."""
        return self.command is None

    def go(self) -> Answer:
        """Have the command performed. Raises what the run raises when it ends with an error."""
        command = self._held()
        try:
            answer = self._perform(command)
        except BaseException as error:
            self.fail(error)
            return None
        self.answer(answer)
        return answer

    def answer(self, answer: Answer) -> None:
        """Answer the command without performing it."""
        self.log.append((self._held(), answer))
        self._advance(answer)

    def fail(self, error: BaseException) -> None:
        """Have the command fail, without performing it. Raises what the run raises when it ends with an error."""
        self.log.append((self._held(), error))
        self._advance(error)

    def replace(self, task: str | Task, returned: Any) -> None:
        """Take a node to have returned this, without calling it. What it leads to happens: its routers are called.

        It counts once the tasks that the run asks for are performed, by ``go``.

        Args:
            task: The node's name, or its task where the step has several of that node.
            returned: In the place of what the node returns.

        Raises:
            ValueError: When the run does not ask for such a task.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> graph = StateGraph(dict).add_node("a", lambda s: {"x": 1}).add_edge(START, "a").compile()
            >>> stepped = graph.step({})
            >>> _ = stepped.go_until_tasks()
            >>> stepped.replace("a", {"x": 2})
            >>> while not stepped.done:
            ...     _ = stepped.go()
            >>> stepped.outcome.values
            {'x': 2}
        """
        self._replaced[self._asked_task(task).path] = returned

    def _asked_task(self, task: str | Task) -> Task:
        """The task of the held command that is meant."""
        tasks = self.tasks()
        found = [t for t in tasks if task in (t, t.name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"The step has {len(found)} tasks of {task!r}. Name one of them: stepped.tasks()[0].")
        if not tasks:
            asked = type(self._held()).__name__
            raise ValueError(f"The run asks for {asked}, not for tasks. Call go_until_tasks() first.")
        name = task.name if isinstance(task, Task) else task
        raise ValueError(f"No task of this step is {name!r}. {did_you_mean(name, [t.name for t in tasks])}")

    def answer_tasks(self, *results: TaskFinished) -> None:
        """Answer ``RunTasks`` with these results and those of the other tasks, which are run."""
        command = self._held()
        if not isinstance(command, RunTasks):
            raise ValueError(f"The run asks for {type(command).__name__}, not for tasks. Call go() until it does.")
        given = {self._asked_task(result.task).path for result in results}
        rest = tuple(task for task in command.tasks if task.path not in given)
        done = self._run_all(replace(command, tasks=rest)) if rest else ()
        self.answer(self._driver.told((*results, *done)))

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
            return self._driver.told(self._run_all(command))
        return self._collect(self._driver, command)

    def _run_all(self, command: RunTasks) -> tuple[TaskFinished, ...]:
        """Run tasks to the end of the last one, so that a step is one command whatever the threads do."""
        replaced, self._replaced = self._replaced, {}
        done = [self._run_replaced(t, command, replaced[t.path]) for t in command.tasks if t.path in replaced]
        ask: EngineCommand = replace(command, tasks=tuple(t for t in command.tasks if t.path not in replaced))
        while len(done) < len(command.tasks):
            answer = self._collect(self._driver, ask)
            assert isinstance(answer, TasksFinished)
            done += answer.finished
            ask = WaitTasks()
        order = {task.path: index for index, task in enumerate(command.tasks)}
        return tuple(sorted(done, key=lambda f: order[f.task.path]))

    def _run_replaced(self, task: Task, command: RunTasks, returned: Any) -> TaskFinished:
        """Run a task whose node returns this."""
        plan = self._host.plan
        node = replace(plan.nodes[task.name], call=CallSpec(task.name, lambda _: returned, None))
        host = replace(self._host, plan=replace(plan, nodes={**plan.nodes, task.name: node}))
        answer = self._collect(SyncDriver(host), replace(command, tasks=(task,)))
        assert isinstance(answer, TasksFinished)
        return answer.finished[0]

    def _collect(self, driver: SyncDriver, command: EngineCommand) -> Answer:
        """Have a driver perform a command; keep the events, return the answer."""
        answers: list[Answer] = []

        def one() -> Generator[EngineCommand, Answer, None]:
            answers.append((yield command))

        self.events.extend(driver.drive(one()))
        return answers[0]

    def _advance(self, answer: Answer | BaseException) -> None:
        self.command = None
        try:
            if isinstance(answer, BaseException):
                self.command = self._commands.throw(answer)
            else:
                self.command = self._commands.send(answer)
        except StopIteration as stop:
            self.outcome = stop.value


def result(task: Task, *writes: Write) -> TaskFinished:
    """A result to put in the place of a task's: it wrote this."""
    return TaskFinished(task, writes)
