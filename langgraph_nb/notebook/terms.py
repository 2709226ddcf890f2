"""What wiring is made of: the terms between the ``>>`` of a chain, as immutable data.

``wiring`` reads them from a cell's syntax tree, ``edges`` makes edges of them, ``routers`` makes functions of them.
Terms are equal when they say the same, wherever they stand.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from langgraph_nb.constants import START
from langgraph_nb.notebook.mistakes import Place


@dataclass(frozen=True, slots=True)
class Expression:
    """The user's Python inside of wiring: a test, a key, what an item is sent."""

    text: str
    """Its source on one line."""
    tree: ast.expr = field(compare=False, repr=False)
    """Its syntax, with the positions it has in the cell."""


@dataclass(frozen=True, slots=True)
class Begin:
    """``START``"""

    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Stop:
    """``END``"""

    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """A node: ``a``, ``module.a`` or ``"a"``."""

    name: str
    place: Place = field(compare=False)
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Parallel:
    """``{b, c}``: all of them; what follows comes after each."""

    items: tuple[Term, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Together:
    """``[b, c]``: all of them; what follows waits for all."""

    items: tuple[Term, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """``(b if TEST else c)``"""

    test: Expression
    then: Term
    other: Term
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways of a switch or a route."""

    key: Expression | None
    """The value that leads here; ``None`` is the node's own name."""
    label: str
    target: Term


@dataclass(frozen=True, slots=True)
class Switch:
    """``{"x": b, "y": c}[KEY]``, or ``{...}.get(KEY, d)`` with a way for all other keys."""

    key: Expression
    ways: tuple[Way, ...]
    default: Term | None
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class SendTo:
    """``work(item=i)``: run a node with a state of its own."""

    target: Named
    argument: Expression
    """What it is sent."""
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Map:
    """``[work(item=i) for i in ITEMS]``"""

    element: Term
    """A ``SendTo``, or a ``Choice`` between several."""
    text: str
    """``for i in ITEMS``"""
    generators: tuple[ast.comprehension, ...] = field(compare=False, repr=False)
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Route:
    """``route(fn, b, c)``: a function says where to go."""

    function: Expression
    ways: tuple[Way, ...]
    place: Place = field(compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether it leads to single nodes only."""
        return all(isinstance(way.target, (Named, Stop)) for way in self.ways)


@dataclass(frozen=True, slots=True)
class Chain:
    """``a >> b >> c``; each item leads to the next."""

    items: tuple[Term, ...]
    place: Place = field(compare=False)


Term = Begin | Stop | Named | Parallel | Together | Choice | Switch | SendTo | Map | Route | Chain
CONDITIONAL = (Choice, Switch, SendTo, Map, Route)
"""The terms that stand for a conditional edge."""


def inside(term: Term) -> tuple[Term, ...]:
    """The terms directly inside of a term."""
    match term:
        case Parallel() | Together() | Chain():
            return term.items
        case Choice():
            return (term.then, term.other)
        case Switch():
            return tuple(way.target for way in term.ways) + (() if term.default is None else (term.default,))
        case Route():
            return tuple(way.target for way in term.ways)
        case Map():
            return (term.element,)
        case SendTo():
            return (term.target,)
    return ()


def exits(term: Term) -> tuple[tuple[Named | Begin, ...], ...]:
    """The ways out of a term: single nodes, and groups of nodes that are waited for together."""
    match term:
        case Named() | Begin():
            return ((term,),)
        case Stop():
            return ()
        case Chain():
            return exits(term.items[-1])
        case Together():
            members = {node.name: node for group in _inner_exits(term) for node in group if isinstance(node, Named)}
            return (tuple(members.values()),) if members else ()
    return tuple({tuple(_key(n) for n in group): group for group in _inner_exits(term)}.values())


def _inner_exits(term: Term) -> Iterator[tuple[Named | Begin, ...]]:
    for inner in inside(term):
        yield from exits(inner)


def _key(node: Named | Begin) -> str:
    return node.name if isinstance(node, Named) else START
