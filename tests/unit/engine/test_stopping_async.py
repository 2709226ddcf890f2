"""Cancellation, failures and closed streams of async runs: no task is left behind, and the thread goes on."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from langgraph_nb.errors import NodeCancelledError
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain, fan

INPUT: dict[str, Any] = {"seen": []}


def others() -> set[asyncio.Task[Any]]:
    """The tasks that run besides this one. (The heartbeat of a kernel, here if a plugin loads one, ends by itself.)"""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]
    return {task for task in tasks if "_heartbeat" not in str(task.get_coro())}


class Gate:
    """A node that says when it has begun, and the first time never ends."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = 0

    async def __call__(self, state: Any) -> Any:
        if self.begun.is_set():
            return {"seen": ["again"]}
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def cancel_at(gate: Gate, awaitable: Any) -> None:
    """Cancel what runs the gate once it is in there."""
    task = asyncio.ensure_future(awaitable)
    await gate.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate.cancelled == 1


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_cancelled_run_leaves_no_task_and_goes_on(saver: Any, durability: Any, loop: asyncio.Runner) -> None:
    async def main() -> None:
        gate = Gate()
        graph = chain("a", "b", b=gate).compile(saver)
        await cancel_at(gate, graph.ainvoke(INPUT, thread(), durability=durability))
        assert not others()
        state = await graph.aget_state(thread())
        assert (state.next, state.values) == (("b",), {"seen": ["a"]})
        assert await graph.ainvoke(None, thread()) == {"seen": ["a", "again"]}

    loop.run(main())


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_cancelled_fan_out_keeps_what_finished(saver: Any, durability: Any, loop: asyncio.Runner) -> None:
    async def main() -> None:
        gate = Gate()
        graph = fan("a", "b", join="c", b=gate).compile(saver)
        await cancel_at(gate, graph.ainvoke(INPUT, {**thread(), "max_concurrency": 1}, durability=durability))
        assert not others()
        state = await graph.aget_state(thread())
        assert (state.next, state.values) == (("b",), {"seen": ["a"]})
        assert await graph.ainvoke(None, thread()) == {"seen": ["a", "again", "c"]}

    loop.run(main())


def test_a_node_that_ends_its_work_when_cancelled_is_kept_and_the_cancellation_is_not_lost(
    saver: Any, loop: asyncio.Runner
) -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def gives_in(state: Any) -> Any:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return {"seen": ["late"]}

        graph = fan("a", "b", join="c", a=gives_in, b=gives_in).compile(saver)
        task = asyncio.ensure_future(graph.ainvoke(INPUT, thread()))
        await begun.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        state = await graph.aget_state(thread())
        assert (state.next, state.values) == (("c",), {"seen": ["late", "late"]})

    loop.run(main())


def test_a_time_limit_around_a_run_is_a_time_limit(saver: Any, loop: asyncio.Runner) -> None:
    async def main() -> None:
        gate = Gate()
        graph = chain("a", a=gate).compile(saver)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await graph.ainvoke(INPUT, thread())
        assert not others()

    loop.run(main())


def test_a_closed_stream_leaves_no_task_and_a_thread_that_goes_on(saver: Any, loop: asyncio.Runner) -> None:
    async def main() -> None:
        gate = Gate()
        graph = fan("a", "b", join="c", b=gate).compile(saver)
        events = graph.astream(INPUT, thread())
        assert await anext(events) == {"a": {"seen": ["a"]}}
        await events.aclose()
        assert not others()
        state = await graph.aget_state(thread())
        assert (state.next, state.values) == (("b",), {"seen": ["a"]})
        assert await graph.ainvoke(None, thread()) == {"seen": ["a", "again", "c"]}

    loop.run(main())


def test_a_stream_closed_where_a_node_speaks_ends_the_node(saver: Any, loop: asyncio.Runner) -> None:
    async def main() -> None:
        gate = Gate()

        async def speaks(state: Any) -> Any:
            from langgraph_nb.config import get_stream_writer

            get_stream_writer()("word")
            return await gate(state)

        graph = chain("a", a=speaks).compile(saver)
        events = graph.astream(INPUT, thread(), stream_mode="custom")
        assert await anext(events) == "word"
        await events.aclose()
        assert not others()
        assert (await graph.aget_state(thread())).next == ("a",)

    loop.run(main())


