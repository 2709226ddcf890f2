"""Replaying a stored history against today's code: does each checkpoint still lead to the one that followed it?

A superstep is made again from its checkpoint and from what its tasks are recorded to have written: today's plan says
which tasks run, today's edges and routers where their results lead, today's reducers what becomes of the state. Where
that is not what is stored, the code and the history have diverged. (Temporal checks workflows against new code in this
way, docs.temporal.io/develop/python/testing-suite#replay.) What nodes do is taken as recorded, unless they are to be
called as well; then what they write is compared too.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from langgraph_nb.channels.base import MISSING
from langgraph_nb.constants import BRANCH_TO, INPUT, RETURN, ROOT, START, TASKS
from langgraph_nb.errors import GraphChanged
from langgraph_nb.fingerprint import default_cache_key
from langgraph_nb.persistence import CheckpointTuple
from langgraph_nb.pregel.begin import apply_null_writes, drop_unfinished, input_writes, restore
from langgraph_nb.pregel.changed import refuse_lost_keys, refuse_lost_tasks
from langgraph_nb.pregel.commands import EngineCommand, RunTasks, WaitTasks
from langgraph_nb.pregel.events import Answer, Task, TaskFinished, TasksFinished
from langgraph_nb.pregel.failures import with_handlers
from langgraph_nb.pregel.histories import Divergence, History, ReplayCheck
from langgraph_nb.pregel.next_tasks import in_write_order, next_tasks
from langgraph_nb.pregel.pending import NULL_TASK_ID, TaskRecord, with_answers
from langgraph_nb.pregel.plan import Plan, Write
from langgraph_nb.pregel.registers import Registers
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.snapshots import as_it_is, config_of
from langgraph_nb.types import Command

Results = dict[tuple[Any, ...], TaskFinished]
"""Task path -> what came of the task."""


Replaying = Generator[EngineCommand, Answer, ReplayCheck]
Checking = Generator[EngineCommand, Answer, Divergence | None]


def replayed(history: History, run_nodes: bool = False) -> Replaying:
    """Replay a history until it diverges.

    Args:
        history: The checkpoints.
        run_nodes: Whether nodes are called too, with what they were given then, and what they write is compared. The
            host must have the plan; otherwise its ``writers_only``.
    """
    known = {saved.checkpoint["id"]: saved for saved in history.saved}
    forked = {_parent(saved) for saved in history.saved if saved.metadata.get("source") == "update"}
    steps = tasks = skipped = 0
    for saved in history.saved:
        parent = known.get(_parent(saved) or "")
        replay = _Replay(history, parent, saved, run_nodes)
        if _parent(saved) in forked or not replay.is_recorded():
            skipped += 1
            continue
        divergence = yield from replay.check()
        steps, tasks = steps + 1, tasks + len(replay.tasks)
        if divergence is not None:
            return ReplayCheck(steps, tasks, skipped, divergence)
    return ReplayCheck(steps, tasks, skipped, _cannot_go_on(history))


def _parent(saved: CheckpointTuple) -> str | None:
    parent = (saved.parent_config or {}).get("configurable", {})
    return parent.get("checkpoint_id")


def _cannot_go_on(history: History) -> Divergence | None:
    """Why the thread could not go on from its latest checkpoint."""
    if not history.saved:
        return None
    latest = history.saved[-1]
    if (then := history.shapes.get(latest.checkpoint.get("graph"))) is None:
        return None
    kind: Literal["tasks", "values"] = "values"
    try:
        refuse_lost_keys(history.graph.plan, latest, then)
        kind = "tasks"
        refuse_lost_tasks(history.graph.plan, latest, then)
    except GraphChanged as error:
        step = latest.metadata.get("step", -2) + 1
        config = config_of(latest.config, latest.metadata)
        lost, now = next(iter(error.renamed.items()), ("", ""))
        return Divergence(kind, step, config, lost, lost or str(error.difference), now)
    return None


class _Replay:
    """One superstep, made again."""

    def __init__(
        self, history: History, parent: CheckpointTuple | None, saved: CheckpointTuple, run_nodes: bool
    ) -> None:
        self.plan: Plan = history.graph.plan
        self.history, self.saved, self.run_nodes = history, saved, run_nodes
        self.source = saved.metadata.get("source")
        address = (parent or saved).config["configurable"]
        request = Request(None, dict(address), self.plan.stream_keys, next_version=as_it_is)
        self.run = Registers(self.plan, request)
        self.parent = parent
        self.unreadable: Exception | None = None
        """Why today's channels cannot take over what is stored."""
        try:
            restore(self.run, parent)
        except Exception as error:  # of a channel of another kind, which reads what it was never to read
            self.unreadable = error
        self.records = {i: r for i, r in self.run.records.items() if i != NULL_TASK_ID and not _was_called(r)}
        self.tasks: tuple[Task, ...] = ()

    def is_recorded(self) -> bool:
        """Whether all is there that the checkpoint came of."""
        if self.unreadable is not None:
            return True
        if self.source == "input":
            return isinstance(self.plan.input_keys, str)
        if self.source != "loop" or self.parent is None:
            return False
        follows = self.saved.metadata.get("step") == self.parent.metadata.get("step", -2) + 1
        return follows and any(r.finished for r in self.records.values())

    def check(self) -> Checking:
        """Make the step again."""
        if self.unreadable is not None:
            return self._diverged("values", "", "a checkpoint", self.unreadable)
        try:
            return self._input() if self.source == "input" else (yield from self._loop())
        except Exception as error:  # a schema, or a managed value, that cannot read what is stored
            return self._diverged("tasks", "", self._ran(), error)

    def _input(self) -> Divergence | None:
        given = self.saved.checkpoint["channel_values"].get(str(self.plan.input_keys), MISSING)
        if given is MISSING:
            return None
        dropped = self.parent is not None and drop_unfinished(self.run)
        task = Task(INPUT, (INPUT,), (), None, self.run.step)
        return self._applied([(task, input_writes(self.plan, given))], advance=dropped)

    def _loop(self) -> Checking:
        run = self.run
        apply_null_writes(run)
        nodes = next_tasks(run.state, None, run.step, run.seed)
        self.tasks = with_handlers(self.plan, nodes, run.records)
        if (divergence := self._same_tasks()) is not None:
            return divergence
        if (divergence := (yield from self._same_writes())) is not None:
            return divergence
        done = [(task, self._record(task).writes) for task in in_write_order(self.tasks)]
        return self._applied(done)

    def _record(self, task: Task) -> TaskRecord:
        return self.records.get(task.id) or TaskRecord()

    def _diverged(self, kind: Any, where: str, expected: Any, actual: Any) -> Divergence:
        config = config_of(*((self.parent or self.saved)[i] for i in (0, 2)))
        return Divergence(kind, self.run.step, config, where, expected, actual)

    # -- which tasks run ----------------------------------------------------------------------------------------------

    def _same_tasks(self) -> Divergence | None:
        """See that today's plan runs the tasks that are recorded."""
        ids = {task.id: task for task in self.tasks}
        gone = [i for i, r in self.records.items() if r.finished and i not in ids]
        new = [t for i, t in ids.items() if not (self._record(t).finished or self._record(t).handled)]
        if not gone and not new:
            return None
        then = self._ran() or tuple(sorted(t.name for t in self.tasks if t not in new))
        return self._diverged("tasks", "", then, tuple(sorted(task.name for task in self.tasks)))

    def _ran(self) -> tuple[str, ...]:
        """The nodes that ran, as far as what they have seen tells."""
        before = {} if self.parent is None else self.parent.checkpoint["versions_seen"]
        after = self.saved.checkpoint["versions_seen"]
        return tuple(sorted(n for n, seen in after.items() if seen != before.get(n) and n != INPUT))

    # -- what they write ----------------------------------------------------------------------------------------------

    def _same_writes(self) -> Checking:
        """See that today's edges and routers lead where they did, and nodes write what they wrote, if they are run."""
        done = [task for task in self.tasks if self._record(task).finished]
        if self.run_nodes:
            called = tuple(t for t in done if t.name not in self.history.graph.inner_graphs)
            given = [with_answers(task, self.records) for task in called]
        elif START in self.plan.nodes:
            called = tuple(done)
            given = [replace(task, input=self._result(task)) for task in called]
        else:  # of actors and workflows nothing but the result leads anywhere
            return None
        results = yield from self._run(tuple(given))
        for task in called:
            if (divergence := self._compared(task, results[task.path])) is not None:
                return divergence
        return None

    def _result(self, task: Task) -> Any:
        """What a task returned, as far as its writes tell."""
        if task.name == START:
            return task.input
        pairs = [(key, value) for key, value in self._record(task).writes if key in self.plan.key_set]
        if ROOT in self.plan.key_set:
            return pairs[0][1] if pairs else None
        return Command(update=pairs) if len(dict(pairs)) < len(pairs) else dict(pairs)

    def _run(self, tasks: tuple[Task, ...]) -> Generator[EngineCommand, Answer, Results]:
        results: Results = {}
        self.run.journal.known = self.run.records
        answer = (yield RunTasks(tasks, self.run.state, self.run.journal)) if tasks else None
        while tasks:
            assert isinstance(answer, TasksFinished)
            results.update({finished.task.path: finished for finished in answer.finished})
            if len(results) == len(tasks):
                break
            answer = yield WaitTasks()
        return results

    def _compared(self, task: Task, finished: TaskFinished) -> Divergence | None:
        record = self._record(task)
        recorded = record.writes
        if finished.interrupts and record.interrupts and not record.answers:
            return None  # it was answered through what it called, of which no record is left
        if finished.error is not None or finished.paused:
            return self._diverged("writes", task.name, recorded, finished.error or finished.interrupts)
        if self.run_nodes:
            same = _same(list(recorded), list(finished.writes))
            return None if same else self._diverged("writes", task.name, recorded, list(finished.writes))
        then, now = (_leads(writes, self.plan) for writes in (recorded, finished.writes))
        if all(any(_same(a, b) for b in then) for a in now) and not self._unexplained(task, then, now):
            return None
        return self._diverged("tasks", task.name, *(tuple(map(_target, leads)) for leads in (then, now)))

    def _unexplained(self, task: Task, then: Sequence[Write], now: Sequence[Write]) -> bool:
        """Whether the task led somewhere that it does not lead to today, and that was no ``Command(goto=)``."""
        left = [a for a in then if not any(_same(a, b) for b in now)]
        shape = self.history.shapes.get(self.saved.checkpoint.get("graph"))
        edges = shape.edges.get(task.name, ()) if shape is not None else ()
        return bool(left and self.plan.nodes[task.name].branches) or any(channel in edges for channel, _ in left)

    # -- what becomes of the state ------------------------------------------------------------------------------------

    def _applied(self, done: Sequence[tuple[Task, Iterable[Write]]], advance: bool = True) -> Divergence | None:
        """See that today's reducers make of the writes what is stored."""
        state = self.run.state
        try:
            state.apply(done, advance=advance)
        except Exception as error:  # what a reducer of the user's raises is what comes of it
            return self._diverged("values", "", "a checkpoint", error)
        stored = self.saved.checkpoint["channel_values"]
        for key in self.plan.state_keys:
            then, now = stored.get(key, MISSING), state.stored.get(key, MISSING)
            if key in self.plan.deltas and key in state.versions:
                now = state.values.get(key, MISSING)
            if not (then is now or _same(then, now) or _same(_unnamed(then), _unnamed(now))):
                return self._diverged("values", key, then, now)
        return None


def _was_called(record: TaskRecord) -> bool:
    """Whether a task was called by code, and not run by a superstep."""
    return any(channel == RETURN for channel, _ in record.writes)


def _leads(writes: Iterable[Write], plan: Plan) -> list[Write]:
    """Those of the writes that lead to other tasks. Of signals the values say nothing."""
    return [
        (channel, None if channel.startswith(BRANCH_TO) else value)
        for channel, value in writes
        if channel not in plan.key_set
    ]


def _target(write: Write) -> Any:
    """Where a write leads, as people read it."""
    channel, value = write
    return value if channel == TASKS else channel.removeprefix(BRANCH_TO)


def _unnamed(value: Any) -> Any:
    """A value with messages that have no ids: those that a reducer gave them are others each time."""
    if isinstance(value, list):
        return [_unnamed(item) for item in value]
    return value.model_copy(update={"id": None}) if hasattr(value, "model_copy") and hasattr(value, "id") else value


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal, or made of equal parts where they do not say."""
    try:
        if one == other:
            return True
    except Exception:  # arrays and the like, which have no one answer
        pass
    try:
        return default_cache_key(one) == default_cache_key(other)
    except Exception:  # what has no parts to compare is only equal to itself
        return False
