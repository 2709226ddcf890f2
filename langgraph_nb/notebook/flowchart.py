"""Writing Mermaid: a topology as a flowchart that any Mermaid draws, whatever its nodes and edges are called.

Ids are plain words, and all text is quoted, with what Mermaid could take for its own written as entities: nothing in it
is syntax, markup or a link, and ``read_mermaid`` finds the same names. Knows nothing of cells or code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import Topology, TopologyNode

_WORD = re.compile(r"[A-Za-z]\w*", re.ASCII)
_RESERVED = {
    "end", "subgraph", "graph", "flowchart", "class", "classdef", "click", "style", "linkstyle", "direction", "default",
    "href", "call", "interpolate", "o", "x", "v", "acctitle", "accdescr",
}  # fmt: skip
"""What Mermaid does not take for an id, or not everywhere."""
_SPECIAL = re.compile(r"[^\w .,:()/+*=?!'\[\]{}>-]|--|^ | $|  ")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no picture can hold; it is spelt out."""
_CLASSES = ("default fill:#f2f0ff,line-height:1.2", "first fill-opacity:0", "last fill:#bfb6fc")


def write_mermaid(topology: Topology) -> str:
    """A graph as a Mermaid flowchart.

    Args:
        topology: The graph. What is inside of its nodes is in subgraphs of the chart.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyEdge
        >>> chart = Topology("g", (TopologyNode("end"), TopologyNode('say "hi"')), (TopologyEdge("end", 'say "hi"'),))
        >>> print(write_mermaid(chart).split("classDef")[0].rstrip())
        graph TD
            end_["end"]
            say_hi_["say #34;hi#34;"]
            end_ --> say_hi_
    """
    lines = [*_lines(topology, "", _Ids()), *(f"classDef {look}" for look in _CLASSES)]
    return "graph TD\n" + "".join(f"    {line}\n" for line in lines)


def _lines(topology: Topology, inside: str, ids: _Ids) -> Iterator[str]:
    """The nodes and edges of a level; inner graphs begin and end where the edges around them say."""
    shown = [node for node in topology.nodes if not inside or node.kind not in ("start", "end")]
    of = {node.id: ids.of(node.id, inside) for node in shown}
    for node in shown:
        if node.inner is None:
            yield _node(node, of[node.id])
            continue
        yield f"subgraph {of[node.id]} [{_quoted(node.label or node.id)}]"
        yield from (f"    {line}" for line in _lines(node.inner, of[node.id], ids))
        yield "end"
    for edge in topology.edges:
        if edge.source in of and edge.target in of:
            arrow = "-.->" if edge.conditional else "-->"
            label = f"|{_quoted(edge.label)}|" if edge.label else ""
            yield f"{of[edge.source]} {arrow}{label} {of[edge.target]}"


def _node(node: TopologyNode, id: str) -> str:
    if node.kind in ("start", "end"):
        return f'{id}(["{node.kind.upper()}"]):::{"first" if node.kind == "start" else "last"}'
    when = {"both": "before,after"}.get(node.pause, node.pause)
    pause = f"<hr/><small><em>__interrupt = {when}</em></small>" if when else ""
    return f"{id}[{_quoted(node.label or node.id, pause)}]"


def _quoted(text: str, markup: str = "") -> str:
    text = _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    written = _SPECIAL.sub(lambda found: "".join(f"#{ord(c)};" for c in found[0]), text)
    return f'"{written}{markup}"'


class _Ids:
    """A plain word for each node, that no other node has and Mermaid does not know."""

    def __init__(self) -> None:
        self._taken = {START, END}

    def of(self, name: str, inside: str) -> str:
        """The id of a node in an inner graph, or outside of all."""
        if name in (START, END) and not inside:
            return name
        word = re.sub(r"\W+", "_", f"{inside}_{name}" if inside else name, flags=re.ASCII)[:40]
        if word.lower() in _RESERVED:
            word += "_"
        if not _WORD.fullmatch(word):
            word = f"node_{word.strip('_')}".rstrip("_")
        found, number = word, 1
        while found in self._taken:
            number += 1
            found = f"{word}_{number}"
        self._taken.add(found)
        return found
