"""Threads that go on in a graph that was changed: what goes on, what is refused, and what migrations make of it."""

from __future__ import annotations

import asyncio
import operator
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver as TheirSqliteSaver

from langgraph_nb.channels import DeltaChannel, LastValue, Topic
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.errors import GraphChanged, InvalidUpdateError, NodeError
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.migration import Migration
from langgraph_nb.pregel import NodeBuilder, Pregel
from langgraph_nb.types import Command, Send, interrupt
from tests.unit.engine.conftest import Way, thread

WAYS = ("sync memory", "async memory", "step sqlite", "async sqlite", "sync theirs")
SEEN = Annotated[list, operator.add]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, loop: asyncio.Runner, tmp_path: Path) -> Iterator[Way]:
    """Ways of running graphs, also with a saver that was written for LangGraph."""
    mode, saver = request.param.split()
    if saver == "memory":
        yield Way(mode, InMemorySaver(), loop)
        return
    kind = SqliteSaver if saver == "sqlite" else TheirSqliteSaver
    with kind.from_conn_string(str(tmp_path / "threads.db")) as made:
        yield Way(mode, made, loop)


def schema(**keys: Any) -> Any:
    return TypedDict("State", keys, total=False)  # type: ignore[operator]


def graph(way: Way, nodes: dict[str, Any], edges: dict[str, Any], *migrations: Migration, **keys: Any) -> Any:
    """A graph of these nodes; ``edges`` say what leads to a node: another one, or a list of them to be joined."""
    builder = StateGraph(schema(**(keys or {"seen": SEEN})))
    for name, node in nodes.items():
        builder.add_node(name, node)
    for end, start in edges.items():
        for source in start.split() if isinstance(start, str) else [start]:
            builder.add_edge(START if source == "START" else source, end)
    return builder.compile(checkpointer=way.saver, migrations=migrations)


def adds(name: str, runs: list[str] | None = None) -> Any:
    def node(state: Any) -> Any:
        if runs is not None:
            runs.append(name)
        return {"seen": [name]}

    return node


def asks(state: Any) -> Any:
    return {"seen": [interrupt("what?")]}


# -- nodes -------------------------------------------------------------------------------------------------------------


def test_a_thread_that_waits_for_a_renamed_node_is_refused_and_says_how_to_mend_it(way: Way) -> None:
    way.invoke(graph(way, {"ask": asks}, {"ask": "START"}), {"seen": ["in"]})
    renamed = graph(way, {"ask_user": asks, "more": adds("more")}, {"ask_user": "START", "more": "ask_user"})
    for given in (None, Command(resume="x")):
        with pytest.raises(GraphChanged) as caught:
            way.invoke(renamed, given)
        error = caught.value
        assert isinstance(error, InvalidUpdateError)
        assert "Did you mean 'ask_user'?" in str(error)
        assert "Migration(nodes={'ask': 'ask_user'})" in str(error)
        assert error.renamed == {"ask": "ask_user"}
        assert error.difference.nodes_gone == ("ask",)
        assert "ask_user" in error.difference.nodes_added
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert way.get_state(renamed).next == ("ask",)


def test_a_question_of_a_renamed_node_is_answered_and_its_finished_sibling_does_not_run_again(way: Way) -> None:
    runs: list[str] = []
    both = {"ask": "START", "side": "START", "end": ["ask", "side"]}
    old = graph(way, {"ask": asks, "side": adds("side", runs), "end": adds("end")}, both)
    asked = way.invoke(old, {"seen": ["in"]})["__interrupt__"][0].id
    moved = Migration(nodes={"ask": "ask_user", "side": "beside", "end": "close"})
    new = graph(
        way, {"ask_user": asks, "beside": adds("side", runs), "close": adds("end")},
        {"ask_user": "START", "beside": "START", "close": ["ask_user", "beside"]}, moved,
    )  # fmt: skip
    state = way.get_state(new)
    assert state.next == ("ask_user",)
    assert [question.id for question in state.interrupts] == [asked]
    assert way.invoke(new, Command(resume={asked: "answer"})) == {"seen": ["in", "answer", "side", "end"]}
    assert runs == ["side"]
    assert way.get_state(new).next == ()
    assert way.invoke(new, {"seen": ["again"]})["seen"][-2:] == ["again", "side"]
    assert [task.name for task in way.history(new)[-1].tasks] == ["__start__"]
    assert [task.name for task in way.history(new)[-2].tasks] == ["ask_user", "beside"]


