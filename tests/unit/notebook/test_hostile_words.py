"""What graphs, models and tools say cannot steer a terminal, nor look like something else: it is spelt out."""

from __future__ import annotations

import asyncio
import io
import re
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from langgraph_nb import compare, fork, history, inbox, why
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.config import get_stream_writer
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.notebook.forms import form_of
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import describe_snapshot, progress
from langgraph_nb.notebook.live.still import words as shown_words
from langgraph_nb.notebook.live.terminal import print_events
from langgraph_nb.notebook.past.page import said
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.notebook.shown import picture
from langgraph_nb.types import interrupt

ESCAPES = "\x1b]8;;http://evil.test\x07link\x1b]8;;\x07\x1b[2J\x9b31m\x08\x7f\x00\rgone\u202egpj.exe\u200b\u2028line"
NAME = "node\x1b[31m\u202e"
THREAD: Any = {"configurable": {"thread_id": f"1{ESCAPES}"}}
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u200b]")


class Answer(BaseModel):
    """Asks \x1b[31m"""

    text: str = Field(ESCAPES, title=ESCAPES, description=ESCAPES)


State = TypedDict("State", {"messages": list[Any], ESCAPES: Any, "n": int}, total=False)


def say(state: State) -> Any:
    get_stream_writer()({ESCAPES: ESCAPES})
    call = {"name": ESCAPES, "args": {ESCAPES: ESCAPES}, "id": "1"}
    return {"messages": [AIMessage(ESCAPES, name=ESCAPES, tool_calls=[call])], ESCAPES: {ESCAPES: [ESCAPES]}, "n": 1}


def ask(state: State) -> Any:
    interrupt({"question": ESCAPES, ESCAPES: ESCAPES, "table": [{ESCAPES: ESCAPES}]}, response_schema=Answer)


def fail(state: State) -> Any:
    raise ValueError(ESCAPES)


def graph(last: Any) -> Any:
    builder = StateGraph(State).add_node(NAME, say).add_node("last", last)
    builder.add_edge(START, NAME).add_conditional_edges(NAME, lambda state: ESCAPES, {ESCAPES: "last"})
    return builder.compile(InMemorySaver(), name=ESCAPES)


def printed(last: Any) -> str:
    """A run as it is shown in a terminal."""
    stream = io.StringIO()
    with pytest.raises(ValueError) if last is fail else io.StringIO():
        print_events(graph(last).events({"n": 0}, THREAD, messages=True), graph(last).topology(), stream=stream)
    return stream.getvalue()


def still(last: Any) -> str:
    """A run as it is kept in a notebook without a kernel."""
    run, view = graph(last), RunView(graph(last).topology(), name=ESCAPES, thread=ESCAPES)
    view.begin({"messages": [AIMessage(ESCAPES)]}, 0.0)
    with pytest.raises(ValueError) if last is fail else io.StringIO():
        for ns, event in run.events({"n": 0}, THREAD, messages=True):
            view.fold(ns, event, 0.0)
            view.print_text(NAME, ESCAPES)
    view.set_forms([form_of(i).to_json() for i in view.interrupts])
    return f"{progress(view)}\n{shown_words(view)}"


def words() -> dict[str, str]:
    """Each place that shows a graph or a thread in words."""
    asked, failed = graph(ask), graph(fail)
    asked.invoke({"n": 0}, THREAD)
    with pytest.raises(ValueError):
        failed.invoke({"n": 0}, THREAD)
    thread = THREAD["configurable"]["thread_id"]
    asked.invoke({"n": 0}, {"configurable": {"thread_id": "other"}})
    return {
        "picture": picture(asked.topology())["text/plain"],
        "terminal, asked": printed(ask),
        "terminal, failed": printed(fail),
        "still, asked": still(ask),
        "still, failed": still(fail),
        "state": describe_snapshot(ESCAPES, thread, asked.get_state(THREAD)),
        "state, failed": describe_snapshot(ESCAPES, thread, failed.get_state(THREAD)),
        "history": repr(history(asked, thread)),
        "history, failed": repr(history(failed, thread)),
        "why": str(why(asked, "last", thread=thread)),
        "compare": repr(compare(asked, thread, "other")),
        "fork": str(fork(asked, thread, at=0, values={"n": 2})),
        "inbox": repr(asyncio.run(inbox(asked))),
    }


def test_nothing_that_is_shown_in_words_has_a_character_that_steers(capsys: pytest.CaptureFixture[str]) -> None:
    shown = words()
    shown["inbox, printed"] = capsys.readouterr().out
    assert {place: STEERS.findall(text) for place, text in shown.items() if STEERS.search(text)} == {}
    for place, text in shown.items():
        assert "\\u001b" in text or "\\x1b" in text, place


def test_a_page_and_a_terminal_spell_the_same() -> None:
    assert said("<b>\x1b[31m\u202e") == "&lt;b&gt;\\u001b[31m\\u202e"
    assert visible("👩‍🔬 שלום") == "👩‍🔬 שלום", "joined emoji and other scripts stay what they are"
