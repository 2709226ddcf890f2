"""Edges from a node to itself: loops on its right side, each around the one before and its label.

Knows a box and its labels; nothing of the rest of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langgraph_nb.notebook.picture.curves import rounded
from langgraph_nb.notebook.picture.geometry import Label, Point, Rect

REACH = 22.0
RADIUS = 8.0


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop seen from the middle of its box's right side: half of its height, how far it goes, where its label is."""

    half: float
    reach: float
    label: Label | None

    def curve(self, right: float, middle: float) -> tuple[Point, ...]:
        """The loop at a box's right side; it comes back lower than it leaves."""
        top, bottom, out = middle - self.half, middle + self.half, right + self.reach
        return rounded([(right, top), (out, top), (out, bottom), (right, bottom)], RADIUS)


def loops(labels: Sequence[Label | None]) -> list[Loop]:
    """The loops of one node, innermost first.

    Args:
        labels: one for each self-loop.

    Example:
        >>> loops([None])[0].reach
        22.0
    """
    made: list[Loop] = []
    half, reach = 9.0, REACH
    for label in labels:
        placed = None
        if label is not None:
            w, h = label.box.w, label.box.h
            placed = Label(Rect(reach + 5, -h / 2, w, h), label.lines)
        made.append(Loop(half, reach, placed))
        half = max(half + 8, placed.box.h / 2 + 6 if placed else 0)
        reach = (placed.box.right if placed else reach) + 10
    return made


def width(made: Sequence[Loop]) -> float:
    """How far the loops and their labels reach out of the box, px."""
    return max((loop.label.box.right if loop.label else loop.reach for loop in made), default=0.0)


def least_height(made: Sequence[Loop]) -> float:
    """How high the box must be to hold the ends of its loops, px."""
    return 2 * made[-1].half + 16 if made else 0.0
