"""How a run begins: with new input, or from a checkpoint with answers, updates, or nothing new."""

from __future__ import annotations

from typing import Any, NoReturn

from langgraph_nb.constants import BRANCH_TO, INPUT, PULL, RESUME, START, TASKS
from langgraph_nb.errors import EmptyInputError, InvalidUpdateError, did_you_mean
from langgraph_nb.graph.schema import update_items
from langgraph_nb.persistence import CheckpointTuple, PutWrites
from langgraph_nb.pregel.changed import nodes_of_lost_joins, refuse_lost_keys, refuse_lost_tasks, shape_then
from langgraph_nb.pregel.commands import Emit, LoadCheckpoint, Rewind
from langgraph_nb.pregel.cut_off import apply_finished, unfinished
from langgraph_nb.pregel.deltas import DeltaCount, load
from langgraph_nb.pregel.events import Loaded, RunResumed, StepFinished, Task, TaskFinished
from langgraph_nb.pregel.failures import name_task, with_handlers
from langgraph_nb.pregel.held import FOR_ANYONE, HeldAnswers, held_answers
from langgraph_nb.pregel.migrated import moves_of
from langgraph_nb.pregel.next_tasks import next_tasks
from langgraph_nb.pregel.pending import NULL_TASK_ID, Given, TaskRecord, give_answers, is_answer_map, read_pending
from langgraph_nb.pregel.plan import Keys, Plan, Write
from langgraph_nb.pregel.registers import Commands, Registers, checkpoint, keep
from langgraph_nb.pregel.request import Inside
from langgraph_nb.pregel.state import ChannelState
from langgraph_nb.types import Command, Send

_EMPTY_COMMAND = "Received empty Command input. Give it resume=, update= or goto=."


def begin(run: Registers) -> Commands:
    """Load what there is and bring the channels to where the first superstep starts."""
    __tracebackhide__ = True
    saved = None
    if run.request.address is not None:
        before = run.request.inside.before if run.request.inside is not None else None
        run.claims = run.request.claims
        saved = yield from load(run.plan, {"configurable": run.request.address}, before, run.claims)
    then = None if saved is None else (yield from shape_then(run.plan, saved))
    if saved is not None and then is not None:
        refuse_lost_keys(run.plan, saved, then)
    restore(run, saved)
    given, inside = run.request.input, run.request.inside
    if inside is not None and not isinstance(given, Command):
        run.holds = False
        if saved is not None:
            given = _given_inside(run, inside, saved)
        elif not run.stores:
            _offer_what_is_gone(run)
    if saved is not None and (given is None or isinstance(given, Command)):
        if then is not None:
            refuse_lost_tasks(run.plan, saved, then)
        yield from _go_on(run, given)
    elif given is None:
        raise EmptyInputError(
            f"Received no input for {shown_keys(run.plan.input_keys)}. "
            "Give the run an input; None only goes on with a thread that has begun."
        )
    else:
        if isinstance(given, Command) and given.resume is None and not (given.update or given.goto):
            raise EmptyInputError(_EMPTY_COMMAND)
        if saved is not None and "checkpoint_id" not in (run.request.address or {}):
            yield from _finish_step(run, saved)
        yield from _begin_anew(run, given)


def _given_inside(run: Registers, inside: Inside, saved: CheckpointTuple) -> Any:
    """What a graph inside of a task begins with: its input, or the answers for it when it goes on."""
    if not _goes_on(run, inside, saved):
        return run.request.input
    left, bare = inside.held.left(), inside.held.bare
    here = bare in inside.asked and next_tasks(run.state, None, run.step, run.seed)
    if bare is not None and bare in left and not here:
        del left[bare]
    return Command(resume=left) if left else None


def _offer_what_is_gone(run: Registers) -> None:
    """Give the answer to a question that was asked here, and that is not known any more, to what is asked instead."""
    inside, bare = run.request.inside, run.journal.held.bare
    if inside is not None and bare is not None and bare in inside.asked and bare in inside.held.left():
        run.journal.offer(bare)


