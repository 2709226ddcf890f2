"""Ctrl-C, failures and closed streams in sync runs: what had finished is kept, what runs is ended, the thread goes on.

Ctrl-C is a real signal, sent while a node runs. Nodes wait for events and barriers, never for time.
"""

from __future__ import annotations

import asyncio
import inspect
import signal
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest

from langgraph_nb.errors import NodeCancelledError
from langgraph_nb.pregel.helper_loop import LoopCall
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain, fan, says

INPUT: dict[str, Any] = {"seen": []}
LONG = 30
"""Seconds after which a test that hangs fails."""


def ctrl_c() -> None:
    """What the terminal does, from any thread."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@pytest.fixture(autouse=True)
def no_worker_is_left() -> Iterator[None]:
    """After each test no thread works for a run that is over."""
    yield
    for worker in threading.enumerate():
        if worker.name == "langgraph-nb-worker" and worker.is_alive():
            worker.join(LONG)
            assert not worker.is_alive()


def once(first: Callable[[], Any]) -> Callable[[Any], Any]:
    """A node that does something the first time, and then says that it ran."""
    calls: list[Any] = []

    def node(state: Any) -> Any:
        calls.append(state)
        if len(calls) == 1:
            first()
        return {"seen": ["again"]}

    return node


def busy() -> None:
    """Work that Ctrl-C can end at any bytecode."""
    while True:
        pass


def test_ctrl_c_in_the_only_task_is_raised_and_the_thread_goes_on_with_it(saver: Any) -> None:
    def pressed() -> None:
        ctrl_c()
        busy()

    graph = chain("a", "b", b=once(pressed)).compile(saver)
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(INPUT, thread())
    state = graph.get_state(thread())
    assert (state.next, state.values) == (("b",), {"seen": ["a"]})
    assert graph.invoke(None, thread()) == {"seen": ["a", "again"]}


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_ctrl_c_in_a_fan_out_keeps_what_finished(saver: Any, durability: Any) -> None:
    ran = []

    def finishing(state: Any) -> Any:
        ran.append("a")
        return {"seen": ["a"]}

    def pressed() -> None:
        ctrl_c()
        busy()

    graph = fan("a", "b", join="c", a=finishing, b=once(pressed)).compile(saver)
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(INPUT, {**thread(), "max_concurrency": 1}, durability=durability)
    state = graph.get_state(thread())
    assert (state.next, state.values) == (("b",), {"seen": ["a"]})
    assert graph.invoke(None, thread()) == {"seen": ["a", "again", "c"]}
    assert ran == ["a"], "it did not run again"


def test_a_node_that_ends_its_work_on_ctrl_c_is_kept_and_ctrl_c_is_not_lost(saver: Any) -> None:
    up = threading.Barrier(2)

    def gives_in(name: str, press: bool) -> Callable[[Any], Any]:
        def node(state: Any) -> Any:
            try:
                up.wait(LONG)
                if press:
                    ctrl_c()
                busy()
            except KeyboardInterrupt:
                return {"seen": [name]}

        return node

    graph = fan("a", "b", join="c", a=gives_in("a", True), b=gives_in("b", False)).compile(saver)
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(INPUT, thread())
    state = graph.get_state(thread())
    assert (state.next, state.values) == (("c",), {"seen": ["a", "b"]})
    assert graph.invoke(None, thread()) == {"seen": ["a", "b", "c"]}


def test_ctrl_c_cancels_an_async_node_and_waits_for_its_end(saver: Any) -> None:
    ended = []

    async def waits(state: Any) -> Any:
        ctrl_c()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("a")

    for builder in (chain("a", a=waits), fan("a", "b", a=waits)):
        ended.clear()
        with pytest.raises(KeyboardInterrupt):
            builder.compile(saver).invoke(INPUT, thread())
        assert ended == ["a"]


def test_tasks_that_had_not_begun_do_not_begin_after_ctrl_c(saver: Any) -> None:
    ran = []

    def pressed(state: Any) -> Any:
        ran.append("a")
        ctrl_c()
        busy()

    names = [f"n{i}" for i in range(10)]
    graph = fan(*names, **dict.fromkeys(names, pressed)).compile(saver)
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(INPUT, {**thread(), "max_concurrency": 1})
    assert ran == ["a"]


def test_a_failure_cancels_async_siblings_and_keeps_those_that_end_all_the_same(saver: Any) -> None:
    up = threading.Event()

    async def forever(state: Any) -> Any:
        up.set()
        await asyncio.Event().wait()

    def fails(state: Any) -> Any:
        assert up.wait(LONG)
        raise ValueError("no")

    graph = fan("bad", "ok", "slow", bad=fails, slow=forever).compile(saver)
    with pytest.raises(ValueError, match="no"):
        graph.invoke(INPUT, thread())
    assert set(graph.get_state(thread()).next) >= {"bad", "slow"}


def test_a_closed_stream_ends_its_tasks_and_leaves_a_thread_that_goes_on(saver: Any) -> None:
    names = [f"n{i}" for i in range(8)]
    graph = fan("fast", *names, **dict.fromkeys(names, lambda state: busy())).compile(saver)
    events = graph.stream(INPUT, {**thread(), "max_concurrency": 2})
    assert next(events) == {"fast": {"seen": ["fast"]}}
    events.close()
    state = graph.get_state(thread())
    assert (set(state.next), state.values) == (set(names), {"seen": ["fast"]})


def test_a_stream_closed_between_two_steps_goes_on_from_there(saver: Any) -> None:
    graph = chain("a", "b", "c").compile(saver)
    events = graph.stream(INPUT, thread())
    assert next(events) == {"a": {"seen": ["a"]}}
    events.close()
    assert graph.get_state(thread()).values == {"seen": ["a"]}
    assert graph.invoke(None, thread()) == {"seen": ["a", "b", "c"]}


def test_a_stream_closed_where_a_node_speaks_ends_the_node(saver: Any) -> None:
    from langgraph_nb.config import get_stream_writer

    def speaks() -> None:
        get_stream_writer()("word")
        busy()

    graph = chain("a", a=once(speaks)).compile(saver)
    events = graph.stream(INPUT, thread(), stream_mode="custom")
    assert next(events) == "word"
    events.close()
    assert graph.get_state(thread()).next == ("a",)
    assert graph.invoke(None, thread()) == {"seen": ["again"]}


def test_a_stream_that_was_never_begun_can_be_closed(saver: Any) -> None:
    graph = chain("a").compile(saver)
    graph.stream(INPUT, thread()).close()
    assert graph.get_state(thread()).values == {}


@pytest.mark.parametrize("alone", [True, False])
def test_a_node_that_cancels_itself_has_failed(alone: bool) -> None:
    def cancelled(state: Any) -> Any:
        raise asyncio.CancelledError

    async def acancelled(state: Any) -> Any:
        raise asyncio.CancelledError

    for code in (cancelled, acancelled):
        builder = chain("a", a=code) if alone else fan("a", "b", a=code)
        with pytest.raises(NodeCancelledError) as raised:
            builder.compile().invoke(INPUT)
        assert raised.value.node == "a"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_a_node_that_exits_ends_the_run_and_the_next_run_is_not_harmed(error: BaseException) -> None:
    async def aexits(state: Any) -> Any:
        raise error

    def exits(state: Any) -> Any:
        raise error

    for code in (aexits, exits):
        for builder in (chain("a", a=code), fan("a", "b", a=code)):
            with pytest.raises(type(error)):
                builder.compile().invoke(INPUT)

    async def fine(state: Any) -> Any:
        return {"seen": ["fine"]}

    assert chain("a", a=fine).compile().invoke(INPUT) == {"seen": ["fine"]}
    assert says("a")({}) == {"seen": ["a"]}


def test_ctrl_c_reaches_the_graphs_inside_of_nodes(saver: Any) -> None:
    up = threading.Barrier(4)

    def works(state: Any) -> Any:
        if up.wait(LONG) == 0:
            ctrl_c()
        busy()

    inner = fan("x", "y", x=works, y=works).compile()
    graph = fan("a", "b", a=inner, b=lambda state: inner.invoke(INPUT)).compile(saver)
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(INPUT, thread())
    assert set(graph.get_state(thread()).next) == {"a", "b"}


def test_a_coroutine_that_is_cancelled_before_it_begins_is_closed() -> None:
    held, ran = threading.Event(), []

    async def blocks() -> None:
        held.wait(LONG)

    async def runs() -> None:
        ran.append(1)

    first, second = LoopCall(blocks(), copy_context()), LoopCall(coroutine := runs(), copy_context())
    first.start()
    second.start()
    second.cancel()
    held.set()
    with pytest.raises(asyncio.CancelledError):
        second.result()
    assert (ran, inspect.getcoroutinestate(coroutine)) == ([], inspect.CORO_CLOSED)


def test_a_limit_under_which_nothing_could_run_is_refused() -> None:
    with pytest.raises(ValueError, match="max_concurrency cannot be -1"):
        fan("a", "b").compile().invoke(INPUT, {"max_concurrency": -1})
