"""What changed in a graph since its last version, which is how it was before the cell that changed it."""

from __future__ import annotations

import pytest

from langgraph_nb.notebook.mistakes import UnknownGraphError
from tests.unit.notebook.bench import STATE, Notebook

FIRST = f"{STATE}def a(state): return {{}}\ndef pick(state): return 'a'\nSTART >> route(pick, a, END)"


def test_nodes_edges_code_state_and_options_are_compared() -> None:
    notebook = Notebook()
    notebook.cell("1", "calc", FIRST)
    assert not notebook.bench.changes("calc")
    second = f"""{STATE}    m: str
def a(state):
    return {{"n": 1}}
def b(state): return {{}}
def pick(state): return END
START >> route(pick, a, END)
a >> (b if state["n"] else END)"""
    notebook.cell("1", "calc", second, checkpointer="memory")
    found = notebook.bench.changes("calc")
    assert repr(found).splitlines() == [
        "calc, since the last version:",
        "  ~ node a: its code",
        "      -def a(state): return {}",
        "      +def a(state):",
        '      +    return {"n": 1}',
        "  + node b",
        "  + a -> b      if state[\"n\"]",
        "  + a -> END    else",
        "  ~ pick, which chooses: its code",
        "      -def pick(state): return 'a'",
        "      +def pick(state): return END",
        "  + state key m: str",
        "  ~ --checkpointer: nothing → memory",
    ]
    assert found.touched == {"a", "b"}


def test_the_last_version_is_the_one_before_the_cell_that_changed_something() -> None:
    notebook = Notebook()
    notebook.cell("1", "calc", FIRST)
    notebook.cell("2", "calc", "a >> END")
    for _ in range(2):  # to run them again changes nothing
        notebook.cell("1", "calc", FIRST)
        notebook.cell("2", "calc", "a >> END")
    notebook.cell("3", "other", "START >> x")
    assert [line for line in notebook.bench.changes("calc").lines] == ["+ a -> END"]
    notebook.ordinary("", deleted=["2"])
    assert list(notebook.bench.changes("calc").lines) == ["- a -> END"]


def test_a_function_of_an_ordinary_cell_that_is_defined_again_is_a_change() -> None:
    notebook = Notebook()
    notebook.ordinary(f"{STATE}def a(state): return {{}}")
    notebook.cell("1", "calc", "START >> a >> END")
    notebook.ordinary("def a(state): return {}")
    assert not notebook.bench.changes("calc")
    notebook.ordinary("def a(state): return {'n': 2}")
    assert list(notebook.bench.changes("calc").lines) == ["~ node a: its code"]


def test_what_is_not_there_has_no_versions() -> None:
    notebook = Notebook()
    notebook.cell("1", "calc", FIRST)
    with pytest.raises(UnknownGraphError, match="Did you mean 'calc'"):
        notebook.bench.changes("clac")
    notebook.bench.delete("calc")
    notebook.cell("1", "calc", "START >> a")
    assert repr(notebook.bench.changes("calc")) == "calc: nothing changed since the last version"
