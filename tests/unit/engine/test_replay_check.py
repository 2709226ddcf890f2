"""A stored history replayed against today's code: it is as recorded, or the first step that is not is named."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.sqlite import SqliteSaver as TheirSqliteSaver

from langgraph_nb.channels import DeltaChannel, Topic
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, MessagesState, StateGraph
from langgraph_nb.migration import Migration
from langgraph_nb.testing import Divergence, ReplayCheck
from langgraph_nb.types import Command, Send, interrupt
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import chain, fan, says


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    n: int


@pytest.fixture(params=("sync memory", "async memory", "async sqlite", "sync theirs"))
def way(request: pytest.FixtureRequest, loop: asyncio.Runner, tmp_path: Path) -> Iterator[Way]:
    mode, saver = request.param.split()
    if saver == "memory":
        yield Way(mode, InMemorySaver(), loop)
        return
    kind = SqliteSaver if saver == "sqlite" else TheirSqliteSaver
    with kind.from_conn_string(str(tmp_path / "threads.db")) as made:
        yield Way(mode, made, loop)


def check(way: Way, graph: Any, **options: Any) -> ReplayCheck:
    if way.mode == "async":
        return way._loop.run(graph.areplay_check(way.config, **options))
    return graph.replay_check(way.config, **options)


def diverges(way: Way, graph: Any, **options: Any) -> Divergence:
    found = check(way, graph, **options).divergence
    assert found is not None
    return found


def rich(way: Way) -> Any:
    """A graph with a router, sends, a join, a question, a command and a graph inside."""

    def ask(state: Any) -> Any:
        return {"seen": [interrupt("what?")]}

    def goes(state: Any) -> Command[Literal["last"]]:
        return Command(update={"n": 1}, goto="last")

    inner = StateGraph(State).add_node("deep", says("deep")).add_node("ask", ask)
    inner = inner.add_edge(START, "deep").add_edge("deep", "ask").compile()
    builder = StateGraph(State).add_node("route", says("route")).add_node("work", says("work"))
    builder.add_node("a", says("a")).add_node("inside", inner).add_node("end", says("end")).add_node("goes", goes)
    builder.add_node("last", says("last")).add_edge(START, "route").add_edge(["a", "inside"], "end")
    builder.add_conditional_edges("route", lambda state: [Send("work", {}), Send("work", {}), "a", "inside"])
    return builder.add_edge("end", "goes").compile(way.saver)


@pytest.mark.parametrize("run_nodes", [False, True])
def test_the_code_that_made_a_history_does_what_is_recorded(way: Way, run_nodes: bool) -> None:
    graph = rich(way)
    way.invoke(graph, {"seen": ["in"]})
    assert check(way, graph, run_nodes=run_nodes).ok
    way.invoke(graph, Command(resume="answer"))
    way.update_state(graph, {"seen": ["by hand"]}, as_node="last")
    way.invoke(graph, {"seen": ["again"]})
    found = check(way, graph, run_nodes=run_nodes)
    assert found.ok, found
    assert (found.steps, found.tasks, found.skipped) == (17, 16, 1)


def test_a_check_stores_nothing_and_calls_no_node(way: Way) -> None:
    runs: list[str] = []
    graph = chain("a", a=lambda state: runs.append("a") or {}).compile(way.saver)
    way.invoke(graph, {"seen": []})
    before = way.history(graph)
    assert check(way, graph).ok
    assert runs == ["a"]
    assert check(way, graph, run_nodes=True).ok
    assert runs == ["a", "a"]
    assert way.history(graph) == before


def test_an_edge_that_leads_elsewhere_is_named(way: Way) -> None:
    way.invoke(chain("a", "b").compile(way.saver), {"seen": []})
    found = diverges(way, chain("a", "c", "b").compile(way.saver))
    assert (found.kind, found.step, found.where, found.expected, found.actual) == ("tasks", 1, "a", ("b",), ("c",))
    assert str(found) == "Step 1: after 'a', recorded is ('b',), today's code gives ('c',)."
    assert way.get_state(chain("a", "b").compile(way.saver), found.config).next == ("a",)


def test_an_edge_that_is_gone_is_told_from_a_command(way: Way) -> None:
    way.invoke(chain("a", "b").compile(way.saver), {"seen": []})
    apart = StateGraph(State).add_node("a", says("a")).add_node("b", says("b")).add_edge(START, "a")
    found = diverges(way, apart.compile(way.saver))
    assert (found.kind, found.where, found.expected, found.actual) == ("tasks", "a", ("b",), ())


def test_a_router_that_decides_otherwise_is_named(way: Way) -> None:
    def app(chosen: str) -> Any:
        builder = StateGraph(State).add_node("a", says("a")).add_node("b", says("b")).add_node("c", says("c"))
        builder.add_edge(START, "a").add_conditional_edges("a", lambda state: chosen if state["seen"] else "b")
        return builder.compile(way.saver)

    way.invoke(app("b"), {"seen": []})
    for other, targets in (("c", ("c",)), ("__end__", ())):
        found = diverges(way, app(other))
        assert (found.step, found.where, found.expected, found.actual) == (1, "a", ("b",), targets)


def test_a_reducer_that_folds_otherwise_is_named_with_its_key(way: Way) -> None:
    def app(reducer: Any) -> Any:
        sums = TypedDict("Sums", {"n": Annotated[int, reducer]})  # noqa: UP013 - its annotation is of this call
        return StateGraph(sums).add_node("a", lambda state: {"n": 2}).add_edge(START, "a").compile(way.saver)

    way.invoke(app(operator.add), {"n": 3})
    found = diverges(way, app(operator.mul))
    assert (found.kind, found.where, found.expected, found.actual) == ("values", "n", 3, 0)
    way.config = thread("2")
    way.invoke(app(operator.add), {"n": 0})
    found = diverges(way, app(operator.truediv))
    assert found.kind == "values"
    assert isinstance(found.actual, ZeroDivisionError)


def test_what_a_node_writes_otherwise_is_seen_when_nodes_are_run(way: Way) -> None:
    way.invoke(chain("a", "b").compile(way.saver), {"seen": []})
    changed = chain("a", "b", b=says("B")).compile(way.saver)
    assert check(way, changed).ok
    found = diverges(way, changed, run_nodes=True)
    assert (found.kind, found.step, found.where) == ("writes", 2, "b")
    assert (found.expected, found.actual) == ([("seen", ["b"])], [("seen", ["B"])])


def test_a_node_that_fails_on_what_it_was_given_is_seen_when_nodes_are_run(way: Way) -> None:
    way.invoke(chain("a").compile(way.saver), {"seen": []})
    found = diverges(way, chain("a", a=lambda state: state["gone"]).compile(way.saver), run_nodes=True)
    assert (found.kind, found.where) == ("writes", "a")
    assert isinstance(found.actual, KeyError)


def test_a_graph_inside_diverges(way: Way) -> None:
    def app(*inside: str) -> Any:
        return chain("a", a=chain(*inside).compile()).compile(way.saver)

    way.invoke(app("x", "y"), {"seen": []})
    assert check(way, app("x", "y")).ok
    found = diverges(way, app("x", "z", "y"))
    assert (found.where, found.expected, found.actual) == ("x", ("y",), ("z",))
    assert found.config["configurable"]["checkpoint_ns"].startswith("a:")


def test_what_waits_for_a_node_that_is_gone_diverges_and_a_migration_mends_it(way: Way) -> None:
    way.invoke(fan("a", "b", join="end").compile(way.saver), {"seen": []}, interrupt_before=["end"])
    renamed = fan("a", "b", join="close")
    assert not check(way, renamed.compile(way.saver)).ok
    moved = renamed.compile(way.saver, migrations=[Migration(nodes={"end": "close"})])
    assert check(way, moved).ok
    way.invoke(moved, None)
    found = check(way, moved)
    assert (found.ok, found.steps) == (True, 4)


def test_a_question_that_waits_in_a_node_that_is_gone_diverges(way: Way) -> None:
    way.invoke(chain("a", a=lambda state: {"seen": [interrupt("?")]}).compile(way.saver), {"seen": []})
    found = diverges(way, StateGraph(State).add_node("b", says("b")).add_edge(START, "b").compile(way.saver))
    assert (found.kind, found.where) == ("tasks", "__start__")


def test_a_renamed_key_diverges_at_the_end(way: Way) -> None:
    def app(key: str, *migrations: Migration) -> Any:
        schema = TypedDict("Keys", {"seen": Annotated[list, operator.add], key: int}, total=False)
        builder = StateGraph(schema).add_node("a", says("a")).add_edge(START, "a")
        return builder.compile(way.saver, migrations=migrations)

    way.invoke(app("count"), {"seen": [], "count": 1})
    found = diverges(way, app("counter"))
    assert (found.kind, found.where, found.actual) == ("values", "count", "counter")
    assert check(way, app("counter", Migration(keys={"count": "counter"}))).ok


def test_a_value_that_its_channel_cannot_read_diverges(way: Way) -> None:
    def app(kind: Any) -> Any:
        schema = TypedDict("Kinds", {"n": kind})  # noqa: UP013 - its annotation is of this call
        return StateGraph(schema).add_node("a", lambda state: {}).add_edge(START, "a").compile(way.saver)

    way.update_state(app(int), {"n": 1}, as_node=START)
    way.invoke(app(int), None)
    found = diverges(way, app(Annotated[list, Topic(int)]))
    assert (found.kind, type(found.actual)) == ("values", TypeError)


def test_delta_channels_and_messages_are_replayed(way: Way) -> None:
    class Talk(MessagesState):
        log: Annotated[list, DeltaChannel(lambda value, updates: [*value, *(x for u in updates for x in u)])]

    def talk(state: Any) -> Any:
        return {"messages": [AIMessage("hello")], "log": ["said"]}

    graph = StateGraph(Talk).add_node("talk", talk).add_edge(START, "talk").compile(way.saver)
    for _ in range(2):
        way.invoke(graph, {"messages": [("user", "hi")], "log": ["in"]})
    assert check(way, graph).ok


def test_a_workflow_is_replayed_with_the_tasks_that_it_called(way: Way) -> None:
    runs: list[int] = []

    @task
    def add(x: int) -> int:
        runs.append(x)
        return x + 1

    async def flow(x: int) -> list[Any]:
        return [await add(x), interrupt("?")]

    def sync_flow(x: int) -> list[Any]:
        return [add(x).result(), interrupt("?")]

    graph = entrypoint(checkpointer=way.saver)(flow if way.mode == "async" else sync_flow)
    for given in (1, Command(resume="x")):
        if way.mode == "async":
            way.invoke(graph, given)
        else:
            graph.invoke(given, way.config)
    assert check(way, graph, run_nodes=True).ok
    assert runs == [1]


def test_steps_that_were_not_stored_are_skipped(way: Way) -> None:
    graph = chain("a", "b").compile(way.saver)
    way.invoke(graph, {"seen": []}, durability="exit")
    found = check(way, graph)
    assert (found.ok, found.steps, found.skipped) == (True, 0, 1)


def test_a_thread_of_which_nothing_is_stored_is_not_taken_for_a_good_one(way: Way) -> None:
    with pytest.raises(ValueError, match="Nothing is stored of thread"):
        check(way, chain("a").compile(way.saver))
