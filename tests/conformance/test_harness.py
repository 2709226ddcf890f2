"""The harness tells apart what differs, and nothing else."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage

from .harness import THEIRS, Namespace, Run, Setting, difference, observe
from .normalise import Normaliser


def normalised(*values: Any) -> list[Any]:
    normalise = Normaliser()
    return [normalise(value) for value in values]


def test_generated_ids_are_renamed_by_first_appearance() -> None:
    first, second = str(uuid4()), uuid4().hex
    assert normalised([first, second, f"ask:{first}"]) == [["<id 1>", "<id 2>", "ask:<id 1>"]]


def test_ids_that_a_program_chose_are_kept() -> None:
    (shown,) = normalised(AIMessage("hi", id="mine"))
    assert shown["id"] == "mine"


def test_an_id_used_twice_is_not_two_ids() -> None:
    same = [str(uuid4())] * 2
    assert normalised(same) != normalised([str(uuid4()), str(uuid4())])


@pytest.mark.parametrize(
    ("left", "right"),
    [([1], (1,)), (1, True), (1, 1.0), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({1}, frozenset({1})), ("1", 1)],
)
def test_values_that_only_look_alike_differ(left: Any, right: Any) -> None:
    assert difference([("x", normalised(left))], [("x", normalised(right))])


def test_equal_traces_have_no_difference() -> None:
    assert difference([("x", {"a": [1]})], [("x", {"a": [1]})]) == ""


def test_a_node_is_a_coroutine_function_in_async_mode_only() -> None:
    def node(state: int) -> int:
        return state

    assert Namespace(THEIRS, is_async=False).node(node) is node
    wrapped = Namespace(THEIRS, is_async=True).node(node)
    assert inspect.iscoroutinefunction(wrapped)
    assert inspect.signature(wrapped) == inspect.signature(node)


def test_an_expected_error_that_does_not_come_fails_the_program(tmp_path: Path) -> None:
    def program(lg: Namespace, run: Run) -> None:
        run.raises("ValueError", lambda: None)

    with pytest.raises(AssertionError, match="ValueError expected"):
        observe(program, THEIRS, Setting(False, "none"), tmp_path)


def test_another_error_than_expected_is_seen(tmp_path: Path) -> None:
    def program(lg: Namespace, run: Run) -> None:
        run.raises("ValueError", int, [])

    ((label, (kind, _)),) = observe(program, THEIRS, Setting(False, "none"), tmp_path)
    assert (label, kind) == ("1 raises", "TypeError")


@pytest.mark.parametrize(
    ("ours", "same"),
    [
        (("ValueError", "Not here. Did you mean there?"), True),
        (("ValueError", "Not here"), True),
        (("ValueError", "Nowhere."), False),
        (("TypeError", "Not here. Look there."), False),
    ],
)
def test_an_error_of_the_runtime_begins_as_theirs_does(ours: tuple[str, str], same: bool) -> None:
    theirs = [("1 raises", ("ValueError", "Not here. Look there.\nSee the page.")), ("2 invoke", 1)]
    assert (difference(theirs, [("1 raises", ours), ("2 invoke", 1)]) == "") is same


@pytest.mark.parametrize("ours", [[], [("1 invoke", 1), ("2 invoke", 2)]])
def test_a_trace_of_another_length_differs(ours: list[Any]) -> None:
    assert difference([("1 invoke", 1)], ours)
