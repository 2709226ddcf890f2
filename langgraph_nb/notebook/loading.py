"""Graphs out of notebook files, for tests and other programs: ``load("support.ipynb:support")``.

What the graph is made of is run: its ``%%graph`` cells, and the statements of ordinary cells that it depends on. Cells
that only run or show something are not. This file does not need a kernel or a running IPython.
"""

from __future__ import annotations

import ast
import linecache
import re
import shlex
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.building import of_mermaid
from langgraph_nb.notebook.cells import PlainHost
from langgraph_nb.notebook.drafts import OPTIONS
from langgraph_nb.notebook.mistakes import CellError, UnknownGraphError
from langgraph_nb.notebook.registry import Workbench
from langgraph_nb.notebook.slicing import Statement, needed, statement

OWN: Any = object()
"""The saver that the notebook gives the graph."""
_SPEC = re.compile(r"(?P<path>.*\.ipynb)(?::(?P<name>\w+))?", re.IGNORECASE)
_INNER = ("time", "capture")
"""Cell magics whose body is ordinary Python."""


def load(spec: str | Path, *, checkpointer: Any = OWN) -> Any:
    """Import a graph from a notebook file.

    Args:
        spec: ``"notebook.ipynb:name"``; the name of a graph that cells build, or of a variable. Where the notebook
            builds one graph, the name may be left out.
        checkpointer: A saver instead of the notebook's own, which is not opened then; ``None`` for no saver. Files that
            the notebook names are looked for beside it.

    Returns:
        The compiled graph.

    Raises:
        CellError: There is no such notebook, or a cell of it is wrong.
        UnknownGraphError: It has no graph of this name.
        UnfinishedGraphError: The graph is not complete.
        Exception: What the statements raise that the graph depends on.

    Example:
        In a test: ``graph = load("notebooks/support.ipynb:support", checkpointer=InMemorySaver())``
    """
    found = _SPEC.fullmatch(str(spec))
    if found is None:
        raise CellError(f"{str(spec)!r} names no notebook.", 'Write `load("notebook.ipynb:graph")`.')
    path = Path(found["path"]).expanduser().resolve()
    book = _read(path)
    name = found["name"] or book.only_graph()
    with _as_module(path) as namespace:
        host = _Host(namespace, path=path)
        bench = Workbench(host, path.parent)
        for part in book.parts(name, with_saver=checkpointer is OWN):
            _run(part, bench, host, checkpointer is OWN)
        graph = bench.runnable(name)
    return graph if checkpointer is OWN else graph.copy({"checkpointer": checkpointer})


# -- reading -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GraphCell:
    """A ``%%graph`` cell."""

    cell: int
    name: str
    options: Mapping[str, str]
    body: str
    binds: frozenset[str] = frozenset()


@dataclass
class Book:
    """What the code cells of a notebook say."""

    path: Path
    graphs: list[GraphCell] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def only_graph(self) -> str:
        """The name of the one graph that there is."""
        names = list(dict.fromkeys(cell.name for cell in self.graphs))
        if len(names) == 1:
            return names[0]
        listed = f"the graphs {', '.join(names)}" if names else "no graph in a cell of its own"
        mend = f'Name one: `load("{self.path.name}:{(names or ["NAME"])[0]}")`.'
        raise UnknownGraphError(f"{self.path.name} has {listed}.", mend)

    def parts(self, name: str, with_saver: bool) -> list[GraphCell | Statement]:
        """What has to be run for a graph, in the notebook's order."""
        bound = {name for one in self.statements for name in one.binds}
        known = {cell.name for cell in self.graphs}
        if name not in known | bound:
            hint = did_you_mean(name, known or bound)
            raise UnknownGraphError(f"{self.path.name} has no graph {name!r}.", hint)
        names, cells = {name}, list[GraphCell]()
        while True:
            chosen = needed(self.statements, names, late=bool(cells))
            names |= {used for one in chosen for used in one.uses}
            more = self._cells_for(names, bound, cells)
            if not more:
                break
            cells += more
            names |= {used for cell in more for used in _names(cell, with_saver)}
        return sorted([*cells, *chosen], key=lambda part: part.cell)


    def _cells_for(self, names: set[str], bound: set[str], cells: list[GraphCell]) -> list[GraphCell]:
        """Cells that are still to be run for some names: of these graphs, or those that alone define them."""
        left = [cell for cell in self.graphs if cell not in cells]
        lacking = names - bound - {name for cell in cells for name in cell.binds}
        return [cell for cell in left if cell.name in names] or [cell for cell in left if cell.binds & lacking]


