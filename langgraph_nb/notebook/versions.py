"""What became of a graph between two versions of it: nodes, their code and options, edges, the state.

Knows blueprints; nothing of cells or of how versions are kept.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from langgraph_nb.notebook.blueprint import Blueprint
from langgraph_nb.notebook.edges import Branch
from langgraph_nb.notebook.picture.text import arrow_lines
from langgraph_nb.notebook.terms import Route

CONTEXT = 1
"""Lines of code around what changed."""


@dataclass(frozen=True, slots=True)
class GraphChanges:
    """What is different in a graph since its last version. Shows itself as text; false where nothing is."""

    name: str
    lines: tuple[str, ...]
    """Each begins with ``+`` for what is new, ``-`` for what is gone, ``~`` for what changed."""
    touched: frozenset[str] = frozenset()
    """The nodes that are new or changed, or have other edges."""

    def __bool__(self) -> bool:
        return bool(self.lines)

    def __repr__(self) -> str:
        if not self.lines:
            return f"{self.name}: nothing changed since the last version"
        return "\n".join([f"{self.name}, since the last version:", *(f"  {line}" for line in self.lines)])


def changes(before: Blueprint, after: Blueprint, options: tuple[Mapping[str, str], Mapping[str, str]]) -> GraphChanges:
    """What is different between two versions of a graph.

    Args:
        before: The earlier one.
        after: The later one.
        options: What was said of the graph as a whole in each, as text.
    """
    old, new = ({node.name: node for node in version.nodes} for version in (before, after))
    lines: list[str] = []
    touched: set[str] = set()
    for name in _all(old, new):
        told = list(_node(name, old.get(name), new.get(name)))
        touched |= {name} if told and name in new else set()
        lines += told
    one, other = before.topology(), after.topology()
    for sign, here, there in (("-", one, other), ("+", other, one)):
        edges = tuple(edge for edge in here.edges if edge not in there.edges)
        touched |= {end for edge in edges for end in (edge.source, edge.target) if end in new}
        lines += [f"{sign} {line}" for line in arrow_lines(replace(here, edges=edges))]
    lines += _routers(before, after)
    lines += _schema(before.state, after.state)
    for option in _all(*options):
        was, is_now = (given.get(option, "nothing") for given in options)
        lines += [f"~ --{option}: {was} → {is_now}"] if was != is_now else []
    return GraphChanges(after.name, tuple(lines), frozenset(touched))


def _all(one: Iterable[str], other: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*one, *other]))


def _node(name: str, old: Any, new: Any) -> Iterator[str]:
    if old is None or new is None:
        yield f"{'+' if old is None else '-'} node {name}"
        return
    one, other = source_of(old.code), source_of(new.code)
    if one != other:
        yield f"~ node {name}: its code"
        yield from _difference(one, other)
    elif not one and _compiled(old.code) != _compiled(new.code):
        yield f"~ node {name}: its code"
    if old.options != new.options and one == other:
        yield f"~ node {name}: its options"


def source_of(code: Any) -> str:
    """The source of a function or class; empty for what has none."""
    try:
        return inspect.getsource(code) if inspect.isfunction(code) or isinstance(code, type) else ""
    except (OSError, TypeError):  # what was not typed in a cell or a file
        return ""


def _compiled(code: Any) -> Any:
    """What tells functions apart that have no source: what they compile to; of other things, their kind."""
    made = getattr(code, "__code__", None)
    return type(code).__name__ if made is None else (made.co_code, made.co_consts, made.co_names)


def _difference(one: str, other: str) -> list[str]:
    found = difflib.unified_diff(one.splitlines(), other.splitlines(), n=CONTEXT, lineterm="")
    return [f"    {line}" for line in found if not line.startswith(("---", "+++", "@@"))]


def _routers(before: Blueprint, after: Blueprint) -> Iterator[str]:
    """Functions that choose are no nodes, and lead where they led with other code too."""
    old, new = (dict(_choosing(version)) for version in (before, after))
    for name in new:
        if name in old and (one := old[name]) != (other := new[name]):
            yield f"~ {name}, which chooses: its code"
            yield from _difference(one, other)


def _choosing(version: Blueprint) -> Iterator[tuple[str, str]]:
    for _, wire in version.wiring:
        if isinstance(wire, Branch) and isinstance(wire.way, Route):
            text = wire.way.function.text
            yield text, source_of(version.functions.get(text))


def _schema(old: Any, new: Any) -> Iterator[str]:
    names = [getattr(schema, "__name__", str(schema)) for schema in (old, new)]
    if names[0] != names[1]:
        yield f"~ the state: {names[0]} → {names[1]}"
    one, other = _keys(old), _keys(new)
    for key in _all(one, other):
        if key not in one or key not in other:
            yield f"{'+' if key in other else '-'} state key {key}: {other.get(key) or one.get(key)}"
        elif one[key] != other[key]:
            yield f"~ state key {key}: {one[key]} → {other[key]}"


def _keys(schema: Any) -> dict[str, str]:
    """The keys of a state with their types, as text."""
    bases = reversed(schema.__mro__) if isinstance(schema, type) else ()
    found = {key: kind for base in bases for key, kind in inspect.get_annotations(base).items()}
    return {key: inspect.formatannotation(kind) for key, kind in found.items()}
