"""The ways of edges through the rows: straight within a row, a swing from one row to the next.

Within a row a line stays in its own item's width, and between rows there is nothing to hit: so it crosses neither boxes
nor labels.
Knows a sketch with its coordinates; nothing of text or SVG.
"""

from __future__ import annotations

from collections.abc import Sequence

from langgraph_nb.notebook.picture.curves import line, reverse, swing
from langgraph_nb.notebook.picture.geometry import Point
from langgraph_nb.notebook.picture.sketch import Chain, Sketch

Lines = Sequence[tuple[float, float, float]]


def curve(made: Sketch, chain: Chain, lines: Lines) -> tuple[Point, ...]:
    """A chain's way, from its arc's source to its target.

    Args:
        made: with coordinates and ports.
        chain: one of its chains.
        lines: top, middle and bottom of each row.
    """
    first = made.links[chain.links[0]]
    points: list[Point] = [(made.items[first.upper].x + first.upper_at, _foot(made, first.upper, lines))]
    for number in chain.links:
        link = made.links[number]
        upper, lower = made.items[link.upper], made.items[link.lower]
        leave = (upper.x + link.upper_at, lines[upper.row][2])
        enter = (lower.x + link.lower_at, lines[lower.row][0])
        if abs(leave[0] - enter[0]) < 1.5:
            enter = (leave[0], enter[1])
        _straight(points, (points[-1][0], leave[1]))
        leave = points[-1]
        if leave[0] == enter[0]:
            _straight(points, enter)
        else:
            points += swing(leave, enter)
    _straight(points, (points[-1][0], _head(made, made.links[chain.links[-1]].lower, lines)))
    return reverse(points) if chain.upward else tuple(points)


def _straight(points: list[Point], end: Point) -> None:
    if points[-1] == end:
        return
    if len(points) > 3 and points[-4][0] == points[-1][0] == end[0] == points[-3][0]:
        start = points[-4]  # longer, instead of one more
        del points[-3:]
        points += line(start, end)
    else:
        points += line(points[-1], end)


def _foot(made: Sketch, number: int, lines: Lines) -> float:
    item = made.items[number]
    return lines[item.row][1] + item.down


def _head(made: Sketch, number: int, lines: Lines) -> float:
    item = made.items[number]
    return lines[item.row][1] - item.up
