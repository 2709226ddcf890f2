"""Looking at a thread and changing it: snapshots and updates, as generators of the engine's commands."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from langgraph_nb.constants import END, START
from langgraph_nb.errors import InvalidUpdateError, did_you_mean
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.persistence import CheckpointTuple, PutWrites
from langgraph_nb.pregel.begin import apply_null_writes, drop_unfinished, missing_nodes, restore
from langgraph_nb.pregel.commands import EngineCommand, LoadCheckpoint, RunTasks, WaitTasks
from langgraph_nb.pregel.events import Answer, Loaded, Task, TasksFinished
from langgraph_nb.pregel.failures import with_handlers
from langgraph_nb.pregel.next_tasks import in_definition_order, in_write_order, next_tasks
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.registers import Commands, Registers, checkpoint, leave
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.state import read_values
from langgraph_nb.pregel.written import collected, key_set
from langgraph_nb.types import PregelTask, StateSnapshot, StateUpdate

COPY = "__copy__"
"""As ``as_node``: make a copy of the checkpoint beside it."""


# -- looking ----------------------------------------------------------------------------------------------------------


def get_snapshot(
    plan: Plan, request: Request, config: dict[str, Any]
) -> Generator[EngineCommand, Answer, StateSnapshot]:
    """The state at the checkpoint that the request names, or at the thread's latest. An unknown thread's is empty."""
    assert request.address is not None
    loaded = yield LoadCheckpoint({"configurable": request.address})
    assert isinstance(loaded, Loaded)
    if loaded.saved is None:
        return StateSnapshot({}, (), config, None, None, None, (), ())  # type: ignore[arg-type]
    return snapshot_of(plan, loaded.saved, latest="checkpoint_id" not in request.address)


def snapshot_of(plan: Plan, saved: CheckpointTuple, latest: bool = False) -> StateSnapshot:
    """What a stored checkpoint says.

    Args:
        plan: The graph.
        saved: The checkpoint.
        latest: Whether it is the present of its thread: what finished tasks wrote is then shown as values, and ``next``
            is what is really left to run. At an earlier one, ``next`` is what ran after it.
    """
    run = Registers(plan, Request(None, saved.config["configurable"], plan.stream_keys))
    restore(run, saved)
    if latest:
        apply_null_writes(run)
    nodes = in_definition_order(next_tasks(run.state, None, run.step, run.seed), plan.nodes)
    if not latest:  # what a Command sent on from here belongs to the step after it
        apply_null_writes(run)
    tasks = with_handlers(plan, nodes, run.records)
    records = {task.path: run.records.get(task.id, TaskRecord()) for task in tasks}
    left = nodes
    if latest and _apply_finished(run, saved, tasks, records):
        left = _unfinished(nodes, tasks, records)
    asking = (task for task in tasks[len(nodes) :] if records[task.path].waiting(task.id))
    shown = tuple(_task(plan, task, records[task.path], latest) for task in (*nodes, *asking))
    return StateSnapshot(
        values=read_values(run.state.values, plan.stream_keys, plan),
        next=(*(task.name for task in left), *(missing_nodes(plan, saved) if latest else ())),
        config=_config(saved.config),
        metadata=saved.metadata,
        created_at=saved.checkpoint["ts"],
        parent_config=_config(saved.parent_config) if saved.parent_config else None,
        tasks=shown,
        interrupts=tuple(i for task in shown for i in task.interrupts),
    )


def _apply_finished(
    run: Registers, saved: CheckpointTuple, tasks: tuple[Task, ...], records: dict[Any, TaskRecord]
) -> bool:
    """Show what tasks of an unfinished step wrote. False when a reducer refuses it: the step cannot be applied."""
    done = [(task, records[task.path].writes) for task in in_write_order(tasks) if records[task.path].finished]
    try:
        run.state.apply(done, advance=False)
    except Exception:  # the run raised it already; what is stored stays readable
        restore(run, saved)
        return False
    return True


def _unfinished(
    nodes: tuple[Task, ...], tasks: tuple[Task, ...], records: dict[Any, TaskRecord]
) -> tuple[Task, ...]:
    """The tasks of nodes that are left to run: not finished, nor failed with a handler that is."""
    finished = {task.path for task in tasks if records[task.path].finished}
    finished |= {task.path[:-2] for task in tasks if task.failure is not None and task.path in finished}
    return tuple(task for task in nodes if task.path not in finished)


def _task(plan: Plan, task: Task, record: TaskRecord, latest: bool) -> PregelTask:
    interrupts = record.waiting(task.id) if latest else record.interrupts
    error = record.error if not record.finished else None
    result = _result(plan, record) if record.finished else None
    return PregelTask(task.id, task.name, task.path, error, interrupts, None, result)


def _result(plan: Plan, record: TaskRecord) -> Any:
    writes = collected(record.writes, key_set(plan.stream_keys))
    return writes.get(plan.stream_keys) if isinstance(plan.stream_keys, str) else writes


def _config(config: Any) -> Any:
    """The address alone, without what a saver may have added."""
    found = config["configurable"]
    return {"configurable": {k: found[k] for k in ("thread_id", "checkpoint_ns", "checkpoint_id") if k in found}}


# -- changing ---------------------------------------------------------------------------------------------------------


def writers_only(plan: Plan) -> Plan:
    """The plan with nodes that return what they are given: their writers and routers, without their code."""
    nodes = {n: replace(node, call=CallSpec(n, lambda value: value, None), then=()) for n, node in plan.nodes.items()}
    return replace(plan, nodes=nodes)


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
        ValueError: When there is nothing to do.
    """
    if not supersteps or not all(supersteps):
        raise ValueError("No supersteps provided. Give at least one, with at least one StateUpdate in each.")
    run = Registers(plan, request)
    loaded = yield LoadCheckpoint({"configurable": request.address or {}})
    assert isinstance(loaded, Loaded)
    saved = loaded.saved
    restore(run, saved)
    for number, updates in enumerate(supersteps):
        if saved is None and number == 0:
            run.step = 0
        yield from _superstep(run, updates, saved if number == 0 else None)
        run.step += 1
    yield from leave(run)
    return run.thread(run.checkpoint_id)


