"""``%%graph`` and ``%graph`` in a real IPython shell, in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from IPython.utils.capture import CapturedIO, capture_output
from traitlets.config import Config

from langgraph_nb import notebook
from langgraph_nb.notebook.extension import load_ipython_extension, unload_ipython_extension, workbench
from langgraph_nb.notebook.mistakes import (
    CellError,
    CellSyntaxError,
    UnfinishedGraphError,
    UnknownGraphError,
    WiringError,
)
from langgraph_nb.notebook.unfinished import UnfinishedGraph

CALC = """%%graph calc --checkpointer memory
from typing import TypedDict
class State(TypedDict):
    n: int
def add(state): return {"n": state["n"] + 1}
START >> add >> END"""


class Shell:
    """Runs cells as a kernel does, with the front end's id of the cell."""

    def __init__(self, ip: InteractiveShell) -> None:
        self.ip = ip
        self.output: CapturedIO

    def __call__(self, source: str, cell: str | None = None) -> ExecutionResult:
        with capture_output() as self.output:
            return self.ip.run_cell(source, store_history=True, cell_id=cell)

    def error(self, source: str, cell: str | None = None) -> BaseException:
        result = self(source, cell)
        error = result.error_in_exec or result.error_before_exec
        assert error is not None
        return error

    @property
    def printed(self) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self.output.stdout + self.output.stderr)

    @property
    def text(self) -> str:
        shown = [str(rich.data.get("text/plain")) for rich in self.output.outputs]
        return "\n".join([self.printed, *shown])


@pytest.fixture
def shell() -> Iterator[Shell]:
    ip = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}, "colors": "nocolor"}))
    load_ipython_extension(ip)
    yield Shell(ip)
    unload_ipython_extension(ip)
    ip.restore_sys_module_state()
    InteractiveShell.clear_instance()


def test_a_cell_builds_a_graph_and_shows_it(shell: Shell) -> None:
    assert shell(CALC, "1").success
    (picture,) = shell.output.outputs
    assert set(picture.data) == {"image/svg+xml", "text/plain"}
    config = {"configurable": {"thread_id": "1"}}
    assert shell.ip.user_ns["calc"].invoke({"n": 1}, config) == {"n": 2}


def test_the_last_expression_of_the_body_is_displayed(shell: Shell) -> None:
    shell("%%graph calc\n6 * 7\nSTART >> a")
    assert "42" in shell.output.stdout
    assert shell.ip.user_ns["_"] == 42


def test_ipython_syntax_works_in_the_body(shell: Shell) -> None:
    assert shell("%%graph calc\nimport os\nhere = %pwd\nSTART >> a").success
    assert isinstance(shell.ip.user_ns["here"], str)


def test_future_imports_hold_for_the_body_and_do_not_leak_into_it(shell: Shell) -> None:
    shell("%%graph calc\ndef a(state: 1 + 1): ...", "1")
    assert shell.ip.user_ns["a"].__annotations__ == {"state": 2}
    shell("%%graph calc\nfrom __future__ import annotations\ndef a(state: 1 + 1): ...", "1")
    assert shell.ip.user_ns["a"].__annotations__ == {"state": "1 + 1"}


def test_the_bound_graph_follows_functions_of_ordinary_cells(shell: Shell) -> None:
    shell("%%graph calc\nclass State(dict):\n    n: int\nSTART >> add >> END", "1")
    assert isinstance(shell.ip.user_ns["calc"], UnfinishedGraph)
    shell("from typing import TypedDict\nclass Numbers(TypedDict):\n    n: int\ndef add(state): return {'n': 7}", "2")
    shell("%%graph calc --state Numbers\nSTART >> add >> END", "1")
    assert shell.ip.user_ns["calc"].invoke({"n": 1}) == {"n": 7}
    shell("def add(state): return {'n': 8}", "2")
    assert shell.ip.user_ns["calc"].invoke({"n": 1}) == {"n": 8}


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("%%graph calc\nSTART >> END >> a", WiringError, "line 2: START >> END >> a"),
        ("%%graph calc\n\nx =", CellSyntaxError, "line 3: x ="),
        ("%%graph calc --chekpointer x\n1", UsageError, "no option --chekpointer. Did you mean '--checkpointer'"),
        ("%%graph\n1", UsageError, "required: name. For example: %%graph support --checkpointer sqlite:support.db"),
        ("%graph calc --export", UsageError, "expected one argument. For example: %graph support --export support.py"),
        ("%%graph START\nSTART >> add", CellError, "'START' is the name of an end of every graph"),
        ("%%graph calc\nawait later()", CellError, "cannot wait"),
        ("%graph nothing", UnknownGraphError, "There is no graph 'nothing'"),
        ("%graph nothing --delete", UnknownGraphError, "There is no graph 'nothing'"),
        ("%%graph print\n1", CellError, "Python's own"),
    ],
)
def test_mistakes_are_raised_and_shown_without_a_traceback(
    shell: Shell, source: str, kind: type[Exception], words: str
) -> None:
    error = shell.error(source)
    assert isinstance(error, kind)
    assert words in str(error)
    assert "Traceback" not in shell.printed


