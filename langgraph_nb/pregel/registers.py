"""The registers of one run, and how a run is kept: checkpoints and what is stored with them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Literal

from langgraph_nb.errors import GraphBubbleUp, ThreadConflictError, ThreadLostError
from langgraph_nb.persistence import CheckpointMetadata, Ending, PutCheckpoint, PutStep, StorageOp, written_by_tasks
from langgraph_nb.pregel.between import Between, between, put_checkpoint, put_step, snapshot, whole_deltas
from langgraph_nb.pregel.called import Journal
from langgraph_nb.pregel.commands import EngineCommand, Flush, Save, Stamp
from langgraph_nb.pregel.deltas import DeltaCount
from langgraph_nb.pregel.events import Answer, AskedWhole, CheckpointMade, Stamped, StepFinished, Task, TaskFinished
from langgraph_nb.pregel.pending import TaskRecord
from langgraph_nb.pregel.plan import Plan, listed
from langgraph_nb.pregel.refused import Done, refuse
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.state import AS_EVER, ChannelState, read_values

Commands = Generator[EngineCommand, Answer, None]
"""A part of a run that yields commands."""
Source = Literal["input", "loop", "update", "fork"]
"""How a checkpoint came about."""


class Registers:
    """What a run remembers between commands."""

    __slots__ = (
        "plan", "request", "stores", "state", "step", "stop", "seed", "source", "checkpoint_id", "stored_id",
        "parent_id", "records", "react", "prepared", "address", "here", "asked", "signal", "resuming", "holds",
        "parents", "untold", "bundle", "unsaved", "saving", "lineage", "reported", "journal", "drainable", "deltas",
        "fleeting", "last", "writers", "moved", "by_step", "ended", "stamped",
        "claims", "ending", "due",
    )  # fmt: skip

    state: ChannelState
    signal: BaseException | None
    """What a task of the step sent up, to be raised once the others are done."""
    ended: tuple[TaskFinished, ...] | None
    """Tasks of the step whose writes are to be stored with the checkpoint that follows, as a superstep."""
    stamped: Stamped | None
    """A stamp for the checkpoint that follows, if there is one already."""
    last: Any
    """What was there when the run last had something to report, where that is fleeting."""
    claims: bool
    """Whether it has claimed its thread, and not given it free."""
    ending: Ending
    """How it ends with what is saved next, if nothing comes after that."""
    writers: dict[str, tuple[str, ...]] | None
    """Channel -> the nodes that wrote to it last, where their writes are not stored; for messages."""
    reported: bool
    """Whether anything was written that the run reports."""
    asked: bool
    """Whether a task of the step asked a question."""
    resuming: bool
    """Whether the next step is the first one after a pause."""
    saving: bool
    """Whether a command that stores is under way; when it fails there is no use in storing more."""
    moved: bool
    """Whether the state was stored by an older graph, and is not as it is stored."""

    def __init__(self, plan: Plan, request: Request) -> None:
        self.plan, self.request = plan, request
        self.stores = request.address is not None
        """Whether there is a saver."""
        self.address = _of_thread(request.address or {})
        """Of the thread: what its checkpoints' addresses share."""
        self.step = -1
        """The superstep that runs next."""
        self.stop = request.recursion_limit
        """The last superstep that may run."""
        self.seed = request.seed
        """What the next step's task ids are derived from."""
        self.source = ""
        """How the checkpoint that the run started from came about."""
        self.checkpoint_id: str | None = None
        """The checkpoint that the next step starts from."""
        self.stored_id: str | None = None
        """The last checkpoint handed to the saver: the parent of the next one."""
        self.lineage: tuple[CheckpointMetadata, str | None, bool] | None = None
        """Of the checkpoint at hand: metadata, parent, and whether it was found. Kept when somebody watches for it."""
        self.parent_id: str | None = None
        """The parent of the checkpoint that the run started from."""
        self.records: dict[str, TaskRecord] = {}
        """What is pending on the checkpoint that the run started from, by task id."""
        self.react: frozenset[str] | None = None
        """The channels that were just written; ``None`` when the versions have to tell."""
        self.prepared: tuple[Task, ...] | None = None
        """The next step's tasks, where they are known already."""
        self.here: tuple[str | None, Any] | None = None
        """The checkpoint at hand, and the config that addresses it."""
        self.signal = None
        self.drainable = request.drainable
        """Whether to ask, before each step, if the run is to stop."""
        self.holds = True
        """Whether the answers for graphs inside are stored with this graph."""
        self.parents = request.parents
        """Namespace -> checkpoint id, of the graphs around this one; stored with each checkpoint."""
        self.untold: tuple[TaskFinished, ...] = ()
        """Tasks that ended, and that nothing was told of yet."""
        self.bundle: list[StorageOp] = []
        """What goes into the next transaction."""
        self.due: Between | None = None
        """Under ``durability="exit"``: the checkpoint to store if the run ended now."""
        self.unsaved: list[StorageOp] = []
        """And what would be pending on it."""
        self.fleeting = bool(plan.forgetful) and not plan.forgetful.isdisjoint(listed(request.output_keys))
        """Whether some of what the run reports lasts for a superstep only, and has to be noted when it is there."""
        self.last, self.moved, self.claims, self.ending = None, False, False, ""
        self.reported = self.asked = self.resuming = self.saving = False
        self.deltas: DeltaCount | None = None
        """When the values of delta channels were stored whole; of a graph that has some."""
        exits = self.stores and request.durability == "exit"
        self.by_step = (exits or (request.by_step and not plan.deltas)) and not plan.untracked
        """Whether a superstep is stored as such, or, until the run exits, not at all."""
        self.ended = self.stamped = None
        self.writers = {} if exits else None
        self.journal = Journal(request.inside)
        """What is known of tasks that code calls."""

    def values(self) -> Any:
        """The output channels' values."""
        return read_values(self.state.values, self.request.output_keys, self.plan)

    def note_reported(self, react: frozenset[str]) -> None:
        """Take note of whether a step wrote what the run reports."""
        if not react.isdisjoint(listed(self.request.output_keys)):
            self.reported = True
            if self.fleeting:
                self.last = self.values()

    def note_writers(self, done: Done) -> None:
        """Take note of who wrote what, in the order of the writes."""
        last: dict[str, tuple[str, ...]] = {}
        for task, writes in done:
            for channel in {channel for channel, _ in writes}:
                last[channel] = (*last.get(channel, ()), task.name) if len(done) > 1 else (task.name,)
        self.writers = self.writers or {}
        self.writers.update(last)

    def step_finished(self, react: frozenset[str]) -> StepFinished:
        """The event that reports the state as it is."""
        return StepFinished(self.step, self.values(), react)

    def thread(self, checkpoint_id: str | None = None) -> Any:
        """The config of the thread, or of one of its checkpoints."""
        if checkpoint_id is None:
            return {"configurable": {**self.address}}
        return {"configurable": {**self.address, "checkpoint_id": checkpoint_id}}

    def at(self, checkpoint_id: str | None) -> Any:
        """The same, made once for as long as the checkpoint is the one at hand."""
        if self.here is None or self.here[0] != checkpoint_id:
            self.here = checkpoint_id, self.thread(checkpoint_id)
        return self.here[1]

    def reseed(self) -> None:
        """Derive the next tasks' ids from the checkpoint that they start from."""
        self.seed = f"{self.checkpoint_id}\0{self.address['checkpoint_ns']}"
        self.state.former = AS_EVER


