"""What a driver brings to a run: the caller's config and context, storage, clock, ids, and who listens."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from weakref import ref

from langgraph_nb.checkpoint.claims import Claim
from langgraph_nb.checkpoint.writer import writer_of
from langgraph_nb.persistence import Ending, GuardedOp, StorageOp
from langgraph_nb.pregel.events import CustomData, Event, MessageChunk, Stamped, TaskFinished, ToolProgress
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.source import Source
from langgraph_nb.pregel.timeouts import Wait
from langgraph_nb.runtime import RunControl

T = TypeVar("T")
Namespace = tuple[str, ...]
"""Where in the nesting of graphs an event comes from: ``()`` is the outermost graph."""
Heard = tuple[Namespace, Event]
"""An event, and the graph that it is from."""
Listener = Callable[[Heard], None]
_MIDWAY = frozenset((CustomData, MessageChunk, ToolProgress))
"""The events that tasks emit while they run."""


Gate = Callable[[Any], TaskFinished | None]
"""Asked by a task's scope before the task runs: ``None`` lets it run, a ``TaskFinished`` stands in its place."""


class Hearer(Protocol):
    """Who hears the models of a run wants to know which tasks there are, and what they return."""

    def started(self, scope: Any) -> None: ...

    def returned(self, scope: Any, result: Any) -> None: ...

    def told(self, scope: Any, message: Any) -> None: ...


@dataclass(slots=True)
class Travel:
    """Where graphs inside of nodes begin when the outermost one went back in time. One for all of them."""

    places: dict[str, str] = field(default_factory=dict)
    """Namespace -> the checkpoint to go on from, where the caller named one."""
    before: str | None = None
    """The others begin on the last of theirs before this checkpoint."""
    begun: set[str] = field(default_factory=set)
    """Those that have: later they go on from their latest."""


@dataclass(slots=True)
class Host:
    """The surroundings of one run. Shared by the engine's driver and by the code that calls nodes."""

    plan: Plan
    config: dict[str, Any]
    """The caller's ``RunnableConfig``."""
    context: Any = None
    store: Any = None
    saver: Any = None
    durability: str = "async"
    namespace: Namespace = ()
    parents: dict[str, str] = field(default_factory=dict)
    """Namespace -> checkpoint id, of the graphs around this one."""
    travel: Travel | None = None
    """Where the graphs inside begin, in a run that goes back in time."""
    watch: frozenset[type] = frozenset()
    """The kinds of events that somebody listens to."""
    inside: bool = False
    """Whether the events of graphs inside of nodes are wanted too."""
    eager: bool = False
    """Whether what tasks called by a node tell is wanted while the node still runs."""
    sources: dict[Namespace, Source] = field(default_factory=dict)
    """The graphs that are heard; shared with the graphs inside."""
    callbacks: tuple[Any, ...] = ()
    """LangChain callback handlers that the streams need."""
    hearers: tuple[Hearer, ...] = ()
    """Those who hear models."""
    observed: bool = False
    """Whether LangChain's callbacks are told of the run and its nodes (``pregel.callbacks``)."""
    run: Any = None
    """Then: the run as they know it (``pregel.callbacks.GraphRun``)."""
    silent: Any = None
    """Otherwise: the callback manager that code inside of nodes finds."""
    stamp: Callable[[int], Stamped] | None = None
    """Makes checkpoint ids and tells the time; by default from the clock."""
    sleep: Callable[[float], Any] | None = None
    random: Callable[[], float] | None = None
    clock: Callable[[], float] | None = None
    """Seconds since the epoch; by default the system's, and for durations the monotonic clock."""
    wait: Wait | None = None
    """How a limited node is waited for; by default by its event loop."""
    cache: Any = None
    """Keeps results of nodes and tasks."""
    settle: Callable[[], None] | None = field(default=None, compare=False)
    """Makes durable what was stored behind the run; by default the saver's writer does."""
    step_timeout: float | None = None
    """Seconds that one superstep may take."""
    controls: list[RunControl] = field(default_factory=list)
    """What asks the run to stop between two steps, once there is such a thing; shared with the graphs inside."""
    claim: Claim | None = field(default=None, compare=False, repr=False)
    """The run's claim to its thread; shared with the graphs inside that are stored there too."""
    around: Any = field(default=None, compare=False, repr=False)
    """The scope of the task that it runs in, if it does."""
    closed: bool = False
    """Whether the run was let go of: what still runs of it is not heard any more."""
    touch: Callable[[], None] | None = None
    """Told of signs of life, where a node around this graph has to give some."""
    drives: Callable[[Host], Any] | None = field(default=None, compare=False)
    """Makes what performs the run and, in sync code, the runs of graphs inside; by default a ``SyncDriver``."""
    gate: Gate | None = field(default=None, compare=False)
    """Decides which tasks run, of this graph and of those inside, where a debugger wants to."""
    listener: Listener | None = field(default=None, compare=False)
    """Told of events that come from inside of tasks. Called from any thread."""
    above: Listener | None = field(default=None, compare=False)
    """Told of all events, where the graph around wants to know."""
    takes: Listener | None = field(default=None, compare=False)
    """Takes what comes from inside of tasks, in the place of the caller who iterates. Called from any thread."""

    driver: Any = field(default=None, compare=False, repr=False)
    """Gives what performs the run, while it does; it begins the tasks that code calls."""

    @property
    def emits_midway(self) -> bool:
        """Whether events may come while a task runs, for a listener that is this run's own."""
        wanted = not _MIDWAY.isdisjoint(self.watch) or self.inside
        wanted = wanted or (self.eager and bool(self.watch))
        return wanted and self.listener is None

    def now(self) -> float:
        """Seconds since the epoch."""
        return (self.clock or time.time)()

    def shared_control(self) -> RunControl:
        """What this run, and those inside of it, can be asked to stop by."""
        if not self.controls:
            self.controls.append(RunControl())
        return self.controls[0]

    def drain_reason(self) -> str | None:
        """Why the run is to stop; ``None`` while it is not."""
        return self.controls[0].drain_reason if self.controls else None

    def guarded(self, ops: Sequence[StorageOp], ends: Ending = "") -> Sequence[GuardedOp]:
        """What is stored only while the thread is the run's own."""
        claim = self.claim
        return ops if claim is None or not claim.made else (*ops, claim.check(ends))

    def follow(self, commands: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """Have the claim know the run, by its commands."""
        if self.claim is not None:
            self.claim.commands = ref(commands)
        return commands

    def make_durable(self) -> None:
        """Wait until the checkpoint that the running step starts from is durable, if it is to be at all."""
        if self.durability != "async":
            return
        if self.settle is not None:
            self.settle()
        elif getattr(self.saver, "blocking", True):
            writer_of(self.saver).wait(self.line)

    @property
    def line(self) -> str | None:
        """The line of what the run has stored behind its back (``checkpoint.writer``)."""
        return self.thread_id if self.claim is None else self.claim.token

    @property
    def thread_id(self) -> str | None:
        """The thread that is run, where there is one."""
        found = self.config.get("configurable", {}).get("thread_id")
        return None if found is None else str(found)

    @property
    def checkpoint_ns(self) -> str:
        """The namespace that this run's checkpoints are stored in."""
        return "|".join(self.namespace)

    @property
    def max_concurrency(self) -> int | None:
        """How many tasks may run at once."""
        return self.config.get("max_concurrency")