def test_a_join_that_some_have_reached_is_found_under_its_new_name(way: Way) -> None:
    edges = {"a": "START", "slow": "START", "b": "slow", "end": ["a", "b"]}
    nodes = {"a": adds("a"), "slow": adds("slow"), "b": adds("b"), "end": adds("end")}
    way.invoke(graph(way, nodes, edges), {"seen": []}, interrupt_before=["b"])
    nodes["first"] = nodes.pop("a")
    edges = {"first": "START", "slow": "START", "b": "slow", "end": ["first", "b"]}
    assert way.invoke(graph(way, nodes, edges, Migration(nodes={"a": "first"})), None)["seen"][-1] == "end"


def test_a_join_that_all_have_reached_names_the_node_that_is_gone(way: Way) -> None:
    edges = {"a": "START", "b": "START", "end": ["a", "b"]}
    way.invoke(graph(way, dict.fromkeys("ab", adds("x")) | {"end": adds("end")}, edges), {}, interrupt_before=["end"])
    other = graph(way, dict.fromkeys("ab", adds("x")) | {"close": adds("end")}, {"a": "START", "b": "START"} | {
        "close": ["a", "b"]})  # fmt: skip
    with pytest.raises(GraphChanged, match="waits for the node 'end'"):
        way.invoke(other, None)


def test_sends_to_a_renamed_node_arrive(way: Way) -> None:
    def app(name: str, *migrations: Migration) -> Any:
        builder = StateGraph(schema(seen=SEEN)).add_node("a", adds("a"))
        builder.add_node(name, lambda state: {"seen": [interrupt("?") if state["x"] else "0"]}).add_edge(START, "a")
        builder.add_conditional_edges("a", lambda state: [Send(name, {"x": x}) for x in range(2)])
        return builder.compile(checkpointer=way.saver, migrations=migrations)

    way.invoke(app("work"), {"seen": []})
    assert way.get_state(app("labour")).next[-1] == "work"
    with pytest.raises(GraphChanged, match="'work'"):
        way.invoke(app("labour"), Command(resume="1"))
    moved = app("labour", Migration(nodes={"work": "labour"}))
    assert way.invoke(moved, Command(resume="1")) == {"seen": ["a", "0", "1"]}
    assert way.invoke(app("labour"), {"seen": ["anew"]})["seen"][3:5] == ["anew", "a"]


def test_new_input_does_not_need_the_node_that_the_thread_waited_for(way: Way) -> None:
    way.invoke(graph(way, {"ask": asks}, {"ask": "START"}), {"seen": []})
    assert way.invoke(graph(way, {"b": adds("b")}, {"b": "START"}), {"seen": ["new"]}) == {"seen": ["new", "b"]}


def test_a_node_that_was_removed_on_purpose_is_dropped(way: Way) -> None:
    way.invoke(graph(way, {"ask": asks, "b": adds("b")}, {"ask": "START", "b": "START"}), {"seen": []})
    left = graph(way, {"b": adds("b")}, {"b": "START"}, Migration(nodes={"ask": None}))
    assert way.get_state(left).next == ()
    assert way.invoke(left, None) == {"seen": ["b"]}


def test_a_graph_inside_of_a_renamed_node_goes_on(way: Way) -> None:
    runs: list[str] = []

    def app(name: str, *migrations: Migration) -> Any:
        inner = StateGraph(schema(seen=SEEN)).add_node("first", adds("first", runs)).add_node("ask", asks)
        inner = inner.add_edge(START, "first").add_edge("first", "ask").compile()
        return graph(way, {name: inner}, {name: "START"}, *migrations)

    way.invoke(app("inside"), {"seen": []})
    moved = app("within", Migration(nodes={"inside": "within"}))
    inside = way.get_state(moved).tasks[0].state
    assert way.get_state(moved, inside).next == ("ask",)
    assert way.invoke(moved, Command(resume="x")) == {"seen": ["first", "x"]}
    assert runs == ["first"]


