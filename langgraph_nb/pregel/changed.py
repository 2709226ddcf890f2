"""Whether a thread can go on in a graph that was changed since, and what is said when it cannot.

Nodes and keys come and go, and code changes, without harm. Refused is what would lose something without a word: a task
that waits for a node that is gone, a key that looks as if it had another name now, a value that its channel cannot
read. All of it is decided from names: the shape of the graph then, and today's.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from langgraph_nb.channels.last_value import is_put_off
from langgraph_nb.constants import BRANCH_TO, JOIN, START, TASKS
from langgraph_nb.errors import GraphChanged
from langgraph_nb.persistence import Checkpoint, CheckpointTuple
from langgraph_nb.pregel.commands import EngineCommand, LoadShape
from langgraph_nb.pregel.events import Answer, ShapeLoaded
from langgraph_nb.pregel.migrated import moves_of
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.shapes import can_read, class_of
from langgraph_nb.shape import Shape, closest, shape_from_names, told_shape


def is_unchanged(plan: Plan, checkpoint: Checkpoint) -> bool:
    """Whether a graph of the same shape made the checkpoint."""
    return checkpoint.get("graph") in (plan.shape.fingerprint, plan.shape.text)


def shape_then(plan: Plan, saved: CheckpointTuple) -> Generator[EngineCommand, Answer, Shape | None]:
    """The shape of the graph that made a checkpoint, under today's names; ``None`` if it has not changed."""
    if is_unchanged(plan, saved.checkpoint):
        return None
    graph = saved.checkpoint.get("graph")
    if (then := told_shape(graph)) is None and isinstance(graph, str):
        loaded = yield LoadShape(graph)
        assert isinstance(loaded, ShapeLoaded)
        then = loaded.shape
    if then is None:  # of another engine's, or a saver's that does not keep it
        return shape_from_names(saved.checkpoint)  # which has today's names already
    moves = moves_of(plan, saved)
    return then if moves is None else moves.shape(then)


def refuse_lost_keys(plan: Plan, saved: CheckpointTuple, then: Shape) -> None:
    """See that today's keys can take over all values.

    Raises:
        GraphChanged: When one cannot.
    """
    values, now = saved.checkpoint["channel_values"], plan.shape
    for key, kind in then.keys.items():
        if kind and key in now.keys and key in values and not can_read(kind, now.keys[key]):
            raise _changed(
                f"The thread has a value at {key!r} that was stored by another kind of channel: then {kind}, now "
                f"{now.keys[key]}. Convert it: compile(migrations=[Migration(convert=...)]).",
                then, now,
            )  # fmt: skip
    if renamed := _likely_renamed(saved.checkpoint, then, now):
        old, new = next(iter(renamed.items()))
        raise _changed(
            f"The thread has a value at {old!r}, a key that this graph does not have, and nothing at {new!r}, which is "
            f"new. If it was renamed, say so: compile(migrations=[Migration(keys={{{old!r}: {new!r}}})]); if it was "
            f"removed: Migration(keys={{{old!r}: None}}).",
            then, now, renamed,
        )  # fmt: skip


def refuse_lost_tasks(plan: Plan, saved: CheckpointTuple, then: Shape) -> None:
    """See that the graph has the nodes that the thread waits for.

    Raises:
        GraphChanged: When one is gone.
    """
    now = plan.shape
    for name in (*missing_nodes(plan, saved), *_waiting(saved.checkpoint, then, now)):
        added = [node for node in now.nodes if node not in then.nodes] or list(now.nodes)
        new = closest(name, added) or (added[0] if len(added) == 1 else None)
        hint = f" Did you mean {new!r}?" if new else ""
        raise _changed(
            f"The thread waits for the node {name!r}, which this graph does not have.{hint} Give the node its name "
            f"back, or say what it is called now: compile(migrations=[Migration(nodes={{{name!r}: {new or '...'!r}}})"
            "]), or what was done in its place: graph.update_state(config, values, as_node=...).",
            then, now, {name: new} if new else {},
        )  # fmt: skip


