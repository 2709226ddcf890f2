"""Choices, switches, maps and routes as functions over the state, and the same as a plain program."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import traceback
import types
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.notebook.cells import PlainHost
from langgraph_nb.notebook.edges import Branch, wires
from langgraph_nb.notebook.node import NodeOptions, node, options_of
from langgraph_nb.notebook.routers import Scope, router
from langgraph_nb.notebook.wiring import read_cell
from langgraph_nb.types import RetryPolicy, Send
from tests.unit.notebook.bench import Notebook


def routed(source: str, state: Any, **namespace: Any) -> list[Any]:
    """Where a chain leads from its first node: names and Sends."""
    filename = PlainHost().remember(source)
    (branch,) = (w for w in wires(read_cell(source, filename=filename).chains[0]) if isinstance(w, Branch))
    path, path_map = router(branch, {"b": "B"}, Scope(namespace, {}, filename))
    answers = path(state)
    listed = answers if isinstance(answers, list) else [answers]
    return [answer if isinstance(answer, Send) else path_map[answer] for answer in listed]


@pytest.mark.parametrize(
    ("source", "state", "targets"),
    [
        ("a >> (b if state['n'] > 1 else c)", {"n": 2}, ["B"]),
        ("a >> (b if state['n'] > 1 else c)", {"n": 1}, ["c"]),
        ("a >> ({b, c} if state else END)", 1, ["B", "c"]),
        ("a >> ({b, c} if state else END)", 0, ["__end__"]),
        ("a >> (b if state > 5 else c if state > 3 else d)", 4, ["c"]),
        ("a >> ((b if state > 8 else c) if state > 5 else d)", 6, ["c"]),
        ("a >> {1: b, 2: {c, d}}[state]", 2, ["c", "d"]),
        ("a >> {True: b, False: c}[state > 1]", 0, ["c"]),
        ("a >> {1: b}.get(state, c)", 7, ["c"]),
        ("a >> {1: (b if flag else c), 2: d}[state]", 1, ["c"]),
        ("a >> [b(n=i) for i in state if i]", [0, 1, 2], [Send("B", {"n": 1}), Send("B", {"n": 2})]),
        ("a >> [b(i) for row in state for i in row]", [[1], [2]], [Send("B", 1), Send("B", 2)]),
        ("a >> [b(**state, i=i) for i in (1,)]", {"n": 0}, [Send("B", {"n": 0, "i": 1})]),
        ("a >> [b(i) if i > 1 else c(i) for i in state]", [1, 2], [Send("c", 1), Send("B", 2)]),
        ("a >> ([b(i) for i in state] if state else END)", [], ["__end__"]),
        ("a >> b(n=state)", 3, [Send("B", {"n": 3})]),
        ("a >> route(lambda state: state, b, c)", "c", ["c"]),
        ("a >> route(lambda state: state > 1, {True: b, False: END})", 1, ["__end__"]),
        ("a >> route(lambda state: 'yes', yes=b, no=c)", 0, ["B"]),
        ("a >> (route(lambda s: ['B', 'c'], b, c) if state else d)", 1, ["B", "c"]),
        ("a >> (route(lambda s: Send('c', s), b, c) if state else d)", 1, [Send("c", 1)]),
        ("a >> (b if any(x > state for x in (1, 5)) else c)", 3, ["B"]),
        ("a >> (b if (lambda: state)() else c)", 0, ["c"]),
    ],
)
def test_a_router_says_where_to_go(source: str, state: Any, targets: list[Any]) -> None:
    assert routed(source, state, flag=False, Send=Send) == targets


def test_no_way_for_a_key_names_the_key_and_the_ways() -> None:
    with pytest.raises(ValueError, match=r"state\['k'\] is 'z', and no way is for that; there are ways for 'x', 'y'"):
        routed("a >> {'x': b, 'y': c}[state['k']]", {"k": "z"})
    with pytest.raises(TypeError, match="cannot be a key"):
        routed("a >> {'x': b}[state]", [])


def test_a_nested_route_to_an_unnamed_target_is_answered_with_the_closest() -> None:
    with pytest.raises(ValueError, match="fn says 'bc', which is none of this route's targets"):
        routed("a >> (route(fn, b, c) if True else d)", 0, fn=lambda state: "bc")


def test_a_failing_test_shows_its_line() -> None:
    source = "\n\na >> (b if\n  state['missing'] else c)"
    with pytest.raises(KeyError) as caught:
        routed(source, {})
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.lineno, last.line, last.name) == (4, "state['missing'] else c)", "<module>"), "as wiring stands there"


PROGRAM = """
from __future__ import annotations
from typing import Annotated, TypedDict
import operator

class State(TypedDict):
    n: int
    log: Annotated[list, operator.add]

