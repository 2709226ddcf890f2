"""A run one command at a time: looking at it, changing it, ending it, and running its log again."""

from __future__ import annotations

import gc
import operator
from dataclasses import replace
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.constants import END, START
from langgraph_nb.graph import StateGraph
from langgraph_nb.pregel.commands import LoadCheckpoint, RunTasks, Save, Stamp
from langgraph_nb.pregel.drive_replay import ReplayDiverged, drive_replay
from langgraph_nb.pregel.drive_step import SteppedRun, drive_step, result
from langgraph_nb.pregel.engine import run
from langgraph_nb.pregel.events import Stamped
from langgraph_nb.pregel.host import Host
from langgraph_nb.pregel.request import Request
from langgraph_nb.types import Command, Send
from tests.unit.engine.by_hand import ADDRESS, words_of
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import Seen, chain, fan, says

INPUT: dict[str, Any] = {"seen": []}


def to_end(stepped: SteppedRun) -> Any:
    while not stepped.done:
        stepped.go()
    assert stepped.outcome is not None
    return stepped.outcome.values


def test_a_run_is_held_at_each_command() -> None:
    stepped = chain("a", "b").compile(InMemorySaver()).step(INPUT, thread(), durability="sync")
    held = []
    while stepped.command is not None:
        held.append(type(stepped.command))
        stepped.go()
    kinds = [kind for kind in held if kind.__name__ != "Emit"]
    assert kinds == [LoadCheckpoint, Stamp, Stamp, Save, RunTasks, Stamp, Save, RunTasks, Stamp, Save]
    assert [type(command) for command, _ in stepped.log] == held


def test_a_node_s_result_is_replaced_and_the_run_goes_on(saver: Any) -> None:
    graph = chain("a", "b").compile(saver)
    stepped = graph.step(INPUT, thread())
    assert [task.name for task in stepped.go_until_tasks()] == ["a"]
    stepped.replace("a", {"seen": ["replaced"]})
    assert to_end(stepped) == {"seen": ["replaced", "b"]}
    assert graph.get_state(thread()).values == {"seen": ["replaced", "b"]}


def test_a_node_that_is_replaced_is_not_called_and_its_router_is() -> None:
    def never(state: Any) -> Any:
        raise AssertionError("called")

    builder = chain("a", a=never).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_conditional_edges("a", lambda state: state["seen"][-1])
    stepped = builder.compile().step(INPUT)
    stepped.go_until_tasks()
    stepped.replace("a", {"seen": ["c"]})
    assert to_end(stepped) == {"seen": ["c", "c"]}


def test_a_command_is_a_result_too() -> None:
    stepped = chain("a", "b").add_node("c", says("c")).compile().step(INPUT)
    stepped.go_until_tasks()
    stepped.replace("a", Command(update={"seen": ["a"]}, goto="c"))
    assert to_end(stepped) == {"seen": ["a", "b", "c"]}


def test_the_others_of_a_step_run_as_they_would() -> None:
    stepped = fan("a", "b", "c").compile().step(INPUT)
    stepped.go_until_tasks()
    stepped.replace("b", {"seen": ["replaced"]})
    assert to_end(stepped) == {"seen": ["a", "replaced", "c"]}


def test_one_of_several_tasks_of_a_node_is_named_by_its_task() -> None:
    builder = StateGraph(Seen).add_node("work", lambda arg: {"seen": [arg]})
    builder.add_conditional_edges(START, lambda state: [Send("work", "x"), Send("work", "y")])
    stepped = builder.compile().step(INPUT)
    stepped.go()
    _, second = stepped.go_until_tasks()
    with pytest.raises(ValueError, match="2 tasks of 'work'"):
        stepped.replace("work", None)
    stepped.replace(second, {"seen": ["replaced"]})
    assert to_end(stepped) == {"seen": ["x", "replaced"]}


