"""What a token costs a run that is watched: counted, as what is measured differs from machine to machine."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk

from langgraph_nb.config import get_stream_writer
from langgraph_nb.graph import START, MessagesState, StateGraph
from langgraph_nb.notebook.live.heard import Heard
from langgraph_nb.notebook.live.session import FLUSH, LiveRun, Options, Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.pregel.events import MessageChunk
from langgraph_nb.spans import Spans
from langgraph_nb.types import Send
from tests.unit.notebook.live_events import FakeGraph, started, topology

TOKENS = 10_000


class Clock:
    """Stands still but for what the test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Page(Surface):
    """Takes what it is sent, as the page of a widget does."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def flush(self, view: RunView, now: float, force: bool) -> None:
        if (patch := view.patch(now)) is not None:
            self.sent.append(json.dumps(patch))


def model(tokens: int) -> GenericFakeChatModel:
    """Says each word and each space by itself."""
    return GenericFakeChatModel(messages=iter([AIMessage(" ".join(["word"] * (tokens // 2)))]))


def talking(node: Callable[[Any], Any]) -> Any:
    return StateGraph(MessagesState).add_node("talk", node).add_edge(START, "talk").compile()


def watched(graph: Any, page: Surface, clock: Callable[[], float]) -> LiveRun:
    async def story() -> LiveRun:
        run = LiveRun(lambda: graph, Options({}), RunView(graph.topology(), name="g"), page, clock)
        await run.run({"messages": [("user", "?")]})
        return run

    return asyncio.run(asyncio.wait_for(story(), 60))


def told(run: LiveRun) -> list[tuple[str, str]]:
    return [(entry["kind"], entry["text"]) for entry in run.view.log.to_json()]


def test_what_a_page_is_sent_of_many_tokens_is_bounded_by_the_time_and_the_text() -> None:
    clock, page = Clock(), Page()

    async def talk(state: MessagesState) -> Any:
        async for _ in model(TOKENS).astream("?"):
            clock.now += 0.001

    run = watched(talking(talk), page, clock)
    (_, answer) = told(run)
    assert len(answer[1]) == TOKENS // 2 * 5 - 1
    assert len(page.sent) <= TOKENS * 0.001 / FLUSH + 10
    assert sum(map(len, page.sent)) <= len(answer[1]) + 300 * len(page.sent) + 2_000, "no text is sent twice"


def test_a_token_is_heard_without_a_turn_of_the_run() -> None:
    async def talk(state: MessagesState) -> Any:
        async for _ in model(1_000).astream("?"):
            pass

    async def story() -> tuple[list[Any], list[Any]]:
        heard: list[Any] = []
        events = talking(talk).aevents({"messages": []}, hear=heard.append)
        return [event async for _, event in events], heard

    yielded, heard = asyncio.run(story())
    assert not [event for event in yielded if type(event) is MessageChunk]
    assert "".join(event.message.content for _, event in heard) == " ".join(["word"] * 500)
    assert len(yielded) < 10


def test_what_is_done_for_a_token_does_not_grow_with_the_text() -> None:
    calls = 0

    def count(frame: Any, what: str, arg: Any) -> None:
        nonlocal calls
        calls += what in ("call", "c_call")

    view, spans, heard = RunView(topology("a"), name="g"), Spans("g"), Heard(lambda: 0.0)
    step, about = started("a"), {"ls_model_type": "chat"}
    view.fold((), step, 0.0)
    spans.fold((), step, 0.0)
    costs = []
    for _ in range(10):
        for _ in range(100):
            heard.event(((), MessageChunk(step.tasks[0], AIMessageChunk("word " * 5, id="m"), about)))
        calls = 0
        sys.setprofile(count)
        heard.take_in(view, spans)
        patch = view.patch(0.0)
        sys.setprofile(None)
        costs.append(calls)
        assert len(json.dumps(patch)) < 3_000
        assert calls <= 100 * 30
    assert max(costs[2:]) <= costs[1]


@pytest.mark.parametrize("wait", [False, True], ids=["at once", "with pauses"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_a_node_puts_out_is_shown_in_its_order(kind: str, wait: bool) -> None:
    def say(number: int) -> None:
        print(f"print {number}")
        get_stream_writer()(f"custom {number}")

    def talk(state: MessagesState) -> Any:
        say(1)
        for _ in model(20).stream("?"):
            pass
        say(2)

    async def atalk(state: MessagesState) -> Any:
        say(1)
        async for _ in model(20).astream("?"):
            await asyncio.sleep(0.005 if wait else 0)
        say(2)

    run = watched(talking(talk if kind == "def" else atalk), Page(), Clock())
    assert told(run)[1:] == [
        ("print", "print 1\n"), ("custom", "custom 1"), ("message", " ".join(["word"] * 10)), ("print", "print 2\n"),
        ("custom", "custom 2"),
    ]  # fmt: skip


def test_what_still_happens_in_a_run_that_has_ended_is_not_looked_at() -> None:
    class Leaky(FakeGraph):
        def aevents(self, input: Any, config: Any = None, *, hear: Any = None, **options: Any) -> Any:
            self.hear = hear
            return super().aevents(input, config, **options)

    graph = Leaky(lambda _: [ValueError("no")], "a")
    run = watched(graph, Page(), Clock())
    assert run.status == "failed"
    graph.hear(((), started("a")))
    run.settle()
    assert run.view.nodes["a"].status == "waiting"


def test_a_graph_inside_that_is_listened_to_still_tells_the_graph_around() -> None:
    async def talk(state: MessagesState) -> Any:
        get_stream_writer()("from inside")

    inner = StateGraph(MessagesState).add_node("deeper", talking(talk)).add_edge(START, "deeper").compile()

    def outer(hear: Any) -> Any:
        async def node(state: MessagesState) -> Any:
            async for _ in inner.aevents({"messages": []}, messages=False, hear=hear):
                pass

        return talking(node)

    async def seen(hear: Any) -> list[tuple[int, Any]]:
        parts = outer(hear).astream({"messages": []}, stream_mode=["custom", "updates"], subgraphs=True)
        return [(len(space), mode, chunk) async for space, mode, chunk in parts]  # type: ignore[misc]

    heard: list[Any] = []
    with_hearing = asyncio.run(seen(heard.append))
    assert heard
    assert (2, "custom", "from inside") in with_hearing
    assert with_hearing == asyncio.run(seen(None))


def test_tasks_of_one_node_do_not_make_a_message_each() -> None:
    clock, page = Clock(), Page()

    async def look(number: int) -> Any:
        clock.now += 0.001

    builder = StateGraph(MessagesState).add_node("plan", lambda state: {}).add_node("look", look)
    builder.add_edge(START, "plan")
    builder.add_conditional_edges("plan", lambda state: [Send("look", number) for number in range(1_000)], ["look"])
    run = watched(builder.compile(), page, clock)
    assert (run.view.nodes["look"].done, run.status) == (1_000, "done")
    assert len(page.sent) <= 1_000 * 0.001 / FLUSH + 10
