"""A run that is fed by hand: no driver, no saver, no clock. What it asks for is told in words."""

from __future__ import annotations

from typing import Any

from langgraph_nb.constants import PUSH
from langgraph_nb.persistence import PutCheckpoint, StorageOp
from langgraph_nb.pregel.commands import (
    CancelTasks,
    Emit,
    Flush,
    LoadCheckpoint,
    Rewind,
    RunTasks,
    Save,
    Stamp,
    WaitTasks,
)
from langgraph_nb.pregel.engine import run
from langgraph_nb.pregel.events import Loaded, RunFinished, Stamped, StepFinished, StepStarted, Task, TaskFinished
from langgraph_nb.pregel.events import TasksFinished as Finished
from langgraph_nb.pregel.request import Outcome, Request
from langgraph_nb.types import Interrupt

ADDRESS = {"thread_id": "1", "checkpoint_ns": ""}
ALL = frozenset((StepStarted, TaskFinished, StepFinished, RunFinished))


class ByHand:
    """A run. ``words`` is what it asked for so far; ``command`` what it asks for now.

    Args:
        graph: A compiled graph.
        input: The input.
        saved: What is stored, for a run with a thread: a checkpoint tuple, or ``None`` for a fresh thread.
        stores: Whether there is a thread.
        request: Other fields of the request.
    """

    def __init__(self, graph: Any, input: Any, saved: Any = None, stores: bool = False, **request: Any) -> None:
        self.plan = graph.plan
        address = request.pop("address", ADDRESS if stores or saved is not None else None)
        request.setdefault("output_keys", self.plan.output_keys)
        self.saved = saved
        self.words: list[str] = []
        self.saves: list[Save] = []
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.command: Any = None
        self.running: dict[str, Task] = {}
        self._run = run(self.plan, Request(input=input, address=address, **request))
        self.send(None)

    def send(self, answer: Any) -> Any:
        """Answer the command; returns the next one."""
        return self._note(lambda: self._run.send(answer))

    def throw(self, error: BaseException) -> Any:
        """Have the command fail; returns the next one."""
        return self._note(lambda: self._run.throw(error))

    def _note(self, step: Any) -> Any:
        self.command = None
        try:
            self.command = step()
            self.words.append(words_of(self.command))
        except StopIteration as stop:
            self.outcome = stop.value
        except BaseException as error:
            self.error = error
        if isinstance(self.command, RunTasks):
            self.running = {task.name: task for task in self.command.tasks}
        if isinstance(self.command, Save):
            self.saves.append(self.command)
        return self.command

    def on(self, *until: type) -> Any:
        """Answer all commands up to the next one about tasks (or of these kinds), or to the end."""
        stops = (RunTasks, WaitTasks, CancelTasks, *until)
        while self.command is not None and not isinstance(self.command, stops):
            match self.command:
                case LoadCheckpoint():
                    self.send(Loaded(self.saved))
                case Stamp(step):
                    self.send(Stamped(f"checkpoint {step}", f"time {step}"))
                case _:
                    self.send(None)
        return self.command

    def finish(self, **returned: Any) -> Any:
        """Let tasks end, by their nodes' names: with what the node returns, an exception, or an ``Interrupt``."""
        return self.send(Finished(tuple(self._ended(self.running[name], r) for name, r in returned.items())))

    def _ended(self, task: Task, result: Any) -> TaskFinished:
        if isinstance(result, BaseException):
            return TaskFinished(task, error=result)
        if isinstance(result, Interrupt):
            return TaskFinished(task, interrupts=(result,))
        return TaskFinished(task, tuple(self.plan.nodes[task.name].write(result)))

    def play(self, **returned: Any) -> list[str]:
        """Run to the end; each node returns always the same."""
        while self.on() is not None:
            assert isinstance(self.command, RunTasks)
            self.finish(**{name: returned.get(name) for name in self.running})
        return self.words


def words_of(command: Any) -> str:
    """A command, readable."""
    match command:
        case LoadCheckpoint():
            return "load"
        case Rewind(before):
            return f"rewind to before {before}"
        case Stamp(step):
            return f"stamp {step}"
        case RunTasks(tasks):
            return "run " + " ".join(task.name for task in tasks)
        case Save(ops, wait):
            return f"save{' and wait' if wait else ''}: " + ", ".join(map(op_words, ops))
        case Emit(event):
            return f"emit {event_words(event)}"
        case Flush():
            return "flush"
        case WaitTasks():
            return "wait"
        case CancelTasks():
            return "cancel"
    raise AssertionError(command)


def op_words(op: StorageOp) -> str:
    """What is stored: a checkpoint by its step, writes by their task."""
    if isinstance(op, PutCheckpoint):
        return f"checkpoint {op.metadata['step']}"
    kind, _, which = (op.task_path or ", command").partition(", ")
    return f"send {int(which.partition(', ')[0])}" if kind == PUSH else which


def event_words(event: Any) -> str:
    """An event, readable."""
    match event:
        case StepStarted(step):
            return f"step {step} started"
        case StepFinished(step):
            return f"step {step} finished"
        case TaskFinished(task, cached=cached):
            return f"{task.name} finished{' before' if cached else ''}"
        case RunFinished(status):
            return f"run {status}"
    raise AssertionError(event)
