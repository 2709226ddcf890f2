"""The run: a generator of commands. This file holds the semantics; everything that waits is a driver's.

Theory of operation
-------------------
A run alternates between two moments. *Between* supersteps the channels (``ChannelState``) change: the writes of the
tasks that ran are applied together, in the order of the tasks' paths. *In* a superstep they do not: every task reads
the same values, and what it writes is collected. Which tasks run is decided by the channels that were just written;
this is Pregel's bulk-synchronous model (Malewicz et al. 2010, doi:10.1145/1807167.1807184).

A run is told what to begin with by its ``Request``: new input starts over from the virtual start node on the state
there is; ``None`` and ``Command`` go on from a checkpoint. A checkpoint is the channels between two supersteps. What
tasks wrote is stored against the checkpoint they started from, so that a step that was cut off goes on with the tasks
that had not finished; task ids are derived from the checkpoint's id, which is how they are recognised.

    begin ──> prepare ──> run tasks ──> apply ──> checkpoint ──┐
                 ^  └─ nothing to run: the end                 │
                 └─────────────────────────────────────────────┘

A question (``interrupt``) or a failure ends the run within the step: nothing is applied, what finished is kept. A
failure that a node handles ends nothing: the handler runs within the step too, in the place of what failed. The
engine calls no code of the user's but reducers and schemas, which are pure; it has no clock, no ids, no threads. It
yields commands, is sent their answers, and is thrown what went wrong in a driver.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.errors import ErrorCode, GraphDrained, GraphRecursionError, with_code
from langgraph_nb.persistence import PutWrites
from langgraph_nb.pregel.begin import begin, raise_error, run_start
from langgraph_nb.pregel.commands import (
    AskDrain,
    CancelTasks,
    Emit,
    EngineCommand,
    LookUp,
    Remember,
    RunTasks,
    Stamp,
    WaitTasks,
)
from langgraph_nb.pregel.events import (
    Answer,
    CheckpointMade,
    Drain,
    Earlier,
    LookedUp,
    RunFinished,
    StepFinished,
    StepStarted,
    Task,
    TaskFinished,
    TasksFinished,
)
from langgraph_nb.pregel.failures import (
    handled_by,
    handler_task,
    is_signal,
    known_end,
    name_task,
    with_handlers,
)
from langgraph_nb.pregel.held import FOR_ANYONE
from langgraph_nb.pregel.next_tasks import in_write_order, leads_on, next_tasks
from langgraph_nb.pregel.pending import TaskRecord, storable_writes, tracked
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.registers import Commands, Registers, begin_save, end_save, keep, leave, make_checkpoint
from langgraph_nb.pregel.reports import tell_checkpoint
from langgraph_nb.pregel.request import Outcome, Request
from langgraph_nb.refusals import UnstorableValue
from langgraph_nb.types import CacheKey, Interrupt, interrupt_id

Ending = Generator[EngineCommand, Answer, Outcome]
Tasks = tuple[Task, ...]
Keys = dict[tuple[Any, ...], CacheKey]
"""Task path -> where its result belongs in the cache."""
Results = dict[tuple[Any, ...], TaskFinished]
"""Task path -> what came of the task."""


def run(plan: Plan, request: Request) -> Ending:
    """One run of a graph, as a generator of commands.

    Args:
        plan: The graph.
        request: What to begin with.

    Returns:
        How it ended, as the generator's value.

    Raises:
        EmptyInputError: When there is nothing to begin with.
        GraphRecursionError: When it does not stop in time.
        InvalidUpdateError: When a channel cannot take what was written.
        Exception: What a task raised, or a driver threw in.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> builder = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a")
        >>> type(next(run(builder.compile().plan, Request(input={})))).__name__
        'RunTasks'
    """
    __tracebackhide__ = True
    registers = Registers(plan, request)
    if not registers.stores:
        return (yield from _supersteps(registers))
    try:
        outcome = yield from _supersteps(registers)
    except GeneratorExit:
        raise
    except BaseException as error:
        yield from leave(registers, error, _stored(registers, registers.untold))
        raise
    yield from leave(registers)
    return outcome


def _supersteps(run: Registers) -> Ending:
    __tracebackhide__ = True
    yield from begin(run)
    before, after = run.request.interrupt_before, run.request.interrupt_after
    shows_checkpoints = CheckpointMade in run.request.watch
    while True:
        tasks = run.prepared or next_tasks(run.state, run.react, run.step, run.seed)
        run.prepared = None
        if shows_checkpoints:
            yield from tell_checkpoint(run, tasks)
        if run.step > run.stop:
            raise _too_many_steps(run.request.recursion_limit)
        if not tasks:
            return (yield from _end(run, "finished"))
        if before and not run.resuming and _chosen(tasks, before):
            return (yield from _end(run, "interrupted", breakpoint="before"))
        if run.drainable:
            yield from _drain(run)
        if run.resuming:
            tasks = _begun_before(run, with_handlers(run.plan, tasks, run.records))
        tasks, results = yield from _run_tasks(run, tasks)
        if run.resuming:
            _resumed(run)
        if run.asked:
            return (yield from _pause(run, tasks, results))
        done = [(t, results[t.path].writes) for t in in_write_order(tasks)]
        run.react = run.state.apply(done)
        if run.writers is not None:
            run.note_writers(done)
        if run.fleeting or not run.reported:
            run.note_reported(run.react)
        if StepFinished in run.request.watch:
            yield Emit(run.step_finished(run.react))
        if run.stores:
            if run.claims and not leads_on(run.plan, run.react):
                run.ending = "finished"
            stamped: Any = run.stamped or (yield Stamp(run.step))
            run.stamped = None
            if make_checkpoint(run, "loop", stamped):
                answer = yield begin_save(run)
                yield from end_save(run, answer, done)
        run.step += 1
        if after and _chosen(tasks, after):
            if shows_checkpoints:
                yield from tell_checkpoint(run, next_tasks(run.state, run.react, run.step, run.seed))
            return (yield from _end(run, "interrupted", breakpoint="after"))


def _drain(run: Registers) -> Commands:
    """Stop here if the run was asked to. Its checkpoint is there to go on from."""
    answer = yield AskDrain()
    assert isinstance(answer, Drain)
    if answer.reason is not None:
        raise GraphDrained(answer.reason)


def _too_many_steps(limit: int) -> GraphRecursionError:
    message = (
        f"Recursion limit of {limit} reached without hitting a stop condition. "
        "You can increase the limit by setting the `recursion_limit` config key."
    )
    return GraphRecursionError(with_code(message, ErrorCode.GRAPH_RECURSION_LIMIT))


def _chosen(tasks: tuple[Task, ...], names: Any) -> bool:
    """Whether a breakpoint is set at one of these tasks."""
    return any(t.name != START and (names == "*" or t.name in names) for t in tasks)


# -- the tasks of a superstep -----------------------------------------------------------------------------------------


def _begun_before(run: Registers, tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """The tasks as they go on: with the answers that were given to them, or to graphs inside of them."""
    known = [(task, run.records.get(task.id) or TaskRecord()) for task in tasks]
    return tuple(
        task.going_on(tuple(record.answers), Earlier(asked=record.question_ids))
        for task, record in known
    )


def _resumed(run: Registers) -> None:
    """The first step of a run that goes on is over; what no question took is dropped."""
    run.resuming = False
    if run.holds:
        run.journal.offered.clear()
        run.journal.held.forget(FOR_ANYONE)
        if not run.asked:
            run.journal.held.let_go()


def _run_tasks(run: Registers, tasks: tuple[Task, ...]) -> Generator[EngineCommand, Answer, tuple[Tasks, Results]]:
    """Run a step's tasks; raise what the first one that failed raised. Returns all tasks, those of handlers too."""
    __tracebackhide__ = True
    watch, results = run.request.watch, {}
    if StepStarted in watch and tasks[0].name != START:
        yield Emit(StepStarted(run.step, tasks))
    waiting = tasks
    if run.records:
        for task in tasks:
            if (record := run.records.get(task.id)) and (known := known_end(run.plan, task, record)):
                results[task.path] = known
                if TaskFinished in watch and task.name != START:
                    yield Emit(known)
        waiting = tuple(t for t in tasks if t.path not in results)
        run.journal.known, run.records = run.records, {}
    keys: Keys = {}
    if run.request.caches and waiting and waiting[0].name != START:
        keys = yield from _look_up(run, waiting, results, len(tasks))
        waiting = tuple(t for t in waiting if t.path not in results)
    if not waiting:
        return tasks, results
    if waiting[0].name == START and run.plan.inline_start:
        batch = TasksFinished((run_start(run, waiting[0]),))
    else:
        batch = _finished((yield RunTasks(waiting, run.state, run.journal, run.stores and len(waiting) == 1)))
    while True:
        run.untold, run.stamped = batch.finished, batch.stamped
        run.drainable = run.drainable or batch.drainable
        failed, handlers = _take(run, batch, results)
        tasks += handlers
        if run.by_step and len(results) == len(tasks) and _ends_in_checkpoint(run, batch.finished):
            run.ended = batch.finished
            if TaskFinished in watch:
                yield from _show(batch.finished)
        elif run.stores or watch:
            yield from _tell(run, batch, results, len(tasks))
        run.untold = ()
        if keys:
            yield from _remember(keys, batch)
        if failed is not None:
            yield from _fail(run, failed, results, len(tasks))
        if handlers:
            batch = _finished((yield RunTasks(handlers, run.state, run.journal)))
        elif len(results) < len(tasks):
            batch = _finished((yield WaitTasks()))
        elif run.signal is not None:
            raise run.signal
        else:
            return tasks, results


