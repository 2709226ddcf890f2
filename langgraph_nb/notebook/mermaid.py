"""Reading Mermaid: the nodes and edges of a flowchart, as LangGraph's ``draw_mermaid`` or a person writes it.

Knows Mermaid's flowcharts and the topology; nothing of cells, code or pictures.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import Pause, Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook.mistakes import CellError, Place

_HEAD = re.compile(r"(?:graph|flowchart(?:-elk)?)\b[ \t]*(?:TB|TD|BT|RL|LR)?[ \t]*;?")
_NO_WIRING = re.compile(
    r"(?:classDef|class|style|linkStyle|click|direction|accTitle|accDescr)[ \t:](?![ \t]*[-=~<&(\[{])[^\n]*"
)
_GROUP = re.compile(r"subgraph[ \t]+([^\n;\[]+?)[ \t]*(?:\[(.*?)\])?[ \t]*(?=[\n;]|$)")
_ID = re.compile(r"(?:[\w$@/+*!#?,\\]|[.:](?![-:])|-(?![-.>])|=(?!=))+")
_ENDS = r"(?=[ \t]*(?::::|[;&\n]|$|--|-\.|==|~~~|<-))"
_SHAPES = [
    (opening, re.compile(rf"{re.escape(opening)}[ \t]*(\"[^\"\n]*\"|.*?)[ \t]*{re.escape(closing)}{_ENDS}"))
    for opening, closing in (
        ("(((", ")))"), ("((", "))"), ("([", "])"), ("[[", "]]"), ("[(", ")]"), ("[/", "/]"), ("[/", "\\]"),
        ("[\\", "\\]"), ("[\\", "/]"), ("{{", "}}"), ("{", "}"), ("[", "]"), ("(", ")"), (">", "]"),
    )
]  # fmt: skip
_LINK = re.compile(
    r"(?P<both><)?(?:"
    r"(?P<plain>--+(?:>|-|[xo](?=[\s|]))|==+(?:>|=|[xo](?=[\s|]))|-\.+-(?:>|[xo](?=[\s|]))?|~~~+)"
    r"(?:[ \t]*\|(?P<after>.*?)\|)?"
    r"|--(?![->])(?P<solid>.*?)--+[>xo-]?|==(?![=>])(?P<thick>.*?)==+[>xo]?|-\.(?!-)(?P<dotted>.*?)\.+-[>xo]?)"
)
_TAGS = re.compile(r"<br[ \t]*/?>")
_PAUSE = re.compile(r"__interrupt = (before|after)(,after)?")
_ENTITY = re.compile(r"&#?\w+;|#(\w+);")


def read_mermaid(source: str, name: str = "graph") -> Topology:
    """The graph that a Mermaid flowchart draws.

    Dotted and labelled edges, and those that leave a rhombus, are choices; ``subgraph`` only groups. A node called
    start that nothing leads to is START, one called end that leads nowhere is END. Where the chart has none, START
    leads to what nothing leads to, and what leads nowhere leads to END.

    Args:
        source: Mermaid; a fence, front matter, comments and styles may be around it.
        name: What to call the graph.

    Raises:
        CellError: With the line that cannot be read.

    Example:
        >>> chart = read_mermaid("graph TD; A[classify] -->|refund| B[refund]; A -. else .-> C[reply]")
        >>> [(edge.source, edge.target, edge.label) for edge in chart.edges if edge.conditional]
        [('classify', 'refund', 'refund'), ('classify', 'reply', 'else')]
    """
    return _Reader(_bare(source), source.split("\n")).read().topology(name)


def _bare(source: str) -> str:
    """The chart with everything around it blanked out, line by line."""
    lines: list[str] = []
    matter: bool | None = None
    for line in source.replace("\r\n", "\n").split("\n"):
        text = line.strip()
        if text == "---" and (matter or not any(kept.strip() for kept in lines)):
            matter, text = not matter, ""
        keep = not matter and not text.startswith(("```", "%%"))
        lines.append(line if keep and text else "")
    return "\n".join(lines)


def _character(found: re.Match[str]) -> str:
    """``#quot;`` and ``#9829;`` are Mermaid's entities."""
    code = found[1]
    if code is None:
        return html.unescape(found[0])
    if code.isdecimal() and int(code) < 0x110000:
        return chr(int(code))
    return html.unescape(f"&{code};")


