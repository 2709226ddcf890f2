"""Steps that are written once do the same in a thread and on an event loop."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from typing import Any

import pytest

from langgraph_nb.prebuilt.steps import Call, Steps, Together, arun, on_helper_loop, run


def in_thread(steps: Steps[Any]) -> Any:
    return run(steps)


def on_loop(steps: Steps[Any]) -> Any:
    return asyncio.run(arun(steps))


both = pytest.mark.parametrize("do", [in_thread, on_loop])


def raising(error: BaseException) -> Callable[[], Any]:
    def call() -> Any:
        raise error

    return call


@both
def test_what_a_call_raises_is_raised_where_the_call_stands(do: Any) -> None:
    def steps() -> Steps[str]:
        try:
            yield Call(raising(ValueError("odd")), None)
        except ValueError as error:
            answer = yield Call(str.upper, None, (str(error),))
            return str(answer)
        return "not raised"

    assert do(steps()) == "ODD"


@both
def test_parts_give_their_results_in_their_order(do: Any) -> None:
    def part(n: int) -> Steps[int]:
        return (yield Call(lambda: n, None))

    def steps() -> Steps[Any]:
        return (yield Together([part(n) for n in range(9)]))

    assert do(steps()) == [*range(9)]


@both
def test_all_parts_end_before_the_first_error_in_their_order_is_raised(do: Any) -> None:
    ended = []

    def part(n: int) -> Steps[None]:
        ended.append(n)
        if n:
            yield Call(raising(ValueError(n)), None)

    def steps() -> Steps[Any]:
        return (yield Together([part(n) for n in range(4)]))

    with pytest.raises(ValueError, match="1"):
        do(steps())
    assert sorted(ended) == [0, 1, 2, 3]


def test_parts_run_at_once_in_threads() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def part() -> Steps[int]:
        return (yield Call(meeting.wait, None))

    def steps() -> Steps[Any]:
        return (yield Together([part() for _ in range(3)]))

    assert sorted(run(steps())) == [0, 1, 2]


def test_no_more_parts_run_at_once_than_allowed() -> None:
    running, most = [], []

    def part(n: int) -> Steps[None]:
        running.append(n)
        most.append(len(running))
        yield Call(threading.Event().wait, None, (0.001,))
        running.remove(n)

    def steps() -> Steps[Any]:
        return (yield Together([part(n) for n in range(5)], 1))

    run(steps())
    assert max(most) == 1


def test_who_is_interrupted_interrupts_the_parts() -> None:
    begun, interrupted = threading.Event(), threading.Event()
    outcome: list[Any] = []

    def waits() -> None:
        begun.set()
        try:
            while True:
                threading.Event().wait(0.001)
        except KeyboardInterrupt:
            interrupted.set()
            raise

    def part() -> Steps[None]:
        yield Call(waits, None)

    def steps() -> Steps[Any]:
        return (yield Together([part()]))

    def caller() -> None:
        try:
            run(steps())
        except KeyboardInterrupt as error:
            outcome.append(error)

    thread = threading.Thread(target=caller)
    thread.start()
    assert begun.wait(10)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt))
    thread.join(10)
    assert interrupted.is_set() and len(outcome) == 1


def test_who_is_cancelled_cancels_the_parts() -> None:
    cancelled = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    def part() -> Steps[None]:
        yield Call(waits, waits)

    def steps() -> Steps[Any]:
        return (yield Together([part(), part()]))

    async def main() -> None:
        running = asyncio.ensure_future(arun(steps()))
        for _ in range(5):
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert cancelled == [True, True]


def test_a_coroutine_function_is_called_from_a_thread() -> None:
    async def double(n: int) -> int:
        await asyncio.sleep(0)
        return 2 * n

    assert on_helper_loop(double)(3) == 6
