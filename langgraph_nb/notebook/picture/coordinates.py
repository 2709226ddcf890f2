"""Where in its row each item stands, and where the rows stand.

The x of a row is the weighted least-squares fit to where its neighbours want it, subject to order and gaps (isotonic
regression by pooling adjacent violators); rows are fitted in turn, down and up, until lines are short and straight.
Knows a sketch; nothing of text or SVG.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from langgraph_nb.notebook.picture.sketch import Item, Link, Sketch

ROUNDS = 14
BOX_GAP = 34.0
PORT = 20.0
"""Between two edges that leave the same side of a box, px, where there is room."""
NUDGE = 9.0
"""How far from the middle of a side an edge may end so that it is straight, px."""
CORNER = 26.0
"""Left free of edges at the corners of a box: marks sit there."""


def set_ports(made: Sketch) -> None:
    """Give each link its place on the sides of the items that it joins, in the order of the row it comes from."""
    above, below = made.neighbours()
    for number, item in enumerate(made.items):
        if item.kind not in ("box", "bar"):
            continue
        width = 2 * min(item.left, item.right)
        usable = max(width - (2 * CORNER if width > 2 * CORNER + 30 else 26 if item.kind == "box" else 8), 4.0)
        ups = sorted(above[number], key=lambda i: made.items[made.links[i].upper].place)
        downs = sorted(below[number], key=lambda i: made.items[made.links[i].lower].place)
        for link, at in zip(ups, _spread(len(ups), usable), strict=True):
            made.links[link].lower_at = at
        for link, at in zip(downs, _spread(len(downs), usable), strict=True):
            made.links[link].upper_at = at


def _spread(count: int, usable: float) -> list[float]:
    step = min(PORT, usable / (count - 1)) if count > 1 else 0.0
    return [(i - (count - 1) / 2) * step for i in range(count)]


def set_x(made: Sketch) -> None:
    """Set ``x`` of every item; the leftmost item's left side is at 0."""
    above, below = made.neighbours()
    gaps = [_offsets(made, row) for row in made.rows]
    for row, offsets in zip(made.rows, gaps, strict=True):
        for index, offset in zip(row, offsets, strict=True):
            made.items[index].x = offset - offsets[-1] / 2
    count = len(made.rows)
    for turn in range(ROUNDS):
        sides = (True, turn > 1), (turn > 1, True)
        for order, (with_up, with_down) in zip((range(count), range(count - 1, -1, -1)), sides, strict=True):
            for number in order:
                _fit(made, number, gaps[number], above if with_up else None, below if with_down else None)
    for _ in range(2):
        _straighten(made, gaps, above, below)
    _align_ports(made, above, below)
    least = min((item.x - item.left for item in made.items), default=0.0)
    for item in made.items:
        item.x -= least


def _fit(
    made: Sketch, number: int, offsets: list[float], above: list[list[int]] | None, below: list[list[int]] | None
) -> None:
    wanted, weights = [], []
    for index in made.rows[number]:
        item = made.items[index]
        total, weight = item.x * 0.01, 0.01
        for link in _links(made, above[index] if above else ()):
            other = made.items[link.upper]
            pull = _pull(item, other)
            total += pull * (other.x + link.upper_at - link.lower_at)
            weight += pull
        for link in _links(made, below[index] if below else ()):
            other = made.items[link.lower]
            pull = _pull(item, other)
            total += pull * (other.x + link.lower_at - link.upper_at)
            weight += pull
        wanted.append(total / weight)
        weights.append(weight)
    shifted = [want - offset for want, offset in zip(wanted, offsets, strict=True)]
    for index, x, offset in zip(made.rows[number], isotonic(shifted, weights), offsets, strict=True):
        made.items[index].x = x + offset


