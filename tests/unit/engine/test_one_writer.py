"""A thread has one writer at a time: who comes second is told so, or waits; who was overtaken stores nothing more."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from langgraph_nb.errors import ThreadBusyError, ThreadConflictError, ThreadLostError
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import Command, interrupt
from tests.unit.engine.by_hand import ByHand
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import chain, says

INPUT: dict[str, Any] = {"seen": []}


class Gate:
    """A node that waits until it is let go."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, state: Any) -> Any:
        self.entered.set()
        assert self.open.wait(30)
        return {"seen": ["gate"]}


def beside(call: Any) -> threading.Thread:
    """Run something in a thread of its own."""
    running = threading.Thread(target=call)
    running.start()
    return running


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


# -- who comes second --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_second_run_is_told_who_writes_to_the_thread(saver: Any, gate: Gate, durability: Any) -> None:
    graph = chain("gate", "b", gate=gate).compile(saver)
    first = beside(lambda: graph.invoke(INPUT, thread(), durability=durability))
    assert gate.entered.wait(30)
    with pytest.raises(ThreadBusyError, match=r"another run of this process.*wait_for_thread") as caught:
        graph.invoke(INPUT, thread())
    assert (caught.value.thread_id, caught.value.holder) == ("1", "another run of this process")
    with pytest.raises(ThreadBusyError):
        graph.update_state(thread(), {"seen": ["x"]})
    gate.open.set()
    first.join()
    assert graph.get_state(thread()).values == {"seen": ["gate", "b"]}


def test_an_update_from_inside_of_the_thread_s_own_run_is_refused(saver: Any) -> None:
    def updates(state: Any) -> Any:
        graph.update_state(thread(), {"seen": ["x"]})

    graph = chain("a", a=updates).compile(saver)
    with pytest.raises(ThreadBusyError):
        graph.invoke(INPUT, thread())


def test_reading_needs_no_claim(saver: Any, gate: Gate) -> None:
    graph = chain("a", "gate", gate=gate).compile(saver)
    first = beside(lambda: graph.invoke(INPUT, thread(), durability="sync"))
    assert gate.entered.wait(30)
    assert graph.get_state(thread()).next == ("gate",)
    assert len(list(graph.get_state_history(thread()))) == 3
    gate.open.set()
    first.join()


def test_gathered_runs_on_one_thread_one_wins_and_the_others_are_told(saver: Any, loop: asyncio.Runner) -> None:
    async def node(state: Any) -> Any:
        await asyncio.sleep(0)
        return {"seen": ["a"]}

    graph = chain("a", a=node).compile(saver)

    async def both() -> list[Any]:
        runs = (graph.ainvoke(INPUT, thread()) for _ in range(3))
        return await asyncio.gather(*runs, return_exceptions=True)

    ends = loop.run(both())
    assert [type(end) for end in ends if end != {"seen": ["a"]}] == [ThreadBusyError, ThreadBusyError]
    assert graph.get_state(thread()).values == {"seen": ["a"]}


@pytest.mark.parametrize("where", ["config", "saver"])
def test_runs_that_wait_for_each_other_lose_nothing(saver: Any, loop: asyncio.Runner, where: str) -> None:
    async def node(state: Any) -> Any:
        await asyncio.sleep(0)
        return {"seen": ["a"]}

    graph = chain("a", a=node).compile(saver)
    config = thread(wait_for_thread=60) if where == "config" else thread()
    saver.wait_for_thread = 0.0 if where == "config" else 60

    async def all_of_them() -> None:
        await asyncio.gather(*(graph.ainvoke(INPUT, config) for _ in range(10)))

    loop.run(all_of_them())
    assert graph.get_state(thread()).values == {"seen": ["a"] * 10}
    waiting = [beside(lambda: graph.invoke(INPUT, config)) for _ in range(4)]
    for running in waiting:
        running.join()
    assert graph.get_state(thread()).values == {"seen": ["a"] * 14}


