"""What a run did, as spans: of nodes, graphs inside, models, tools and tasks, from the engine's events."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from typing import Any, TypedDict

import pytest
from IPython.core.interactiveshell import InteractiveShell
from langchain_core.tools import tool

from langgraph_nb import Command, MessagesState, atrace, interrupt, trace
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.tracing import Trace
from langgraph_nb.prebuilt import ToolNode, tools_condition
from langgraph_nb.pregel.events import CustomData, MessageChunk, StepStarted, Task, TaskFinished, ToolProgress
from langgraph_nb.spans import Spans
from langgraph_nb.testing import ScriptedModel, calls
from tests.unit.notebook.test_magics_run import run


class State(TypedDict, total=False):
    n: int
    api_key: str


def shape(found: Trace) -> list[str]:
    return [f"{'  ' * depth}{span.kind} {span.name} {span.status}" for depth, span in found]


@tool
def search(query: str) -> str:
    """Find something."""
    return f"found {query}"


def agent(name: str = "helper") -> Any:
    model = ScriptedModel(script=[[calls("search", query="cats"), calls("search", query="dogs")], "Both are animals."])
    bound = model.bind_tools([search])
    builder = StateGraph(MessagesState)
    builder.add_node("agent", lambda state: {"messages": [bound.invoke(state["messages"])]})
    builder.add_node("tools", ToolNode([search]))
    builder.add_edge(START, "agent").add_conditional_edges("agent", tools_condition).add_edge("tools", "agent")
    return builder.compile(name=name)


def test_models_tools_and_inner_graphs_are_spans_with_their_tokens() -> None:
    outer = StateGraph(MessagesState).add_node("inside", agent()).add_edge(START, "inside").compile(name="outer")
    found = trace(outer, {"messages": "hi"})
    assert shape(found) == [
        "run outer done",
        "  node inside done",
        "    node agent done",
        "      model scriptedmodel done",
        "    node tools done",
        "      tool search done",
        "      tool search done",
        "    node agent done",
        "      model scriptedmodel done",
    ]
    assert found.spans.tokens()["output"] > 0
    assert found.result["messages"][-1].content == "Both are animals."
    assert sorted(span.input["query"] for _, span in found if span.kind == "tool") == ["cats", "dogs"]


def test_spans_lie_within_those_around_them() -> None:
    found = trace(agent(), {"messages": "hi"})

    def within(span: Any) -> None:
        for child in span.children:
            assert span.start <= child.start and child.end <= span.end
            within(child)

    within(found.spans.root)


def test_a_trace_can_be_awaited() -> None:
    async def later(state: State) -> State:
        return {"n": 1}

    graph = StateGraph(State).add_node(later).add_edge(START, "later").compile(name="slow")
    assert shape(asyncio.run(atrace(graph, {"n": 0}))) == ["run slow done", "  node later done"]


def test_tasks_that_code_calls_are_spans_of_their_caller() -> None:
    @task
    def one(x: int) -> int:
        return x + 1

    @entrypoint()
    def flow(x: int) -> list[int]:
        return [future.result() for future in [one(x), one(x + 1)]]

    found = trace(flow, 1)
    assert shape(found)[1:] == ["  node flow done", "    task one done", "    task one done"]
    assert found.result == [2, 3]


def test_an_error_is_raised_and_the_trace_is_kept() -> None:
    def bad(state: State) -> State:
        raise ValueError("no such <thing>")

    graph = StateGraph(State).add_node(bad).add_edge(START, "bad").compile(name="failing")
    with pytest.raises(ValueError, match="no such"):
        trace(graph, {"n": 0})
    found = trace(graph)
    assert shape(found) == ["run failing failed", "  node bad failed"]
    assert "✗ bad (step 1)" in repr(found) and "ValueError: no such <thing>" in repr(found)
    page = found._repr_mimebundle_()["text/html"]
    assert "no such &lt;thing&gt;" in page and "<thing>" not in page


def test_a_run_that_pauses_goes_on_in_a_trace_of_its_own() -> None:
    def ask(state: State) -> State:
        return {"n": interrupt("how many?", response_schema=int)}

    graph = StateGraph(State).add_node(ask).add_edge(START, "ask").compile(InMemorySaver(), name="asking")
    found = trace(graph, {"n": 0}, thread="1")
    assert shape(found) == ["run asking paused", "  node ask paused"]
    assert found.result["__interrupt__"][0].value == "how many?"
    assert shape(trace(graph, Command(resume=3), thread="1"))[0] == "run asking done"


def test_times_are_shown_as_parts_of_the_run() -> None:
    spans = Spans("timed")
    spans.begin(10.0)
    for name, start, end in (("a", 10.0, 11.0), ("b", 11.0, 14.0)):
        step = Task(name, (name,), (), None, 1, seed=name)
        spans.fold((), StepStarted(1, (step,)), start)
        spans.fold((), CustomData(step, 1), start)
        spans.fold((), TaskFinished(step), end)
    spans.stop(14.0)
    lines = repr(Trace(spans)).splitlines()
    assert lines[0] == "timed: stopped · 4.00 s"
    assert [re.findall("█+", line)[0].count("█") for line in lines[1:]] == [6, 18]
    assert lines[1].index("█") < lines[2].index("█")
    assert [span["start"] for span in Trace(spans).to_json()] == [0.0, 0.0, 1.0]


def test_a_message_that_no_model_said_is_no_call_of_one() -> None:
    spans = Spans("plain")
    one = Task("a", ("a",), (), None, 1)
    spans.fold((), StepStarted(1, (one,)), 0.0)
    spans.fold((), MessageChunk(one, "hi", {}), 1.0)
    assert [span.kind for _, span in spans.root.walk()] == ["run", "node"]


def test_secrets_that_tools_are_called_with_are_not_shown() -> None:
    spans = Spans("secret")
    one = Task("tools", ("tools",), (), None, 1)
    spans.fold((), StepStarted(1, (one,)), 0.0)
    data = {"event": "tool-started", "tool_call_id": "1", "tool_name": "login", "input": {"password": "hunter2"}}
    spans.fold((), ToolProgress(one, data), 0.5)
    assert "hunter2" not in repr(Trace(spans)) + Trace(spans)._repr_mimebundle_()["text/html"]


def test_there_is_no_trace_of_what_did_not_run() -> None:
    graph = StateGraph(State).add_node("a", lambda s: {}).add_edge(START, "a").compile(InMemorySaver(), name="never")
    with pytest.raises(CellError, match="'never' has not been watched"):
        trace(graph)
    trace(graph, {"n": 1}, thread="mine")
    with pytest.raises(CellError, match="Did you mean 'mine'"):
        trace(graph, thread="mime")


def test_nothing_leaves_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert "2 calls of models" in trace(agent(), {"messages": "hi"}).title


@pytest.fixture
def ip() -> Iterator[Any]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    load_ipython_extension(shell)
    shell.user_ns["helper"] = agent()
    yield shell
    unload_ipython_extension(shell)
    InteractiveShell.clear_instance()


def test_the_magic_shows_the_last_run_and_runs_a_new_one(ip: Any) -> None:
    run(ip, "%%invoke helper\n{'messages': 'hi'}")
    last = run(ip, "%trace")
    assert isinstance(last, Trace) and last.spans.name == "helper" and len(list(last)) == 8
    assert len(list(run(ip, "%trace helper"))) == 8
    assert run(ip, "%trace helper {'messages': 'hello'}").result["messages"][0].content == "hello"
    with pytest.raises(LookupError, match="Did you mean 'helper'"):
        run(ip, "%trace helpr")
