"""``runtime.idempotency_key``: the same whenever a task runs, another one for each other task."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.runtime import Runtime, get_runtime
from langgraph_nb.types import Command, RetryPolicy, Send, interrupt
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import Seen

INPUT: dict[str, Any] = {"seen": []}
ROOT = Path(__file__).parents[3]


class Keys:
    """Code that notes its key each time it runs."""

    def __init__(self) -> None:
        self.noted: dict[str, list[str]] = {}

    def note(self, name: str) -> None:
        self.noted.setdefault(name, []).append(get_runtime().idempotency_key)

    def node(self, name: str, then: Any = None) -> Any:
        def run(state: Any, runtime: Runtime[Any]) -> Any:
            self.noted.setdefault(name, []).append(runtime.idempotency_key)
            return {"seen": [then() if then else name]}

        return run

    def distinct(self) -> list[str]:
        for keys in self.noted.values():
            assert len(set(keys)) == 1
        found = [keys[0] for keys in self.noted.values()]
        assert len(set(found)) == len(found)
        return found


def failing(times: int) -> Any:
    left = [ValueError("no")] * times

    def then() -> str:
        if left:
            raise left.pop()
        return "done"

    return then


def test_attempts_of_a_task_share_their_key_and_nodes_do_not(any_way: Way) -> None:
    keys = Keys()
    retry = RetryPolicy(max_attempts=3, initial_interval=0, jitter=False, retry_on=ValueError)
    builder = StateGraph(Seen).add_node("a", keys.node("a", failing(2)), retry_policy=retry).add_edge(START, "a")
    builder.add_node("b", keys.node("b")).add_edge("a", "b")
    any_way.invoke(builder.compile(any_way.saver), INPUT)
    keys.distinct()
    assert [len(noted) for noted in keys.noted.values()] == [3, 1]


def test_after_a_failure_and_an_answer_the_key_is_the_same_and_a_new_run_has_new_ones(way: Way) -> None:
    keys = Keys()
    builder = StateGraph(Seen).add_node("a", keys.node("a", failing(1))).add_edge(START, "a")
    builder.add_node("b", keys.node("b", lambda: interrupt("?"))).add_edge("a", "b")
    graph = builder.compile(way.saver)
    with pytest.raises(ValueError, match="no"):
        way.invoke(graph, INPUT)
    way.invoke(graph, None)
    way.invoke(graph, Command(resume="yes"))
    first, noted = set(keys.distinct()), keys.noted
    assert [len(some) for some in noted.values()] == [2, 2]
    keys.noted = {}
    way.invoke(graph, INPUT)
    assert first.isdisjoint(keys.distinct())


@pytest.mark.parametrize("checkpointer", [None, False, True], ids=["kept", "not kept", "remembering"])
def test_sends_and_graphs_inside_of_a_task_that_runs_again(way: Way, checkpointer: Any) -> None:
    keys = Keys()
    inner = StateGraph(Seen).add_node("x", keys.node("x")).add_node("y", keys.node("y", failing(1)))
    inner.add_edge(START, "x").add_edge("x", "y")
    graph_inside = inner.compile(checkpointer=checkpointer)

    def twice(state: Any) -> Any:
        keys.note("around")
        graph_inside.invoke(INPUT)
        return {"seen": []}

    builder = StateGraph(Seen).add_node("twice", twice)
    builder.add_node("worker", lambda state: keys.note(state["name"]))
    builder.add_conditional_edges(START, lambda state: [Send("worker", {"name": n}) for n in "pq"], ["worker"])
    builder.add_edge("worker", "twice")
    graph = builder.compile(way.saver)
    with pytest.raises(ValueError, match="no"):
        way.invoke(graph, INPUT)
    way.invoke(graph, None)
    keys.distinct()
    assert {name: len(noted) for name, noted in keys.noted.items()} == {
        "p": 1, "q": 1, "around": 2, "x": 2 if checkpointer is False else 1, "y": 2,
    }  # fmt: skip


def test_tasks_that_code_calls(way: Way) -> None:
    keys = Keys()
    broken = failing(1)

    @task
    def step(name: str) -> None:
        keys.note(name)
        if name == "b":
            broken()

    @entrypoint(checkpointer=way.saver)
    def flow(value: int) -> int:
        for future in [step("a"), step("b")]:
            future.result()
        return value

    with pytest.raises(ValueError, match="no"):
        way.invoke(flow, 1)
    if way.mode == "step":
        flow.invoke(None, thread())
    else:
        way.invoke(flow, None)
    keys.distinct()
    assert len(keys.noted["b"]) == 2


def test_another_thread_has_other_keys_also_a_copy(way: Way) -> None:
    keys = Keys()
    graph = StateGraph(Seen).add_node("a", keys.node("a")).add_edge(START, "a").compile(way.saver)
    way.invoke(graph, INPUT, interrupt_before=["a"])
    way.saver.copy_thread("1", "2")
    way.invoke(graph, None)
    way.invoke(graph, None, thread("2"))
    assert len(set(keys.noted["a"])) == 2


def test_outside_of_a_run_there_is_none() -> None:
    with pytest.raises(RuntimeError, match="idempotency_key"):
        Runtime().idempotency_key  # noqa: B018


DYING = """
import os, sys
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.runtime import Runtime
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import Seen, says

path, durability, dies = sys.argv[1:]

def pay(state, runtime: Runtime):
    print(runtime.idempotency_key, flush=True)
    if dies == "dies":
        os._exit(7)

with SqliteSaver(path) as saver:
    graph = StateGraph(Seen).add_node("a", says("a")).add_node("pay", pay).add_edge(START, "a").add_edge("a", "pay")
    graph = graph.compile(saver)
    graph.invoke(None if graph.get_state(thread()).next else {"seen": []}, thread(), durability=durability)
"""


@pytest.mark.parametrize("durability", ["sync", "async"])
def test_a_process_that_died_after_it_was_told_the_key_is_followed_by_one_that_has_it_too(
    tmp_path: Path, durability: str
) -> None:
    said = []
    for dies in ("dies", "dies", "lives"):
        command = [sys.executable, "-c", DYING, str(tmp_path / "threads.db"), durability, dies]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert ran.returncode == (7 if dies == "dies" else 0), ran.stderr
        said.append(ran.stdout.split())
    assert len(said[0]) == 1
    assert said[0] == said[1] == said[2]
    with SqliteSaver(tmp_path / "threads.db") as saver:
        assert len(list(saver.list(thread()))) == 4
