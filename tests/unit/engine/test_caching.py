"""Results in a cache: when they end, when nobody asks, what is asked of the driver, and keys."""

from __future__ import annotations

from typing import Any

import pytest

from langgraph_nb.cache.memory import InMemoryCache
from langgraph_nb.fingerprint import default_cache_key
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.pregel.commands import LookUp, Remember
from langgraph_nb.types import CachePolicy
from tests.unit.engine.conftest import Way
from tests.unit.engine.graphs import Seen, says

INPUT: dict[str, Any] = {"seen": []}


def counted(calls: list[int]) -> Any:
    def node(state: Any) -> Any:
        calls.append(1)
        return {"seen": [len(calls)]}

    return node


def cached(node: Any, **policy: Any) -> Any:
    return StateGraph(Seen).add_node("a", node, cache_policy=CachePolicy(**policy)).add_edge(START, "a")


def test_a_result_ends_with_its_time() -> None:
    calls: list[int] = []
    cache, now = InMemoryCache[Any](), [1000.0]
    cache.now = lambda: now[0]
    graph = cached(counted(calls), ttl=10).compile(cache=cache)
    seen = []
    for passed in (0, 9, 1, 9):
        now[0] += passed
        seen.append(graph.invoke(INPUT)["seen"])
    assert seen == [[1], [1], [2], [2]]


def test_every_way_of_running_uses_the_cache(any_way: Way) -> None:
    calls: list[int] = []
    graph = cached(counted(calls)).compile(any_way.saver, cache=InMemoryCache())
    for name in ("1", "2"):
        assert any_way.invoke(graph, INPUT, {"configurable": {"thread_id": name}}) == {"seen": [1]}
    assert len(calls) == 1


def test_only_a_step_of_a_graph_with_a_cache_and_a_policy_asks_for_it() -> None:
    plain = StateGraph(Seen).add_node("a", says("a")).add_edge(START, "a")
    for graph, expected in (
        (cached(says("a")).compile(cache=InMemoryCache()), {LookUp, Remember}),
        (cached(says("a")).compile(), set()),
        (plain.compile(cache=InMemoryCache()), set()),
    ):
        stepped = graph.step(INPUT)
        while not stepped.done:
            stepped.go()
        assert {type(command) for command, _ in stepped.log} & {LookUp, Remember} == expected


def test_a_key_is_of_the_input_as_it_was_before_the_node_ran() -> None:
    calls: list[int] = []

    def changes_its_input(state: Any) -> Any:
        calls.append(1)
        state["seen"].append("changed")
        return {"seen": ["a"]}

    graph = cached(changes_its_input).compile(cache=InMemoryCache())
    graph.invoke({"seen": []})
    graph.invoke({"seen": []})
    assert len(calls) == 1


def test_keys_are_equal_for_equal_values_only() -> None:
    one, same = "".join(["x", "y"]), "xy"
    assert default_cache_key([one, one]) == default_cache_key([one, same])
    assert default_cache_key({"a": {1, 2}, "b": 0}) == default_cache_key({"b": 0, "a": {2, 1}})
    values = [1, True, 1.0, "1", b"1", None, [], [1], ["ab", "c"], ["a", "bc"], {}, {"a": 1}, {1}, Seen, len]
    assert len({default_cache_key(value) for value in values}) == len(values)
    with pytest.raises(TypeError, match="key_func"):
        default_cache_key(lambda: 1)


def test_a_key_that_is_none_is_refused_by_the_nodes_name() -> None:
    graph = cached(says("a"), key_func=lambda given: 5).compile(cache=InMemoryCache())
    with pytest.raises(TypeError, match="key_func of 'a' returned 5"):
        graph.invoke(INPUT)
