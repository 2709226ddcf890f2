"""What wiring contributes to a graph: edges, joins and branches, from the terms of a chain.

Sources and targets are names as written; which functions they stand for is decided when the graph is built.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from langgraph_nb.constants import END, START
from langgraph_nb.notebook import terms
from langgraph_nb.notebook.mistakes import Place
from langgraph_nb.notebook.terms import Begin, Chain, Map, Named, SendTo, Stop, Term, exits, inside


@dataclass(frozen=True, slots=True)
class Edge:
    """``source`` is followed by ``target``."""

    source: str
    target: str
    place: Place = field(compare=False)
    origins: tuple[Place, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Join:
    """``target`` comes after all ``sources``."""

    sources: tuple[str, ...]
    target: str
    place: Place = field(compare=False)
    origins: tuple[Place, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """After ``source``, ``way`` says where to go."""

    source: str
    way: Term
    place: Place = field(compare=False)
    origins: tuple[Place, ...] = field(default=(), compare=False)


Wire = Edge | Join | Branch


@dataclass(frozen=True, slots=True)
class Case:
    """One of the ways that a branch can take."""

    key: str
    """Names the way; unique in its branch."""
    label: str
    """Why this way is taken, for the picture."""
    target: str
    fan_out: bool = False
    """Whether it is taken once for each item."""


def wires(chain: Chain) -> tuple[Wire, ...]:
    """The edges that a chain stands for, in the order written.

    Example:
        >>> from langgraph_nb.notebook.wiring import read_cell
        >>> [(e.source, e.target) for e in wires(read_cell("START >> a >> {b, c}").chains[0])]
        [('__start__', 'a'), ('a', 'b'), ('a', 'c')]
    """
    return tuple(dict.fromkeys(_wires(chain)))


def _wires(term: Term) -> Iterator[Wire]:
    for inner in inside(term):
        yield from _wires(inner)
    if isinstance(term, Chain):
        for left, right in zip(term.items, term.items[1:], strict=False):
            for group in exits(left):
                yield from _connect(tuple(group), right)


def _connect(group: tuple[Named | Begin | Stop, ...], term: Term) -> Iterator[Wire]:
    sources, origins = tuple(name_of(node) for node in group), tuple(node.place for node in group)
    match term:
        case Named() | Stop() | Begin():
            if len(sources) == 1:
                yield Edge(sources[0], name_of(term), term.place, origins)
            else:
                yield Join(sources, name_of(term), term.place, origins)
        case Chain():
            yield from _connect(group, term.items[0])
        case terms.Parallel() | terms.Together():
            for item in term.items:
                yield from _connect(group, item)
        case _:
            yield Branch(sources[0], term, term.place, origins)


def name_of(term: Named | Begin | Stop) -> str:
    """The name of a node in its graph, as written."""
    if isinstance(term, Named):
        return term.name
    return START if isinstance(term, Begin) else END


def named(wire: Wire) -> Iterator[tuple[str, Place]]:
    """Every node that a wire names, with the place where; START and END are not nodes."""
    found: Iterable[tuple[str, Place]]
    match wire:
        case Edge():
            found = ((wire.source, wire.origins[0]), (wire.target, wire.place))
        case Join():
            found = (*zip(wire.sources, wire.origins, strict=True), (wire.target, wire.place))
        case Branch():
            found = ((wire.source, wire.origins[0]), *((t.name, t.place) for t in _entry_nodes(wire.way)))
    yield from ((name, place) for name, place in found if name not in (START, END))


def _entry_nodes(term: Term) -> Iterator[Named]:
    if isinstance(term, Named):
        yield term
    for inner in inside(term)[: 1 if isinstance(term, Chain) else None]:
        yield from _entry_nodes(inner)


def cases(way: Term) -> tuple[Case, ...]:
    """The ways that a branch can take, each with a key of its own.

    Example:
        >>> from langgraph_nb.notebook.wiring import read_cell
        >>> branch = wires(read_cell("a >> (b if state['n'] > 1 else END)").chains[0])[0]
        >>> [(case.label, case.target) for case in cases(branch.way)]
        [("state['n'] > 1", 'b'), ('else', '__end__')]
    """
    taken: set[str] = set()
    found: list[Case] = []
    for label, target, fan_out in _cases(way, ""):
        key, number = label or target, 1
        while key in taken:
            number += 1
            key = f"{label or target} ({number})"
        taken.add(key)
        found.append(Case(key, label, target, fan_out))
    return tuple(found)


def _cases(term: Term, label: str) -> Iterator[tuple[str, str, bool]]:
    match term:
        case Named() | Stop() | Begin():
            yield label, name_of(term), False
        case SendTo():
            yield label, term.target.name, True
        case Map():
            for _, target, _ in _cases(term.element, ""):
                yield label or term.text, target, True
        case Chain():
            yield from _cases(term.items[0], label)
        case terms.Parallel() | terms.Together():
            for item in term.items:
                yield from _cases(item, label)
        case terms.Choice():
            yield from _cases(term.then, _both(label, term.test))
            yield from _cases(term.other, _otherwise(label, term))
        case terms.Switch() | terms.Route():
            for way in term.ways:
                yield from _cases(way.target, ", ".join(filter(None, (label, way.label))))
            if isinstance(term, terms.Switch) and term.default is not None:
                yield from _cases(term.default, ", ".join(filter(None, (label, "else"))))


def _both(label: str, test: terms.Expression) -> str:
    return f"{label} and {_tight(test)}" if label and not label.endswith("else") else test.text


def _otherwise(label: str, choice: terms.Choice) -> str:
    """An ``else`` that is itself a choice has the inner tests as labels, like ``elif``."""
    if isinstance(choice.other, terms.Choice):
        return label
    return f"{label}, else" if label else "else"


def _tight(test: terms.Expression) -> str:
    loose = isinstance(test.tree, (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr))
    return f"({test.text})" if loose else test.text
