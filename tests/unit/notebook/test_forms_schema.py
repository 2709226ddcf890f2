"""Interrupts as forms: what is read from schemas and values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest
from pydantic import BaseModel, Field, SecretStr

from langgraph_nb.notebook.forms import ContextItem, form_of, read_answer, read_schema
from langgraph_nb.notebook.forms.schema import looks_like_schema
from langgraph_nb.notebook.live.still import describe_form
from langgraph_nb.types import Interrupt


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Fix(BaseModel):
    symbol: str
    price: float


class Tree(BaseModel):
    children: list[Tree] = []


class Node(BaseModel):
    a: Node | None = None
    b: list[Node] = []
    c: dict[str, Node] = {}
    d: Node | None = None
    e: list[Node] = []


class Inner(TypedDict):
    c: str


class Typed(TypedDict):
    inner: list[Inner]
    maybe: NotRequired[int]


def root(schema: Any) -> Any:
    return form_of(Interrupt("Q", id="a", response_schema=schema)).root


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (bool, "checkbox"),
        (Literal["a", "b"], "dropdown"),
        (Colour, "dropdown"),
        (int, "number"),
        (Annotated[int, Field(ge=1, le=5)], "slider"),
        (Annotated[float, Field(gt=0, lt=1)], "slider"),
        (Annotated[float, Field(ge=0)], "number"),
        (str, "text"),
        (Annotated[str, Field(max_length=500)], "textarea"),
        (SecretStr, "secret"),
        (date, "date"),
        (datetime, "datetime"),
        (time, "time"),
        (list[str], "list"),
        (list[Fix], "list"),
        (set[Literal["x", "y"]], "choices"),
        (Fix, "group"),
        (dict[str, int], "map"),
        (dict[str, Any], "json"),
        (tuple[int, str], "tuple"),
        (tuple[int, ...], "list"),
        (Decimal, "number"),
        (Annotated[Decimal, Field(ge=0, le=10)], "slider"),
        (Fix | Colour, "variant"),
        (int | float, "number"),
        (bool | None, "checkbox"),
    ],
)
def test_a_type_is_filled_in_by_the_field_made_for_it(schema: Any, kind: str) -> None:
    assert root(schema).kind == kind


def test_open_bounds_of_integers_become_the_values_that_may_be_taken() -> None:
    slider = root(Annotated[int, Field(gt=0, lt=10)])
    assert (slider.minimum, slider.maximum, slider.integer) == (1, 9, True)


def test_a_slider_over_a_small_range_has_small_steps() -> None:
    assert root(Annotated[float, Field(ge=0, le=1)]).step == 0.01


def test_a_model_gives_titles_descriptions_defaults_and_what_is_required() -> None:
    class Decision(BaseModel):
        approve: bool = Field(True, description="Apply them.")
        how_much: int
        fix: Fix | None = None

    approve, how_much, fix = root(Decision).fields
    assert (approve.title, approve.description, approve.default, approve.required) == (
        "Approve", "Apply them.", True, False,
    )  # fmt: skip
    assert (how_much.title, how_much.required, how_much.has_default) == ("How Much", True, False)
    assert (fix.title, fix.kind, fix.nullable, fix.has_default) == ("Fix", "group", True, True)


def test_a_dataclass_and_a_typed_dict_are_groups() -> None:
    @dataclass
    class Given:
        n: int
        tags: list[str] = field(default_factory=list)

    assert [f.key for f in root(Given).fields] == ["n", "tags"]
    inner, maybe = root(Typed).fields
    assert (inner.kind, inner.item.fields[0].key, inner.required) == ("list", "c", True)
    assert (maybe.kind, maybe.required) == ("number", False)


def test_a_model_that_contains_itself_ends_in_a_json_field() -> None:
    deepest = root(Tree)
    while deepest.kind in ("group", "list"):
        deepest = deepest.fields[0] if deepest.kind == "group" else deepest.item
    assert deepest.kind == "json"


def test_json_schema_references_may_be_spelt_with_definitions_and_all_of() -> None:
    schema = {
        "definitions": {"n": {"type": "integer", "description": "inner"}},
        "type": "object",
        "properties": {"x": {"allOf": [{"$ref": "#/definitions/n"}], "description": "outer"}},
    }
    (x,) = read_schema(schema).fields
    assert (x.kind, x.integer, x.description) == ("number", True, "outer")


def test_what_the_reader_does_not_understand_is_answered_as_json() -> None:
    assert read_schema({"not": {"type": "string"}}).kind == "json"
    assert read_schema({"type": "array", "prefixItems": [{"type": "string"}]}).kind == "json"
    odd = {"type": "object", "properties": {"n": {"type": "integer"}, "odd": {"not": {"type": "string"}}}}
    assert [f.kind for f in read_schema(odd).fields] == ["number", "json"], "only that field"
    assert read_schema({"$ref": "#/nowhere"}).kind == "json"


def test_data_with_a_key_named_type_is_not_taken_for_a_schema() -> None:
    assert not looks_like_schema({"type": "refund", "title": "x"})
    assert not looks_like_schema({"type": "object"})
    assert looks_like_schema({"type": "object", "properties": {}})


def test_a_plain_question_gets_a_text_box() -> None:
    form = form_of(Interrupt("Your name?", id="a"))
    assert (form.question, form.root.kind, form.id) == ("Your name?", "text", "a")


def test_a_value_that_is_a_schema_is_the_form() -> None:
    assert form_of(Interrupt({"type": "boolean", "title": "Sure?"})).root.kind == "checkbox"
    assert form_of(Interrupt({"question": "Sure?", "schema": {"type": "boolean"}})).root.kind == "checkbox"


def test_options_in_the_value_are_a_dropdown() -> None:
    form = form_of(Interrupt({"question": "Which?", "options": ["a", "b"]}))
    assert [o.value for o in form.root.options] == ["a", "b"]


def test_any_other_value_is_shown_and_answered_as_json() -> None:
    form = form_of(Interrupt({"x": 1}))
    assert (form.root.kind, form.context[0].label, form.context[0].text) == ("json", "x", "1")


def test_the_value_gives_question_context_and_defaults() -> None:
    rows = [{"a": 1, "b": None}, {"a": 2.5, "b": "x"}]
    value = {"question": "Pay?", "amount": 12, "note": "two weeks late", "rows": rows}

    class Pay(BaseModel):
        amount: float = 1

    form = form_of(Interrupt(value, response_schema=Pay))
    assert form.question == "Pay?"
    assert form.root.fields[0].default == 12
    assert [c.label for c in form.context] == ["note", "rows"]
    assert (form.context[1].columns, form.context[1].rows) == (("a", "b"), (("1", ""), ("2.5", "x")))


def test_a_proposal_fills_the_form() -> None:
    form = form_of(Interrupt({"proposal": {"symbol": "XRX", "price": 3.5}}, response_schema=Fix))
    assert [f.default for f in form.root.fields] == ["XRX", 3.5]
    assert form.context == ()


def test_a_proposal_of_another_shape_stays_context() -> None:
    form = form_of(Interrupt({"symbol": ["not", "text"]}, response_schema=Fix))
    assert not form.root.fields[0].has_default


def test_secrets_in_the_value_are_not_shown() -> None:
    form = form_of(Interrupt({"question": "Q", "api_key": "sk-1", "rows": [{"password": "p"}]}))
    assert "sk-1" not in json.dumps(form.to_json())
    assert form.context[1].rows == (("•••",),)


HUMAN = {
    "action_request": {"action": "send", "args": {"to": "x", "n": 1}},
    "config": {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": False},
    "description": "Send?",
}


def test_a_human_interrupt_offers_what_it_allows() -> None:
    form = form_of(Interrupt([HUMAN]))
    assert [f.title for f in form.root.fields] == ["Accept", "Edit", "Respond"]
    assert (form.question, form.as_list) == ("Send?", True)


def test_a_description_in_markdown_is_text_its_heading_the_question() -> None:
    form = form_of(Interrupt([{**HUMAN, "description": "# Send <b>it</b>?\n\n* to *x*"}]))
    assert (form.question, form.context[0]) == ("Send <b>it</b>?", ContextItem("", "* to *x*"))


CALLS = [{"name": "rm", "args": {"path": "/"}, "description": "Tidy up"}, {"name": "pay", "args": {"to": "x"}}]
CONFIGS = [
    {"action_name": "rm", "allowed_decisions": ["approve", "reject"]},
    {"action_name": "pay", "allowed_decisions": ["approve", "edit", "reject", "respond"]},
]


def test_a_tool_review_offers_for_each_call_what_is_allowed_for_it() -> None:
    request = Interrupt({"action_requests": CALLS, "review_configs": CONFIGS}, id="a")
    (decisions,) = form_of(request).root.fields
    assert [(f.title, f.description) for f in decisions.fields] == [("1. rm", "Tidy up"), ("2. pay", "")]
    ways = [[way.title for way in f.fields] for f in decisions.fields]
    assert ways == [["Approve", "Reject"], ["Approve", "Edit", "Reject", "Respond"]]
    edit = {"type": "edit", "edited_action": {"name": "pay", "args": {"to": "y"}}}
    answer = read_answer(request, {"decisions": [{"type": "reject"}, edit]})
    assert answer.value == {"decisions": [{"type": "reject"}, edit]}
    assert not read_answer(request, {"decisions": [edit, {"type": "approve"}]}).ok
    empty = read_answer(request, {"decisions": [{"type": "approve"}, {"type": "respond", "message": ""}]})
    assert list(empty.errors) == ["decisions/1/message"]
    other = read_answer(request, {"decisions": [{"type": "edit"}, {"type": "aprove"}]})
    assert other.errors["decisions/1/type"] == "There is no 'aprove'. Did you mean 'approve'?"
    assert other.errors["decisions/0/type"].startswith("There is no 'edit'.")


def test_a_tool_review_is_told_with_an_answer_that_fits() -> None:
    request = Interrupt({"action_requests": CALLS, "review_configs": CONFIGS}, id="a")
    *_, first, second, example = describe_form(form_of(request).to_json()).splitlines()
    assert (first, second) == ("    1. rm: Approve or Reject", "    2. pay: Approve or Edit or Reject or Respond")
    assert read_answer(request, json.loads(example.removeprefix("  for example: "))).ok


def test_a_call_that_is_shown_is_not_told_once_more_by_its_description() -> None:
    args = {"to": "x"}
    call = {"name": "pay", "args": args, "description": f"Pay somebody\n\nTool: pay\nArgs: {args}"}
    alone = form_of(Interrupt({"action_requests": [call], "review_configs": []}))
    assert (alone.question, [c.label for c in alone.context]) == ("Pay somebody", ["pay"])
    (decisions,) = form_of(Interrupt({"action_requests": [call, call]})).root.fields
    assert [f.description for f in decisions.fields] == ["Pay somebody"] * 2


def test_a_call_approved_alone_has_its_arguments_to_be_edited() -> None:
    class Args(BaseModel):
        to: str
        amount: int = 1

    class Action(BaseModel):
        name: Literal["pay"]
        args: Args

    class EditDecision(BaseModel):
        type: Literal["edit"]
        edited_action: Action

    class ApproveDecision(BaseModel):
        type: Literal["approve"]

    schema = Annotated[ApproveDecision | EditDecision, Field(discriminator="type")]
    value = {"type": "tool_approval", "tool_call_id": "1", "name": "pay", "args": {"to": "x", "amount": 3}}
    form = form_of(Interrupt({**value, "description": "Pay?"}, id="a", response_schema=schema))
    assert (form.question, [f.title for f in form.root.fields]) == ("Pay?", ["Approve", "Edit"])
    assert [c.label for c in form.context] == ["action", "arguments"]
    args = form.root.fields[1].fields[1].fields[1]
    assert [(f.key, f.default) for f in args.fields] == [("to", "x"), ("amount", 3)]


def test_models_are_nested_as_deep_as_people_nest_them() -> None:
    class Item(BaseModel):
        what: str
        count: Annotated[int, Field(ge=1, le=5)] = 1

    class Box(BaseModel):
        items: Annotated[list[Item], Field(min_length=1)]
        sizes: dict[str, float] = {}

    class Order(BaseModel):
        boxes: list[Box]
        at: time | None = None

    boxes, at = root(Order).fields
    items, sizes = boxes.item.fields
    what, count = items.item.fields
    assert (items.min_items, what.required, count.kind, count.default) == (1, True, "slider", 1)
    assert (sizes.kind, sizes.item.kind, at.kind, at.nullable) == ("map", "number", "time", True)


def test_a_model_that_lies_in_itself_in_many_ways_makes_no_endless_form() -> None:
    assert len(json.dumps(form_of(Interrupt("Q", response_schema=Node)).to_json())) < 100_000


def test_what_all_ways_have_in_common_is_part_of_each() -> None:
    ways = [
        {"title": "A", "properties": {"t": {"const": "a"}, "n": {"type": "integer"}}, "required": ["t"]},
        {"title": "B", "allOf": [{"properties": {"t": {"const": "b"}}}, {"properties": {"x": {"type": "boolean"}}}]},
    ]
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"], "oneOf": ways}
    a, b = read_schema(schema).fields
    assert [f.key for f in a.fields] == ["name", "t", "n"] and [f.key for f in b.fields] == ["name", "t", "x"]
    assert a.fields[0].required


def test_the_ways_of_a_union_have_names_that_people_read() -> None:
    assert [f.title for f in root(int | str | bool | list[int]).fields] == ["Whole number", "Text", "Yes or no", "List"]


def test_a_form_is_json_data() -> None:
    form = form_of(Interrupt({"q": 1, "when": date(2026, 1, 2)}, response_schema=Fix))
    assert json.loads(json.dumps(form.to_json()))["root"]["kind"] == "group"


def test_what_is_no_schema_says_what_to_use() -> None:
    with pytest.raises(TypeError, match="Use a Pydantic model"):
        form_of(Interrupt("Q", response_schema=object()))
