"""Changing a thread from outside, as if nodes had written: updates, as generators of the engine's commands."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Generator, Sequence
from dataclasses import replace
from typing import Any

from langgraph_nb.constants import END, INPUT, START
from langgraph_nb.errors import InvalidUpdateError, did_you_mean
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.persistence import CheckpointTuple, PutWrites
from langgraph_nb.pregel.begin import apply_null_writes, input_writes, restore, shown_keys
from langgraph_nb.pregel.changed import refuse_lost_keys, shape_then
from langgraph_nb.pregel.commands import EngineCommand, RunTasks, WaitTasks
from langgraph_nb.pregel.cut_off import Done, unstorable
from langgraph_nb.pregel.deltas import load
from langgraph_nb.pregel.events import Answer, Task, TasksFinished
from langgraph_nb.pregel.failures import with_handlers
from langgraph_nb.pregel.next_tasks import in_write_order, next_tasks
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.plan import Plan, Write
from langgraph_nb.pregel.registers import Commands, Registers, checkpoint, give_free, leave
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.snapshots import config_of
from langgraph_nb.types import StateUpdate

COPY = "__copy__"
"""As ``as_node``: make a copy of the checkpoint beside it."""

TaskIds = dict[str, deque[str]]
"""Node -> the ids of its tasks that run next."""
Results = dict[tuple[Any, ...], Sequence[Write]]


def writers_only(plan: Plan) -> Plan:
    """The plan with nodes that return what they are given: their writers and routers, without their code."""
    if plan.known_writers is None:
        nodes = {
            name: replace(node, call=CallSpec(name, lambda value: value, None), then=(), timeout=None, retry=())
            for name, node in plan.nodes.items()
        }
        plan.known_writers = replace(plan, nodes=nodes)  # type: ignore[misc]
    return plan.known_writers


def update(
    plan: Plan, request: Request, supersteps: Sequence[Sequence[StateUpdate]]
) -> Generator[EngineCommand, Answer, Any]:
    """Write to a thread as if nodes had. The host must have the plan's ``writers_only``.

    Args:
        plan: The graph.
        request: Names the thread, and the checkpoint to change if not the latest.
        supersteps: Updates; those of one superstep are applied together.

    Returns:
        The config of the checkpoint that was made.

    Raises:
        InvalidUpdateError: For an unknown ``as_node``, or when it is needed and not given.
        GraphChanged: When a value of the thread would be lost, as its key was renamed.
    """
    run = Registers(plan, request)
    run.claims = request.claims
    try:
        saved = yield from load(plan, {"configurable": request.address or {}}, claims=run.claims)
        if saved is not None and (then := (yield from shape_then(plan, saved))) is not None:
            refuse_lost_keys(plan, saved, then)
        yield from _supersteps(run, supersteps, saved)
    except GeneratorExit:
        raise
    except BaseException as error:
        yield from give_free(run, error)
        raise
    yield from leave(run)
    return config_of(run.thread(run.checkpoint_id), {"parents": run.parents})


def _supersteps(
    run: Registers, supersteps: Sequence[Sequence[StateUpdate]], saved: CheckpointTuple | None
) -> Commands:
    restore(run, saved)
    if saved is not None:
        run.parents = saved.metadata.get("parents", {})
    for number, updates in enumerate(supersteps):
        if saved is None and number == 0:
            run.step = 0
        if run.claims and number == len(supersteps) - 1:
            run.ending = "finished"
        yield from _superstep(run, [StateUpdate(*update) for update in updates], saved if number == 0 else None)
        run.step += 1


def _superstep(run: Registers, updates: Sequence[StateUpdate], saved: CheckpointTuple | None) -> Commands:
    values, as_node, _ = updates[0]
    if values is None and as_node == END:
        _alone(updates, "Cannot apply multiple updates when clearing state")
        _settle(run, saved, drop=True)
        yield from checkpoint(run, "update")
    elif as_node == INPUT:
        _alone(updates, "Cannot apply multiple updates when updating as input")
        yield from _as_input(run, values)
    elif as_node == COPY:
        _alone(updates, "Cannot copy checkpoint with multiple updates")
        yield from _copy(run, values, saved)
    else:
        _check_nodes(run.plan, updates)
        if saved is not None and "checkpoint_id" not in (run.request.address or {}):
            _settle(run, saved)
        yield from _as_nodes(run, updates, _next_ids(run))


def _alone(updates: Sequence[StateUpdate], refusal: str) -> None:
    if len(updates) > 1:
        raise InvalidUpdateError(f"{refusal}. Make it a superstep of its own.")


def _check_nodes(plan: Plan, updates: Sequence[StateUpdate]) -> None:
    for update in updates:
        if update.as_node is None and len(updates) > 1:
            raise InvalidUpdateError(
                "as_node is required when applying multiple updates. Name the node that each is to come from."
            )
        if update.as_node is not None and update.as_node not in plan.nodes:
            hint = did_you_mean(update.as_node, [n for n in plan.nodes if n != START])
            raise InvalidUpdateError(f"Node {update.as_node} does not exist. {hint}")


# -- what an update does ----------------------------------------------------------------------------------------------


def _as_input(run: Registers, values: Any) -> Commands:
    """A checkpoint as new input makes it, without the run."""
    if values is None:
        shown = shown_keys(run.plan.input_keys)
        raise InvalidUpdateError(f"Received no input writes for {shown}. Give the values that the input has.")
    if run.checkpoint_id is None:
        run.step = -1
    run.react = run.state.apply([(Task(INPUT, (INPUT,), (), None, run.step), input_writes(run.plan, values))])
    yield from checkpoint(run, "input")


def _copy(run: Registers, values: Any, saved: CheckpointTuple | None) -> Commands:
    """A copy of the checkpoint beside it; with values, followed by these updates, given as (values, as_node)."""
    if saved is None:
        raise InvalidUpdateError("Cannot copy a non-existent checkpoint. Name a thread that has run.")
    parent = (saved.parent_config or {}).get("configurable", {})
    run.stored_id = parent.get("checkpoint_id")
    run.state.changed = set(run.state.versions)  # all that is newer than its new parent
    run.state.ran = set(run.state.seen)
    yield from checkpoint(run, "fork")
    if isinstance(values, list) and values:
        run.step += 1
        for item in values:
            if not isinstance(item, Sequence):
                raise InvalidUpdateError(
                    f"Invalid update item: {item} when copying checkpoint. Give pairs: (values, as_node)."
                )
        updates = [StateUpdate(*item[:2]) for item in values]
        _check_nodes(run.plan, updates)
        yield from _as_nodes(run, updates, _next_ids(run))


def _as_nodes(run: Registers, updates: Sequence[StateUpdate], next_ids: TaskIds) -> Commands:
    """A checkpoint as these nodes make it by returning these values."""
    tasks = tuple(
        Task(update.as_node or _last_node(run), ("update", index), (), update.values, run.step, run.seed)
        for index, update in enumerate(updates)
    )
    results = yield from _run_writers(run, tasks)
    for task, update in zip(tasks, updates, strict=True):
        # a node that was about to run has, as the history tells it, run with this result
        ids = next_ids.get(task.name)
        task_id = update.task_id or (ids.popleft() if ids else None)
        if task_id is not None and run.checkpoint_id is not None and results[task.path]:
            here = run.thread(run.checkpoint_id)
            run.bundle.append(PutWrites(here, tuple(results[task.path]), task_id, node=task.name))
    run.records = {}
    done = [(task, results[task.path]) for task in tasks]
    run.react = run.state.apply(done)
    run.note_writers(done)
    yield from checkpoint(run, "update")


def _run_writers(run: Registers, tasks: tuple[Task, ...]) -> Generator[EngineCommand, Answer, Results]:
    """Have the writers and routers of nodes called; raise what one of them raises."""
    answer = yield RunTasks(tasks, run.state, run.journal)
    results: Results = {}
    while True:
        assert isinstance(answer, TasksFinished)
        for finished in answer.finished:
            if finished.error is not None:
                raise finished.error
            results[finished.task.path] = finished.writes
        if len(results) == len(tasks):
            return results
        answer = yield WaitTasks()


def _next_ids(run: Registers) -> TaskIds:
    ids: TaskIds = defaultdict(deque)
    if run.checkpoint_id is not None:
        for task in next_tasks(run.state, None, run.step, run.seed):
            ids[task.name].append(task.id)
    return ids


def _settle(run: Registers, saved: CheckpointTuple | None, drop: bool = False) -> None:
    """Apply what finished tasks of an unfinished step wrote; what a reducer refuses is what the update mends, and what
    it makes that cannot be stored.

    With ``drop``, the step is over: its other tasks will not run.
    """
    apply_null_writes(run)
    tasks = with_handlers(run.plan, next_tasks(run.state, None, run.step, run.seed), run.records)
    records = {task.path: run.records.get(task.id, TaskRecord()) for task in tasks}
    done = [(t, records[t.path].writes) for t in in_write_order(tasks) if drop or records[t.path].finished]
    run.records = {}
    if not done:
        return
    refused = _apply(run, done, drop)
    if refused:
        restore(run, saved)
        apply_null_writes(run)
        run.records = {}
        if kept := [(task, writes) for task, writes in done if task.path not in refused]:
            _apply(run, kept, drop)


def _apply(run: Registers, done: Done, drop: bool) -> Collection[Any]:
    """Apply what tasks wrote. Returns the paths of those that cannot be: all, when a reducer refuses it."""
    try:
        run.react = run.state.apply(done, advance=drop)
    except Exception:  # the run raised it already
        return [task.path for task, _ in done]
    return unstorable(run.state, done, run.request.refuses)


def _last_node(run: Registers) -> str:
    """The node that an update is taken to come from: the one that ran last, which after new input is the start."""
    nodes = run.plan.nodes
    if len(nodes) == 1:
        return next(iter(nodes))
    ran = {name: max(seen.values()) for name, seen in run.state.seen.items() if name in nodes and seen}
    if not ran:
        if START in nodes:
            return START
        raise InvalidUpdateError("Ambiguous update, specify as_node. No node has run yet that it could come from.")
    newest = max(ran.values())
    last = [name for name, version in ran.items() if version == newest]
    if len(last) > 1:
        raise InvalidUpdateError(
            f"Ambiguous update, specify as_node. The last step ran {', '.join(sorted(last))}: "
            "say which of them the update is to come from."
        )
    return last[0]
