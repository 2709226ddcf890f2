"""Plain builders in cells that are run again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.constants import END, START
from langgraph_nb.graph.state import StateGraph
from langgraph_nb.notebook.builders import BuilderWatch, builders_in


def same(state: Any) -> Any:
    return state


def first(builder: Any) -> None:
    builder.add_node("a", same)
    builder.add_edge(START, "a")


def second(builder: Any) -> None:
    builder.add_node("b", same)
    builder.add_edge(["a", "b"], END)
    builder.add_conditional_edges("a", same, ["b"])


@pytest.fixture
def builder() -> Any:
    return StateGraph(dict)


def run(watch: BuilderWatch, builder: Any, cell: str, body: Any, deleted: tuple[str, ...] = ()) -> None:
    watch.begin_cell(cell, [builder], deleted)
    try:
        body(builder)
    finally:
        watch.end_cell([builder])


def contents(builder: Any) -> Any:
    branches = {source: set(named) for source, named in builder.branches.items()}
    return set(builder.nodes), set(builder.edges), set(builder.waiting_edges), branches


def test_a_cell_that_adds_to_a_builder_can_be_run_again(builder: Any) -> None:
    watch = BuilderWatch()
    for cell, body in (("1", first), ("2", second)):
        run(watch, builder, cell, body)
    before = contents(builder)
    for cell, body in (("2", second), ("1", first), ("1", first)):
        run(watch, builder, cell, body)
    assert contents(builder) == before


def test_what_an_edited_cell_no_longer_says_is_gone(builder: Any) -> None:
    watch = BuilderWatch()
    run(watch, builder, "1", first)
    run(watch, builder, "2", second)
    run(watch, builder, "2", lambda b: b.add_edge("a", END))
    assert contents(builder) == ({"a"}, {(START, "a"), ("a", END)}, set(), {})


def test_what_a_deleted_cell_added_is_gone(builder: Any) -> None:
    watch = BuilderWatch()
    run(watch, builder, "1", first)
    run(watch, builder, "2", second)
    run(watch, builder, "3", lambda b: None, deleted=("2",))
    assert contents(builder) == ({"a"}, {(START, "a")}, set(), {})


def test_a_second_definition_in_another_cell_is_still_refused(builder: Any) -> None:
    watch = BuilderWatch()
    run(watch, builder, "1", first)
    with pytest.raises(ValueError, match="already present"):
        run(watch, builder, "2", first)


def test_without_a_cell_id_nothing_is_taken_out(builder: Any) -> None:
    watch = BuilderWatch()
    run(watch, builder, "", first)
    with pytest.raises(ValueError, match="already present"):
        run(watch, builder, "", first)


def test_builders_are_found_once_each(builder: Any) -> None:
    assert builders_in({"one": builder, "same": builder, "x": 1}) == [builder]


NODES = ("a", "b", "c")
_end = st.sampled_from(NODES)
_step = st.one_of(
    st.tuples(st.just("edge"), st.sampled_from((START, *NODES)), _end),
    st.tuples(st.just("join"), st.sampled_from((("a", "b"), ("b", "c"))), _end),
    st.tuples(st.just("node"), st.text("xyz", min_size=1, max_size=2), st.just("")),
    st.tuples(st.just("branch"), _end, st.text("fgh", min_size=1, max_size=1)),
)
_cells = st.tuples(st.sampled_from("123"), st.lists(_step, max_size=4, unique=True), st.booleans())


def performs(steps: list[tuple[str, Any, str]]) -> Any:
    def body(builder: Any) -> None:
        for kind, one, other in steps:
            if kind == "edge":
                builder.add_edge(one, other)
            elif kind == "join":
                builder.add_edge(list(one), other)
            elif kind == "node":
                builder.add_node(one, same)
            else:
                path = lambda state: END  # noqa: E731
                path.__name__ = other
                builder.add_conditional_edges(one, path, [END])

    return body


def with_nodes() -> Any:
    made = StateGraph(dict)
    for name in NODES:
        made.add_node(name, same)
    return made


@settings(max_examples=150, deadline=None)
@given(st.lists(_cells, max_size=7))
def test_any_sequence_of_runs_gives_the_builder_of_a_fresh_run(runs: list[Any]) -> None:
    watch, builder = BuilderWatch(), with_nodes()
    cells: dict[str, Any] = {}
    for cell, steps, deleted in runs:
        there = {(kind, one, other) for key, known in cells.items() if key != cell for kind, one, other in known}
        mine = [step for step in steps if step[0] in ("edge", "join") or step not in there]  # the others are refused
        run(watch, builder, cell, performs(mine))
        cells[cell] = mine
        if deleted:
            run(watch, builder, "9", lambda b: None, deleted=(cell,))
            del cells[cell]
    fresh = with_nodes()
    for steps in cells.values():
        performs(steps)(fresh)
    assert contents(builder) == contents(fresh)
    assert type(builder.edges) is type(fresh.edges)
