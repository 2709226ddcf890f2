"""What the engine asks of a driver. Each command names the event that answers it; all are immutable data."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from langgraph_nb.records import record

if TYPE_CHECKING:
    from langgraph_nb.graph.callables import CallSpec
    from langgraph_nb.persistence import Ending, StorageOp
    from langgraph_nb.pregel.events import Event, Task
    from langgraph_nb.types import CacheKey


@record
class LoadCheckpoint:
    """Read a checkpoint: the one that ``config`` names, or the thread's latest. Answer: ``Loaded``."""

    config: dict[str, Any]
    before: str | None = None
    """The latest before this one."""
    claims: bool = False
    """Whether to claim the thread for the run first."""


@record
class ListCheckpoints:
    """Read all checkpoints of a thread, or of one of its namespaces. Answer: ``Listed``."""

    config: dict[str, Any]


@record
class LoadShape:
    """Read the shape of the graph that has this fingerprint. Answer: ``ShapeLoaded``."""

    fingerprint: str


@record
class LookForClaim:
    """Look who has claimed the thread last. Answer: ``ClaimFound``."""


@record
class LoadDeltas:
    """Read what the values of delta channels at a checkpoint are made from. Answer: ``DeltasLoaded``."""

    config: dict[str, Any]
    channels: tuple[str, ...]


@record
class Rewind:
    """Have graphs inside of tasks begin on what they were before this checkpoint. Answer: ``None``."""

    before: str


@record
class Stamp:
    """Make a checkpoint id and read the clock. Answer: ``Stamped``."""

    step: int


@record
class RunTasks:
    """Start these tasks. Answer: ``TasksFinished`` with the first of them that end."""

    tasks: tuple[Task, ...]
    state: Any = field(compare=False, repr=False)
    """The step's read-only view of the channels (``pregel.state.ChannelState``), for routers and ``config``."""
    journal: Any = field(compare=False, repr=False)
    """What is known of the tasks that these call (``pregel.called.Journal``)."""
    stamp: bool = False
    """Whether to answer with a stamp too, if the one task that there is has ended: for the checkpoint that follows."""


@record
class WaitTasks:
    """Wait for running tasks. Answer: ``TasksFinished``."""


@record
class CancelTasks:
    """Cancel what can be, wait for the rest. Answer: ``TasksFinished`` with what finished all the same."""


@record
class AskDrain:
    """Ask whether the run is to stop before its next step. Answer: ``Drain``."""


@record
class LookUp:
    """Look for the results of these tasks in the cache. Answer: ``LookedUp``."""

    tasks: tuple[Task, ...]


@record
class Remember:
    """Keep results in the cache, each at its key. Answer: ``None``."""

    results: tuple[tuple[CacheKey, tuple[tuple[str, Any], ...]], ...]


@record
class Save:
    """Store these in one transaction, after all that was saved before. Answer: ``None``, at once or when durable.

    ``Refused``, at once, if a value in it cannot be stored; ``AskedWhole`` if a superstep cannot be stored as such.
    """

    ops: tuple[StorageOp, ...]
    wait: bool
    """Whether the answer means that it is durable."""
    ends: Ending = ""
    """How the run ends with it, which gives its thread free."""


@record
class Flush:
    """Wait until all that was saved is durable. Answer: ``None``."""


@record
class Emit:
    """Show an event to the observers. Answer: ``None``."""

    event: Event


@record
class Notify:
    """Call this, which tells an observer and may have to be awaited. Answer: what it returns."""

    call: CallSpec
    value: Any


EngineCommand = (
    AskDrain | LookForClaim | LookUp | Remember | LoadCheckpoint | ListCheckpoints | LoadShape | LoadDeltas | Rewind
    | Stamp | RunTasks | WaitTasks | CancelTasks | Save | Flush | Emit | Notify
)
