"""What a run asks for, command by command, without a saver. There is no driver here: the answers are given by hand."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from langgraph_nb.constants import END, START
from langgraph_nb.errors import EmptyInputError, GraphRecursionError, InvalidUpdateError
from langgraph_nb.graph import StateGraph
from langgraph_nb.pregel.commands import CancelTasks, RunTasks, WaitTasks
from langgraph_nb.types import Command, Interrupt, Send
from tests.unit.engine.by_hand import ALL, ByHand
from tests.unit.engine.graphs import Seen, chain, fan, says


def test_one_node_is_one_command() -> None:
    run = ByHand(chain("a").compile(), {"seen": []})
    assert run.words == ["run a"]
    run.finish(a={"seen": ["a"]})
    assert run.words == ["run a"]
    assert run.outcome is not None and run.outcome.values == {"seen": ["a"]}


def test_a_chain_runs_one_node_a_step_and_each_reads_what_was_written_before() -> None:
    run = ByHand(chain("a", "b").compile(), {"seen": ["input"]})
    assert run.running["a"].input == {"seen": ["input"]}
    run.finish(a={"seen": ["a"]})
    assert run.running["b"].input == {"seen": ["input", "a"]}
    run.finish(b=None)
    assert run.words == ["run a", "run b"]
    assert run.outcome is not None and run.outcome.values == {"seen": ["input", "a"]}


def test_what_an_observer_watches_is_emitted_where_it_happens() -> None:
    words = ByHand(chain("a", "b").compile(), {"seen": []}, watch=ALL).play()
    assert words == [
        "emit step 0 finished",
        "emit step 1 started", "run a", "emit a finished", "emit step 1 finished",
        "emit step 2 started", "run b", "emit b finished", "emit step 2 finished",
        "emit run finished",
    ]  # fmt: skip


def test_a_fan_out_starts_in_one_command_and_its_join_waits_for_all() -> None:
    run = ByHand(fan("a", "b", "c", join="end").compile(), {"seen": []})
    assert run.words == ["run a b c"]
    assert isinstance(run.finish(c={"seen": ["c"]}), WaitTasks)
    assert isinstance(run.finish(a={"seen": ["a"]}), WaitTasks)
    assert isinstance(run.finish(b={"seen": ["b"]}), RunTasks)
    run.finish(end=None)
    assert run.words == ["run a b c", "wait", "wait", "run end"]
    assert run.outcome is not None and run.outcome.values == {"seen": ["a", "b", "c"]}, "in the order of the paths"


def test_tasks_that_end_together_are_taken_together() -> None:
    run = ByHand(fan("a", "b").compile(), {"seen": []})
    run.finish(b={"seen": ["b"]}, a={"seen": ["a"]})
    assert run.words == ["run a b"]
    assert run.outcome is not None and run.outcome.values == {"seen": ["a", "b"]}


def test_a_start_with_a_router_is_a_task_as_any_other() -> None:
    builder = chain("a")
    builder.add_conditional_edges(START, lambda state: END)
    run = ByHand(builder.compile(), {"seen": []})
    assert run.words == ["run __start__"]


def test_sends_come_before_nodes_and_each_gets_its_own_input() -> None:
    builder = StateGraph(Seen).add_node("work", says("work")).add_node("other", says("other"))
    builder.add_node("plan", says("plan")).add_edge(START, "plan").add_edge("plan", "other")
    run = ByHand(builder.compile(), {"seen": []})
    run.finish(plan=Command(goto=[Send("work", 1), Send("work", 2)]))
    assert run.words == ["run plan", "run work work other"]
    assert [task.input for task in run.command.tasks] == [1, 2, {"seen": []}]
    assert len({task.id for task in run.command.tasks}) == 3


def test_a_question_ends_the_run_after_the_others_of_the_step_have_ended() -> None:
    question = Interrupt("?", "id")
    run = ByHand(fan("a", "b").compile(), {"seen": []}, watch=ALL)
    run.on()
    assert isinstance(run.finish(a=question), object)
    run.on()
    assert isinstance(run.command, WaitTasks), "a question does not stop its siblings"
    run.finish(b={"seen": ["b"]})
    run.on()
    assert run.outcome is not None
    assert (run.outcome.values, run.outcome.interrupts, run.outcome.paused) == ({"seen": ["b"]}, (question,), True)
    assert run.words[-2:] == ["emit step 1 finished", "emit run interrupted"]


def test_a_failure_cancels_the_others_and_is_raised_with_the_name_of_its_node() -> None:
    run = ByHand(fan("a", "b", "c").compile(), {"seen": []})
    assert isinstance(run.finish(b=ValueError("no")), CancelTasks)
    run.finish(a={"seen": ["a"]})
    assert isinstance(run.error, ValueError)
    assert "'b'" in run.error.__notes__[0] and run.running["b"].id in run.error.__notes__[0]


def test_nothing_is_cancelled_when_the_failure_came_last() -> None:
    run = ByHand(fan("a", "b").compile(), {"seen": []})
    run.finish(a=None)
    run.finish(b=ValueError("no"))
    assert run.words == ["run a b", "wait"]
    assert isinstance(run.error, ValueError)


def test_of_several_failures_the_first_counts() -> None:
    run = ByHand(fan("a", "b").compile(), {"seen": []})
    run.finish(b=ValueError("b"), a=ValueError("a"))
    assert str(run.error) == "b"


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_loop_is_ended_after_as_many_steps_as_the_limit_says(limit: int) -> None:
    graph = chain("a").add_edge("a", "a").compile()
    run = ByHand(graph, {"seen": []}, recursion_limit=limit)
    assert run.play() == ["run a"] * limit
    assert isinstance(run.error, GraphRecursionError)


def test_the_limit_leaves_a_step_to_see_that_nothing_is_left() -> None:
    for limit, ends in ((2, False), (3, True)):
        run = ByHand(chain("a", "b").compile(), {"seen": []}, recursion_limit=limit)
        assert run.play() == ["run a", "run b"]
        assert (run.error is None) is ends, "as in LangGraph: one more than the steps that it takes"


def test_a_breakpoint_before_a_node_ends_the_run_before_it() -> None:
    run = ByHand(chain("a", "b").compile(), {"seen": []}, interrupt_before=frozenset(["b"]))
    assert run.play() == ["run a"]
    assert run.outcome is not None and run.outcome.paused


def test_a_breakpoint_after_a_node_ends_the_run_with_its_writes() -> None:
    run = ByHand(chain("a", "b").compile(), {"seen": []}, interrupt_after=frozenset(["a"]))
    assert run.play(a={"seen": ["a"]}) == ["run a"]
    assert run.outcome is not None and run.outcome.values == {"seen": ["a"]}


def test_nothing_to_begin_with_is_said_before_anything_is_asked_for() -> None:
    run = ByHand(chain("a").compile(), None)
    assert run.words == [] and isinstance(run.error, EmptyInputError)


def test_an_input_that_is_no_update_is_refused_before_anything_runs() -> None:
    run = ByHand(chain("a").compile(), "text")
    assert run.words == [] and isinstance(run.error, InvalidUpdateError)


@pytest.mark.parametrize("error", [RuntimeError("disk"), KeyboardInterrupt()])
def test_what_a_driver_throws_in_ends_the_run(error: BaseException) -> None:
    run = ByHand(chain("a").compile(), {"seen": []})
    run.throw(error)
    assert run.error is error and run.words == ["run a"]


def test_a_reducer_that_raises_ends_the_run() -> None:
    def refuse(old: Any, new: Any) -> Any:
        raise ArithmeticError(f"{old} and {new}")

    graph = StateGraph(Annotated[int, refuse]).add_node("a", lambda state: 1).add_edge(START, "a").compile()
    run = ByHand(graph, 0)
    assert run.command is None
    assert isinstance(run.error, ArithmeticError)
