"""Text fits its box, measured with a real font, in every script that it has; and pictures of the graphs that people
build: nothing crossed, nothing cut, nothing too small to read at half size."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook import theme
from langgraph_nb.notebook.picture import Layout, layout, to_svg
from langgraph_nb.notebook.picture.metrics import text_width
from tests.unit.notebook.test_picture_geometry import END, START, check_whole

FONT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
CJK, EMOJI = 100, 128
"""Hundredths of an em: every CJK face has square characters; Noto Color Emoji's are 1.275 em wide."""


@cache
def advances() -> dict[str, float]:
    """Character -> hundredths of an em, of all that the font can write."""
    font: Any = TTFont(FONT)
    widths, em = font["hmtx"], font["head"].unitsPerEm
    return {chr(code): widths[glyph][0] / em * 100 for code, glyph in font.getBestCmap().items()}


def real(text: str, size: float) -> float:
    """The width of a text as it is drawn, px."""
    return sum(_real(char) for char in unicodedata.normalize("NFC", text)) * size / 100


def _real(char: str) -> float:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    if ord(char) >= 0x1F300:
        return EMOJI
    return CJK if unicodedata.east_asian_width(char) in "WF" else advances().get(char, 60)


def test_no_character_is_wider_than_it_is_taken_for() -> None:
    seen = {c: w for c, w in advances().items() if c.isprintable() and unicodedata.category(c) not in ("Mn", "Me")}
    assert len(seen) > 5000
    assert {c for c, w in seen.items() if w > text_width(c, 100) + 24} == set()
    european = {c: w for c, w in seen.items() if ord(c) < 0x530}
    assert {c for c, w in european.items() if w > text_width(c, 100) + 15} == set()
    assert {c for c, w in european.items() if text_width(c, 100) > w + 12} == set()


def texts(placed: Layout) -> Iterator[tuple[str, int, float]]:
    """Every line of a picture, with its size and the room that it has."""
    for level in placed.walk():
        for node in level.nodes:
            size = theme.FONT_SIZE_SMALL if node.node.kind in ("start", "end") else theme.FONT_SIZE
            yield from ((line, size, node.box.w - 8) for line in node.title.lines)
        for edge in level.edges:
            if edge.label is not None:
                yield from ((line, theme.FONT_SIZE_SMALL, edge.label.box.w - 2) for line in edge.label.lines)


def check_texts(placed: Layout) -> None:
    for line, size, room in texts(placed):
        assert real(line, size) <= room, (line, real(line, size), room)


_script = st.sampled_from(
    ["abc WXYZ_-", "\u0416\u0429\u0428\u042e\u0444\u044b\u0436 \u0449", "\u03a9\u03a8\u039c\u03b1\u03b2\u03c9",
     "日本語の図", "한국어 노드", "🎉🚀👍🏽", "\u05e9\u05dc\u05d5\u05dd", "\u01c4ß€№…\u2014"]
)  # fmt: skip
_text = st.lists(_script.flatmap(lambda script: st.text(script, min_size=1, max_size=24)), min_size=1, max_size=3)


@settings(max_examples=120, deadline=None)
@given(st.lists(_text.map("".join), min_size=2, max_size=6, unique=True), st.lists(_text.map(" ".join), min_size=1))
def test_text_of_every_script_fits_its_box(names: list[str], labels: list[str]) -> None:
    edges = [choice(a, b, label) for (a, b), label in zip(pairwise(names), labels, strict=False)]
    placed = layout(Topology("scripts", tuple(TopologyNode(name) for name in names), tuple(edges)))
    check_texts(placed)
    check_whole(placed)


# -- graphs that people build ------------------------------------------------------------------------------------------


def made(name: str, nodes: list[str | TopologyNode], edges: list[TopologyEdge]) -> Topology:
    own = [node if isinstance(node, TopologyNode) else TopologyNode(node) for node in nodes]
    return Topology(
        name, (TopologyNode(START, "start", "START"), *own, TopologyNode(END, "end", "END")), tuple(edges)
    )


def choice(source: str, target: str, label: str = "", **more: Any) -> TopologyEdge:
    return TopologyEdge(source, target, label, conditional=True, **more)


