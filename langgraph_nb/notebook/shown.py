"""How a graph is shown after a cell: the picture, with what the cell added, and words for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.problems import Problem, in_words

Show = Callable[[Mapping[str, str]], None]
"""Displays a bundle: MIME type -> data."""


def picture(topology: Topology, highlight: Iterable[str] = ()) -> dict[str, str]:
    """A display bundle: an SVG and a text. Without ``text/html``, which front ends would show instead of the SVG."""
    from langgraph_nb.notebook.picture import to_svg, to_text

    return {"image/svg+xml": to_svg(topology, highlight=frozenset(highlight)), "text/plain": to_text(topology)}


def show_graph(show: Show, topology: Topology, problems: Sequence[Problem], highlight: Iterable[str] = ()) -> None:
    """Show the picture, where there is something to draw, and then the problems."""
    if topology.edges:
        show(picture(topology, highlight))
    if problems:
        show({"text/plain": in_words(topology.name, problems)})
