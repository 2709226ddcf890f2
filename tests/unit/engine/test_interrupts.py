"""Questions and answers: their order, their ids, which answer goes where, and answers that do not fit."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from langgraph_nb.constants import END, START
from langgraph_nb.errors import GraphInterrupt
from langgraph_nb.graph import StateGraph
from langgraph_nb.types import Command, Send, interrupt
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import Seen, chain, fan, says

INPUT: dict[str, Any] = {"seen": []}


def asks(*questions: Any) -> Any:
    """A node that asks these and writes the answers."""
    return lambda state: {"seen": [interrupt(question) for question in questions]}


def pending(result: Any) -> dict[Any, str]:
    """What a run asks: question -> id."""
    return {question.value: question.id for question in result["__interrupt__"]}


def test_questions_of_one_node_are_asked_one_after_the_other(way: Way) -> None:
    graph = chain("a", a=asks("one?", "two?")).compile(way.saver)
    first = pending(way.invoke(graph, INPUT))
    second = pending(way.invoke(graph, Command(resume=1)))
    assert (list(first), list(second)) == (["one?"], ["two?"])
    assert first["one?"] != second["two?"]
    assert way.invoke(graph, Command(resume=2)) == {"seen": [1, 2]}


def test_asking_again_without_an_answer_asks_the_same_with_the_same_id(way: Way) -> None:
    graph = chain("a", a=asks("one?")).compile(way.saver)
    assert pending(way.invoke(graph, INPUT)) == pending(way.invoke(graph, None))


def test_a_node_runs_again_from_its_beginning_for_each_answer(way: Way) -> None:
    runs = []

    def node(state: Any) -> Any:
        runs.append(len(runs))
        return {"seen": [interrupt("one?"), interrupt("two?")]}

    graph = chain("a", a=node).compile(way.saver)
    for value in (INPUT, Command(resume=1), Command(resume=2)):
        way.invoke(graph, value)
    assert runs == [0, 1, 2]


def test_a_loop_of_questions_has_a_new_id_in_each_round(way: Way) -> None:
    builder = chain("a", a=asks("more?"))
    builder.add_conditional_edges("a", lambda state: END if state["seen"][-1] == "no" else "a")
    graph = builder.compile(way.saver)
    ids = [pending(way.invoke(graph, INPUT))["more?"]]
    for _ in range(3):
        ids.append(pending(way.invoke(graph, Command(resume="yes")))["more?"])
    assert len(set(ids)) == 4
    assert way.invoke(graph, Command(resume="no")) == {"seen": ["yes", "yes", "yes", "no"]}


def test_questions_side_by_side_are_answered_by_id_in_any_number(way: Way) -> None:
    graph = fan("a", "b", "c", a=asks("a?"), b=asks("b?"), c=asks("c?")).compile(way.saver)
    ids = pending(way.invoke(graph, INPUT))
    assert len(set(ids.values())) == 3
    assert set(pending(way.invoke(graph, Command(resume={ids["b?"]: "B"})))) == {"a?", "c?"}
    assert {i.value for i in way.get_state(graph).interrupts} == {"a?", "c?"}
    answers = {ids["c?"]: "C", ids["a?"]: "A"}
    assert way.invoke(graph, Command(resume=answers)) == {"seen": ["A", "B", "C"]}


def test_questions_of_sends_to_one_node_are_told_apart(way: Way) -> None:
    builder = StateGraph(Seen).add_node("ask", lambda arg: {"seen": [f"{arg}: {interrupt(arg)}"]})
    builder.add_conditional_edges(START, lambda state: [Send("ask", "x"), Send("ask", "y")])
    graph = builder.compile(way.saver)
    ids = pending(way.invoke(graph, INPUT))
    result = way.invoke(graph, Command(resume={ids["y"]: "why", ids["x"]: "ex"}))
    assert result == {"seen": ["x: ex", "y: why"]}


def test_one_answer_for_several_questions_is_refused_and_all_stay(way: Way) -> None:
    graph = fan("a", "b", a=asks("a?"), b=asks("b?")).compile(way.saver)
    ids = pending(way.invoke(graph, INPUT))
    with pytest.raises(RuntimeError, match="must specify the interrupt id") as refused:
        way.invoke(graph, Command(resume="which?"))
    assert all(i in str(refused.value) for i in ids.values())
    assert {i.id for i in way.get_state(graph).interrupts} == set(ids.values())


def test_siblings_that_finished_do_not_run_again(way: Way) -> None:
    ran = []

    def counted(state: Any) -> Any:
        ran.append("b")
        return {"seen": ["b"]}

    graph = fan("a", "b", join="c", a=asks("a?"), b=counted).compile(way.saver)
    assert way.invoke(graph, INPUT)["seen"] == ["b"]
    assert way.get_state(graph).next == ("a",)
    assert way.invoke(graph, Command(resume="A")) == {"seen": ["A", "b", "c"]}
    assert ran == ["b"]


class Size(BaseModel):
    width: int


def sized(state: Any) -> Any:
    answer = interrupt("size?", response_schema=Size)
    assert isinstance(answer, Size)
    return {"seen": [answer.width]}


def test_an_answer_that_does_not_fit_is_refused_and_the_question_stays(way: Way) -> None:
    graph = chain("a", a=sized).compile(way.saver)
    (question,) = way.invoke(graph, INPUT)["__interrupt__"]
    assert question.response_schema["properties"]["width"]["type"] == "integer"
    for wrong in ({"width": "wide"}, "text", {}):
        with pytest.raises(ValueError, match="Size"):
            way.invoke(graph, Command(resume=wrong))
        (still,) = way.get_state(graph).interrupts
        assert (still.value, still.id) == ("size?", question.id)
    assert way.invoke(graph, Command(resume={"width": "7"})) == {"seen": [7]}


def test_a_second_answer_that_does_not_fit_keeps_the_first(way: Way) -> None:
    def node(state: Any) -> Any:
        return {"seen": [interrupt("name?"), interrupt("size?", response_schema=int)]}

    graph = chain("a", a=node).compile(way.saver)
    way.invoke(graph, INPUT)
    way.invoke(graph, Command(resume="Ada"))
    with pytest.raises(ValueError, match="int"):
        way.invoke(graph, Command(resume="many"))
    assert way.invoke(graph, Command(resume=3)) == {"seen": ["Ada", 3]}


def test_an_answer_may_come_with_an_update_and_a_destination(way: Way) -> None:
    graph = chain("a", a=asks("a?")).add_node("other", says("other")).compile(way.saver)
    way.invoke(graph, INPUT)
    result = way.invoke(graph, Command(resume="A", update={"seen": ["update"]}, goto="other"))
    assert sorted(result["seen"]) == ["A", "other", "update"]


def test_an_earlier_checkpoint_is_answered_anew_on_a_branch(way: Way) -> None:
    graph = chain("a", "b", a=asks("a?")).compile(way.saver)
    way.invoke(graph, INPUT)
    asked = way.get_state(graph).config
    assert way.invoke(graph, Command(resume="first")) == {"seen": ["first", "b"]}
    assert way.invoke(graph, Command(resume="second"), asked) == {"seen": ["second", "b"]}
    assert way.get_state(graph).values == {"seen": ["second", "b"]}
    values = [snapshot.values.get("seen") for snapshot in way.history(graph)]
    assert ["first", "b"] in values and ["second", "b"] in values


def test_new_input_drops_the_question(way: Way) -> None:
    graph = chain("a", a=asks("a?")).compile(way.saver)
    first = pending(way.invoke(graph, INPUT))
    second = pending(way.invoke(graph, {"seen": ["new"]}))
    assert first != second
    assert way.invoke(graph, Command(resume="A")) == {"seen": ["new", "A"]}


def test_what_catches_exceptions_catches_a_question_too(way: Way) -> None:
    """``GraphInterrupt`` is an ``Exception``, as in LangGraph: a node must not catch everything around a question."""

    def swallows(state: Any) -> Any:
        try:
            return {"seen": [interrupt("a?")]}
        except Exception as error:
            assert isinstance(error, GraphInterrupt)
            return {"seen": ["swallowed"]}

    graph = chain("a", a=swallows).compile(way.saver)
    assert way.invoke(graph, INPUT) == {"seen": ["swallowed"]}


def test_a_question_is_not_a_failure_to_a_retry_policy(way: Way) -> None:
    from langgraph_nb.types import RetryPolicy

    ran = []

    def node(state: Any) -> Any:
        ran.append(1)
        return {"seen": [interrupt("a?")]}

    builder = StateGraph(Seen).add_node("a", node, retry_policy=RetryPolicy(retry_on=Exception)).add_edge(START, "a")
    graph = builder.compile(way.saver)
    way.invoke(graph, INPUT)
    assert ran == [1]


def test_a_question_outside_of_a_run_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"outside of a runnable context\. interrupt works only"):
        interrupt("?")


def test_an_answer_needs_a_checkpointer() -> None:
    with pytest.raises(RuntimeError, match="without checkpointer"):
        chain("a").compile().invoke(Command(resume=1), thread())


def test_a_question_without_a_saver_is_shown_all_the_same() -> None:
    assert list(pending(chain("a", a=asks("a?")).compile().invoke(INPUT))) == ["a?"]


def test_values_of_every_kind_are_answers(way: Way) -> None:
    graph = chain("a", a=asks("a?")).compile(way.saver)
    for number, answer in enumerate((False, 0, "", [], {}, {"key": 1}, (1, 2))):
        config = thread(str(number))
        way.invoke(graph, INPUT, config)
        assert way.invoke(graph, Command(resume=answer), config) == {"seen": [answer]}
