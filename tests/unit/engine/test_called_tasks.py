"""Tasks that code calls: they run at once, stay where they were stored, and end when the run is told to."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.func import entrypoint, task
from langgraph_nb.types import Command, interrupt
from tests.unit.engine.conftest import thread

ROOT = Path(__file__).parents[3]
LONG = 30


def meeting(parties: int) -> Callable[[int], int]:
    """Code that ends only where so many run at the same time."""
    barrier = threading.Barrier(parties)

    def meet(x: int) -> int:
        barrier.wait(LONG)
        return x

    return meet


@pytest.mark.parametrize("parties", [2, 40])
def test_called_tasks_run_at_the_same_time(parties: int) -> None:
    meet = task(meeting(parties))

    @entrypoint()
    def flow(n: int) -> list[int]:
        return [future.result() for future in [meet(x) for x in range(n)]]

    assert flow.invoke(parties) == list(range(parties))
    assert asyncio.run(flow.ainvoke(parties)) == list(range(parties))


def test_a_task_runs_while_its_caller_does_something_else() -> None:
    begun = threading.Event()
    begins = task(lambda _: begun.set(), name="begins")

    @entrypoint()
    def flow(_: int) -> bool:
        begins(0)
        return begun.wait(LONG)

    assert flow.invoke(0)


@pytest.mark.parametrize("limit", [1, 2, None])
def test_tasks_that_wait_for_tasks_never_wait_for_ever(limit: int | None) -> None:
    most, running, lock = [0], [0], threading.Lock()

    @task
    def leaf(x: int) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        with lock:
            running[0] -= 1
        return x

    @task
    def branch(depth: int) -> int:
        if not depth:
            return leaf(1).result()
        return sum(future.result() for future in [branch(depth - 1) for _ in range(3)])

    @entrypoint()
    def flow(depth: int) -> int:
        return sum(future.result() for future in [branch(depth) for _ in range(3)])

    config = {"max_concurrency": limit} if limit else {}
    assert flow.invoke(3, config) == 81
    assert asyncio.run(flow.ainvoke(2, config)) == 27
    assert limit is None or most[0] <= limit


def test_async_tasks_can_be_called_from_sync_code_and_sync_tasks_from_async_code() -> None:
    @task
    async def awaits(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    @task
    def plain(x: int) -> int:
        return x * 10

    @entrypoint()
    def sync(x: int) -> int:
        return plain(awaits(x).result()).result()

    @entrypoint()
    async def awaited(x: int) -> list[int]:
        return await asyncio.gather(plain(x), awaits(x))

    assert (sync.invoke(1), asyncio.run(sync.ainvoke(1))) == (20, 20)
    assert (awaited.invoke(1), asyncio.run(awaited.ainvoke(1))) == ([10, 2], [10, 2])


def test_sync_code_gets_its_results_where_a_loop_runs_around_it() -> None:
    """As in a notebook, whose cells run on the kernel's loop."""
    double = task(lambda n: n * 2, name="double")

    @entrypoint()
    def flow(n: int) -> int:
        return sum(future.result() for future in [double(n), double(n)])

    @entrypoint()
    async def around(n: int) -> int:
        return flow.invoke(n) + await double(n)

    async def cell() -> list[Any]:
        streamed = [chunk for chunk in flow.stream(2, stream_mode=["tasks", "values"]) if chunk[0] == "values"]
        return [flow.invoke(1), streamed, around.invoke(3)]

    assert asyncio.run(cell()) == [4, [("values", 8)], 18]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_sibling_that_failed_does_not_make_finished_tasks_run_again(durability: Any) -> None:
    ran: list[str] = []
    broken = [True]

    @task
    def works(name: str) -> str:
        ran.append(name)
        return name

    @task
    def breaks() -> str:
        if broken[0]:
            raise ValueError("broken")
        return "mended"

    @entrypoint(checkpointer=InMemorySaver())
    def flow(_: int) -> list[str]:
        futures = [works("a"), breaks(), works("b")]
        return [futures[0].result(), futures[2].result(), futures[1].result()]

    with pytest.raises(ValueError, match="broken"):
        flow.invoke(0, thread(), durability=durability)
    broken[0] = False
    assert flow.invoke(None, thread(), durability=durability) == ["a", "b", "mended"]
    assert ran == ["a", "b"]


