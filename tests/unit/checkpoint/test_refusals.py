"""A value that cannot be stored is refused before the thread changes, and the error says who wrote it where."""

from __future__ import annotations

import asyncio
import operator
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.base import PutCheckpoint, aapply_ops, empty_checkpoint
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.serde import JsonPlusSerializer
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.refusals import UnstorableValue
from langgraph_nb.types import Command, Send, interrupt

CONFIG: Any = {"configurable": {"thread_id": "1"}}
NO_VALUE = open
"""A function: nothing that could be stored."""


def joined(old: list[Any], new: list[Any]) -> list[Any]:
    return [*old, *([NO_VALUE] if new == ["spoil"] else new)]


class State(TypedDict, total=False):
    found: Any
    rows: Annotated[list[Any], operator.add]
    made: Annotated[list[Any], joined]


@pytest.fixture(params=["memory", "sqlite"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield InMemorySaver()
        return
    with SqliteSaver(tmp_path / "threads.db") as opened:
        yield opened


GOOD_IS_STORED = threading.Event()


@pytest.fixture(params=["sync", "async"])
def called(request: pytest.FixtureRequest) -> Any:
    """Runs a graph, and returns its output."""

    def call(graph: Any, given: Any, durability: Any) -> Any:
        GOOD_IS_STORED.clear()
        options = {"durability": durability, "stream_mode": ["updates", "values"]}

        async def parts() -> Any:
            if request.param == "sync":
                for part in graph.stream(given, CONFIG, **options):
                    yield part
            else:
                async for part in graph.astream(given, CONFIG, **options):
                    yield part

        async def last() -> Any:
            async for mode, part in parts():
                if mode == "updates" and "good" in part:
                    GOOD_IS_STORED.set()
            return part

        return asyncio.run(last())

    return call


durabilities = pytest.mark.parametrize("durability", ["sync", "async", "exit"])


def bad(state: State) -> Any:
    """Ends after the node beside it."""
    assert state["found"] == "fine" or GOOD_IS_STORED.wait(60)
    match state.get("found"):
        case "plain":
            return {"found": {"deep": [1, NO_VALUE]}}
        case "made":
            return {"made": ["spoil"]}
        case "asked":
            interrupt({"show": NO_VALUE})
        case "sent":
            return Command(goto=[Send("end", {"x": NO_VALUE})])
    return {"rows": ["bad ran"]}


def built(saver: Any) -> Any:
    builder = StateGraph(State)
    builder.add_node("first", lambda state: {"rows": ["first"]})
    builder.add_node("bad", bad)
    builder.add_node("end", lambda state: {})
    builder.add_edge(START, "first").add_edge("first", "bad")
    builder.add_node("good", lambda state: {"rows": ["good"]}).add_edge("first", "good")
    return builder.compile(checkpointer=saver)


CASES = [
    ("plain", "The node 'bad' wrote to 'found' a value that cannot be stored: a builtins.builtin_function_or_method at "
     "['deep'][1]. "),
    ("made", "The node 'bad' wrote to 'made' a value that cannot be stored: a builtins.builtin_function_or_method"),
    ("asked", "The node 'bad' asked a question that cannot be stored: a builtins.builtin_function_or_method"),
    ("sent", "The node 'bad' sent a task a value that cannot be stored: a builtins.builtin_function_or_method"),
]  # fmt: skip


@durabilities
@pytest.mark.parametrize(("case", "message"), CASES, ids=[case for case, _ in CASES])
def test_the_error_names_node_and_channel_and_the_state_is_as_it_was(
    saver: Any, called: Any, durability: Any, case: str, message: str
) -> None:
    graph = built(saver)
    called(graph, {"found": "fine"}, durability)
    before = graph.get_state(CONFIG)
    if (durability, case) == ("exit", "sent"):  # what a task is sent is not stored when the run ends later
        return
    with pytest.raises(UnstorableValue, match=re.escape(message)):
        called(graph, {"found": case}, durability)
    after = graph.get_state(CONFIG)
    if durability == "exit" and case != "asked":
        assert after == before
    else:
        assert after.values["rows"] == [*before.values["rows"], "first", "good"]
        assert (after.values["found"], after.next) == (case, ("bad",))
    assert after.values.get("made") == before.values.get("made")
    graph.update_state(CONFIG, {"found": "fine"}, as_node="first")
    assert called(graph, None, durability)["found"] == "fine"


@durabilities
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("last", ["bad", "good"])
def test_who_wrote_it_is_named_and_nothing_of_others_is_lost_whichever_task_ends_last(
    saver: Any, durability: Any, way: str, last: str
) -> None:
    """What a task wrote may be stored before its superstep ends, and only what a reducer makes of it be refused."""
    other_is_stored = threading.Event()

    def in_turn(name: str, wrote: Any) -> Any:
        return lambda state: wrote if name != last or other_is_stored.wait(60) else None

    def run(given: Any) -> None:
        for _ in graph.stream(given, CONFIG, durability=durability, stream_mode="updates"):
            other_is_stored.set()

    async def arun(given: Any) -> None:
        async for _ in graph.astream(given, CONFIG, durability=durability, stream_mode="updates"):
            other_is_stored.set()

    builder = StateGraph(State)
    builder.add_node("bad", in_turn("bad", {"made": ["spoil"]}))
    builder.add_node("good", in_turn("good", {"rows": ["good"]}))
    builder.add_edge(START, "bad").add_edge(START, "good")
    graph = builder.compile(checkpointer=saver)
    given = {"found": "x"}
    for again in (given, given if durability == "exit" else None):
        with pytest.raises(UnstorableValue, match="The node 'bad' wrote to 'made' a value that cannot be stored"):
            run(again) if way == "sync" else asyncio.run(arun(again))
        if durability != "exit":
            assert graph.get_state(CONFIG).values["rows"] == ["good"]


@durabilities
def test_input_that_cannot_be_stored_begins_nothing(saver: Any, called: Any, durability: Any) -> None:
    graph = built(saver)
    with pytest.raises(UnstorableValue, match="The input holds a value that cannot be stored: a builtins"):
        called(graph, {"found": NO_VALUE}, durability)
    assert list(graph.get_state_history(CONFIG)) == []
    with pytest.raises(UnstorableValue, match="The input holds a value that cannot be stored"):
        called(graph, {"found": "fine", "made": ["spoil"]}, durability)
    assert list(graph.get_state_history(CONFIG)) == []
    assert called(graph, {"found": "fine"}, durability)["rows"]


def test_at_the_end_the_node_that_wrote_long_ago_is_named(saver: Any) -> None:
    def early(state: State) -> Any:
        return {"found": NO_VALUE}

    builder = StateGraph(State).add_node(early).add_node("late", lambda state: {"rows": ["late"]})
    graph = builder.add_edge(START, "early").add_edge("early", "late").compile(checkpointer=saver)
    with pytest.raises(UnstorableValue, match="The node 'early' wrote to 'found'"):
        graph.invoke({"rows": []}, CONFIG, durability="exit")
    assert list(graph.get_state_history(CONFIG)) == []


@durabilities
def test_an_answer_that_cannot_be_stored_leaves_the_question_open(saver: Any, called: Any, durability: Any) -> None:
    def ask(state: State) -> Any:
        return {"found": str(interrupt("?"))}

    graph = StateGraph(State).add_node(ask).add_edge(START, "ask").compile(checkpointer=saver)
    called(graph, {"rows": []}, durability)
    if durability != "exit":
        with pytest.raises(UnstorableValue, match="An answer cannot be stored"):
            called(graph, Command(resume=NO_VALUE), durability)
    assert graph.get_state(CONFIG).next == ("ask",)
    assert called(graph, Command(resume="yes"), durability)["found"] == "yes"


@durabilities
def test_a_called_task_is_named(saver: Any, called: Any, durability: Any) -> None:
    @task
    def fetch(kind: str) -> Any:
        return [NO_VALUE] if kind == "bad" else kind

    @entrypoint(checkpointer=saver)
    def flow(kind: str) -> Any:
        fetched = fetch(kind).result()
        return len(fetched)

    if durability == "exit":  # what a task returned is not stored when its workflow has finished
        assert called(flow, "bad", durability) == 1
        return
    with pytest.raises(UnstorableValue, match=r"The task 'fetch' returned a value that cannot be stored: .* at \[0\]"):
        called(flow, "bad", durability)
    assert called(flow, "fine", durability) == 4


def test_a_workflow_is_named(saver: Any) -> None:
    @entrypoint(checkpointer=saver)
    def flow(kind: str) -> Any:
        return NO_VALUE

    with pytest.raises(UnstorableValue, match="The node 'flow' returned a value that cannot be stored"):
        flow.invoke("x", CONFIG)


def test_updates_that_cannot_be_stored_change_nothing(saver: Any) -> None:
    graph = built(saver)
    graph.invoke({"found": "fine"}, CONFIG)
    before = list(graph.get_state_history(CONFIG))
    with pytest.raises(UnstorableValue, match="The node 'good' wrote to 'found'"):
        graph.update_state(CONFIG, {"found": NO_VALUE}, as_node="good")
    with pytest.raises(UnstorableValue, match="The node 'good' wrote to 'made'"):
        graph.update_state(CONFIG, {"made": ["spoil"]}, as_node="good")
    assert list(graph.get_state_history(CONFIG)) == before


def test_nodes_that_wrote_what_can_be_stored_do_not_run_again(saver: Any) -> None:
    ran: list[str] = []

    def node(name: str) -> Any:
        def run(state: State) -> Any:
            ran.append(name)
            return {"rows": [NO_VALUE if name in ("b", "c") and ran.count(name) == 1 else name]}

        return run

    builder = StateGraph(State)
    for name in "abcd":
        builder.add_node(name, node(name)).add_edge(START, name)
    graph = builder.compile(checkpointer=saver)
    with pytest.raises(UnstorableValue, match=r"The node '[bc]' wrote to 'rows'"):
        graph.invoke({"rows": []}, CONFIG)
    assert set(graph.get_state(CONFIG).next) == {"b", "c"}
    assert graph.invoke(None, CONFIG)["rows"] == ["a", "b", "c", "d"]
    assert sorted(ran) == ["a", "b", "b", "c", "c", "d"]


class Picky(JsonPlusSerializer):
    """A serializer of a program, with errors of its own."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        if obj == "boom":
            raise RuntimeError("not today")
        return super().dumps_typed(obj)


def test_errors_of_other_serializers_say_where_too() -> None:
    graph = built(InMemorySaver(serde=Picky()))
    builder = StateGraph(State).add_node("loud", lambda state: {"found": "boom"}).add_edge(START, "loud")
    graph = builder.compile(checkpointer=InMemorySaver(serde=Picky()))
    with pytest.raises(RuntimeError, match="not today") as caught:
        graph.invoke({"rows": []}, CONFIG)
    assert "The node 'loud' wrote to 'found' a value that cannot be stored." in caught.value.__notes__


class Broken(InMemorySaver):
    """A saver of a program that cannot store, for a reason of its own, and says why."""

    takes_steps = False

    def apply(self, ops: Any) -> None:
        try:
            raise OSError("the disk is gone")
        except OSError as error:
            raise RuntimeError("not stored") from error


def test_errors_of_storing_are_as_the_saver_raised_them() -> None:
    graph = built(Broken())
    with pytest.raises(RuntimeError, match="not stored") as caught:
        graph.invoke({"rows": []}, CONFIG)
    assert repr(caught.value.__cause__) == "OSError('the disk is gone')"
    assert "cannot be stored" not in "".join(getattr(caught.value, "__notes__", ()))


class Bare:
    """A saver of LangGraph's shape that has put and no apply; the serializer is its own affair."""

    def __init__(self) -> None:
        self.kept = InMemorySaver()

    def __getattr__(self, name: str) -> Any:
        if name in ("apply", "serde", "takes_steps", "origin", "blocking"):
            raise AttributeError(name)
        return getattr(self.kept, name)

    async def aput(self, *args: Any) -> Any:
        raise RuntimeError("not stored") from OSError("the disk is gone")


def test_errors_of_savers_without_a_serializer_are_as_they_raised_them() -> None:
    ops = [PutCheckpoint(CONFIG, empty_checkpoint(), {"step": -1}, {})]
    with pytest.raises(RuntimeError, match="not stored") as caught:
        asyncio.run(aapply_ops(Bare(), ops))
    assert repr(caught.value.__cause__) == "OSError('the disk is gone')"


def test_savers_of_langgraph_say_where_too() -> None:
    from langgraph.checkpoint.memory import InMemorySaver as Theirs

    builder = StateGraph(State).add_node("loud", lambda state: {"found": NO_VALUE}).add_edge(START, "loud")
    graph = builder.compile(checkpointer=Theirs())
    with pytest.raises(TypeError) as caught:
        graph.invoke({"rows": []}, CONFIG, durability="sync")
    assert "The node 'loud' wrote to 'found' a value that cannot be stored." in caught.value.__notes__


# -- what reducers make that cannot be stored, of writes that can -----------------------------------------------------


def locked(old: Any, new: Any) -> Any:
    return threading.Lock() if "bad" in new else [*old, *new]


class Summed(TypedDict, total=False):
    seen: Annotated[Any, locked]
    other: str


@pytest.mark.parametrize("durability", ["sync", "async"])
@pytest.mark.parametrize("follows", [True, False])
def test_a_step_whose_sum_cannot_be_stored_is_left_to_run_also_when_each_task_was_stored(
    saver: Any, durability: Any, follows: bool
) -> None:
    """The writer's result is stored before another task of the step ends, which then brings the step to its end."""

    def last(state: Summed) -> Any:
        assert GOOD_IS_STORED.wait(60)
        return {"other": "x"}

    def run(given: Any) -> None:
        for part in graph.stream(given, CONFIG, durability=durability, stream_mode="updates"):
            if "writes" in part:
                GOOD_IS_STORED.set()

    GOOD_IS_STORED.clear()
    builder = StateGraph(Summed).add_node("writes", lambda state: {"seen": ["bad"]}).add_node(last)
    builder.add_edge(START, "writes").add_edge(START, "last")
    if follows:
        builder.add_node("after", lambda state: {"other": "y"}).add_edge(["writes", "last"], "after")
    graph = builder.compile(saver)
    for given in ({"seen": ["x"]}, None):
        with pytest.raises(UnstorableValue, match="The node 'writes' wrote to 'seen'"):
            run(given)
        state = graph.get_state(CONFIG)
        assert (state.next, state.values) == (("writes",), {"seen": ["x"], "other": "x"})
        assert graph.get_status(CONFIG) == "failed"
    graph.update_state(CONFIG, {"seen": ["mended"]}, as_node="writes")
    assert graph.get_state(CONFIG).values == {"seen": ["x", "mended"], "other": "x"}
