"""``get_status`` says how a thread stands, and ``get_state().next`` what would run, whatever has happened."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.base import BaseCheckpointSaver
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.persistence import PutWrites
from langgraph_nb.types import Command, interrupt
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import Seen, chain, fan

INPUT: dict[str, Any] = {"seen": []}
ROOT = Path(__file__).parents[3]


def status(way: Way, graph: Any, name: str = "1") -> Any:
    config = thread(name)
    return way._loop.run(graph.aget_status(config)) if way.mode == "async" else graph.get_status(config)


def test_a_thread_nobody_knows_has_none(way: Way) -> None:
    assert status(way, chain("a").compile(way.saver)) is None


def test_running_finished_and_interrupted(way: Way) -> None:
    seen: list[Any] = []

    def looks(state: Any) -> Any:
        seen.append(graph.get_status(thread()))
        return {"seen": ["a"]}

    graph = chain("a", "asks", a=looks, asks=lambda state: {"seen": [interrupt("?")]}).compile(way.saver)
    way.invoke(graph, INPUT)
    assert (seen, status(way, graph)) == (["running"], "interrupted")
    way.invoke(graph, Command(resume="yes"))
    assert status(way, graph) == "finished"
    way.update_state(graph, {"seen": ["x"]}, as_node="a")
    assert status(way, graph) == "interrupted"


def test_failed_until_it_is_mended(way: Way) -> None:
    broken = [True]

    def fails(state: Any) -> Any:
        if broken:
            raise ValueError("no")

    graph = chain("a", "b", b=fails).compile(way.saver)
    with pytest.raises(ValueError, match="no"):
        way.invoke(graph, INPUT)
    assert status(way, graph) == "failed"
    way.update_state(graph, {"seen": ["x"]}, as_node="a")
    assert status(way, graph) == "interrupted"
    broken.clear()
    way.invoke(graph, None)
    assert status(way, graph) == "finished"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_stopped_from_outside_is_interrupted(way: Way, stop: type[BaseException]) -> None:
    def stops(state: Any) -> Any:
        raise stop

    graph = chain("a", "b", b=stops).compile(way.saver)
    with pytest.raises(stop):
        way.invoke(graph, INPUT)
    assert status(way, graph) == "interrupted"


def test_a_breakpoint_and_a_run_out_of_steps(way: Way) -> None:
    graph = chain("a", "b").compile(way.saver)
    way.invoke(graph, INPUT, interrupt_before=["b"])
    assert status(way, graph) == "interrupted"
    with pytest.raises(RecursionError):
        way.invoke(graph, INPUT, {**thread("2"), "recursion_limit": 1})
    assert status(way, graph, "2") == "failed"


def test_a_saver_without_claims_tells_what_is_stored(way: Way) -> None:
    class Foreign(BaseCheckpointSaver[int]):
        def __init__(self) -> None:
            super().__init__()
            self.kept = InMemorySaver()

        def get_tuple(self, config: Any) -> Any:
            return self.kept.get_tuple(config)

        def put(self, *args: Any) -> Any:
            return self.kept.put(*args)

        def put_writes(self, *args: Any) -> None:
            self.kept.put_writes(*args)

    def fails(state: Any) -> Any:
        raise ValueError("no")

    graph = chain("a", "b", b=fails).compile(Foreign())
    assert graph.get_status(thread()) is None
    graph.invoke(INPUT, thread(), interrupt_after=["a"])
    assert graph.get_status(thread()) == "interrupted"
    with pytest.raises(ValueError, match="no"):
        graph.invoke(None, thread())
    assert graph.get_status(thread()) == "failed"


DYING = """
import os, signal, sys
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import interrupt
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import Seen, chain, says

path, when, durability = sys.argv[1:]
commits = 0

class Dies(SqliteSaver):
    def commit(self, ready):
        global commits
        commits += 1
        if when == f"before {commits}":
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit(ready)
        if when == f"after {commits}":
            os.kill(os.getpid(), signal.SIGKILL)

with Dies(path) as saver:
    inner = chain("x", "y").compile()
    graph = StateGraph(Seen).add_node("a", says("a")).add_node("inner", inner).add_edge(START, "a")
    graph.add_edge("a", "inner").compile(saver).invoke({"seen": []}, thread(), durability=durability)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_killed_at_any_commit_a_thread_has_crashed_and_next_is_what_runs(tmp_path: Path, durability: str) -> None:
    ran_now: list[str] = []

    def notes(name: str) -> Any:
        def node(state: Any) -> Any:
            ran_now.append(name)
            return {"seen": [name]}

        return node

    for number in range(1, 20):
        for when in (f"before {number}", f"after {number}"):
            path = tmp_path / f"{when}.db"
            command = [sys.executable, "-c", DYING, str(path), when, durability]
            ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
            with SqliteSaver(path) as saver:
                inner = chain("x", "y", x=notes("x"), y=notes("y")).compile()
                builder = StateGraph(Seen).add_node("a", notes("a")).add_node("inner", inner)
                graph = builder.add_edge(START, "a").add_edge("a", "inner").compile(saver)
                state = graph.get_state(thread(), subgraphs=True)
                found = graph.get_status(thread())
                if ran.returncode == 0:
                    assert (number > 1, found, state.next) == (True, "finished", ())
                    return
                assert ran.returncode == -signal.SIGKILL, ran.stderr
                if not state.next:
                    assert found == ("finished" if state.created_at else "crashed")
                    continue
                assert found == "crashed"
                inside = state.tasks[0].state
                begun = inside is not None and inside.created_at is not None
                says_next = inside.next if begun else ("x",) if state.next == ("inner",) else state.next
                ran_now.clear()
                graph.invoke(None, thread())
                assert tuple(ran_now[:1]) == says_next
                assert graph.get_status(thread()) == "finished"
    raise AssertionError("the run never came to its end")


def test_when_all_tasks_of_a_step_have_finished_next_is_what_comes_after(saver: Any) -> None:
    graph = fan("a", "b", join="c").compile(saver)
    graph.invoke(INPUT, thread(), interrupt_before=["a", "b"])
    state = graph.get_state(thread())
    for task in state.tasks:  # as a process leaves them that dies before it has applied them
        writes = tuple(graph.plan.nodes[task.name].write({"seen": [task.name]}))
        saver.apply([PutWrites(state.config, writes, task.id, f"__pregel_pull, {task.name}")])
    state = graph.get_state(thread())
    assert (state.next, state.values) == (("c",), {"seen": ["a", "b"]})
    assert graph.get_status(thread()) == "interrupted"
    assert graph.invoke(None, thread()) == {"seen": ["a", "b", "c"]}
    assert graph.get_state(thread()).next == ()
