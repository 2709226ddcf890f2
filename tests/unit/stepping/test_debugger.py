"""The debugger's commands in chains, fan-outs, graphs inside and workflows; sync and async, with and without saver."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.constants import START
from langgraph_nb.graph import StateGraph
from langgraph_nb.stepping import Debugger, StepError, astep, step
from langgraph_nb.types import RetryPolicy
from tests.unit.stepping.conftest import Stepper
from tests.unit.stepping.graphs import (
    INPUT,
    Seen,
    State,
    asays,
    asking,
    aworkflow,
    chain,
    counts,
    fan,
    nested,
    ran,
    says,
    sees,
    sends,
    work,
    workflow,
)

THREAD = {"configurable": {"thread_id": "1"}}


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


# -- chains -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("node", [says, asays])
def test_it_stands_before_each_task_of_a_chain(stepper: Stepper, node: Any) -> None:
    debugger = stepper(chain("a", "b", a=node("a"), b=node("b")).compile(stepper.saver), INPUT)
    assert (debugger.stands, debugger.state, ran) == ("a", {"seen": [], "n": 0}, [])
    debugger.next()
    assert (debugger.stands, debugger.state, ran) == ("b", {"seen": ["a"], "n": 1}, ["a"])
    debugger.next()
    assert debugger.finished
    assert (debugger.stands, debugger.values, ran) == (None, {"seen": ["a", "b"], "n": 2}, ["a", "b"])


def test_the_state_is_changed_and_the_same_task_comes_next(stepper: Stepper) -> None:
    debugger = stepper(chain("a", "b").compile(stepper.saver), INPUT)
    debugger.next()
    debugger.set({"n": 40})
    assert (debugger.stands, debugger.state["n"]) == ("b", 40)
    debugger.run()
    assert debugger.values == {"seen": ["a", "b"], "n": 41}


def test_a_key_that_the_state_does_not_have_is_refused(stepper: Stepper) -> None:
    debugger = stepper(chain("a", "b").compile(stepper.saver), INPUT)
    for as_node in (None, "a"):
        with pytest.raises(StepError, match=r"no key 'sen'\. Did you mean 'seen'"):
            debugger.set({"sen": ["x"]}, as_node=as_node)
    assert (debugger.stands, debugger.state) == ("a", INPUT)


def test_the_state_is_changed_as_if_by_a_node(stepper: Stepper) -> None:
    debugger = stepper(chain("a", "b", "c").compile(stepper.saver), INPUT)
    debugger.set({"seen": ["as b"]}, as_node="b")
    assert debugger.stands == "c"
    debugger.run()
    assert debugger.values == {"seen": ["as b", "c"], "n": 1}


def test_a_task_is_skipped_and_another_one_s_result_replaced(stepper: Stepper) -> None:
    debugger = stepper(chain("a", "b", "c").compile(stepper.saver), INPUT)
    debugger.skip()
    assert debugger.stands == "b"
    debugger.replace("b", {"seen": ["given"]})
    assert debugger.stands == "c"
    debugger.run()
    assert (debugger.values, ran) == ({"seen": ["given", "c"], "n": 1}, ["c"])


def test_what_is_replaced_is_not_tried_again(stepper: Stepper) -> None:
    builder = chain("a").add_node("b", says("b"), retry_policy=RetryPolicy(max_attempts=3)).add_edge("a", "b")
    debugger = stepper(builder.compile(stepper.saver), INPUT)
    debugger.next()
    debugger.replace(None, {"seen": ["given"]})
    assert (debugger.values["seen"], ran) == (["a", "given"], ["a"])


def test_it_goes_back_through_checkpoints_and_on_another_way(stepper: Stepper) -> None:
    debugger = stepper(chain("a", "b", "c").compile(stepper.saver), INPUT)
    debugger.run()
    debugger.back()
    assert (debugger.stands, debugger.state["seen"]) == ("c", ["a", "b"])
    debugger.back()
    assert (debugger.stands, debugger.state["seen"]) == ("b", ["a"])
    debugger.replace("b", {"seen": ["other"]})
    debugger.run()
    assert debugger.values["seen"] == ["a", "other", "c"]
    if stepper.saver is not None:
        seen = [s.values.get("seen") for s in debugger.graph.get_state_history(debugger.config)]
        assert ["a", "b", "c"] in seen, "history is not changed"


def test_there_is_nothing_before_the_beginning(stepper: Stepper) -> None:
    debugger = stepper(chain("a", "b").compile(stepper.saver), INPUT)
    with pytest.raises(StepError, match="beginning of the run"):
        debugger.back()
    assert debugger.next().current.path == "b"


def test_a_node_that_failed_is_run_again_with_its_new_code(stepper: Stepper) -> None:
    def broken(state: State) -> Any:
        raise ValueError("broken")

    debugger = stepper(chain("a", "b", "c", b=broken).compile(stepper.saver), INPUT)
    debugger.next()
    with pytest.raises(ValueError, match="broken"):
        debugger.next()
    assert (debugger.stands, debugger.current.status, str(debugger.error)) == ("b", "failed", "broken")
    with pytest.raises(ValueError, match="broken"):
        debugger.retry()
    debugger.debugger.graph = chain("a", "b", "c").compile(stepper.saver)
    debugger.retry()
    assert (debugger.stands, ran) == ("c", ["a", "b"])
    assert debugger.error is None


# -- fan-outs ---------------------------------------------------------------------------------------------------------


def test_the_tasks_of_a_superstep_run_one_by_one_in_any_order(stepper: Stepper) -> None:
    debugger = stepper(fan("a", "b", "c").compile(stepper.saver), INPUT)
    assert [task.name for task in debugger.tasks] == ["a", "b", "c"]
    debugger.next("c")
    assert [(task.name, task.status) for task in debugger.tasks] == [("a", "waiting"), ("b", "waiting"), ("c", "done")]
    debugger.next()
    debugger.next()
    assert (debugger.stands, ran) == ("end", ["c", "a", "b"])
    assert debugger.state["seen"] == ["a", "b", "c"], "as if they had run at once"


def test_a_superstep_runs_at_once(stepper: Stepper) -> None:
    debugger = stepper(fan("a", "b", "c").compile(stepper.saver), INPUT)
    debugger.superstep()
    assert (debugger.stands, sorted(ran)) == ("end", ["a", "b", "c"])


def test_only_what_failed_of_a_fan_out_is_run_again(stepper: Stepper) -> None:
    broken = [True]

    def sometimes(item: Any) -> Any:
        if item["i"] == 1 and broken:
            raise ValueError("broken")
        return work(item)

    debugger = stepper(sends(4, sometimes).compile(stepper.saver), INPUT)
    for _ in range(1):
        debugger.next()
    with pytest.raises(ValueError, match="broken"):
        debugger.next()
    debugger.next(debugger.tasks[3])
    assert [task.status for task in debugger.tasks] == ["done", "failed", "waiting", "done"]
    broken.clear()
    debugger.retry()
    assert [task.status for task in debugger.tasks] == ["done", "done", "waiting", "done"]
    assert ran == [0, 3, 1]
    debugger.run()
    assert (debugger.values["seen"], ran) == ([0, 1, 2, 3], [0, 3, 1, 2])


def test_the_result_of_a_sibling_that_is_done_is_replaced(stepper: Stepper) -> None:
    debugger = stepper(fan("a", "b", "c").compile(stepper.saver), INPUT)
    debugger.next("a")
    debugger.next("b")
    debugger.replace("a", {"seen": ["given"]})
    assert [(task.name, task.status) for task in debugger.tasks] == [("a", "done"), ("b", "done"), ("c", "waiting")]
    debugger.run()
    assert (debugger.values["seen"], ran) == (["given", "b", "c"], ["a", "b", "c"])


def test_going_back_in_the_midst_of_a_superstep_begins_it_again(stepper: Stepper) -> None:
    debugger = stepper(fan("a", "b").compile(stepper.saver), INPUT)
    debugger.next()
    debugger.back()
    assert [task.status for task in debugger.tasks] == ["waiting", "waiting"]
    debugger.run()
    assert ran == ["a", "a", "b"] or ran == ["a", "b", "a"]


def test_a_change_of_state_keeps_what_siblings_did(stepper: Stepper) -> None:
    debugger = stepper(fan("a", "b", b=lambda state: {"seen": [state["n"]]}).compile(stepper.saver), INPUT)
    debugger.next("a")
    debugger.set({"n": 7})
    debugger.run()
    assert (debugger.values["seen"], ran) == (["a", 7], ["a"])


def test_a_wide_fan_out_of_graphs_is_passed_from_many_threads_at_once() -> None:
    inner = chain("x", "y", x=sees("x"), y=sees("y"), state=Seen).compile()
    names = [f"g{i}" for i in range(12)]
    debugger = step(fan(*names, **dict.fromkeys(names, inner)).compile(), {"n": 0}, breakpoints=["y"])
    debugger.run()
    assert sorted(task.path for task in debugger.tasks) == sorted(f"{name}:y" for name in names)
    debugger.breakpoints.clear()
    assert debugger.run().values["n"] == 24


# -- questions --------------------------------------------------------------------------------------------------------


def test_a_question_is_answered_when_its_time_has_come(stepper: Stepper) -> None:
    debugger = stepper(asking().compile(stepper.saver), INPUT)
    debugger.run()
    assert [(task.name, task.status) for task in debugger.tasks] == [("ask", "asked"), ("other", "done")]
    assert [i.value for i in debugger.interrupts] == ["how many?"]
    debugger.answer(3)
    assert (debugger.stands, debugger.state["seen"]) == ("end", [3, "other"])
    with pytest.raises(StepError, match="No question waits"):
        debugger.answer(4)


def test_who_asks_is_not_run_again_for_the_sake_of_its_siblings(stepper: Stepper) -> None:
    debugger = stepper(asking().compile(stepper.saver), INPUT)
    debugger.next("ask")
    debugger.next("other")
    assert ran == ["ask", "other"]
    debugger.replace("ask", {"seen": ["nobody said"]})
    debugger.run()
    assert (debugger.values["seen"], ran) == (["nobody said", "other"], ["ask", "other"])


def test_a_question_that_was_asked_before_is_answered(stepper: Stepper) -> None:
    if stepper.saver is None:
        return
    graph = asking().compile(stepper.saver)
    graph.invoke(INPUT, THREAD)
    debugger = stepper(graph, None, thread="1")
    assert [i.value for i in debugger.interrupts] == ["how many?"]
    debugger.answer(3)
    assert debugger.state["seen"] == [3, "other"]


# -- graphs inside ----------------------------------------------------------------------------------------------------


def test_it_goes_into_a_graph_over_it_and_out_of_it(stepper: Stepper) -> None:
    debugger = stepper(nested().compile(stepper.saver), INPUT)
    places = [debugger.stands]
    while not debugger.finished:
        debugger.next()
        places.append(debugger.stands)
    assert places == ["before", "sub", "sub:one", "sub:two", "after", None]
    assert ran == ["before", "one", "two", "after"]
    assert (debugger.back().current.path, debugger.back().current.path) == ("after", "sub")
    assert debugger.over().current.path == "after"
    debugger.back()
    debugger.next()
    assert (debugger.stands, debugger.state) == ("sub:one", {"n": 1})
    assert debugger.out().current.path == "after"
    assert debugger.state["n"] == 3


def test_it_changes_and_goes_back_inside_of_a_graph(stepper: Stepper) -> None:
    debugger = stepper(nested().compile(stepper.saver), INPUT, breakpoints=["sub:two"])
    debugger.run()
    assert (debugger.stands, debugger.state) == ("sub:two", {"n": 2, "note": "one "})
    debugger.back()
    assert (debugger.stands, debugger.state) == ("sub:one", {"n": 1})
    debugger.set({"n": 10})
    assert (debugger.stands, debugger.state) == ("sub:one", {"n": 10})
    debugger.replace("one", {"n": 20})
    assert (debugger.stands, debugger.state["n"]) == ("sub:two", 20)
    debugger.skip()
    assert (debugger.stands, debugger.state["n"]) == ("after", 20)
    assert ran == ["before", "one"]


def test_from_its_beginning_it_goes_back_out_of_a_graph(stepper: Stepper) -> None:
    debugger = stepper(nested().compile(stepper.saver), INPUT)
    debugger.next()
    debugger.next()
    assert debugger.stands == "sub:one"
    assert debugger.back().current.path == "sub"
    assert debugger.back().current.path == "before"


def test_a_node_of_a_graph_inside_is_mended_alone(stepper: Stepper) -> None:
    broken = [True]

    def two(state: Any) -> Any:
        if broken:
            raise ValueError("broken")
        return {"n": 50}

    inner = chain("one", "two", one=lambda state: {"n": ran.append("one") or 1}, two=two).compile()
    debugger = stepper(chain("before", "sub", sub=inner).compile(stepper.saver), INPUT)
    with pytest.raises(ValueError, match="broken"):
        debugger.run()
    assert (debugger.stands, debugger.current.status) == ("sub:two", "failed")
    broken.clear()
    debugger.retry()
    assert (debugger.values["n"], ran) == (50, ["before", "one"])


def test_a_graph_that_remembers_is_stepped_as_any_other(stepper: Stepper) -> None:
    inner = chain("one", "two", one=counts("one"), two=counts("two")).compile(checkpointer=True)
    debugger = stepper(chain("before", "sub", before=counts("before"), sub=inner).compile(stepper.saver), INPUT)
    places = [debugger.stands]
    for _ in range(3):
        debugger.next()
        places.append(debugger.stands)
    assert places == ["before", "sub", "sub:one", "sub:two"]
    debugger.back()
    assert (debugger.stands, debugger.state["n"]) == ("sub:one", 1)
    debugger.set({"n": 50})
    assert debugger.run().values["n"] == 52


@pytest.mark.parametrize("awaits", [False, True])
def test_a_graph_that_a_node_s_code_runs_is_gone_into(stepper: Stepper, awaits: bool) -> None:
    inner = chain("one", "two", one=counts("one"), two=counts("two")).compile()

    def calls(state: State) -> Any:
        return {"n": inner.invoke({"n": state["n"]})["n"]}

    async def acalls(state: State) -> Any:
        return {"n": (await inner.ainvoke({"n": state["n"]}))["n"]}

    debugger = stepper(chain("calls", calls=acalls if awaits else calls).compile(stepper.saver), INPUT)
    debugger.next()
    assert debugger.stands == "calls:one"
    debugger.next()
    debugger.replace("two", {"n": 9})
    assert (debugger.finished, debugger.values["n"], ran) == (True, 9, ["one"])


def test_graphs_beside_each_other_are_stepped_one_after_the_other(stepper: Stepper) -> None:
    def inner(name: str) -> Any:
        return chain("x", "y", x=sees(f"{name} x"), y=sees(f"{name} y"), state=Seen).compile()

    debugger = stepper(fan("l", "r", l=inner("l"), r=inner("r")).compile(stepper.saver), {"n": 0})
    places = [debugger.stands]
    while debugger.stands != "end":
        debugger.next()
        places.append(debugger.stands)
    assert places == ["l", "l:x", "l:y", "r", "r:x", "r:y", "end"]
    assert ran == ["l x", "l y", "r x", "r y"]


def test_a_failure_that_is_handled_is_none(stepper: Stepper) -> None:
    def broken(state: State) -> Any:
        raise ValueError("broken")

    builder = StateGraph(State).add_node("a", broken, error_handler=lambda state: {"n": 7}).add_edge(START, "a")
    debugger = stepper(builder.compile(stepper.saver), INPUT)
    debugger.next()
    assert ([task.status for task in debugger.tasks], debugger.error) == (["done", "waiting"], None)
    debugger.next()
    assert debugger.values["n"] == 7


# -- workflows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [workflow, aworkflow])
def test_the_tasks_of_a_workflow_are_stepped_skipped_and_replaced(stepper: Stepper, make: Any) -> None:
    if make is workflow and stepper._loop is not None:
        make = aworkflow  # sync tasks cannot be waited for on an event loop
    debugger = stepper(make(stepper.saver), 1)
    assert debugger.stands == "flow"
    debugger.next()
    name = debugger.current.name
    assert (debugger.stands, ran) == (f"flow:{name}", [])
    debugger.next()
    assert (debugger.current.input[0], ran) == ((2,), ["double 1"])
    debugger.replace(name, 10)
    assert (debugger.finished, debugger.values, ran) == (True, 10, ["double 1"])
    debugger.back()
    assert debugger.over().values == 4


def test_a_workflow_stops_at_its_tasks(stepper: Stepper) -> None:
    debugger = stepper(aworkflow(stepper.saver), 1, breakpoints=["adouble if input[0][0] == 2"])
    debugger.run()
    assert (debugger.current.input[0], ran) == ((2,), ["double 1"])
    assert debugger.run().values == 4
    assert ran == ["double 1", "double 2"]


# -- threads ----------------------------------------------------------------------------------------------------------


def test_while_it_waits_the_thread_is_paused_and_free() -> None:
    graph = chain("a", "b").compile(InMemorySaver())
    debugger = step(graph, INPUT, thread="1").next()
    assert graph.get_status(THREAD) == "interrupted"
    assert graph.invoke(None, THREAD) == {"seen": ["a", "b"], "n": 2}
    with pytest.raises(StepError, match="was written to by another run"):
        debugger.next()
    assert debugger.refresh().finished
    assert ran == ["a", "b"]


def test_a_thread_is_taken_up_where_it_was_left(stepper: Stepper) -> None:
    if stepper.saver is None:
        return
    graph = fan("a", "b").compile(stepper.saver)
    debugger = stepper(graph, INPUT, thread="1")
    debugger.next("a")
    del debugger
    gc.collect()
    again = stepper(graph, None, thread="1")
    assert [(task.name, task.status) for task in again.tasks] == [("a", "done"), ("b", "waiting")]
    again.run()
    assert sorted(ran) == ["a", "b"]


def test_a_thread_that_failed_elsewhere_is_taken_up() -> None:
    broken = [True]

    def b(state: State) -> Any:
        if broken:
            raise ValueError("broken")
        return {"seen": ["b"]}

    graph = fan("a", "b", b=b).compile(InMemorySaver())
    with pytest.raises(ValueError, match="broken"):
        graph.invoke(INPUT, THREAD)
    broken.clear()
    debugger = step(graph, thread="1")
    assert [(task.name, task.status) for task in debugger.tasks] == [("a", "done"), ("b", "failed")]
    assert str(debugger.error) == "broken"
    assert debugger.retry().run().values == {"seen": ["a", "b"], "n": 2}  # ``end`` counts
    assert ran == ["a"]


def test_a_process_that_died_in_the_midst_leaves_a_thread_to_take_up(tmp_path: Path) -> None:
    program = """