def _look_up(run: Registers, waiting: Tasks, results: Results, expected: int) -> Generator[EngineCommand, Answer, Keys]:
    """Take the results that are cached. Returns where those of the other tasks belong."""
    answer = yield LookUp(waiting)
    assert isinstance(answer, LookedUp)
    if answer.found:
        batch = TasksFinished(answer.found)
        _take(run, batch, results)
        if run.stores or run.request.watch:
            yield from _tell(run, batch, results, expected)
    return {t.path: key for t, key in zip(waiting, answer.keys, strict=True) if key and t.path not in results}


def _remember(keys: Keys, batch: TasksFinished) -> Commands:
    """Cache what tasks wrote that are done."""
    done = (f for f in batch.finished if f.error is None and not f.interrupts and not f.breakpoint)
    if kept := tuple((keys[f.task.path], f.writes) for f in done if f.task.path in keys):
        yield Remember(kept)


def _finished(answer: Answer) -> TasksFinished:
    assert isinstance(answer, TasksFinished)
    return answer


def _take(run: Registers, batch: TasksFinished, results: Results) -> tuple[TaskFinished | None, Tasks]:
    """Take note of tasks that ended. Returns the first that failed, and the tasks of handlers of those that did."""
    failed: TaskFinished | None = None
    handlers: Tasks = ()
    for finished in batch.finished:
        results[finished.task.path] = finished
        error = finished.error
        if finished.interrupts or finished.breakpoint:
            run.asked = True
        elif error is None:
            continue
        elif is_signal(error):
            run.signal = run.signal or error
        elif handler := handled_by(run.plan, finished):
            name_task(error, finished.task)
            handlers += (handler_task(handler, finished.task, error),)
        elif failed is None:
            failed = finished
    return failed, handlers


