"""Whose a pending write is: LangGraph's ids of tasks, questions and namespaces, and ours for the same.

Both derive a task's id from where it runs, each in its own way, so that it is recognised when the step is run again.
LangGraph stores a task's path with its writes, and what a path does not say is in the checkpoint: ours can be made.
Of a task that code called the name is stored nowhere. It is known by its place alone, until it is called again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from langgraph_nb.constants import INTERRUPT, NS_END, NS_SEP, PULL, PUSH, RESUME, TASKS
from langgraph_nb.importing.sources import FoundCheckpoint, FoundWrite
from langgraph_nb.pregel.events import Task
from langgraph_nb.types import Interrupt, interrupt_id

__all__ = ["ThreadIds"]

_SENT = re.compile(rf"~{PUSH}, (\d+), (False|0+)")
_PULLED = f"~{PULL}, "
_CALLED = f"~{PUSH}, ~"
_CALL = re.compile(r"(\d{10}), (True|0{9}1)")
"""The end of a place: which of its caller's calls it is."""


class ThreadIds:
    """Which id of ours stands for which of LangGraph's, in one thread. Parents are added before their children."""

    def __init__(self) -> None:
        self._tasks: dict[str, str] = {}
        self._questions: dict[str, str] = {}

    def namespace(self, ns: str) -> str:
        """The namespace, with our ids of the tasks that it is in."""
        return NS_SEP.join(map(self._level, ns.split(NS_SEP)))

    def _level(self, level: str) -> str:
        name, colon, task_id = level.partition(NS_END)
        return f"{name}{colon}{self._tasks.get(task_id, task_id)}"

    def task(self, task_id: str) -> str:
        """Our id of a task."""
        return self._tasks.get(task_id, task_id)

    def add(self, found: FoundCheckpoint, ns: str) -> None:
        """Learn the tasks that wrote something pending on a checkpoint; ``ns`` is our name of its namespace."""
        for write in found.writes:
            if write.task_id not in self._tasks and (made := _task_id(found, ns, write)) is not None:
                self._tasks[write.task_id] = made

    def ask(self, writes: Sequence[FoundWrite]) -> list[tuple[str, Any]]:
        """What a task wrote that asks something, with our ids of the questions. Those inside of it come before it."""
        answered = sum(len(write.value) for write in writes if write.channel == RESUME and type(write.value) is list)
        return [
            (w.channel, self._asked(w, answered) if w.channel == INTERRUPT else w.value) for w in writes
        ]  # fmt: skip

    def _asked(self, write: FoundWrite, answered: int) -> tuple[Interrupt, ...]:
        given = write.value if isinstance(write.value, (list, tuple)) else (write.value,)
        own = interrupt_id(self.task(write.task_id), answered)
        asked = []
        for question in given:
            new_id = self._questions.setdefault(question.id, own)
            asked.append(Interrupt(question.value, new_id, response_schema=question.response_schema))
        return tuple(asked)


def _task_id(found: FoundCheckpoint, ns: str, write: FoundWrite) -> str | None:
    """Our id of the task that wrote this; ``None`` if it cannot be told."""
    step, seed, path = found.metadata.get("step", -1) + 1, f"{found.id}\0{ns}", write.task_path
    if path.startswith(_PULLED):
        name = path.removeprefix(_PULLED)
        return Task(name, (PULL, name), (), None, step, seed).id
    if path.startswith(_CALLED):
        return _CALL.sub(r"\1, True", path[1:])
    sends = found.checkpoint["channel_values"].get(TASKS) or ()
    if (sent := _SENT.fullmatch(path)) and int(sent[1]) < len(sends):
        index = int(sent[1])
        return Task(sends[index].node, (PUSH, index, False), (PUSH,), None, step, seed).id
    return None