def test_a_stream_that_is_left_by_break_is_closed_with_the_loop(saver: Any) -> None:
    gate_cancelled = []

    async def forever(state: Any) -> Any:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            gate_cancelled.append(1)
            raise

    graph = fan("a", "b", b=forever).compile(saver)

    async def main() -> None:
        async for _ in graph.astream(INPUT, thread()):
            break

    asyncio.run(main())
    assert gate_cancelled == [1]
    assert graph.get_state(thread()).next == ("b",)


def test_a_failure_cancels_the_others_and_waits_for_their_end(saver: Any, loop: asyncio.Runner) -> None:
    async def main() -> None:
        ended = []

        async def cleans_up(state: Any) -> Any:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                ended.append("cleaned up")

        async def fails(state: Any) -> Any:
            await asyncio.sleep(0)
            raise ValueError("no")

        graph = fan("bad", "good", "slow", bad=fails, slow=cleans_up).compile(saver)
        with pytest.raises(ValueError, match="no"):
            await graph.ainvoke(INPUT, thread())
        assert ended == ["cleaned up"] and not others()
        state = await graph.aget_state(thread())
        assert (set(state.next), state.values) == ({"bad", "slow"}, {"seen": ["good"]})

    loop.run(main())


@pytest.mark.parametrize("builder", [chain, fan])
def test_a_node_that_cancels_itself_has_failed(builder: Any, loop: asyncio.Runner) -> None:
    def cancelled(state: Any) -> Any:
        raise asyncio.CancelledError

    async def acancelled(state: Any) -> Any:
        raise asyncio.CancelledError

    async def cancels_its_task(state: Any) -> Any:
        waiting = asyncio.ensure_future(asyncio.Event().wait())
        waiting.cancel()
        await waiting

    for code in (cancelled, acancelled, cancels_its_task):
        with pytest.raises(NodeCancelledError) as raised:
            loop.run(builder("a", "b", a=code).compile().ainvoke(INPUT))
        assert raised.value.node == "a"


def test_a_sync_node_that_cannot_be_cancelled_is_let_go_and_its_writes_are_fenced(
    saver: Any, loop: asyncio.Runner
) -> None:
    release, ended = threading.Event(), threading.Event()

    async def main() -> None:
        begun = asyncio.Event()
        running = asyncio.get_running_loop()

        def blocks(state: Any) -> Any:
            running.call_soon_threadsafe(begun.set)
            release.wait()
            ended.set()
            return {"seen": ["late"]}

        graph = chain("a", a=blocks).compile(saver)
        task = asyncio.ensure_future(graph.ainvoke(INPUT, thread()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        await asyncio.to_thread(ended.wait)
        state = await graph.aget_state(thread())
        assert (state.next, state.values) == (("a",), {"seen": []})

    try:
        loop.run(main())
    finally:
        release.set()


def test_what_a_node_raises_that_was_let_go_of_is_not_complained_of(
    loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    complaints: list[str] = []

    async def main() -> None:
        begun = asyncio.Event()
        running = asyncio.get_running_loop()
        running.set_exception_handler(lambda _, context: complaints.append(context["message"]))
        in_threads: list[Any] = []
        monkeypatch.setattr(running, "run_in_executor", noting(in_threads, running.run_in_executor))

        def breaks(state: Any) -> Any:
            running.call_soon_threadsafe(begun.set)
            release.wait()
            raise OSError("the connection is gone")

        task = asyncio.ensure_future(chain("a", a=breaks).compile().ainvoke(INPUT))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        await asyncio.wait(in_threads)
        in_threads.clear()

    def noting(calls: list[Any], function: Any) -> Any:
        def noted(*args: Any) -> Any:
            calls.append(function(*args))
            return calls[-1]

        return noted

    try:
        loop.run(main())
    finally:
        release.set()
    gc.collect()
    assert complaints == []


def test_a_sync_node_that_raises_stop_iteration_does_not_hang_the_run(loop: asyncio.Runner) -> None:
    def stops(state: Any) -> Any:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        loop.run(chain("a", a=stops).compile().ainvoke(INPUT))
