"""What a person sees of real runs: failures that are handled, and tasks that code calls."""

from __future__ import annotations

import asyncio
import io
import operator
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.errors import GraphRecursionError, NodeError
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.notebook.live.run import open_thread
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import progress
from langgraph_nb.notebook.live.terminal import print_events
from langgraph_nb.notebook.live.transcript import transcript
from langgraph_nb.notebook.picture import to_text
from langgraph_nb.types import Command, interrupt


class State(TypedDict, total=False):
    seen: str


def risky(state: State) -> Any:
    raise ValueError("the model is busy")


def excuse(state: State, error: NodeError) -> Any:
    return {"seen": f"instead of {error.node}"}


def after(state: State) -> Any:
    return {}


def handled(**options: Any) -> Any:
    builder = StateGraph(State).add_node(risky, **options).add_node(after)
    return builder.add_edge(START, "risky").add_edge("risky", "after")


def watched(graph: Any, given: Any, view: RunView | None = None, **config: Any) -> RunView:
    view = view or RunView(graph.topology(), name="g")
    view.begin(given, 0.0)
    for ns, event in graph.events(given, config):
        view.fold(ns, event, 1.0)
    return view


def test_the_way_to_an_error_handler_is_drawn_and_taken() -> None:
    view = watched(handled(error_handler=excuse).compile(), {})
    handler = "__error_handler__risky"
    assert {path: node.status for path, node in view.nodes.items()} == {
        START: "done", "risky": "failed", handler: "done", "after": "skipped", END: "done",
    }  # fmt: skip
    assert {("risky", handler), (handler, END)} <= set(view.edges)
    assert view.steps.to_json()[-1]["ran"] == ["risky", handler]
    assert view.nodes[handler].visits == 1


def test_pictures_and_words_name_a_handler_by_what_it_is_for() -> None:
    graph = handled(error_handler=excuse).compile()
    assert "on error: risky" in to_text(graph.topology())
    assert progress(watched(graph, {})).splitlines() == ["g: done", "  ✓ on error: risky", "  ✗ risky", "  – after"]


def test_the_handler_of_all_nodes_is_a_box_without_edges_to_it() -> None:
    topology = handled().set_node_defaults(error_handler=excuse).compile().topology()
    assert [node.label for node in topology.nodes if node.id.startswith("__default")] == ["on error"]
    assert {edge.target for edge in topology.edges} == {"risky", "after", END}


def test_a_terminal_shows_what_a_handler_wrote() -> None:
    graph, out = handled(error_handler=excuse).compile(), io.StringIO()
    print_events(graph.events({}), graph.topology(), stream=out)
    assert "    seen = instead of risky\n✓ on error: risky  0.0 s\n" in out.getvalue()


def test_what_ends_a_run_is_told_even_after_a_handled_failure() -> None:
    def again(state: State, error: NodeError) -> Any:
        return Command(goto="risky")

    graph = handled(error_handler=again).compile()
    view = RunView(graph.topology(), name="g")
    with pytest.raises(GraphRecursionError) as raised:
        watched(graph, {}, view, recursion_limit=3)
    view.fail(raised.value, 2.0)
    assert view.failure is not None and view.failure["kind"] == "GraphRecursionError"


def test_called_tasks_are_counted_and_go_on_where_they_paused() -> None:
    @task
    def double(n: int) -> int:
        return n * 2

    @task
    def check(n: int) -> Any:
        return interrupt(n)

    @entrypoint(checkpointer=InMemorySaver())
    def flow(numbers: list[int]) -> Any:
        return check(sum(future.result() for future in [double(n) for n in numbers])).result()

    thread = {"configurable": {"thread_id": "1"}}
    view = watched(flow, [1, 2, 3], **thread)
    doubled = {"status": "done", "visits": 0, "spent": 0.0, "done": 3, "total": 3}
    assert view.nodes["double"].to_json(1.0) == doubled
    assert [entry["key"] for entry in view.log.to_json()] == ["result"] * 3
    assert view.nodes["check"].status == view.nodes["flow"].status == "paused"
    watched(flow, Command(resume=True), view, **thread)
    assert view.nodes["double"].to_json(1.0) == doubled
    assert view.nodes["check"].status == view.nodes["flow"].status == "done"
    kept, *last = view.log.to_json()[3:]
    assert (kept["node"], kept["label"]) == ("double", "↺ 3 results were kept")
    assert "    result: 6\n    ↺ 3 results were kept\n  check\n" in transcript(view)
    assert [(entry["node"], entry["key"]) for entry in last] == [("check", "result"), ("flow", "result")]


def test_known_results_of_called_tasks_are_shown_as_such_to_who_looks_later() -> None:
    double = task(lambda n: n * 2, name="double")

    @entrypoint(checkpointer=InMemorySaver())
    def flow(n: int) -> Any:
        return double(n).result() + interrupt("more?")

    thread = {"configurable": {"thread_id": "1"}}
    watched(flow, 1, **thread)
    later = watched(flow, Command(resume=5), **thread)
    assert later.nodes["double"].status == "cached"


def test_a_state_without_keys_is_a_value() -> None:
    builder = StateGraph(Annotated[list, operator.add]).add_node("add", lambda state: [2]).add_edge(START, "add")
    view = watched(builder.compile(), [1])
    steps = view.steps.to_json()
    assert [step["set"] for step in steps] == [{"value": "[1]"}, {"value": "[1, 2]"}]
    assert steps[1]["changes"] == [{"key": "value", "by": ["add"], "op": "add", "after": "2"}]
    assert [entry["key"] for entry in view.log.to_json()] == ["value"]


def test_a_stored_thread_shows_what_ran_in_the_graphs_inside_that_wait() -> None:
    def steps(*nodes: Any) -> Any:
        return StateGraph(State).add_sequence(nodes).add_edge(START, nodes[0][0]).set_finish_point(nodes[-1][0])

    deep = steps(("look", after), ("ask", lambda state: interrupt("?") and {})).compile()
    inner = steps(("measure", after), ("deep", deep)).compile()
    outer = steps(("visit", inner), ("end", after)).compile(InMemorySaver(), name="outer")
    thread = {"configurable": {"thread_id": "1"}}
    outer.invoke({"seen": ""}, thread)

    async def story() -> RunView:
        view = (await open_thread(outer, thread="1")).view
        assert {path: node.status for path, node in view.nodes.items() if "__" not in path} == {
            "visit": "paused", "visit|measure": "done", "visit|deep": "paused", "visit|deep|look": "done",
            "visit|deep|ask": "paused", "end": "waiting",
        }  # fmt: skip
        async for ns, event in outer.aevents(Command(resume=True), thread):
            view.fold(ns, event, 1.0)
        return view

    nodes = asyncio.run(story()).nodes
    assert {node.status for node in nodes.values()} == {"done"}, "what ran before the pause is not left out"
    assert {nodes[path].visits for path in ("visit|measure", "visit|deep|look")} == {1}
