"""Graphs as files and programs that do what the notebook's graph does, whatever way they are wired."""

from __future__ import annotations

import json
import re
import sys
import types
from ast import literal_eval
from pathlib import Path
from typing import Any
from xml.dom import minidom

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.notebook.exports import export
from langgraph_nb.notebook.mermaid import read_mermaid
from langgraph_nb.notebook.mistakes import CellError, UnfinishedGraphError, UnknownGraphError
from tests.unit.notebook.bench import STATE, Notebook

HEAD = """
import operator
from typing import Annotated, TypedDict

class State(TypedDict, total=False):
    n: int
    log: Annotated[list, operator.add]

def a(state): return {"log": ["a"]}
def b(state): return {"log": ["b"]}
def c(state): return {"log": ["c"]}
def d(state): return {"log": ["d"]}
def work(state): return {"log": [f"work {state['i']}"]}
def pick(state): return ["b", "c", "d"][state["n"] % 3]
def big(state): return state["n"] > 1
"""
WIRING = [
    "START >> a >> b >> END",
    "START >> a >> {b, c} >> d >> END",
    "START >> a >> [b, c] >> d >> END",
    "START >> {a >> b, c} >> d >> END",
    "START >> [a >> b, c] >> d >> END",
    "START >> a >> {b, [c, d]} >> END",
    "START >> (a if state['n'] > 1 else b) >> END",
    "START >> a >> (b if state['n'] > 2 else c if state['n'] > 1 else END)",
    "START >> a >> ((b if state['n'] > 2 else c) if state['n'] > 1 else d) >> END",
    "START >> a >> ({b, c} if state['n'] else END)\n{b, c} >> d",
    "START >> a >> (b >> c if state['n'] else d >> END)\nc >> END",
    "START >> a >> {0: b, 1: c, 2: {c, d}}[state['n'] % 3] >> END",
    "START >> a >> {0: b, 1: (c if state['n'] > 2 else d)}.get(state['n'], END)",
    "START >> a >> {'yes': b, 'no': END}['yes' if state['n'] else 'no'] >> END",
    "START >> a >> [work(i=i) for i in range(state['n'])] >> d >> END",
    "START >> a >> [work(i=i) if i else b(**state) for i in range(state['n']) if i != 1] >> END",
    "START >> a >> ([work(i=i) for i in range(state['n'])] if state['n'] else b) >> c >> END",
    "START >> a >> {0: [work(i=7), b], 1: c}.get(state['n'], d) >> END",
    "START >> a >> work(i=state['n']) >> END",
    "START >> a >> route(pick, b, c, d) >> END",
    "START >> a >> route(big, {True: b, False: c}) >> END",
    "START >> a >> route(lambda state: 'yes' if state['n'] else 'no', yes=b, no=END) >> END",
    "START >> a >> (route(pick, b, c, d) if state['n'] > 1 else END)\n{b, c} >> END",
    "START >> a >> {b, (c if state['n'] > 1 else d)} >> END",
    "START >> a >> (b if state['n'] > 1 else END)\na >> (c if state['n'] > 2 else d) >> END",
    "START >> [work(i=j) for i in range(state['n']) for j in range(i)] >> END\nSTART >> a",
]


def outcomes(graph: Any) -> list[Any]:
    """What a graph does with some states, as far as it can be told apart."""
    return [graph.invoke({"n": n, "log": []}, {"recursion_limit": 30}) for n in range(5)]


def run(source: str) -> dict[str, Any]:
    """The names of a program that was run as a module."""
    module = types.ModuleType("of_the_program")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, "<program>", "exec", dont_inherit=True), vars(module))
    finally:
        del sys.modules[module.__name__]
    return vars(module)


@pytest.mark.parametrize("wiring", WIRING)
def test_the_program_does_what_the_graph_does_for_every_way_of_wiring(wiring: str) -> None:
    notebook = Notebook()
    graph = notebook.cell("1", "made", f"{HEAD}\n{wiring}")
    program = notebook.bench.program("made")
    assert ">>" not in program and "notebook" not in program
    assert outcomes(run(program)["made"]) == outcomes(graph)


@pytest.mark.parametrize("wiring", WIRING)
def test_with_one_word_changed_the_program_is_one_of_langgraphs(wiring: str) -> None:
    notebook = Notebook()
    graph = notebook.cell("1", "made", f"{HEAD}\n{wiring}")
    theirs = notebook.bench.program("made").replace("langgraph_nb", "langgraph")
    assert outcomes(run(theirs)["made"]) == outcomes(graph)


