"""From a builder to the topology that pictures show. Works on unfinished builders too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import END, START
from langgraph_nb.graph.policies import DEFAULT_HANDLER, shown_name
from langgraph_nb.graph.topology import NodeKind, Pause, Topology, TopologyEdge, TopologyNode

if TYPE_CHECKING:
    from langgraph_nb.graph.state import BranchSpec, StateGraph


Pauses = tuple[str | Sequence[str], str | Sequence[str]]
"""The nodes to pause before, and after; ``"*"`` is every node."""

DRAWN_EDGES = "__drawn_edges__"
"""A router that knows how its edges look (labels, fan-outs) carries them under this name, as ``TopologyEdge``s."""


def topology_of(
    builder: StateGraph[Any, Any, Any, Any], name: str = "graph", xray: bool = False, pauses: Pauses = ((), ())
) -> Topology:
    """The nodes and edges of a builder, in the order of their definition.

    Args:
        builder: A ``StateGraph``.
        name: What to call the topology.
        xray: Whether subgraphs are shown with what they hold.
        pauses: Where breakpoints are set.
    """
    edges = tuple(_edges(builder))
    named = {end for edge in edges for end in (edge.source, edge.target)} - {START, END}
    nodes = [_node(builder, n, xray, pauses) for n in builder.nodes]
    if builder.node_defaults.error_handler is not None:  # for all nodes; an edge from each would hide the others
        nodes.append(TopologyNode(DEFAULT_HANDLER, label=shown_name(DEFAULT_HANDLER)))
    nodes += [TopologyNode(n, "missing") for n in sorted(named - set(builder.nodes))]
    ends = [TopologyNode(END, "end", "END")] if any(e.target == END for e in edges) else []
    return Topology(name, (TopologyNode(START, "start", "START"), *nodes, *ends), edges)


def _node(builder: StateGraph[Any, Any, Any, Any], name: str, xray: bool, pauses: Pauses) -> TopologyNode:
    spec = builder.nodes[name]
    graph = spec.call.graph
    kind: NodeKind = "subgraph" if graph is not None else "node"
    inner = graph.topology(xray=xray) if graph is not None and xray else None
    before, after = (names == "*" or name in names for names in pauses)
    pause: Pause = "both" if before and after else "before" if before else "after" if after else ""
    label = shown_name(name) if spec.is_error_handler else ""
    return TopologyNode(name, kind, label, pause, spec.defer, inner)


def _branch_edges(builder: StateGraph[Any, Any, Any, Any], source: str, branch: BranchSpec) -> Iterator[TopologyEdge]:
    for key, target in (branch.drawn or {n: n for n in [*builder.nodes, END]}).items():
        label = "" if key == target else str(key)
        yield TopologyEdge(source, target, label, conditional=True)


def _edges(builder: StateGraph[Any, Any, Any, Any]) -> Iterator[TopologyEdge]:
    for source, target in builder.edges:
        yield TopologyEdge(source, target)
    for sources, target in builder.waiting_edges:
        for source in sources:
            yield TopologyEdge(source, target, join=sources)
    for source, branches in builder.branches.items():
        for branch in branches.values():
            yield from getattr(branch.call.sync, DRAWN_EDGES, ()) or _branch_edges(builder, source, branch)
    wired = {source for source, _ in builder.edges} | set(builder.branches)
    wired |= {source for sources, _ in builder.waiting_edges for source in sources}
    for name, spec in builder.nodes.items():
        if spec.policies.error_handler is not None:
            yield TopologyEdge(name, spec.policies.error_handler, conditional=True)
        ends = spec.ends if isinstance(spec.ends, dict) else {end: "" for end in spec.ends}
        for target, label in ends.items():
            yield TopologyEdge(name, target, label, conditional=True)
        if name not in wired and not ends:  # a node without a way out ends its path
            yield TopologyEdge(name, END)
