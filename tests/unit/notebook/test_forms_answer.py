"""Answers: what fits becomes a value, what does not is explained at its field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

import pytest
from pydantic import BaseModel, Field

from langgraph_nb.notebook.forms import read_answer
from langgraph_nb.types import Interrupt


class Fix(BaseModel):
    symbol: str
    day: date
    price: float = Field(ge=0)


class Decision(BaseModel):
    approve: bool
    fixes: list[Fix] = []


class Price(BaseModel):
    price: Decimal = Field(ge=0, le=100, decimal_places=2)


def asked(schema: Any, value: Any = "Q") -> Interrupt:
    return Interrupt(value, id="a", response_schema=schema)


def test_a_fitting_answer_has_the_type_and_a_form_that_can_be_stored() -> None:
    raw = {"approve": True, "fixes": [{"symbol": "X", "day": "2026-01-02", "price": 1}]}
    answer = read_answer(asked(Decision), raw)
    assert answer.ok
    assert answer.typed.fixes[0].day == date(2026, 1, 2)
    assert answer.value == raw


def test_an_answer_from_code_may_be_an_instance() -> None:
    answer = read_answer(asked(Decision), Decision(approve=False))
    assert answer.value == {"approve": False, "fixes": []}


def test_each_wrong_field_is_named_by_its_path() -> None:
    raw = {"approve": "perhaps", "fixes": [{"symbol": "X", "price": -1}]}
    assert set(read_answer(asked(Decision), raw).errors) == {"approve", "fixes/0/day", "fixes/0/price"}


def test_the_names_of_a_unions_ways_are_no_part_of_the_path() -> None:
    errors = read_answer(asked(Fix | None), {"symbol": 1, "day": "2026-01-02", "price": 1}).errors
    assert set(errors) == {"symbol"}


def test_a_typed_dict_is_validated_on_every_python() -> None:
    class Given(TypedDict):
        n: int

    assert read_answer(asked(Given), {"n": 3}).ok
    assert set(read_answer(asked(Given), {"n": "x"}).errors) == {"n"}


SCHEMA = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "maximum": 5},
        "who": {"type": "string"},
        "d": {"type": "string", "format": "date"},
    },
    "required": ["n", "who"],
}


def test_a_json_schema_is_validated_too() -> None:
    assert read_answer(asked(SCHEMA), {"n": 3, "who": "x"}).value == {"n": 3, "who": "x"}
    assert set(read_answer(asked(SCHEMA), {"n": 9, "d": "tomorrow"}).errors) == {"n", "who", "d"}


@pytest.mark.parametrize("schema", [Price, Price.model_json_schema()], ids=["type", "as stored"])
def test_a_number_written_as_a_text_keeps_its_digits_and_its_bounds(schema: Any) -> None:
    assert read_answer(asked(schema), {"price": "12.50"}).value == {"price": "12.50"}
    assert str(read_answer(asked(Price), {"price": "12.50"}).typed.price) == "12.50"
    for wrong in ("-1.50", "100.10"):
        assert set(read_answer(asked(schema), {"price": wrong}).errors) == {"price"}, wrong


def test_of_a_union_in_a_json_schema_the_closest_way_explains() -> None:
    ways = {
        "oneOf": [
            {"type": "object", "properties": {"t": {"const": "a"}, "n": {"type": "integer"}}, "required": ["t", "n"]},
            {"type": "object", "properties": {"t": {"const": "b"}}, "required": ["t"]},
        ]
    }
    assert read_answer(asked(ways), {"t": "b"}).ok
    assert set(read_answer(asked(ways), {"t": "a", "n": "x"}).errors) == {"n"}


def test_a_human_interrupt_asked_in_a_list_is_answered_in_a_list() -> None:
    request = {"action_request": {"action": "send", "args": {}}, "config": {"allow_accept": True}}
    accept = {"type": "accept", "args": None}
    assert read_answer(asked(None, [request]), accept).value == [accept]
    assert read_answer(asked(None, [request]), [accept]).value == [accept], "as a program answers"
    assert read_answer(asked(None, request), accept).value == accept
    assert not read_answer(asked(None, request), {"type": "ignore", "args": None}).ok


@pytest.mark.parametrize("raw", [None, 3, "text", {"any": ["thing"]}])
def test_without_any_schema_all_json_is_an_answer(raw: Any) -> None:
    assert read_answer(asked(None, {"x": 1}), raw).value == raw


def test_what_has_no_json_form_is_explained() -> None:
    assert "no JSON form" in read_answer(asked(None, {"x": 1}), object()).errors[""]


def test_errors_read_as_lines() -> None:
    assert read_answer(asked(Decision), {}).explain() == "approve: This is needed."


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("date-time", ("2026-12-31T09:30:00", "2026-12-31T09:30:00+02:00", "2026-12-31T09:30:00Z"), "31.12.2026"),
        ("time", ("21:15:00", "21:15"), "quarter past nine"),
        ("date", ("2026-12-31",), "31.12.2026"),
    ],
)
def test_moments_need_no_time_zone_as_in_a_form(kind: str, good: tuple[str, ...], bad: str) -> None:
    question = Interrupt("When?", id="a", response_schema={"type": "string", "format": kind})
    assert [read_answer(question, text).ok for text in good] == [True] * len(good)
    assert kind in read_answer(question, bad).errors[""]
