"""How large each box and label is, before anything has a place.

Knows nodes and text widths; nothing of rows, routes or SVG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import TopologyEdge, TopologyNode
from langgraph_nb.notebook import theme
from langgraph_nb.notebook.picture.geometry import Label, Layout, NodeBox, Rect
from langgraph_nb.notebook.picture.metrics import text_width, wrap
from langgraph_nb.notebook.picture.xmltext import visible

LINE_HEIGHT: Final = 17.0
LABEL_LINE_HEIGHT: Final = 14.0
TITLE_WIDTH: Final = 208.0
LABEL_WIDTH: Final = 168.0
SIDE: Final = 27.0
"""Between a box's side and its title: the status glyph lives here, so that nothing moves when it appears."""
TOP: Final = 14.0
BOTTOM: Final = 17.0
"""Under the title, with the line for visits and time."""
BADGE: Final = 8.0
"""Radius of the marks for pauses and deferral that sit on a box's corners."""
STACK: Final = 5.0
"""How far the sheet under a box that runs once for each item looks out."""
INSET: Final = 16.0
"""Between an opened subgraph's border and what it holds."""
META_WIDTH: Final = 92.0
PORT_STEP: Final = 12.0
NOT_DEFINED: Final = "not defined yet"


@dataclass(frozen=True, slots=True)
class Shape:
    """A box without a place: sizes in px, offsets from its top left corner."""

    w: float
    h: float
    title: Label
    meta: tuple[float, float]
    above: float = 0.0
    """Room that marks take over the box."""
    below: float = 0.0
    stacked: bool = False
    inner: Layout | None = None

    def placed(self, node: TopologyNode, path: tuple[str, ...], x: float, y: float) -> NodeBox:
        """The box with its top left corner at ``(x, y)``."""
        box = Rect(0, 0, self.w, self.h)
        return NodeBox(node, path, box, self.title, self.meta, self.stacked, self.inner).moved(x, y)


def title_of(node: TopologyNode) -> str:
    """What a node is called on the picture.

    Example:
        >>> title_of(TopologyNode(START, "start"))
        'START'
    """
    if node.label:
        return visible(node.label)
    return {START: "START", END: "END"}.get(node.id) or visible(node.id if node.id.strip() else repr(node.id))


def shape(node: TopologyNode, degree: int, stacked: bool, inner: Layout | None, least_height: float = 0.0) -> Shape:
    """The size of a node's box.

    Args:
        node: what the box stands for.
        degree: how many edges its fuller side has: each wants a place of its own.
        stacked: whether it runs once for each item.
        inner: the laid-out subgraph that the box holds.
        least_height: that its self-loops need, px.
    """
    if inner is not None:
        return _opened(node, inner, stacked)
    if node.kind in ("start", "end"):
        return _pill(node)
    lines = wrap(title_of(node), theme.FONT_SIZE, TITLE_WIDTH)
    text = max(text_width(line, theme.FONT_SIZE) for line in lines)
    least = META_WIDTH + (24.0 if node.kind == "missing" else 0.0)
    w = _even(max(text + 2 * SIDE, least, min(degree, 16) * PORT_STEP + 2 * SIDE))
    own = TOP + BOTTOM + LINE_HEIGHT * len(lines)
    h = max(own, least_height)
    title = Label(Rect((w - text) / 2, TOP + (h - own) / 2, text, LINE_HEIGHT * len(lines)), lines)
    return Shape(w, h, title, (w / 2, h - 8), *_marks(node, stacked), stacked)


def label(edge: TopologyEdge) -> Label | None:
    """An edge's label with its corner at the origin, or nothing."""
    if not edge.label.strip():
        return None
    lines = wrap(visible(edge.label.strip()), theme.FONT_SIZE_SMALL, LABEL_WIDTH)
    w = _even(max(text_width(line, theme.FONT_SIZE_SMALL) for line in lines) + 12)
    return Label(Rect(0, 0, w, LABEL_LINE_HEIGHT * len(lines) + 5), lines)


def bar(sources: Sequence[str]) -> tuple[float, float]:
    """Width and height of the bar where a join's edges meet."""
    return max(34.0, len(sources) * PORT_STEP + 10), 5.0


def _pill(node: TopologyNode) -> Shape:
    lines = wrap(title_of(node), theme.FONT_SIZE_SMALL, TITLE_WIDTH)
    text = max(text_width(line, theme.FONT_SIZE_SMALL) for line in lines)
    w, h = _even(max(text + 30, 58.0)), LINE_HEIGHT * len(lines) + 10
    return Shape(w, h, Label(Rect((w - text) / 2, 5, text, h - 10), lines), (w / 2, h), *_marks(node, False))


def _opened(node: TopologyNode, inner: Layout, stacked: bool) -> Shape:
    lines = wrap(title_of(node), theme.FONT_SIZE, max(TITLE_WIDTH, inner.width - META_WIDTH))
    text = max(text_width(line, theme.FONT_SIZE) for line in lines)
    header = 12 + LINE_HEIGHT * len(lines)
    w = _even(max(inner.width + 2 * INSET, text + SIDE + META_WIDTH + INSET))
    h = header + 10 + inner.height + INSET
    title = Label(Rect(SIDE, 8, text, LINE_HEIGHT * len(lines)), lines)
    held = inner.moved((w - inner.width) / 2, header + 10)
    return Shape(w, h, title, (w - INSET, 8 + LINE_HEIGHT - 4.5), *_marks(node, stacked), stacked, held)


def _marks(node: TopologyNode, stacked: bool) -> tuple[float, float]:
    above = BADGE + 2 if node.defer or node.pause in ("before", "both") else 0.0
    below = BADGE + 2 if node.pause in ("after", "both") else 0.0
    return above, max(below, STACK + 1 if stacked else 0.0)


def _even(value: float) -> float:
    return 2.0 * round(value / 2 + 0.49)