def test_patience_ends(saver: Any, gate: Gate) -> None:
    graph = chain("gate", gate=gate).compile(saver)
    first = beside(lambda: graph.invoke(INPUT, thread()))
    assert gate.entered.wait(30)
    with pytest.raises(ThreadBusyError):
        graph.invoke(INPUT, thread(wait_for_thread=0.02))
    gate.open.set()
    first.join()
    with pytest.raises(ValueError, match="wait_for_thread cannot be 'long'"):
        graph.invoke(INPUT, thread(wait_for_thread="long"))


# -- one after the other: nobody notices -------------------------------------------------------------------------------


def test_a_stream_that_is_left_lying_gives_way_to_the_next_run_and_is_told_when_it_goes_on(way: Way) -> None:
    if way.mode == "step":
        return
    graph = chain("a", "b").compile(way.saver)
    if way.mode == "sync":
        left = graph.stream(INPUT, thread())
        next(left)
        assert graph.invoke(INPUT, thread())["seen"][-2:] == ["a", "b"]
        with pytest.raises(ThreadLostError, match="taken over"):
            list(left)
        return

    async def program() -> None:
        left = graph.astream(INPUT, thread())
        await anext(left)
        assert (await graph.ainvoke(INPUT, thread()))["seen"][-2:] == ["a", "b"]
        with pytest.raises(ThreadLostError, match="taken over"):
            async for _ in left:
                pass

    way._loop.run(program())


def test_a_stream_that_somebody_reads_beside_does_not_give_way(saver: Any, loop: asyncio.Runner) -> None:
    graph = chain("a", "b").compile(saver)

    async def program() -> None:
        shown, go_on = asyncio.Event(), asyncio.Event()

        async def reader() -> None:
            async for _ in graph.astream(INPUT, thread()):
                shown.set()
                await go_on.wait()

        reading = asyncio.create_task(reader())
        await shown.wait()
        with pytest.raises(ThreadBusyError):
            await graph.ainvoke(INPUT, thread())
        go_on.set()
        await reading

    loop.run(program())
    assert graph.get_state(thread()).values == {"seen": ["a", "b"]}


def test_a_stream_that_is_closed_or_raised_in_frees_the_thread(saver: Any) -> None:
    graph = chain("a", "b").compile(saver)
    for _ in graph.stream(INPUT, thread()):
        break
    assert saver.claimed("1").ended == "interrupted"
    assert graph.invoke(None, thread()) == {"seen": ["a", "b"]}
    assert saver.claimed("1").ended == "finished"


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_after_a_failure_or_an_interrupt_the_same_code_runs_again(way: Way, error: BaseException) -> None:
    errors = [error]

    def node(state: Any) -> Any:
        if errors:
            raise errors.pop()
        return {"seen": ["a"]}

    graph = chain("a", a=node).compile(way.saver)
    with pytest.raises(type(error)):
        way.invoke(graph, INPUT)
    assert way.saver.claimed("1").ended == ("failed" if isinstance(error, Exception) else "interrupted")
    assert way.invoke(graph, None) == {"seen": ["a"]}


def test_a_question_frees_the_thread(way: Way) -> None:
    graph = chain("a", a=lambda state: {"seen": [interrupt("name?")]}).compile(way.saver)
    way.invoke(graph, INPUT)
    assert way.saver.claimed("1").ended
    way.update_state(graph, {"seen": ["x"]}, as_node="__start__")
    way.invoke(graph, None)
    assert way.invoke(graph, Command(resume="ada")) == {"seen": ["x", "ada"]}


def test_an_update_that_fails_frees_the_thread(way: Way) -> None:
    graph = chain("a").compile(way.saver)
    way.invoke(graph, INPUT)
    with pytest.raises(Exception, match="does not exist"):
        way.update_state(graph, {"seen": ["x"]}, as_node="nobody")
    assert way.saver.claimed("1").ended


def test_graphs_inside_write_with_the_claim_of_the_run_around_them(way: Way) -> None:
    inner = chain("x", "y").compile()
    outer = StateGraph(chain("x").state_schema).add_node("one", inner).add_node("two", inner)
    outer.add_edge(START, "one").add_edge("one", "two")
    graph = outer.compile(way.saver)
    assert way.invoke(graph, INPUT)["seen"][-2:] == ["x", "y"]