import os, sys
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.stepping import step
from tests.unit.stepping.graphs import INPUT, fan
with SqliteSaver.from_conn_string(sys.argv[1]) as saver:
    debugger = step(fan("a", "b", b=lambda state: os._exit(3)).compile(saver), INPUT, thread="1").next()
    debugger.next()
"""
    database = str(tmp_path / "threads.db")
    root = Path(__file__).resolve().parents[3]
    ended = subprocess.run([sys.executable, "-c", program, database], cwd=root)
    assert ended.returncode == 3
    with SqliteSaver.from_conn_string(database) as saver:
        graph = fan("a", "b").compile(saver)
        assert graph.get_status(THREAD) == "crashed"
        debugger = step(graph, thread="1")
        assert [(task.name, task.status) for task in debugger.tasks] == [("a", "done"), ("b", "waiting")]
        assert debugger.run().values == {"seen": ["a", "b"], "n": 2}
    assert ran == ["b"]


def test_after_an_interruption_it_stands_where_it_did() -> None:
    pressed = [True]

    def b(state: State) -> Any:
        if pressed:
            raise KeyboardInterrupt
        return {"seen": ["b"]}

    debugger = step(chain("a", "b", b=b).compile(), INPUT).next()
    with pytest.raises(KeyboardInterrupt):
        debugger.next()
    assert [(task.name, task.status) for task in debugger.tasks] == [("b", "waiting")]
    pressed.clear()
    assert debugger.next().values["seen"] == ["a", "b"]


def test_its_history_is_that_of_an_ordinary_run() -> None:
    graph = fan("a", "b").compile(InMemorySaver())
    debugger = step(graph, INPUT, thread="stepped")
    while not debugger.finished:
        debugger.next()
    graph.invoke(INPUT, THREAD)

    def told(thread: str) -> list[Any]:
        history = graph.get_state_history({"configurable": {"thread_id": thread}})
        return [(s.values, s.next, s.metadata["step"], s.metadata["source"]) for s in history]

    assert told("stepped") == told("1")


def test_one_command_runs_at_a_time() -> None:
    async def twice() -> None:
        debugger = await astep(chain("a", a=asays("a")).compile(), INPUT)
        first = asyncio.ensure_future(debugger.anext())
        await asyncio.sleep(0)
        with pytest.raises(StepError, match="under way"):
            await debugger.anext()
        await first

    asyncio.run(twice())


# -- words ------------------------------------------------------------------------------------------------------------


def test_it_says_where_it_stands() -> None:
    debugger = step(fan("a", "b").compile(name="pair"), INPUT, breakpoints=["b"])
    assert repr(debugger) == "pair stands before a, 1 more of its step beside it."
    assert repr(debugger.run()) == "pair stands before b (breakpoint b)."
    assert repr(debugger.run()) == "pair has finished."


def test_a_command_that_cannot_be_carried_out_says_why() -> None:
    debugger: Debugger = step(sends(2, work).compile(), INPUT)
    with pytest.raises(StepError, match=r"There is no task 'wrk' to run. Did you mean 'work'"):
        debugger.next("wrk")
    with pytest.raises(StepError, match=r"There are 2 tasks 'work'. Give one of debugger.tasks, or an id"):
        debugger.next("work")
    with pytest.raises(StepError, match="No task has failed"):
        debugger.retry()
    debugger.run()
    with pytest.raises(StepError, match="The run has ended"):
        debugger.next()
