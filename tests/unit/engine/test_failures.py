"""What goes wrong around nodes: savers that fail, reducers that raise, values that cannot be stored, odd results."""

from __future__ import annotations

import operator
import pickle
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.constants import START
from langgraph_nb.errors import GraphInterrupt, GraphRecursionError, InvalidUpdateError
from langgraph_nb.graph import END, StateGraph
from langgraph_nb.types import Command, Send, interrupt
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import Seen, chain, fan, says

INPUT: dict[str, Any] = {"seen": []}


class FailingSaver(InMemorySaver):
    """Refuses one of its transactions."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def commit(self, ready: Any) -> None:
        self.left -= 1
        if self.left == -1:
            raise OSError("disk full")
        super().commit(ready)


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("number", range(8))
def test_a_saver_that_fails_once_is_heard_and_leaves_a_thread_that_goes_on(
    mode: str, loop: Any, number: int, durability: Any
) -> None:
    saver = FailingSaver(number)
    way = Way(mode, saver, loop)
    builder = chain("a", "b").add_node("x", says("x")).add_node("y", says("y"))
    graph = builder.add_edge("b", "x").add_edge("b", "y").compile(saver)
    expected = {"seen": ["a", "b", "x", "y"]}
    try:
        result = way.invoke(graph, INPUT, {**thread(), "max_concurrency": 1}, durability=durability)
    except OSError:
        state = way.get_state(graph)
        begun = state.created_at is not None
        assert set(state.next) <= {"a", "b", "x", "y"}
        names = expected["seen"]
        assert not begun or state.values["seen"] == names[: len(state.values["seen"])], "a beginning, without gaps"
        assert way.invoke(graph, None if begun else INPUT) == expected
    else:
        assert saver.left >= 0, "an error that was raised is never lost"
        assert result == expected
    assert way.get_state(graph).values == expected


def test_a_value_that_cannot_be_stored_is_refused_and_the_thread_stays_as_it_was(way: Way) -> None:
    graph = chain("a", "b", b=lambda state: {"seen": [lambda: None]}).compile(way.saver)
    with pytest.raises(Exception, match=r"function|lambda|stor"):
        way.invoke(graph, INPUT)
    state = way.get_state(graph)
    assert (state.next, state.values) == (("b",), {"seen": ["a"]})


def refuses(old: Any, new: Any) -> Any:
    if new == ["bad"]:
        raise ArithmeticError("refused")
    return old + new


class Picky(TypedDict):
    seen: Annotated[list[Any], refuses]


def test_a_reducer_that_raises_leaves_a_readable_thread_that_can_be_mended(way: Way) -> None:
    results = iter((["bad"], ["good"]))
    builder = StateGraph(Picky).add_node("a", lambda state: {"seen": next(results)}).add_edge(START, "a")
    graph = builder.compile(way.saver)
    with pytest.raises(ArithmeticError, match="refused"):
        way.invoke(graph, {"seen": ["input"]})
    state = way.get_state(graph)
    assert (state.next, state.values) == (("a",), {"seen": ["input"]})
    way.update_state(graph, {"seen": ["by hand"]}, as_node="a")
    assert way.get_state(graph).values == {"seen": ["input", "by hand"]}


@pytest.mark.parametrize("codes", [{}, {"b": lambda state: {"seen": [interrupt("?")]}}])
def test_a_thread_that_waits_for_a_node_that_is_gone_says_so_and_can_go_on(way: Way, codes: Any) -> None:
    before = chain("a", "b", "c", **codes).compile(way.saver, interrupt_before=[] if codes else ["b"])
    way.invoke(before, INPUT)
    graph = chain("a", "bb", "c").compile(way.saver)
    assert way.get_state(graph).next == ("b",)
    for value in (None, Command(resume="answer")):
        with pytest.raises(InvalidUpdateError, match=r"waits for the node 'b', which .* Did you mean 'bb'\?"):
            way.invoke(graph, value)
    way.update_state(graph, {"seen": ["by hand"]}, as_node="bb")
    assert way.invoke(graph, None) == {"seen": ["a", "by hand", "c"]}


def test_new_input_does_not_mind_a_node_that_is_gone(way: Way) -> None:
    way.invoke(chain("a", "b").compile(way.saver, interrupt_before=["b"]), INPUT)
    assert way.invoke(chain("a", "bb").compile(way.saver), {"seen": ["new"]}) == {"seen": ["a", "new", "a", "bb"]}


def test_a_node_that_pauses_without_a_question_stays_pending(way: Way) -> None:
    def pauses(state: Any) -> Any:
        raise GraphInterrupt

    graph = chain("a", a=pauses).compile(way.saver)
    assert "__interrupt__" not in way.invoke(graph, INPUT)
    assert way.get_state(graph).next == ("a",)


def test_a_failure_names_its_node(any_way: Way) -> None:
    def fails(state: Any) -> Any:
        raise KeyError("missing")

    with pytest.raises(KeyError) as raised:
        any_way.invoke(fan("a", "b", b=fails).compile(any_way.saver), INPUT)
    assert any("'b'" in note for note in raised.value.__notes__)


def generator(state: Any) -> Any:
    yield {"seen": ["no"]}


@pytest.mark.parametrize("result", ["text", 7, ["list"], object(), {1, 2}, generator(None), (("seen", ["pair"]),)])
def test_what_is_no_update_is_refused(any_way: Way, result: Any) -> None:
    with pytest.raises(InvalidUpdateError, match="Expected dict"):
        any_way.invoke(chain("a", a=lambda state: result).compile(any_way.saver), INPUT)


@pytest.mark.parametrize("result", [None, {}, {"unknown": 1}, []])
def test_what_updates_nothing_is_accepted(any_way: Way, result: Any) -> None:
    code = (lambda state: Command(update=result)) if result == [] else (lambda state: result)
    assert any_way.invoke(chain("a", "b", a=code).compile(any_way.saver), INPUT) == {"seen": ["b"]}


@pytest.mark.parametrize("target", [{"a": 1}, 7, 1.5, object(), b"b", [["b"]], {"b"}])
def test_a_router_s_odd_result_is_refused_in_words(any_way: Way, target: Any) -> None:
    builder = chain("a").add_node("b", says("b"))
    builder.add_conditional_edges("a", lambda state: target)
    with pytest.raises((InvalidUpdateError, ValueError), match="'a'"):
        any_way.invoke(builder.compile(any_way.saver), INPUT)


@pytest.mark.parametrize("goto", [{"a": 1}, 7, [7], [["b"]], Send("", None), Send(START, None), START])
def test_an_odd_goto_is_refused_in_words(any_way: Way, goto: Any) -> None:
    builder = chain("a", a=lambda state: Command(goto=goto)).add_node("b", says("b"))
    with pytest.raises((InvalidUpdateError, ValueError), match="'a'"):
        any_way.invoke(builder.compile(any_way.saver), INPUT)


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "ä∆", "a" * 300, "__root__", "seen", "a+b", "branch", "__pregel_tasks", "'\"", "\n", "😀"]
)
def test_nodes_may_have_any_name(any_way: Way, name: str) -> None:
    builder = StateGraph(Seen).add_node(name, lambda state: {"seen": [name]}).add_node("last", says("last"))
    builder.add_edge(START, name).add_edge(name, "last")
    graph = builder.compile(any_way.saver)
    assert any_way.invoke(graph, INPUT) == {"seen": [name, "last"]}


def test_joins_of_names_with_pluses_are_told_apart(any_way: Way) -> None:
    builder = StateGraph(Seen)
    for name in ("a+b", "c", "a", "b+c", "left", "right"):
        builder.add_node(name, says(name))
    builder.add_edge(START, "a+b").add_edge(START, "c")
    builder.add_edge(["a+b", "c"], "left").add_edge(["a", "b+c"], "left")
    assert any_way.invoke(builder.compile(any_way.saver), INPUT) == {"seen": ["a+b", "c", "left"]}


def test_a_node_gets_a_dict_of_its_own(any_way: Way) -> None:
    def overwrites(state: Any) -> Any:
        state["seen"] = ["mine"]
        state["other"] = 1

    given = {"seen": ["input"]}
    graph = fan("a", "b", join="c", a=overwrites).compile(any_way.saver)
    assert any_way.invoke(graph, given) == {"seen": ["input", "b", "c"]}
    assert given == {"seen": ["input"]}


@dataclass
class Defaults:
    seen: Annotated[list[Any], operator.add] = field(default_factory=list)
    flag: bool = True


def test_defaults_of_a_state_are_not_shared_between_runs() -> None:
    def appends(state: Defaults) -> Any:
        state.seen.append("in place")
        return {"seen": ["returned"]}

    graph = StateGraph(Defaults).add_node("a", appends).add_edge(START, "a").compile()
    first = graph.invoke({"seen": []})
    assert graph.invoke({"seen": []}) == first


def test_a_run_of_many_steps_is_ended_by_its_limit(any_way: Way) -> None:
    graph = chain("a", a=lambda state: {}).add_edge("a", "a").compile(any_way.saver)
    config = {**thread(), "recursion_limit": 50}
    with pytest.raises(GraphRecursionError, match="50"):
        any_way.invoke(graph, INPUT, config)
    if any_way.saver is not None:
        assert any_way.get_state(graph).next == ("a",)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_lets_nothing_run_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        chain("a").compile().invoke(INPUT, {"recursion_limit": limit})


def test_a_state_that_is_a_value_may_be_none(any_way: Way) -> None:
    from typing import Optional

    builder = StateGraph(Optional[int]).add_node("a", lambda state: 1 if state is None else None).add_edge(START, "a")  # noqa: UP045
    graph = builder.compile(any_way.saver)
    assert any_way.invoke(graph, 5) in (None, 5), "None writes nothing, as in LangGraph"


def test_errors_can_be_pickled() -> None:
    from langgraph_nb import errors

    for error in (
        errors.NodeCancelledError("node"),
        errors.GraphInterrupt(()),
        errors.ParentCommand(Command(goto="a")),
        errors.InvalidUpdateError("text"),
        errors.UnknownInterruptError("text", reason="unknown", interrupt_ids=["a"], pending_ids=["b"]),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.args, vars(again)) == (type(error), error.args, vars(error))


def test_the_words_of_the_model_can_be_pickled_and_compared() -> None:
    from langgraph_nb.types import Interrupt, Overwrite, RetryPolicy, StateUpdate

    for value in (
        Command(update={"a": 1}, goto="b"), Send("a", {"b": 1}), Interrupt("?", "id"), Overwrite([1]), RetryPolicy(),
        StateUpdate({"a": 1}), END,
    ):  # fmt: skip
        assert pickle.loads(pickle.dumps(value)) == value
