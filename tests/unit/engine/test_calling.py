"""How nodes are called: sync and async in each other's runs, their contexts, many at once, and what a node can ask."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest

from langgraph_nb.config import get_config, get_store, get_stream_writer
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.runtime import Runtime, get_runtime
from langgraph_nb.types import RetryPolicy
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import Seen, chain, fan

INPUT: dict[str, Any] = {"seen": []}
LONG = 30
user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


async def async_node(state: Any) -> Any:
    await asyncio.sleep(0)
    return {"seen": ["async"]}


def sync_node(state: Any) -> Any:
    return {"seen": ["sync"]}


def test_sync_and_async_nodes_run_in_every_way(any_way: Way) -> None:
    assert any_way.invoke(chain("a", "b", a=async_node, b=sync_node).compile(any_way.saver), INPUT) == {
        "seen": ["async", "sync"]
    }


def test_sync_and_async_nodes_run_side_by_side(any_way: Way) -> None:
    graph = fan("a", "b", join="c", a=async_node, b=sync_node, c=async_node).compile(any_way.saver)
    assert any_way.invoke(graph, INPUT) == {"seen": ["async", "sync", "async"]}


def test_callables_of_every_kind_are_nodes(any_way: Way) -> None:
    import functools

    class Sync:
        def __call__(self, state: Any) -> Any:
            return {"seen": ["object"]}

        def method(self, state: Any) -> Any:
            return {"seen": ["method"]}

    class Async:
        async def __call__(self, state: Any) -> Any:
            return {"seen": ["async object"]}

    def named(name: str, state: Any) -> Any:
        return {"seen": [name]}

    async def anamed(name: str, state: Any) -> Any:
        return {"seen": [name]}

    codes = {
        "a": Sync(), "b": Sync().method, "c": Async(), "d": functools.partial(named, "partial"),
        "e": functools.partial(anamed, "async partial"), "f": lambda state: async_node(state),
    }  # fmt: skip
    graph = chain(*codes, **codes).compile(any_way.saver)
    expected = ["object", "method", "async object", "partial", "async partial", "async"]
    assert any_way.invoke(graph, INPUT) == {"seen": expected}


@pytest.mark.parametrize("count", [2, 100])
def test_sync_tasks_that_wait_for_each_other_do_not_deadlock(mode: str, loop: asyncio.Runner, count: int) -> None:
    together = threading.Barrier(count)

    def meets(state: Any) -> Any:
        together.wait(LONG)
        return {"seen": [1]}

    names = [f"n{number}" for number in range(count)]
    graph = fan(*names, **dict.fromkeys(names, meets)).compile()
    assert sum(Way(mode, None, loop).invoke(graph, INPUT)["seen"]) == count


def test_no_more_tasks_run_at_once_than_the_config_says(mode: str, loop: asyncio.Runner) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def counts(state: Any) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        return {"seen": [1]}

    async def acounts(state: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return {"seen": [1]}

    names = [f"n{number}" for number in range(20)]
    way = Way(mode, None, loop)
    for code, limit in ((counts, 1), (counts, 3), (acounts, 1), (acounts, 3)):
        most = 0
        graph = fan(*names, **dict.fromkeys(names, code)).compile()
        assert len(way.invoke(graph, INPUT, {"max_concurrency": limit})["seen"]) == 20
        assert most <= limit


# -- contexts ---------------------------------------------------------------------------------------------------------


def test_nodes_see_the_caller_s_context_and_do_not_leak_theirs(any_way: Way) -> None:
    def writes(state: Any) -> Any:
        seen = user.get()
        user.set("from a node")
        return {"seen": [seen]}

    async def awrites(state: Any) -> Any:
        await asyncio.sleep(0)
        return writes(state)

    for builder in (chain("a", "b", a=writes, b=awrites), fan("a", "b", a=awrites, b=writes)):
        token = user.set("caller")
        try:
            graph = builder.compile(any_way.saver)
            config = thread(str(id(builder)))
            # an event loop's runner has a context of its own: what is set here is not in there
            expected = "nobody" if any_way.mode == "async" else "caller"
            assert any_way.invoke(graph, INPUT, config) == {"seen": [expected] * 2}
            assert user.get() == "caller"
        finally:
            user.reset(token)


def test_a_router_sees_what_its_graph_s_caller_set_and_not_what_another_node_did() -> None:
    seen = []

    def sets(state: Any) -> Any:
        user.set("leak")
        return {"seen": ["a"]}

    def routes(state: Any) -> str:
        seen.append(user.get())
        return "__end__"

    builder = chain("a", "b", a=sets)
    builder.add_conditional_edges("b", routes)
    builder.compile().invoke(INPUT)
    assert seen == ["nobody"]


def asked_for() -> Any:
    """What helper functions of a node ask for."""
    return get_config()["metadata"]["langgraph_node"], get_runtime().context, get_store(), get_stream_writer()


def test_helpers_find_the_run_from_anywhere_below_a_node(any_way: Way) -> None:
    found = []

    def node(state: Any) -> Any:
        found.append(asked_for())
        copied = contextvars.copy_context()
        helper = threading.Thread(target=lambda: found.append(copied.run(asked_for)))
        helper.start()
        helper.join(LONG)

    async def anode(state: Any) -> Any:
        found.append(asked_for())
        found.append(await asyncio.to_thread(asked_for))
        found.append(await asyncio.create_task(in_a_task()))

    async def in_a_task() -> Any:
        return asked_for()

    graph = chain("a", "b", a=node, b=anode).compile(any_way.saver, store="store")
    any_way.invoke(graph, INPUT, context={"user": "ada"})
    assert [entry[0] for entry in found] == ["a", "a", "b", "b", "b"]
    assert all(entry[1:3] == ({"user": "ada"}, "store") for entry in found)


@pytest.mark.parametrize("function", [get_config, get_store, get_stream_writer, get_runtime])
def test_outside_of_a_run_there_is_nothing_to_find(function: Any) -> None:
    with pytest.raises(RuntimeError, match=rf"outside of a runnable context\. {function.__name__}"):
        function()
    chain("a").compile().invoke(INPUT)
    with pytest.raises(RuntimeError, match="outside"):
        function()


def test_parameters_are_filled_by_their_names(any_way: Way) -> None:
    got: dict[str, Any] = {}

    def node(state, config, runtime, *, writer, store):  # type: ignore[no-untyped-def]
        got.update(config=config, runtime=runtime, store=store, writer=writer)

    graph = chain("a", a=node).compile(any_way.saver, store="store")
    any_way.invoke(graph, INPUT, {**thread("7"), "tags": ["tag"], "metadata": {"key": 1}}, context="context")
    assert (got["store"], got["config"]["tags"], got["config"]["metadata"]["key"]) == ("store", ["tag"], 1)
    assert got["config"]["configurable"]["thread_id"] == "7"
    runtime = got["runtime"]
    assert (runtime.context, runtime.store, runtime.previous) == ("context", "store", None)
    info = runtime.execution_info
    assert (info.thread_id, info.node_attempt) == ("7", 1)
    assert info.checkpoint_ns == f"a:{info.task_id}"
    assert bool(info.checkpoint_id) is True


def test_a_task_knows_the_checkpoint_that_it_runs_on(way: Way) -> None:
    found = []

    def node(state: Any, runtime: Runtime[Any]) -> None:
        found.append(runtime.execution_info)

    graph = chain("a", a=node).compile(way.saver)
    way.invoke(graph, INPUT)
    before = way.history(graph)[1]
    (task,) = before.tasks
    assert (found[0].checkpoint_id, found[0].task_id) == (before.config["configurable"]["checkpoint_id"], task.id)


# -- retries ----------------------------------------------------------------------------------------------------------


class Flaky:
    """A node that fails some times. ``ran`` are its attempts."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.ran = failures, error, 0

    def __call__(self, state: Any, runtime: Runtime[Any]) -> Any:
        self.ran += 1
        info = runtime.execution_info
        assert info is not None and info.node_attempt == self.ran
        if self.ran <= self.failures:
            raise self.error
        return {"seen": [self.ran]}