def test_a_name_that_is_not_asked_for_is_refused_with_a_hint() -> None:
    stepped = chain("classify").compile().step(INPUT)
    stepped.go_until_tasks()
    with pytest.raises(ValueError, match=r"No task of this step is 'clasify'. Did you mean 'classify'\?"):
        stepped.replace("clasify", None)


def test_results_are_replaced_only_where_tasks_are_asked_for(saver: Any) -> None:
    stepped = chain("a").compile(saver).step(INPUT, thread())
    with pytest.raises(ValueError, match="LoadCheckpoint"):
        stepped.replace("a", None)
    with pytest.raises(ValueError, match="LoadCheckpoint"):
        stepped.answer_tasks()
    to_end(stepped)


def test_raw_writes_can_be_a_result() -> None:
    stepped = chain("a").compile().step(INPUT)
    (task,) = stepped.go_until_tasks()
    stepped.answer_tasks(result(task, ("seen", ["raw"])))
    assert to_end(stepped) == {"seen": ["raw"]}


def test_a_save_can_be_skipped(saver: Any) -> None:
    graph = chain("a").compile(saver)
    stepped = graph.step(INPUT, thread(), durability="sync")
    while not stepped.done:
        if isinstance(stepped.command, Save):
            stepped.answer(None)
        else:
            stepped.go()
    assert list(saver.list(thread())) == []


def test_a_clock_can_stand_still() -> None:
    graph = chain("a").compile(InMemorySaver())
    stepped = graph.step(INPUT, thread())
    while not stepped.done:
        match stepped.command:
            case Stamp(step):
                stepped.answer(Stamped(f"0{step + 1}", "noon"))
            case _:
                stepped.go()
    state = graph.get_state(thread())
    assert (state.created_at, state.config["configurable"]["checkpoint_id"]) == ("noon", "02")


def test_a_run_can_be_ended_with_an_error(saver: Any) -> None:
    graph = chain("a", "b").compile(saver)
    stepped = graph.step(INPUT, thread())
    stepped.go_until_tasks()
    stepped.go()
    stepped.go_until_tasks()
    stepped.fail(TimeoutError("enough"))
    with pytest.raises(TimeoutError, match="enough"):
        to_end(stepped)
    assert stepped.done and stepped.outcome is None
    assert (graph.get_state(thread()).next, graph.get_state(thread()).values) == (("b",), {"seen": ["a"]})


def test_a_failing_node_raises_where_the_run_goes_on() -> None:
    def fails(state: Any) -> Any:
        raise ValueError("no")

    stepped = chain("a", a=fails).compile().step(INPUT)
    stepped.go_until_tasks()
    with pytest.raises(ValueError, match="no"):
        while True:
            stepped.go()
    with pytest.raises(RuntimeError, match="has ended"):
        stepped.go()


def test_a_run_that_is_dropped_says_nothing(saver: Any) -> None:
    stepped = chain("a", "b").compile(saver).step(INPUT, thread(), durability="exit")
    stepped.go_until_tasks()
    del stepped
    gc.collect()


# -- replay -----------------------------------------------------------------------------------------------------------


class Counted(TypedDict):
    n: Annotated[int, operator.add]


def multiply(old: int, new: int) -> int:
    return old * new


class Multiplied(TypedDict):
    n: Annotated[int, multiply]


def counting(schema: Any, steps: int = 3) -> Any:
    """A graph that adds two (or multiplies by two) a few times."""
    builder = StateGraph(schema)
    for number in range(steps):
        builder.add_node(f"n{number}", lambda state: {"n": 2})
        builder.add_edge(f"n{number - 1}" if number else START, f"n{number}")
    return builder.compile(InMemorySaver())


REQUEST = Request(input={"n": 1}, address=ADDRESS, output_keys=("n",), durability="sync")


def recorded(graph: Any, request: Request = REQUEST) -> SteppedRun:
    """A finished run, with its log."""
    stepped = drive_step(run(graph.plan, request), Host(graph.plan, thread(), saver=graph.checkpointer))
    to_end(stepped)
    return stepped


