"""A graph and what is done with it, as plain data: what hypothesis generates, and what is printed when it fails.

The code of the nodes is here too, written once: it is the user's part. It knows neither of the packages.
"""

from __future__ import annotations

import operator
from collections.abc import Generator
from dataclasses import dataclass, fields
from typing import Annotated, Any

START, END = "__start__", "__end__"


class Plain:
    """Data whose text leaves out what is as usual."""

    def __repr__(self) -> str:
        shown = [f"{f.name}={v!r}" for f in fields(self) if (v := getattr(self, f.name)) != f.default]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


class Broken(Exception):
    """What a node raises that is told to fail."""


def add_capped(old: list[str], new: list[str]) -> list[str]:
    return (old + new)[-24:]


def add_modulo(old: int, new: int) -> int:
    return (old + new) % 1000


def larger(old: int, new: int) -> int:
    return max(old, new)


REDUCERS: dict[str, Any] = {"log": add_capped, "count": add_modulo, "best": larger, "word": operator.add}
"""Keys with a reducer; the others take one write in a step."""
EMPTY: dict[str, Any] = {"log": [], "count": 0, "best": 0, "word": ""}
"""What a key holds before it is written. The others hold nothing."""
TYPES: dict[str, Any] = {
    "log": Annotated[list, add_capped], "count": Annotated[int, add_modulo], "best": Annotated[int, larger],
    "word": Annotated[str, operator.add], "last": int, "own": int,
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Send(Plain):
    """A task of its own for a node."""

    node: str
    n: int


Target = str | Send


@dataclass(frozen=True, repr=False)
class Graph(Plain):
    """A graph: its state's keys, its nodes in the order of their definition, and what leads from where to where."""

    keys: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    joins: tuple[tuple[tuple[str, ...], str], ...] = ()
    routers: tuple[Router, ...] = ()

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)


@dataclass(frozen=True, repr=False)
class Node(Plain):
    """A node, or a graph in its place."""

    name: str
    writes: tuple[tuple[str, Any], ...] = ()
    asks: int = 0
    goto: tuple[Target, ...] = ()
    """Where it goes by ``Command``."""
    up: bool = False
    """Whether its command is for the graph above."""
    defer: bool = False
    child: Graph | None = None
    calls: bool = False
    """Whether the node's code calls the child; else the child is the node."""


@dataclass(frozen=True, repr=False)
class Router(Plain):
    """A conditional edge: on while the counter is below ``below``, else off."""

    source: str
    below: int
    on: tuple[Target, ...]
    off: tuple[Target, ...]

    def choose(self, state: Any) -> tuple[Target, ...]:
        return self.on if state.get("count", 0) < self.below else self.off


@dataclass(frozen=True, repr=False)
class How(Plain):
    """How a run is made, and what goes wrong in it."""

    way: str = "invoke"
    """``invoke``, ``updates`` or ``values``"""
    limit: int = 12
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """Nodes that fail in this run, by their path."""


@dataclass(frozen=True, repr=False)
class Begin(Plain):
    """New input."""

    input: dict[str, Any]
    how: How


@dataclass(frozen=True, repr=False)
class GoOn(Plain):
    """``invoke(None)``"""

    how: How


@dataclass(frozen=True, repr=False)
class Answer(Plain):
    """Resume: with one answer, or with a map of the first ``several`` questions."""

    answer: int
    several: int
    how: How


@dataclass(frozen=True, repr=False)
class Update(Plain):
    """``update_state``, at the latest checkpoint or ``back`` checkpoints before it."""

    values: dict[str, Any]
    as_node: str
    back: int = 0


@dataclass(frozen=True, repr=False)
class Travel(Plain):
    """Look at a checkpoint, and go on from it."""

    back: int
    how: How


Act = Begin | GoOn | Answer | Update | Travel


@dataclass(frozen=True, repr=False)
class Scenario(Plain):
    """A graph, and what is done on one thread of it."""

    graph: Graph
    acts: tuple[Act, ...]


@dataclass
class Look:
    """What ``get_state`` shows."""

    values: dict[str, Any]
    next: list[str]
    questions: list[str]
    checkpoints: int


@dataclass
class Seen:
    """What is seen of an act. ``None``: not to be looked at."""

    error: str = ""
    chunks: list[Any] | None = None
    """What was streamed; of ``invoke``, its result."""
    ran: list[str] | None = None
    """The nodes whose code was called, in order."""
    state: Look | None = None


@dataclass
class World:
    """What nodes see and change beside the state."""

    ran: list[str]
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """A node's code asks."""

    question: str


@dataclass(frozen=True)
class Call:
    """A node's code calls the node's graph."""

    input: dict[str, Any]


def body(node: Node, path: str, state: Any, world: World) -> Generator[Ask | Call, Any, dict[str, Any]]:
    """The code of a node. It is sent the answers to what it yields; its value is the update."""
    label = f"{path}{node.name}" + (f"({state['n']})" if "n" in state else "")
    world.ran.append(label)
    if f"{path}{node.name}" in world.broken:
        raise Broken(label)
    total = 0
    for number in range(node.asks):
        total += yield Ask(f"{label}?{number}")
    if node.calls:
        total += (yield Call({"count": state.get("count", 0), "n": 0})).get("count", 0)
    return {"log": [f"{label}:{state.get('count')}"], "count": 1 + total, **dict(node.writes)}