def _tell(run: Registers, batch: TasksFinished, results: Results, expected: int) -> Commands:
    """Store what tasks wrote: now, or with the checkpoint, or the end of the run, when that comes next. Then show it.

    In this order, because who watches may end the run there. Of a task that sent a signal nothing is known.
    """
    __tracebackhide__ = True
    ended = batch.finished if run.signal is None else tuple(f for f in batch.finished if not is_signal(f.error))
    if run.stores and ended:
        ops = _stored(run, ended)
        ends_step = len(results) == expected and not any([f.error for f in batch.finished])
        comes_next = ends_step and not (run.asked and TaskFinished in run.request.watch)
        if comes_next and run.request.durability != "exit":
            run.bundle.extend(ops)
        elif ops:
            try:
                yield from keep(run, *ops)
            except UnstorableValue:
                if run.untold:
                    run.untold = ()
                    yield from _end_others(run, results, expected)
                raise
    if TaskFinished in run.request.watch:
        yield from _show(ended)


def _show(ended: Iterable[TaskFinished]) -> Commands:
    """Show that tasks ended."""
    for finished in ended:
        if finished.task.name != START:
            yield Emit(finished)


def _ends_in_checkpoint(run: Registers, ended: tuple[TaskFinished, ...]) -> bool:
    """Whether tasks, the last ones of the step, wrote and did nothing else, so that a checkpoint follows with them."""
    if run.asked or run.signal is not None or run.journal.held.changed:
        return False
    if run.request.durability != "exit" and (run.moved or run.stored_id != run.checkpoint_id):
        return False
    return all([f.error is None and not f.task.resume and not f.stored for f in ended])