def test_a_question_that_nobody_waits_for_is_asked_all_the_same() -> None:
    @task
    def ask() -> str:
        return str(interrupt("what?"))

    @entrypoint(checkpointer=InMemorySaver())
    def flow(_: int) -> str:
        ask()
        return "done"

    (question,) = flow.invoke(0, thread())["__interrupt__"]
    assert question.value == "what?"
    assert flow.invoke(Command(resume="x"), thread()) == "done"


def test_cancelling_a_run_cancels_the_tasks_that_were_called() -> None:
    ended: list[str] = []

    async def run() -> None:
        begun = asyncio.Event()

        @task
        async def waits() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        @entrypoint()
        async def flow(_: int) -> None:
            await waits()

        running = asyncio.create_task(flow.ainvoke(0))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(run())
    assert ended == ["cancelled"]


def test_ctrl_c_reaches_the_tasks_that_were_called_and_keeps_what_they_had_stored() -> None:
    ran: list[str] = []
    pressed = [False]
    up = threading.Event()

    @task
    def quick() -> str:
        ran.append("quick")
        return "quick"

    @task
    def busy() -> str:
        up.set()
        while not pressed[0]:
            pass
        return "busy"

    @entrypoint(checkpointer=InMemorySaver())
    def flow(_: int) -> list[str]:
        first = quick().result()
        future = busy()
        if not pressed[0]:
            up.wait(LONG)
            raise KeyboardInterrupt
        return [first, future.result()]

    with pytest.raises(KeyboardInterrupt):
        flow.invoke(0, thread(), durability="sync")
    pressed[0] = True
    assert flow.invoke(None, thread()) == ["quick", "busy"]
    assert ran == ["quick"]


def test_a_long_loop_of_tasks_keeps_none_of_their_futures() -> None:
    class Result:
        pass

    @task
    def make() -> Result:
        return Result()

    @entrypoint()
    def flow(n: int) -> int:
        for _ in range(n):
            make().result()
        gc.collect()
        return sum(isinstance(o, Result) for o in gc.get_objects())

    assert flow.invoke(200) < 5


CHILD = """
import asyncio, os, sys
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from tests.unit.engine.conftest import thread
from tests.unit.engine.test_called_tasks import counting

path, way = sys.argv[1:]
with SqliteSaver(path) as saver:
    flow = counting([], saver, lambda: os._exit(7), way == "async")
    if way == "async":
        asyncio.run(flow.ainvoke(1, thread(), durability="sync"))
    else:
        flow.invoke(1, thread(), durability="sync")
"""


def counting(ran: list[str], saver: Any, between: Callable[[], Any], is_async: bool) -> Any:
    """A workflow of two tasks that note that they ran, with something between them."""

    @task
    def first(x: int) -> int:
        ran.append("first")
        return x + 1

    @task
    def second(x: int) -> int:
        ran.append("second")
        return x * 10

    def flow(x: int) -> int:
        one = first(x).result()
        between()
        return second(one).result()

    async def aflow(x: int) -> int:
        one: int = await first(x)
        between()
        return int(await second(one))

    flow.__name__ = aflow.__name__ = "flow"
    return entrypoint(checkpointer=saver)(aflow if is_async else flow)


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_task_that_finished_before_a_crash_does_not_run_again(tmp_path: Path, way: str) -> None:
    path = tmp_path / "threads.db"
    command = [sys.executable, "-c", CHILD, str(path), way]
    died = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert died.returncode == 7, died.stderr
    ran: list[str] = []
    with SqliteSaver(path) as saver:
        flow = counting(ran, saver, lambda: None, way == "async")
        assert flow.get_state(thread()).next == ("flow",)
        if way == "async":
            assert asyncio.run(flow.ainvoke(None, thread())) == 20
        else:
            assert flow.invoke(None, thread()) == 20
    assert ran == ["second"]
