"""The shape of a graph, as far as what is stored depends on it: which nodes and keys there are, and of which kind.

A checkpoint has the fingerprint of the graph that made it; what differs between two shapes is told by their names.
Plain data: it knows no graph, no channel and no saver.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from difflib import get_close_matches
from typing import Any

from langgraph_nb.constants import BRANCH_TO, JOIN, START, TASKS
from langgraph_nb.records import record

VERSION_MARK = "/"
"""Between a fingerprint's digest and the number of migrations that the graph knew."""


@record
class Shape:
    """A graph by its names.

    Example:
        >>> old = Shape({"ask": ("branch:to:ask",)}, {"n": "LastValue[int]"})
        >>> new = Shape({"ask": ("branch:to:ask",)}, {"total": "LastValue[int]"})
        >>> old.fingerprint == new.fingerprint
        False
        >>> print(old.difference(new))
        keys gone: 'n'; keys added: 'total'
    """

    nodes: Mapping[str, tuple[str, ...]]
    """Node -> the channels that make it run."""
    keys: Mapping[str, str]
    """Key of the state -> its kind of channel, and the type of its value."""
    edges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Node -> the channels that its edges write."""
    migrations: int = 0
    """How many migrations the graph knew."""
    known: str = field(default="", init=False, compare=False, repr=False)
    """The fingerprint, once somebody has asked for it."""

    written: str = field(default="", init=False, compare=False, repr=False)
    """Its text, once somebody has asked for it."""

    @property
    def text(self) -> str:
        """All that it says, the same in every process."""
        if not self.written:
            said = {"nodes": self.nodes, "keys": self.keys, "edges": self.edges, "migrations": self.migrations}
            self.written = json.dumps(said, sort_keys=True, separators=(",", ":"))  # type: ignore[misc]
        return self.written

    @classmethod
    def read(cls, text: str) -> Shape:
        """The shape that a text says."""
        said = json.loads(text)
        nodes = {name: tuple(triggers) for name, triggers in said["nodes"].items()}
        return cls(nodes, said["keys"], {n: tuple(to) for n, to in said["edges"].items()}, said["migrations"])

    @property
    def fingerprint(self) -> str:
        """A short text that is the same for graphs of the same shape, and tells how many migrations they knew."""
        if not self.known:
            from hashlib import blake2b  # loads OpenSSL, which importing a graph's words does not need

            digest = blake2b(self.text.encode(), digest_size=8).hexdigest()
            self.known = f"{digest}{VERSION_MARK}{self.migrations}" if self.migrations else digest  # type: ignore[misc]
        return self.known

    def difference(self, new: Shape) -> GraphDifference:
        """What a newer shape has in another way."""
        changed = {key: (kind, new.keys[key]) for key, kind in self.keys.items() if kind and key in new.keys}
        return GraphDifference(
            nodes_gone=_without(self.nodes, new.nodes),
            nodes_added=_without(new.nodes, self.nodes),
            keys_gone=_without(self.keys, new.keys),
            keys_added=_without(new.keys, self.keys),
            keys_changed={key: kinds for key, kinds in changed.items() if kinds[0] != kinds[1]},
        )


@record
class GraphDifference:
    """What differs between the graph that made a checkpoint and the one that goes on from it.

    Example:
        >>> print(GraphDifference(nodes_gone=("ask",), nodes_added=("ask_user",)))
        nodes gone: 'ask'; nodes added: 'ask_user'
    """

    nodes_gone: tuple[str, ...] = ()
    nodes_added: tuple[str, ...] = ()
    keys_gone: tuple[str, ...] = ()
    keys_added: tuple[str, ...] = ()
    keys_changed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Key -> (kind then, kind now)."""

    def __str__(self) -> str:
        told = [
            f"{what}: {', '.join(map(repr, names))}"
            for what, names in (
                ("nodes gone", self.nodes_gone),
                ("nodes added", self.nodes_added),
                ("keys gone", self.keys_gone),
                ("keys added", self.keys_added),
            )
            if names
        ]
        if self.keys_changed:
            kinds = (f"{key!r} ({old} -> {new})" for key, (old, new) in self.keys_changed.items())
            told.append(f"keys changed: {', '.join(kinds)}")
        return "; ".join(told)


def _without(names: Iterable[str], others: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if name not in others))


def told_shape(graph: Any) -> Shape | None:
    """The shape, where a checkpoint says it and not only its fingerprint."""
    return Shape.read(graph) if isinstance(graph, str) and graph.startswith("{") else None


def migrations_known(graph: Any) -> int:
    """How many migrations the graph knew of which a checkpoint says this; none, if it says nothing.

    Example:
        >>> migrations_known("0123456789abcdef/2"), migrations_known("0123456789abcdef"), migrations_known(None)
        (2, 0, 0)
    """
    if (shape := told_shape(graph)) is not None:
        return shape.migrations
    version = graph.partition(VERSION_MARK)[2] if isinstance(graph, str) else ""
    return int(version) if version.isdigit() else 0


def is_key(channel: str) -> bool:
    """Whether a channel is one of the state's, as far as its name tells."""
    return not channel.startswith((BRANCH_TO, JOIN, START, TASKS))


def shape_from_names(checkpoint: Mapping[str, Any]) -> Shape:
    """What a checkpoint itself tells of the graph that made it: the nodes and keys that it names, of unknown kinds.

    Example:
        >>> checkpoint = {"channel_values": {"n": 1, "branch:to:b": None}, "channel_versions": {}, "versions_seen": {}}
        >>> shape_from_names(checkpoint)
        Shape(nodes={'b': ('branch:to:b',)}, keys={'n': ''}, edges={}, migrations=0)
    """
    nodes = {name: tuple(seen) for name, seen in checkpoint["versions_seen"].items() if not name.startswith("__")}
    for channel in (*checkpoint["channel_versions"], *checkpoint["channel_values"]):
        if channel.startswith(BRANCH_TO):
            name = channel.removeprefix(BRANCH_TO)
            nodes[name] = tuple(dict.fromkeys((*nodes.get(name, ()), channel)))
    return Shape(nodes, dict.fromkeys(filter(is_key, checkpoint["channel_values"]), ""))


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that is most like this one, if one is.

    Example:
        >>> closest("ask", ["ask_user", "send"])
        'ask_user'
    """
    found = sorted(names)
    alike = get_close_matches(name, found, n=1, cutoff=0.5) or [n for n in found if name in n or n in name]
    return alike[0] if alike else None
