"""Stopping runs from outside of the threads that they run in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.pregel.reins import REINS, Reins

ENOUGH = 30.0
THREAD: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    done: list[str]


@pytest.fixture
def reins() -> Iterator[Reins]:
    made = Reins()
    before = REINS.set(made)
    yield made
    REINS.reset(before)


def in_a_thread(graph: Any, begun: threading.Event) -> Future[Any]:
    """A run in a thread with this context, as of ``asyncio.to_thread``, that has come to its second step."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(copy_context().run, graph.invoke, {}, THREAD)
    pool.shutdown(wait=False)
    assert begun.wait(ENOUGH)
    return future


def two_steps(second: Callable[[], None]) -> Any:
    builder = StateGraph(State).add_node("first", lambda state: {"done": ["first"]}).add_edge(START, "first")
    builder.add_node("second", lambda state: second()).add_edge("first", "second")
    return builder.compile(InMemorySaver())


def test_a_run_in_a_thread_is_stopped_and_goes_on(reins: Reins) -> None:
    begun, slow = threading.Event(), [True]

    def loops() -> None:
        begun.set()
        while slow:
            pass

    graph = two_steps(loops)
    future = in_a_thread(graph, begun)
    assert reins.stop(ENOUGH)
    assert isinstance(future.exception(ENOUGH), KeyboardInterrupt)
    assert graph.get_status(THREAD) == "interrupted"
    slow.clear()
    begun.clear()
    again = in_a_thread(graph, begun)  # what is begun later in the same context, as by a button, is not stopped
    assert again.result(ENOUGH) == {"done": ["first"]}


def test_a_node_that_cannot_be_stopped_is_let_go_of_and_its_thread_is_free(reins: Reins) -> None:
    begun, free = threading.Event(), threading.Lock()
    free.acquire()

    def blocks() -> None:
        begun.set()
        free.acquire(timeout=ENOUGH)

    graph = two_steps(blocks)
    future = in_a_thread(graph, begun)
    try:
        assert reins.stop(ENOUGH)
        assert isinstance(future.exception(ENOUGH), KeyboardInterrupt)
        assert graph.get_status(THREAD) == "interrupted"
    finally:
        free.release()


def test_runs_of_others_go_on(reins: Reins) -> None:
    begun, go = threading.Event(), threading.Event()

    def waits() -> None:
        begun.set()
        go.wait(ENOUGH)

    graph = two_steps(waits)
    before = REINS.set(None)
    future = in_a_thread(graph, begun)
    REINS.reset(before)
    assert reins.stop(0)
    go.set()
    assert future.result(ENOUGH) == {"done": ["first"]}
