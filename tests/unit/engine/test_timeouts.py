"""Limits of attempts, by a clock that only goes on when there is nothing left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from langgraph_nb.errors import NodeTimeoutError
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.pregel import timeouts
from langgraph_nb.pregel.timeouts import Limit
from langgraph_nb.runtime import Runtime
from langgraph_nb.types import StreamWriter, TimeoutPolicy
from tests.unit.engine.conftest import Way
from tests.unit.engine.graphs import Seen, chain

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


def test_an_event_of_a_model_is_a_sign_of_life(any_way: Way, time: FakeTime) -> None:
    from langchain_core.runnables import RunnableLambda

    async def same(value: Any) -> Any:
        return value

    async def calls(state: Any) -> Any:
        for _ in range(3):
            await time.sleep(3)
            await RunnableLambda(same).ainvoke(1)
        return {"seen": ["done"]}

    graph = limited(calls, idle_timeout=4).compile(any_way.saver)
    assert any_way.invoke(graph, INPUT) == {"seen": ["done"]}


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
