"""Looking at a thread: what a stored checkpoint says, and those of the graphs inside of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator
from typing import Any

from langgraph_nb.persistence import CheckpointTuple
from langgraph_nb.pregel.begin import apply_null_writes, restore
from langgraph_nb.pregel.changed import missing_nodes
from langgraph_nb.pregel.commands import EngineCommand
from langgraph_nb.pregel.cut_off import apply_finished, finished_of, unfinished, unstorable
from langgraph_nb.pregel.deltas import completed, load
from langgraph_nb.pregel.events import Answer, Task
from langgraph_nb.pregel.failures import with_handlers
from langgraph_nb.pregel.held import answered_inside
from langgraph_nb.pregel.inner import KeptGraph, address_inside, kept_in
from langgraph_nb.pregel.next_tasks import in_definition_order, next_tasks
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.registers import Registers
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.state import read_values
from langgraph_nb.pregel.written import collected, key_set
from langgraph_nb.types import PregelTask, StateSnapshot

Refuses = Callable[[Any], bool] | None


def get_snapshot(
    graph: KeptGraph, request: Request, config: Any, recurse: bool = False
) -> Generator[EngineCommand, Answer, StateSnapshot]:
    """The state at the checkpoint that the request names, or at the thread's latest. An unknown thread's is empty.

    Args:
        graph: The graph.
        request: Names the thread.
        config: What the snapshot of an unknown thread shows as its config.
        recurse: Whether tasks that run a graph show its state, and not only where it is stored.
    """
    assert request.address is not None
    saved = yield from load(graph.plan, {"configurable": request.address})
    if saved is None:
        return StateSnapshot({}, (), config, None, None, None, (), ())
    snapshot = snapshot_of(graph, saved, request.address.get("checkpoint_id") is None, request.refuses)
    if not recurse:
        return snapshot
    tasks = []
    for task in snapshot.tasks:
        inner = graph.inner_graphs.get(task.name)
        seen = None if inner is None else (yield from _inner_snapshot(inner, task.state, request.refuses))
        tasks.append(task if inner is None else task._replace(state=seen))
    return snapshot._replace(tasks=tuple(tasks))


def _inner_snapshot(
    graph: KeptGraph, config: Any, refuses: Refuses
) -> Generator[EngineCommand, Answer, StateSnapshot]:
    """The state of a graph inside, called in the namespace of this config."""
    address = config["configurable"]
    address = {**address, "checkpoint_ns": kept_in(graph, address["checkpoint_ns"])}
    request = Request(None, address, graph.plan.stream_keys, refuses=refuses)
    return (yield from get_snapshot(graph, request, {"configurable": address}, recurse=True))


def past_snapshot(graph: KeptGraph, saved: CheckpointTuple) -> Generator[EngineCommand, Answer, StateSnapshot]:
    """The state at a stored checkpoint whose checkpoint does not hold all values, or is an older graph's."""
    return snapshot_of(graph, (yield from completed(graph.plan, saved)))


def snapshot_of(
    graph: KeptGraph, saved: CheckpointTuple, latest: bool = False, refuses: Refuses = None
) -> StateSnapshot:
    """What a stored checkpoint says.

    Args:
        graph: The graph.
        saved: The checkpoint.
        latest: Whether it is the present of its thread: what finished tasks wrote is then shown as values, and ``next``
            is what is really left to run. At an earlier one, ``next`` is what ran after it.
        refuses: Says of a value whether it cannot be stored.
    """
    plan, address = graph.plan, saved.config["configurable"]
    run = Registers(plan, Request(None, address, plan.stream_keys, next_version=as_it_is, refuses=refuses))
    restore(run, saved)
    if latest:
        apply_null_writes(run)
    nodes = in_definition_order(next_tasks(run.state, None, run.step, run.seed), plan.nodes)
    if not latest:  # what a Command sent on from here belongs to the step after it
        apply_null_writes(run)
    tasks = with_handlers(plan, nodes, run.records)
    records = [run.records.get(task.id) or TaskRecord() for task in tasks]
    left = _left(run, saved, nodes, tasks) if latest else nodes
    answered = answered_inside(run.records)
    shown = tuple([
        _task(graph, task, record, address, latest, answered)
        for task, record in zip(tasks, records, strict=True)
        if task.failure is None or record.waiting(task.id)
    ])  # fmt: skip
    return StateSnapshot(
        values=read_values(run.state.values, plan.stream_keys, plan),
        next=(*[task.name for task in left], *(missing_nodes(plan, saved) if latest else ())),
        config=config_of(saved.config, saved.metadata),
        metadata=saved.metadata,
        created_at=saved.checkpoint["ts"],
        parent_config=config_of(saved.parent_config, saved.metadata) if saved.parent_config else None,
        tasks=shown,
        interrupts=tuple([i for task in shown for i in task.interrupts]),
    )


def as_it_is(highest: Any, _: None) -> Any:
    """The version of what is only looked at; each saver counts in its own way."""
    return highest


def _left(run: Registers, saved: CheckpointTuple, nodes: tuple[Task, ...], tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """Show what tasks of an unfinished step wrote. Returns what is left to run; if all have finished, what follows.

    When a reducer refuses it, the step cannot be applied, and is left as a whole. When one makes something of it that
    cannot be stored, who wrote to that is left.
    """
    left = unfinished(tasks, run.records)
    over = bool(nodes) and not left
    try:
        react = apply_finished(run.state, tasks, run.records, over)
        refused = unstorable(run.state, finished_of(tasks, run.records), run.request.refuses) if over else ()
        if refused:
            restore(run, saved)
            apply_null_writes(run)
            apply_finished(run.state, tuple(t for t in tasks if t.path not in refused), run.records, over=False)
            return tuple(task for task in nodes if {task.path, _of_handler(task, tasks)} & {*refused})
    except Exception:  # the run raised it already; what is stored stays readable
        restore(run, saved)
        return nodes
    return in_definition_order(next_tasks(run.state, react, run.step + 1, run.seed), run.plan.nodes) if over else left


def _of_handler(task: Task, tasks: tuple[Task, ...]) -> Any:
    """The path of the task that handles a failure of this one, if there is such a task."""
    return next((other.path for other in tasks if other.failure is not None and other.path[:-2] == task.path), None)


def _task(
    graph: KeptGraph, task: Task, record: TaskRecord, address: Any, latest: bool, answered: Container[str]
) -> PregelTask:
    inside = address_inside(address, task) if task.name in graph.inner_graphs else None
    interrupts = record.waiting(task.id, answered) if latest else record.interrupts
    error = record.error if not record.finished else None
    result = _result(graph.plan, record) if record.finished else None
    return PregelTask(task.id, task.name, task.path, error, interrupts, inside, result)


def _result(plan: Plan, record: TaskRecord) -> Any:
    writes = collected(record.writes, key_set(plan.stream_keys))
    return writes.get(plan.stream_keys) if isinstance(plan.stream_keys, str) else writes


def config_of(config: Any, metadata: Any) -> Any:
    """The address of a checkpoint, without what a saver may have added; inside of a node, with those around it."""
    found = config["configurable"]
    address = {k: found[k] for k in ("thread_id", "checkpoint_ns", "checkpoint_id") if k in found}
    if parents := (metadata or {}).get("parents"):
        address["checkpoint_map"] = {**parents, address["checkpoint_ns"]: address["checkpoint_id"]}
    return {"configurable": address}
