"""The plan of a graph: what ``compile`` makes, and all that the engine knows of it.

Immutable tables with everything worked out once: which nodes a channel triggers, how a node reads and writes. A run
never looks at a schema, a signature or a builder.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import field
from typing import Any

from langgraph_nb.channels.base import MISSING, BaseChannel
from langgraph_nb.channels.binop import BinaryOperatorAggregate
from langgraph_nb.channels.delta import DeltaChannel
from langgraph_nb.channels.last_value import LastValue
from langgraph_nb.channels.untracked_value import UntrackedValue
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.managed.base import ManagedValueSpec
from langgraph_nb.migration import Migration
from langgraph_nb.pregel.shapes import shape_of
from langgraph_nb.records import record
from langgraph_nb.shape import Shape
from langgraph_nb.types import CachePolicy, RetryPolicy, TimeoutPolicy, TracePolicy, TransactionHook

Write = tuple[str, Any]
"""(channel, value)"""
Values = dict[str, Any]
"""Channel -> value, of the channels that have one."""

Keys = str | tuple[str, ...]
"""Channels to report: several as a dict, one by its name as the value itself."""


WIDE = 100
"""Keys of a state from which on a router gets them in the order of their definition, whatever its node wrote first."""

Managed = tuple[tuple[str, ManagedValueSpec], ...]
"""Keys that a reader wants besides the channels, with what fills them in."""


@record
class BranchPlan:
    """A router: what it reads, how it is called, what its answer writes."""

    name: str
    call: CallSpec
    read: Callable[[Values], Any]
    route: Callable[[Any], list[Write]]
    managed: Managed = ()
    place: int = 0
    """Which part of its node it is, as callbacks say: the first is the code, the second what writes, then the edges."""
    extends: bool = False
    """Whether what its node returned is added to what it reads, where that is a dict."""

    def input(self, values: Values, news: Values, result: Any) -> Any:
        """What it is called with, after its node returned this and so changed some of the values."""
        extends = self.extends and isinstance(result, dict)
        if extends and self.read is dict.copy:  # copied once, and a wide state as it is: to reorder it is ten copies
            if len(values) > WIDE and result.keys() <= values.keys():
                return values | news
            return {**result, **values, **news}
        read = self.read({**values, **news} if news else values)
        return {**result, **read} if extends else read


@record
class NodePlan:
    """A node: what makes it run, what it reads, how it is called, what its answer writes."""

    name: str
    call: CallSpec
    triggers: tuple[str, ...]
    read: Callable[[Values], Any]
    """Makes its input from the state's values. The virtual start reads its own channel instead."""
    write: Callable[[Any], list[Write]]
    """Takes its result apart."""
    branches: tuple[BranchPlan, ...] = ()
    retry: tuple[RetryPolicy, ...] = ()
    cache: CachePolicy[Any] | None = None
    cache_namespace: tuple[str, ...] = ()
    """Where its results are cached."""
    error_handler: str | None = None
    """The node that runs in its place when it has failed for good."""
    timeout: TimeoutPolicy | None = None
    metadata: Mapping[str, Any] | None = None
    managed: Managed = ()
    reads: Keys = ()
    """The channels that it reads; of one by its name, the value itself."""
    then: tuple[CallSpec, ...] = ()
    """What is called after it, each with what the one before returned."""
    tags: tuple[str, ...] = ()
    trace: TracePolicy | None = None
    """What tracers record of it."""
    transaction: TransactionHook | None = None
    """Called in the transaction that stores its result."""
    edges: tuple[Write, ...] = ()
    """What it writes whatever it returns: where its edges lead."""


