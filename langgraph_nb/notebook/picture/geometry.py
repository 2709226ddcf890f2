"""A laid-out graph: boxes, curves and labels in px, y downwards. Plain data that any writer can draw.

Knows the topology it shows; nothing of how positions were found or of how they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from langgraph_nb.graph.topology import TopologyEdge, TopologyNode

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle: its top left corner and its size.

    Example:
        >>> Rect(0, 0, 10, 4).center
        (5.0, 2.0)
    """

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def center(self) -> Point:
        return self.x + self.w / 2, self.y + self.h / 2

    def moved(self, dx: float, dy: float) -> Rect:
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share more than an edge."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True)
class Label:
    """Text with room around it."""

    box: Rect
    lines: tuple[str, ...]

    def moved(self, dx: float, dy: float) -> Label:
        return replace(self, box=self.box.moved(dx, dy))


@dataclass(frozen=True, slots=True)
class NodeBox:
    """A node's place."""

    node: TopologyNode
    path: tuple[str, ...]
    """The names from the outermost graph to this node."""
    box: Rect
    title: Label
    """The node's name, in lines."""
    meta: Point
    """Middle of the baseline of the line kept free for visits and time (its end, in an opened subgraph)."""
    stacked: bool = False
    """A fan-out leads here: it runs once for each item."""
    inner: Layout | None = None
    """What the box holds, in the coordinates of the whole picture."""

    def moved(self, dx: float, dy: float) -> NodeBox:
        return replace(
            self,
            box=self.box.moved(dx, dy),
            title=self.title.moved(dx, dy),
            meta=(self.meta[0] + dx, self.meta[1] + dy),
            inner=self.inner and self.inner.moved(dx, dy),
        )


@dataclass(frozen=True, slots=True)
class EdgePath:
    """An edge's way."""

    edge: TopologyEdge
    index: int
    """Its place among the topology's edges."""
    source: tuple[str, ...]
    target: tuple[str, ...]
    curve: tuple[Point, ...]
    """Cubic Bézier segments: a start, then two control points and an end for each. The last is the arrow's tip."""
    label: Label | None = None
    back: bool = False
    """It closes a cycle."""

    def moved(self, dx: float, dy: float) -> EdgePath:
        curve = tuple((x + dx, y + dy) for x, y in self.curve)
        return replace(self, curve=curve, label=self.label and self.label.moved(dx, dy))

    def segments(self) -> Iterator[tuple[Point, Point, Point, Point]]:
        """The Bézier segments in order."""
        for i in range(0, len(self.curve) - 1, 3):
            a, b, c, d = self.curve[i : i + 4]
            yield a, b, c, d

    def points(self, per_segment: int = 16) -> list[Point]:
        """The way as a polyline, from source to target.

        Args:
            per_segment: how many straight pieces stand for a segment.
        """
        found = [self.curve[0]]
        for a, b, c, d in self.segments():
            found += [_bezier(a, b, c, d, step / per_segment) for step in range(1, per_segment + 1)]
        return found


@dataclass(frozen=True, slots=True)
class JoinBar:
    """The bar where the edges of a join meet: the target waits for all of them."""

    box: Rect
    sources: tuple[str, ...]
    target: tuple[str, ...]

    def moved(self, dx: float, dy: float) -> JoinBar:
        return replace(self, box=self.box.moved(dx, dy))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of a graph goes.

    Example:
        >>> Layout("empty", (), (), (), 40.0, 40.0).width
        40.0
    """

    name: str
    nodes: tuple[NodeBox, ...]
    edges: tuple[EdgePath, ...]
    joins: tuple[JoinBar, ...]
    width: float
    height: float

    def moved(self, dx: float, dy: float) -> Layout:
        return replace(
            self,
            nodes=tuple(n.moved(dx, dy) for n in self.nodes),
            edges=tuple(e.moved(dx, dy) for e in self.edges),
            joins=tuple(j.moved(dx, dy) for j in self.joins),
        )

    def walk(self) -> Iterator[Layout]:
        """This layout and those inside its boxes, outermost first."""
        yield self
        for node in self.nodes:
            if node.inner is not None:
                yield from node.inner.walk()


def _bezier(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    s = 1 - t
    w = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
    return (
        w[0] * a[0] + w[1] * b[0] + w[2] * c[0] + w[3] * d[0],
        w[0] * a[1] + w[1] * b[1] + w[2] * c[1] + w[3] * d[1],
    )
