"""What graphs are tested with.

Example:
    >>> from langgraph_nb.graph import START, StateGraph
    >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
    >>> simulate(graph, {}, seeds=range(3)).seeds
    3

Whether threads that are stored go on in changed code, their graph says itself: ``graph.replay_check(config)`` gives a
``ReplayCheck``.
"""

from typing import TYPE_CHECKING, Any

from langgraph_nb.pregel.histories import Divergence, ReplayCheck
from langgraph_nb.testing.schedule import Choice
from langgraph_nb.testing.simulation import Report, SimulationFailed, Trial, simulate

if TYPE_CHECKING:
    from langgraph_nb.testing.scripted import ScriptedModel, calls

__all__ = [
    "Choice", "Divergence", "ReplayCheck", "Report", "ScriptedModel", "SimulationFailed", "Trial", "calls", "simulate",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("ScriptedModel", "calls"):  # they load langchain-core
        import langgraph_nb.testing.scripted as scripted

        return getattr(scripted, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