_leaf = st.sampled_from(("b", "c", "d", "END"))
_test = st.sampled_from(("state['n'] > 2", "state['n'] % 2", "big(state)", "not state['n']"))


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, _test, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        pair.map(lambda p: f"{{{p[0]}, {p[1]}}}"),
        st.tuples(inner, inner, inner).map(lambda p: f"{{0: {p[0]}, 1: {p[1]}}}.get(state['n'] % 3, {p[2]})"),
        st.tuples(inner, _test).map(lambda p: f"({p[0]} if {p[1]} else [work(i=i) for i in range(state['n'])])"),
        _test.map(lambda test: f"(route(pick, b, c, d) if {test} else END)"),
    )


@settings(max_examples=80, deadline=None)
@given(st.recursive(_leaf, _nested, max_leaves=6))
def test_the_program_does_what_the_graph_does_however_deep_choices_nest(way: str) -> None:
    notebook = Notebook()
    graph = notebook.cell("1", "made", f"{HEAD}\nSTART >> a >> {way}")
    assert outcomes(run(notebook.bench.program("made"))["made"]) == outcomes(graph)


def test_a_program_carries_all_that_cells_took_from_elsewhere() -> None:
    notebook = Notebook()
    for cell in (
        "import operator\nfrom typing import Annotated, TypedDict\nfrom langgraph_nb.types import Send, Command",
        "class Model:\n    def __init__(self, name): self.name = name\nmodel = Model('small')",
        "NAMES = {'first': ['x', ('y', 1)]}",
        "def shout(text: str, how: 'Model' = model): return text.upper() + how.name",
    ):
        notebook.host.history.append(cell)
        notebook.ordinary(cell)
    graph = notebook.cell("1", "made", """
from langgraph_nb.notebook.node import node
class State(TypedDict):
    log: Annotated[list, operator.add]

@node(name="the first", retry=2)
def a(state: State) -> Command:
    return Command(update={"log": [shout(NAMES["first"][0])]}, goto=[Send("b", {"log": []})])
def b(state: State): return {"log": [late(state)]}
START >> a
b >> END
""")
    late = "def late(state: State): return 'late'"
    notebook.host.history.append(late)
    notebook.ordinary(late)
    program = notebook.bench.program("made")
    assert "@node" not in program and "retry_policy=RetryPolicy(max_attempts=2)" in program
    made = run(program)["made"]
    assert made.invoke({"log": []}) == notebook["made"].invoke({"log": []}) == {"log": ["Xsmall", "late"]}
    assert graph is not made


def test_a_graph_is_written_in_every_form(tmp_path: Path) -> None:
    notebook = Notebook()
    graph = notebook.cell("1", "made", f"{HEAD}\n{WIRING[7]}")
    written = {
        suffix: export(notebook.bench, "made", tmp_path / f"made{suffix}")
        for suffix in (".py", ".ipynb", ".mmd", ".svg", ".png")
    }
    assert outcomes(run(written[".py"].read_text("utf-8"))["made"]) == outcomes(graph)
    book = nbformat.read(written[".ipynb"], 4)  # type: ignore[no-untyped-call]
    nbformat.validate(book)  # type: ignore[no-untyped-call]
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    assert code.endswith("\nmade") and outcomes(run(code)["made"]) == outcomes(graph)
    assert shape(read_mermaid(written[".mmd"].read_text("utf-8"))) == shape(notebook.bench.topology("made"))
    assert "&gt; 2" in written[".svg"].read_text("utf-8")
    assert written[".png"].read_bytes().startswith(b"\x89PNG")


HOSTILE = [
    'quo"te', "apo'strophe", '"""', "'''", "new\nline", "\r\n", "tab\t", " lead", "trail ", " ", "two  blanks",
    "back`tick ```x", "</script><script>window.attacked=1</script>", "<b>&lt;", "&amp;", "#quot;", "#35;", "\\", "\\n",
    "${x}", "$x^2$", "%%graph evil", "%%{init}%%", "# heading", "{{x}}", "[(db)]", "a --> b", "a; b", "a & b", "end",
    "END", "START", "start", "stop", "subgraph", "graph", "class", "style a fill", "click a call f()", "default",
    "direction LR", "o", "x", "o--o", "-", "--", "1", ".", "_", "日本語", "é", "e\u0301", "\u202eevil\u2066",
    "\x1b[31m", "\x00", "a" * 400, "a a", "a.a", "a-a",
]  # fmt: skip
LOGGED = """import operator
from typing import Annotated, TypedDict
class State(TypedDict, total=False):
    log: Annotated[list, operator.add]
"""


def hostile_graph(notebook: Notebook, names: list[str]) -> Any:
    """A ring of nodes of these names, each with two ways on whose keys are names too."""
    notebook.ordinary("from langgraph_nb.notebook.node import node")
    body = LOGGED
    for n, name in enumerate(names):
        body += f"@node(name={name!r})\ndef n{n}(state):\n    {f'Says {name}.'!r}\n    return {{'log': [{name!r}]}}\n"
    body += "START >> n0\n"
    for n, name in enumerate(names):
        following = f"n{n + 1}" if n + 1 < len(names) else "END"
        body += f"n{n} >> {{{name!r}: {following}, 'no': END}}[{name!r}]\n"
    return notebook.cell("1", "made", body)


