"""Why a node ran, or did not: every kind of reason."""

from __future__ import annotations

from typing import Any

import pytest

from langgraph_nb import InMemorySaver, StateGraph, fork, why
from langgraph_nb.constants import START
from langgraph_nb.notebook.mistakes import CellError
from tests.unit.notebook.bench import STATE, Notebook
from tests.unit.notebook.past_graphs import State, config, fan, review, run


@pytest.fixture(scope="module")
def graph() -> Any:
    """draft (1), fix (2), a and slow (3), b (4), join (5), ask (6) waits."""
    return run(review(), n=1)


@pytest.mark.parametrize(
    ("node", "step", "expected"),
    [
        ("draft", None, "draft ran in step 1: the edge START -> draft leads to it."),
        ("fix", None, "fix ran in step 2: the router of draft chose it."),
        ("a", 3, "a ran in step 3: fix returned Command(goto='a')."),
        ("join", 5, "join ran in step 5: all of a and b, which it waits for, have run."),
        ("join", 4, "join did not run in step 4: it waits for all of a and b; b has not run.\nIt also ran in step 5."),
        ("ask", None, "ask did not run in step 6: it began and waits for an answer: Really?"),
        ("send", None, "send did not run in step 2: the router of draft chose fix."),
        ("b", 3, "b did not run in step 3: slow leads to it and has not run.\nIt also ran in step 4."),
        ("b", 6, "b did not run in step 6: slow leads to it and last ran in step 3.\nIt also ran in step 4."),
    ],
)
def test_edges_routers_commands_joins_and_questions(graph: Any, node: str, step: int | None, expected: str) -> None:
    assert str(why(graph, node, "1", step=step)) == expected


def test_a_join_names_what_has_not_run_since() -> None:
    builder = StateGraph(State)
    for name in ("a", "b", "review"):
        builder.add_node(name, lambda s: {})
    builder.add_edge(START, "a").add_edge(["a", "b"], "review").add_conditional_edges(
        "a", lambda s: ["b"] if s.get("ok") else [], ["b"]
    )
    graph = builder.compile(InMemorySaver())
    graph.invoke({"ok": True}, config())
    graph.invoke({"ok": False}, config())
    found = str(why(graph, "review", "1", step=7))
    assert "review did not run in step 7: it waits for all of a and b; b has not run since step 2." in found


def test_the_test_of_a_router_is_told_with_the_values_that_it_read() -> None:
    book = Notebook()
    graph = book.cell("1", "demo", STATE + """
def draft(state: State): return {"n": 3}
def big(state: State): return {}
def small(state: State): return {}
START >> draft >> (big if state["n"] > 5 else small) >> END
""", checkpointer="memory")  # fmt: skip
    graph.invoke({"n": 9}, config())
    small = "small ran in step 2: the router of draft chose it (test: not state['n'] > 5, where n = 3)."
    assert str(why(graph, "small", "1")).replace('"', "'") == small
    assert "chose small (test: not" in str(why(graph, "big", "1"))


def test_sends_and_deferred_nodes() -> None:
    graph = run(fan(), n=3)
    assert str(why(graph, "work", "1")) == "work ran in step 1: input sent it a task of its own with Send (3 times)."
    assert "nothing else was left to run" in str(why(graph, "last", "1"))
    assert "it is deferred until nothing else is left to run; more ran." in str(why(graph, "last", "1", step=2))


def test_failures_breakpoints_updates_and_forks() -> None:
    def fails(state: State) -> None:
        raise ValueError("broken")

    builder = StateGraph(State).add_node("one", lambda s: {}).add_node(fails).add_edge(START, "one")
    graph = builder.add_edge("one", "fails").compile(InMemorySaver(), interrupt_before=["fails"])
    run(graph, n=1)
    assert "it is next; the run has not gone on" in str(why(graph, "fails", "1"))
    with pytest.raises(ValueError):
        graph.invoke(None, config())
    assert "fails did not run in step 2: it failed: " in str(why(graph, "fails", "1"))
    fork(graph, "1", at=1, values={"n": 2}, as_node="one")
    assert "the step is an update by hand" in str(why(graph, "fails", "1", step=2))
    assert "the step takes new input in" not in str(why(graph, "fails", "1", step=3))


def test_a_run_that_ended_and_a_node_that_nothing_leads_to() -> None:
    graph = run(review(), ok=True)
    assert "router of draft chose send" in str(why(graph, "fix", "1"))
    builder = StateGraph(State).add_node("one", lambda s: {}).add_node("alone", lambda s: {}).add_edge(START, "one")
    lonely = run(builder.compile(InMemorySaver()), n=1)
    assert "nothing in the graph leads to it" in str(why(lonely, "alone", "1"))


def test_names_and_steps_that_are_not_there(graph: Any) -> None:
    with pytest.raises(CellError, match="Did you mean 'draft'"):
        why(graph, "darft", "1")
    with pytest.raises(CellError, match="no step 40"):
        why(graph, "draft", "1", step=40)


def test_actors_are_told_by_their_channels() -> None:
    from langgraph_nb.channels import LastValue
    from langgraph_nb.pregel import NodeBuilder, Pregel

    one = NodeBuilder().subscribe_only("a").do(lambda x: x + 1).write_to("b")
    two = NodeBuilder().subscribe_only("b").do(lambda x: x).write_to("c")
    three = NodeBuilder().subscribe_only("d").do(lambda x: x).write_to("c")
    channels = {name: LastValue(int) for name in "abcd"}
    made = Pregel(
        nodes={"one": one, "two": two, "three": three}, channels=channels, input_channels=["a"], output_channels=["c"],
        checkpointer=InMemorySaver(),
    )  # fmt: skip
    made.invoke({"a": 1}, config())
    assert "one wrote the channel 'b', which triggers it" in str(why(made, "two", "1"))
    assert "the channel 'd', which triggers it, was not written" in str(why(made, "three", "1"))
