"""Graphs inside of nodes: how they are found, where going back leads them, and that an answer is for one question."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.errors import UnknownInterruptError
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph.callables import call_spec
from langgraph_nb.graph.inside import graph_of
from langgraph_nb.pregel.inner import graphs_in, node_path, without_ids
from langgraph_nb.types import Command
from tests.unit.engine.by_hand import ADDRESS, ByHand
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import chain, fan
from tests.unit.engine.test_commands_saving import stored
from tests.unit.engine.test_interrupts import INPUT, asks, pending

GRAPH = chain("a").compile(name="global")


def named_globally(state: Any) -> Any:
    return GRAPH.invoke(state)


def names_a_function_only(state: Any) -> Any:
    return named_globally(state)


def test_the_graph_that_code_runs_is_found_where_the_code_names_it() -> None:
    local = chain("a").compile(name="local")
    holder = SimpleNamespace(part=SimpleNamespace(graph=local))
    forgets = chain("a").compile(checkpointer=False)
    found = {
        call_spec(GRAPH): GRAPH,
        call_spec(named_globally): GRAPH,
        call_spec(functools.partial(named_globally)): GRAPH,
        call_spec(lambda state: local.invoke(state)): local,
        call_spec(lambda state: [local.invoke(item) for item in state]): local,
        call_spec(lambda state: holder.part.graph.invoke(state)): local,
        call_spec(lambda state: (forgets.invoke(state), local.invoke(state))): local,
        call_spec(forgets): None,
        call_spec(names_a_function_only): None,
        call_spec(len): None,
    }
    assert [graph_of(spec) for spec in found] == list(found.values())


def test_a_name_that_is_not_there_yet_is_no_graph() -> None:
    def node(state: Any) -> Any:
        return later.invoke(state)

    assert graph_of(call_spec(node)) is None
    later = GRAPH
    assert graph_of(call_spec(node)) is GRAPH


def test_graphs_are_told_by_the_nodes_that_lead_to_them() -> None:
    middle = chain("inner", inner=GRAPH).compile()
    outer = chain("x", "xy", x=GRAPH, xy=middle).compile()
    assert [path for path, _ in graphs_in(outer, recurse=True)] == ["x", "xy", "xy|inner"]
    assert [graph for _, graph in graphs_in(outer, "xy|inner", recurse=True)] == [GRAPH]
    assert not list(graphs_in(outer, "xy|inner"))
    assert (without_ids("a:1|2|b:3"), node_path("a:1|2|b:3")) == ("a|2|b", "a|b")


def test_an_answer_that_nobody_awaits_is_for_the_first_question_alone(way: Way) -> None:
    graph = fan("a", "b", a=asks("a?"), b=asks("b?")).compile(way.saver, interrupt_before=["a", "b"])
    way.invoke(graph, INPUT)
    assert len(pending(way.invoke(graph, Command(resume="one answer")))) == 1


def test_an_answer_goes_down_to_the_graph_that_asked_and_no_further(way: Way) -> None:
    inner = chain("ask", ask=asks("first?", "second?")).compile()
    graph = chain("middle", middle=chain("inner", inner=inner).compile()).compile(way.saver)
    way.invoke(graph, INPUT)
    assert list(pending(way.invoke(graph, Command(resume=1)))) == ["second?"]
    assert list(pending(way.invoke(graph, None))) == ["second?"]
    assert way.invoke(graph, Command(resume=2))["seen"] == [1, 2]


def test_a_question_that_was_answered_does_not_come_again(way: Way) -> None:
    inner = chain("x", "y", x=asks("x?"), y=asks("y?")).compile()
    graph = fan("left", "right", left=inner, right=inner).compile(way.saver)
    asked = way.invoke(graph, INPUT)["__interrupt__"]
    seen = {question.id for question in asked}
    while asked:
        result = way.invoke(graph, Command(resume={asked[0].id: asked[0].value}))
        answered, asked = asked[0].id, result.get("__interrupt__", [])
        assert answered not in {question.id for question in asked}
        seen |= {question.id for question in asked}
    assert (len(seen), result["seen"]) == (4, ["x?", "y?", "x?", "y?"])


def test_a_task_that_calls_a_graph_stops_where_the_graph_stops() -> None:
    inner = chain("a", "b").compile(interrupt_before=["b"])

    @task
    def called(item: str) -> Any:
        return inner.invoke({"seen": [item]})["seen"]

    @entrypoint(checkpointer=InMemorySaver())
    def flow(item: str) -> Any:
        first, second = called(item), called(item * 2)
        return [first.result(), second.result()]

    flow.invoke("x", thread())
    assert flow.get_state(thread()).next == ("flow",)
    while flow.get_state(thread()).next:
        result = flow.invoke(None, thread())
    assert result == [["x", "a", "b"], ["xx", "a", "b"]]


def test_strict_answers_are_refused_before_anything_is_stored(way: Way) -> None:
    graph = chain("a", a=asks("?")).compile(way.saver)
    config = thread(__pregel_strict_resume=True)
    (question,) = way.invoke(graph, INPUT, config)["__interrupt__"]
    with pytest.raises(UnknownInterruptError) as refused:
        way.invoke(graph, Command(resume={"0" * 32: "!"}), config)
    assert (refused.value.reason, refused.value.pending_ids) == ("not_pending", (question.id,))
    assert way.get_state(graph, config).interrupts == (question,)


def test_going_back_rewinds_what_runs_inside() -> None:
    graph = chain("a", "b").compile()
    first = ByHand(graph, INPUT, stores=True)
    first.play()
    saved = stored(first)
    named = {**ADDRESS, "checkpoint_id": saved.checkpoint["id"]}
    words = ByHand(graph, None, saved, address=named).play()
    assert f"rewind to before {saved.checkpoint['id']}" in words
    assert not any(word.startswith("rewind") for word in (*first.words, *ByHand(graph, None, saved).play()))