def _goes_on(run: Registers, inside: Inside, saved: CheckpointTuple) -> bool:
    """Whether a graph inside of a task has begun before for the same task, or was left unfinished."""
    if "checkpoint_id" in (run.request.address or {}):
        return True
    if inside.rewound:
        return False
    if not inside.remembers:
        return True
    same_task = inside.surely and saved.metadata.get("parents") == run.parents
    return inside.again and (same_task or bool(next_tasks(run.state, None, run.step, run.seed)))


def restore(run: Registers, saved: CheckpointTuple | None) -> None:
    """Set the registers to a stored checkpoint."""
    run.state = ChannelState(run.plan, saved.checkpoint if saved else None, run.request.next_version, run.stores)
    if run.plan.deltas and run.stores:
        run.deltas = DeltaCount(run.plan, saved.metadata if saved else {})
    if saved is not None:
        run.step = saved.metadata.get("step", -2) + 1
        run.source = saved.metadata.get("source", "loop")
        run.checkpoint_id = run.stored_id = saved.checkpoint["id"]
        run.parent_id = _parent_id(saved)
        run.records = read_pending(saved.pending_writes)
        for node in nodes_of_lost_joins(run.plan, saved.checkpoint):
            run.records.setdefault(NULL_TASK_ID, TaskRecord()).writes.append((BRANCH_TO + node, START))
        run.lineage = saved.metadata, run.parent_id, True
        run.reseed()
        if (moves := moves_of(run.plan, saved)) is not None:
            run.moved = True
            run.state.note_migrated(moves.rewritten(saved.checkpoint["channel_values"]), moves.former_nodes)
    run.stop = run.state.stop = run.step + run.request.recursion_limit + 1


def _parent_id(saved: CheckpointTuple) -> str | None:
    parent = (saved.parent_config or {}).get("configurable", {})
    return parent.get("checkpoint_id")


def _begin_anew(run: Registers, given: Any) -> Commands:
    """New input starts over at the virtual start; what was unfinished is dropped, the state stays."""
    __tracebackhide__ = True
    if run.plan.inline_start and not (run.stores or run.drainable):
        yield from _start_at_once(run, given)
        return
    dropped = run.checkpoint_id is not None and drop_unfinished(run)
    writes = [(Task(INPUT, (INPUT,), (), None, run.step), input_writes(run.plan, given))]
    run.react = run.state.apply(writes, advance=dropped)
    if run.stores:
        yield from checkpoint(run, "input", now=not run.plan.inline_start)
    run.records = {}
    run.step += 1


def _finish_step(run: Registers, saved: CheckpointTuple) -> Commands:
    """Apply a step that was cut off when all of its tasks had finished: their results are stored, and count."""
    if not any([record.finished for record in run.records.values()]):
        return
    apply_null_writes(run)
    tasks = with_handlers(run.plan, next_tasks(run.state, None, run.step, run.seed), run.records)
    try:
        over = bool(tasks) and not unfinished(tasks, run.records)
        run.react = apply_finished(run.state, tasks, run.records, over) if over else None
    except Exception:  # it was raised when the step ended; the new input is not to blame
        over = False
    if not over:
        restore(run, saved)
        return
    yield from checkpoint(run, "loop")
    run.step += 1
    run.records = {}


def shown_keys(keys: Keys) -> str | list[str]:
    """Channels as LangGraph's messages name them."""
    return keys if isinstance(keys, str) else list(keys)


def input_writes(plan: Plan, given: Any) -> list[Write]:
    """What new input writes.

    Raises:
        TypeError: When it is no dict and there are several channels to write.
        EmptyInputError: When it has nothing for any of them.
    """
    keys = plan.input_keys
    if isinstance(keys, str):
        return [(keys, given)]
    if not isinstance(given, dict):
        raise TypeError(f"Expected chunk to be a dict, got {type(given).__name__}. Its keys are {', '.join(keys)}.")
    writes = [(key, value) for key, value in given.items() if key in keys]
    if not writes:
        raise EmptyInputError(f"Received no input for {shown_keys(keys)}. {did_you_mean('/'.join(given), keys)}")
    return writes


