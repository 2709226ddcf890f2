"""``%%graph`` and ``%graph``: thin calls of ``langgraph_nb.notebook.graph``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from langgraph_nb.notebook.building import SOURCES, graph
from langgraph_nb.notebook.drafts import OPTIONS
from langgraph_nb.notebook.magics import argument, magic_arguments, parse_argstring, unquoted

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
_EXAMPLE = """
  %%graph support --checkpointer sqlite:support.db
  class State(TypedDict):
      question: str
      answer: str

  def reply(state: State):
      return {"answer": "Thank you for asking."}

  START >> reply >> END

  %graph support                             show it
  %graph support --compare                   what changed since its last version
  %graph support --export support.py         the plain StateGraph program; .ipynb, .mmd, .svg and .png too
"""
Magic = TypeVar("Magic", bound=Callable[..., Any])


def _with_wiring(magic: Magic) -> Magic:
    """Both magics explain wiring: front ends show the help of ``%graph`` for ``%%graph`` too."""
    magic.__doc__ = f"{magic.__doc__}\n{_EXAMPLE}{_WIRING}"
    return magic


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
@argument("--from", dest="from_", choices=SOURCES, help="What the body is, if not Python: a flowchart to begin with.")
def graph_cell(line: str, cell: str) -> None:
    """Run the cell as a piece of a graph, and show the graph."""
    __tracebackhide__ = True
    given = parse_argstring(graph_cell, line)
    options: dict[str, Any] = {o: unquoted(text) for o in OPTIONS if (text := getattr(given, o)) is not None}
    graph(given.name, cell, from_=given.from_, first_line=2, **options)


@_with_wiring
@magic_arguments("graph")
@argument("name", nargs="?", help="The graph to show; without it all graphs are listed.")
@argument("--xray", action="store_true", help="Open the graphs inside of it.")
@argument("--code", action="store_true", help="Print the plain StateGraph program for it.")
@argument("--compare", action="store_true", help="Show what is different since its last version.")
@argument("--export", metavar="FILE", help="Write it to a file: .py, .ipynb, .mmd (Mermaid), .svg or .png.")
@argument("--forget", metavar="N", help="Forget what cell [N] contributed.")
@argument("--delete", action="store_true", help="Forget the graph, its variable, and threads kept in memory.")
def graph_line(line: str) -> None:
    """Show a graph, or list all of them.

    To build one, begin a cell with %%graph NAME; its options are --state, --checkpointer, --store, --context,
    --cache, --input, --output and --from (see %%graph?).
    """
    __tracebackhide__ = True
    given = parse_argstring(graph_line, line)
    graph(
        given.name, code=given.code, xray=given.xray, compare=given.compare, delete=given.delete, forget=given.forget,
        export=None if given.export is None else unquoted(given.export),
    )  # fmt: skip


MAGICS = ((graph_cell, "cell", "graph"), (graph_line, "line", "graph"))