def a(state: State): return {"log": ["a"]}
def b(state: State): return {"log": ["b"]}
def c(state: State): return {"log": ["c" + suffix]}
def work(item): return {"log": [helper(str(item["i"]))]}
@node(retry=2, name="the end")
def last(state: State): return {"log": ["last"]}

START >> a >> (
    b if state["n"] == 0  # nothing
    else {b, c} if state["n"] == 1
    else [work(i=i) for i in range(state["n"])]
)
a >> {5: c}.get(state["n"], END)
[b, c] >> last
work >> last >> END
"""


@pytest.mark.parametrize("n", [0, 1, 3, 5])
def test_the_program_of_a_graph_does_the_same(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    spaces = {name: types.ModuleType(name) for name in ("of_the_notebook", "of_the_program")}
    for name, module in spaces.items():  # annotations as text are looked up in the module
        monkeypatch.setitem(sys.modules, name, module)
    notebook = Notebook()
    notebook.host.namespace = vars(spaces["of_the_notebook"])
    notebook.ordinary(
        "from langgraph_nb.notebook.node import node\nsuffix = '!'\nfrom textwrap import dedent as helper"
    )
    graph = notebook.cell("1", "calc", PROGRAM, checkpointer="memory")
    text = notebook.bench.program("calc")
    assert ">>" not in text and "IPython" not in text
    made = vars(spaces["of_the_program"])
    exec(compile(text, "<program>", "exec", dont_inherit=True), made)
    config = {"configurable": {"thread_id": "1"}}
    given = {"n": n, "log": []}
    assert made["calc"].invoke(given, config) == graph.invoke(given, config)
    assert [e.target for e in made["calc"].topology().edges if e.join] == ["the end", "the end"]


def test_a_state_of_another_graphs_cell_is_part_of_the_program(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.ordinary("from dataclasses import dataclass")
    shared = "@dataclass\nclass Shared:\n    n: int\n\ndef a(state): return {}\nSTART >> a >> END"
    notebook.cell("1", "first", shared, state="Shared")
    notebook.cell("2", "second", "def b(state: Shared): return {'n': 2}\nSTART >> b >> END", state="Shared")
    (tmp_path / "second.py").write_text(f"{notebook.bench.program('second')}print(second.invoke({{'n': 1}}))", "utf-8")
    ended = subprocess.run([sys.executable, "second.py"], cwd=tmp_path, capture_output=True, encoding="utf-8", env={
        **os.environ, "PYTHONPATH": str(Path(__file__).parents[3])})  # fmt: skip
    assert ended.stdout.strip() == "{'n': 2}", ended.stderr


def test_an_unfinished_graph_has_no_program() -> None:
    notebook = Notebook()
    notebook.cell("1", "calc", "START >> a")
    with pytest.raises(AttributeError, match="Nothing defines 'a'"):
        notebook.bench.program("calc")


# -- options of nodes


def test_options_are_marked_and_the_function_stays_itself() -> None:
    def f(state: Any) -> Any:
        return state

    assert node(retry=3, pause="after", defer=True)(f) is f
    assert options_of(f) == NodeOptions(retry=RetryPolicy(max_attempts=3), pause="after", defer=True)
    assert options_of(f).arguments() == {"retry_policy": RetryPolicy(max_attempts=3), "defer": True}
    assert f(1) == 1
    assert options_of(node(lambda state: state)) == NodeOptions()


def test_a_transaction_is_an_option_of_the_node_and_of_its_program(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.ordinary(
        "from typing import TypedDict\nfrom langgraph_nb.notebook.node import node\nclass State(TypedDict): n: int"
    )
    source = """
def note(connection, result):
    connection.execute("CREATE TABLE IF NOT EXISTS notes (n)")
    connection.execute("INSERT INTO notes VALUES (?)", (result["n"],))

@node(transaction=note)
def add(state): return {"n": state["n"] + 1}

START >> add >> END
"""
    graph = notebook.cell("1", "adder", source, checkpointer=f"sqlite:{tmp_path / 'notes.db'}")
    graph.invoke({"n": 1}, {"configurable": {"thread_id": "1"}})
    with closing(sqlite3.connect(tmp_path / "notes.db")) as stored:
        assert stored.execute("SELECT n FROM notes").fetchall() == [(2,)]
    assert "builder.add_node('add', add, transaction=note)" in notebook.bench.program("adder")


@pytest.mark.parametrize("options", [{"pause": "sometimes"}, {"retry": 0}, {"retry": False}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"pause=|at least 1"):
        node(**options)


@pytest.mark.parametrize("target", [dict, 7, Notebook()])
def test_options_are_for_functions(target: Any) -> None:
    with pytest.raises(TypeError, match="for functions"):
        node(retry=2)(target)
