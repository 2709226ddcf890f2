"""Failures that another node handles: the handler's task, and how it comes back after the run was cut off.

Pure. A task that fails for good and whose node names a handler does not end the step. The failure is stored, and in
the same step a task of the handler runs with the failed task's input. From then on the two are one: the step is over
for the failed task when its handler is done, and on resuming only the handler runs.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from typing import Any, NamedTuple

from langgraph_nb.constants import PUSH
from langgraph_nb.errors import GraphBubbleUp, NodeError
from langgraph_nb.graph.policies import handler_name
from langgraph_nb.pregel.events import Task, TaskFinished
from langgraph_nb.pregel.pending import TaskRecord, known_result
from langgraph_nb.pregel.plan import Plan

_HANDLES = ("node_error_handler", False)
"""The end of a handler's path."""


class EarlierError(Exception):
    """What a task raised before the run was cut off: all that is left of it is how it looks.

    Example:
        >>> EarlierError("APIError('busy')")
        APIError('busy')
    """

    def __repr__(self) -> str:
        return str(self)


def is_signal(error: BaseException | None) -> bool:
    """Whether it is no failure but a message for the graph around."""
    return isinstance(error, GraphBubbleUp)


def handled_by(plan: Plan, finished: TaskFinished) -> str | None:
    """The node that handles the failure of a task; none for a signal, or an answer that does not fit its question."""
    if finished.error is None or finished.refused is not None or is_signal(finished.error):
        return None
    return plan.nodes[finished.task.name].error_handler


class TaskNote(NamedTuple):
    """What an error's traceback says of a task that raised it.

    Example:
        >>> note = TaskNote.of(Task("add", (), (), {"n": 1, "words": []}, 2, "seed"))
        >>> note.text.endswith(", in step 2, with the state keys n, words"), note.node, note.step
        (True, 'add', 2)
    """

    text: str
    """The line of the traceback."""
    node: str
    step: int
    keys: tuple[str, ...]
    """Of what the node was called with."""

    @classmethod
    def of(cls, task: Task) -> TaskNote:
        """What there is to say of a task."""
        keys = state_keys(task.input)
        known = f", with the state keys {listed(keys)}" if keys else ""
        text = f"During task with name '{task.name}' and id '{task.id}', in step {task.step}{known}"
        return cls(text, task.name, task.step, keys)


def state_keys(value: Any) -> tuple[str, ...]:
    """The keys of what a node was called with; none where it has none.

    Example:
        >>> state_keys({"n": 1}), state_keys(3)
        (('n',), ())
    """
    names = value if isinstance(value, Mapping) else getattr(type(value), "__annotations__", ())
    return tuple(map(str, names))


def listed(keys: tuple[str, ...], most: int = 12) -> str:
    """Keys in one line; what is no plain name is quoted.

    Example:
        >>> listed(("n", "a\\nb"))
        "n, 'a\\\\nb'"
    """
    shown = [key if key.isidentifier() else repr(key) for key in keys[:most]]
    return ", ".join([*shown, *([f"… {len(keys) - most} more"] if len(keys) > most else [])])


def name_task(error: BaseException, task: Task) -> None:
    """Say in an error's traceback which task raised it, in which step, and what it was called with."""
    note = TaskNote.of(task)
    error.add_note(note.text)
    vars(error).setdefault(_TASKS, []).append(note)


def task_notes(error: BaseException) -> list[TaskNote]:
    """What ``name_task`` said in an error's traceback: the innermost task first."""
    return [note for note in vars(error).get(_TASKS, ()) if note.text in getattr(error, "__notes__", ())]


_TASKS = "__langgraph_nb_tasks__"
"""The attribute of an error that has its notes as data."""


def known_end(plan: Plan, task: Task, record: TaskRecord) -> TaskFinished | None:
    """How a task ended in an earlier attempt at its step, if that stands."""
    if record.handled and not record.finished and plan.nodes[task.name].error_handler is not None:
        return TaskFinished(task, error=revived(str(record.error)), cached=True)
    return known_result(task, record)


def handler_task(handler: str, failed: Task, error: BaseException) -> Task:
    """The task that runs in the place of one that failed."""
    path = (*failed.path[:3], *_HANDLES)
    failure = NodeError(failed.name, error)
    stored = None
    if failed.known_as is not None:
        own = handler == handler_name(failed.name)
        stored = handler_name(failed.stored_name) if own else handler, (*failed.stored_path[:3], *_HANDLES)
    return Task(handler, path, (PUSH,), failed.input, failed.step, failed.seed, failure=failure, known_as=stored)


def with_handlers(plan: Plan, tasks: tuple[Task, ...], records: Mapping[str, TaskRecord]) -> tuple[Task, ...]:
    """The tasks, and those of the handlers of such that had failed before the run was cut off."""
    if not any([record.handled for record in records.values()]):
        return tasks
    if tasks and tasks[-1].failure is not None:  # they are there
        return tasks
    handlers = tuple(
        handler_task(handler, task, revived(str(record.error)))
        for task in tasks
        if (record := records.get(task.id)) is not None and record.handled and not record.finished
        if (handler := plan.nodes[task.name].error_handler) is not None
    )
    return (*tasks, *handlers) if handlers else tasks


def revived(shown: str) -> BaseException:
    """An error from its stored ``repr``: a builtin one as itself, where its arguments are plain.

    Example:
        >>> revived("ValueError('bad')")
        ValueError('bad')
        >>> revived("APIError(429)")
        APIError(429)
    """
    try:
        match ast.parse(shown, mode="eval").body:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                kind: Any = getattr(builtins, name, None)
                if isinstance(kind, type) and issubclass(kind, Exception):
                    return kind(*map(ast.literal_eval, args))
    except (ValueError, SyntaxError, TypeError, RecursionError):  # not so plain
        pass
    return EarlierError(shown)