def test_a_recorded_run_asks_for_the_same_again() -> None:
    graph = counting(Counted)
    stepped = recorded(graph)
    outcome = drive_replay(run(graph.plan, REQUEST), stepped.log)
    assert outcome == stepped.outcome and outcome.values == {"n": 7}


def test_a_fan_out_is_replayed_from_one_recorded_answer() -> None:
    graph = fan("a", "b", "c", join="end").compile()
    request = Request(input=INPUT, output_keys=("seen",))
    stepped = recorded(graph, request)
    assert drive_replay(run(graph.plan, request), stepped.log) == stepped.outcome


def test_a_changed_reducer_diverges_where_it_first_shows() -> None:
    log = recorded(counting(Counted)).log
    with pytest.raises(ReplayDiverged) as diverged:
        drive_replay(run(counting(Multiplied).plan, REQUEST), log)
    words = [words_of(command) for command, _ in log]
    # the state starts as int(), so already the input gives another value: 0 + 1, and 0 * 1
    assert words[diverged.value.index].startswith("save") and diverged.value.index == words.index(words[3])
    assert isinstance(diverged.value.asked, Save)


def test_a_changed_result_diverges_at_the_next_step_s_tasks() -> None:
    graph = counting(Counted)
    request = replace(REQUEST, address=None)
    log = recorded(graph, request).log
    command, answer = log[0]
    (finished,) = answer.finished  # type: ignore[union-attr]
    changed = [(command, replace(answer, finished=(replace(finished, writes=(("n", 5), *finished.writes[1:])),)))]
    with pytest.raises(ReplayDiverged) as diverged:
        drive_replay(run(graph.plan, request), [*changed, *log[1:]])
    assert diverged.value.index == 1


def test_a_log_that_was_cut_off_diverges_after_its_end() -> None:
    graph = counting(Counted)
    request = replace(REQUEST, address=None)
    log = recorded(graph, request).log
    with pytest.raises(ReplayDiverged) as diverged:
        drive_replay(run(graph.plan, request), log[:2])
    assert (diverged.value.index, diverged.value.recorded) == (2, None)
    assert isinstance(diverged.value.asked, RunTasks)


def test_a_graph_that_became_shorter_diverges_where_it_ends() -> None:
    request = replace(REQUEST, address=None)
    log = recorded(counting(Counted, 3), request).log
    with pytest.raises(ReplayDiverged) as diverged:
        drive_replay(run(counting(Counted, 2).plan, request), log)
    assert (diverged.value.index, diverged.value.asked) == (2, None)


def test_a_run_that_failed_fails_again() -> None:
    def fails(state: Any) -> Any:
        raise ValueError("no")

    graph = chain("a", a=fails).compile()
    request = Request(input=INPUT, output_keys=("seen",))
    stepped = drive_step(run(graph.plan, request), Host(graph.plan, {}))
    with pytest.raises(ValueError, match="no"):
        to_end(stepped)
    with pytest.raises(ValueError, match="no"):
        drive_replay(run(graph.plan, request), stepped.log)


def test_a_saver_that_failed_fails_again() -> None:
    graph = counting(Counted)
    stepped = drive_step(run(graph.plan, REQUEST), Host(graph.plan, thread(), saver=graph.checkpointer))
    while not isinstance(stepped.command, Save):
        stepped.go()
    with pytest.raises(OSError, match="disk"):
        stepped.fail(OSError("disk"))
    with pytest.raises(OSError, match="disk"):
        drive_replay(run(graph.plan, REQUEST), stepped.log)


def test_an_empty_log_is_a_run_that_asked_for_nothing() -> None:
    with pytest.raises(ReplayDiverged) as diverged:
        drive_replay(run(counting(Counted).plan, REQUEST), [])
    assert diverged.value.index == 0
    assert END not in str(diverged.value)