def test_the_node_of_a_graph_inside_is_renamed(way: Way) -> None:
    def app(name: str, *migrations: Migration) -> Any:
        inner = StateGraph(schema(seen=SEEN)).add_node(name, asks).add_edge(START, name)
        return graph(way, {"inside": inner.compile(migrations=migrations)}, {"inside": "START"})

    way.invoke(app("ask"), {"seen": []})
    with pytest.raises(GraphChanged, match="waits for the node 'ask'"):
        way.invoke(app("question"), Command(resume="x"))
    moved = app("question", Migration(nodes={"ask": "question"}))
    assert way.invoke(moved, Command(resume="x")) == {"seen": ["x"]}


def test_tasks_that_a_renamed_node_has_called_do_not_run_again(way: Way) -> None:
    runs: list[int] = []

    @task
    def costly(x: int) -> int:
        runs.append(x)
        return x + 1

    async def calls(state: Any) -> Any:
        return {"seen": [await costly(1), interrupt("?")]}

    def calls_sync(state: Any) -> Any:
        return {"seen": [costly(1).result(), interrupt("?")]}

    node = calls if way.mode == "async" else calls_sync
    way.invoke(graph(way, {"a": node}, {"a": "START"}), {"seen": []})
    moved = graph(way, {"b": node}, {"b": "START"}, Migration(nodes={"a": "b"}))
    assert way.invoke(moved, Command(resume="x")) == {"seen": [2, "x"]}
    assert runs == [1]


def test_the_handler_of_a_renamed_node_goes_on(way: Way) -> None:
    runs: list[str] = []

    def bad(state: Any) -> Any:
        runs.append("bad")
        raise ValueError("bad")

    def app(name: str, *migrations: Migration) -> Any:
        def handle(state: Any, error: NodeError) -> Any:
            return {"seen": [interrupt("and now?"), str(error.error)]}

        builder = StateGraph(schema(seen=SEEN)).add_node(name, bad, error_handler=handle).add_edge(START, name)
        return builder.compile(checkpointer=way.saver, migrations=migrations)

    way.invoke(app("bad"), {"seen": []})
    assert way.invoke(app("worse", Migration(nodes={"bad": "worse"})), Command(resume="x")) == {"seen": ["x", "bad"]}
    assert runs == ["bad"]


def test_a_workflow_whose_function_was_renamed_knows_what_it_has_called(way: Way) -> None:
    runs: list[int] = []

    @task
    def costly(x: int) -> int:
        runs.append(x)
        return x + 1

    def made(name: str, *migrations: Migration) -> Any:
        async def flow(x: int) -> Any:
            return [await costly(x), interrupt("?")]

        def sync_flow(x: int) -> Any:
            return [costly(x).result(), interrupt("?")]

        code = flow if way.mode == "async" else sync_flow
        code.__name__ = name
        return entrypoint(checkpointer=way.saver, migrations=migrations)(code)

    def invoke(app: Any, given: Any) -> Any:
        return way.invoke(app, given) if way.mode == "async" else app.invoke(given, way.config)

    invoke(made("flow"), 1)
    assert invoke(made("work", Migration(nodes={"flow": "work"})), Command(resume="x")) == [2, "x"]
    assert runs == [1]


def test_a_channel_between_actors_is_renamed_and_makes_nobody_run_again(way: Way) -> None:
    runs: list[str] = []

    def app(middle: str, *migrations: Migration) -> Any:
        def first(given: str) -> str:
            runs.append("first")
            return given + "!"

        def second(given: str) -> str:
            runs.append("second")
            return given + "?"

        return Pregel(
            nodes={
                "first": NodeBuilder().subscribe_only("in").do(first).write_to(middle),
                "second": NodeBuilder().subscribe_only(middle).do(second).write_to("out"),
            },
            channels={"in": LastValue(str), middle: LastValue(str), "out": LastValue(str)},
            input_channels="in", output_channels=["out"], checkpointer=way.saver, migrations=migrations,
        )  # fmt: skip

    way.invoke(app("mid"), "a", interrupt_before=["second"])
    moved = app("middle", Migration(keys={"mid": "middle"}))
    assert way.invoke(moved, None) == {"out": "a!?"}
    assert way.invoke(moved, None) in (None, {"out": "a!?"})
    assert runs == ["first", "second"]