@dataclass(slots=True)
class _Reader:
    """Goes through a chart from its beginning to its end."""

    text: str
    lines: list[str]
    at: int = 0
    names: dict[str, str] = field(default_factory=dict)
    """Ids -> what is written in the boxes."""
    shapes: dict[str, str] = field(default_factory=dict)
    pauses: dict[str, Pause] = field(default_factory=dict)
    edges: dict[TopologyEdge, None] = field(default_factory=dict)
    """Between ids."""
    groups: dict[str, set[str]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def read(self) -> _Reader:
        self.blanks()
        if not self.take(_HEAD):
            raise self.error("This is no Mermaid flowchart.", "Begin it with `graph TD` or `flowchart LR`.")
        self.blanks()
        while self.at < len(self.text):
            self.statement()
            self.blanks()
        if self.open:
            raise self.error(f"The subgraph {self.open[-1]!r} has no `end`.", "Close it.")
        return self

    def blanks(self) -> None:
        found = re.compile(r"[\s;\xa0]*").match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found

    def statement(self) -> None:
        if found := self.take(_GROUP):
            self.groups[found[1].strip('"')] = set()
            self.open.append(found[1].strip('"'))
        elif self.open and self.take(re.compile(r"end\b(?=[ \t]*(?:[\n;]|$))")):
            self.open.pop()
        elif not self.take(_NO_WIRING):
            self.chain()

    def chain(self) -> None:
        sources = self.nodes()
        while True:
            self.spaces()
            if (found := self.take(_LINK)) is None:
                break
            targets = self.nodes()
            if not (found["plain"] or "").startswith("~"):
                self.link(sources, found, targets)
            sources = targets
        if self.at < len(self.text) and self.text[self.at] not in "\n;":
            raise self.error()

    def spaces(self) -> None:
        self.take(re.compile(r"[ \t\xa0]*"))

    def nodes(self) -> list[str]:
        found = [self.node()]
        while self.take(re.compile(r"[ \t]*&[ \t]*")):
            found.append(self.node())
        return found

    def node(self) -> str:
        self.spaces()
        if (found := self.take(_ID)) is None:
            raise self.error()
        id = found[0]
        for opening, pattern in _SHAPES:
            if shaped := self.take(pattern):
                self.shapes[id] = opening
                self.name(id, shaped[1])
                break
        self.take(re.compile(r":::[\w-]+"))
        if id not in self.groups:
            self.names.setdefault(id, id)
            for group in self.open:
                self.groups[group].add(id)
        return id

    def name(self, id: str, text: str) -> None:
        """What a box says; LangGraph writes a node's pauses under its name."""
        if paused := _PAUSE.search(text):
            self.pauses[id] = "both" if paused[2] else "before" if paused[1] == "before" else "after"
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1]
        text = text.partition("<hr/>")[0].removeprefix("<p>").removesuffix("</p>")
        self.names[id] = _plain(text) or id

    def link(self, sources: list[str], found: re.Match[str], targets: list[str]) -> None:
        label = _plain(next((text for text in found.group("after", "solid", "thick", "dotted") if text), ""))
        dotted = found["dotted"] is not None or (found["plain"] or "").startswith("-.")
        for source in sources:
            for target in targets:
                pairs = [(source, target), (target, source)] if found["both"] else [(source, target)]
                for one, other in pairs:
                    chosen = dotted or bool(label) or self.shapes.get(one) == "{"
                    self.edges[TopologyEdge(one, other, label, conditional=chosen)] = None

    def error(self, what: str = "This line of Mermaid cannot be read.", mend: str = "") -> CellError:
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - (self.text.rfind("\n", 0, self.at) + 1)
        place = Place(line, column, line, column + 1)
        lines = self.text.split("\n")
        return CellError(what, mend or "Write `a --> b`, `a -->|why| b` or `a -. why .-> b`.", place=place, lines=lines)

    # -- from ids to names

    def topology(self, name: str) -> Topology:
        self.edges = dict.fromkeys(edge for given in self.edges for edge in self.of_groups(given))
        named = self.final_names()
        edges = [TopologyEdge(named[e.source], named[e.target], e.label, e.conditional) for e in self.edges]
        own = [id for id in self.names if named[id] not in (START, END)]
        nodes = [TopologyNode(named[id], pause=self.pauses.get(id, "")) for id in own]
        edges += _loose_ends([node.id for node in nodes], edges)
        unique = tuple(dict.fromkeys(edges))
        ends = (TopologyNode(END, "end"),) if any(edge.target == END for edge in unique) else ()
        return Topology(name, (TopologyNode(START, "start"), *nodes, *ends), unique)

    def of_groups(self, edge: TopologyEdge) -> Iterable[TopologyEdge]:
        """An edge from or to a group is one from or to the nodes at its ends."""
        sources = self.rim(edge.source, "source") if edge.source in self.groups else [edge.source]
        targets = self.rim(edge.target, "target") if edge.target in self.groups else [edge.target]
        return [TopologyEdge(s, t, edge.label, edge.conditional) for s in sources for t in targets]

    def rim(self, group: str, end: str) -> list[str]:
        members = self.groups[group]
        inside = {getattr(edge, end) for edge in self.edges if {edge.source, edge.target} <= members}
        return sorted(members - inside) or sorted(members)

    def final_names(self) -> dict[str, str]:
        """What is written in a box is its node's name, unless two boxes say the same; then the ids are."""
        said = [text for id, text in self.names.items() if id not in (START, END)]
        named = {id: text if said.count(text) == 1 else id for id, text in self.names.items()}
        if {START, END} & self.names.keys():  # of a program that draws: then no other box is meant
            return {id: id if id in (START, END) else text for id, text in named.items()}
        led_to, leading = {edge.target for edge in self.edges}, {edge.source for edge in self.edges}
        for id, text in named.items():
            word = text.strip("_ ").lower()
            if word == "start" and id not in led_to:
                named[id] = START
            elif word in ("end", "stop") and id not in leading:
                named[id] = END
        return named


def _plain(text: str) -> str:
    """Text of a box or an edge on one line, without quotes around it; entities are the characters they stand for."""
    text = " ".join(_TAGS.sub(" ", text.replace("&nbsp;", " ")).replace("\xa0", " ").split())
    text = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return _ENTITY.sub(_character, text)


def _loose_ends(nodes: list[str], edges: list[TopologyEdge]) -> list[TopologyEdge]:
    """The edges from START and to END that a chart leaves to the reader."""
    found = []
    if not any(edge.source == START for edge in edges):
        led_to = {edge.target for edge in edges if edge.source != edge.target}
        found += [TopologyEdge(START, node) for node in nodes if node not in led_to]
    if not any(edge.target == END for edge in edges):
        leading = {edge.source for edge in edges if edge.source != edge.target}
        found += [TopologyEdge(node, END) for node in nodes if node not in leading]
    return found
