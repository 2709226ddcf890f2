"""From a topology to places: the steps of a layered layout, one module each, and subgraphs inside their boxes.

Knows the topology and the steps; nothing of how the result is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.topology import Topology, TopologyEdge
from langgraph_nb.notebook.picture import coordinates, lanes, layers, loops, order, routes, sizes
from langgraph_nb.notebook.picture.curves import line
from langgraph_nb.notebook.picture.cycles import back_arcs
from langgraph_nb.notebook.picture.geometry import EdgePath, JoinBar, Label, Layout, NodeBox, Point, Rect
from langgraph_nb.notebook.picture.lanes import Lane
from langgraph_nb.notebook.picture.routes import Lines
from langgraph_nb.notebook.picture.sketch import Arc, Item, Sketch, sketch

Way = tuple[Point, ...]

MAX_WIDTH = 820.0
"""What a notebook's cell shows without shrinking, px."""
MARGIN = 22.0


def layout(topology: Topology, *, max_width: float = MAX_WIDTH) -> Layout:
    """Where everything of a graph goes, top to bottom.

    Rows of boxes (Sugiyama, Tagawa, Toda: Methods for visual understanding of hierarchical system structures, 1981);
    what closes a cycle runs upwards, long ways back outside; a join meets in a bar. No edge crosses a box, and
    labels overlap neither boxes nor each other.

    Args:
        topology: what to show; nodes with ``inner`` are drawn open.
        max_width: that rows should keep to, px; a single wide box may be wider.

    Returns:
        Boxes, curves and labels in px with a margin around them. The same topology gives the same layout.

    Raises:
        ValueError: two nodes have one name, or an edge names a node that is not there.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyNode
        >>> placed = layout(Topology("g", (TopologyNode("a"), TopologyNode("b")), (TopologyEdge("a", "b"),)))
        >>> a, b = placed.nodes
        >>> a.box.bottom < b.box.y and a.box.center[0] == b.box.center[0]
        True
    """
    placed = _layout(topology, (), max_width - 2 * MARGIN)
    moved = placed.moved(MARGIN, MARGIN)
    return replace(moved, width=placed.width + 2 * MARGIN, height=placed.height + 2 * MARGIN)


@dataclass(slots=True)
class _Work:
    """What one level of the layout has found out so far. Nodes and bars go by number, nodes first."""

    topology: Topology
    path: tuple[str, ...]
    limit: float
    number: dict[str, int]
    bars: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    arcs: list[tuple[int, Arc]] = field(default_factory=list)
    """Edges by their index, then the arcs from bars to their targets."""
    shapes: list[sizes.Shape] = field(default_factory=list)
    loops: dict[int, list[tuple[int, loops.Loop]]] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    back: frozenset[int] = frozenset()
    boxes: list[Item] = field(default_factory=list)


def _layout(topology: Topology, path: tuple[str, ...], limit: float) -> Layout:
    work = _Work(topology, path, limit, _numbers(topology))
    if not topology.nodes:
        return Layout(topology.name, (), (), (), 0.0, 0.0)
    _read_edges(work)
    _measure(work)
    _find_back(work)
    _set_rows(work)
    made, outside, lines = _arrange(work)
    return _collect(work, made, outside, lines)


def _numbers(topology: Topology) -> dict[str, int]:
    number: dict[str, int] = {}
    for i, node in enumerate(topology.nodes):
        if number.setdefault(node.id, i) != i:
            raise ValueError(f"Graph {topology.name!r} has two nodes named {node.id!r}. Rename one of them.")
    for edge in topology.edges:
        for end in (edge.source, edge.target):
            if end not in number:
                raise ValueError(
                    f"Graph {topology.name!r} has an edge {edge.source!r} -> {edge.target!r}, and no node {end!r}. "
                    f"{did_you_mean(end, number)}"
                )
    return number


