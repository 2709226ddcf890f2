"""What graphs are tested with.

Example:
    >>> from langgraph_nb.graph import START, StateGraph
    >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
    >>> simulate(graph, {}, seeds=range(3)).seeds
    3
"""

from langgraph_nb.testing.schedule import Choice
from langgraph_nb.testing.simulation import Report, SimulationFailed, Trial, simulate

__all__ = ["Choice", "Report", "SimulationFailed", "Trial", "simulate"]