FAST = RetryPolicy(initial_interval=0, jitter=False)


def retrying(node: Any, *policies: RetryPolicy) -> Any:
    return StateGraph(Seen).add_node("a", node, retry_policy=policies).add_edge(START, "a")


def test_a_failure_is_tried_again_as_often_as_the_policy_says(any_way: Way) -> None:
    node = Flaky(2, ConnectionError())
    assert any_way.invoke(retrying(node, FAST).compile(any_way.saver), INPUT) == {"seen": [3]}
    node = Flaky(3, ConnectionError())
    with pytest.raises(ConnectionError):
        any_way.invoke(retrying(node, FAST).compile(any_way.saver), INPUT, thread("2"))
    assert node.ran == 3


@pytest.mark.parametrize(
    ("retry_on", "error", "attempts"),
    [
        (ValueError, ValueError(), 3),
        (ValueError, KeyError(), 1),
        ((KeyError, ValueError), ValueError(), 3),
        ([KeyError, ValueError], KeyError(), 3),
        (lambda error: "again" in str(error), OSError("again"), 3),
        (lambda error: "again" in str(error), OSError("never"), 1),
        (FAST.retry_on, ConnectionError(), 3),
        (FAST.retry_on, ValueError(), 1),
        (FAST.retry_on, Exception(), 3),
    ],
)
def test_which_failures_are_tried_again(retry_on: Any, error: Exception, attempts: int) -> None:
    node = Flaky(9, error)
    with pytest.raises(type(error)):
        retrying(node, FAST._replace(retry_on=retry_on)).compile().invoke(INPUT)
    assert node.ran == attempts


