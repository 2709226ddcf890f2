"""Graphs that run inside of a node of another graph: where they are stored, and how their questions get out.

A graph called in a node is stored beside the graph around it, in a namespace made of the node and its task. When the
task runs again, because it asked or was cut off, the inner graph goes on from there instead of from its beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import NS_END, NS_SEP
from langgraph_nb.errors import GraphInterrupt
from langgraph_nb.pregel.events import MessageChunk, ToolProgress
from langgraph_nb.pregel.host import Travel
from langgraph_nb.pregel.inner import without_ids
from langgraph_nb.pregel.request import Inside, Outcome
from langgraph_nb.pregel.timeouts import Pulse
from langgraph_nb.scope import current_scope

if TYPE_CHECKING:
    from langgraph_nb.pregel.call import Scope
    from langgraph_nb.pregel.host import Heard, Host, Listener
    from langgraph_nb.pregel.source import Source
    from langgraph_nb.runtime import RunControl


def enclosing(config: dict[str, Any] | None) -> Scope | None:
    """The task that this graph is called in; none if the call names a thread of its own."""
    scope: Any = current_scope.get()
    if scope is None or config is None:
        return scope  # type: ignore[no-any-return]
    named = config.get("configurable", {}).get("thread_id")
    return None if named is not None and str(named) != scope.host.thread_id else scope


def called_by_a_node(config: dict[str, Any] | None) -> bool:
    """Whether a node passed its own config on to this graph."""
    scope: Any = current_scope.get()
    if scope is None or config is None:
        return False
    return bool(config.get("configurable", {}).get("checkpoint_ns") == scope.namespace)


def namespace_in(scope: Scope, checkpointer: Any) -> tuple[str, ...]:
    """Where a graph that this task runs is stored.

    By default each call has a place of its own; with ``checkpointer=True`` all calls by the same node share one.
    """
    scope.must_count()
    place = next_place(scope, checkpointer)
    scope.graphs += 1
    return place


def next_place(scope: Scope, checkpointer: Any) -> tuple[str, ...]:
    """Where the next graph that this task runs will be stored."""
    own = without_ids(scope.namespace) if checkpointer is True else scope.namespace
    levels = tuple(own.split(NS_SEP))
    return (*levels, str(scope.graphs)) if scope.graphs else levels


def named_places(config: dict[str, Any]) -> Travel | None:
    """Where the caller of the outermost graph has graphs inside begin: the config of a snapshot of one says it."""
    places = config.get("configurable", {}).get("checkpoint_map")
    return Travel(places) if places and current_scope.get() is None else None


def begins_inside(scope: Scope, host: Host, remembers: bool) -> tuple[Inside, str | None]:
    """How a graph that this task runs begins, and the checkpoint to go on from where the caller named one."""
    earlier, travel = scope.task.earlier, scope.host.travel
    asked = earlier.asked if earlier is not None else frozenset()
    again, surely = earlier is not None or scope.attempt > 1, earlier is None or earlier.surely
    host.travel = travel
    journal, shares = scope.journal, host.saver is scope.host.saver
    if travel is None:
        return Inside(journal.held, journal.offered, asked, shares, remembers, again, surely), None
    place = host.checkpoint_ns
    node = place.rpartition(NS_END)[0] or place
    first = node not in travel.begun
    travel.begun.add(node)
    before = travel.before if first else None
    at = travel.places.get(place) if first else None
    rewound, before = travel.before is not None, None if at else before
    return Inside(journal.held, journal.offered, asked, shares, remembers, again, surely, rewound, before), at


def listen_above(host: Host, scope: Scope, source: Source, watched: bool) -> None:
    """Have this run's events told to whoever listens to the graph around it; also when the caller watches it too."""
    outer = scope.host
    host.inside, host.watch, host.above = True, host.watch | outer.watch, outer.listener
    host.hearers, host.sources = outer.hearers, outer.sources
    host.sources[host.namespace] = source
    if not watched:
        host.listener = outer.listener


def share_fate(host: Host, scope: Scope, own_control: RunControl | None) -> None:
    """Have this run stopped with the graph around it, and give signs of life for the node that it runs in."""
    if own_control is None:
        host.controls = scope.host.controls
    if scope.limit is not None or scope.host.touch is not None:
        host.touch = scope.touch
        host.hearers = (*host.hearers, Pulse(scope.touch))


def tell_above(host: Host, item: Heard) -> None:
    """Tell the graph around of an event, if it wants to know. It hears models and tools itself."""
    if host.above is not None and type(item[1]) not in (MessageChunk, ToolProgress):
        host.above(item)


def also_above(host: Host, hear: Listener) -> Listener:
    """``hear``; the graph around is told as well, if it wants to know."""
    if host.above is None:
        return hear

    def told(item: Heard) -> None:
        tell_above(host, item)
        hear(item)

    return told


def ask_above(outcome: Outcome) -> None:
    """A graph that paused in a task has the task ask its questions; at a breakpoint there are none."""
    if outcome.paused:
        raise GraphInterrupt(outcome.interrupts)