def _of_thread(address: dict[str, Any]) -> dict[str, Any]:
    """The address without the checkpoint that it names."""
    address = {"checkpoint_ns": "", **address}
    address.pop("checkpoint_id", None)
    return address


def keep(run: Registers, *ops: StorageOp) -> Commands:
    """Store now what must survive a crash from here on."""
    if run.request.durability == "exit":
        run.unsaved.extend(ops)
        return
    run.bundle.extend(ops)
    answer = yield begin_save(run)
    yield from end_save(run, answer)


def begin_save(run: Registers) -> Save:
    """The command that stores what has gathered."""
    run.saving = True
    return Save(tuple(run.bundle), run.request.durability == "sync", run.ending)


def end_save(run: Registers, answer: Answer, done: Done = ()) -> Commands | tuple[()]:
    """Take note that it was stored, or do what has to be done to have it stored.

    Args:
        run: The run.
        answer: What came of it.
        done: The superstep that led to the checkpoint that was stored, if one was.
    """
    if isinstance(answer, AskedWhole):
        return _save_whole(run, done)
    run.saving = False
    bundle, run.bundle = run.bundle, []
    if run.ending and answer is None:
        run.claims = False
    return refuse(bundle, answer, run.request.durability == "sync", done) if answer is not None else ()


def _save_whole(run: Registers, done: Done) -> Commands:
    """Somebody deleted what the superstep was added to: store all that there is."""
    run.bundle, bundle = [], run.bundle
    for op in bundle:
        if isinstance(op, PutStep):
            whole = snapshot(run, between(run, Stamped(op.id, op.ts), op.metadata, {}))
            put = PutCheckpoint(op.config, whole, op.metadata, op.new_versions, graph=op.graph)
            run.bundle += [*op.put_writes(), put]
        else:
            run.bundle.append(op)
    answer = yield begin_save(run)
    yield from end_save(run, answer, done)


