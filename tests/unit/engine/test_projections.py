"""Streams are projections: events in, chunks out. No graph runs here."""

from __future__ import annotations

from typing import Any

import pytest

from langgraph_nb.pregel.events import (
    CustomData,
    MessageChunk,
    RunFinished,
    StepFinished,
    StepStarted,
    Task,
    TaskFinished,
)
from langgraph_nb.pregel.source import Source
from langgraph_nb.stream.projections import NEEDS, check_modes, projection
from langgraph_nb.types import Interrupt

TASK = Task("node", ("path",), ("trigger",), {"n": 0}, 1, "seed")
KEYS = ("n", "m")
ASKED = Interrupt("?", "id")
EVENTS = (
    StepFinished(0, {"n": 0}, frozenset(["n"])),
    StepStarted(1, (TASK,)),
    CustomData(TASK, "said"),
    MessageChunk(TASK, "token", {"key": 1}),
    TaskFinished(TASK, (("n", 1), ("branch:to:other", None))),
    StepFinished(1, {"n": 1}, frozenset(["n"])),
    RunFinished("finished", {"n": 1}),
)


def chunks(mode: str, *events: Any, keys: Any = KEYS) -> list[Any]:
    project = projection(mode, Source(keys, keys))
    return [chunk for event in events for chunk in project(event)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("values", [{"n": 0}, {"n": 1}]),
        ("updates", [{"node": {"n": 1}}]),
        ("custom", ["said"]),
        ("messages", [("token", {"key": 1})]),
        (
            "tasks",
            [
                {"id": TASK.id, "name": "node", "input": {"n": 0}, "triggers": ("trigger",)},
                {"id": TASK.id, "name": "node", "error": None, "result": {"n": 1}, "interrupts": []},
            ],
        ),
    ],
)
def test_what_a_mode_shows_of_a_run(mode: str, expected: list[Any]) -> None:
    assert chunks(mode, *EVENTS) == expected
    needed = [event for event in EVENTS if type(event) in NEEDS[mode]]
    assert chunks(mode, *needed) == expected, "it needs no other events than it says"


def test_values_are_shown_only_when_a_key_that_is_watched_was_written() -> None:
    unwritten = StepFinished(1, {"n": 1}, frozenset(["branch:to:other"]))
    assert chunks("values", unwritten) == []
    assert chunks("values", *EVENTS, keys=("m",)) == []
    assert chunks("values", StepFinished(0, 7, frozenset(["__root__"])), keys="__root__") == [7]


def test_values_with_a_question_are_the_last_values_and_the_question() -> None:
    asked = TaskFinished(TASK, interrupts=(ASKED,))
    assert chunks("values", EVENTS[0], asked)[1:] == [{"n": 0, "__interrupt__": (ASKED,)}]
    assert chunks("values", asked) == [{"__interrupt__": (ASKED,)}]


def test_an_update_that_writes_nothing_is_none() -> None:
    assert chunks("updates", TaskFinished(TASK)) == [{"node": None}]
    assert chunks("updates", TaskFinished(TASK, (("branch:to:other", None),))) == [{"node": None}]


def test_a_key_written_twice_is_a_list_of_updates() -> None:
    assert chunks("updates", TaskFinished(TASK, (("n", 1), ("n", 2)))) == [{"node": [{"n": 1}, {"n": 2}]}]


def test_an_update_of_a_state_without_keys_is_its_value() -> None:
    assert chunks("updates", TaskFinished(TASK, (("__root__", 7),)), keys="__root__") == [{"node": 7}]


def test_an_update_that_was_known_before_says_so() -> None:
    assert chunks("updates", TaskFinished(TASK, (("n", 1),), cached=True)) == [
        {"node": {"n": 1}, "__metadata__": {"cached": True}}
    ]


def test_a_failure_is_no_update_and_ends_a_task_with_its_error() -> None:
    failed = TaskFinished(TASK, error=ValueError("no"))
    assert chunks("updates", failed) == []
    assert [chunk["error"] for chunk in chunks("tasks", failed)] == [failed.error]


def test_a_question_is_shown_among_updates_and_tasks() -> None:
    asked = TaskFinished(TASK, interrupts=(ASKED,))
    assert chunks("updates", asked, RunFinished("interrupted", {}, (ASKED,))) == [{"__interrupt__": (ASKED,)}]
    assert chunks("tasks", asked)[0]["interrupts"] == [{"value": "?", "id": "id", "response_schema": None}]


def test_a_breakpoint_is_an_empty_question() -> None:
    assert chunks("updates", RunFinished("interrupted", {})) == [{"__interrupt__": ()}]


def test_two_projections_do_not_share_what_they_remember() -> None:
    first, second = projection("values", Source(KEYS, KEYS)), projection("values", Source(KEYS, KEYS))
    list(first(EVENTS[0]))
    assert list(second(TaskFinished(TASK, interrupts=(ASKED,)))) == [{"__interrupt__": (ASKED,)}]


def test_an_unknown_mode_is_refused_with_a_hint() -> None:
    with pytest.raises(ValueError, match=r"Unknown stream mode 'update'. Did you mean 'updates'\?"):
        check_modes(["values", "update"])