def _read_edges(work: _Work) -> None:
    work.labels = {i: found for i, edge in enumerate(work.topology.edges) if (found := sizes.label(edge))}
    for index, edge in enumerate(work.topology.edges):
        source, target = work.number[edge.source], work.number[edge.target]
        if len(edge.join) > 1:
            key = (edge.target, edge.join)
            target = work.bars.setdefault(key, len(work.number) + len(work.bars))
        elif source == target:
            continue
        found = work.labels.get(index)
        work.arcs.append((index, Arc(source, target, (found.box.w, found.box.h) if found else None)))
    for (name, _), bar in work.bars.items():
        work.arcs.append((len(work.topology.edges) + bar, Arc(bar, work.number[name])))


def _is_loop(edge: TopologyEdge) -> bool:
    return edge.source == edge.target and len(edge.join) < 2


def _measure(work: _Work) -> None:
    ins, outs = [0] * len(work.number), [0] * len(work.number)
    for _, arc in work.arcs:
        for end, degrees in ((arc.source, outs), (arc.target, ins)):
            if end < len(degrees):
                degrees[end] += 1
    stacked = {edge.target for edge in work.topology.edges if edge.fan_out}
    for i, node in enumerate(work.topology.nodes):
        own = [k for k, edge in enumerate(work.topology.edges) if edge.source == node.id and _is_loop(edge)]
        made = loops.loops([work.labels.get(k) for k in own])
        work.loops[i] = list(zip(own, made, strict=True))
        inner = _layout(node.inner, (*work.path, node.id), work.limit - 2 * sizes.INSET) if node.inner else None
        degree = max(ins[i], outs[i])
        work.shapes.append(sizes.shape(node, degree, node.id in stacked, inner, loops.least_height(made)))


def _find_back(work: _Work) -> None:
    """Which edges close a cycle. A bar counts as its target, so that the arc from a bar to its target never does."""
    target = {bar: work.number[name] for (name, _), bar in work.bars.items()}
    arcs = [(i, (arc.source, target.get(arc.target, arc.target))) for i, arc in work.arcs if arc.source not in target]
    entered = {end for _, (_, end) in arcs}
    nodes = work.topology.nodes
    order = sorted(range(len(nodes)), key=lambda i: (nodes[i].kind != "start", i in entered))
    proper = [(i, arc) for i, arc in arcs if arc[0] != arc[1]]
    closing = back_arcs(order, [arc for _, arc in proper])
    waits_for_itself = {i for i, arc in arcs if arc[0] == arc[1]}
    work.back = frozenset({proper[k][0] for k in closing} | waits_for_itself)


def _set_rows(work: _Work) -> None:
    """Items for all boxes and bars, each in its row of boxes."""
    work.boxes = [_box(work, i) for i in range(len(work.number))] + [_bar(names) for _, names in work.bars]
    row = layers.rows(len(work.boxes), [(arc.source, arc.target) for i, arc in work.arcs if i not in work.back])
    widths = [box.left + box.right for box in work.boxes]
    for box, number in zip(work.boxes, layers.fold(row, widths, work.limit, coordinates.BOX_GAP), strict=True):
        box.row = number


def _box(work: _Work, number: int) -> Item:
    shape = work.shapes[number]
    beside = loops.width([loop for _, loop in work.loops[number]])
    half = shape.h / 2
    return Item("box", 0, shape.w / 2, shape.w / 2 + beside, half, half, shape.above, shape.below)


def _bar(names: Sequence[str]) -> Item:
    w, h = sizes.bar(names)
    return Item("bar", 0, w / 2, w / 2, h / 2, h / 2)


def _arrange(work: _Work) -> tuple[Sketch, list[Lane], Lines]:
    """Rows in order with coordinates, and the back edges that run outside. An edge that cannot is taken back inside."""
    long = {
        index: arc
        for index, arc in work.arcs
        if index in work.back and work.boxes[arc.source].row - work.boxes[arc.target].row > 1
    }
    while True:
        made = sketch(work.boxes, [pair for pair in work.arcs if pair[0] not in long], work.limit)
        order.reduce_crossings(made)
        sides = lanes.sides(made, list(long.items()))
        kept = {index: arc for index, arc in long.items() if index in sides}
        if len(kept) == len(long):
            coordinates.set_ports(made)
            coordinates.set_x(made)
            lines = coordinates.row_lines(made)
            outside = [Lane(i, arc.source, arc.target, sides[i], arc.label or (0.0, 0.0)) for i, arc in long.items()]
            lost = {lane.arc for lane in lanes.run(made, outside, lines)}
            if not lost:
                return made, outside, lines
            kept = {index: arc for index, arc in long.items() if index not in lost}
        long = kept


