"""A graph in words and for networkx."""

from __future__ import annotations

import subprocess
import sys

import networkx as nx

from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook.picture import to_networkx, to_text
from langgraph_nb.notebook.picture.metrics import text_width, wrap

INNER = Topology("inner", (TopologyNode("plan"), TopologyNode("act")), (TopologyEdge("plan", "act"),))
FULL = Topology(
    "support",
    (
        TopologyNode("__start__", "start"),
        TopologyNode("classify"),
        TopologyNode("refund", pause="before"),
        TopologyNode("research", "subgraph", inner=INNER),
        TopologyNode("merge", defer=True, pause="both"),
        TopologyNode("report", "missing"),
        TopologyNode("lonely"),
        TopologyNode("__end__", "end"),
    ),
    (
        TopologyEdge("__start__", "classify"),
        TopologyEdge("classify", "refund", 'state["kind"] == "refund"', conditional=True),
        TopologyEdge("classify", "report", conditional=True),
        TopologyEdge("classify", "research", "q in questions", conditional=True, fan_out=True),
        TopologyEdge("refund", "merge", join=("refund", "research")),
        TopologyEdge("research", "merge", join=("refund", "research")),
        TopologyEdge("merge", "__end__"),
    ),
)


def test_a_graph_in_words() -> None:
    assert to_text(FULL).splitlines() == [
        "support: 6 nodes, 7 edges",
        "  START -> classify",
        '  classify -> refund             if state["kind"] == "refund"',
        "  classify -> report             sometimes",
        "  classify -> research           once for each: q in questions",
        "  [refund, research] -> merge    after all of them",
        "  merge -> END",
        "  refund: pauses before it",
        "  research: a graph of its own",
        "    inner: 2 nodes, 1 edge",
        "      plan -> act",
        "  merge: pauses before and after it, waits until nothing else is left to run",
        "  report: not defined yet",
        "  lonely: no edges yet",
    ]


def test_the_way_that_is_left_reads_as_one() -> None:
    nodes = TopologyNode("a"), TopologyNode("b")
    text = to_text(Topology("g", nodes, (TopologyEdge("a", "b", "otherwise", conditional=True),)))
    assert text.endswith("a -> b    otherwise")


def test_words_of_hostile_names_stay_on_their_line() -> None:
    nodes = TopologyNode("x\ny"), TopologyNode("\x1b[31m")
    text = to_text(Topology("a\nb", nodes, (TopologyEdge("x\ny", "\x1b[31m"),)))
    assert text.splitlines() == ["a b: 2 nodes, 1 edge", "  x y -> \\u001b[31m"]


def test_networkx_gets_every_attribute() -> None:
    graph = to_networkx(FULL)
    assert graph.name == "support" and list(graph) == [node.id for node in FULL.nodes]
    assert graph.nodes["merge"] == {"kind": "node", "label": "merge", "pause": "both", "defer": True, "inner": None}
    assert nx.has_path(graph.nodes["research"]["inner"], "plan", "act")
    edge = graph.edges["classify", "research", 0]
    assert edge == {"label": "q in questions", "conditional": True, "join": (), "fan_out": True}


def test_networkx_keeps_edges_between_the_same_two_nodes_apart() -> None:
    edges = TopologyEdge("a", "b", "x"), TopologyEdge("a", "b", "y")
    graph = to_networkx(Topology("g", (TopologyNode("a"), TopologyNode("b")), edges))
    assert [label for _, _, label in graph.edges(data="label")] == ["x", "y"]


def test_words_need_no_networkx() -> None:
    program = (
        "import sys; from langgraph_nb.graph.topology import *; from langgraph_nb.notebook.picture import to_text;"
        "to_text(Topology('g', (TopologyNode('a'),), ())); assert 'networkx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_wide_characters_and_marks_count_as_they_look() -> None:
    assert text_width("日本", 10) == 20
    assert text_width("e\u0301", 10) == text_width("é", 10) == text_width("e", 10)
    assert text_width("🎉", 10) > 10


def test_lines_end_where_a_reader_expects_it_and_lose_nothing() -> None:
    assert wrap("one_name collectAllDocuments", 10, 70) == ("one_name", "collectAll", "Documents")
    assert "".join(wrap("x" * 100, 10, 50)) == "x" * 100
    assert wrap("", 10, 50) == ("",)
    assert wrap("a\nb", 10, 50) == ("a", "b")


def test_no_line_begins_with_a_mark() -> None:
    lines = wrap("e\u0301" * 40, 10, 33)
    assert len(lines) > 2 and not any(line.startswith("\u0301") for line in lines)
