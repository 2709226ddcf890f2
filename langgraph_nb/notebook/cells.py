"""Running the ordinary part of a cell, and what is left of it: the names that it bound.

Where it runs is told by a ``Host``; this file does not import IPython.
"""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from langgraph_nb.notebook.mistakes import CellError, CellSyntaxError, Place, place_of
from langgraph_nb.notebook.wiring import CellSource, read_cell

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Host(Protocol):
    """The place where cells run."""

    @property
    def namespace(self) -> dict[str, Any]:
        """Where the user's names live."""

    @property
    def label(self) -> str:
        """What a person calls the cell that runs: ``[3]``."""

    @property
    def flags(self) -> int:
        """Compiler flags of earlier cells, such as ``from __future__`` ones."""

    @property
    def history(self) -> Sequence[str]:
        """The sources that ran so far, in plain Python, the oldest first."""

    def translate(self, body: str) -> str:
        """The cell in plain Python."""

    def remember(self, source: str) -> str:
        """Make the source known to ``linecache``; the file name it is known by."""

    def show(self, bundle: Mapping[str, str]) -> None:
        """Display something: MIME type -> data."""

    def rewrite(self, source: str) -> None:
        """Offer a text to the person in the place of the cell that runs."""


@dataclass
class PlainHost:
    """Runs cells without a notebook: in scripts and tests."""

    namespace: dict[str, Any] = field(default_factory=dict)
    shown: list[Mapping[str, str]] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    label: str = ""
    flags: int = 0
    history: list[str] = field(default_factory=list)
    _sources: list[str] = field(default_factory=list)

    def translate(self, body: str) -> str:
        return body

    def remember(self, source: str) -> str:
        self._sources.append(source)
        filename = f"<graph cell {len(self._sources)}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        return filename

    def show(self, bundle: Mapping[str, str]) -> None:
        self.shown.append(bundle)

    def rewrite(self, source: str) -> None:
        self.rewritten.append(source)


Kind = Literal["definition", "assignment", "import"]
"""How a name is bound; a definition is a ``def`` or a ``class``."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that a cell binds."""

    name: str
    place: Place
    kind: Kind


def read(body: str, host: Host, first_line: int = 1) -> tuple[CellSource, str]:
    """Read a cell's body, and the file name that its source is known by.

    Raises:
        CellSyntaxError: It is not Python.
        WiringError: A wiring statement cannot be read.
    """
    __tracebackhide__ = True
    padding = "\n" * (first_line - 1)
    try:
        source = host.translate(body)
    except SyntaxError as error:  # IPython reads tokens, and does not get over a wrong indentation
        raise not_python(error, (padding + body).split("\n"), first_line - 1) from None
    padded = padding + source
    filename = host.remember(padded)
    try:
        return read_cell(source, filename=filename, first_line=first_line), filename
    except SyntaxError as error:
        raise not_python(error, padded.split("\n")) from None


def not_python(error: SyntaxError, lines: Sequence[str], shift: int = 0) -> CellSyntaxError:
    """A syntax error as a mistake in a cell.

    Args:
        error: What Python said.
        lines: The cell's lines.
        shift: How many lines stand above those that Python read.
    """
    line, end = (error.lineno or 1) + shift, (error.end_lineno or error.lineno or 1) + shift
    place = Place(line, max(0, (error.offset or 1) - 1), end, max(0, (error.end_offset or 1) - 1))
    return CellSyntaxError(f"This is not Python: {error.msg}.", "Mend the line.", place=place, lines=lines)


def execute(cell: CellSource, filename: str, host: Host) -> None:
    """Run the ordinary statements; the value of the last one, if it is an expression, is displayed."""
    __tracebackhide__ = True
    *body, last = cell.statements or (ast.Pass(lineno=1, col_offset=0),)
    if not isinstance(last, ast.Expr):
        body.append(last)
    _run(ast.Module(body=body, type_ignores=[]), "exec", filename, host)
    if isinstance(last, ast.Expr):
        _run(ast.Interactive(body=[last]), "single", filename, host)


def _run(tree: ast.Module | ast.Interactive, mode: str, filename: str, host: Host) -> None:
    __tracebackhide__ = True
    flags = host.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(ast.fix_missing_locations(tree), filename, mode, flags, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        raise CellError("A graph's cell cannot wait at its top level.", "Put the `await` into a cell of its own.")
    exec(code, host.namespace)


def bindings(cell: CellSource) -> tuple[Binding, ...]:
    """The names that the cell's ordinary statements bind at the top level, in order.

    A name is there once, as it was bound last, unless two plain definitions give it: that is a mistake to report.
    """
    found: list[Binding] = []
    plain: set[str] = set()
    for statement in cell.statements:
        for node in _top_level(statement):
            for name, at, kind in _bound(node):
                defines = kind == "definition" and node is statement
                twice = defines and name in plain
                found = [b for b in found if b.name != name or twice]
                found.append(Binding(name, place_of(at, cell.lines), kind))
                (plain.add if defines else plain.discard)(name)
    return tuple(found)


def _top_level(statement: ast.stmt) -> Iterator[ast.AST]:
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, *_COMPREHENSIONS)):
            pending += ast.iter_child_nodes(node)


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.AST, Kind]]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, node, "definition"
        case ast.Name(id=name, ctx=ast.Store()):
            yield name, node, "assignment"
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0], node, "import"


def ordinary_source(cell: CellSource) -> str:
    """The cell's source without its wiring."""
    wired = {line for chain in cell.chains for line in range(chain.place.line, chain.place.end_line + 1)}
    shared = wired & {line for s in cell.statements for line in range(s.lineno, (s.end_lineno or s.lineno) + 1)}
    if shared:  # `a >> b; x = 1`: on one line with something else
        return "\n\n".join(map(ast.unparse, cell.statements))
    return "\n".join(line for number, line in enumerate(cell.lines, 1) if number not in wired).strip()