def _read(path: Path) -> Book:
    try:
        import nbformat
    except ImportError:
        raise CellError("Reading notebooks needs nbformat.", "`pip install nbformat`.") from None
    if not path.is_file():
        near = [file.name for file in path.parent.glob("*.ipynb")]
        raise CellError(f"There is no notebook {str(path)!r}.", did_you_mean(path.name, near) if near else "")
    book = Book(path)
    cells = nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]
    for number, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), 1):
        _read_cell(book, number, _python(cell.source))
    return book


def _python(source: str) -> str:
    """A cell in plain Python, its magics as calls."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call,unused-ignore]


def _read_cell(book: Book, number: int, source: str) -> None:
    try:
        body = ast.parse(source).body
    except SyntaxError:  # no Python; if a graph depends on it, that says what is missing
        return
    for one in body:
        magic, line, inner = _cell_magic(one)
        if magic == "graph":
            book.graphs.append(_graph_cell(number, line, inner))
        elif magic in _INNER:
            _read_cell(book, number, inner)
        else:
            _remember(book.path, number, source)
            book.statements.append(statement(one, number))


def _cell_magic(one: ast.stmt) -> tuple[str, str, str]:
    """Name, line and body of a cell magic; empty for anything else."""
    match one:
        case ast.Expr(ast.Call(ast.Attribute(attr="run_cell_magic"), [magic, line, body])):
            parts = tuple(part.value for part in (magic, line, body) if isinstance(part, ast.Constant))
            if len(parts) == 3:
                return parts  # type: ignore[return-value]
    return "", "", ""


def _graph_cell(number: int, line: str, body: str) -> GraphCell:
    words = shlex.split(line)
    options: dict[str, str] = {}
    name = ""
    while words:
        word = words.pop(0)
        option, equals, text = word.partition("=")
        if word.startswith("--"):
            options[option[2:]] = text if equals else words.pop(0) if words else ""
        else:
            name = name or word
    return GraphCell(number, name, options, body, _bound(body))


def _bound(body: str) -> frozenset[str]:
    try:
        tree = ast.parse(_python(body))
    except SyntaxError:  # a chart; or a mistake, which is said when the cell is run
        return frozenset()
    return frozenset(name for one in tree.body for name in statement(one).binds)


def _names(cell: GraphCell, with_saver: bool) -> set[str]:
    """The names that a graph's cell uses, in Python, in wiring and in options."""
    options = [text for option, text in cell.options.items() if with_saver or option != "checkpointer"]
    found = {"State", "node"} if "state" not in cell.options else {"node"}
    for source in (_python(cell.body), *options):
        try:
            tree = ast.parse(source)
        except SyntaxError:  # `sqlite:PATH` is no Python
            continue
        found |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        found |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return found


# -- running -----------------------------------------------------------------------------------------------------------


@dataclass
class _Host(PlainHost):
    """Runs cells of a notebook file."""

    path: Path = Path()

    def translate(self, body: str) -> str:
        return _python(body)

    def remember(self, source: str) -> str:
        return _remember(self.path, int(self.label.strip("[]")), source)

    def show(self, bundle: Mapping[str, str]) -> None:
        """Nobody looks."""


def _remember(path: Path, number: int, source: str) -> str:
    """Make a cell's source known to tracebacks and ``inspect``; the name that it is known by."""
    filename = f"{path}[{number}]"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename


def _run(part: GraphCell | Statement, bench: Workbench, host: _Host, with_saver: bool) -> None:
    host.label = f"[{part.cell}]"
    if isinstance(part, Statement):
        code = compile(ast.Module([part.tree], []), f"{host.path}[{part.cell}]", "exec", dont_inherit=True)
        bench.begin_cell()
        exec(code, host.namespace)
        bench.end_cell()
        return
    options = {o: text for o, text in part.options.items() if o in OPTIONS and (with_saver or o != "checkpointer")}
    drawn = part.options.get("from") == "mermaid"
    bench.begin_cell(str(part.cell))
    bench.contribute(
        part.name, of_mermaid(bench, part.name, part.body, options) if drawn else part.body, options, first_line=2
    )
    bench.end_cell()


@contextmanager
def _as_module(path: Path) -> Iterator[dict[str, Any]]:
    """The namespace of a module for the notebook, which finds what lies beside it while it is loaded."""
    name = re.sub(r"\W", "_", path.stem) + "_ipynb"
    module = types.ModuleType(name, f"The notebook {path.name}.")
    module.__file__ = str(path)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        yield vars(module)
    finally:
        sys.path.remove(str(path.parent))
