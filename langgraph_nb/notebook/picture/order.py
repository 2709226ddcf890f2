"""The order of the items in each row, with few crossings: barycentre sweeps, then swaps of neighbours.

Knows a sketch; nothing of coordinates.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from langgraph_nb.notebook.picture.sketch import Sketch

SWEEPS = 10


def reduce_crossings(made: Sketch) -> None:
    """Reorder the rows of a sketch in place; the same sketch gives the same order.

    Args:
        made: its rows hold the order to start from, which is kept where nothing is gained.
    """
    up, down = _adjacent(made)
    best, fewest = [list(row) for row in made.rows], _crossings(made.rows, down)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        downwards = sweep % 2 == 0
        sequence = range(1, len(made.rows)) if downwards else range(len(made.rows) - 2, -1, -1)
        for number in sequence:
            _sort(made.rows, number, up if downwards else down, -1 if downwards else 1)
        _swap(made.rows, up, down)
        count = _crossings(made.rows, down)
        if count < fewest:
            best, fewest = [list(row) for row in made.rows], count
    made.rows = best
    for row in best:
        for place, item in enumerate(row):
            made.items[item].place = place


def _adjacent(made: Sketch) -> tuple[list[list[int]], list[list[int]]]:
    above, below = made.neighbours()
    up = [[made.links[link].upper for link in links] for links in above]
    down = [[made.links[link].lower for link in links] for links in below]
    return up, down


def _places(row: Sequence[int]) -> dict[int, int]:
    return {item: place for place, item in enumerate(row)}


def _sort(rows: list[list[int]], number: int, adjacent: list[list[int]], step: int) -> None:
    fixed, own = _places(rows[number + step]), _places(rows[number])

    def barycentre(item: int) -> float:
        seen = [fixed[other] for other in adjacent[item]]
        scale = len(fixed) / max(len(own), 1)
        return sum(seen) / len(seen) if seen else own[item] * scale

    rows[number].sort(key=barycentre)


def _crossings(rows: Sequence[Sequence[int]], down: list[list[int]]) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        places = _places(lower)
        passed: list[int] = []
        for item in upper:
            ends = sorted(places[other] for other in down[item])
            total += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return total


def _swap(rows: list[list[int]], up: list[list[int]], down: list[list[int]]) -> None:
    """Swap neighbours while that takes crossings away."""
    for number, row in enumerate(rows):
        sides = []
        if number:
            sides.append((up, _places(rows[number - 1])))
        if number + 1 < len(rows):
            sides.append((down, _places(rows[number + 1])))
        for place in range(len(row) - 1):
            a, b = row[place], row[place + 1]
            gain = 0
            for adjacent, places in sides:
                left, right = [places[o] for o in adjacent[a]], [places[o] for o in adjacent[b]]
                gain += sum((x > y) - (x < y) for x in left for y in right)
            if gain > 0:
                row[place], row[place + 1] = b, a
