"""The notebook around the runtime: building, seeing, running and approving, cell by cell.

Each magic is a call of a function of its name: ``graph`` is here (``langgraph_nb.graph`` is the module that LangGraph
has), the others are names of ``langgraph_nb``. Besides, there are functions that give what ``%graph`` shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nb.notebook.building import graph

__all__ = ["delete_graph", "find_graph", "graph", "graph_cell", "graph_code", "graphs", "show_graph"]


def __getattr__(name: str) -> Any:
    if name == "graph":
        from langgraph_nb.notebook.building import graph

        return graph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def graph_cell(name: str, body: str, **options: str) -> Any:
    """Contribute to a graph what a cell ``%%graph name`` with this body would.

    Args:
        name: The graph's name.
        body: Python, with wiring.
        options: ``state``, ``checkpointer``, ``store``, ``context``, ``input``, ``output``, as text.

    Returns:
        The graph: compiled where it is complete, else an ``UnfinishedGraph``.

    Raises:
        CellError: When the wiring, the name or an option is wrong.
    """
    from langgraph_nb.errors import did_you_mean
    from langgraph_nb.notebook.drafts import OPTIONS
    from langgraph_nb.notebook.extension import workbench
    from langgraph_nb.notebook.mistakes import CellError

    for option in options:
        if option not in OPTIONS:
            raise CellError(f"A graph has no option {option!r}.", did_you_mean(option, OPTIONS))
    bench = workbench()
    bench.contribute(name, body, options)
    return bench.find(name)


def graphs() -> dict[str, Any]:
    """The notebook's graphs by name: ``%graph``."""
    from langgraph_nb.notebook.extension import workbench

    bench = workbench()
    return {name: bench.find(name) for name in bench.drafts}


def find_graph(name: str) -> Any:
    """A graph by name: one that cells built, or a variable that holds a graph.

    Raises:
        UnknownGraphError: When there is none.
    """
    from langgraph_nb.notebook.extension import workbench

    return workbench().lookup(name)


def show_graph(name: str) -> None:
    """Display a graph's picture and what it lacks: ``%graph name``."""
    from langgraph_nb.notebook.extension import workbench

    workbench().show(name)


def delete_graph(name: str) -> None:
    """Forget a graph: ``%graph name --delete``."""
    from langgraph_nb.notebook.extension import workbench

    workbench().delete(name)


def graph_code(name: str) -> str:
    """The plain StateGraph program for a graph: ``%graph name --code``."""
    from langgraph_nb.notebook.extension import workbench

    return workbench().program(name)