def _start_at_once(run: Registers, given: Any) -> Commands:
    """Where nobody looks back, the input and the virtual start are one step."""
    __tracebackhide__ = True
    run.step += 1
    task = Task(START, (PULL, START), (START,), given, run.step, run.seed)
    finished = run_start(run, task)
    if finished.error is not None:
        raise_error(finished)
    run.react = run.state.apply(((task, finished.writes),))
    run.note_reported(run.react)
    if StepFinished in run.request.watch:
        yield Emit(run.step_finished(run.react))
    run.step += 1


def run_start(run: Registers, task: Task) -> TaskFinished:
    """The virtual start calls no code: it takes the input apart."""
    try:
        return TaskFinished(task, tuple(run.plan.nodes[START].write(task.input)))
    except Exception as error:  # reported like the failure of any other task
        return TaskFinished(task, error=error)


def raise_error(failed: TaskFinished) -> NoReturn:
    """Raise what a task raised, saying which task it was."""
    __tracebackhide__ = True
    error = failed.error
    assert error is not None
    name_task(error, failed.task)
    raise error


def drop_unfinished(run: Registers) -> bool:
    """Let no task run that has not. Returns whether there were any."""
    apply_null_writes(run)
    unfinished = next_tasks(run.state, None, run.step, run.seed)
    if changed := run.state.consume(unfinished):
        run.state.note_changed(changed)
    return bool(unfinished)


def apply_null_writes(run: Registers) -> bool:
    """Apply the updates and destinations that came with a ``Command``, if there are any."""
    record = run.records.get(NULL_TASK_ID)
    if record is None or not record.writes:
        return False
    run.state.apply([(Task(INPUT, (INPUT,), (), None, run.step), record.writes)], advance=False)
    return True


def _go_on(run: Registers, command: Command[Any] | None) -> Commands:
    """Go on from the checkpoint; from one that was named, on a branch of its own, unless it began one."""
    asked = with_handlers(run.plan, next_tasks(run.state, None, run.step, run.seed), run.records)
    records, branched, bound = run.records, False, run.checkpoint_id
    if "checkpoint_id" in (run.request.address or {}):
        loaded = yield LoadCheckpoint(run.thread())
        assert isinstance(loaded, Loaded)
        left = loaded.saved is not None and loaded.saved.checkpoint["id"] != run.checkpoint_id
        if left or (command is None and run.source not in ("update", "fork")):
            run.records, branched = {}, True
            yield from checkpoint(run, "fork")
            run.step += 1
        elif command is None:
            yield from _forget_answers(run)
        if run.request.inside is None and (branched or command is None):
            yield Rewind(str(run.parent_id if run.source in ("update", "fork") and run.parent_id else bound))
    run.prepared = next_tasks(run.state, None, run.step, run.seed) if branched else asked
    if run.holds:
        run.journal.hold(held_answers(run.records, run.thread(run.checkpoint_id)))
    if command is not None:
        given = _given(run, command, asked, records, branched)
        by_path = {t.path: given.own.pop(t.id) for t in asked if t.id in given.own}
        yield from _obey(run, command, by_path, given.own)
        if not run.holds:
            run.journal.held.settle(given.taken)
    if run.holds and FOR_ANYONE in run.journal.held.answers:
        run.journal.offer(FOR_ANYONE)
    if apply_null_writes(run):
        run.prepared = None
    run.resuming = True
    run.note_reported(run.plan.key_set)
    if RunResumed in run.request.watch:
        yield Emit(RunResumed(str(run.checkpoint_id)))
    if StepFinished in run.request.watch:
        yield Emit(StepFinished(run.step - 1, run.values(), run.plan.key_set))


