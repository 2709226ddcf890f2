"""What happens in a run, as data.

Two readers: the engine is sent the events that answer its commands; observers (streams, the live view, traces) are
shown the events that the engine emits. ``TaskFinished`` is both. All are immutable; what they hold belongs to the user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from langgraph_nb.constants import PULL
from langgraph_nb.ids import time_of
from langgraph_nb.records import record

if TYPE_CHECKING:
    from langgraph_nb.errors import NodeError
    from langgraph_nb.persistence import CheckpointMetadata, CheckpointTuple, DeltaChannelHistory, Ending
    from langgraph_nb.refusals import UnstorableValue
    from langgraph_nb.shape import Shape
    from langgraph_nb.types import CacheKey, Interrupt, TimeoutPolicy


@record
class Earlier:
    """What is known of a task that may have begun before: it is in the first step of a run that goes on."""

    surely: bool = True
    """Whether it would have; a task that code calls may be called for the first time."""
    asked: frozenset[str] = frozenset()
    """The ids of the questions that it asked last, also those of graphs inside."""


@record
class Task:
    """One node to run in one superstep."""

    name: str
    """The node."""
    path: tuple[Any, ...]
    """Its place in the step: tasks are told apart, and their writes applied, by it."""
    triggers: tuple[str, ...]
    """The channels that make it run, not only the one that did."""
    input: Any
    """What the node is called with."""
    step: int
    """The superstep it runs in."""
    seed: str = ""
    """What its id is derived from: the checkpoint it starts from and its namespace."""
    resume: tuple[Any, ...] = ()
    """Answers to its interrupts, in the order asked."""
    timeout: TimeoutPolicy | None = None
    """How long an attempt may take, where that is not the node's to say."""
    failure: NodeError | None = None
    """What it is to handle, where it runs in the place of a task that failed."""
    node: Any = field(default=None, compare=False, repr=False)
    """What it runs (``NodePlan``), where that is no node of the graph but a task that code called."""
    earlier: Earlier | None = None
    """Set where it may have begun before."""
    known_as: tuple[str, tuple[Any, ...]] | None = None
    """The name of its node, and its path, by which it is known to what is stored, where the node was renamed."""
    known_id: str = field(default="", init=False, compare=False, repr=False)
    """Its id, once somebody has asked for it."""

    @property
    def id(self) -> str:
        """A UUID that is the same whenever the same task is prepared from the same checkpoint."""
        if not self.known_id:
            if self.seed[14:15] == "6" and self.seed[8:24:5] == "----" and len(self.seed) > 36:  # a checkpoint's id
                self.known_id = _id_in(self.seed, self.stored_name, self.stored_path)  # type: ignore[misc]
                return self.known_id
            text = f"{self.seed}\0{self.step}\0{self.stored_name}\0{self.place}"
            digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
            self.known_id = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"  # type: ignore[misc]
        return self.known_id

    def going_on(self, resume: tuple[Any, ...], earlier: Earlier) -> Task:
        """The same task as one that may have begun before, with these answers."""
        task = Task(
            self.name, self.path, self.triggers, self.input, self.step, self.seed, resume, self.timeout, self.failure,
            self.node, earlier, self.known_as,
        )  # fmt: skip
        task.known_id = self.known_id  # type: ignore[misc]
        return task

    @property
    def stored_name(self) -> str:
        """The name by which it is stored."""
        return self.name if self.known_as is None else self.known_as[0]

    @property
    def stored_path(self) -> tuple[Any, ...]:
        """The path by which it is stored."""
        return self.path if self.known_as is None else self.known_as[1]

    @property
    def place(self) -> str:
        """The path as a text that sorts as paths do."""
        path = self.stored_path
        if path and path[0] == PULL:
            return f"{PULL}, {path[1]}"
        return ", ".join([_part_of_place(part) for part in path])


def _id_in(seed: str, name: str, path: tuple[Any, ...]) -> str:
    """A task's id: the time that is in the checkpoint's, and a digest of all else, which is mostly known.

    No other checkpoint of the process that made it has the same time, and the process is in the digest.
    """
    key = seed[24:], name, path
    if (digest := _digests.get(key)) is None:
        if len(_digests) >= _MOST_DIGESTS:
            _digests.clear()
        text = "\0".join((seed[24:], name, repr(path)))
        number = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        digest = _digests[key] = f"{0x8000 | number >> 48 & 0x3FFF:04x}-{number & 0xFFFFFFFFFFFF:012x}"
    return f"{seed[:19]}{digest}"


_MOST_DIGESTS = 8192
_digests: dict[tuple[str, str, tuple[Any, ...]], str] = {}


def _part_of_place(part: Any) -> str:
    if type(part) is tuple:  # of a task that code called: the path of its caller
        return f"~{', '.join([_part_of_place(inner) for inner in part])}"
    return f"{part:010}" if type(part) is int else str(part)


# -- answers to commands, sent to the engine --------------------------------------------------------------------------


@record
class Loaded:
    """The stored checkpoint, or none."""

    saved: CheckpointTuple | None


@record
class Listed:
    """Stored checkpoints, the latest first."""

    saved: tuple[CheckpointTuple, ...]


@record
class ShapeLoaded:
    """The shape of a graph; none, if the saver does not know it."""

    shape: Shape | None


