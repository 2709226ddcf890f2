"""A graph's cell made of a topology: functions that do nothing yet, and the wiring. What pasting a chart begins with.

Knows the topology and the language of cells; nothing of Mermaid.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode

_TAKEN = {"START", "END", "State", "TypedDict", "route", "node", "state", *dir(builtins)}
_RESERVED = re.compile(r"[:|]")
_STATE = """class State(TypedDict, total=False):
    text: str  # what the nodes read and write
"""


def skeleton(topology: Topology, *, state: bool = True) -> str:
    """The body of a ``%%graph`` cell with this topology: every node a function to be filled in.

    Args:
        topology: What to build.
        state: Whether to write a schema for the state too.

    Returns:
        Python with wiring; a graph made of it has the same nodes, edges and labels.

    Example:
        >>> ab = Topology("g", (TopologyNode("a"), TopologyNode("b")), (TopologyEdge("a", "b"),))
        >>> print(skeleton(ab, state=False))
        def a(state):
            return {}
        <BLANKLINE>
        <BLANKLINE>
        def b(state):
            return {}
        <BLANKLINE>
        <BLANKLINE>
        a >> b
        <BLANKLINE>
    """
    nodes = [node for node in topology.nodes if node.kind not in ("start", "end")]
    return _Skeleton(topology, nodes, state).text()


class _Skeleton:
    """Names and pieces of one cell."""

    def __init__(self, topology: Topology, nodes: list[TopologyNode], state: bool) -> None:
        self.nodes, self.state = nodes, state
        self.names = {START: "START", END: "END"}
        self.node_names = {START: START, END: END}
        self.taken = {*_TAKEN, topology.name}
        self.used: set[str] = set()
        self.ids = {node.id for node in nodes}
        for node in nodes:
            self.names[node.id] = self.fresh(node.id)
            self.node_names[node.id] = _RESERVED.sub("_", node.id)
        self.plain: dict[str, list[str]] = defaultdict(list)
        self.chosen: dict[str, list[TopologyEdge]] = defaultdict(list)
        for edge in topology.edges:
            if edge.conditional:
                self.chosen[edge.source].append(edge)
            elif edge.target not in self.plain[edge.source]:
                self.plain[edge.source].append(edge.target)

    def fresh(self, text: str) -> str:
        """A new name for a function, as close to a text as Python allows."""
        base = text if text.isidentifier() else re.sub(r"\W+", "_", text).strip("_").lower() or "step"
        base = f"step_{base}" if base[0].isdigit() else base
        base = f"{base}_" if keyword.iskeyword(base) or base in self.taken else base
        name, number = base, 1
        while name in self.used or name in self.ids - {text}:
            number += 1
            name = f"{base}_{number}"
        self.used.add(name)
        return name

    def text(self) -> str:
        routes = {source: list(self.routes(source, edges)) for source, edges in self.chosen.items()}
        imports = ["from typing import TypedDict\n"] if self.state else []
        if any(self.options(node) for node in self.nodes):
            imports.append("from langgraph_nb import node\n")
        parts = ["\n".join(imports)] if imports else []
        parts += [_STATE] if self.state else []
        parts += [self.function(node) for node in self.nodes]
        parts += [function for made in routes.values() for function, _ in made]
        wiring = "\n".join(self.wiring({source: [way for _, way in made] for source, made in routes.items()}))
        return "\n\n".join([*parts, f"{wiring}\n"])

    def options(self, node: TopologyNode) -> str:
        named = self.node_names[node.id]
        given = {"name": named if named != self.names[node.id] else "", "pause": node.pause}
        return ", ".join(f"{option}={quoted(value)}" for option, value in given.items() if value)

    def function(self, node: TopologyNode) -> str:
        options = self.options(node)
        decorator = f"@node({options})\n" if options else ""
        return f"{decorator}def {self.names[node.id]}({self.parameter}):\n    return {{}}\n"

    @property
    def parameter(self) -> str:
        return "state: State" if self.state else "state"

    def routes(self, source: str, edges: list[TopologyEdge]) -> Iterator[tuple[str, str]]:
        """Functions that choose, and the wiring that asks them. A label that is there twice needs two functions."""
        rounds: list[dict[str, TopologyEdge]] = []
        for edge in edges:
            key = edge.label or self.node_names[edge.target]
            free = next((found for found in rounds if key not in found), None)
            if free is None:
                rounds.append(free := {})
            free[key] = edge
        for found in rounds:
            name = self.fresh("after_" + self.names[source].lower().strip("_"))
            answers = ["END" if key == END else quoted(key) for key in found]
            others = f"  # or {', '.join(answers[1:])}" if answers[1:] else ""
            function = f"def {name}({self.parameter}):\n    return {answers[0]}{others}\n"
            targets = [self.names[edge.target] for edge in found.values() if not edge.label]
            keyed = [f"{quoted(e.label)}: {self.names[e.target]}" for e in found.values() if e.label]
            if keyed:
                targets.append("{" + ", ".join(keyed) + "}")
            yield function, f"route({', '.join([name, *targets])})"

    def wiring(self, ways: Mapping[str, list[str]]) -> Iterator[str]:
        """The lines of wiring: straight on while there is one way, then where its end chooses.

        Args:
            ways: What chooses after each node.
        """
        left = {source: list(targets) for source, targets in self.plain.items()}
        said: set[str] = set()
        for source in [START, *(node.id for node in self.nodes)]:
            line, here = [self.names[source]], source
            while targets := left.pop(here, None):
                names = [self.names[target] for target in targets]
                line.append(names[0] if len(names) == 1 else "{" + ", ".join(names) + "}")
                here = targets[0] if len(targets) == 1 else ""
            if len(line) > 1:
                yield " >> ".join(line)
            for node in dict.fromkeys((here, source)):
                if node in ways and node not in said:
                    said.add(node)
                    yield from (f"{self.names[node]} >> {way}" for way in ways[node])


def quoted(text: str) -> str:
    """A text as Python, in the quotes that people write.

    Example:
        >>> print(quoted("it's"), quoted("no"))
        "it's" "no"
    """
    return f'"{text}"' if text.isprintable() and not set(text) & {'"', "\\"} else repr(text)
