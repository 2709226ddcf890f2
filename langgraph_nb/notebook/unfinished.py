"""What a graph's name stands for until the graph is complete: it shows itself, and says what is missing when used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.mistakes import UnfinishedGraphError
from langgraph_nb.notebook.problems import Problem, in_words


class UnfinishedGraph:
    """A graph that cannot run yet.

    Args:
        name: The graph's name.
        topology: What there is of it.
        problems: What it lacks.

    Example:
        >>> graph = UnfinishedGraph("support", Topology("support", (), ()), [Problem("Nothing is wired yet.", "")])
        >>> graph
        support is not finished:
        • Nothing is wired yet.
    """

    def __init__(self, name: str, topology: Topology, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems = tuple(problems)
        self._topology = topology

    def topology(self, *, xray: bool = False) -> Topology:
        """The graph as a picture shows it."""
        return self._topology

    def __repr__(self) -> str:
        return in_words(self.name, self.problems)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise self.error()

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise self.error()

    def error(self) -> UnfinishedGraphError:
        """What using it raises."""
        return UnfinishedGraphError(in_words(self.name, self.problems))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        from langgraph_nb.notebook.shown import show_graph

        show_graph(lambda bundle: display(dict(bundle), raw=True), self._topology, self.problems)  # type: ignore[no-untyped-call,unused-ignore]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from langgraph_nb.notebook.shown import picture

        bundle = picture(self._topology)
        return {**bundle, "text/plain": f"{bundle['text/plain']}\n\n{self!r}"}