@record
class ClaimFound:
    """The last claim to a thread."""

    token: str = ""
    """Whose it was; empty if there was none, or the saver knows no claims."""
    ended: Ending = ""
    """How that run ended."""
    stands: bool = False
    """Whether it is under way."""


@record
class DeltasLoaded:
    """What was written to delta channels."""

    histories: Mapping[str, DeltaChannelHistory]


@record
class Stamped:
    """A fresh checkpoint id, which sorts by time."""

    id: str
    at: str | None = None
    """The time, ISO 8601 in UTC; ``None`` if the id says it."""

    @property
    def ts(self) -> str:
        """The time, ISO 8601 in UTC."""
        return self.at or time_of(self.id)


@record
class TasksFinished:
    """At least one task that finished since the last look."""

    finished: tuple[TaskFinished, ...]
    drainable: bool = False
    """Whether there is something now by which the run may be asked to stop."""
    stamped: Stamped | None = None
    """For the checkpoint that follows, if that was asked for."""


@record
class Refused:
    """Nothing of what was to be saved is, as a value in it cannot be stored."""

    error: UnstorableValue


@record
class AskedWhole:
    """Nothing of what was to be saved is, as the parent of a superstep is gone. It is to be told whole."""


@record
class LookedUp:
    """What a cache knows of tasks."""

    keys: tuple[CacheKey | None, ...]
    """Where the result of each belongs; ``None`` where it is not cached."""
    found: tuple[TaskFinished, ...]


@record
class Drain:
    """Why the run is to stop here; ``None`` to go on."""

    reason: str | None


# -- what observers are shown -----------------------------------------------------------------------------------------


@record
class StepStarted:
    """Tasks begin to run."""

    step: int
    tasks: tuple[Task, ...]
    """All tasks of the step, also those whose results are already known."""


@record
class TaskFinished:
    """A task came to an end: with writes, with a failure, or with a question."""

    task: Task
    writes: tuple[tuple[str, Any], ...] = ()
    """(channel, value) in the order written. Empty after a failure or a question."""
    error: BaseException | None = None
    interrupts: tuple[Interrupt, ...] = ()
    breakpoint: bool = False
    """Whether a graph inside stopped without a question, so that the task is not over."""
    cached: bool = False
    """Whether the result was known before: from a cache, or from an earlier attempt at this step."""
    stored: bool = False
    """Whether the task has stored its result itself, together with an effect."""
    refused: int | None = None
    """Which answer did not fit its question, where that made the task fail."""

    @property
    def paused(self) -> bool:
        """Whether it is not over, and did not fail."""
        return bool(self.interrupts) or self.breakpoint


@record
class TaskCalled:
    """Code of a task called another one, which begins now."""

    task: Task
    known: bool = False
    """Whether it does not begin, as its result is known from an earlier attempt; nothing is told of its end then."""


@record
class StepFinished:
    """The writes of a step were applied. The first of a run reports the state it starts from."""

    step: int
    values: Any
    """The output channels' values: a dict, or the value itself for a graph of one root channel."""
    updated: frozenset[str]
    """The channels that were written."""


@record
class CheckpointMade:
    """The state between two steps has an id: a checkpoint was made, or the run goes on from one that it found."""

    step: int
    """The superstep that it comes after."""
    config: dict[str, Any]
    """Addresses it."""
    parent_config: dict[str, Any] | None
    metadata: CheckpointMetadata
    values: Any
    """All of the state that is shown, whatever the run was asked to report."""
    tasks: tuple[CheckpointTask, ...]
    """The tasks of the step that follows."""
    found: bool = False
    """Whether it was there before the run."""


@record
class CheckpointTask:
    """A task that follows on a checkpoint, and what is known of it."""

    task: Task
    finished: bool = False
    writes: tuple[tuple[str, Any], ...] = ()
    error: Any = None
    interrupts: tuple[Interrupt, ...] = ()


@record
class CustomData:
    """A node wrote to its stream writer."""

    task: Task
    data: Any


@record
class MessageChunk:
    """A model inside a node produced a token or a message, or a node returned a message."""

    task: Task
    message: Any
    """A langchain-core message or message chunk."""
    metadata: dict[str, Any]


@record
class ToolProgress:
    """A tool inside a node began, put something out, or ended."""

    task: Task
    data: dict[str, Any]
    """What happened, as the ``tools`` stream shows it."""


@record
class RunFinished:
    """The last event of a run that ended without an error."""

    status: Literal["finished", "interrupted"]
    values: Any
    interrupts: tuple[Interrupt, ...] = field(default=())
    breakpoint: Literal["", "before", "after"] = ""
    """The side of a node at which a static breakpoint stopped it."""
    checkpoint_id: str = ""
    """Where it goes on from."""


@record
class RunResumed:
    """A run goes on from a checkpoint, instead of beginning with new input."""

    checkpoint_id: str


Answer = (
    Loaded | Listed | ShapeLoaded | DeltasLoaded | ClaimFound | Stamped | TasksFinished | LookedUp | Drain | Refused
    | AskedWhole | None
)
"""What the engine is sent."""
Event = (
    StepStarted | TaskCalled | TaskFinished | StepFinished | CheckpointMade | CustomData | MessageChunk | ToolProgress
    | RunFinished | RunResumed
)
"""What observers are shown."""