def test_the_first_policy_that_matches_counts() -> None:
    node = Flaky(9, KeyError())
    policies = (FAST._replace(retry_on=ValueError, max_attempts=9), FAST._replace(retry_on=KeyError, max_attempts=2))
    with pytest.raises(KeyError):
        retrying(node, *policies).compile().invoke(INPUT)
    assert node.ran == 2


def test_pauses_grow_to_a_limit_and_chance_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    from langgraph_nb.pregel.drive_sync import drive_sync
    from langgraph_nb.pregel.engine import run
    from langgraph_nb.pregel.host import Host
    from langgraph_nb.pregel.request import Request

    policy = RetryPolicy(initial_interval=1, backoff_factor=3, max_interval=5, max_attempts=5, retry_on=KeyError)
    for jitter, expected in ((False, [1, 3, 5, 5]), (True, [1.25, 3.25, 5.25, 5.25])):
        slept: list[float] = []
        plan = retrying(Flaky(4, KeyError()), policy._replace(jitter=jitter)).compile().plan
        host = Host(plan, {}, sleep=slept.append, random=lambda: 0.25)
        list(drive_sync(run(plan, Request(INPUT, output_keys=("seen",))), host))
        assert slept == expected


def test_jitter_is_random_where_nobody_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    import random
    import time

    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(random, "random", lambda: 0.5)
    retrying(Flaky(1, KeyError()), RetryPolicy(initial_interval=1, retry_on=KeyError)).compile().invoke(INPUT)
    assert slept == [1.5]


# -- many at once -----------------------------------------------------------------------------------------------------


def test_many_threads_run_one_graph_with_one_saver(saver: Any) -> None:
    graph = fan("a", "b", join="c").compile(saver)
    results: dict[int, Any] = {}

    def run(number: int) -> None:
        results[number] = [graph.invoke({"seen": [number]}, thread(str(number))) for _ in range(2)][-1]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(50)]
    for started in threads:
        started.start()
    for started in threads:
        started.join(LONG)
    assert results == {n: {"seen": [n, "a", "b", "c", n, "a", "b", "c"]} for n in range(50)}
    assert all(len(list(graph.get_state_history(thread(str(n))))) == 8 for n in range(50))


def test_many_gathered_runs_do_not_mix(saver: Any, loop: asyncio.Runner) -> None:
    graph = fan("a", "b", join="c", a=async_node).compile(saver)

    async def main() -> list[Any]:
        return await asyncio.gather(*(graph.ainvoke({"seen": [n]}, thread(str(n))) for n in range(100)))

    assert loop.run(main()) == [{"seen": [n, "async", "b", "c"]} for n in range(100)]


# -- graphs in graphs' nodes ------------------------------------------------------------------------------------------


def test_a_graph_is_invoked_inside_of_a_node_in_every_way(any_way: Way) -> None:
    for inner in (chain("x", x=sync_node), chain("x", x=async_node), fan("x", "y", x=async_node, y=sync_node)):
        graph = inner.compile()

        def calls(state: Any, graph: Any = graph) -> Any:
            return graph.invoke(INPUT)

        async def acalls(state: Any, graph: Any = graph) -> Any:
            return await graph.ainvoke(INPUT)

        async def blocks(state: Any, graph: Any = graph) -> Any:
            return graph.invoke(INPUT)

        expected = graph.invoke(INPUT)["seen"]
        outer = chain("a", "b", "c", a=calls, b=acalls, c=blocks).compile(any_way.saver)
        assert any_way.invoke(outer, INPUT, thread(str(id(inner))))["seen"] == expected * 3


def test_a_graph_may_run_itself_inside_of_its_node(any_way: Way) -> None:
    def node(state: Any) -> Any:
        depth = len(state["seen"])
        below = graph.invoke({"seen": [*state["seen"], depth]}) if depth < 5 else {"seen": ["end"]}
        return {"seen": below["seen"][-1:]}

    graph = chain("a", a=node).compile()
    outer = chain("a", a=node).compile(any_way.saver)
    assert any_way.invoke(outer, INPUT) == {"seen": ["end"]}


def test_invoke_works_where_a_loop_runs(loop: asyncio.Runner) -> None:
    async def main() -> Any:
        graph = fan("a", "b", a=async_node).compile()
        return graph.invoke(INPUT), await asyncio.to_thread(graph.invoke, INPUT)

    assert loop.run(main()) == ({"seen": ["async", "b"]}, {"seen": ["async", "b"]})
