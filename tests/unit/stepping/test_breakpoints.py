"""Where a debugger stops: nodes, edges, conditions; in fan-outs and in graphs inside."""

from __future__ import annotations

import operator
import re
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.constants import START
from langgraph_nb.graph import StateGraph
from langgraph_nb.stepping import StepError, step
from tests.unit.stepping.conftest import Stepper
from tests.unit.stepping.graphs import INPUT, chain, fan, nested, ran, sends, work


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


def stops(debugger: Any) -> list[tuple[str, str]]:
    """Where it stands after each ``run``, and why."""
    found = []
    while not debugger.run().finished:
        found.append((debugger.current.path, str(debugger.hit)))
    return found


def test_a_node_and_an_edge(stepper: Stepper) -> None:
    graph = chain("a", "b", "c", "d").compile(stepper.saver)
    assert stops(stepper(graph, INPUT, breakpoints=["b", ("c", "d"), "a >> c"])) == [("b", "b"), ("d", "c >> d")]


def test_an_edge_is_told_from_another_one_to_the_same_node() -> None:
    class Turns(TypedDict):
        n: Annotated[int, operator.add]

    builder = StateGraph(Turns).add_node("a", lambda state: {"n": 1}).add_node("b", lambda state: {"n": 1})
    builder.add_edge(START, "a").add_edge("b", "a")
    builder.add_conditional_edges("a", lambda state: "b" if state["n"] < 4 else "__end__", ["b", "__end__"])
    debugger = step(builder.compile(), {"n": 0}, breakpoints=[("b", "a")])
    assert [(debugger.run().state["n"], str(debugger.hit)) for _ in range(2)] == [(2, "b >> a"), (4, "b >> a")]
    assert debugger.run().finished
    assert str(step(builder.compile(), {"n": 0}, breakpoints=[("START", "a")]).hit) == "START >> a"


@pytest.mark.parametrize("condition", ["state['n'] > 1", lambda state: state["n"] > 1])
def test_a_condition_stops_where_it_comes_true(stepper: Stepper, condition: Any) -> None:
    debugger = stepper(chain("a", "b", "c", "d").compile(stepper.saver), INPUT, breakpoints=[condition])
    debugger.run()
    assert (debugger.stands, debugger.state["n"]) == ("c", 2)
    assert debugger.run().finished, "it stays true"


def test_a_condition_that_came_true_while_stepping_stops_nothing_later() -> None:
    debugger = step(chain("a", "b", "c").compile(), INPUT, breakpoints=["state['n'] > 0"])
    assert str(debugger.next().hit) == "state['n'] > 0"
    assert debugger.run().finished


def test_a_node_s_condition_stops_each_time_that_it_is_true() -> None:
    breakpoints = ["b if state['n'] > 5", ("c", lambda state, input: state["n"] == 2)]
    assert stops(step(chain("a", "b", "c").compile(), INPUT, breakpoints=breakpoints)) == [("c", "c if condition")]


@pytest.mark.parametrize("given", ["work if input['i'] == 2", ("work", lambda input: input["i"] == 2)])
def test_one_of_a_fan_out_is_held_by_its_input(stepper: Stepper, given: Any) -> None:
    debugger = stepper(sends(5, work).compile(stepper.saver), INPUT, breakpoints=[given])
    debugger.run()
    assert (debugger.current.input, sorted(ran)) == ({"i": 2}, [0, 1, 3, 4])
    assert [task.status for task in debugger.tasks] == ["done", "done", "waiting", "done", "done"]
    debugger.replace(None, {"seen": ["given"]})
    assert debugger.run().values["seen"] == [0, 1, "given", 3, 4]


def test_each_task_of_a_fan_out_is_held_once() -> None:
    debugger = step(sends(3, work).compile(), INPUT, breakpoints=["work"])
    assert [debugger.run().current.input["i"] for _ in range(2)] == [1, 2]
    assert debugger.run().values["seen"] == [0, 1, 2]


def test_a_node_of_a_graph_inside_is_found_by_its_path_or_its_name(stepper: Stepper) -> None:
    graph = nested().compile(stepper.saver)
    assert stops(stepper(graph, INPUT, breakpoints=["sub:two"])) == [("sub:two", "sub:two")]
    assert stops(stepper(graph, INPUT, breakpoints=["two", ("one", "two")])) == [("sub:two", "two")]
    assert stops(stepper(graph, INPUT, breakpoints=["sub:one if state['n'] == 1"])) == [
        ("sub:one", "sub:one if state['n'] == 1")
    ]


def test_going_over_a_graph_stops_at_a_breakpoint_in_it() -> None:
    debugger = step(nested().compile(), INPUT, breakpoints=["two"]).next()
    assert debugger.over().current.path == "sub:two"
    assert debugger.over().current.path == "after"


def test_a_missing_key_is_no_error_and_another_mistake_is_told() -> None:
    debugger = step(chain("a", "b").compile(), INPUT, breakpoints=["state['missing'] > 1"])
    assert debugger.run().finished
    debugger = step(chain("a", "b").compile(), INPUT)
    debugger.add_breakpoints("b if state['n'] > 'x'")
    with pytest.raises(StepError, match="A condition raised TypeError"):
        debugger.run()
    assert (debugger.current.path, ran[-1]) == ("b", "a")
    debugger.breakpoints.clear()
    assert debugger.run().finished


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("bb", "The graph has no node 'bb' to stop at. Did you mean 'b'"),
        (("a", "bb"), "The graph has no node 'bb'"),
        (("aa", "b"), "The graph has no node 'aa'"),
        ("sub:b", "The graph has no node 'sub:b'"),
        (("a", "END"), "leads to the end, where no task runs"),
        ("state['n' >", "neither a node of the graph nor an expression (\'[\' was never closed)"),
        ("b if input['n' > 3", "Write it as in Python: input['n'] > 3"),
        ("input['n'] > 3", "say which. Write 'NODE if input['n'] > 3'"),
        ("a -> b", "'a -> b' is no edge. Write it as 'a >> b'"),
        ("a > b", "'a > b' is no edge. Write it as 'a >> b'"),
        (3, "3 is no breakpoint"),
    ],
)
def test_what_is_no_breakpoint_is_refused(given: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        step(fan("a", "b").compile(), INPUT, breakpoints=[given])
    assert ran == []
