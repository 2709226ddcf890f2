"""The proper graph: boxes in rows, and every edge a chain from one row to the next.

An edge that passes a row has a bend there, and its label is an item of a row between two rows of boxes. What follows
from that: items of a row never overlap, so lines stay off boxes and labels off everything.
Knows sizes and rows; nothing of text, themes or SVG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["box", "bar", "label", "bend"]


@dataclass(slots=True)
class Item:
    """Something that takes room in a row. Lengths in px, seen from its anchor."""

    kind: Kind
    row: int
    left: float
    right: float
    up: float = 0.0
    down: float = 0.0
    above: float = 0.0
    """Room over the item that its marks take."""
    below: float = 0.0
    place: int = 0
    """Its number in its row."""
    x: float = 0.0


@dataclass(slots=True)
class Link:
    """A piece of a chain, from an item to one of the next row."""

    upper: int
    lower: int
    upper_at: float = 0.0
    """Where it leaves the upper item, from the item's anchor."""
    lower_at: float = 0.0


@dataclass(slots=True)
class Chain:
    """An arc's way through the rows."""

    arc: int
    upward: bool
    """The arc's source is at the lower end."""
    links: list[int] = field(default_factory=list)
    """From the top down."""
    label: int = -1
    """The item that holds the label."""


@dataclass(slots=True)
class Sketch:
    """Items by number; the first ones are the boxes and bars, in order."""

    items: list[Item]
    links: list[Link] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)

    def neighbours(self) -> tuple[list[list[int]], list[list[int]]]:
        """For each item the links above it and those below it."""
        above: list[list[int]] = [[] for _ in self.items]
        below: list[list[int]] = [[] for _ in self.items]
        for number, link in enumerate(self.links):
            above[link.lower].append(number)
            below[link.upper].append(number)
        return above, below


@dataclass(frozen=True, slots=True)
class Arc:
    """An edge to be drawn through the rows, by numbers of items."""

    source: int
    target: int
    label: tuple[float, float] | None = None
    """Width and height of its label."""


BEND = 5.0
"""Half of the width that a passing line keeps free."""


def sketch(boxes: Sequence[Item], arcs: Sequence[tuple[int, Arc]], limit: float) -> Sketch:
    """Chains for all arcs.

    Args:
        boxes: with their rows (rows of boxes only, from 0).
        arcs: numbered; ends in different rows.
        limit: width that a row of labels should keep to, px.

    Returns:
        The proper graph with its items in rows, in the order in which a walk down the arcs meets them.
    """
    made = Sketch([_spread(box) for box in boxes])
    gaps = _label_gaps(boxes, arcs, limit)
    used = sorted({2 * box.row for box in boxes} | {2 * gap + 1 for gap in gaps.values()})
    number = {row: i for i, row in enumerate(used)}
    for item, box in zip(made.items, boxes, strict=True):
        item.row = number[2 * box.row]
    for index, arc in arcs:
        row = number[2 * gaps[index] + 1] if index in gaps else -1
        made.chains.append(_chain(made, index, arc, row))
    made.rows = _first_order(made, len(used))
    return made


def _spread(box: Item) -> Item:
    return Item(box.kind, box.row, box.left, box.right, box.up, box.down, box.above, box.below)


def _label_gaps(boxes: Sequence[Item], arcs: Sequence[tuple[int, Arc]], limit: float) -> dict[int, int]:
    """After which row of boxes each label stands: near its source, unless that gap is full."""
    filled: dict[int, float] = {}
    chosen: dict[int, int] = {}
    for index, arc in arcs:
        if arc.label is None:
            continue
        top, bottom = boxes[arc.source].row, boxes[arc.target].row
        gaps = list(range(top, bottom) if top < bottom else range(top - 1, bottom - 1, -1))
        width = arc.label[0] + 14
        free = [gap for gap in gaps if filled.get(gap, 0.0) + width <= limit]
        gap = free[0] if free else min(gaps, key=lambda g: filled.get(g, 0.0))
        filled[gap] = filled.get(gap, 0.0) + width
        chosen[index] = gap
    return chosen


def _chain(made: Sketch, index: int, arc: Arc, label_row: int) -> Chain:
    upward = made.items[arc.source].row > made.items[arc.target].row
    top, bottom = (arc.target, arc.source) if upward else (arc.source, arc.target)
    chain = Chain(index, upward)
    last = top
    for row in range(made.items[top].row + 1, made.items[bottom].row + 1):
        if row == made.items[bottom].row:
            here = bottom
        elif row == label_row and arc.label is not None:
            half, tall = arc.label[0] / 2, arc.label[1] / 2
            here = chain.label = _add(made, Item("label", row, half, half, tall, tall))
        else:
            here = _add(made, Item("bend", row, BEND, BEND))
        chain.links.append(len(made.links))
        made.links.append(Link(last, here))
        last = here
    return chain


def _add(made: Sketch, item: Item) -> int:
    made.items.append(item)
    return len(made.items) - 1


def _first_order(made: Sketch, count: int) -> list[list[int]]:
    """Rows filled as a depth-first walk from the top meets the items: a tree comes out without crossings."""
    below = _by_goal(made)
    rows: list[list[int]] = [[] for _ in range(count)]
    seen: set[int] = set()
    for root in sorted(range(len(made.items)), key=lambda i: (made.items[i].row, i)):
        waiting = [root]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            rows[made.items[here].row].append(here)
            waiting.extend(made.links[link].lower for link in reversed(below[here]))
    return rows


def _by_goal(made: Sketch) -> list[list[int]]:
    """The links below each item as they were defined, those that end at the same box side by side."""
    _, below = made.neighbours()
    goal = {chain.links[0]: made.links[chain.links[-1]].lower for chain in made.chains}
    for links in below:
        first: dict[int, int] = {}
        for place, link in enumerate(links):
            first.setdefault(goal.get(link, -1), place)
        links.sort(key=lambda link: first[goal.get(link, -1)])
    return below
