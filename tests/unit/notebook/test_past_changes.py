"""What is different between two values: by key, message, row, element, line, and as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_nb.notebook.past.changes import ABSENT, changes, state_changes
from langgraph_nb.notebook.past.page import change_html

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pillow = pytest.importorskip("PIL.Image")


@dataclass
class Order:
    cups: int
    kind: str


def told(before: Any, after: Any) -> str:
    return "\n".join(map(str, changes(before, after, "x")))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1, 2, "~ x: 1 -> 2"),
        ("tea", "milk", "~ x: 'tea' -> 'milk'"),
        (ABSENT, 2, "+ x: 2"),
        (None, {"a": 1}, "+ x: {'a': 1}"),
        (2, ABSENT, "- x: 2"),
        (float("nan"), float("nan"), ""),
        (True, 1, ""),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "~ x.a.b[1]: 2 -> 3"),
        ({"a b": 1}, {"a b": 1, "c": 2}, "+ x.c: 2"),
        ({"a b": 1, "c": 2}, {"a b": 3}, "~ x['a b']: 1 -> 3\n- x.c: 2"),
        (Order(1, "tea"), Order(2, "tea"), "~ x.cups: 1 -> 2"),
        ([1, 2], [1, 2, 3], "~ x (1 added)\n    + 3"),
        ([1, 2, 3], [1, 3], "~ x (1 removed)\n    - 2"),
        ((1, 2), (5, 1, 2), "~ x (1 added)\n    + 5"),
        ({"token": "1"}, {"token": "1", "api_key": "sk"}, "+ x.api_key: •••"),
    ],
)
def test_plain_values_differ_by_path(before: Any, after: Any, expected: str) -> None:
    assert told(before, after) == expected


def test_secrets_are_masked_wherever_they_are() -> None:
    shown = "\n".join(map(str, state_changes({"password": "old"}, {"password": "new", "all": {"api_key": "sk-1"}})))
    assert shown == "~ password: •••\n+ all: {'api_key': •••}"
    tables = [pd.DataFrame({"password": [word], "n": [1]}) for word in ("old", "new")]
    assert "old" not in told(*tables) + told(ABSENT, tables[0]) and "password •••" in told(*tables)


def test_a_long_text_differs_by_line() -> None:
    before = "\n".join(["one", "two", "three", "four"])
    assert told(before, before.replace("three", "3")) == "~ x (4 lines)\n      two\n    - three\n    + 3"
    assert "replaced by" in told("\n".join("a" * 1000), "\n".join("b" * 1000))


def test_messages_differ_as_a_conversation() -> None:
    asked, said = HumanMessage("Where is it?", id="1"), AIMessage("Look", id="2")
    call = AIMessage("", id="3", tool_calls=[{"name": "find", "args": {"what": "it"}, "id": "c"}])
    assert told([asked], [asked, said, call]) == (
        "~ x (3 messages: 2 added)\n    + assistant: Look\n    + assistant: find(what=it)"
    )
    corrected = AIMessage("Looking", id="2")
    assert told([asked, said], [corrected]) == (
        "~ x (1 message: 1 removed, 1 changed)\n"
        "    - user: Where is it?\n    - assistant: Look\n    + assistant: Looking"
    )
    assert told(ABSENT, [asked]) == "+ x (1 message): user: Where is it?"


def test_a_dataframe_differs_by_column_and_row() -> None:
    before = pd.DataFrame({"price": [1.0, 2.0, float("nan")], "old": [1, 2, 3]}, index=["a", "b", "c"])
    after = pd.DataFrame({"price": [1.0, 2.5, float("nan"), 9.0], "new": list("wxyz")}, index=["a", "b", "c", "d"])
    shown = told(before, after)
    assert "4 rows × 2 columns; rows: 1 added, 1 changed" in shown
    assert "- column old: int64" in shown and "+ column new: " in shown
    assert "+ b: price 2.0 -> 2.5" in shown and "+ d: price=9.0, new=z" in shown
    assert told(before, before.copy()) == ""
    assert "3 rows × 2 columns" in told(ABSENT, before)
    assert "reordered" in told(before, before.loc[["b", "a", "c"]])
    twice = pd.DataFrame({"n": [1, 2]}, index=[0, 0])
    assert "+ 1: n 2 -> 3" in told(twice, pd.DataFrame({"n": [1, 3]}, index=[0, 0]))


def test_an_array_differs_by_shape_type_range_and_count() -> None:
    before = np.array([1.0, float("nan"), 3.0])
    assert told(before, np.array([1.0, float("nan"), 3.0])) == ""
    shown = told(np.zeros((2, 3)), np.array([[0.0, 0, 0], [0, 0, 2.5]]))
    assert shown == "~ x (1 of 6 changed)\n    - 2 × 3 float64, 0.0 to 0.0\n    + 2 × 3 float64, 0.0 to 2.5"
    assert "3 float64" in told(np.zeros((2, 2)), np.zeros(3))
    assert told(np.zeros(2, "int8"), np.zeros(2, "int16")).count("int") == 2
    assert "0 float64" in told(ABSENT, np.zeros(0))


def png(side: int, colour: str = "red") -> bytes:
    drawn = BytesIO()
    pillow.new("RGB", (side, side), colour).save(drawn, "PNG")
    return drawn.getvalue()


def test_images_are_shown_small() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (900, 900, 3), "uint8")
    drawn = BytesIO()
    pillow.fromarray(noise).save(drawn, "PNG")
    for value in (png(20), pillow.new("CMYK", (900, 300)), drawn.getvalue()):
        (change,) = changes(png(10), value, "x")
        shown = change_html(change)
        assert "PNG 10 × 10 -&gt; " in shown and '<img alt="' in shown and len(shown) < 90_000
    assert change_html(changes(ABSENT, b"\x89PNG\r\n\x1a\n" + b"x" * 70_000, "x")[0]).count("not readable") == 1
    assert told(b"ab", b"cd") == "~ x: b'ab' -> b'cd'"


def test_a_figure_is_shown_small() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure(figsize=(12, 4))
    figure.add_subplot().plot([1, 2])
    (change,) = changes(ABSENT, figure, "x")
    assert change.image is not None and change.image.png


def test_what_is_shown_is_bounded_and_counts_the_rest() -> None:
    assert told({str(i): 0 for i in range(500)}, {str(i): 1 for i in range(500)}).endswith("~ x (and more)")
    assert "… 984 more" in told([], list(range(1000)))
    assert len(told({"a": "x" * 10**6}, {"a": "y" * 10**6})) < 2_000


class Odd:
    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not comparable")

    def __repr__(self) -> str:
        return self.name


def test_values_that_cannot_be_compared_are_shown() -> None:
    assert told(Odd("one"), Odd("two")) == "~ x: one -> two"
    assert "changed" not in told(np.array([Odd("a")], object), np.array([Odd("b")], object))


ATTACKS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\x1b[31mred\x07", "\u202eevil"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_content_is_text(attack: str) -> None:
    after = {
        attack: attack, "text": f"a\n{attack}", "all": [HumanMessage(attack, name=attack)],
        "table": pd.DataFrame({attack: [attack]}), "d": {attack: {attack: 1}},
    }  # fmt: skip
    before = {"text": "a\nb", "all": [AIMessage("b")], "table": pd.DataFrame({"a": ["b"]}), "d": {}}
    shown = "".join(change_html(change, [attack]) for change in state_changes(before, after))
    assert "<script" not in shown and "<img" not in shown and "\x1b" not in shown and "\u202e" not in shown
