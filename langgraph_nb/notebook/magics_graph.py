# mypy: disable-error-code="no-untyped-call, untyped-decorator"
"""``%%graph`` and ``%graph``. Each is a thin call of what ``langgraph_nb.notebook`` offers as functions.

IPython's decorators have no types, hence the first line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from langgraph_nb.notebook.drafts import OPTIONS
from langgraph_nb.notebook.registry import Workbench

CELL_OPTIONS = tuple(f"--{option}" for option in OPTIONS)
LINE_OPTIONS = ("--code", "--delete", "--forget")
_WIRING = """
The body of a cell is Python, run like any cell. A statement that is a chain of >> is wiring, read and not executed:

  START >> a >> b >> END                     one after the other
  a >> {b, c}                                both, in parallel
  {b, c} >> d                                after each of them
  [b, c] >> d                                a join: after all of them
  a >> (b if TEST else c)                    choose; TEST is an expression over `state`
  a >> {"x": b, "y": c}[KEY]                 choose by key
  a >> [work(item=i) for i in ITEMS] >> d    map, then reduce
  a >> route(fn, b, c)                       choose by a function

A graph grows over as many cells as you like; running a cell again replaces what it contributed.
"""
Magic = TypeVar("Magic", bound=Callable[..., Any])


def _with_wiring(magic: Magic) -> Magic:
    """Both magics explain wiring: front ends show the help of ``%graph`` for ``%%graph`` too."""
    magic.__doc__ = f"{magic.__doc__}\n{_WIRING}"
    return magic


@magics_class
class GraphMagics(Magics):  # type: ignore[misc,unused-ignore]
    """The magics that build graphs."""

    def __init__(self, shell: Any, bench: Workbench) -> None:
        super().__init__(shell)
        self.bench = bench

    @cell_magic("graph")
    @_with_wiring
    @magic_arguments("%graph")
    @argument("name", help="The graph, and the variable that it is bound to.")
    @argument("--state", metavar="EXPR", help="The schema of the state; default: the class State.")
    @argument("--checkpointer", metavar="memory|sqlite:PATH|EXPR", help="Where threads are kept.")
    @argument("--store", metavar="EXPR", help="Memory across threads.")
    @argument("--cache", metavar="memory|EXPR", help="Where results of nodes with @node(cache=) are kept.")
    @argument("--context", metavar="EXPR", help="The schema of Runtime.context.")
    @argument("--input", metavar="EXPR", help="The schema of the input, where it is not the state.")
    @argument("--output", metavar="EXPR", help="The schema of the result, where it is not the state.")
    def graph_cell(self, line: str, cell: str) -> None:
        """Run the cell as a piece of a graph, and show the graph."""
        __tracebackhide__ = True
        given = parse_argstring(self.graph_cell, line)
        options = {option: _bare(text) for option in OPTIONS if (text := getattr(given, option)) is not None}
        self.bench.contribute(given.name, cell, options, first_line=2)

    @line_magic("graph")
    @_with_wiring
    @magic_arguments("graph")
    @argument("name", nargs="?", help="The graph to show; without it all graphs are listed.")
    @argument("--code", action="store_true", help="Print the plain StateGraph program for it.")
    @argument("--delete", action="store_true", help="Forget the graph, its variable, and threads kept in memory.")
    @argument("--forget", metavar="N", help="Forget what cell [N] contributed.")
    def graph_line(self, line: str) -> None:
        """Show a graph, or list all of them.

        To build one, begin a cell with %%graph NAME; its options are --state, --checkpointer, --store, --context,
        --cache, --input and --output (see %%graph?).
        """
        __tracebackhide__ = True
        given = parse_argstring(self.graph_line, line)
        if given.name is None:
            print(self.bench.listing())
        elif given.delete:
            self.bench.delete(given.name)
        elif given.forget is not None:
            self.bench.forget(given.name, given.forget)
            if given.name in self.bench.drafts:
                self.bench.show(given.name)
        elif given.code:
            print(self.bench.program(given.name))
        else:
            self.bench.show(given.name)


def _bare(text: str) -> str:
    """An option's text without the quotes that held it together."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text
