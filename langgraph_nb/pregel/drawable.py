"""langchain-core's ``Graph``, whose pictures are drawn here instead of by a web service or an external program."""

from __future__ import annotations

from langchain_core.runnables.graph import Graph


class DrawableGraph(Graph):
    """A graph to look at. All but its PNG pictures is langchain-core's."""
