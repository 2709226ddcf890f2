"""Mermaid charts become cells: what LangGraph draws comes back as the same graph, what people write is understood."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.notebook.mermaid import read_mermaid
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.skeleton import skeleton
from tests.unit.notebook.bench import Notebook


class State(TypedDict):
    n: int


def drawn(graph: Any) -> list[str]:
    """The edges of a graph's chart, and its nodes that pause. Nodes that no edge leads to are no part of wiring."""
    lines = graph.get_graph().draw_mermaid().splitlines()
    return sorted(line for line in lines if "->" in line or "__interrupt" in line)


def rebuilt(chart: str) -> Any:
    return Notebook().cell("1", "copy", skeleton(read_mermaid(chart, "copy")))


def compiled(names: list[str], edges: list[tuple[str, str]], choices: list[tuple[str, dict[str, str]]]) -> Any:
    builder = StateGraph(State)
    for name in names:
        builder.add_node(name, lambda state: {})
    for source, target in edges:
        builder.add_edge(source, target)
    for number, (source, ways) in enumerate(choices):
        choose = lambda state: END  # noqa: E731
        choose.__name__ = f"choose_{number}"
        builder.add_conditional_edges(source, choose, ways)  # type: ignore[arg-type]
    return builder.compile()


def test_a_graph_with_choices_loops_and_odd_names_comes_back() -> None:
    names = ["classify", "look up", "日本", "class", "f(x)", "print", "copy", 'a "quoted" one', "1st"]
    edges = [(START, "classify"), ("look up", "日本"), ("日本", END), ("class", "f(x)"), ("f(x)", "print")]
    edges += [("print", "copy"), ("copy", "classify"), ("1st", END), ('a "quoted" one', "1st")]
    ways = {"yes, please": "look up", "no": "class", "it's \\ over": END, 'say "so"': 'a "quoted" one'}
    graph = compiled(names, edges, [("classify", ways)])
    copy = rebuilt(graph.get_graph().draw_mermaid())
    assert drawn(copy) == drawn(graph)
    assert copy.invoke({"text": "it runs at once"}) == {"text": "it runs at once"}


_name = st.text("abc Xé_'1(", min_size=1, max_size=6).filter(lambda name: name == " ".join(name.split()))
_names = st.lists(_name, min_size=1, max_size=6, unique=True)


@st.composite
def graphs(draw: st.DrawFn) -> Any:
    names = draw(_names)
    ends = st.sampled_from([*names, END])
    edges = [(START, draw(st.sampled_from(names)))]
    edges += draw(st.lists(st.tuples(st.sampled_from(names), ends), max_size=5, unique=True))
    ways = st.dictionaries(_name, ends, min_size=1, max_size=3)
    return compiled(names, edges, draw(st.lists(st.tuples(st.sampled_from(names), ways), max_size=2)))


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_what_is_drawn_is_read_again_as_the_same_graph(graph: Any) -> None:
    chart = graph.get_graph().draw_mermaid()
    assert drawn(rebuilt(chart)) == drawn(graph)


def edges(chart: str) -> list[tuple[str, str, str]]:
    found = read_mermaid(chart).edges
    return [(edge.source, edge.target, edge.label if edge.conditional else "-") for edge in found]


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ("graph TD\nstart --> a --> b --> stop", [(START, "a", "-"), ("a", "b", "-"), ("b", END, "-")]),
        ("flowchart LR; a-->b", [("a", "b", "-"), (START, "a", "-"), ("b", END, "-")]),
        ("graph\nSTART([Start]) ==> a[Read it] --> e((End))", [(START, "Read it", "-"), ("Read it", END, "-")]),
        ("graph TD\n_start_-->a & b-->end_", [(START, "a", "-"), (START, "b", "-"), ("a", END, "-"), ("b", END, "-")]),
        ("graph TD\nstart-->a{ok?}-->stop", [(START, "ok?", "-"), ("ok?", END, "")]),
        ("graph TD\nstart-->a--yes-->stop\na-. no .->a", [(START, "a", "-"), ("a", END, "yes"), ("a", "a", "no")]),
        ('graph TD\nstart-->a-->|"x > 1"| stop', [(START, "a", "-"), ("a", END, "x > 1")]),
        ("graph TD\nstart-->a\na == go on ==> stop;a-.->a", [(START, "a", "-"), ("a", END, "go on"), ("a", "a", "")]),
        ("graph TD\nstart-->a\na<-->b\nb-->stop",
         [(START, "a", "-"), ("a", "b", "-"), ("b", "a", "-"), ("b", END, "-")]),
        ("graph TD\nstart-->one\nsubgraph one [First]\na-->b\nend\none-->stop",
         [(START, "a", "-"), ("a", "b", "-"), ("b", END, "-")]),
        ("graph TD\nstart-->a:::hot\nclassDef hot fill:#f00\nstyle a x\n%% a-->b\na~~~stop\na-->stop",
         [(START, "a", "-"), ("a", END, "-")]),
        ("```mermaid\n---\ntitle: x\n---\ngraph TD\nstart-->a[one<br/>two]-->stop\n```",
         [(START, "one two", "-"), ("one two", END, "-")]),
        ("graph TD\nstart-->a[#quot;q#quot; &amp; &lt;b&gt;]-->stop",
         [(START, '"q" & <b>', "-"), ('"q" & <b>', END, "-")]),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(chart: str, expected: list[tuple[str, str, str]]) -> None:
    assert edges(chart) == expected


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        ("sequenceDiagram\na->>b: hi", "no Mermaid flowchart"),
        ("graph TD\na --> b\na --> --> b", r"cannot be read[^$]*line 3: a --> --> b"),
        ("graph TD\na --> b c", "line 2: a --> b c"),
        ("graph TD\nsubgraph x\na-->b", "'x' has no `end`"),
        ("", "no Mermaid flowchart"),
    ],
)
def test_what_cannot_be_read_is_shown_at_its_line(chart: str, words: str) -> None:
    with pytest.raises(CellError, match=words):
        read_mermaid(chart)


def test_pauses_of_nodes_come_back() -> None:
    graph = StateGraph(State).add_node("a", lambda s: {}).add_edge(START, "a").compile(interrupt_before=["a"])
    assert drawn(rebuilt(graph.get_graph().draw_mermaid())) == drawn(graph)


def test_an_opened_graph_becomes_part_of_the_one_graph() -> None:
    inner = compiled(["plan", "act"], [(START, "plan"), ("plan", "act")], [])
    outer = StateGraph(State).add_node("sub", inner).add_node("last", lambda s: {})
    graph = outer.add_edge(START, "sub").add_edge("sub", "last").compile()
    chart = graph.get_graph(xray=True).draw_mermaid()
    found = [(edge.source, edge.target) for edge in read_mermaid(chart).edges]
    assert sorted(found) == sorted([(START, "plan"), ("plan", "act"), ("act", "last"), ("last", END)])