def checkpoint(run: Registers, source: Source, now: bool = True) -> Commands:
    """Make a checkpoint of the channels, to be stored at once or with the next one."""
    stamped = yield Stamp(run.step)
    assert isinstance(stamped, Stamped)
    if make_checkpoint(run, source, stamped) and now:
        answer = yield begin_save(run)
        yield from end_save(run, answer)


def make_checkpoint(run: Registers, source: Source, stamped: Stamped) -> bool:
    """Make a checkpoint of the channels, and have it stored with what has gathered. Returns whether it is to be now."""
    whole = {} if run.deltas is None else whole_deltas(run, run.deltas, source)
    origin: CheckpointMetadata = {"source": source, "step": run.step, "parents": run.parents}
    state, exits = run.state, run.request.durability == "exit"
    if exits:
        run.due, run.unsaved, run.journal.unsaved = between(run, stamped, origin, whole), [], []
    elif run.ended is not None:
        run.bundle.append(put_step(run, run.ended, stamped, origin))
    else:
        run.bundle.append(put_checkpoint(run, between(run, stamped, origin, whole)))
    run.moved, run.ended = False, None
    if CheckpointMade in run.request.watch:
        run.lineage = origin, run.stored_id, False
    run.checkpoint_id = stamped.id
    run.reseed()
    if not exits:
        run.stored_id = stamped.id
        state.changed, state.ran = set(), set()
    return not exits


def leave(run: Registers, error: BaseException | None = None, more: Sequence[StorageOp] = ()) -> Commands:
    """Store what is left when a run ends, however it ends.

    Args:
        run: The run.
        error: What ended it, if anything did. When that is why storing failed, there is no use in storing more; Ctrl-C
            in the midst of storing is no such reason, and to store something twice does no harm.
        more: What else to store: of tasks that had just ended when Ctrl-C came.
    """
    if run.saving and isinstance(error, Exception):
        yield from give_free(run, error)
        return
    try:
        yield from _store_rest(run, error, more)
    except GeneratorExit:
        raise
    except ThreadLostError:
        if error is None or isinstance(error, Exception):
            raise  # otherwise Ctrl-C may have come right after the run had stored its end
    except BaseException as failed:
        yield from give_free(run, failed)
        raise


def give_free(run: Registers, error: BaseException) -> Commands:
    """Let others have the thread after something went wrong."""
    if not run.claims or isinstance(error, ThreadConflictError):
        return
    run.claims = False
    try:
        yield Save((), run.request.durability == "sync", _ended_by(error))
    except Exception as also:
        error.add_note(f"That the run has ended could not be stored either: {also!r}. Others may find its thread busy.")


def _ended_by(error: BaseException | None) -> Ending:
    if error is None:
        return "finished"
    return "failed" if isinstance(error, Exception) and not isinstance(error, GraphBubbleUp) else "interrupted"


def _store_rest(run: Registers, error: BaseException | None, more: Sequence[StorageOp]) -> Commands:
    claims = run.journal.held.ops() if run.holds else ()
    ended = written_by_tasks(run.at(run.checkpoint_id), run.ended or ())
    due = () if run.due is None else (put_checkpoint(run, run.due),)
    ops = (*run.bundle, *ended, *more, *due, *run.unsaved, *run.journal.unsaved, *claims)
    run.bundle, run.ended, run.due, run.unsaved, run.journal.unsaved = [], None, None, [], []
    run.saving = True
    try:
        if ops or run.claims:
            ends = _ended_by(error) if run.claims else ""
            answer = yield Save(ops, run.request.durability == "sync", ends)
            if answer is not None:
                yield from refuse(ops, answer, run.request.durability == "sync")
            run.claims = False
        if run.request.durability != "sync":
            yield Flush()
    except BaseException:  # also Ctrl-C
        if run.request.durability == "exit":  # the graph around must not store that the answers were of use
            run.journal.held.give_back(run.journal.taken)
        raise
    run.saving = False