def _collect(work: _Work, made: Sketch, outside: Sequence[Lane], lines: Lines) -> Layout:
    nodes = [_node(work, made, i, lines) for i in range(len(work.number))]
    edges = sorted(_edges(work, made, outside, lines, nodes), key=lambda edge: edge.index)
    joins = [_join(work, made, key, bar, lines) for key, bar in work.bars.items()]
    left = min([item.x - item.left for item in made.items] + [_extent(lane)[0] for lane in outside])
    right = max([item.x + item.right for item in made.items] + [_extent(lane)[1] for lane in outside])
    whole = Layout(work.topology.name, tuple(nodes), tuple(edges), tuple(joins), right - left, lines[-1][2])
    return whole.moved(-left, 0.0)


def _extent(lane: Lane) -> tuple[float, float]:
    half = max(lane.size[0] / 2, 4.0)
    return lane.x - half, lane.x + half


def _node(work: _Work, made: Sketch, number: int, lines: Lines) -> NodeBox:
    node, shape, item = work.topology.nodes[number], work.shapes[number], made.items[number]
    return shape.placed(node, (*work.path, node.id), item.x - shape.w / 2, lines[item.row][1] - shape.h / 2)


def _join(
    work: _Work,
    made: Sketch,
    key: tuple[str, tuple[str, ...]],
    bar: int,
    lines: Lines,
) -> JoinBar:
    item = made.items[bar]
    w, h = item.left + item.right, item.up + item.down
    return JoinBar(Rect(item.x - w / 2, lines[item.row][1] - h / 2, w, h), key[1], (*work.path, key[0]))


def _edges(
    work: _Work,
    made: Sketch,
    outside: Sequence[Lane],
    lines: Lines,
    nodes: Sequence[NodeBox],
) -> list[EdgePath]:
    ways = {chain.arc: routes.curve(made, chain, lines) for chain in made.chains}
    ways |= {lane.arc: lanes.curve(made, lane) for lane in outside}
    places = {c.arc: _label_box(made, c.label, lines) for c in made.chains if c.label >= 0}
    places |= {lane.arc: lane.label for lane in outside if lane.label}
    found = []
    for index, edge in enumerate(work.topology.edges):
        if _is_loop(edge):
            continue
        way = ways[index]
        if len(edge.join) > 1:
            trunk = ways[len(work.topology.edges) + work.bars[edge.target, edge.join]]
            way = _through(way, trunk)
        text = work.labels.get(index)
        label = Label(places[index], text.lines) if text else None
        found.append(_edge(work, index, way, label))
    return found + _loops(work, nodes)


def _through(way: Way, trunk: Way) -> Way:
    """One way over the bar of a join: along the bar to where its trunk leaves."""
    return (*way, *line(way[-1], trunk[0]), *trunk[1:])


def _edge(work: _Work, index: int, way: Way, label: Label | None) -> EdgePath:
    edge = work.topology.edges[index]
    ends = (*work.path, edge.source), (*work.path, edge.target)
    return EdgePath(edge, index, *ends, way, label, back=index in work.back)


def _loops(work: _Work, nodes: Sequence[NodeBox]) -> list[EdgePath]:
    found = []
    for number, own in work.loops.items():
        box = nodes[number].box
        for index, loop in own:
            label = loop.label and loop.label.moved(box.right, box.center[1])
            found.append(replace(_edge(work, index, loop.curve(box.right, box.center[1]), label), back=True))
    return found


def _label_box(made: Sketch, number: int, lines: Lines) -> Rect:
    item = made.items[number]
    w, h = item.left + item.right, item.up + item.down
    return Rect(item.x - w / 2, lines[item.row][1] - h / 2, w, h)
