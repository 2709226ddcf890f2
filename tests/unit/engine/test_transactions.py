"""``transaction=``: an effect in the checkpointer's database is committed with its task's result, or not at all."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.errors import NodeError
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import Command, RetryPolicy, Send, interrupt
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import Seen, says

INPUT: dict[str, Any] = {"seen": []}
ROOT = Path(__file__).parents[3]


def pays(connection: sqlite3.Connection, update: Any) -> None:
    connection.execute("INSERT INTO paid VALUES (?)", (update["seen"][0],))


def paid(saver: Any) -> list[str]:
    return [row[0] for row in saver.conn.execute("SELECT what FROM paid ORDER BY rowid")]


@pytest.fixture(params=["sync", "async"])
def durability(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ledger(mode: str, loop: asyncio.Runner, tmp_path: Path) -> Iterator[Way]:
    """Every way of running a graph with a database, which has a table of payments."""
    with SqliteSaver(tmp_path / "threads.db") as saver:
        saver.conn.execute("CREATE TABLE paid (what TEXT UNIQUE)")
        yield Way(mode, saver, loop)


def building(*names: str, hook: Any = pays, **codes: Any) -> StateGraph[Any, Any, Any, Any]:
    """Nodes side by side, each with the hook."""
    builder = StateGraph(Seen)
    for name in names:
        builder.add_node(name, codes.get(name, says(name)), transaction=hook).add_edge(START, name)
    return builder


def test_the_effect_is_there_with_the_result(ledger: Way, durability: str) -> None:
    builder = building("a", "b").add_node("c", says("c"), transaction=pays).add_edge(["a", "b"], "c")
    graph = builder.compile(ledger.saver)
    assert ledger.invoke(graph, INPUT, durability=durability) == {"seen": ["a", "b", "c"]}
    assert sorted(paid(ledger.saver)) == ["a", "b", "c"]
    assert [len(state.tasks) for state in ledger.history(graph)] == [0, 1, 2, 1]
    assert {t.name: t.result for s in ledger.history(graph) for t in s.tasks if t.name in "abc"} == {
        name: {"seen": [name]} for name in "abc"
    }


def test_an_effect_that_fails_is_the_node_s_failure_and_nothing_of_the_task_is_stored(
    ledger: Way, durability: str
) -> None:
    ledger.saver.conn.execute("INSERT INTO paid VALUES ('b')")
    graph = building("a", "b").compile(ledger.saver)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE") as caught:
        ledger.invoke(graph, INPUT, durability=durability)
    assert any("'b'" in note for note in caught.value.__notes__)
    state = ledger.get_state(graph)
    assert (state.next, [bool(t.error) for t in state.tasks if t.name == "b"]) == (("b",), [True])
    ledger.saver.conn.execute("DELETE FROM paid WHERE what = 'b'")
    assert ledger.invoke(graph, None, durability=durability) == {"seen": ["a", "b"]}
    assert sorted(paid(ledger.saver)) == ["a", "b"]


def test_retries_and_handlers_treat_it_as_any_failure(ledger: Way, durability: str) -> None:
    tried: list[int] = []

    def hook(connection: sqlite3.Connection, update: Any) -> None:
        tried.append(1)
        pays(connection, update)
        if len(tried) < 3:
            raise ConnectionError("busy")

    retry = RetryPolicy(initial_interval=0, jitter=False)
    builder = StateGraph(Seen).add_node("a", says("a"), transaction=hook, retry_policy=retry).add_edge(START, "a")

    def excuse(state: Any, error: NodeError) -> Any:
        return {"seen": [type(error.error).__name__]}

    builder.add_node("b", says("a"), transaction=pays, error_handler=excuse).add_edge("a", "b")
    graph = builder.compile(ledger.saver)
    assert ledger.invoke(graph, INPUT, durability=durability) == {"seen": ["a", "IntegrityError"]}
    assert (len(tried), paid(ledger.saver)) == (3, ["a"])


def test_a_question_has_no_effect_until_it_is_answered(ledger: Way, durability: str) -> None:
    graph = building("a", a=lambda state: {"seen": [interrupt("?")]}).compile(ledger.saver)
    ledger.invoke(graph, INPUT, durability=durability)
    assert paid(ledger.saver) == []
    ledger.invoke(graph, Command(resume="yes"), durability=durability)
    assert paid(ledger.saver) == ["yes"]


def test_each_send_and_graphs_inside(ledger: Way, durability: str) -> None:
    inner = building("x").compile()
    builder = building("worker", worker=lambda state: {"seen": [state["name"]]})
    builder.add_node("inner", inner).add_edge("worker", "inner")
    builder.add_conditional_edges(START, lambda state: [Send("worker", {"name": n}) for n in "pq"])
    builder.edges.pop((START, "worker"))
    assert ledger.invoke(builder.compile(ledger.saver), INPUT, durability=durability)["seen"][:2] == ["p", "q"]
    assert sorted(paid(ledger.saver)) == ["p", "q", "x"]


def test_tasks_that_code_calls(ledger: Way, durability: str) -> None:
    ran: list[int] = []

    @task(transaction=lambda connection, result: connection.execute("INSERT INTO paid VALUES (?)", (result,)))
    def pay(what: str) -> str:
        ran.append(1)
        return what

    broken = [True]

    @entrypoint(checkpointer=ledger.saver)
    def flow(names: list[str]) -> list[str]:
        done = [future.result() for future in [pay(name) for name in names]]
        if broken:
            raise ValueError(broken.pop())
        return done

    with pytest.raises(ValueError, match="True"):
        ledger.invoke(flow, ["a", "b"], durability=durability)
    assert sorted(paid(ledger.saver)) == ["a", "b"]
    if ledger.mode != "step":
        assert ledger.invoke(flow, None, durability=durability) == ["a", "b"]
        assert len(ran) == 2


def test_many_threads_at_once_one_failing_effect_fails_its_own_run_only(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        saver.conn.execute("CREATE TABLE paid (what TEXT UNIQUE)")
        saver.conn.execute("INSERT INTO paid VALUES ('7')")

        async def node(state: Any) -> Any:
            return state

        graph = StateGraph(Seen).add_node("a", node, transaction=pays).add_edge(START, "a").compile(saver)

        async def program() -> list[Any]:
            runs = (graph.ainvoke({"seen": [str(i)]}, thread(str(i))) for i in range(20))
            return await asyncio.gather(*runs, return_exceptions=True)

        ends = asyncio.run(program())
        assert [i for i, end in enumerate(ends) if isinstance(end, sqlite3.IntegrityError)] == [7]
        assert sorted(map(int, paid(saver))) == list(range(20))
        assert [graph.get_status(thread(str(i))) for i in (6, 7)] == ["finished", "failed"]


def test_a_hook_cannot_end_the_transaction(ledger: Way, durability: str) -> None:
    def commits(connection: sqlite3.Connection, update: Any) -> None:
        pays(connection, update)
        connection.execute("COMMIT")

    graph = building("a", hook=commits).compile(ledger.saver)
    with pytest.raises(sqlite3.DatabaseError, match="not authorized") as caught:
        ledger.invoke(graph, INPUT, durability=durability)
    assert any("cannot end it" in note for note in caught.value.__notes__)
    assert (paid(ledger.saver), ledger.get_state(graph).next) == ([], ("a",))


@pytest.mark.parametrize("saver", [None, InMemorySaver()], ids=["none", "memory"])
def test_without_a_database_it_is_refused_before_anything_runs(saver: Any) -> None:
    graph = building("a").compile(saver)
    with pytest.raises(ValueError, match=r"'a' has a transaction=, and .*SqliteSaver"):
        graph.invoke(INPUT, thread())

    @task(transaction=pays)
    def pay() -> None: ...

    @entrypoint(checkpointer=saver)
    def flow(value: int) -> None:
        pay().result()

    with pytest.raises(ValueError, match=r"'pay' has a transaction="):
        flow.invoke(1, thread())


def test_under_exit_it_is_refused(ledger: Way) -> None:
    with pytest.raises(ValueError, match='durability="exit"'):
        ledger.invoke(building("a").compile(ledger.saver), INPUT, durability="exit")


def test_a_hook_that_would_have_to_be_awaited_is_refused() -> None:
    async def hook(connection: Any, update: Any) -> None: ...

    with pytest.raises(TypeError, match="transaction= cannot be"):
        StateGraph(Seen).add_node("a", says("a"), transaction=hook)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="transaction= cannot be"):
        task(transaction=hook)  # type: ignore[arg-type]


PAYING = """
import os, signal, sys
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import Seen, says
from tests.unit.engine.test_transactions import pays

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
    saver.conn.execute("CREATE TABLE IF NOT EXISTS paid (what TEXT)")
    graph = StateGraph(Seen)
    for name in "ab":
        graph.add_node(name, says(name), transaction=pays)
    graph = graph.add_edge(START, "a").add_edge("a", "b").compile(saver)
    state = graph.get_state(thread())
    if state.next or not state.values:
        graph.invoke(None if state.next else {"seen": []}, thread(), durability=durability)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_at_any_commit_each_effect_is_there_once(tmp_path: Path, durability: str) -> None:
    for number in range(1, 20):
        for when in (f"before {number}", f"after {number}"):
            path = tmp_path / f"{when}.db"
            for doom in (when, "never"):
                command = [sys.executable, "-c", PAYING, str(path), doom, durability]
                ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
                assert ran.returncode in (0, -signal.SIGKILL), ran.stderr
                if ran.returncode == 0:
                    break
            with SqliteSaver(path) as saver:
                assert paid(saver) == ["a", "b"]
                builder = building("a").add_node("b", says("b"), transaction=pays).add_edge("a", "b")
                graph = builder.compile(saver)
                state = graph.get_state(thread())
                assert (state.values, state.next) == ({"seen": ["a", "b"]}, ())
                assert graph.invoke(INPUT, thread()) == {"seen": ["a", "b", "a", "b"]}
            if doom == when:
                assert number > 2
                return
    raise AssertionError("the run never came to its end")


