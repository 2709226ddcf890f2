"""The form of a fork: fields as the state's types say, what is sent checked, the thread forked."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

import pytest

from langgraph_nb import START, InMemorySaver, StateGraph, add_messages, history
from langgraph_nb.notebook.past.fork_form import form_at, read_fork
from langgraph_nb.notebook.past.fork_widget import ForkForm
from langgraph_nb.notebook.past.histories import History


@dataclass
class Order:
    cups: int


class Shop(TypedDict, total=False):
    kind: Literal["tea", "coffee"]
    order: Order
    log: Annotated[list[str], operator.add]
    messages: Annotated[list[Any], add_messages]
    api_key: str
    model: object


@pytest.fixture
def past() -> History:
    builder = StateGraph(Shop).add_node("take", lambda s: {"log": ["take"]})
    builder.add_node("brew", lambda s: {"log": ["brew"]})
    graph = builder.add_edge(START, "take").add_edge("take", "brew").compile(InMemorySaver(), name="shop")
    start = {"kind": "tea", "order": Order(1), "api_key": "sk-1", "model": object, "messages": [("user", "hi")]}
    graph.invoke(start, {"configurable": {"thread_id": "1"}})
    return history(graph, "1")


def test_each_key_has_a_field_of_its_type_with_its_value(past: History) -> None:
    shown = form_at(past.past, past[1])
    values, node = shown["root"]["fields"]
    fields = {field["key"]: field for field in values["fields"]}
    assert fields["kind"]["kind"] == "dropdown" and fields["kind"]["default"] == "tea"
    assert fields["order"]["kind"] == "group" and fields["order"]["default"] == {"cups": 1}
    assert fields["log"]["kind"] == "list" and "default" not in fields["log"]
    assert "reducer" in fields["log"]["description"]
    assert fields["api_key"]["kind"] == "secret" and "sk-1" not in str(shown)
    assert fields["model"]["kind"] == "json" and "It is <class" in fields["model"]["description"]
    assert [option["value"] for option in node["options"]] == ["take", "brew"]
    assert [step["label"] for step in shown["steps"][:3]] == ["step 2: brew", "step 1: take", "step 0: input"]


def test_what_is_sent_becomes_typed_values_or_errors_at_their_fields(past: History) -> None:
    given = read_fork(past.past, {"values": {"order": {"cups": "3"}, "unknown": 1, "log": ["x"]}, "as_node": "take"})
    assert given.values == {"order": Order(3), "log": ["x"]} and given.as_node == "take" and not given.errors
    wrong = read_fork(past.past, {"values": {"order": {"cups": "many"}, "kind": "milk"}})
    assert set(wrong.errors) == {"values/order/cups", "values/kind"} and wrong.as_node is None


def test_sending_the_form_forks_the_thread(past: History) -> None:
    form = ForkForm(past)
    form._received(form, {"type": "choose", "step": past[0].id}, None)
    assert form.form["step"] == past[0].id
    sent = {"type": "fork", "step": past[1].id, "value": {"values": {"kind": "coffee"}, "as_node": "take"}}
    form._received(form, sent, None)
    assert form.form["note"].startswith("shop, thread 1: forked at step 1; next: brew.")
    assert form.history.head.values["kind"] == "coffee" and len(form.history.past.branches) == 2
    form._received(form, {"type": "fork", "step": past[1].id, "value": {}}, None)
    assert form.history.head.source == "fork"


def test_what_is_wrong_is_said_in_the_form_and_changes_nothing(past: History) -> None:
    form = ForkForm(past)
    unknown = {"values": {"log": ["x"]}, "as_node": "no"}
    for value, where in (({"values": {"kind": "milk"}}, "values/kind"), (unknown, "")):
        form._received(form, {"type": "fork", "step": past[1].id, "value": value}, None)
        assert set(form.form["errors"]) == {where}
    assert len(history(past.past.outer, "1").past.branches) == 1
    assert "%fork shop --thread 1" in form._repr_mimebundle_()[0]["text/plain"]