def react(name: str = "agent") -> Topology:
    edges = [TopologyEdge(START, "agent"), choice("agent", "tools", "calls"), choice("agent", END, "done")]
    return made(name, ["agent", "tools"], [*edges, TopologyEdge("tools", "agent")])


def supervisor() -> Topology:
    own = ["researcher", "coder", "writer"]
    nodes = ["supervisor", *(TopologyNode(name, "subgraph", inner=react(name)) for name in own)]
    edges = [TopologyEdge(START, "supervisor"), *(choice("supervisor", name) for name in (*own, END))]
    return made("supervisor", nodes, [*edges, *(TopologyEdge(name, "supervisor") for name in own)])


def map_reduce() -> Topology:
    edges = [TopologyEdge(START, "plan"), choice("plan", "write_section", "for section in sections", fan_out=True)]
    edges += [TopologyEdge("write_section", "join"), TopologyEdge("join", END), choice("join", "plan", "too short")]
    return made("map_reduce", ["plan", "write_section", "join"], edges)


def pipeline() -> Topology:
    own = [f"stage_{i:02d}" for i in range(40)]
    edges = [TopologyEdge(START, own[0]), *(TopologyEdge(a, b) for a, b in pairwise(own)), TopologyEdge(own[-1], END)]
    edges += [choice(own[i], own[i - 7], f"retry {i}") for i in range(9, 40, 10)]
    edges += [choice(own[i], own[i + 5], f"skip to {i + 5}") for i in range(3, 35, 8)]
    edges += [choice(own[20], own[20], "again"), choice(own[5], END, "nothing to do")]
    return made("pipeline", own, edges)


def layered() -> Topology:
    rows = [[f"layer_{i}_{j}" for j in range(5)] for i in range(8)]
    edges = [TopologyEdge(START, name) for name in rows[0]]
    for one, other in pairwise(rows):
        for i, name in enumerate(one):
            edges += [TopologyEdge(name, other[i]), choice(name, other[(i + 1) % 5], "if it has to be")]
    edges += [TopologyEdge(name, END, join=tuple(rows[-1])) for name in rows[-1]]
    return made("layered", [name for row in rows for name in row], edges)


def tangle() -> Topology:
    own = ["a", "b", "c"]
    edges = [TopologyEdge(START, "a"), *(choice("a", "b", label) for label in ("first", "second", "third"))]
    edges += [choice(name, name, f"{name} again, because it was not good enough the first time") for name in own]
    return made("tangle", own, [*edges, choice("b", "a", "back"), choice("b", "c"), choice("c", "a"), choice("c", END)])


def hostile() -> Topology:
    own = ["<script>alert(1)</script>", "a\x1b[31m\nb", "x" * 120, "日本語のとても長いノードの名前です" * 3, "🎉" * 20]
    own += ["\u202eright to left", "]]>&quot;'\"", "__proto__", " ", "\u0416" * 60]
    labels = ["</text><image href='//x'/>", "ﷺ" * 12, "if state['a'] > 1 and state['b'] < 2 or " * 4, "\t", "{{7*7}}"]
    edges = [TopologyEdge(START, own[0])]
    edges += [choice(a, b, label) for (a, b), label in zip(pairwise(own), labels * 2, strict=False)]
    return made("hostile <b>", own, [*edges, choice(own[-1], own[0], "again and again"), choice(own[-1], END)])


GALLERY = [react(), supervisor(), map_reduce(), pipeline(), layered(), tangle(), hostile()]


@pytest.mark.parametrize("topology", GALLERY, ids=lambda topology: topology.name)
def test_nothing_is_crossed_or_cut_in_the_graphs_that_people_build(topology: Topology) -> None:
    placed = layout(topology)
    check_whole(placed)
    check_texts(placed)


@pytest.mark.parametrize("topology", GALLERY, ids=lambda topology: topology.name)
@pytest.mark.parametrize("shade", ["light", "dark"])
def test_pictures_are_wide_enough_for_a_page_and_large_enough_at_half_size(topology: Topology, shade: Any) -> None:
    """At half size, what is 10 px or more is 5 px or more: small, and read."""
    svg = to_svg(topology, theme=shade)
    width = float(re.findall(r'width="([\d.]+)"', svg)[0])
    assert width <= 1100, "a page shrinks it"
    sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)px", svg)]
    assert min(sizes) >= 10
    assert "<script" not in svg and "<image" not in svg and "\x1b" not in svg
