"""Curves out of straight lines, rounded corners and swings, as Bézier segments.

Knows points only; nothing of graphs.
"""

from __future__ import annotations

from collections.abc import Sequence

from langgraph_nb.notebook.picture.geometry import Point

_ROUND = 0.5523
"""Where control points go to draw a quarter of a circle (error below 0.03 % of the radius)."""


def line(a: Point, b: Point) -> list[Point]:
    """A straight segment, without its start."""
    return [
        (a[0] + (b[0] - a[0]) / 3, a[1] + (b[1] - a[1]) / 3),
        (a[0] + 2 * (b[0] - a[0]) / 3, a[1] + 2 * (b[1] - a[1]) / 3),
        b,
    ]


def swing(a: Point, b: Point) -> list[Point]:
    """A segment that leaves and arrives vertically and stays between the two heights, without its start."""
    half = (b[1] - a[1]) * 0.5
    return [(a[0], a[1] + half), (b[0], b[1] - half), b]


def rounded(points: Sequence[Point], radius: float) -> tuple[Point, ...]:
    """A curve along horizontal and vertical lines with round corners.

    Args:
        points: the corners; neighbours share an x or a y.
        radius: of the corners, px; smaller where a line is short.

    Example:
        >>> rounded([(0, 0), (9, 0)], 4)
        ((0, 0), (3.0, 0.0), (6.0, 0.0), (9, 0))
    """
    curve = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, _length(before, corner) / 2, _length(corner, after) / 2)
        enter, leave = _towards(corner, before, reach), _towards(corner, after, reach)
        curve += line(curve[-1], enter)
        curve += [_towards(enter, corner, reach * _ROUND), _towards(leave, corner, reach * _ROUND), leave]
    curve += line(curve[-1], points[-1])
    return tuple(curve)


def reverse(curve: Sequence[Point]) -> tuple[Point, ...]:
    """The same way, walked from its end."""
    return tuple(reversed(curve))


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, goal: Point, distance: float) -> Point:
    length = _length(start, goal)
    if length == 0:
        return start
    share = distance / length
    return start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share