# -- keys --------------------------------------------------------------------------------------------------------------


def one(way: Way, *migrations: Migration, node: Any = None, **keys: Any) -> Any:
    return graph(way, {"a": node or (lambda state: {})}, {"a": "START"}, *migrations, **keys)


def test_a_renamed_key_is_refused_before_anything_changes(way: Way) -> None:
    way.invoke(one(way, count=int, seen=SEEN), {"count": 1, "seen": []})
    renamed = one(way, total=int, seen=SEEN)
    steps = len(way.history(renamed))
    for change in (
        lambda: way.invoke(renamed, {"seen": ["x"]}),
        lambda: way.invoke(renamed, None),
        lambda: way.update_state(renamed, {"seen": ["x"]}),
    ):
        with pytest.raises(GraphChanged, match=r"keys=\{'count': 'total'\}\).*Migration\(keys=\{'count': None\}\)"):
            change()
    assert len(way.history(renamed)) == steps
    assert way.get_state(renamed).values == {"seen": []}


def test_a_renamed_key_keeps_its_value(way: Way) -> None:
    old = one(way, count=int, seen=SEEN, node=asks)
    way.invoke(old, {"count": 1, "seen": ["in"]})
    new = one(way, Migration(keys={"count": "total"}), total=int, seen=SEEN, node=asks)
    assert way.get_state(new).values == {"seen": ["in"], "total": 1}
    assert [state.values.get("total") for state in way.history(new)] == [1, None]
    assert way.invoke(new, Command(resume="x")) == {"seen": ["in", "x"], "total": 1}
    assert way.invoke(one(way, total=int, seen=SEEN), {"seen": ["later"]})["total"] == 1
    way.update_state(new, {"total": 5}, as_node="a")
    assert way.get_state(one(way, total=int, seen=SEEN)).values["total"] == 5


def test_what_a_finished_sibling_wrote_to_a_renamed_key_counts(way: Way) -> None:
    def app(key: str, *migrations: Migration) -> Any:
        nodes = {"ask": lambda state: {"n": interrupt("?")}, "side": lambda state: {key: ["side"]}}
        return graph(way, nodes, dict.fromkeys(nodes, "START"), *migrations, n=str, **{key: SEEN})

    way.invoke(app("said"), {"said": ["in"]})
    moved = app("told", Migration(keys={"said": "told"}))
    assert way.get_state(moved).values == {"told": ["in", "side"]}
    assert way.invoke(moved, Command(resume="x")) == {"n": "x", "told": ["in", "side"]}


def test_a_key_that_is_gone_without_another_that_it_may_be_now_is_no_matter(way: Way) -> None:
    way.invoke(one(way, n=int, seen=SEEN), {"n": 1, "seen": ["a"]})
    assert way.invoke(one(way, seen=SEEN), {"seen": ["b"]}) == {"seen": ["a", "b"]}
    assert way.invoke(one(way, n=int, seen=SEEN), {"seen": ["c"]}) == {"n": 1, "seen": ["a", "b", "c"]}
    assert way.invoke(one(way, seen=SEEN, other=SEEN), {"seen": ["d"]})["seen"] == ["a", "b", "c", "d"]


def test_a_key_that_is_gone_since_long_is_not_taken_for_a_renamed_one(way: Way) -> None:
    way.invoke(one(way, n=int, seen=SEEN), {"n": 1, "seen": []})
    way.invoke(one(way, seen=SEEN), {"seen": ["a"]})
    assert way.invoke(one(way, seen=SEEN, other=int), {"other": 2}) == {"seen": ["a"], "other": 2}