def _straighten(made: Sketch, gaps: list[list[float]], above: list[list[int]], below: list[list[int]]) -> None:
    """Move what has one line through it over or under the line's next point: one swing instead of two."""
    for row, offsets in zip(made.rows, gaps, strict=True):
        for place, index in enumerate(row):
            if made.items[index].kind == "label" or len(above[index]) != 1 or len(below[index]) != 1:
                continue
            up, down = made.links[above[index][0]], made.links[below[index][0]]
            low = high = None
            if place:
                low = made.items[row[place - 1]].x + offsets[place] - offsets[place - 1]
            if place + 1 < len(row):
                high = made.items[row[place + 1]].x - offsets[place + 1] + offsets[place]
            ends = made.items[up.upper].x + up.upper_at, made.items[down.lower].x + down.lower_at
            wanted = (_clip(end, low, high) for end in ends)
            made.items[index].x = min(wanted, key=lambda x: min(abs(x - end) for end in ends))


def _align_ports(made: Sketch, above: list[list[int]], below: list[list[int]]) -> None:
    """Where an edge has a side of a box for itself, a small shift of its port makes it straight."""
    for link in made.links:
        upper, lower = made.items[link.upper], made.items[link.lower]
        shift = upper.x + link.upper_at - lower.x - link.lower_at
        if not 0 < abs(shift) <= NUDGE:
            continue
        if upper.kind == "box" and len(below[link.upper]) == 1:
            link.upper_at -= shift
        elif lower.kind == "box" and len(above[link.lower]) == 1:
            link.lower_at += shift


def _clip(value: float, low: float | None, high: float | None) -> float:
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _links(made: Sketch, numbers: Iterable[int]) -> list[Link]:
    return [made.links[number] for number in numbers]


def _pull(item: Item, other: Item) -> float:
    """Long lines pull most, so that they are straight."""
    passing = (item.kind in ("bend", "label")) + (other.kind in ("bend", "label"))
    return (1.0, 2.0, 8.0)[passing]


def _offsets(made: Sketch, row: Sequence[int]) -> list[float]:
    """The least distance of each item of a row from its first one."""
    offsets = [0.0]
    for a, b in pairwise(row):
        one, two = made.items[a], made.items[b]
        offsets.append(offsets[-1] + one.right + two.left + gap(one, two))
    return offsets[: len(row)]


def gap(one: Item, two: Item) -> float:
    """Between two neighbours of a row, px."""
    kinds = {one.kind, two.kind}
    if kinds == {"box"}:
        return BOX_GAP
    return 16.0 if "box" in kinds else 10.0


def isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nondecreasing sequence nearest to ``wanted`` in weighted least squares.

    Pools adjacent violators (Ayer, Brunk, Ewing, Reid and Silverman, 1955).

    Example:
        >>> isotonic([3.0, 1.0, 5.0], [1.0, 1.0, 1.0])
        [2.0, 2.0, 5.0]
    """
    pools: list[tuple[float, float, int]] = []
    for want, weight in zip(wanted, weights, strict=True):
        pool = (want, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            value, mass, size = pools.pop()
            mass_all = mass + pool[1]
            pool = ((value * mass + pool[0] * pool[1]) / mass_all, mass_all, size + pool[2])
        pools.append(pool)
    return [value for value, _, size in pools for _ in range(size)]


def row_lines(made: Sketch) -> list[tuple[float, float, float]]:
    """Top, middle line and bottom of every row; the first top is at 0."""
    reach = _reach(made)
    lines: list[tuple[float, float, float]] = []
    y = 0.0
    for number, row in enumerate(made.rows):
        up = max(made.items[i].up + made.items[i].above for i in row)
        down = max(made.items[i].down + made.items[i].below for i in row)
        lines.append((y, y + up, y + up + down))
        labels = _labels_only(made, number) or _labels_only(made, number + 1)
        low, high = (22.0, 64.0) if labels else (40.0, 92.0)
        y += up + down + min(max(low, 14 + 0.15 * reach[number]), high)
    return lines


def _reach(made: Sketch) -> list[float]:
    """How far sideways the links under each row go at most."""
    reach = [0.0] * len(made.rows)
    for link in made.links:
        upper, lower = made.items[link.upper], made.items[link.lower]
        reach[upper.row] = max(reach[upper.row], abs(upper.x + link.upper_at - lower.x - link.lower_at))
    return reach


def _labels_only(made: Sketch, number: int) -> bool:
    return number < len(made.rows) and all(made.items[i].kind in ("label", "bend") for i in made.rows[number])