def test_a_run_that_was_forgotten_keeps_nobody_waiting(saver: Any, gate: Gate) -> None:
    graph = chain("a", "b").compile(saver)
    stepped = graph.step(INPUT, thread())
    stepped.go_until_tasks()
    del stepped
    gc.collect()
    done: list[Any] = []
    beside(lambda: done.append(graph.invoke(INPUT, thread()))).join()
    assert done


# -- who was overtaken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("how", ["released", "deleted"])
def test_late_commits_of_a_run_that_lost_its_thread_are_refused(
    way: Way, gate: Gate, durability: Any, how: str
) -> None:
    def loses(state: Any) -> Any:
        way.saver.release_thread("1") if how == "released" else way.saver.delete_thread("1")
        beside(lambda: chain("new").compile(way.saver).invoke(INPUT, thread())).join()
        return {"seen": ["late"]}

    graph = chain("a", "b", a=loses).compile(way.saver)
    with pytest.raises(ThreadLostError, match="Thread '1' was taken over"):
        way.invoke(graph, INPUT, durability=durability)
    assert way.get_state(graph).values == {"seen": ["new"]}
    assert way.invoke(chain("more").compile(way.saver), INPUT) == {"seen": ["new", "more"]}


def test_errors_are_of_one_family_and_can_be_pickled() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(ThreadBusyError("busy", "1", "somebody", 2.0)))
    assert isinstance(error, ThreadConflictError)
    assert (str(error), error.thread_id, error.holder, error.since) == ("busy", "1", "somebody", 2.0)


# -- what the engine asks for ------------------------------------------------------------------------------------------


def test_the_last_save_of_a_run_gives_the_thread_free() -> None:
    run = ByHand(chain("a", "b").compile(), INPUT, stores=True, durability="sync", claims=True)
    run.play()
    assert [save.ends for save in run.saves] == ["", "", "finished"]


def test_a_run_that_fails_gives_the_thread_free_with_what_is_left_to_store() -> None:
    run = ByHand(chain("a").compile(), INPUT, stores=True, durability="sync", claims=True)
    run.on()
    run.finish(a=ValueError("no"))
    run.on()
    assert [save.ends for save in run.saves] == ["", "", "failed"]


def test_a_run_that_lost_its_thread_stores_nothing_more() -> None:
    run = ByHand(chain("a").compile(), INPUT, stores=True, durability="sync", claims=True)
    run.on()
    run.finish(a={"seen": ["a"]})
    run.on(type(run.saves[0]))
    run.throw(ThreadLostError("lost", "1"))
    assert isinstance(run.error, ThreadLostError)
    assert len(run.saves) == 2


def test_when_storing_fails_the_thread_is_given_free_all_the_same(saver: Any) -> None:
    room = [2]  # claims and ends need none

    class Full(type(saver)):  # type: ignore[misc]
        def commit(self, ready: Any) -> None:
            room[0] -= len(ready) > 1
            if len(ready) > 1 and room[0] <= 0:
                raise OSError("disk full")
            super().commit(ready)

    saver.__class__ = Full
    graph = chain("a", a=says("a")).compile(saver)
    with pytest.raises(OSError, match="disk full"):
        graph.invoke(INPUT, thread(), durability="sync")
    assert saver.claimed("1").ended == "failed"
    room[0] = 9
    assert graph.invoke(None, thread()) == {"seen": ["a"]}


def test_when_the_claim_itself_cannot_be_stored_that_is_what_is_raised(saver: Any) -> None:
    class Full(type(saver)):  # type: ignore[misc]
        def claim(self, claim: Any) -> Any:
            raise OSError("disk full")

    saver.__class__ = Full
    graph = chain("a").compile(saver)
    with pytest.raises(OSError, match="disk full"):
        graph.invoke(INPUT, thread())
    with pytest.raises(OSError, match="disk full"):
        graph.update_state(thread(), {"seen": ["a"]})
