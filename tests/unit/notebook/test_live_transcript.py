"""What readers without a kernel see of a run: its outputs and its state as text, the same for the same run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk

from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import still_bundles
from langgraph_nb.notebook.live.transcript import TOTAL, final_state, transcript
from langgraph_nb.notebook.live.widget import LiveView, WidgetSurface
from langgraph_nb.pregel.events import CustomData, MessageChunk, RunFinished
from tests.unit.notebook.live_events import finished, started, stepped, task, topology


def view_of(*names: str, events: Any = ()) -> RunView:
    view = RunView(topology(*names), name="g", thread="1")
    view.begin({}, 0.0)
    for event in events:
        view.fold((), event, 1.0)
    return view


def test_outputs_are_listed_by_node_and_the_state_at_the_end() -> None:
    told = [
        stepped(0, n=1), started("a"), CustomData(task("a"), "half way"), finished("a", n=2, poem="roses\nviolets"),
        stepped(1, n=2, poem="roses\nviolets"), RunFinished("finished", {}),
    ]  # fmt: skip
    view = view_of("a", events=told)
    assert transcript(view) == "Output\n  a\n    half way\n    n: 1 → 2\n    poem:\n    roses\n    violets"
    assert final_state(view) == "State\n  n: 2\n  poem:\n  roses\n  violets"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_what_runs_at_once_is_listed_as_it_was_started_whatever_is_faster(order: tuple[int, ...]) -> None:
    view = view_of("w", events=[started("w", "w", "w")])
    for event in ("begins", "ends"):
        for index in order:
            view.fold((), CustomData(task("w", 1, index), f"{index} {event}"), 1.0)
    for index in order:
        for ns, name in (((f"w:{task('w', 1, index).id}",), "inner"), ((), "w")):
            if ns:
                view.fold(ns, started(name), 1.0)
            view.fold(ns, finished(name, index=index if not ns else 0, n=index), 1.0)
    said = [line.strip() for line in transcript(view).splitlines() if line.startswith("    ")]
    assert said == ["0 begins", "0 ends", "n: 0", "n: 0", "1 begins", "1 ends", "n: 1", "n: 1", "2 begins", "2 ends",
                    "n: 2", "n: 2"]  # fmt: skip


def test_long_outputs_keep_their_beginning_and_their_end() -> None:
    view = view_of("a", events=[CustomData(task("a"), f"event {i} " + "x" * 400) for i in range(120)])
    said = transcript(view)
    assert len(said) < TOTAL * 1.5
    assert "event 0 " in said and "event 119 " in said and "event 60 " not in said
    assert "more lines …" in said
    lines = view_of("a", events=[CustomData(task("a"), "\n".join(map(str, range(90))))])
    assert transcript(lines).endswith("    19\n    … 70 more lines")


def test_a_run_of_ten_thousand_tokens_is_saved_in_little() -> None:
    view = view_of("a", *(f"n{i}" for i in range(20)))
    for i in range(10_000):
        view.fold((), MessageChunk(task("a"), AIMessageChunk("tokens\n", id=f"m{i // 500}"), {}), 1.0)
    view.fold((), stepped(1, messages=["tokens\n" * 500] * 20), 1.0)
    widget = LiveView(topology("a", *(f"n{i}" for i in range(20))), view)
    WidgetSurface(widget).settle(view, 1.0)
    saved = [shown._repr_mimebundle_()[0] for shown in (widget, *widget.beside)]
    assert len(json.dumps(saved)) < 100_000
    state = {key: getattr(widget, key) for key in ("_esm", "_css", "pictures", "hints")} | {"view": view.snapshot(1.0)}
    assert len(json.dumps([*saved, state])) < 400_000, "with the widget's state, where a front end saves that"


def test_a_page_that_shows_pictures_gets_the_words_in_an_output_of_their_own() -> None:
    view = view_of("a", events=[CustomData(task("a"), "<b>note</b>"), stepped(1, n=1), RunFinished("finished", {})])
    picture, words = still_bundles(topology("a"), view)
    assert set(picture) == {"image/svg+xml", "text/plain"}
    assert words == {"text/plain": "Output\n  a\n    <b>note</b>\n\nState\n  n: 1"}
    widget = LiveView(topology("a"), view)
    assert [one._repr_mimebundle_()[0] for one in widget.beside] == [{"text/plain": ""}] * 2
    WidgetSurface(widget).settle(view, 1.0)
    assert widget._repr_mimebundle_()[0]["text/plain"] == "g: done"
    assert [one._repr_mimebundle_()[0] for one in widget.beside] == [picture, words]


def test_a_page_that_cannot_hide_what_others_see_in_the_place_of_the_view_gets_it_as_a_widget_that_is_empty() -> None:
    widget = LiveView(topology("a"), view_of("a"))
    for one in widget.beside:
        one.hide()
        data, _ = one._repr_mimebundle_()
        assert {"application/vnd.jupyter.widget-view+json", "text/plain"} <= set(data)
