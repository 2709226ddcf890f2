"""Much at once and for long: threads and processes on one file, ten thousand runs, reducers and values that raise."""

from __future__ import annotations

import asyncio
import gc
import operator
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain, fan

THREADS = 200
PROCESSES = 8
RUNS = 10_000
TURNS = 5
GROWTH = 4 * 2**20
"""Bytes that an allocator may keep after so many runs."""


def talk(path: Path, names: list[str]) -> None:
    """Take turns with some threads of conversation, side by side, on a saver of one's own."""
    with SqliteSaver(path) as saver, ThreadPoolExecutor(len(names)) as pool:
        graph = chain("a", "b").compile(saver)

        def turns(name: str) -> None:
            for _ in range(TURNS):
                graph.invoke({"seen": []}, thread(name))

        list(pool.map(turns, names))


def expect_all(path: Path, names: list[str]) -> None:
    with SqliteSaver(path) as saver:
        graph = chain("a", "b").compile(saver)
        for name in names:
            assert graph.get_state(thread(name)).values == {"seen": ["a", "b"] * TURNS}
            assert len(list(graph.get_state_history(thread(name)))) == 4 * TURNS


@pytest.mark.slow
def test_two_hundred_threads_share_a_file(tmp_path: Path) -> None:
    names = [f"thread {number}" for number in range(THREADS)]
    talk(tmp_path / "threads.db", names)
    expect_all(tmp_path / "threads.db", names)


@pytest.mark.slow
def test_eight_processes_share_a_file(tmp_path: Path) -> None:
    path, context = tmp_path / "threads.db", get_context("spawn")
    names = [[f"thread {process}.{number}" for number in range(5)] for process in range(PROCESSES)]
    processes = [context.Process(target=talk, args=(path, some)) for some in names]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    expect_all(path, [name for some in names for name in some])


# -- ten thousand runs ------------------------------------------------------------------------------------------------


def held() -> dict[str, int]:
    """What a process holds that could grow."""
    gc.collect()
    found = {"objects": len(gc.get_objects()), "threads": threading.active_count()}
    if sys.platform == "linux":
        found["files"] = len(os.listdir("/proc/self/fd"))
        found["memory"] = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return found


def expect_no_growth(before: dict[str, int], after: dict[str, int]) -> None:
    """Nothing has grown with the runs, but for memory that an allocator keeps: by less than half a KiB a run."""
    assert after["objects"] < before["objects"] + RUNS / 20
    assert after["threads"] <= before["threads"] + 2
    assert after.get("files", 0) <= before.get("files", 0) + 2
    assert after.get("memory", 0) <= before.get("memory", 0) + GROWTH


def sync_runs(graph: Any, count: int) -> None:
    for number in range(count):
        graph.invoke({"seen": []}, thread(str(number % 10)))


def async_runs(graph: Any, count: int) -> None:
    async def all_of_them() -> None:
        for number in range(count):
            await graph.ainvoke({"seen": []}, thread(str(number % 10)))
        await asyncio.sleep(0)  # what was cancelled ends
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(all_of_them())


def closed_streams(graph: Any, count: int) -> None:
    for _ in range(count):
        stream = graph.stream({"seen": []}, None, stream_mode="tasks")
        next(stream)
        stream.close()


KINDS: dict[str, tuple[Callable[[Path], Any], Callable[[Any, int], None]]] = {
    "sync": (lambda path: chain("a").compile(), sync_runs),
    "async": (lambda path: chain("a").compile(), async_runs),
    "side by side": (lambda path: fan("a", "b").compile(), sync_runs),
    "closed": (lambda path: chain("a", "b").compile(), closed_streams),
}


def many_runs(kind: str, path: Path) -> None:
    make, run = KINDS[kind]
    graph = make(path)
    run(graph, RUNS // 10)  # what is kept once, and what an allocator takes at first
    before = held()
    run(graph, RUNS)
    expect_no_growth(before, held())


def many_stored_runs(path: Path) -> None:
    with SqliteSaver(path) as saver:
        saver.conn.execute("PRAGMA synchronous = OFF")  # the disk has nothing to do with it
        graph = chain("a").compile(saver)

        def turns(count: int) -> None:
            sync_runs(graph, count)
            for number in range(10):
                saver.delete_thread(str(number))

        turns(RUNS // 10)
        before = held()
        turns(RUNS)
        expect_no_growth(before, held())


def in_process_of_its_own(work: Callable[..., None], *args: Any) -> None:
    """What other tests leave, and what an allocator then does, is no concern of this one."""
    process = get_context("spawn").Process(target=work, args=args)
    process.start()
    process.join()
    assert process.exitcode == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_runs_leave_nothing_behind(tmp_path: Path, kind: str) -> None:
    in_process_of_its_own(many_runs, kind, tmp_path)


@pytest.mark.slow
def test_runs_that_store_leave_nothing_behind_but_what_they_stored(tmp_path: Path) -> None:
    in_process_of_its_own(many_stored_runs, tmp_path / "threads.db")


# -- reducers and serializers that raise ------------------------------------------------------------------------------


class Unstorable:
    """No serializer knows it."""


def refusing(old: list[Any], new: list[Any]) -> list[Any]:
    if "bad" in new:
        raise ValueError("refused")
    return old + new


def picky(reducer: Any, written: list[Any], saver: Any) -> Any:
    """Two nodes in a row, of which the second writes this."""
    state: Any = TypedDict("State", {"seen": Annotated[list[Any], reducer]})  # type: ignore[misc]
    builder = StateGraph(state).add_node("a", lambda given: {"seen": ["a"]}).add_edge(START, "a")
    return builder.add_node("b", lambda given: {"seen": written}).add_edge("a", "b").compile(saver)


@pytest.fixture(params=["memory", "sqlite"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield InMemorySaver()
        return
    with SqliteSaver(tmp_path / "threads.db") as opened:
        yield opened


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_thread_survives_a_reducer_that_raises(saver: Any, durability: Any) -> None:
    graph = picky(refusing, ["bad"], saver)
    for given in ({"seen": ["first"]}, None):
        with pytest.raises(ValueError, match="refused"):
            graph.invoke(given, thread(), durability=durability)
        state = graph.get_state(thread())
        assert (state.values, state.next) == ({"seen": ["first", "a"]}, ("b",))
        assert len(list(graph.get_state_history(thread()))) == (1 if durability == "exit" else 3)
    mended = picky(operator.add, ["not run again"], saver)
    assert mended.invoke(None, thread(), durability=durability) == {"seen": ["first", "a", "bad"]}


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_thread_survives_a_value_that_cannot_be_stored(saver: Any, durability: Any) -> None:
    written: list[Any] = [Unstorable()]
    graph = picky(operator.add, written, saver)
    with pytest.raises(TypeError, match="b"):
        graph.invoke({"seen": ["first"]}, thread(), durability=durability)
    state, stored = graph.get_state(thread()), list(graph.get_state_history(thread()))
    written[0] = "good"
    if durability == "exit":  # all was to be stored at once
        assert (state.values, stored) == ({}, [])
        assert graph.invoke({"seen": ["first"]}, thread(), durability=durability) == {"seen": ["first", "a", "good"]}
        return
    assert (state.values, state.next, len(stored)) == ({"seen": ["first", "a"]}, ("b",), 3)
    assert graph.invoke(None, thread(), durability=durability) == {"seen": ["first", "a", "good"]}
