"""Supersteps as savers are given them: what changed, or, where that is not enough, all there is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.packed import NewStep
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.persistence import PutStep

CONFIG: Any = {"configurable": {"thread_id": "1"}}
KEYS = [f"key{number}" for number in range(100)]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class State(TypedDict):
    a: int
    b: int
    c: int


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_node_may_delete_what_its_run_has_stored(
    kind: str, durability: Any, tmp_path: Path, stack: ExitStack
) -> None:
    saver: Any = stack.enter_context(InMemorySaver() if kind == "memory" else SqliteSaver(tmp_path / "threads.db"))

    def two(state: State) -> dict[str, int]:
        saver.delete_for_runs(["this one"])
        return {"b": 2}

    steps: list[Any] = [("one", lambda state: {"a": 1}), ("two", two), ("three", lambda state: {"c": 3})]
    graph = StateGraph(State).add_sequence(steps).add_edge(START, "one").compile(checkpointer=saver)
    config = {**CONFIG, "metadata": {"run_id": "this one"}}
    assert graph.invoke({"a": 0}, config, durability=durability) == {"a": 1, "b": 2, "c": 3}
    assert graph.get_state(CONFIG).values == {"a": 1, "b": 2, "c": 3}


def test_a_saver_in_memory_is_given_what_changed() -> None:
    class Watched(InMemorySaver):
        def commit(self, ready: Any) -> None:
            steps.extend(new.op for new in ready if isinstance(new, NewStep))
            super().commit(ready)

    steps: list[PutStep] = []
    wide: Any = TypedDict("wide", dict.fromkeys(KEYS, int))  # type: ignore[operator, misc]
    builder = StateGraph(wide).add_node("fill", lambda state: dict.fromkeys(KEYS, 0)).add_edge(START, "fill")
    builder.add_node("one", lambda state: {"key7": 1}).add_edge("fill", "one")
    graph = builder.compile(checkpointer=Watched())
    graph.invoke({"key1": 5}, CONFIG)
    assert {"key7"} <= steps[-1].values.keys() and len(steps[-1].values) < 5
    assert graph.get_state(CONFIG).values == {**dict.fromkeys(KEYS, 0), "key7": 1}


def test_all_of_a_long_thread_of_many_keys_is_there_whatever_is_pruned() -> None:
    saver = InMemorySaver()
    wide: Any = TypedDict("wide", dict.fromkeys(["n", *KEYS], int))  # type: ignore[operator, misc]
    builder = StateGraph(wide).add_edge(START, "count")
    builder.add_node("count", lambda state: {"n": state["n"] + 1, KEYS[state["n"] % 100]: state["n"]})
    builder.add_conditional_edges("count", lambda state: "count" if state["n"] < 150 else "__end__")
    graph = builder.compile(checkpointer=saver)
    last = graph.invoke({"n": 0}, {**CONFIG, "recursion_limit": 200})
    history = [state.values for state in graph.get_state_history(CONFIG)]
    assert history[0] == last and [values["n"] for values in history[:-1]] == list(range(150, -1, -1))
    for values, older in pairwise(history[:-1]):
        changed = {key for key in values if values.get(key) != older.get(key)}
        assert changed - {KEYS[older["n"] % 100]} == {"n"}
    saver.copy_thread("1", "2")
    saver.prune(["1"])
    assert [state.values for state in graph.get_state_history(CONFIG)] == [last]
    assert [state.values for state in graph.get_state_history({"configurable": {"thread_id": "2"}})] == history


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("base", [InMemorySaver, SqliteSaver])
@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
def test_a_subclass_with_its_own_put_is_asked(
    how: str, base: Any, durability: Any, tmp_path: Path, stack: ExitStack
) -> None:
    """As with savers of LangGraph, that are made to log or to check what is stored."""
    steps: list[int] = []
    where = () if base is InMemorySaver else (tmp_path / "threads.db",)

    class Logged(base):  # type: ignore[misc]
        def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
            steps.append(metadata["step"])
            return super().put(config, checkpoint, metadata, new_versions)

    class Awaited(base):  # type: ignore[misc]
        async def aput(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
            steps.append(metadata["step"])
            return await super().aput(config, checkpoint, metadata, new_versions)

    saver = stack.enter_context((Logged if how == "invoke" else Awaited)(*where))
    builder = StateGraph(State).add_node("one", lambda state: {"a": state["a"] + 1}).add_edge(START, "one")
    graph = builder.compile(checkpointer=saver)
    if how == "invoke":
        graph.invoke({"a": 1}, CONFIG, durability=durability)
    else:
        now = "sync" if base is SqliteSaver else durability  # what is stored behind a run's back is not awaited
        asyncio.run(graph.ainvoke({"a": 1}, CONFIG, durability=now))
    assert steps[-1] == 1
    assert graph.get_state(CONFIG).values == {"a": 2}


def add_but_two(left: int, right: int) -> int:
    if right == 2:
        raise ValueError("two is too much")
    return left + right


class Sum(TypedDict):
    last: int
    total: Annotated[int, add_but_two]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_of_a_step_that_its_reducer_refuses_nothing_is_in_the_checkpoint(
    kind: str, durability: Any, tmp_path: Path, stack: ExitStack
) -> None:
    saver: Any = stack.enter_context(InMemorySaver() if kind == "memory" else SqliteSaver(tmp_path / "threads.db"))
    names = ("zero", "one", "two")
    steps: list[Any] = [(name, lambda state, n=n: {"last": n, "total": n}) for n, name in enumerate(names)]
    graph = StateGraph(Sum).add_sequence(steps).add_edge(START, "zero").compile(checkpointer=saver)
    with pytest.raises(ValueError, match="too much"):
        graph.invoke({"last": -1, "total": 0}, CONFIG, durability=durability)
    (latest, *_) = saver.list(CONFIG)
    assert (latest.checkpoint["channel_values"]["last"], latest.checkpoint["channel_values"]["total"]) == (1, 1)
    assert latest.metadata["step"] == 2
    seen, versions = latest.checkpoint["versions_seen"], latest.checkpoint["channel_versions"]
    assert "two" not in seen
    assert versions["last"] == versions["total"] == max(versions.values())