def test_an_error_in_the_body_is_shown_at_the_cells_line(shell: Shell) -> None:
    assert isinstance(shell.error("%%graph calc\nSTART >> a\n\n1 / 0"), ZeroDivisionError)
    assert "line 4" in shell.printed and "----> 4 1 / 0" in shell.printed
    assert "registry.py" not in shell.printed


def test_a_failing_test_of_a_choice_is_shown_at_the_cells_line(shell: Shell) -> None:
    shell(CALC + "\nadd >> (add if state['missing'] else END)", "1")
    shell.error("calc.invoke({'n': 1}, {'configurable': {'thread_id': '1'}})")
    assert "----> 7 add >> (add if state['missing'] else END)" in shell.printed


def test_using_an_unfinished_graph_says_what_is_missing(shell: Shell) -> None:
    shell("%%graph calc\nSTART >> add >> END", "1")
    error = shell.error("calc.invoke({})")
    assert isinstance(error, UnfinishedGraphError)
    assert "Nothing defines 'add'" in str(error)


def test_an_unfinished_graph_shows_its_picture_and_what_is_missing(shell: Shell) -> None:
    shell("%%graph calc\nSTART >> add >> END", "1")
    shell("calc", "2")
    picture, words = shell.output.outputs
    assert "image/svg+xml" in picture.data
    assert "Nothing defines 'add'" in words.data["text/plain"]


def test_graphs_and_builders_show_themselves_as_pictures(shell: Shell) -> None:
    shell(CALC, "1")
    for value in ("calc", "calc.builder"):
        shell(f"display({value})", "2")
        (picture,) = shell.output.outputs
        assert set(picture.data) == {"image/svg+xml", "text/plain"}
        assert "START -> add" in picture.data["text/plain"]


def test_graph_lists_shows_and_deletes(shell: Shell) -> None:
    shell("%graph")
    assert "There are no graphs yet" in shell.text
    shell(CALC, "1")
    shell("%graph")
    assert "calc: add (ready)" in shell.text
    shell("%graph calc")
    assert "START -> add" in shell.text
    shell("%graph calc --code")
    assert "builder = StateGraph(State)" in shell.text
    shell("%graph calc --delete")
    assert "calc" not in shell.ip.user_ns


def test_a_cell_is_forgotten_by_its_number(shell: Shell) -> None:
    shell(CALC, "1")
    shell("%%graph calc\ndef add(state): ...", "2")
    assert "'add' is defined in [1] and [2]" in shell.text
    shell("%graph calc --forget 2")
    assert not isinstance(shell.ip.user_ns["calc"], UnfinishedGraph)


def test_deleted_cells_are_read_from_the_front_ends_message(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell(CALC, "1")
    shell("%%graph calc\ndef twice(state): ...\nadd >> twice >> END", "2")
    parent: dict[str, Any] = {"metadata": {"cellId": "3", "deletedCells": ["2"]}}
    monkeypatch.setattr(type(shell.ip), "kernel", SimpleNamespace(get_parent=lambda: parent), raising=False)
    shell("1", "3")
    assert [node.name for node in workbench().blueprint("calc").nodes] == ["add"]


def test_a_cell_that_adds_to_a_plain_builder_can_be_run_again(shell: Shell) -> None:
    shell("from langgraph_nb.graph.state import StateGraph\nbuilder = StateGraph(dict)", "1")
    for _ in range(2):
        assert shell("_ = builder.add_node('a', dict)", "2").success
    assert isinstance(shell.error("_ = builder.add_node('a', dict)", "3"), ValueError)


def test_functions_do_what_the_magics_do(shell: Shell) -> None:
    body = CALC.partition("\n")[2]
    graph = notebook.graph_cell("calc", body, checkpointer="memory")
    assert notebook.graphs() == {"calc": graph}
    assert notebook.find_graph("calc") is graph
    assert "builder.add_node('add', add)" in notebook.graph_code("calc")
    notebook.show_graph("calc")
    with pytest.raises(CellError, match="Did you mean 'checkpointer'"):
        notebook.graph_cell("calc", body, chekpointer="memory")
    notebook.delete_graph("calc")
    assert notebook.graphs() == {}


def test_loading_twice_is_once_and_unloading_takes_everything_back(shell: Shell) -> None:
    matchers = len(shell.ip.Completer.custom_matchers)
    shell(CALC, "1")
    load_ipython_extension(shell.ip)
    assert len(shell.ip.Completer.custom_matchers) == matchers
    unload_ipython_extension(shell.ip)
    unload_ipython_extension(shell.ip)
    assert shell.ip.Completer.custom_matchers == []
    assert isinstance(shell.error("%graph"), UsageError)
    load_ipython_extension(shell.ip)
    shell("%graph")
    assert "calc: add (ready)" in shell.text


@pytest.mark.parametrize("magic", ["%graph", "%%graph"])
def test_help_tells_of_the_options(shell: Shell, magic: str) -> None:
    shell(f"{magic}?")
    assert ("Where threads are kept" if magic == "%%graph" else "--delete") in shell.text
    assert "a join: after all of them" in shell.text
