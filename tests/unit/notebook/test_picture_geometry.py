"""What must hold for the layout of any graph: nothing on top of anything else, nothing outside."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.graph.topology import NodeKind, Pause, Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook.picture import Layout, Rect, layout

START, END = "__start__", "__end__"


def shrunk(rect: Rect, by: float) -> Rect:
    return Rect(rect.x + by, rect.y + by, max(rect.w - 2 * by, 0.0), max(rect.h - 2 * by, 0.0))


def holds(rect: Rect, x: float, y: float) -> bool:
    return rect.x < x < rect.right and rect.y < y < rect.bottom


def inside(outer: Rect, box: Rect) -> bool:
    return outer.x <= box.x and outer.y <= box.y and box.right <= outer.right and box.bottom <= outer.bottom


def check(placed: Layout, view: Rect) -> None:
    """Everything that must hold at one level, then inside its boxes."""
    things = [node.box for node in placed.nodes] + [join.box for join in placed.joins]
    labels = [edge.label.box for edge in placed.edges if edge.label]
    for one, two in combinations(things + labels, 2):
        assert not one.overlaps(two), (one, two)
    for box in things + labels:
        assert inside(view, box), (view, box)
    for edge in placed.edges:
        own_bar = [join.box for join in placed.joins if join.target == edge.target and join.sources == edge.edge.join]
        walls = [shrunk(box, 0.6) for box in things if box not in own_bar]
        walls += [label for label in labels if edge.label is None or label is not edge.label.box]
        for x, y in edge.points():
            assert holds(view, x, y), (edge.source, edge.target)
            assert not any(holds(wall, x, y) for wall in walls), (edge.source, edge.target, x, y)
    for node in placed.nodes:
        assert inside(node.box, node.title.box), node
        if node.inner is not None:
            room = Rect(node.box.x, node.title.box.bottom, node.box.w, node.box.bottom - node.title.box.bottom)
            check(node.inner, room)


def check_whole(placed: Layout) -> None:
    check(placed, Rect(0, 0, placed.width, placed.height))


names = st.text(min_size=1, max_size=24)
labels = st.one_of(st.just(""), st.just("yes"), st.text(max_size=60))
kinds: st.SearchStrategy[NodeKind] = st.sampled_from(("node", "subgraph", "missing"))
pauses: st.SearchStrategy[Pause] = st.sampled_from(("", "before", "after", "both"))


@st.composite
def topologies(draw: st.DrawFn, depth: int = 1) -> Topology:
    own = [name for name in draw(st.lists(names, min_size=1, max_size=9, unique=True)) if name not in (START, END)]
    nodes = [TopologyNode(START, "start")]
    for name in own:
        inner = draw(topologies(depth - 1)) if depth and draw(st.integers(0, 7)) == 0 else None
        kind = "subgraph" if inner else draw(kinds)
        nodes.append(TopologyNode(name, kind, "", draw(pauses), draw(st.booleans()), inner))
    nodes.append(TopologyNode(END, "end"))
    edges = []
    for _ in range(draw(st.integers(0, 16))):
        source, target = draw(st.sampled_from([START, *own])), draw(st.sampled_from([*own, END]))
        edges.append(TopologyEdge(source, target, draw(labels), draw(st.booleans()), (), draw(st.booleans())))
    for _ in range(draw(st.integers(0, 2))):
        sources = tuple(draw(st.lists(st.sampled_from(own or [START]), min_size=1, max_size=4, unique=True)))
        target = draw(st.sampled_from([*own, END]))
        edges += [TopologyEdge(source, target, join=sources) for source in sources]
    return Topology(draw(names), tuple(nodes), tuple(edges))


@settings(max_examples=150, deadline=None)
@given(topologies())
def test_nothing_overlaps_and_nothing_is_outside(topology: Topology) -> None:
    check_whole(layout(topology))


@st.composite
def loops(draw: st.DrawFn) -> Topology:
    """Chains with many long ways back, labelled: what runs outside."""
    count = draw(st.integers(3, 8))
    own = [f"n{i}" for i in range(count)]
    edges = [TopologyEdge(a, b) for a, b in pairwise(own)]
    for _ in range(draw(st.integers(1, 7))):
        low = draw(st.integers(1, count - 1))
        edges.append(TopologyEdge(own[low], own[draw(st.integers(0, low))], draw(labels), conditional=True))
    return Topology("loops", tuple(TopologyNode(name) for name in own), tuple(edges))


@settings(max_examples=150, deadline=None)
@given(loops())
def test_ways_back_keep_clear_of_boxes_and_labels(topology: Topology) -> None:
    check_whole(layout(topology))


@settings(max_examples=40, deadline=None)
@given(topologies())
def test_the_same_topology_has_the_same_layout(topology: Topology) -> None:
    assert layout(topology) == layout(topology)


def chain(count: int) -> Topology:
    own = [f"step_{i}" for i in range(count)]
    edges = [TopologyEdge(a, b) for a, b in pairwise(own)]
    return Topology("chain", tuple(TopologyNode(name) for name in own), tuple(edges))


def test_a_chain_is_straight() -> None:
    placed = layout(chain(12))
    assert len({node.box.center[0] for node in placed.nodes}) == 1
    assert all(len({round(x, 6) for x, _ in edge.points()}) == 1 for edge in placed.edges)


def test_rows_go_down_in_the_order_of_a_chain() -> None:
    placed = layout(chain(5))
    tops = [node.box.y for node in placed.nodes]
    assert tops == sorted(tops)


def test_what_stands_side_by_side_is_in_the_order_of_its_definition() -> None:
    own = ["researcher", "coder", "writer"]
    edges = [TopologyEdge("supervisor", name, name, conditional=True) for name in (*own, END)]
    edges += [TopologyEdge(name, "supervisor") for name in own]
    nodes = (*(TopologyNode(name) for name in ("supervisor", *own)), TopologyNode(END, "end"))
    placed = layout(Topology("supervisor", nodes, tuple(edges)))
    across = [node.box.x for node in placed.nodes[1:]]
    assert across == sorted(across)


def test_a_wide_fan_keeps_to_the_width_of_a_page() -> None:
    own = [f"worker_{i}" for i in range(14)]
    edges = [TopologyEdge("route", name, name, conditional=True) for name in own]
    edges += [TopologyEdge(name, "merge") for name in own]
    nodes = tuple(TopologyNode(name) for name in ("route", *own, "merge"))
    placed = layout(Topology("wide", nodes, tuple(edges)))
    check_whole(placed)
    assert placed.width < 1000


def test_a_long_way_back_runs_outside() -> None:
    shape = chain(4)
    back = TopologyEdge("step_3", "step_0", "again", conditional=True)
    placed = layout(Topology("back", shape.nodes, (*shape.edges, back)))
    check_whole(placed)
    way = placed.edges[-1]
    assert way.back
    assert max(x for x, _ in way.points()) > max(node.box.right for node in placed.nodes)


def test_edges_between_the_same_two_nodes_have_labels_of_their_own() -> None:
    nodes = TopologyNode("a"), TopologyNode("b")
    edges = tuple(TopologyEdge("a", "b", text, conditional=True) for text in ("first", "second", "third"))
    placed = layout(Topology("parallel", nodes, edges))
    check_whole(placed)
    assert [edge.label.lines for edge in placed.edges if edge.label] == [("first",), ("second",), ("third",)]


def test_a_join_meets_in_one_bar() -> None:
    nodes = tuple(TopologyNode(name) for name in "abc")
    edges = tuple(TopologyEdge(name, "c", join=("a", "b")) for name in "ab")
    placed = layout(Topology("join", nodes, edges))
    [bar] = placed.joins
    assert bar.sources == ("a", "b")
    for edge in placed.edges:
        assert any(bar.box.y <= y <= bar.box.bottom for _, y in edge.points())
        assert edge.curve[-1] == placed.edges[0].curve[-1]


def test_a_join_that_waits_for_its_own_target_can_be_drawn() -> None:
    nodes = tuple(TopologyNode(name) for name in "ab")
    edges = tuple(TopologyEdge(name, "b", join=("a", "b")) for name in "ab")
    check_whole(layout(Topology("join", nodes, edges)))


def test_several_loops_on_one_node_do_not_touch() -> None:
    labels = "one", "two\nlines\nor three", "", "four"
    edges = tuple(TopologyEdge("a", "a", text, conditional=True) for text in labels)
    check_whole(layout(Topology("loops", (TopologyNode("a"),), edges)))


def test_a_subgraph_is_drawn_inside_its_box() -> None:
    inner = chain(3)
    nodes = TopologyNode("before"), TopologyNode("sub", "subgraph", inner=inner), TopologyNode("after")
    placed = layout(Topology("outer", nodes, (TopologyEdge("before", "sub"), TopologyEdge("sub", "after"))))
    check_whole(placed)
    held = placed.nodes[1].inner
    assert held is not None
    assert [node.path for node in held.nodes] == [("sub", f"step_{i}") for i in range(3)]


def test_a_graph_without_nodes_has_a_layout() -> None:
    assert layout(Topology("empty", (), ())).nodes == ()


def test_text_is_wrapped_and_never_cut() -> None:
    name = "collect_" * 30 + "x" * 200
    [box] = layout(Topology("long", (TopologyNode(name),), ())).nodes
    assert "".join(box.title.lines) == name
    assert box.box.w < 320


def test_an_edge_to_nowhere_is_an_error_with_a_hint() -> None:
    shape = Topology("g", (TopologyNode("classify"), TopologyNode("b")), (TopologyEdge("b", "classfy"),))
    with pytest.raises(ValueError, match=r"no node 'classfy'. Did you mean 'classify'"):
        layout(shape)


def test_two_nodes_of_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"two nodes named 'a'"):
        layout(Topology("g", (TopologyNode("a"), TopologyNode("a")), ()))
