"""A compiled graph as langchain-core draws graphs: ``get_graph``.

Which edges there are is found out by walking: from the start, superstep by superstep, every node goes wherever it may.
What a node always writes is written each time; where a router or a ``Command`` may lead, the first time. So an edge is
drawn where a run can take it, and what no run can reach has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.channels.last_value import LastValueAfterFinish
from langgraph_nb.constants import BRANCH_TO, END, START
from langgraph_nb.graph.topology import Topology
from langgraph_nb.pregel.described import Described
from langgraph_nb.pregel.plan import Plan, Write
from langgraph_nb.types import All

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.runnables.graph import Graph

FAR = 251
"""Supersteps after which a walk ends, the start's among them: a loop without a way out has no end of its own."""
Ways = Mapping[str, Sequence[tuple[str, str | None]]]
"""Node -> (node or the end, label): where it may go beside its edges."""


class DrawnEdge(NamedTuple):
    """An arrow. Sorts in the order in which arrows are drawn."""

    source: str
    target: str
    conditional: bool
    label: str | None

    @property
    def place(self) -> tuple[str, str, bool, str]:
        return self.source, self.target, self.conditional, self.label or ""


class Lead(NamedTuple):
    """That a node leads to a channel."""

    channel: str
    conditional: bool
    label: str | None


class Drawn(Described):
    """``get_graph`` of a compiled graph."""

    interrupt_before_nodes: All | Sequence[str]
    interrupt_after_nodes: All | Sequence[str]

    @property
    def inner_graphs(self) -> Mapping[str, Any]:
        """Node -> the graph that it runs. Who knows of threads knows."""
        raise NotImplementedError

    def ways(self) -> Ways:
        """Where nodes may go beside their edges. A graph that was put together by hand knows of nothing."""
        return {}

    def topology(self, xray: bool = False) -> Topology:
        """The graph as a picture shows it."""
        from langgraph_nb.pregel.drawable import DrawableGraph

        graph = self.get_graph(xray=xray)
        assert isinstance(graph, DrawableGraph)
        return replace(graph.topology(), name=self.get_name())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """What a notebook shows of the graph."""
        from langgraph_nb.notebook.shown import picture

        return picture(self.topology())

    def get_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph:
        """The graph as langchain-core's ``Graph``: ``draw_mermaid()``, ``draw_ascii()``, ``draw_mermaid_png()``, …

        Its pictures are drawn here, without the network.

        Args:
            config: Of no effect.
            xray: Whether graphs inside of nodes are opened; a number says how deep.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
            >>> [(edge.source, edge.target) for edge in graph.get_graph().edges]
            [('__start__', 'a'), ('a', '__end__')]
        """
        deeper = xray if isinstance(xray, bool) or xray <= 0 else xray - 1
        found = self.inner_graphs.items() if xray else ()
        inner = {name: graph.get_graph(config, xray=deeper) for name, graph in found}
        return _with_inner(self._flat_graph(), inner)

    async def aget_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph:
        """``get_graph``, awaited: a graph inside may live elsewhere."""
        deeper = xray if isinstance(xray, bool) or xray <= 0 else xray - 1
        found = self.inner_graphs.items() if xray else ()
        inner = {name: await graph.aget_graph(config, xray=deeper) for name, graph in found}
        return _with_inner(self._flat_graph(), inner)

    def _flat_graph(self) -> Graph:
        """The graph with every node closed."""
        from langgraph_nb.pregel.drawable import DrawableGraph

        graph = DrawableGraph()
        for name, node in self.nodes.items():
            graph.add_node(node.bound, name, metadata=self._shown_metadata(name, node) or None)
        walk = Walk(self.plan, self.input_channels, self.ways())
        if START not in self.nodes:
            graph.add_node(None, START)
            for name in walk.first:
                _connect(graph, START, name)
        for edge in sorted(walk.edges, key=lambda edge: edge.place):
            label = edge.label if edge.label != edge.target else None
            _connect(graph, edge.source, edge.target, label, edge.conditional)
        for source, conditional in walk.exits():
            _connect(graph, source, END, conditional=conditional)
        return graph

    def _shown_metadata(self, name: str, node: Any) -> dict[str, Any]:
        """What a picture may say of a node."""
        metadata = dict(node.metadata or {})
        if type(self.plan.channels.get(BRANCH_TO + name)) is LastValueAfterFinish:
            metadata["defer"] = True
        pauses = {"before": self.interrupt_before_nodes, "after": self.interrupt_after_nodes}
        if paused := ",".join(when for when, names in pauses.items() if name in names):
            metadata["__interrupt"] = paused
        tools = getattr(node.bound, "tools_by_name", None)
        if isinstance(tools, Mapping) and tools:
            metadata["__tools"] = list(tools)
        return metadata


def _connect(graph: Graph, source: str, target: str, label: str | None = None, conditional: bool = False) -> None:
    """Add an arrow, if there is none between the two."""
    if any(edge.source == source and edge.target == target for edge in graph.edges):
        return
    if target == END and END not in graph.nodes:
        graph.add_node(None, END)
    graph.add_edge(graph.nodes[source], graph.nodes[target], label, conditional)


