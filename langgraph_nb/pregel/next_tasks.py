"""Which tasks run next. Pure: what was just written, or what a stored checkpoint holds, decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langgraph_nb.constants import PULL, PUSH, START, TASKS
from langgraph_nb.errors import InvalidUpdateError, did_you_mean
from langgraph_nb.pregel.events import Task
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.state import ChannelState


def next_tasks(state: ChannelState, react: frozenset[str] | None, step: int, seed: str) -> tuple[Task, ...]:
    """The tasks of a superstep: first what ``Send`` asked for, in order; then the triggered nodes by name.

    Args:
        state: The channels.
        react: The channels that were just written, or ``None`` to ask the versions: after a load.
        step: The superstep's number.
        seed: What the tasks' ids are derived from.
    """
    if not react:
        if react is not None:
            return ()
        pulled = sorted(state.triggered())
    else:
        pulled = _triggered_by(state.plan.triggered_by, react)
    if needs := state.plan.needs:
        pulled = [name for name in pulled if name not in needs or needs[name] in state.values]
    tasks = [_pull(state, name, step, seed) for name in pulled]
    if (react is None or TASKS in react) and state.channels[TASKS].is_available():
        sends = state.channels[TASKS].get()
        if react is None:  # what is stored may name nodes that are gone
            pushed = [(index, send) for index, send in enumerate(sends) if send.node in state.plan.nodes]
        else:
            pushed = list(enumerate(sends))
        tasks = [_push(state, index, send, step, seed) for index, send in pushed] + tasks
    return tuple(tasks)


def leads_on(plan: Plan, react: frozenset[str]) -> bool:
    """Whether anything may run next, now that these channels were written. Cheaper than to make the tasks."""
    return TASKS in react or any([name in plan.triggered_by for name in react])


def in_write_order(tasks: tuple[Task, ...]) -> Sequence[Task]:
    """The tasks in the order in which their writes are applied: by path, triggered nodes before sends.

    A handler's come where those of the task would that it is for.
    """
    if len(tasks) < 2 or (tasks[0].path[0] == PULL and tasks[-1].failure is None):
        return tasks
    return sorted(tasks, key=lambda task: task.path)


def in_definition_order(tasks: tuple[Task, ...], nodes: Mapping[str, Any]) -> tuple[Task, ...]:
    """The tasks as snapshots list them: sends first, then the nodes as they were added."""
    if len(tasks) < 2:
        return tasks
    place = {name: index for index, name in enumerate(nodes)}
    sends = [task for task in tasks if task.path[0] == PUSH]
    return (*sends, *sorted((task for task in tasks if task.path[0] == PULL), key=lambda task: place[task.name]))


def _triggered_by(triggered_by: Mapping[str, Sequence[str]], react: frozenset[str]) -> list[str]:
    """The names of the nodes that channels trigger, sorted."""
    if len(react) == 1:
        (channel,) = react
        return sorted(triggered_by.get(channel, ()))
    return sorted({name for channel in react if channel in triggered_by for name in triggered_by[channel]})


def _pull(state: ChannelState, name: str, step: int, seed: str) -> Task:
    node = state.plan.nodes[name]
    values = state.filled_in(node.managed, state.values, step) if node.managed else state.values
    value = state.channels[START].get() if name == START else node.read(values)
    former = state.former.get(name) if state.former else None
    return Task(
        name, (PULL, name), node.triggers, value, step, seed, known_as=(former, (PULL, former)) if former else None
    )


def _push(state: ChannelState, index: int, send: Any, step: int, seed: str) -> Task:
    if send.node not in state.plan.nodes:
        raise InvalidUpdateError(
            f"A Send goes to {send.node!r}, which is no node of this graph. {did_you_mean(send.node, state.plan.nodes)}"
        )
    # the third part tells tasks of the functional API from these, as in LangGraph
    path, former = (PUSH, index, False), state.former.get(send.node)
    known_as = (former, path) if former else None
    return Task(send.node, path, (PUSH,), send.arg, step, seed, timeout=send.timeout, known_as=known_as)
