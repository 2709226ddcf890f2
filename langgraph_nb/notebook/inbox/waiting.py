"""What waits for a person in savers: which threads, since when, at which nodes, and what is asked.

Of each of the threads that were written to last, the newest state is read, and no history. Which graph a thread is of
is told by the shape of the graph that its checkpoints were made by. This file must not know of widgets or notebooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.constants import INTERRUPT
from langgraph_nb.errors import GraphChanged
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.types import Interrupt, StateSnapshot

__all__ = ["LOOKED_AT", "Waiting", "describe", "waiting_in"]

LOOKED_AT = 200
"""Threads of a saver that are looked at, the newest first, unless they are named."""

Standing = Literal["waiting", "running", "unknown"]
"""``running``: somebody is at it just now. ``unknown``: no graph that is here fits it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thread that waits for a person."""

    thread: str
    graph: str
    """The variable that its graph is in; empty where no graph that is here fits."""
    nodes: tuple[str, ...]
    """Where it waits."""
    since: str
    """When it was stored as it is: ISO 8601."""
    interrupts: tuple[Interrupt, ...]
    """What is asked; nothing where it only waits to be gone on with."""
    standing: Standing = "waiting"
    compiled: Any = field(default=None, repr=False, compare=False)
    """The graph, with the saver that the thread is in."""
    snapshot: StateSnapshot | None = field(default=None, repr=False, compare=False)


async def waiting_in(
    saver: Any, graphs: Mapping[str, Any], threads: Iterable[str] | None = None
) -> tuple[list[Waiting], int]:
    """The threads of a saver that wait for a person, the newest first, and how many threads were looked at.

    Args:
        saver: Where the threads are.
        graphs: The graphs that they may be of, by name.
        threads: Only these; by default those that were written to last.
    """
    named = [str(thread) for thread in threads] if threads is not None else await _recent(saver)
    bound = {name: _bound(graph, saver) for name, graph in graphs.items()}
    found = [await _looked_at(saver, bound, thread) for thread in named]
    return [one for one in found if one is not None], len(named)


def describe(found: Sequence[Waiting], ask: Callable[[Interrupt], str]) -> str:
    """What waits, in words.

    Args:
        found: What waits.
        ask: A question in words.

    Example:
        >>> print(describe([Waiting("42", "support", ("ask",), "2026-01-01T09:30:00+00:00", ())], str))
        1 thread waits.
        <BLANKLINE>
        support, thread 42, at ask, since 2026-01-01 09:30 UTC
        Go on: %resume support --thread 42
    """
    if not found:
        return "Nothing waits."
    head = "1 thread waits." if len(found) == 1 else f"{len(found)} threads wait."
    return visible("\n\n".join((head, *(_in_words(one, ask) for one in found))))


def _in_words(one: Waiting, ask: Callable[[Interrupt], str]) -> str:
    where = f", at {', '.join(one.nodes)}" if one.nodes else ""
    since = f", since {one.since[:16].replace('T', ' ')} UTC" if one.since else ""
    lines = [f"{one.graph or 'an unknown graph'}, thread {one.thread}{where}{since}"]
    lines += [ask(interrupt) for interrupt in one.interrupts]
    return "\n".join((*lines, how_to_go_on(one)))


def how_to_go_on(one: Waiting) -> str:
    """What a person can do about it without a form."""
    if one.standing == "running":
        return "Somebody is at it just now: it is busy."
    if one.standing == "unknown":
        return "No graph that is here fits it: run the cells that build its graph, then %inbox again."
    line = f"%resume {one.graph} --thread {one.thread}"
    if not one.interrupts:
        return f"Go on: {line}"
    return f"Answer from code: {line}{' --id ID' if len(one.interrupts) > 1 else ''} ANSWER"


async def _recent(saver: Any) -> list[str]:
    """The threads that were written to last. A saver of somebody else's is asked for its newest checkpoints."""
    if hasattr(saver, "recent_threads"):
        look = partial(saver.recent_threads, LOOKED_AT)
        return await off_loop(look) if saver.blocking else look()
    seen: dict[str, None] = {}
    async for saved in saver.alist(None, limit=LOOKED_AT):
        seen[str(saved.config["configurable"]["thread_id"])] = None
    return list(seen)


def _bound(graph: Any, saver: Any) -> Any:
    """The graph with this saver; another object may stand for the same file."""
    return graph if graph.checkpointer is saver else graph.copy({"checkpointer": saver})


async def _looked_at(saver: Any, graphs: Mapping[str, Any], thread: str) -> Waiting | None:
    config: Any = {"configurable": {"thread_id": thread}}
    for name, graph in (await _fitting(saver, graphs, config)).items():
        try:
            snapshot = await graph.aget_state(config)
        except GraphChanged:
            continue
        if snapshot.created_at is None or not (snapshot.next or snapshot.interrupts):
            return None
        if set(snapshot.next) <= graph.plan.nodes.keys():
            return await _standing(name, graph, thread, config, snapshot)
    return await _of_no_graph(saver, thread, config)


async def _fitting(saver: Any, graphs: Mapping[str, Any], config: Any) -> Mapping[str, Any]:
    """The graphs that a thread may be of, that which made it first."""
    if len(graphs) < 2:
        return graphs
    saved = await saver.aget_tuple(config)
    made = None if saved is None else saved.checkpoint.get("graph")
    shapes = {name: (graph.plan.shape.fingerprint, graph.plan.shape.text) for name, graph in graphs.items()}
    return {name: graphs[name] for name in sorted(graphs, key=lambda name: made not in shapes[name])}


async def _standing(name: str, graph: Any, thread: str, config: Any, snapshot: StateSnapshot) -> Waiting | None:
    """A thread that has not finished; what failed or was cut off does not wait for a person."""
    status = await graph.aget_status(config)
    asks = bool(snapshot.interrupts)
    if status != "running" and not asks and status != "interrupted":
        return None
    nodes = [task.name for task in snapshot.tasks if task.interrupts] or list(snapshot.next)
    return Waiting(
        thread, name, tuple(dict.fromkeys(nodes)), snapshot.created_at or "", snapshot.interrupts,
        "running" if status == "running" else "waiting", graph, snapshot,
    )  # fmt: skip


async def _of_no_graph(saver: Any, thread: str, config: Any) -> Waiting | None:
    """The questions of a thread, as they are stored; whether some were answered only its graph could tell."""
    saved = await saver.aget_tuple(config)
    if saved is None:
        return None
    written = [w for w in saved.pending_writes or () if w[1] == INTERRUPT]
    asked = [i for _, _, value in written for i in (value if isinstance(value, list | tuple) else (value,))]
    questions = tuple(i for i in asked if isinstance(i, Interrupt))
    return Waiting(thread, "", (), saved.checkpoint["ts"], questions, "unknown") if questions else None
