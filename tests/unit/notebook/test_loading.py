"""Graphs out of notebook files: with all that they need, and without running what only runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

import langgraph_nb
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.notebook.mistakes import CellError, UnfinishedGraphError, UnknownGraphError

CELLS = [
    "%load_ext langgraph_nb\n!echo hello",
    "import operator\nfrom typing import Annotated, TypedDict\nfrom beside import WORD",
    "raise RuntimeError('this cell has nothing to do with it')",
    "LIMITS = {}\nLIMITS['most'] = 3\nunused = 1 / 0",
    "%%graph inner\nclass State(TypedDict):\n    log: Annotated[list, operator.add]\n"
    "def deep(state: State): return {'log': ['deep']}\nSTART >> deep >> END",
    "%%graph support --checkpointer sqlite:threads.db\n"
    "def first(state: 'State'): return {'log': [helper(WORD)]}\n"
    "START >> first >> (inner if len(state['log']) < LIMITS['most'] else END)",
    "def helper(text):\n    return text.upper()",
    "%%invoke support --thread 1\n{'log': []}",
    "support.invoke({'log': []}, {'configurable': {'thread_id': '1'}})\nprint(1 / 0)",
    "%%graph support\ninner >> last >> END\ndef last(state): return {'log': ['last']}",
    "%%time\nfrom langgraph_nb.graph import StateGraph\nbuilder = StateGraph(State)",
    "def only(state): return {'log': ['only']}\nbuilder.add_node(only)",
    "for end in [('__start__', 'only'), ('only', '__end__')]:\n    builder.add_edge(*end)",
    "plain = builder.compile()\nplain.invoke({'log': []})\nawait plain.ainvoke({'log': []})",
    "%%graph half --state State\nSTART >> nowhere",
    "%%graph drawn --state State --from mermaid\ngraph TD\na --> b",
    "%%javascript\nlet x = `1`;",
]


@pytest.fixture
def book(tmp_path: Path) -> str:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])  # type: ignore[no-untyped-call]
    nbformat.write(made, tmp_path / "support.ipynb")  # type: ignore[no-untyped-call]
    (tmp_path / "beside.py").write_text("WORD = 'hello'\n", "utf-8")
    return str(tmp_path / "support.ipynb")


def test_a_graph_of_cells_is_loaded_with_what_it_needs(book: str) -> None:
    graph = langgraph_nb.load(f"{book}:support", checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    assert graph.invoke({"log": []}, config) == {"log": ["HELLO", "HELLO", "deep", "last"]}
    assert graph.invoke({"log": ["x"]}, config)["log"][-1] == "HELLO"
    assert not Path(book).with_name("threads.db").exists()


def test_files_that_a_notebook_names_lie_beside_it(book: str) -> None:
    with langgraph_nb.load(f"{book}:support").checkpointer as saver:
        assert Path(book).with_name("threads.db").exists()
        assert saver.list(None) is not None
    assert langgraph_nb.load(f"{book}:support", checkpointer=None).checkpointer is None


def test_a_graph_of_a_plain_builder_is_loaded(book: str) -> None:
    assert langgraph_nb.load(f"{book}:plain").invoke({"log": []}) == {"log": ["only"]}


def test_a_graph_that_was_drawn_is_loaded(book: str) -> None:
    assert langgraph_nb.load(f"{book}:drawn").invoke({"log": ["x"]}) == {"log": ["x"]}


def test_the_one_graph_needs_no_name(tmp_path: Path) -> None:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (*CELLS[1:2], CELLS[4])])  # type: ignore[no-untyped-call]
    nbformat.write(made, tmp_path / "one.ipynb")  # type: ignore[no-untyped-call]
    (tmp_path / "beside.py").write_text("WORD = 1\n", "utf-8")
    assert langgraph_nb.load(tmp_path / "one.ipynb").invoke({"log": []}) == {"log": ["deep"]}


@pytest.mark.parametrize(
    ("spec", "kind", "words"),
    [
        (":suport", UnknownGraphError, "Did you mean 'support'"),
        ("", UnknownGraphError, "has the graphs inner, support, half, drawn"),
        (":half", UnfinishedGraphError, "Nothing defines 'nowhere'"),
        (":LIMITS", UnknownGraphError, "There is no graph 'LIMITS'"),
    ],
)
def test_what_cannot_be_loaded_is_said(book: str, spec: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        langgraph_nb.load(book + spec)


def test_a_file_that_is_no_notebook_is_said(book: str) -> None:
    with pytest.raises(CellError, match=r"names no notebook"):
        langgraph_nb.load("support.py:support")
    with pytest.raises(CellError, match=r"There is no notebook .* Did you mean 'support.ipynb'"):
        langgraph_nb.load(book.replace("support.ipynb", "suport.ipynb"))


def test_an_error_of_a_node_shows_the_cells_line(book: str, tmp_path: Path) -> None:
    cells = ["class State(dict):\n    n: int", "%%graph bad\ndef a(state):\n    return 1 / 0\nSTART >> a >> END"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])  # type: ignore[no-untyped-call]
    nbformat.write(made, tmp_path / "bad.ipynb")  # type: ignore[no-untyped-call]
    with pytest.raises(ZeroDivisionError) as caught:
        langgraph_nb.load(tmp_path / "bad.ipynb").invoke({"n": 1})
    lines = [str(entry) for entry in caught.traceback if "bad.ipynb[2]" in str(entry.path)]
    assert lines
