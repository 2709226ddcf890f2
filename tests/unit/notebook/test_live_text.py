"""Values as text: bounded, stable, and without secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_nb.notebook.live.text import brief, is_secret_key, message_text, text_of, tool_calls


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is\n", "as it is\n"),
        (None, "None"),
        ({"a": [1, 2.5, True]}, "{'a': [1, 2.5, True]}"),
        ((1,), "(1)"),
        (HumanMessage("hi"), "user: hi"),
        ([AIMessage("yo")], "[assistant: yo]"),
    ],
)
def test_small_values_are_one_line(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_records_take_a_line_each_and_plain_things_share_lines() -> None:
    records = text_of([{"symbol": "IBM", "gaps": i} for i in range(5)]).splitlines()
    assert len(records) == 7 and records[1] == "  {'symbol': 'IBM', 'gaps': 0},"
    numbers = text_of(list(range(40))).splitlines()
    assert 2 < len(numbers) < 6 and all(len(line) <= 76 for line in numbers)


def test_what_is_left_out_is_counted() -> None:
    assert "960 more" in text_of(list(range(1_000)))
    assert text_of("x" * 5_000).endswith("… (1,000 more characters)")
    assert len(brief("word " * 1_000)) == 160


def test_the_cost_is_that_of_what_is_shown() -> None:
    class Counted(list[Any]):
        seen = 0

        def __iter__(self) -> Any:
            for item in super().__iter__():
                Counted.seen += 1
                yield item

    text_of(Counted(range(1_000_000)))
    assert Counted.seen < 1_000


def test_a_value_that_contains_itself_ends() -> None:
    value: list[Any] = ["x" * 100]
    value.append(value)
    assert len(text_of(value)) < 10_000


def test_arrays_inside_of_something_are_told_by_their_size() -> None:
    class Array:
        shape, dtype = (3, 400), "float64"

    assert text_of({"IBM": Array()}) == "{'IBM': <Array 3 × 400 float64>}"


def test_a_repr_that_raises_is_told() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ValueError

    assert text_of(Broken()) == "<Broken whose repr raises ValueError>"


def test_secrets_are_masked_wherever_they_are() -> None:
    @dataclass
    class Account:
        user: str
        password: str

    shown = text_of({"accounts": [Account("me", "p-1")], "api_key": "k-2", "max_tokens": 5})
    assert "p-1" not in shown and "k-2" not in shown and "5" in shown
    assert is_secret_key("OPENAI_API_KEY") and is_secret_key("access_token") and not is_secret_key("tokens")


def test_messages_are_told_by_text_and_tool_calls() -> None:
    blocks = AIMessage([{"type": "text", "text": "a"}, {"type": "image", "url": "x"}, "b"])
    assert message_text(blocks) == "ab"
    call = AIMessage("", tool_calls=[{"name": "find", "args": {"q": "x", "n": 2}, "id": "1"}])
    assert tool_calls(call) == ["find(q=x, n=2)"]
    assert text_of([call, blocks]) == "[assistant: find(q=x, n=2), assistant: ab]"