def shape(topology: Any) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """Nodes and edges of a graph."""
    nodes = sorted((node.id, node.pause) for node in topology.nodes if node.kind == "node")
    return nodes, sorted((edge.source, edge.target, edge.label) for edge in topology.edges)


def test_hostile_names_are_the_same_in_every_form_and_nothing_in_them_runs(tmp_path: Path) -> None:
    notebook = Notebook()
    graph = hostile_graph(notebook, HOSTILE)
    expected = graph.invoke({}, {"recursion_limit": 200})
    assert expected == {"log": HOSTILE}
    ends = (".py", ".ipynb", ".mmd", ".svg")
    written = {end: export(notebook.bench, "made", tmp_path / f"made{end}") for end in ends}
    program, chart, picture = (written[end].read_text("utf-8") for end in (".py", ".mmd", ".svg"))
    book = nbformat.read(written[".ipynb"], 4)  # type: ignore[no-untyped-call]
    nbformat.validate(book)  # type: ignore[no-untyped-call]
    assert not any(cell.source.startswith(("%%", "!")) for cell in book.cells)
    for source in (program, "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")):
        assert run(source)["made"].invoke({}, {"recursion_limit": 200}) == expected
    spelt = str(shape(notebook.bench.topology("made"))).replace("\\x1b", r"\\u001b").replace("\\x00", r"\\u0000")
    assert shape(read_mermaid(chart)) == tuple(map(sorted, literal_eval(spelt)))
    assert not re.search(r"<(?!hr/>|small>|/small>|em>|/em>)|javascript|%%|[^\x20-\U0010ffff\n]", chart)
    assert re.findall(r"<(?:script|b|a)\b", picture) == [] and minidom.parseString(picture.encode())


def test_pauses_and_what_is_inside_are_in_a_chart(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.ordinary("from langgraph_nb.notebook.node import node")
    notebook.cell("1", "end", f"{STATE}@node(pause='both')\ndef deep(state): return {{}}\nSTART >> deep >> END")
    notebook.cell("2", "outside", "def deep(state): return {}\nSTART >> deep >> end >> END", state="State")
    opened = export(notebook.bench, "outside", tmp_path / "opened.mmd", xray=True).read_text("utf-8")
    nodes, edges = shape(read_mermaid(opened))
    assert nodes == [("deep", ""), ("end__deep", "both")]
    assert [edge[:2] for edge in edges] == [("__start__", "deep"), ("deep", "end__deep"), ("end__deep", "__end__")]


def test_pictures_and_charts_can_be_opened(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.cell("1", "inside", f"{STATE}def deep(state): return {{}}\nSTART >> deep >> END")
    notebook.cell("2", "outside", "START >> inside >> END", state="State")
    for suffix in (".svg", ".mmd"):
        closed = export(notebook.bench, "outside", tmp_path / f"closed{suffix}").read_text("utf-8")
        opened = export(notebook.bench, "outside", tmp_path / f"opened{suffix}", xray=True).read_text("utf-8")
        assert "deep" not in closed and "deep" in opened


def test_an_export_writes_over_itself_and_over_nothing_else(tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.cell("1", "made", f"{HEAD}\n{WIRING[0]}")
    for suffix in (".py", ".ipynb"):
        for _ in range(2):
            export(notebook.bench, "made", tmp_path / f"made{suffix}")
        mine = tmp_path / f"mine{suffix}"
        mine.write_text(json.dumps("mine"), "utf-8")
        with pytest.raises(CellError, match="no export wrote"):
            export(notebook.bench, "made", mine)
        assert mine.read_text("utf-8") == '"mine"'


@pytest.mark.parametrize(
    ("name", "file", "kind", "words"),
    [
        ("made", "made.pyy", CellError, "Did you mean '.py'"),
        ("made", "made", CellError, "cannot be written to 'made'"),
        ("made", "none/made.py", CellError, "There is no folder"),
        ("mad", "made.py", UnknownGraphError, "Did you mean 'made'"),
        ("half", "half.py", UnfinishedGraphError, "Nothing defines 'x'"),
        ("half", "half.mmd", UnfinishedGraphError, "Nothing defines 'x'"),
        ("plain", "plain.py", CellError, "is a program already"),
    ],
)
def test_what_cannot_be_written_is_said(
    tmp_path: Path, name: str, file: str, kind: type[Exception], words: str
) -> None:
    notebook = Notebook()
    made = notebook.cell("1", "made", f"{HEAD}\n{WIRING[0]}")
    notebook.cell("2", "half", "START >> x")
    notebook.ordinary("", key="3")
    notebook.host.namespace["plain"] = made.copy()
    with pytest.raises(kind, match=words):
        export(notebook.bench, name, tmp_path / file)
    assert not list(tmp_path.iterdir())