def _superstep(run: Registers, updates: Sequence[StateUpdate], saved: CheckpointTuple | None) -> Commands:
    first = updates[0]
    special = (None, END, COPY) if START in run.plan.nodes else (END, COPY)  # an entrypoint may well return None
    if first.values is None and first.as_node in special and len(updates) == 1:
        yield from _without_values(run, first.as_node, saved)
        return
    for update in updates:
        if update.as_node is not None and update.as_node not in run.plan.nodes:
            hint = did_you_mean(update.as_node, [n for n in run.plan.nodes if n != START])
            raise InvalidUpdateError(f"Node {update.as_node} does not exist. {hint}")
    if saved is not None and "checkpoint_id" not in (run.request.address or {}):
        _settle(run, saved)
    pending = {} if saved is None else {t.name: t.id for t in next_tasks(run.state, None, run.step, run.seed)}
    named = [(update.as_node or _last_node(run), update.values) for update in updates]
    tasks = tuple(
        Task(name, ("update", index), (), values, run.step, run.seed)
        for index, (name, values) in enumerate(named)
    )
    answer = yield RunTasks(tasks, run.state, run.journal)
    results: dict[Any, Any] = {}
    while True:
        assert isinstance(answer, TasksFinished)
        for finished in answer.finished:
            if finished.error is not None:
                raise finished.error
            results[finished.task.path] = finished.writes
        if len(results) == len(tasks):
            break
        answer = yield WaitTasks()
    for task in tasks:  # a node that was about to run has, as the history tells it, run with this result
        if task.name in pending:
            run.bundle.append(PutWrites(run.thread(run.checkpoint_id), results[task.path], pending[task.name]))
    run.react = run.state.apply([(task, results[task.path]) for task in tasks])
    yield from checkpoint(run, "update")


def _without_values(run: Registers, as_node: str | None, saved: CheckpointTuple | None) -> Commands:
    """A checkpoint that only moves the thread: a copy, or one at which nothing is left to run."""
    if as_node == COPY:
        if saved is None:
            raise InvalidUpdateError("Cannot copy a non-existent checkpoint. Name a thread that has run.")
        parent = (saved.parent_config or {}).get("configurable", {})
        run.stored_id = parent.get("checkpoint_id")
        run.state.changed = set(run.state.versions)  # all that is newer than its new parent
        yield from checkpoint(run, "fork")
        return
    if as_node == END:
        _settle(run, saved)
        drop_unfinished(run)
    yield from checkpoint(run, "update")


def _settle(run: Registers, saved: CheckpointTuple | None) -> None:
    """Apply what finished tasks of an unfinished step wrote; what a reducer refuses is what the update mends."""
    apply_null_writes(run)
    tasks = with_handlers(run.plan, next_tasks(run.state, None, run.step, run.seed), run.records)
    records = {task.path: run.records.get(task.id, TaskRecord()) for task in tasks}
    done = [(task, records[task.path].writes) for task in in_write_order(tasks) if records[task.path].finished]
    run.records = {}
    if not done:
        return
    try:
        run.state.apply(done, advance=False)
    except Exception:  # the run raised it already
        restore(run, saved)
        apply_null_writes(run)
        run.records = {}


def _last_node(run: Registers) -> str:
    """The node that an update is taken to come from: the one that ran last."""
    nodes = [name for name in run.plan.nodes if name != START]
    ran = {name: max(seen.values()) for name, seen in run.state.seen.items() if name in run.plan.nodes and seen}
    ran.pop(START, None)
    if not ran:
        if len(nodes) == 1 and not (START in run.plan.nodes and (run.checkpoint_id is None or START in run.state.seen)):
            return nodes[0]
        if START in run.plan.nodes:
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