def test_a_key_that_was_removed_on_purpose_is_dropped_with_its_value(way: Way) -> None:
    way.invoke(one(way, n=int, seen=SEEN), {"n": 1, "seen": ["a"]})
    way.invoke(one(way, Migration(keys={"n": None}), m=int, seen=SEEN), {"m": 2})
    assert way.get_state(one(way, n=int, m=int, seen=SEEN)).values == {"m": 2, "seen": ["a"]}


def test_a_kind_of_channel_that_cannot_read_what_is_stored_is_refused(way: Way) -> None:
    way.invoke(one(way, text=str), {"text": "abc"})
    topic = {"text": Annotated[list, Topic(str, accumulate=True)]}
    with pytest.raises(GraphChanged, match=r"then LastValue\[str\], now Topic"):
        way.invoke(one(way, **topic), {"text": "d"})
    moved = one(way, Migration(convert=lambda values: {"text": [values["text"]]}), **topic)
    assert way.get_state(moved).values == {"text": ["abc"]}
    assert way.invoke(moved, {"text": "d"}) == {"text": ["abc", "d"]}
    assert way.invoke(moved, {"text": "e"}) == {"text": ["abc", "d", "e"]}


def test_each_migration_is_applied_once(way: Way) -> None:
    double = Migration(convert=lambda values: {"n": values["n"] * 2})
    way.invoke(one(way, n=int), {"n": 1})
    assert way.invoke(one(way, double, n=int), None) == {"n": 2}
    assert way.get_state(one(way, double, n=int)).values == {"n": 2}
    way.update_state(one(way, double, n=int), {}, as_node="a")
    assert way.get_state(one(way, double, n=int)).values == {"n": 2}
    again = one(way, double, double, more=int, n=int)
    assert way.invoke(again, {"more": 1}) == {"n": 4, "more": 1}
    assert way.invoke(again, {"more": 2}) == {"n": 4, "more": 2}
    assert {state.values.get("n") for state in way.history(again)} == {4, None}


def test_migrations_follow_each_other(way: Way) -> None:
    way.invoke(graph(way, {"a": asks}, {"a": "START"}, n=int, seen=SEEN), {"n": 1, "seen": []})
    steps = (
        Migration(nodes={"a": "b"}, keys={"n": "m"}),
        Migration(keys={"m": "k", "seen": "told"}, convert=lambda values: {"sum": values["k"] + 1}),
        Migration(nodes={"b": "c"}, keys={"sum": "total"}),
    )
    node = lambda state: {"told": [interrupt("?")]}  # noqa: E731
    new = graph(way, {"c": node}, {"c": "START"}, *steps, k=int, total=int, told=SEEN)
    assert way.get_state(new).values == {"k": 1, "total": 2, "told": []}
    assert way.invoke(new, Command(resume="x")) == {"k": 1, "total": 2, "told": ["x"]}
    assert way.get_state(new).values == {"k": 1, "total": 2, "told": ["x"]}


def test_a_renamed_delta_channel_keeps_what_was_added(way: Way) -> None:
    def fold(value: list, updates: list) -> list:
        return [*value, *(item for update in updates for item in update)]

    def app(key: str, *migrations: Migration) -> Any:
        keys = {key: Annotated[list, DeltaChannel(fold)]}
        return graph(way, {"a": lambda state: {key: ["a"]}}, {"a": "START"}, *migrations, **keys)

    for _ in range(2):
        way.invoke(app("said"), {"said": ["in"]})
    moved = Migration(keys={"said": "told"})
    assert way.get_state(app("told", moved)).values == {"told": ["in", "a"] * 2}
    for times in (3, 4):
        assert way.invoke(app("told", moved), {"told": ["in"]}) == {"told": ["in", "a"] * times}
    assert way.get_state(app("told")).values == {"told": ["in", "a"] * 4}


def test_input_that_was_stored_and_not_read_yet_has_the_new_names(way: Way) -> None:
    way.update_state(one(way, n=int), {"n": 1}, as_node="__input__")
    assert way.invoke(one(way, Migration(keys={"n": "m"}), m=int), None) == {"m": 1}


