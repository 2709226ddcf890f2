"""Subgraphs that open in place: their pictures, and the statuses of what is inside."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from langgraph_nb.constants import END, START
from langgraph_nb.graph import MessagesState, StateGraph
from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook.live.openings import Pictures, first_open, subgraphs, with_open
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import progress
from langgraph_nb.notebook.live.widget import LiveView, WidgetSurface


def graph(*nodes: TopologyNode) -> Topology:
    ids = [START, *(node.id for node in nodes), END]
    edges = tuple(TopologyEdge(a, b) for a, b in pairwise(ids))
    return Topology("g", (TopologyNode(START, "start"), *nodes, TopologyNode(END, "end")), edges)


def nested(inner: Topology) -> TopologyNode:
    return TopologyNode("sub", "subgraph", inner=inner)


DEEP = graph(nested(graph(nested(graph(TopologyNode("x"))))), TopologyNode("y"))
LONG = graph(nested(graph(*(TopologyNode(f"n{i}") for i in range(20)))))


def test_what_is_around_decides_whether_a_subgraph_is_shown_open() -> None:
    assert subgraphs(DEEP) == ["sub", "sub|sub"]
    assert with_open(DEEP, subgraphs(DEEP)) == DEEP
    assert subgraphs(with_open(DEEP, ["sub"])) == ["sub"]
    assert with_open(DEEP, ["sub|sub"]) == with_open(DEEP, [])


def test_small_subgraphs_are_open_from_the_beginning_and_large_ones_are_not() -> None:
    assert first_open(graph(nested(graph(TopologyNode("x"))))) == ["sub"]
    assert first_open(LONG) == [] == first_open(graph(TopologyNode("x")))
    assert Pictures(LONG).first()[0] == []


def test_a_page_can_open_and_close_all_before_the_kernel_answers_and_gets_what_it_asks_for_then() -> None:
    widget = LiveView(DEEP, RunView(DEEP, name="g"))
    assert set(widget.pictures) == {"[]", '["sub","sub|sub"]'}
    widget.open_subgraphs(["sub", "nobody"])
    picture = widget.pictures[json.dumps(["sub"])]
    assert 'data-node="sub|sub"' in picture and 'data-node="sub|sub|x"' not in picture


def test_the_saved_picture_has_open_what_the_page_had() -> None:
    view = RunView(LONG, name="g")
    widget = LiveView(LONG, view)
    WidgetSurface(widget).settle(view, 1.0)
    picture, _ = widget.beside
    assert "sub|n7" not in picture._repr_mimebundle_()[0]["image/svg+xml"]
    widget.open_subgraphs(["sub", "nobody"])
    assert "sub|n7" in picture._repr_mimebundle_()[0]["image/svg+xml"]


def test_what_is_inside_runs_and_waits_again_when_its_graph_begins_once_more() -> None:
    def talk(state: MessagesState) -> Any:
        return {"messages": ("ai", "hello")}

    inner = StateGraph(MessagesState).add_node("talk", talk).add_edge(START, "talk").compile()
    outer = StateGraph(MessagesState).add_node("team", inner).add_edge(START, "team")
    outer.add_conditional_edges("team", lambda state: END if len(state["messages"]) > 2 else "team", ["team", END])
    compiled = outer.compile()
    view = RunView(compiled.topology(xray=True), name="g")
    view.begin({}, 0.0)
    seen: list[list[str]] = []
    for ns, event in compiled.events({"messages": "hi"}):
        view.fold(ns, event, 1.0)
        inside = [view.nodes[f"team|{name}"].status for name in (START, "talk", END)]
        if inside != (seen or [None])[-1]:
            seen.append(inside)
    assert seen == [
        ["waiting"] * 3, ["done", "running", "waiting"], ["done", "done", "waiting"], ["done"] * 3,
        ["waiting"] * 3, ["done", "running", "waiting"], ["done", "done", "waiting"], ["done"] * 3,
    ]  # fmt: skip
    assert {("team|__start__", "team|talk"), ("team|talk", "team|__end__")} <= set(view.edges)
    assert progress(view).splitlines() == ["g: done", "  ✓ team ×2", "  ✓ team › talk"]