def _with_inner(graph: Graph, inner: Mapping[str, Graph]) -> Graph:
    """The graph with some of its nodes replaced by the graphs that they run."""
    for name, opened in inner.items():
        if len(opened.nodes) < 2 or name not in graph.nodes or not (opened.first_node() and opened.last_node()):
            continue
        opened.trim_first_node()
        opened.trim_last_node()
        graph.nodes.pop(name)
        first, last = graph.extend(opened, prefix=name)
        assert first is not None and last is not None
        for index, edge in enumerate(graph.edges):
            source = last.id if edge.source == name else None
            target = first.id if edge.target == name else None
            graph.edges[index] = edge.copy(source=source, target=target)
    return graph


class Walk:
    """The supersteps of a run in which every node goes everywhere that it may."""

    def __init__(self, plan: Plan, inputs: str | Sequence[str], ways: Ways) -> None:
        self.plan = plan
        self.ways = ways
        self.edges: set[DrawnEdge] = set()
        self.leads: dict[str, set[Lead]] = {}
        """Node -> the channels that it was seen to lead to."""
        self.declared: defaultdict[str, set[Lead]] = defaultdict(set)
        """Node -> those that a router or command of it may lead to."""
        self.kept: dict[str, BaseChannel[Any, Any, Any]] = {
            key: plan.channels[key].copy() for key in plan.triggered_by if key in {*plan.consumed, *plan.finishing}
        }
        """The channels that wait: for several nodes, or for the rest to finish."""
        self.last: dict[str, set[Lead]] = {}
        """What the nodes of the last superstep lead to."""
        self.first = self._triggered([inputs] if isinstance(inputs, str) else inputs)
        tasks = self.first
        for _ in range(FAR):
            if not tasks:
                break
            tasks = self._superstep(tasks)

    def exits(self) -> list[tuple[str, bool]]:
        """The nodes that nothing follows, with whether they only may end the run."""
        sources = {edge.source for edge in self.edges}
        ends = {edge.target for edge in self.edges if edge.target != END} - sources
        if ends:
            return [(name, False) for name in sorted(ends)]
        if len(self.last) == 1 and not any(edge.target == END for edge in self.edges):
            return [(name, True) for name in self.last]
        return []

    def _superstep(self, tasks: Iterable[str]) -> list[str]:
        """Take these nodes as having run. Returns those that run next."""
        self.last, written = {}, {}
        for name in tasks:
            written[name], self.last[name] = self._writes(name)
        self.leads.update({name: set(leads) for name, leads in self.last.items()})
        following = self._triggered(self._applied(written))
        leading = [(lead.channel, source, lead) for source, leads in self.leads.items() for lead in leads]
        for name in following:
            self._arrive(name, leading)
        return following

    def _writes(self, name: str) -> tuple[list[Write], set[Lead]]:
        """What a node writes when it runs here, and all that it leads to."""
        writes = self.plan.nodes[name].write(None)
        labels: dict[tuple[str, Any], str | None] = {}
        ways = () if name in self.leads else self.ways.get(name, ())
        for target, label in ways:
            if target == END:
                self.edges.add(DrawnEdge(name, END, True, label))
                continue
            channel = BRANCH_TO + target
            writes.append((channel, None))
            labels[channel, None] = label
            self.declared[name].add(Lead(channel, True, label))
        leads = {Lead(key, (key, value) in labels, labels.get((key, value))) for key, value in map(_hashable, writes)}
        return writes, leads | self.declared[name]

    def _arrive(self, name: str, leading: list[tuple[str, str, Lead]]) -> None:
        """Draw the edges that made a node run; where nothing in this superstep did, every node may have."""
        found = False
        for channel, source, lead in leading:
            if channel in self.plan.nodes[name].triggers:
                self.edges.add(DrawnEdge(source, name, lead.conditional, lead.label))
                if lead in self.last.get(source, ()):
                    found = True
                else:
                    self.leads[source].discard(lead)
        if not found:
            self.edges.update(DrawnEdge(source, name, True, None) for source in self.last)

    def _applied(self, written: Mapping[str, list[Write]]) -> set[str]:
        """The channels that have news, after these nodes wrote."""
        for channel in {key for name in written for key in self.plan.nodes[name].triggers if key in self.kept}:
            self.kept[channel].consume()
        values: defaultdict[str, list[Any]] = defaultdict(list)
        for writes in written.values():
            for channel, value in writes:
                values[channel].append(value)
        news = {channel for channel in values if channel not in self.kept}
        news |= {channel for channel in values.keys() & self.kept.keys() if self._take(channel, values[channel])}
        if news.isdisjoint(self.plan.triggered_by):
            news |= {key for key, channel in self.kept.items() if channel.finish() and channel.is_available()}
        return news

    def _take(self, channel: str, values: list[Any]) -> bool:
        kept = self.kept[channel]
        return kept.update(values) and kept.is_available()

    def _triggered(self, news: Iterable[str]) -> list[str]:
        """The nodes that these channels make run, in the order of the graph."""
        names = {name for channel in news for name in self.plan.triggered_by.get(channel, ())}
        return [name for name in self.plan.nodes if name in names]


def _hashable(write: Write) -> Write:
    """A write to compare by: of values only ``None`` and the names of nodes matter."""
    return write[0], write[1] if isinstance(write[1], str) else None
