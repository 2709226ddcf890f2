"""What a run is asked to do, and what comes of it. Plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, Literal

from langgraph_nb.pregel.held import HeldAnswers
from langgraph_nb.pregel.plan import Keys
from langgraph_nb.pregel.state import NextVersion, count_up
from langgraph_nb.records import record
from langgraph_nb.types import Interrupt


@record
class Inside:
    """How a graph runs in a task of another one. If it has begun for that task, it goes on, and its input stays."""

    held: HeldAnswers = field(default_factory=HeldAnswers, compare=False)
    """The answers that graphs around were given, shared with them."""
    offered: list[str] = field(default_factory=list, compare=False)
    """Those for whoever asks first, shared with the graph around (``Journal``)."""
    asked: frozenset[str] = frozenset()
    """The questions that its task asked last."""
    shares: bool = True
    """Whether it is stored where the graphs around are."""
    remembers: bool = False
    """Whether all calls by its node share what is stored, so that it may be of an earlier task."""
    again: bool = False
    """Whether its task may have begun before."""
    surely: bool = False
    """Whether it has, if all goes as it did."""
    rewound: bool = False
    """Whether the outermost graph went back in time: then it begins, on what there was then."""
    before: str | None = None
    """What there was then: the last checkpoint before this one."""


@record
class Request:
    """One run of a plan."""

    input: Any
    """New input; ``None`` or a ``Command`` to go on from a checkpoint."""
    address: dict[str, Any] | None = None
    """``configurable`` of the thread and checkpoint to go on from; ``None`` for a run that stores nothing."""
    output_keys: Keys = ()
    """The channels to report."""
    watch: frozenset[type] = frozenset()
    """The kinds of events that somebody wants to see."""
    durability: Literal["sync", "async", "exit"] = "async"
    recursion_limit: int = 10_007
    interrupt_before: frozenset[str] | Literal["*"] = frozenset()
    interrupt_after: frozenset[str] | Literal["*"] = frozenset()
    metadata: dict[str, Any] = field(default_factory=dict)
    """Stored with each checkpoint, besides source, step and parents."""
    parents: dict[str, str] = field(default_factory=dict)
    """Namespace -> checkpoint id, of the graphs around this one."""
    strict: bool = False
    """Whether an answer that no question awaits is an error."""
    inside: Inside | None = None
    """For a graph that runs in a task of another one."""
    seed: str = ""
    """What task ids are derived from while there is no checkpoint."""
    next_version: NextVersion = count_up
    refuses: Callable[[Any], bool] | None = None
    """Says of a value whether it cannot be stored."""
    by_step: bool = False
    """Whether the saver takes ``PutStep``."""
    caches: bool = False
    """Whether results of some nodes are cached."""
    claims: bool = False
    """Whether it writes to its thread alone: it claims it when it begins, and gives it free when it ends."""
    drainable: bool = False
    """Whether the run may be asked to stop; that it may can also turn out on the way."""


class RunClosed(BaseException):
    """Thrown into a run whose stream was closed. (``GeneratorExit`` means that nobody performs commands any more.)"""


@record
class Outcome:
    """How a run ended that raised nothing."""

    values: Any
    """The output channels' values; ``None`` when nothing was written to them."""
    interrupts: tuple[Interrupt, ...] = ()
    paused: bool = False
    """Whether something is left to run: a question or a breakpoint stopped it."""
