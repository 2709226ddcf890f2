"""Cells that are run again and add to a ``StateGraph`` builder: what the earlier run of the cell added is replaced.

The builder itself refuses a second node of the same name, as it should. This file looks at the builders of a namespace
before and after each cell, and so knows what the cell added; before the cell runs again, that is taken out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from langgraph_nb.graph.state import StateGraph

    Builder = StateGraph[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Additions:
    """What is in a builder, or what a cell added to it."""

    nodes: Mapping[str, Any]
    edges: frozenset[tuple[str, str]]
    waiting_edges: frozenset[tuple[tuple[str, ...], str]]
    branches: Mapping[tuple[str, str], Any]

    @classmethod
    def of(cls, builder: Builder) -> Additions:
        """All that is in a builder."""
        branches = {(s, name): spec for s, named in builder.branches.items() for name, spec in named.items()}
        return cls(dict(builder.nodes), frozenset(builder.edges), frozenset(builder.waiting_edges), branches)

    def since(self, before: Additions) -> Additions:
        """What is in here and was not before."""
        return Additions(
            {name: spec for name, spec in self.nodes.items() if before.nodes.get(name) is not spec},
            self.edges - before.edges,
            self.waiting_edges - before.waiting_edges,
            {key: spec for key, spec in self.branches.items() if before.branches.get(key) is not spec},
        )

    def take_out(self, builder: Builder, kept: Iterable[Additions] = ()) -> None:
        """Remove from a builder what is still there of this, but edges that other cells add too."""
        edges = self.edges.difference(*(other.edges for other in kept))
        waiting_edges = self.waiting_edges.difference(*(other.waiting_edges for other in kept))
        for name, spec in self.nodes.items():
            if builder.nodes.get(name) is spec:
                del builder.nodes[name]
        for edge in edges:
            builder.edges.pop(edge, None)
        for join in waiting_edges:
            builder.waiting_edges.pop(join, None)
        for (source, name), spec in self.branches.items():
            if builder.branches[source].get(name) is spec:
                del builder.branches[source][name]
            if not builder.branches[source]:
                del builder.branches[source]


NOTHING = Additions({}, frozenset(), frozenset(), {})


class Noted(dict[Any, None]):
    """The edges of a builder while a cell runs. To add one that is there already changes nothing, and is noted."""

    def __init__(self, edges: Mapping[Any, None]) -> None:
        super().__init__(edges)
        self.added: set[Any] = set()

    def __setitem__(self, edge: Any, value: None) -> None:
        self.added.add(edge)
        super().__setitem__(edge, value)


class BuilderWatch:
    """Remembers which cell added what to the builders of a namespace.

    Example:
        >>> from langgraph_nb.graph.state import StateGraph
        >>> watch, builder = BuilderWatch(), StateGraph(dict)
        >>> for _ in range(2):
        ...     watch.begin_cell("cell-1", [builder])
        ...     _ = builder.add_node("a", lambda state: state)
        ...     watch.end_cell([builder])
    """

    def __init__(self) -> None:
        self._added: WeakKeyDictionary[Builder, dict[str, Additions]] = WeakKeyDictionary()
        self._before: WeakKeyDictionary[Builder, Additions] = WeakKeyDictionary()
        self._cell = ""

    def begin_cell(self, cell: str, builders: Iterable[Builder], deleted: Iterable[str] = ()) -> None:
        """A cell starts to run: take out what its earlier run added, and what cells added that are deleted."""
        self._cell = cell
        self._before.clear()
        for builder in builders:
            known = self._added.get(builder, {})
            for gone in {cell, *deleted} - {""}:
                known.pop(gone, NOTHING).take_out(builder, known.values())
            self._before[builder] = Additions.of(builder)
            builder.edges, builder.waiting_edges = Noted(builder.edges), Noted(builder.waiting_edges)

    def end_cell(self, builders: Iterable[Builder]) -> None:
        """The cell has run: note what it added."""
        for builder in builders:
            added = Additions.of(builder).since(self._before.get(builder, NOTHING))
            if isinstance(builder.edges, Noted) and isinstance(builder.waiting_edges, Noted):
                edges, waiting = added.edges | builder.edges.added, added.waiting_edges | builder.waiting_edges.added
                added = replace(added, edges=edges, waiting_edges=waiting)
                builder.edges, builder.waiting_edges = dict(builder.edges), dict(builder.waiting_edges)
            if added != NOTHING and self._cell:
                self._added.setdefault(builder, {})[self._cell] = added
        self._cell = ""


def builders_in(namespace: Mapping[str, Any]) -> list[Builder]:
    """The builders that variables of a namespace hold, each once."""
    state = sys.modules.get("langgraph_nb.graph.state")  # without it there can be no builder
    if state is None:
        return []
    return list(
        {id(value): value for value in list(namespace.values()) if isinstance(value, state.StateGraph)}.values()
    )
