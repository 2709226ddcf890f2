"""Checkpoints of an older graph, as today's would have stored them: migrations, applied when one is loaded.

Pure: a stored checkpoint in, one under today's names out. The ids of tasks that wait are left as they are, as their
results and answers are stored under them; a task of a renamed node goes by its old name (``Task.known_as``) until the
next checkpoint. Run after that, the graph does not remember that there was another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langgraph_nb.channels import NamedBarrierValue
from langgraph_nb.channels.last_value import is_put_off
from langgraph_nb.constants import BRANCH_TO, ERROR_SOURCE, JOIN, NO_WRITES, START, TASKS
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.inside import graph_of
from langgraph_nb.graph.policies import handler_name
from langgraph_nb.migration import Migration
from langgraph_nb.persistence import CheckpointTuple, PendingWrite
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.shape import Shape, is_key, migrations_known
from langgraph_nb.types import Send

Names = dict[str, str | None]
"""Name in the checkpoint -> today's; ``None`` for what was removed."""


def with_migrations(plan: Plan, migrations: Sequence[Migration]) -> Plan:
    """The plan of a graph that threads of older ones are to go on in.

    Raises:
        TypeError: For something else than migrations.
        ValueError: When one leads to a name that the graph does not have, or a graph inside would lose its memory.
    """
    if not migrations:
        return plan
    for migration in migrations:
        if not isinstance(migration, Migration):
            raise TypeError(
                f"migrations= is a list of Migration, the oldest first; got {type(migration).__name__}. Write "
                "migrations=[Migration(nodes={'old': 'new'})]."
            )
    for what, names, known in (
        ("node", _composed(m.nodes for m in migrations), plan.nodes),
        ("key", _composed(m.keys for m in migrations), plan.key_set),
    ):
        for old, new in names.items():
            if new is not None and new not in known:
                hint = did_you_mean(new, [name for name in known if name != START])
                raise ValueError(f"A migration renames {old!r} to {new!r}, which is no {what} of this graph. {hint}")
    _refuse_lost_memory(plan, _composed(m.nodes for m in migrations))
    return replace(plan, migrations=tuple(migrations))


def _refuse_lost_memory(plan: Plan, nodes: Names) -> None:
    """A graph that remembers from turn to turn does so under the name of its node."""
    for old, new in nodes.items():
        if new is not None and getattr(graph_of(plan.nodes[new].call), "checkpointer", None) is True:
            raise ValueError(
                f"The node {old!r} cannot be renamed to {new!r}: it runs a graph with checkpointer=True, which "
                "remembers under the name of its node. Leave the node its name."
            )


def names_now(plan: Plan) -> Names:
    """Today's names of nodes that were ever called otherwise."""
    return _composed(m.nodes for m in plan.migrations)


def moves_of(plan: Plan, saved: CheckpointTuple) -> Moves | None:
    """What is to be done to a stored checkpoint; mostly nothing."""
    if not plan.migrations:
        return None
    due = plan.migrations[migrations_known(saved.checkpoint.get("graph")) :]
    return Moves(plan, due) if due else None


