"""Code that calls what can be called in two ways, plainly or awaited: written once, as a generator of the calls.

``run`` performs the calls in the caller's thread, ``arun`` on its event loop. Both send back what a call gave, or throw
what it raised, so that the generator's ``try`` is as in any function. Knows nothing of tools and models.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from langgraph_nb.pregel.driver import GRACE
from langgraph_nb.pregel.helper_loop import LoopCall
from langgraph_nb.pregel.workers import Workers
from langgraph_nb.records import record

T = TypeVar("T")


@record
class Call:
    """Call this."""

    sync: Callable[..., Any]
    coroutine: Callable[..., Any] | None
    """What is awaited instead where there is a loop; ``None``: there too, ``sync`` is called."""
    args: tuple[Any, ...] = ()


@record
class Together:
    """Do all of these at once. Answered with what they give, in their order; raises the first error in that order."""

    parts: Sequence[Steps[Any]]
    limit: int | None = None
    """How many threads may be used; with one, a part begins when the one before has ended, on an event loop too."""


Steps = Generator[Call | Together, Any, T]


class _Going(Generic[T]):
    """Steps that are under way."""

    def __init__(self, steps: Steps[T]) -> None:
        self.steps = steps
        self.answer: Any = None
        """What came of the last one."""
        self.error: BaseException | None = None
        """What it raised instead."""
        self.value: Any = None
        """What the steps gave in the end."""

    def next(self) -> Any:
        """The next call to make; ``None`` at the end."""
        __tracebackhide__ = True
        answer, error, self.answer, self.error = self.answer, self.error, None, None
        try:
            return self.steps.send(answer) if error is None else self.steps.throw(error)
        except StopIteration as stop:
            self.value = stop.value
            return None


def run(steps: Steps[T]) -> T:
    """Do the steps in this thread.

    Example:
        >>> def double():
        ...     return 2 * (yield Call(len, None, ("abc",)))
        >>> run(double())
        6
    """
    __tracebackhide__ = True
    going = _Going(steps)
    while (wanted := going.next()) is not None:
        try:
            going.answer = wanted.sync(*wanted.args) if type(wanted) is Call else _in_threads(wanted)
        except BaseException as error:
            going.error = error
    return going.value  # type: ignore[no-any-return]


async def arun(steps: Steps[T]) -> T:
    """Do the steps on this event loop."""
    __tracebackhide__ = True
    going = _Going(steps)
    while (wanted := going.next()) is not None:
        try:
            going.answer = await _awaited(wanted)
        except BaseException as error:
            going.error = error
    return going.value  # type: ignore[no-any-return]


async def _awaited(wanted: Call | Together) -> Any:
    __tracebackhide__ = True
    if type(wanted) is Together and wanted.limit == 1:
        return _all_of([await _aoutcome(steps) for steps in wanted.parts])
    if type(wanted) is Together:
        return _all_of(await asyncio.gather(*map(arun, wanted.parts), return_exceptions=True))
    assert type(wanted) is Call
    return wanted.sync(*wanted.args) if wanted.coroutine is None else await wanted.coroutine(*wanted.args)


def on_helper_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """A coroutine function, to be called from a thread: it runs on the helper loop, cancelled with who waits for it."""

    def call(*args: Any) -> Any:
        __tracebackhide__ = True
        running = LoopCall(function(*args), copy_context())
        running.start()
        try:
            return running.result()
        except BaseException:
            running.cancel()
            running.wait(GRACE)
            raise

    return call


def _in_threads(wanted: Together) -> list[Any]:
    """What the parts give, done in threads; interrupted, they are too, and are waited for only a little."""
    ended: SimpleQueue[tuple[int, Any]] = SimpleQueue()
    outcomes: list[Any] = [None] * len(wanted.parts)
    workers = Workers(_outcome, wanted.limit, ended)
    left = len(outcomes)
    try:
        workers.add([(place, copy_context(), steps) for place, steps in enumerate(wanted.parts)])
        while left:
            place, outcome = workers.get()
            outcomes[place] = outcome
            left -= 1
    except BaseException:  # Ctrl-C, or what stops the worker that this runs in
        left -= workers.drop_waiting()
        workers.stop(KeyboardInterrupt)
        _wait_for(ended, left)
        raise
    finally:
        workers.close()
    return _all_of(outcomes)


def _outcome(place: int, context: Context, steps: Steps[Any]) -> tuple[int, Any]:
    """What steps give, or the error that they raise."""
    try:
        return place, context.run(run, steps)
    except BaseException as error:
        return place, error


async def _aoutcome(steps: Steps[Any]) -> Any:
    """The same on an event loop; who is cancelled is."""
    try:
        return await arun(steps)
    except Exception as error:
        return error


def _wait_for(ended: SimpleQueue[Any], left: int) -> None:
    end = time.monotonic() + GRACE
    while left and (seconds := end - time.monotonic()) > 0:
        try:
            ended.get(timeout=seconds)
        except Empty:
            return
        left -= 1


def _all_of(outcomes: list[Any]) -> list[Any]:
    __tracebackhide__ = True
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return outcomes
