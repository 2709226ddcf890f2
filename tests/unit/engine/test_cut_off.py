"""A step that is cut off when all of its tasks have finished: what they wrote is stored, and counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain, says


def cut_off_after(graph: Any, node: str) -> None:
    """Run until a node's task has finished, and close the stream before its step is over."""
    stream = graph.stream({"seen": []}, thread(), stream_mode="tasks", durability="sync")
    for chunk in stream:
        if chunk["name"] == node and "result" in chunk:
            stream.close()


def test_what_follows_is_next() -> None:
    graph = chain("a", "b", "c").compile(InMemorySaver())
    cut_off_after(graph, "a")
    state = graph.get_state(thread())
    assert (state.next, state.values) == (("b",), {"seen": ["a"]})
    assert graph.invoke(None, thread()) == {"seen": ["a", "b", "c"]}


@pytest.mark.parametrize("node", ["a", "b"])
def test_new_input_keeps_what_was_written(node: str) -> None:
    graph = chain("a", "b").compile(InMemorySaver())
    cut_off_after(graph, node)
    kept = graph.get_state(thread()).values["seen"]
    assert kept[-1] == node
    assert graph.invoke({"seen": ["new"]}, thread()) == {"seen": [*kept, "new", "a", "b"]}
    steps = [state.metadata["step"] for state in graph.get_state_history(thread())]
    assert steps == [*range(len(steps) - 2, -2, -1)]


def test_new_input_gets_past_a_step_that_a_reducer_refused() -> None:
    refuse = True

    def reduce(old: list[str], new: list[str]) -> list[str]:
        if refuse and "a" in new:
            raise ValueError("refused")
        return old + new

    state: Any = TypedDict("State", {"seen": Annotated[list[str], reduce]})  # type: ignore[misc]
    builder = StateGraph(state).add_node("a", lambda given: {"seen": ["a"]}).add_edge(START, "a")
    graph = builder.compile(InMemorySaver())
    for _ in range(2):
        with pytest.raises(ValueError, match="refused"):
            graph.invoke({"seen": ["new"]}, thread())
    assert graph.get_state(thread()).next == ("a",)
    refuse = False
    assert graph.invoke(None, thread()) == {"seen": ["new", "new", "a"]}


def test_a_reducer_that_refuses_at_the_end_leaves_what_there_was(tmp_path: Path) -> None:
    """Under ``exit`` the checkpoint before the step is stored then, and knows nothing of the step."""

    def reduce(old: list[str], new: list[str]) -> list[str]:
        if "b" in new:
            raise ValueError("refused")
        return old + new

    state: Any = TypedDict("State", {"seen": Annotated[list[str], reduce]})  # type: ignore[misc]
    builder = StateGraph(state)
    for name, after in (("a", START), ("b", "a")):
        builder.add_node(name, says(name)).add_edge(after, name)
    with SqliteSaver(tmp_path / "threads.db") as saver:
        graph = builder.compile(saver)
        graph.invoke({"seen": []}, thread(), interrupt_before=["b"], durability="exit")
        for given in ({"seen": []}, None):
            with pytest.raises(ValueError, match="refused"):
                graph.invoke(given, thread(), durability="exit")
            now = graph.get_state(thread())
            assert (now.values, now.next) == ({"seen": ["a", "a"]}, ("b",))
