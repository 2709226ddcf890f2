"""Simulations find what depends on order or does not survive a fault, and nothing else; it can be played again."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.runtime import get_runtime
from langgraph_nb.testing import Choice, SimulationFailed, Trial, simulate
from langgraph_nb.types import RetryPolicy, Send, interrupt
from tests.unit.engine.graphs import Seen, chain, fan, says

INPUT: dict[str, Any] = {"seen": []}
FAULTS = ("crash", "save")
DURABILITIES = ("sync", "async", "exit")


class Last(TypedDict):
    last: Annotated[str, lambda old, new: new]


class Shared:
    """Nodes that look at something which is not in the state: who came first."""

    def __init__(self) -> None:
        self.came: list[str] = []

    def node(self, name: str) -> Any:
        def come(state: Any) -> dict[str, Any]:
            self.came.append(name)
            return {"seen": [f"{name} {self.came.index(name)}"]}

        return come

    def check(self, trial: Trial) -> bool:
        self.came.clear()
        return bool(trial.result["seen"][0] == "a 0")


def failure(*args: Any, **options: Any) -> SimulationFailed:
    with pytest.raises(SimulationFailed) as caught:
        simulate(*args, **options)
    return caught.value


# -- order -------------------------------------------------------------------------------------------------------------


def test_what_depends_on_the_order_of_tasks_is_found_with_the_fewest_choices() -> None:
    shared = Shared()
    names = ("a", "b", "c", "d")
    graph = fan(*names, join="end", **{name: shared.node(name) for name in names}).compile()
    found = failure(graph, INPUT, check=shared.check)
    (choice,) = found.schedule
    assert choice.at == "run 1, step 1, next task" and choice.took in "bcd"
    assert str(choice) in str(found) and repr(found.schedule[0]) in str(found)


def test_a_schedule_can_be_played_again() -> None:
    shared = Shared()
    graph = fan("a", "b", a=shared.node("a"), b=shared.node("b")).compile()
    schedule = [Choice("run 1, step 1, next task", "b")]
    assert failure(graph, INPUT, check=shared.check, schedule=schedule).schedule == tuple(schedule)
    simulate(graph, INPUT, check=shared.check, schedule=[])


def test_a_seed_gives_the_same_again() -> None:
    shared, logs = Shared(), []
    graph = fan("a", "b", "c", **{name: shared.node(name) for name in "abc"}).compile(InMemorySaver())
    for _ in range(2):
        shared.came.clear()
        logs.append(failure(graph, INPUT, check=shared.check, faults=FAULTS).trial.log)
    assert logs[0] == logs[1]


def test_a_reducer_that_depends_on_order_is_not_a_matter_of_schedules() -> None:
    """The engine applies writes in the order of the tasks' places, whenever they end."""
    builder = StateGraph(Last).add_node("plan", lambda state: {})
    builder.add_node("work", lambda arg: {"last": arg}).add_edge(START, "plan")
    builder.add_conditional_edges("plan", lambda state: [Send("work", letter) for letter in "abc"])
    report = simulate(builder.compile(), {"last": ""}, check=lambda trial: trial.result == {"last": "c"})
    assert report.schedules == 6


def test_tasks_of_graphs_inside_are_part_of_the_schedule() -> None:
    shared = Shared()
    child = fan("a", "b", a=shared.node("a"), b=shared.node("b")).compile()
    graph = StateGraph(Seen).add_node("child", child).add_edge(START, "child").compile()
    assert failure(graph, INPUT, check=shared.check).schedule == (Choice("run 1, child > step 1, next task", "b"),)


# -- what is owned -----------------------------------------------------------------------------------------------------


def test_async_nodes_run_in_virtual_time() -> None:
    async def sleeps(state: Any) -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {"seen": ["slept"]}

    began = time.monotonic()
    simulate(fan("a", "b", a=sleeps, b=sleeps).compile(), INPUT, seeds=range(20))
    assert time.monotonic() - began < 3600


def test_pauses_between_attempts_and_chance_are_owned() -> None:
    seen: set[float] = set()

    def shaky(state: Any) -> dict[str, Any]:
        seen.add(random.random())
        raise ConnectionError

    builder = StateGraph(Seen).add_node("shaky", shaky, retry_policy=RetryPolicy(initial_interval=1000, max_attempts=3))
    graph = builder.add_edge(START, "shaky").compile()
    state = random.getstate()
    simulate(graph, INPUT, seeds=[1, 1, 1], check=lambda trial: isinstance(trial.error, ConnectionError))
    assert random.getstate() == state and len(seen) == 6  # three attempts with the seed 1, and three by itself


# -- faults ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("durability", DURABILITIES)
def test_a_thread_survives_every_fault(durability: str) -> None:
    builder = chain("plan", "end").add_node("work", lambda arg: {"seen": [arg]})
    builder.add_conditional_edges("plan", lambda state: [Send("work", number) for number in range(3)])
    graph = builder.compile(InMemorySaver())

    def complete(trial: Trial) -> None:
        assert trial.result == {"seen": ["plan", "end", 0, 1, 2]} == trial.get_state().values
        assert trial.get_state().next == ()

    report = simulate(graph, INPUT, faults=FAULTS, check=complete, durability=durability)
    assert report.runs > report.seeds


