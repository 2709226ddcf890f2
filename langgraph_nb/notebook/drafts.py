"""A graph in the making: what each cell contributed to it.

A cell owns what it contributed; running it again replaces exactly that. Which objects the names stand for is decided in
``blueprint``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph_nb.notebook.cells import Kind
from langgraph_nb.notebook.edges import Wire, named
from langgraph_nb.notebook.mistakes import CellError, Place, point

OPTIONS = ("state", "checkpointer", "store", "cache", "context", "input", "output")
"""What can be said of a graph as a whole."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A name that a graph's cell gave a value that can be part of a graph."""

    name: str
    value: Any
    place: Place
    kind: Kind


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one cell gave to a graph."""

    cell: str = ""
    """The front end's id of the cell, empty where it has none."""
    label: str = ""
    """What a person calls the cell: ``[3]``."""
    filename: str = ""
    lines: tuple[str, ...] = field(default=(), repr=False)
    definitions: tuple[Definition, ...] = ()
    wiring: tuple[Wire, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    code: str = field(default="", repr=False)
    """The source without its wiring."""

    def pointer(self, place: Place) -> str:
        """The line at ``place``, with a caret."""
        return point(place, self.lines, self.label)


@dataclass
class Draft:
    """A graph that cells are writing."""

    name: str
    cells: dict[str, Contribution] = field(default_factory=dict)
    """In the order in which they first contributed."""
    version: int = 0
    """Counts the changes."""

    def put(self, key: str, contribution: Contribution) -> None:
        """Set, or replace, what a cell contributes."""
        self.cells[key] = contribution
        self.version += 1

    def drop(self, keys: list[str]) -> None:
        """Forget what cells contributed."""
        for key in keys:
            del self.cells[key]
            self.version += 1

    def wires(self) -> Iterator[tuple[Contribution, Wire]]:
        """Every wire once, with where it comes from."""
        found: dict[Wire, Contribution] = {}
        for cell in self.cells.values():
            for wire in cell.wiring:
                found.setdefault(wire, cell)
        return ((cell, wire) for wire, cell in found.items())

    def definitions(self, name: str) -> list[tuple[Contribution, Definition]]:
        """Where a name is defined."""
        return [(cell, d) for cell in self.cells.values() for d in cell.definitions if d.name == name]

    @property
    def owned(self) -> dict[str, Any]:
        """The names that mean something of their own in this graph."""
        return {d.name: d.value for cell in self.cells.values() for d in cell.definitions}

    @property
    def functions(self) -> dict[str, Any]:
        """The functions and classes among them."""
        return {d.name: d.value for cell in self.cells.values() for d in cell.definitions if d.kind == "definition"}

    @property
    def options(self) -> dict[str, str]:
        """What was said of the graph as a whole."""
        return {name: text for cell in self.cells.values() for name, text in cell.options.items()}

    def check_options(self, options: Mapping[str, str], replaced: frozenset[str]) -> None:
        """Refuse options that contradict those of other cells.

        Args:
            options: What a cell wants to say.
            replaced: The keys of contributions that this one replaces.

        Raises:
            CellError: For the first contradiction.
        """
        for key, cell in self.cells.items():
            for name, text in ({} if key in replaced else cell.options).items():
                if options.get(name, text) != text:
                    where = f" in {cell.label}" if cell.label else ""
                    raise CellError(
                        f"--{name} of {self.name!r} is `{text}`{where} and `{options[name]}` here.",
                        "Give it in one cell only.",
                    )

    def names(self) -> dict[str, tuple[Contribution, Place]]:
        """The nodes that wiring names, in the order in which it does, with where each is first named."""
        found: dict[str, tuple[Contribution, Place]] = {}
        for cell, wire in self.wires():
            for name, place in named(wire):
                found.setdefault(name, (cell, place))
        return found
