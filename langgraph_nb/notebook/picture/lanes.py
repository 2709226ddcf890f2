"""Back edges that run outside: up a lane beside everything in between, from side to side.

Knows a sketch with its coordinates; nothing of text or SVG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langgraph_nb.notebook.picture.curves import rounded
from langgraph_nb.notebook.picture.geometry import Point, Rect
from langgraph_nb.notebook.picture.sketch import Arc, Item, Sketch

GAP = 22.0
RADIUS = 12.0
PORT = 10.0


@dataclass(slots=True)
class Lane:
    """A back edge's way outside."""

    arc: int
    source: int
    target: int
    side: int
    """1: right of everything; -1: left of it."""
    size: tuple[float, float]
    """Of the label."""
    x: float = 0.0
    leave: float = 0.0
    arrive: float = 0.0
    label: Rect | None = None


def sides(made: Sketch, arcs: Sequence[tuple[int, Arc]]) -> dict[int, int]:
    """Which back arcs can run outside, and on which side: those whose ends both are the outermost of their rows.

    Args:
        made: with its rows in order.
        arcs: numbered, each from a lower row to a higher one.

    Returns:
        1 (right) or -1 (left) by the arc's number; arcs that cannot are not in it.
    """
    chosen: dict[int, int] = {}
    for index, arc in arcs:
        free = [side for side in (1, -1) if all(_outermost(made, end, side) for end in (arc.source, arc.target))]
        if free:
            chosen[index] = free[0]
    return chosen


def _outermost(made: Sketch, number: int, side: int) -> bool:
    item = made.items[number]
    if side > 0 and item.right > item.left:
        return False  # its self-loops are there
    row = made.rows[item.row]
    outside = row[item.place + 1 :] if side > 0 else row[: item.place]
    return all(made.items[other].kind == "bend" for other in outside)


def run(made: Sketch, lanes: Sequence[Lane], lines: Sequence[tuple[float, float, float]]) -> list[Lane]:
    """Give each lane its ports, its x and the place of its label.

    Args:
        made: with coordinates.
        lanes: to be filled in.
        lines: top, middle and bottom of each row.

    Returns:
        The lanes whose label finds no free place; they must not run outside.
    """
    for side in (1, -1):
        ours = sorted((lane for lane in lanes if lane.side == side), key=lambda lane: _span(made, lane))
        _set_x(made, ours, side)
        _set_ports(made, ours, lines)
    return [lane for lane in lanes if lane.size != (0.0, 0.0) and not _set_label(lane, lanes)]


def curve(made: Sketch, lane: Lane) -> tuple[Point, ...]:
    """The way of a lane, from its source."""
    start, end = _edge(made.items[lane.source], lane.side), _edge(made.items[lane.target], lane.side)
    corners = [(start, lane.leave), (lane.x, lane.leave), (lane.x, lane.arrive), (end, lane.arrive)]
    return rounded(corners, RADIUS)


def _span(made: Sketch, lane: Lane) -> tuple[int, int]:
    return made.items[lane.source].row - made.items[lane.target].row, lane.arc


def _edge(item: Item, side: int) -> float:
    return item.x + (item.right if side > 0 else -item.left)


def _set_x(made: Sketch, ours: Sequence[Lane], side: int) -> None:
    """Shorter lanes run closer in; lanes beside the same rows keep clear of each other."""
    reach = [max(side * _edge(made.items[i], side) for i in row) for row in made.rows]
    for lane in ours:
        rows = range(made.items[lane.target].row, made.items[lane.source].row + 1)
        half = lane.size[0] / 2
        lane.x = side * (max(reach[row] for row in rows) + GAP + max(0.0, half - GAP / 3))
        for row in rows:
            reach[row] = max(reach[row], side * lane.x + half)


def _set_ports(made: Sketch, ours: Sequence[Lane], lines: Sequence[tuple[float, float, float]]) -> None:
    """Heights at which lanes leave and arrive; in this order no two of them cross at a box."""
    for number in dict.fromkeys(end for lane in ours for end in (lane.source, lane.target)):
        item = made.items[number]
        leaving = [lane for lane in ours if lane.source == number]
        arriving = [lane for lane in reversed(ours) if lane.target == number]
        count = len(leaving) + len(arriving)
        step = min(PORT, max(item.up + item.down - 18, 1.0) / max(count - 1, 1))
        heights = [lines[item.row][1] + (i - (count - 1) / 2) * step for i in range(count)]
        for lane, y in zip(leaving, heights, strict=False):
            lane.leave = y
        for lane, y in zip(arriving, heights[len(leaving) :], strict=True):
            lane.arrive = y


def _set_label(lane: Lane, lanes: Sequence[Lane]) -> bool:
    """Put the label on the lane's vertical part, off the lines that pass to lanes farther out."""
    w, h = lane.size
    passing = [
        y
        for other in lanes
        if other is not lane and other.side == lane.side and other.side * other.x > lane.side * lane.x
        for y in (other.leave, other.arrive)
    ]
    clear = h / 2 + 4
    top, bottom = lane.arrive + RADIUS + h / 2, lane.leave - RADIUS - h / 2
    middle = (lane.arrive + lane.leave) / 2
    wanted = [middle, *(y + clear * sign for y in passing for sign in (-1.001, 1.001))]
    free = [y for y in wanted if top <= y <= bottom and all(abs(y - other) >= clear for other in passing)]
    if not free:
        return False
    y = min(free, key=lambda candidate: (abs(candidate - middle), candidate))
    lane.label = Rect(lane.x - w / 2, y - h / 2, w, h)
    return True
