"""Mistakes in a cell, and how a person sees them: a sentence, how to mend it, and the line with a caret under it.

Knows nothing of graphs. A notebook shows these errors without a traceback (``_render_traceback_`` is IPython's hook for
that), and they are raised, never printed, so that a broken cell fails where nobody watches.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of a cell's source. Lines count from 1 (the cell's first line), columns are characters from 0."""

    line: int
    column: int
    end_line: int
    end_column: int


def place_of(node: ast.AST, lines: Sequence[str]) -> Place:
    """Where ``node`` stands in ``lines``. Python counts columns in UTF-8 bytes, people in characters."""
    line, end = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
    return Place(
        line,
        _characters(lines, line, getattr(node, "col_offset", 0)),
        end,
        _characters(lines, end, getattr(node, "end_col_offset", 0)),
    )


def _characters(lines: Sequence[str], line: int, column: int) -> int:
    if not 0 < line <= len(lines):
        return column
    return len(lines[line - 1].encode()[:column].decode(errors="replace"))


def point(place: Place, lines: Sequence[str], cell: str = "") -> str:
    """The line at ``place`` with carets under it, or nothing where the source is not at hand.

    Args:
        place: What to point at.
        lines: The cell's source.
        cell: What to call the cell, where it may be another one than the reader looks at.

    Example:
        >>> print(point(Place(1, 5, 1, 6), ["a >> b"]))
        line 1: a >> b
                     ^
    """
    if not 0 < place.line <= len(lines):
        return ""
    text = lines[place.line - 1]
    shift = len(text) - len(text.lstrip())
    end = place.end_column if place.end_line == place.line else len(text)
    head = f"{cell} line {place.line}: ".lstrip()
    return f"{head}{text.strip()}\n{' ' * (len(head) + place.column - shift)}{'^' * max(1, end - place.column)}"


class CellError(ValueError):
    """A mistake in a cell, or in what was asked of a graph.

    Args:
        what: One sentence of what is wrong.
        mend: One sentence of how to mend it.
        place: Where in the cell.
        lines: The cell's lines, to show the one at ``place``.
    """

    def __init__(self, what: str, mend: str = "", *, place: Place | None = None, lines: Iterable[str] = ()) -> None:
        self.what = what
        self.mend = mend
        self.place = place
        self.pointer = point(place, tuple(lines)) if place else ""
        super().__init__(what, mend)

    @property
    def lineno(self) -> int | None:
        """The line of the cell, counted from 1."""
        return self.place.line if self.place else None

    def __str__(self) -> str:
        return "\n".join(filter(None, (" ".join(filter(None, (self.what, self.mend))), self.pointer)))

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class CellSyntaxError(CellError):
    """A cell that is not Python."""


class WiringError(CellError):
    """A wiring statement that cannot be read."""


class UnknownGraphError(CellError, LookupError):
    """A graph that is not there."""


class UnfinishedGraphError(CellError, AttributeError):
    """A graph was used that still lacks something: it has no ``invoke`` yet, so this is an ``AttributeError`` too."""