class Moves:
    """The migrations that a checkpoint's graph did not know, as one."""

    def __init__(self, plan: Plan, due: Sequence[Migration]) -> None:
        self.plan = plan
        self.due = due
        self.nodes = _with_handlers(plan, _composed(m.nodes for m in due))
        self.keys = _composed(m.keys for m in due)
        self.channels: Names = {**self._signals(), **self._joins(), **self.keys}
        """All channels that have another name, or are gone."""

    @property
    def former_nodes(self) -> dict[str, str]:
        """Today's name of a node -> its name in the checkpoint."""
        return {new: old for old, new in self.nodes.items() if new is not None}

    @property
    def former_keys(self) -> dict[str, str]:
        """The same of keys."""
        return {new: old for old, new in self.keys.items() if new is not None}

    def _signals(self) -> Names:
        return {BRANCH_TO + old: new and BRANCH_TO + new for old, new in self.nodes.items()}

    def _joins(self) -> Names:
        """Joins are called by their nodes: what today's were called."""
        former, names = self.former_nodes, {}
        for name, channel in self.plan.channels.items():
            if name.startswith(JOIN) and isinstance(channel, NamedBarrierValue):
                (end,) = self.plan.triggered_by[name]
                starts = name.removeprefix(JOIN).rstrip("'").removesuffix(f":{end}").split("+")
                if set(starts) == set(channel.names):
                    old = f"{JOIN}{'+'.join(former.get(s, s) for s in starts)}:{former.get(end, end)}"
                    names[old] = name
        return {old: new for old, new in names.items() if old != new}

    def shape(self, old: Shape) -> Shape:
        """The shape of the graph that made the checkpoint, under today's names."""
        keys = _renamed(old.keys, self.keys)
        if any(migration.convert for migration in self.due):  # whoever converts knows of which kind the values are now
            keys = {key: self.plan.shape.keys.get(key, kind) for key, kind in keys.items()}
        return Shape(
            {n: self._listed(t) for n, t in _renamed(old.nodes, self.nodes).items()},
            keys,
            {n: self._listed(to) for n, to in _renamed(old.edges, self.nodes).items()},
            len(self.plan.migrations),
        )

    def applied(self, saved: CheckpointTuple) -> CheckpointTuple:
        """The checkpoint as today's graph would have stored it; it still says which graph did."""
        checkpoint: Any = dict(saved.checkpoint)
        checkpoint["channel_values"] = self._values(checkpoint["channel_values"])
        checkpoint["channel_versions"] = _renamed(checkpoint["channel_versions"], self.channels)
        checkpoint["versions_seen"] = {
            node: _renamed(seen, self.channels)
            for node, seen in _renamed(checkpoint["versions_seen"], self.nodes).items()
        }
        if checkpoint.get("updated_channels"):
            checkpoint["updated_channels"] = sorted(self._listed(checkpoint["updated_channels"]))
        return saved._replace(checkpoint=checkpoint, pending_writes=self._pending(saved.pending_writes or ()))

    def rewritten(self, stored: Mapping[str, Any]) -> set[str]:
        """The keys whose values are not as they were stored, or not where."""
        if any(migration.convert for migration in self.due):
            return {key for key in stored if key in self.plan.key_set}
        return {key for key in self.former_keys if key in stored}

    # -- what a checkpoint holds --------------------------------------------------------------------------------------

    def _values(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        values = {name: value for name, value in stored.items() if is_key(name)}
        control = {name: self._written(name, value) for name, value in stored.items() if name not in values}
        for migration in self.due:
            values = _renamed(values, migration.keys)
            if migration.convert is not None and values:
                values.update(migration.convert(dict(values)))
        return {**_renamed(control, self.channels), **values}

    def _pending(self, writes: Iterable[PendingWrite]) -> list[PendingWrite]:
        pending: list[PendingWrite] = []
        for task_id, channel, value in writes:
            name = self.channels.get(channel, channel)
            write = (NO_WRITES, None) if name is None else (name, self._written(channel, value))
            pending.append((task_id, *write))
        return pending

    def _written(self, channel: str, value: Any) -> Any:
        """What stands in a channel that is not the state's, or is written to it, where nodes and keys are named."""
        if channel == TASKS:
            return [self._sent(send) for send in value] if isinstance(value, (list, tuple)) else self._sent(value)
        if channel == START and isinstance(value, dict):
            return _renamed(value, self.keys)
        if channel == ERROR_SOURCE:
            return self.nodes.get(value) or value
        if channel.startswith(JOIN):
            return self._arrived(value)
        return value

    def _sent(self, send: Any) -> Any:
        if not isinstance(send, Send) or self.nodes.get(send.node) is None:
            return send
        return Send(str(self.nodes[send.node]), send.arg, timeout=send.timeout)

    def _arrived(self, value: Any) -> Any:
        """Whom a join has seen: one name where it is written, all of them where it is stored."""
        if isinstance(value, str):
            return self.nodes.get(value) or value
        if is_put_off(value):
            return self._arrived(value[0]), value[1]
        return {self.nodes.get(name) or name for name in value}

    def _listed(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(_renamed(dict.fromkeys(names), self.channels))


def _with_handlers(plan: Plan, nodes: Names) -> Names:
    """The nodes and those that handle their errors, which are called after them."""
    handlers = {handler_name(old): handler_name(new) for old, new in nodes.items() if new is not None}
    return {**{old: new for old, new in handlers.items() if new in plan.nodes}, **nodes}


def _composed(steps: Iterable[Mapping[str, str | None]]) -> Names:
    """Several renamings, one after the other, as one."""
    names: Names = {}
    for step in steps:
        came_from = {new: old for old, new in names.items() if new is not None}
        names.update({came_from.get(old, old): new for old, new in step.items()})
    return names


def _renamed(named: Mapping[str, Any], names: Mapping[str, str | None]) -> dict[str, Any]:
    """What is named, under other names; what has one of these already, keeps it."""
    moved = {name: names.get(name, name) for name in named}
    stay = {name: named[name] for name in named if moved[name] == name}
    return {**{new: named[old] for old, new in moved.items() if new is not None}, **stay}