# -- how it is said and kept -------------------------------------------------------------------------------------------


def test_migrations_lead_to_names_that_there_are(way: Way) -> None:
    with pytest.raises(ValueError, match=r"'b' to 'aa', which is no node of this graph. Did you mean 'a'\?"):
        one(way, Migration(nodes={"b": "aa"}))
    with pytest.raises(ValueError, match="no key of this graph"):
        one(way, Migration(keys={"n": "m"}), k=int)
    with pytest.raises(ValueError, match="one of several keys: 'n'"):
        Migration(keys={"a": "n", "b": "n"})
    with pytest.raises(TypeError, match="is a list of Migration"):
        one(way, {"n": "m"})  # type: ignore[arg-type]


def test_a_node_whose_graph_remembers_under_its_name_keeps_it(way: Way) -> None:
    inner = StateGraph(schema(seen=SEEN)).add_node("a", adds("a")).add_edge(START, "a").compile(checkpointer=True)
    with pytest.raises(ValueError, match="cannot be renamed to 'new'"):
        graph(way, {"new": inner}, {"new": "START"}, Migration(nodes={"old": "new"}))


def test_a_graph_without_a_saver_has_no_use_for_a_fingerprint() -> None:
    plain = StateGraph(schema(n=int)).add_node("a", lambda state: {}).add_edge(START, "a").compile()
    plain.invoke({"n": 1})
    assert plain.plan.known_shape is None


PROGRAM = """
import operator
from typing import Annotated, Any, Callable, Literal, Optional, TypedDict
from langgraph_nb.graph import START, StateGraph, add_messages
class Own: ...
class State(TypedDict):
    a: Annotated[list[Own], operator.add]
    b: Optional[dict[str, set[int]]]
    c: Literal["x", "y"]
    d: Callable[[int], Annotated[str, lambda x: x]]
    e: Annotated[list, add_messages]
    f: "Own"
builder = StateGraph(State)
for name in {"p", "q", "r"}:
    builder.add_node(name, lambda state: {})
print(builder.add_edge(START, "p").add_edge(["p", "q"], "r").compile().plan.shape.text)
"""


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    texts = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    (text,) = texts
    assert "0x" not in text


def test_a_shape_is_stored_once(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        way = Way("sync", saver, None)  # type: ignore[arg-type]
        first, second = one(way, n=int), one(way, n=int, m=int)
        for app in (first, second, first):
            way.invoke(app, {"n": 1})
        found = [tup.checkpoint["graph"] for tup in saver.list(thread())]
    with closing(sqlite3.connect(tmp_path / "threads.db")) as connection:
        rows = connection.execute("SELECT fingerprint, shape FROM nb_graphs").fetchall()
    assert dict(rows) == {app.plan.shape.fingerprint: app.plan.shape.text for app in (first, second)}
    assert found == [app.plan.shape.fingerprint for app in (first, second, first) for _ in range(3)]


def test_a_thread_that_another_engine_has_stored_is_read_by_the_names_in_it(tmp_path: Path) -> None:
    from langgraph.graph import START as THEIR_START
    from langgraph.graph import StateGraph as TheirStateGraph

    with TheirSqliteSaver.from_conn_string(str(tmp_path / "threads.db")) as saver:
        way = Way("sync", saver, None)  # type: ignore[arg-type]
        theirs = TheirStateGraph(schema(count=int)).add_node("a", lambda state: {}).add_edge(THEIR_START, "a")
        theirs.compile(checkpointer=saver, interrupt_before=["a"]).invoke({"count": 1}, thread())
        with pytest.raises(GraphChanged, match="'count'"):
            way.invoke(one(way, counter=int), None)
        with pytest.raises(GraphChanged, match="waits for the node 'a'"):
            way.invoke(graph(way, {"b": adds("b")}, {"b": "START"}, count=int), None)
        moves = Migration(nodes={"a": "b"}, keys={"count": "counter"})
        moved = graph(way, {"b": lambda state: {"counter": state["counter"] + 1}}, {"b": "START"}, moves, counter=int)
        assert way.invoke(moved, None) == {"counter": 2}