def _stored(run: Registers, ended: tuple[TaskFinished, ...]) -> list[PutWrites]:
    """What is stored of tasks that ended."""
    here, untracked, ops = run.at(run.checkpoint_id), run.plan.untracked, []
    for finished in ended:
        if finished.stored:
            continue
        if finished.refused is not None:
            run.journal.held.forget(interrupt_id(finished.task.id, finished.refused))
        handled = finished.error is not None and handled_by(run.plan, finished) is not None
        writes, task = storable_writes(finished, handled), finished.task
        if untracked and writes:
            writes = tracked(writes, untracked)
        if writes:
            ops.append(PutWrites(here, writes, task.id, task.place, task.name))
    return ops if run.request.durability == "exit" else [*ops, *run.journal.claims()]


def _fail(run: Registers, failed: TaskFinished, results: Results, expected: int) -> Commands:
    """End the step for the sake of one task."""
    __tracebackhide__ = True
    yield from _end_others(run, results, expected)
    raise_error(failed)


def _end_others(run: Registers, results: Results, expected: int) -> Commands:
    """Let the tasks that still run end; what they finish in the meantime is kept."""
    __tracebackhide__ = True
    if len(results) < expected:
        late = _finished((yield CancelTasks()))
        ok = TasksFinished(tuple(f for f in late.finished if f.error is None))
        yield from _tell(run, ok, results, -1)


# -- after the tasks --------------------------------------------------------------------------------------------------


def _pause(run: Registers, tasks: tuple[Task, ...], results: Results) -> Ending:
    """Some tasks asked. What the others wrote is shown, but the step is not over."""
    interrupts = tuple(i for t in tasks for i in results[t.path].interrupts)
    run.reported = True
    if run.holds:
        run.journal.held.ask_again(i.id for i in interrupts)
    if run.stores:
        yield from leave(run)
    done = [(t, results[t.path].writes) for t in in_write_order(tasks) if not results[t.path].paused]
    if any(writes for _, writes in done):
        react = run.state.apply(done, advance=False)
        if run.fleeting or not run.reported:
            run.note_reported(react)
        if StepFinished in run.request.watch:
            yield Emit(run.step_finished(react))
    return (yield from _end(run, "interrupted", interrupts))


def _end(run: Registers, status: Any, interrupts: tuple[Interrupt, ...] = (), breakpoint: Any = "") -> Ending:
    values = run.values()
    if RunFinished in run.request.watch:
        yield Emit(RunFinished(status, values, interrupts, breakpoint, run.seed.partition("\0")[0]))
    if run.fleeting and not interrupts:
        values = run.last
    return Outcome(values if run.reported else None, interrupts, status == "interrupted")