def _changed(message: str, then: Shape, now: Shape, renamed: Mapping[str, str] | None = None) -> GraphChanged:
    difference = then.difference(now)
    return GraphChanged(f"{message} Changed since: {difference}.", difference, renamed)


def _likely_renamed(checkpoint: Checkpoint, then: Shape, now: Shape) -> dict[str, str]:
    """Keys that are gone and had a value -> new ones, without a value, that they may be called now."""
    values, versions = checkpoint["channel_values"], checkpoint["channel_versions"]
    gone = [key for key in then.keys if key not in now.keys and not _is_empty(values.get(key))]
    fresh = [key for key in now.keys if key not in then.keys and key not in versions]
    pairs = {}
    for key in gone:
        alike = [new for new in fresh if _may_be(then.keys[key], now.keys[new])]
        if new := closest(key, fresh) or next(iter(alike), None):
            pairs[key] = new
    return pairs


def _may_be(old: str, new: str) -> bool:
    """Whether a key of the old kind may be one of the new; of the old one's kind nothing may be known."""
    return not old or class_of(old) == class_of(new) or old.partition("[")[2] == new.partition("[")[2]


def _is_empty(value: Any) -> bool:
    """Whether nothing is lost with a value."""
    return value is None or (isinstance(value, (str, list, tuple, dict, set, frozenset)) and not value)


def missing_nodes(plan: Plan, saved: CheckpointTuple) -> tuple[str, ...]:
    """The nodes that a stored checkpoint waits for and that the graph does not have: renamed or removed since."""
    values = saved.checkpoint["channel_values"]
    waiting = [name.removeprefix(BRANCH_TO) for name in values if name.startswith(BRANCH_TO)]
    gone = [name for name in waiting if BRANCH_TO + name not in plan.channels]
    sent = [send.node for send in values.get(TASKS, ()) if hasattr(send, "node")]
    return tuple(dict.fromkeys((*gone, *(name for name in sent if name not in plan.nodes))))


def nodes_of_lost_joins(plan: Plan, checkpoint: Checkpoint) -> tuple[str, ...]:
    """The nodes that a join was about to run, where the graph has the node and not the join: its edges were changed."""
    if is_unchanged(plan, checkpoint):
        return ()
    lost = [name for name in checkpoint["channel_values"] if name.startswith(JOIN) and name not in plan.channels]
    found = {
        node: None
        for name in lost
        for node in plan.nodes
        if name.rstrip("'").endswith(f":{node}") and _is_open(name, node, checkpoint["channel_values"][name])
    }
    return tuple(found)


def _waiting(checkpoint: Checkpoint, then: Shape, now: Shape) -> list[str]:
    """The nodes that are gone and that something was about to make run, as far as their triggers tell."""
    values, versions = checkpoint["channel_values"], checkpoint["channel_versions"]
    heard = {trigger for triggers in now.nodes.values() for trigger in triggers}  # who runs on it now, may be the same
    found = []
    for name in then.nodes.keys() - now.nodes.keys() - {START}:
        seen = checkpoint["versions_seen"].get(name, {})
        lost = (t for t in then.nodes[name] if t not in heard and t in values and t in versions)
        news = (t for t in lost if _is_open(t, name, values[t]))
        if any(t not in seen or versions[t] > seen[t] for t in news):
            found.append(name)
    return sorted(found)


def _is_open(trigger: str, node: str, value: Any) -> bool:
    """Whether a channel makes a node run: a join only when all have arrived, whom its name tells."""
    if not trigger.startswith(JOIN):
        return True
    arrived = value[0] if is_put_off(value) else value
    starts = trigger.removeprefix(JOIN).rstrip("'").removesuffix(f":{node}")
    return len("+".join(arrived)) == len(starts)
