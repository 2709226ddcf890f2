"""The same run is the same run: ids, checkpoints and commands depend on what is injected and on nothing else."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.constants import PULL, PUSH
from langgraph_nb.pregel.drive_async import AsyncDriver
from langgraph_nb.pregel.drive_sync import drive_sync
from langgraph_nb.pregel.engine import run
from langgraph_nb.pregel.events import Stamped, Task
from langgraph_nb.pregel.host import Host
from langgraph_nb.pregel.request import Request
from langgraph_nb.types import Interrupt, Send, interrupt
from tests.unit.engine.by_hand import ADDRESS, ALL, ByHand
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import chain, fan

INPUT: dict[str, Any] = {"seen": []}


def clock() -> Any:
    """A clock that ticks once for each checkpoint."""
    ticks = itertools.count()
    return lambda step: Stamped(f"{next(ticks):03}", f"tick at {step}")


def simulated(graph: Any, saver: Any, loop: Any = None) -> list[Any]:
    """The events of a run in which nothing comes from the outside."""
    request = Request(INPUT, address=ADDRESS, output_keys=("seen",), watch=ALL, durability="sync")
    host = Host(graph.plan, {**thread(), "max_concurrency": 1}, saver=saver, watch=ALL, stamp=clock())
    if loop is None:
        return list(drive_sync(run(graph.plan, request), host))

    async def collect() -> list[Any]:
        return [event async for event in AsyncDriver(host).drive(run(graph.plan, request))]

    events: list[Any] = loop.run(collect())
    return events


def test_a_run_is_the_same_again_and_with_every_driver(loop: Any) -> None:
    runs = []
    for how in (None, None, loop):
        saver = InMemorySaver()
        events = simulated(fan("a", "b", join="c").compile(), saver, how)
        runs.append((events, list(saver.list(thread()))))
    assert runs[0] == runs[1] == runs[2]
    assert [saved.checkpoint["id"] for saved in runs[0][1]] == ["003", "002", "001", "000"]
    assert [saved.checkpoint["ts"] for saved in runs[0][1]] == [f"tick at {step}" for step in (2, 1, 0, -1)]


def test_the_id_of_a_task_is_a_uuid_of_where_it_is() -> None:
    task = Task("node", ("path", 0), (), None, 1, "seed")
    assert task.id == Task("node", ("path", 0), ("other",), "input", 1, "seed", ("answer",)).id
    others = [
        Task("other", ("path", 0), (), None, 1, "seed"), Task("node", ("path", 1), (), None, 1, "seed"),
        Task("node", ("path", 0), (), None, 2, "seed"), Task("node", ("path", 0), (), None, 1, "other"),
    ]  # fmt: skip
    assert len({task.id, *(other.id for other in others)}) == 5
    assert [len(part) for part in task.id.split("-")] == [8, 4, 4, 4, 12]


def test_names_of_any_text_have_ids() -> None:
    assert Task("\ud800 \0 ∆", (), (), None, 1).id != Task("\ud801 \0 ∆", (), (), None, 1).id


def test_the_ids_of_two_runs_on_one_thread_differ(way: Way) -> None:
    graph = chain("a", a=lambda state: {"seen": [interrupt("?")]}).compile(way.saver)
    first, second = (way.invoke(graph, INPUT)["__interrupt__"][0].id for _ in range(2))
    assert first != second


def test_the_ids_of_two_runs_without_a_thread_differ() -> None:
    graph = chain("a", a=lambda state: {"seen": [interrupt("?")]}).compile()
    assert graph.invoke(INPUT)["__interrupt__"] != graph.invoke(INPUT)["__interrupt__"]


def test_the_order_in_which_tasks_end_does_not_show_in_the_state() -> None:
    graph = fan("a", "b", "c").compile()
    results = set()
    for order in itertools.permutations("abc"):
        hand = ByHand(graph, INPUT)
        for name in order:
            hand.finish(**{name: {"seen": [name]}})
        assert hand.outcome is not None
        results.add(tuple(hand.outcome.values["seen"]))
    assert results == {("a", "b", "c")}


def test_the_order_in_which_tasks_ask_does_not_show_in_the_outcome() -> None:
    graph = fan("a", "b").compile()
    outcomes = []
    for order in ("ab", "ba"):
        hand = ByHand(graph, INPUT, seed="same")
        for name in order:
            hand.finish(**{name: Interrupt(name, name)})
        outcomes.append(hand.outcome)
    assert outcomes[0] == outcomes[1]


def test_more_than_ten_sends_are_applied_in_their_order(any_way: Way) -> None:
    builder = chain("plan").add_node("work", lambda arg: {"seen": [arg]})
    builder.add_conditional_edges("plan", lambda state: [Send("work", number) for number in range(25)])
    assert any_way.invoke(builder.compile(any_way.saver), INPUT) == {"seen": ["plan", *range(25)]}


def test_a_plan_is_not_changed_by_running_it() -> None:
    graph = fan("a", "b", join="c").compile(InMemorySaver())
    before = {name: channel.checkpoint() for name, channel in graph.plan.channels.items()}
    graph.invoke(INPUT, thread())
    assert {name: channel.checkpoint() for name, channel in graph.plan.channels.items()} == before


def test_ids_of_tasks_are_uuids_whatever_they_are_derived_from() -> None:
    """Of a checkpoint they take over the time; a run that stores nothing has a seed that only looks alike."""
    seeds = ["5925d18fe114-1686900 inner:0000000000000000", "1f0c5d3a-1c00-6000-8000-0123456789ab\0", "", "s"]
    paths = [(PULL, "a"), (PUSH, 0, False), (PUSH, (PULL, "a"), 1, True)]
    ids = [Task("a", path, (), None, 1, seed).id for seed in seeds for path in paths]
    assert all(str(UUID(text)) == text for text in ids)
    assert len(set(ids)) == len(ids)
    assert ids == [Task("a", path, (), None, 1, seed).id for seed in seeds for path in paths]
