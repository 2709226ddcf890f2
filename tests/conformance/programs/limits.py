"""Programs about attempts and their ends: retries, timeouts, cancellation, a whole step's time."""

import asyncio
import operator
from datetime import timedelta
from typing import Annotated, Any, TypedDict

import httpx
import requests

from ..harness import Namespace, Run, thread
from . import PURE, program

BRIEF, LONG = 0.005, 60
FAST = {"initial_interval": 0.0, "jitter": False}


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def of_one(lg: Namespace, code: Any, **options: Any) -> Any:
    """A builder of the one node ``a``."""
    return lg.StateGraph(State).add_node("a", code, **options).add_edge(lg.START, "a")


async def hangs(state: State) -> dict:
    await asyncio.sleep(LONG)
    return {"seen": ["late"]}


async def quick(state: State) -> dict:
    await asyncio.sleep(0)
    return {"seen": ["in time"]}


@program("G1", "G2", "G3", "B16")
def a_node_knows_its_attempt(lg: Namespace, run: Run) -> None:
    told: list[Any] = []

    def attempt(state: State, runtime: lg.Runtime) -> dict:
        info = runtime.execution_info
        told.append((info.node_attempt, info.node_first_attempt_time))
        if len(told) < 4:
            raise ConnectionError("not yet")
        return {"seen": [info.node_attempt]}

    app = of_one(lg, lg.node(attempt), retry_policy=lg.RetryPolicy(max_attempts=5, **FAST)).compile(run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.show("attempts", [number for number, _ in told])
    run.show("one first time", len({time for _, time in told}) == 1 and isinstance(told[0][1], float))


@program("G1", "G2")
def the_first_policy_that_is_for_an_error_counts(lg: Namespace, run: Run) -> None:
    policies = [
        lg.RetryPolicy(retry_on=KeyError, max_attempts=2, **FAST),
        lg.RetryPolicy(retry_on=(OSError, ValueError), max_attempts=4, **FAST),
        lg.RetryPolicy(retry_on=lambda error: "again" in str(error), max_attempts=3, **FAST),
    ]
    for failure in (KeyError("again"), LookupError("again"), ValueError("v"), TypeError("not")):
        calls: list[int] = []

        def fail(state: State, calls: list[int] = calls, failure: Exception = failure) -> dict:
            calls.append(1)
            raise failure

        app = of_one(lg, lg.node(fail), retry_policy=policies).compile(run.saver)
        run.fails(type(failure).__name__, run.invoke, app, {"seen": []}, thread(repr(failure)))
        run.show("calls", len(calls))
    wrong = of_one(lg, lg.node(fail), retry_policy=lg.RetryPolicy(retry_on=3)).compile(run.saver)
    run.raises("TypeError", run.invoke, wrong, {"seen": []}, thread("wrong"))


@program("G2", savers=PURE)
def which_errors_are_tried_again(lg: Namespace, run: Run) -> None:
    kinds = [
        ValueError, TypeError, ZeroDivisionError, ImportError, KeyError, NameError, SyntaxError, RuntimeError,
        ReferenceError, StopIteration, StopAsyncIteration, OSError, ConnectionError, ConnectionResetError, TimeoutError,
        RecursionError, Exception, AssertionError, EOFError, BufferError, MemoryError,
    ]  # fmt: skip
    run.show("by class", {kind.__name__: lg.default_retry_on(kind()) for kind in kinds})
    late = lg.NodeTimeoutError("a", 1.0, kind="run", run_timeout=0.5)
    run.show("a timeout", (lg.default_retry_on(late), isinstance(late, TimeoutError), str(late)))


@program("G2", savers=PURE)
def answers_of_servers_are_tried_again(lg: Namespace, run: Run) -> None:
    class OfAService(httpx.HTTPStatusError):
        pass

    request = httpx.Request("GET", "http://localhost")
    for kind in (httpx.HTTPStatusError, OfAService):
        for status in (301, 404, 429, 499, 500, 503, 599):
            error = kind("no", request=request, response=httpx.Response(status))
            run.show(f"{kind.__name__} {status}", lg.default_retry_on(error))
    for error in (httpx.ConnectError("no"), httpx.ReadTimeout("no"), requests.ConnectionError(), requests.Timeout()):
        run.show(type(error).__name__, lg.default_retry_on(error))
    answer = requests.Response()
    answer.status_code = 502
    for error in (requests.HTTPError(), requests.HTTPError(response=answer)):
        run.show("requests", lg.default_retry_on(error))


@program("G4", "A19", savers=PURE)
def timeouts_are_read_and_refused(lg: Namespace, run: Run) -> None:
    for given in (2, 0.5, timedelta(seconds=3), lg.TimeoutPolicy(idle_timeout=timedelta(minutes=1)), None):
        run.show("read", lg.TimeoutPolicy.coerce(given))
        run.show("sent", lg.Send("a", 1, timeout=given))
    for given in (0, -1, timedelta(0), lg.TimeoutPolicy(idle_timeout=-1), lg.TimeoutPolicy(refresh_on="never")):
        run.raises("ValueError", lg.TimeoutPolicy.coerce, given)
        run.raises("ValueError", of_one, lg, quick, timeout=given)
        run.raises("ValueError", lg.Send, "a", 1, timeout=given)
    run.show("nothing is limited", lg.TimeoutPolicy.coerce(lg.TimeoutPolicy()))
    run.raises("ValueError", of_one(lg, lambda state: {}, timeout=1).compile)
    run.raises("ValueError", of_one(lg, lambda state: {}).set_node_defaults(timeout=1).compile)
    run.raises("ValueError", lg.NodeTimeoutError, "a", 1.0, kind="run")
    run.raises("ValueError", lg.NodeTimeoutError, "a", 1.0, kind="other")


@program("G4", "A26")
def a_node_that_takes_too_long(lg: Namespace, run: Run) -> None:
    if not lg.is_async:
        return
    limits = (BRIEF, lg.TimeoutPolicy(idle_timeout=BRIEF), lg.TimeoutPolicy(run_timeout=BRIEF, idle_timeout=LONG))
    for number, limit in enumerate(limits):
        builders = (
            of_one(lg, hangs, timeout=limit),
            of_one(lg, hangs).set_node_defaults(timeout=limit),
            lg.StateGraph(State).add_node("a", hangs, timeout=LONG).add_conditional_edges(
                lg.START, lambda state, limit=limit: [lg.Send("a", {}, timeout=limit)]
            ),
        )
        for place, builder in enumerate(builders):
            app, config = builder.compile(run.saver), thread(f"{number} {place}")
            error = run.fails("NodeTimeoutError", run.invoke, app, {"seen": []}, config)
            run.show("said", (error.node, error.kind, error.timeout, error.run_timeout, error.idle_timeout))
            run.show("elapsed", error.elapsed >= BRIEF)
    run.invoke(of_one(lg, quick, timeout=LONG).compile(run.saver), {"seen": []}, thread("quick"))


@program("G4", "G1", "G5")
def a_timeout_is_tried_again_and_handled(lg: Namespace, run: Run) -> None:
    if not lg.is_async:
        return
    calls: list[str] = []

    async def slow_at_first(state: State, runtime: lg.Runtime) -> dict:
        calls.append("call")
        try:
            if len(calls) == 1:
                await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            calls.append("cancelled")
            raise
        return {"seen": [runtime.execution_info.node_attempt]}

    async def handle(state: State, error: lg.NodeError) -> dict:
        return {"seen": [f"{error.node}: {type(error.error).__name__}"]}

    policy = lg.RetryPolicy(max_attempts=2, **FAST)
    app = of_one(lg, slow_at_first, timeout=50 * BRIEF, retry_policy=policy).compile(run.saver)  # time to begin twice
    run.invoke(app, {"seen": []}, thread())
    run.show("calls", sorted(calls))
    app = of_one(lg, hangs, timeout=BRIEF, error_handler=handle).compile(run.saver)
    run.stream(app, {"seen": []}, thread("handled"), stream_mode="updates")


@program("G4", "B15", "F5")
def signs_of_life_keep_an_idle_node_running(lg: Namespace, run: Run) -> None:
    if not lg.is_async:
        return

    async def beats(state: State, runtime: lg.Runtime, writer: lg.StreamWriter) -> dict:
        runtime.heartbeat()
        writer("alive")
        await asyncio.sleep(0)
        return {"seen": ["alive"]}

    async def speaks_once(state: State, runtime: lg.Runtime, writer: lg.StreamWriter) -> dict:
        runtime.heartbeat()
        writer("alive")
        return await hangs(state)

    for limit in (None, lg.TimeoutPolicy(idle_timeout=LONG), LONG):
        run.stream(of_one(lg, beats, timeout=limit).compile(), {"seen": []}, stream_mode="custom")
    for refresh_on in ("auto", "heartbeat"):
        limit = lg.TimeoutPolicy(idle_timeout=BRIEF, refresh_on=refresh_on)
        app = of_one(lg, speaks_once, timeout=limit).compile(run.saver)
        run.fails("NodeTimeoutError", run.invoke, app, {"seen": []}, thread(refresh_on))  # whether it spoke is chance


@program("B12", "G9")
def a_node_cancels_itself(lg: Namespace, run: Run) -> None:
    calls: list[int] = []

    def cancels(state: State) -> dict:
        calls.append(1)
        raise asyncio.CancelledError("of its own")

    def handle(state: State, error: lg.NodeError) -> dict:
        return {"seen": [repr(error.error)]}

    policy = lg.RetryPolicy(retry_on=Exception, **FAST)
    app = of_one(lg, lg.node(cancels), retry_policy=policy).compile(run.saver)
    error = run.says("NodeCancelledError", run.invoke, app, {"seen": []}, thread())
    run.show("said", (error.node, type(error.__cause__).__name__, calls))
    app = of_one(lg, lg.node(cancels), error_handler=lg.node(handle)).compile(run.saver)
    run.stream(app, {"seen": []}, thread("handled"), stream_mode="updates")


@program("B8")
def a_step_that_takes_too_long(lg: Namespace, run: Run) -> None:
    app = of_one(lg, lg.adds("a")).compile(checkpointer=run.saver)
    run.show("by default", app.step_timeout)
    app.step_timeout = LONG
    run.invoke(app, {"seen": ["in"]}, thread("in time"))
    if lg.is_async:
        app = of_one(lg, hangs).compile(checkpointer=run.saver)
        app.step_timeout = BRIEF
        run.fails("TimeoutError", run.invoke, app, {"seen": ["in"]}, thread())