def _given(
    run: Registers, command: Command[Any], asked: tuple[Task, ...], records: dict[str, TaskRecord], branched: bool
) -> Given:
    """Whom the answers of a command are for. What is not for a task of this graph is held."""
    resume, held = command.resume, run.journal.held
    if resume is None:
        return Given()
    given = give_answers(asked, records, resume, branched, run.request.strict and not branched, held.answers)
    if not run.holds:
        for key in given.taken:
            run.journal.take(key, loosely=True)
        if not any(held.bare in record.question_ids for record in records.values()):
            _offer_what_is_gone(run)
        return given
    if branched:
        _hold_for_the_same_words(held, given, {task.id for task in asked}, records)
    if is_answer_map(resume):
        for key in resume.keys() - set(given.taken):
            held.hold(key, resume[key])
    elif given.inside is not None:
        held.hold(given.inside, resume, bare=True)
    elif given.unclaimed:
        left = tuple(held.left())
        held.hold(left[0] if len(left) == 1 else FOR_ANYONE, resume, bare=True)
    return given


def _hold_for_the_same_words(
    held: HeldAnswers, given: Given, task_ids: set[str], records: dict[str, TaskRecord]
) -> None:
    """On another branch, called tasks and graphs inside ask anew: they are answered when they ask the same."""
    for task_id, record in records.items():
        held.questions.update({question.id: question.value for place, question in record.asked(task_id) if place < 0})
        if task_id in given.own and task_id not in task_ids:
            (answer,) = given.own.pop(task_id)[-1:]
            for question in record.interrupts:
                if question.id in given.taken:
                    held.questions[question.id] = question.value
                    held.hold(question.id, answer)


def _forget_answers(run: Registers) -> Commands:
    """Going back in time asks again, and runs again what has run."""
    here = run.thread(run.checkpoint_id)
    answered = [task_id for task_id, record in run.records.items() if record.answers]
    run.records = {task_id: record for task_id, record in run.records.items() if task_id == NULL_TASK_ID}
    for record in run.records.values():
        record.answers = []
    if answered:
        yield from keep(run, *(PutWrites(here, ((RESUME, []),), task_id) for task_id in answered))


def _obey(
    run: Registers, command: Command[Any], by_path: dict[tuple[Any, ...], list[Any]], by_id: dict[str, list[Any]]
) -> Commands:
    """Keep what a command says as pending writes: answers of the tasks that asked, the rest of no task.

    The tasks of the step may have other ids by now than when they asked, but they have the same paths. By id go the
    answers of tasks that they had called.
    """
    writes = _command_writes(run.plan, command)
    if not writes and command.resume is None:
        raise EmptyInputError(_EMPTY_COMMAND)
    here, ops = run.thread(run.checkpoint_id), []
    if writes:
        null = run.records.setdefault(NULL_TASK_ID, TaskRecord())
        null.writes = [*null.writes, *writes]
        ops.append(PutWrites(here, tuple(null.writes), NULL_TASK_ID))
    for task in run.prepared or ():
        if task.path in by_path:
            given = by_path[task.path]
            run.records.setdefault(task.id, TaskRecord()).answers = given
            ops.append(PutWrites(here, ((RESUME, given),), task.id, task.place))
    for task_id, given in by_id.items():
        run.records[task_id].answers = given
        ops.append(PutWrites(here, ((RESUME, given),), task_id))
    if run.holds or run.request.durability != "exit":
        ops.extend(run.journal.claims())
    if ops:
        yield from keep(run, *ops)


def _command_writes(plan: Plan, command: Command[Any]) -> list[Write]:
    """The updates and destinations of a command that is given as input."""
    writes = _update_writes(plan, command.update)
    goto = command.goto
    for target in [goto] if isinstance(goto, (str, Send)) else goto:
        name = target.node if isinstance(target, Send) else target
        if name not in plan.nodes:
            hint = did_you_mean(str(name), plan.nodes)
            raise InvalidUpdateError(f"The input Command goes to {name!r}, which is no node of this graph. {hint}")
        writes.append((TASKS, target) if isinstance(target, Send) else (BRANCH_TO + name, START))
    return writes


def _update_writes(plan: Plan, update: Any) -> list[Write]:
    if update is None:
        return []
    if isinstance(update, (list, tuple)):
        return [(key, value) for key, value in update if key in plan.key_set]
    items = update_items(update, dict.fromkeys(plan.state_keys))
    if items is None:
        raise InvalidUpdateError(f"Expected dict, got {update}. A Command updates the state with a dict.")
    return items