def repeated(trial: Trial) -> list[str]:
    """The ids of tasks that began after what they wrote had been stored."""
    stored: set[str] = set()
    again = []
    for line in trial.log:
        task = line.rpartition("[")[2]
        if "stored" in line:
            stored.add(task)
        elif "begins" in line and task in stored:
            again.append(line)
    return again


def test_under_sync_a_finished_task_does_not_run_again() -> None:
    graph = fan("a", "b", "c", join="end").compile(InMemorySaver())
    report = simulate(
        graph, INPUT, faults=FAULTS, durability="sync", max_faults=5, check=lambda trial: not repeated(trial)
    )
    assert report.schedules > 50


@pytest.mark.parametrize("durability", ["sync", "async"])
def test_a_key_is_known_only_when_the_task_will_be_known_again(durability: str) -> None:
    orders: set[str] = set()

    def pay(state: Any) -> dict[str, Any]:
        orders.add(get_runtime().idempotency_key)
        return {"seen": ["pay"]}

    def check(trial: Trial) -> None:
        keys = len(orders)
        orders.clear()
        assert keys == 1

    graph = StateGraph(Seen).add_node(pay).add_edge(START, "pay").compile(InMemorySaver())
    simulate(graph, INPUT, faults=FAULTS, check=check, durability=durability)


def test_graphs_inside_survive_faults() -> None:
    child = StateGraph(Seen).add_node("one", says("one")).add_node("two", says("two"))
    child.add_edge(START, "one").add_edge("one", "two")
    inner = child.compile()
    builder = chain("a", "b", b=lambda state: {"seen": inner.invoke({"seen": []})["seen"]})
    simulate(builder.compile(InMemorySaver()), INPUT, faults=FAULTS, durability="sync")


def test_what_a_crash_brings_about_is_found() -> None:
    sent: list[str] = []

    def send(state: Any) -> dict[str, Any]:
        sent.append("mail")
        return {"seen": ["sent"]}

    def once(trial: Trial) -> None:
        mails, sent[:] = len(sent), []
        assert mails == 1, f"{mails} mails were sent"

    graph = chain("send", send=send).compile(InMemorySaver())
    found = failure(graph, INPUT, faults=["crash"], check=once)
    assert len(found.schedule) == 1 and "crash" in found.schedule[0].took
    assert "2 mails were sent" in str(found)


# -- questions ---------------------------------------------------------------------------------------------------------


def asks(name: str) -> Any:
    return lambda state: {"seen": [interrupt(name)]}


@pytest.mark.parametrize("durability", DURABILITIES)
def test_questions_are_answered_in_any_order_over_faults(durability: str) -> None:
    child = StateGraph(Seen).add_node("inside", asks("inside")).add_edge(START, "inside").compile()
    builder = fan("a", "b", "c", join="end", a=asks("a"), b=asks("b")).add_node("child", child)
    graph = builder.add_edge(START, "child").compile(InMemorySaver())
    report = simulate(
        graph, INPUT, faults=FAULTS, answer=lambda question: question.value.upper(), durability=durability,
        check=lambda trial: sorted(trial.result["seen"]) == ["A", "B", "INSIDE", "c", "end"],
    )  # fmt: skip
    assert report.schedules > 50


def test_without_answers_a_run_that_asks_has_ended() -> None:
    graph = chain("a", a=asks("a")).compile(InMemorySaver())
    simulate(graph, INPUT, check=lambda trial: [i.value for i in trial.result["__interrupt__"]] == ["a"])


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_an_error_that_only_a_schedule_brings_about_is_a_failure() -> None:
    came: list[str] = []

    def first(name: str) -> Any:
        def node(state: Any) -> dict[str, Any]:
            came.append(name)
            if came == ["b", "a"]:
                raise LookupError("b came first")
            return {}

        return node

    with pytest.raises(SimulationFailed, match="LookupError: b came first"):
        simulate(fan("a", "b", a=first("a"), b=first("b")).compile(), INPUT, check=lambda trial: came.clear())


def test_unknown_faults_and_faults_without_a_checkpointer_are_refused() -> None:
    graph = chain("a").compile()
    with pytest.raises(ValueError, match="Did you mean 'crash'"):
        simulate(graph, INPUT, faults=["crush"])
    with pytest.raises(ValueError, match="Compile the graph with a checkpointer"):
        simulate(graph, INPUT, faults=["crash"])


def test_an_option_that_there_is_not_is_refused() -> None:
    graph = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a").compile()
    with pytest.raises(TypeError, match=r"no option 'fault'\. Did you mean 'faults'"):
        simulate(graph, {}, fault=["crash"])
