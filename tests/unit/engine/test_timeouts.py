"""Limits of attempts, by a clock that only goes on when there is nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.config import get_stream_writer
from langgraph_nb.errors import NodeTimeoutError
from langgraph_nb.func import task
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.graph.message import push_message
from langgraph_nb.pregel import drive_async, timeouts
from langgraph_nb.pregel.timeouts import Limit
from langgraph_nb.runtime import Runtime
from langgraph_nb.types import RetryPolicy, StreamWriter, TimeoutPolicy, interrupt
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import Seen, chain, fan

INPUT: dict[str, Any] = {"seen": []}
TURNS = 20
"""How often the loop goes round before there is nothing left to do."""


class FakeTime:
    """A clock, and a sleep and a wait that move it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleepers: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """For nodes: until the clock has gone so far."""
        until = self.now + seconds
        self.sleepers.append(until)
        try:
            while self.now < until:
                await asyncio.sleep(0)
        finally:
            self.sleepers.remove(until)

    async def wait(self, work: asyncio.Task[Any], seconds: float) -> None:
        """For limits: let the work go on, and the clock to what comes next, until the time is over."""
        until = self.now + seconds
        while not work.done() and self.now < until:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            if not work.done():
                self.now = min([until, *(s for s in self.sleepers if s > self.now)])


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Time for every limit of a test."""
    fake, start = FakeTime(), Limit.__init__

    def init(limit: Limit, node: str, policy: TimeoutPolicy, *_: Any) -> None:
        start(limit, node, policy, fake.clock, fake.wait)

    monkeypatch.setattr(Limit, "__init__", init)
    return fake


def sleeping(time: FakeTime, naps: list[float], each: Callable[[Runtime[Any], StreamWriter], Any]) -> Any:
    """A node that sleeps, and does something after each nap."""

    async def node(state: Any, runtime: Runtime[Any], writer: StreamWriter) -> Any:
        for nap in naps:
            await time.sleep(nap)
            each(runtime, writer)
        return {"seen": ["done"]}

    return node


def limited(node: Any, **policy: Any) -> Any:
    return StateGraph(Seen).add_node("a", node, timeout=TimeoutPolicy(**policy)).add_edge(START, "a")


def nothing(runtime: Any, writer: Any) -> None:
    """No sign of life."""


def heartbeat(runtime: Any, writer: Any) -> None:
    runtime.heartbeat()


def write(runtime: Any, writer: Any) -> None:
    writer("data")


SURVIVES = [(heartbeat, "auto"), (heartbeat, "heartbeat"), (write, "auto")]
DIES = [(nothing, "auto"), (nothing, "heartbeat"), (write, "heartbeat")]


@pytest.mark.parametrize(("sign", "refresh_on"), SURVIVES)
def test_a_sign_of_life_puts_the_idle_timeout_off(any_way: Way, time: FakeTime, sign: Any, refresh_on: Any) -> None:
    graph = limited(sleeping(time, [3, 3, 3], sign), idle_timeout=4, refresh_on=refresh_on).compile(any_way.saver)
    assert any_way.invoke(graph, INPUT) == {"seen": ["done"]}
    assert time.now == 1009


@pytest.mark.parametrize(("sign", "refresh_on"), DIES)
def test_what_is_no_sign_of_life_does_not(any_way: Way, time: FakeTime, sign: Any, refresh_on: Any) -> None:
    graph = limited(sleeping(time, [3, 3, 3], sign), idle_timeout=4, refresh_on=refresh_on).compile(any_way.saver)
    with pytest.raises(NodeTimeoutError) as failure:
        any_way.invoke(graph, INPUT)
    assert (failure.value.kind, failure.value.elapsed, failure.value.timeout) == ("idle", 4, 4)


def test_nothing_puts_the_run_timeout_off(any_way: Way, time: FakeTime) -> None:
    node = sleeping(time, [3, 3, 3], heartbeat)
    with pytest.raises(NodeTimeoutError) as failure:
        any_way.invoke(limited(node, idle_timeout=4, run_timeout=8).compile(any_way.saver), INPUT)
    assert (failure.value.kind, failure.value.elapsed, failure.value.idle_timeout) == ("run", 8, 4)


def test_a_graph_that_is_at_work_inside_is_a_sign_of_life(any_way: Way, time: FakeTime) -> None:
    nap = sleeping(time, [3], nothing)
    inner = chain("x", "y", "z", x=nap, y=nap, z=nap).compile()

    async def calls(state: Any) -> Any:
        return await inner.ainvoke(state)

    for node in (inner, calls):
        assert any_way.invoke(limited(node, idle_timeout=4).compile(), INPUT, {})["seen"][-1] == "done"
    with pytest.raises(NodeTimeoutError):
        any_way.invoke(limited(inner, idle_timeout=4, refresh_on="heartbeat").compile(), INPUT, {})


async def calls_a_chain(nap: Callable[[], Any]) -> None:
    async def same(value: Any) -> Any:
        await nap()
        return value

    for _ in range(3):
        await RunnableLambda(same).ainvoke(1)


async def streams_a_model(nap: Callable[[], Any]) -> None:
    class Model(FakeListChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            async for chunk in super()._astream(*args, **kwargs):
                await nap()
                yield chunk

    assert "".join([str(chunk.content) async for chunk in Model(responses=["abc"]).astream("?")]) == "abc"


async def calls_tools(nap: Callable[[], Any]) -> None:
    @tool
    async def look_up(word: str) -> str:
        """Look a word up."""
        await nap()
        return word

    for word in "abc":
        await look_up.ainvoke({"word": word})


async def calls_tasks(nap: Callable[[], Any]) -> None:
    @task
    async def work() -> None:
        await nap()

    for _ in range(3):
        await work()


@pytest.mark.parametrize("activity", [calls_a_chain, streams_a_model, calls_tools])
def test_what_code_calls_gives_signs_of_life(any_way: Way, time: FakeTime, activity: Any) -> None:
    async def node(state: Any) -> Any:
        await activity(lambda: time.sleep(3))
        return {"seen": ["done"]}

    graph = limited(node, idle_timeout=4).compile(any_way.saver)
    assert any_way.invoke(graph, INPUT) == {"seen": ["done"]}
    graph = limited(node, idle_timeout=4, refresh_on="heartbeat").compile(any_way.saver)
    with pytest.raises(NodeTimeoutError):
        any_way.invoke(graph, INPUT)


def test_the_tasks_that_code_calls_are_signs_of_life(time: FakeTime, loop: asyncio.Runner) -> None:
    async def node(state: Any) -> Any:
        await calls_tasks(lambda: time.sleep(3))
        return {"seen": ["done"]}

    assert loop.run(limited(node, idle_timeout=4).compile().ainvoke(INPUT)) == {"seen": ["done"]}
    with pytest.raises(NodeTimeoutError):
        loop.run(limited(node, idle_timeout=4, refresh_on="heartbeat").compile().ainvoke(INPUT))


def test_what_an_attempt_says_after_its_time_is_not_heard(time: FakeTime, loop: asyncio.Runner) -> None:
    async def stubborn(state: Any, writer: StreamWriter) -> Any:
        try:
            await time.sleep(9)
        except asyncio.CancelledError:
            writer("late")
            raise

    async def collect() -> list[Any]:
        said = []
        with pytest.raises(NodeTimeoutError):
            async for chunk in limited(stubborn, run_timeout=4).compile().astream(INPUT, stream_mode="custom"):
                said.append(chunk)
        return said

    assert loop.run(collect()) == []


def test_a_limited_node_is_not_left_running_when_the_run_is_cancelled(loop: asyncio.Runner) -> None:
    ended: list[str] = []

    async def node(state: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("node")

    async def cancel() -> None:
        running = asyncio.create_task(limited(node, run_timeout=60).compile().ainvoke(INPUT))
        for _ in range(TURNS):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    loop.run(cancel())
    assert ended == ["node"]


def test_a_node_that_will_not_end_is_let_go_of(time: FakeTime, loop: asyncio.Runner) -> None:
    release = asyncio.Event()

    async def node(state: Any) -> Any:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async def run() -> None:
        with pytest.raises(NodeTimeoutError):
            await limited(node, run_timeout=4).compile().ainvoke(INPUT)
        release.set()

    loop.run(run())
    assert time.now == 1004 + timeouts.GRACE


@pytest.mark.parametrize("inside", [False, True])
def test_an_attempt_that_was_let_go_of_is_not_heard_and_takes_nothing_from_the_next(
    time: FakeTime, loop: asyncio.Runner, inside: bool
) -> None:
    release, over, attempts = asyncio.Event(), asyncio.Event(), []

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        get_stream_writer()("late")
        push_message(AIMessage("late", id="late"), state_key="seen")
        for ending in (lambda: interrupt("late"), called):
            with pytest.raises(asyncio.CancelledError):
                ending()
        over.set()

    @task
    async def called() -> None:
        over.set()

    async def node(state: Any, writer: StreamWriter) -> Any:
        attempts.append("attempt")
        if len(attempts) == 1:
            await stubborn()
        release.set()
        await over.wait()
        get_stream_writer()("in time")
        return {"seen": [interrupt("question")]}

    async def run() -> Any:
        policy = RetryPolicy(initial_interval=0, jitter=False)
        code = chain("inner", inner=node).compile() if inside else node
        builder = StateGraph(Seen).add_node("a", node if not inside else calling(code), retry_policy=policy, timeout=4)
        graph = builder.add_edge(START, "a").compile(InMemorySaver())
        modes = ["custom", "messages"]
        chunks = [chunk async for chunk in graph.astream(INPUT, thread(), stream_mode=modes, subgraphs=True)]
        state = await graph.aget_state(thread())
        return [chunk[-1] for chunk in chunks], [question.value for question in state.interrupts]

    def calling(graph: Any) -> Any:
        async def calls(state: Any) -> Any:
            return await graph.ainvoke(state)

        return calls

    assert loop.run(run()) == (["in time"], ["question"])


def test_a_graph_inside_that_was_let_go_of_is_not_heard(loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive_async, "GRACE", 0)
    release, over = asyncio.Event(), asyncio.Event()

    async def stubborn(state: Any) -> Any:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        get_stream_writer()("late")
        over.set()

    inner = fan("a", "b", a=stubborn, b=stubborn).compile()

    async def calls(state: Any) -> Any:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await inner.ainvoke(INPUT)
        release.set()
        await over.wait()
        get_stream_writer()("in time")

    async def run() -> list[Any]:
        graph = chain("calls", calls=calls).compile()
        return [chunk async for chunk in graph.astream(INPUT, stream_mode="custom")]

    assert loop.run(run()) == ["in time"]


def test_a_limit_covers_what_comes_after_the_code(any_way: Way, time: FakeTime) -> None:
    async def half(value: Any) -> Any:
        await time.sleep(3)
        return value

    def slow_choice(state: Any) -> str:
        time.now += 3
        return END

    async def chosen(state: Any) -> str:
        await time.sleep(3)
        return END

    for router in (slow_choice, chosen):
        for seconds, kind in ((7, None), (5, "run")):
            builder = StateGraph(Seen).add_node("a", half, timeout=seconds).add_edge(START, "a")
            graph = builder.add_conditional_edges("a", router).compile(any_way.saver)
            if kind is None:
                assert any_way.invoke(graph, INPUT) == INPUT
            else:
                with pytest.raises(NodeTimeoutError):
                    any_way.invoke(graph, INPUT)
    graph = StateGraph(Seen).add_node("a", RunnableLambda(half) | half, timeout=5).add_edge(START, "a").compile()
    with pytest.raises(NodeTimeoutError):
        any_way.invoke(graph, INPUT)


def test_an_update_is_written_as_by_a_node_with_a_limit(way: Way) -> None:
    async def slow(state: Any) -> Any:
        return {}

    builder = StateGraph(Seen).add_node("slow", slow, timeout=60).add_edge(START, "slow")
    graph = builder.compile(checkpointer=way.saver)
    way.update_state(graph, {"seen": ["by hand"]}, as_node="slow")
    assert way.get_state(graph).values == {"seen": ["by hand"]}
