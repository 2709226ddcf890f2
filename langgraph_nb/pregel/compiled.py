"""A StateGraph, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import ROOT
from langgraph_nb.graph.topology import Topology
from langgraph_nb.graph.view import topology_of
from langgraph_nb.pregel.described import json_schema_of
from langgraph_nb.pregel.drawn import Ways
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.typed import TypedRuns
from langgraph_nb.typing import ContextT, InputT, OutputT, StateT

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.graph.state import StateGraph


class CompiledStateGraph(TypedRuns[StateT, ContextT, InputT, OutputT]):
    """What ``StateGraph.compile`` returns: a graph that runs, and the builder that it was made from.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one")
        >>> builder.compile().builder is builder
        True
    """

    stream_mode = "updates"

    def __init__(self, plan: Plan, *, builder: StateGraph[StateT, ContextT, InputT, OutputT], **kwargs: Any) -> None:
        self._set_up(plan, **kwargs)
        self.builder = builder
        self.context_schema = builder.context_schema

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """The JSON schema of the input."""
        schema = self.builder.schema(self.builder.input_schema)
        return json_schema_of(schema, self.builder.channels, self.get_name("Input"))

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """The JSON schema of the output."""
        schema = self.builder.schema(self.builder.output_schema)
        return json_schema_of(schema, self.builder.channels, self.get_name("Output"))

    @property
    def OutputType(self) -> Any:
        """The annotation of a state without keys."""
        return self.builder.output_schema if self.plan.output_keys == ROOT else None

    def ways(self) -> Ways:
        """Where nodes say that they may go by ``Command``, and what their routers name."""
        found: dict[str, list[tuple[str, str | None]]] = {}
        for name, spec in self.builder.nodes.items():
            ends = spec.ends if isinstance(spec.ends, dict) else dict.fromkeys(spec.ends)
            found.setdefault(name, []).extend(ends.items())
        for name, branches in self.builder.branches.items():
            for branch in branches.values():
                found.setdefault(name, []).extend((end, str(key)) for key, end in branch.drawn.items())
        return found

    def topology(self, xray: bool = False) -> Topology:
        """The graph as a picture shows it, with its breakpoints; with ``xray``, its subgraphs opened."""
        pauses = (self.interrupt_before_nodes, self.interrupt_after_nodes)
        return topology_of(self.builder, self.name, xray, pauses)