@record
class Plan:
    """A graph, ready to run."""

    name: str
    channels: Mapping[str, BaseChannel[Any, Any, Any]]
    """Every channel, empty; a run starts from copies."""
    nodes: Mapping[str, NodePlan]
    """All nodes in the order of their definition, the virtual start first."""
    triggered_by: Mapping[str, tuple[str, ...]]
    """Channel -> the nodes it triggers."""
    state_keys: tuple[str, ...]
    """The channels of the state, in the order of its definition."""
    key_set: frozenset[str]
    stream_keys: Keys
    """What streams and snapshots show."""
    output_keys: Keys
    """What ``invoke`` returns."""
    input_keys: Keys
    """The channels that input is written to; of several, the input is a dict."""
    inline_start: bool
    """Whether the start calls no code of the user's, so that the engine does without a driver there."""
    filled: tuple[str, ...]
    """Channels that have a value from the beginning."""
    signals: frozenset[str]
    """Channels that say no more than that a node is to run: nobody reads them."""
    plain: frozenset[str]
    """Keys of the state that keep what was written last."""
    unboxed: frozenset[str]
    """Signals and plain keys: a run keeps no channel objects for them, the values alone say it all."""
    forgetful: frozenset[str]
    """Channels that a step which does not write them may change."""
    consumed: frozenset[str]
    """Channels that change when a task that they triggered has run."""
    finishing: tuple[str, ...]
    """Channels that may change when nothing is left to run."""
    hidden: frozenset[str] = frozenset()
    """Nodes that streams do not show."""
    needs: Mapping[str, str] = field(default_factory=dict)
    """Node -> the channel without whose value it does not run, though another one triggers it."""
    deltas: tuple[str, ...] = ()
    """Delta channels."""
    untracked: frozenset[str] = frozenset()
    """Channels of which nothing is stored, in whatever form."""
    folding: tuple[str, ...] = ()
    """Delta channels, and those that may have been delta channels when a checkpoint was stored."""
    make_output: Callable[[Values], Any] | None = None
    """Makes an instance of the output schema, where that is a class."""
    make_state: Callable[[Values], Any] | None = None
    """Makes an instance of the state schema, where that is a class."""
    transactional: bool = False
    """Whether a node has a hook that wants a database."""
    task_retry: tuple[RetryPolicy, ...] = ()
    """For tasks that its code calls and that have no policy of their own."""
    task_cache: CachePolicy[Any] | None = None
    """The same."""
    migrations: tuple[Migration, ...] = ()
    """What was done to the graph since it was first stored, the oldest first."""
    known_shape: Shape | None = field(default=None, init=False, compare=False, repr=False)
    """Its shape, once somebody has asked for it."""
    known_writers: Plan | None = field(default=None, init=False, compare=False, repr=False)
    """The plan without its nodes' code (``updates.writers_only``), once a thread was updated."""

    @property
    def shape(self) -> Shape:
        """The graph as far as what is stored depends on it."""
        if self.known_shape is None:
            self.known_shape = shape_of(self.nodes.values(), self.channels, len(self.migrations))  # type: ignore[misc]
        return self.known_shape


def listed(keys: Keys) -> tuple[str, ...]:
    """The names of channels to report."""
    return (keys,) if isinstance(keys, str) else keys


def triggers_of(nodes: Iterable[NodePlan]) -> dict[str, tuple[str, ...]]:
    """Channel -> the nodes that it makes run."""
    triggered: dict[str, list[str]] = {}
    for node in nodes:
        for channel in node.triggers if len(node.triggers) == 1 else dict.fromkeys(node.triggers):
            triggered.setdefault(channel, []).append(node.name)
    return {channel: tuple(names) for channel, names in triggered.items()}


def needs_of(nodes: Iterable[NodePlan]) -> dict[str, str]:
    """Node -> the channel that it reads, where that is one by its name, and not the one that makes it run."""
    return {n.name: n.reads for n in nodes if isinstance(n.reads, str) and set(n.triggers) != {n.reads}}


def emptied(channels: Mapping[str, BaseChannel[Any, Any, Any]]) -> dict[str, BaseChannel[Any, Any, Any]]:
    """The channels as a run finds them; those that were given are left as they are."""
    empty = {key: channel.from_checkpoint(MISSING) for key, channel in channels.items()}
    for key, channel in empty.items():
        channel.key = key
    return empty


def kinds_of(
    channels: Mapping[str, BaseChannel[Any, Any, Any]],
    triggers: Container[str],
    signals: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The fields of a plan that tell channels by how they behave."""
    boxed = [(name, channel) for name, channel in channels.items() if name not in signals]
    plain = frozenset(n for n, c in boxed if type(c) is LastValue and n not in triggers)
    return {
        "untracked": frozenset(n for n, c in boxed if isinstance(c, UntrackedValue)),
        "deltas": tuple(n for n, c in boxed if isinstance(c, DeltaChannel)),
        "folding": tuple(n for n, c in boxed if isinstance(c, (DeltaChannel, BinaryOperatorAggregate))),
        "filled": tuple(n for n, c in boxed if c.is_available()),
        "signals": signals,
        "plain": plain,
        "unboxed": signals | plain,
        "forgetful": frozenset(n for n, c in boxed if c.forgets),
        "consumed": frozenset(n for n, c in boxed if c.consumed),
        "finishing": tuple(n for n, c in boxed if c.finishes),
    }
