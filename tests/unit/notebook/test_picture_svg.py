"""The SVG of a graph: well-formed whatever nodes are called, the same each time, and ready for a live view."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.graph.topology import Topology, TopologyEdge, TopologyNode
from langgraph_nb.notebook import theme
from langgraph_nb.notebook.picture import node_id, to_svg

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>", "a\"b'c&d]]>", "-->", "new\nline", "tab\there", "\x00\x07\x1b", "\ud800", "\ufffe",
    "back\\slash", "\u202egnp.exe", "{{x}}", "url(#a)",
    "']\"><image href=x onerror=alert(1)>", "日本語", "🎉", " ", "a|b", "\r\n",
)  # fmt: skip


def graph(*names: str, name: str = "demo") -> Topology:
    edges = tuple(TopologyEdge(a, b, label=a, conditional=True) for a, b in itertools.pairwise(names))
    return Topology(name, tuple(TopologyNode(n) for n in names), edges)


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode("utf-8"))


def groups(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [g for g in root.iter(f"{SVG}g") if kind in g.get("class", "").split()]


@pytest.mark.parametrize("embedded", [False, True])
def test_hostile_names_stay_text(embedded: bool) -> None:
    root = parse(to_svg(graph(*HOSTILE, name=HOSTILE[0]), embedded=embedded))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "path", "text", "tspan", "circle",
    }  # fmt: skip
    assert [g.get("data-node") for g in groups(root, "lgnb-node")] == [node_id([name]) for name in HOSTILE]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(), min_size=1, max_size=12), min_size=1, max_size=5, unique=True))
def test_any_names_make_a_document_with_their_ids(names: list[str]) -> None:
    root = parse(to_svg(graph(*names), theme="light"))
    assert [g.get("data-node") for g in groups(root, "lgnb-node")] == [node_id([name]) for name in names]


@given(st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=2).map(tuple), unique=True, max_size=6))
def test_ids_of_different_nodes_differ(paths: list[tuple[str, ...]]) -> None:
    assert len({node_id(path) for path in paths}) == len(paths)


def test_no_character_that_is_not_seen_reaches_the_picture() -> None:
    text = "".join(parse(to_svg(graph("a\u202eb\u200bc"), theme="light")).itertext())
    assert "\u202e" not in text and "\u200b" not in text
    assert "a\\u202eb\\u200bc" in text


def test_the_same_graph_has_the_same_bytes_in_another_process() -> None:
    program = (
        "from langgraph_nb.graph.topology import *; from langgraph_nb.notebook.picture import to_svg;"
        "n = [TopologyNode(x) for x in 'abcdef'];"
        "e = [TopologyEdge(x, y, x + y) for x in 'abc' for y in 'cdef' if x != y];"
        "print(to_svg(Topology('g', tuple(n), tuple(e)), highlight={'a', 'b'}, status={'c': 'done', 'd': 'failed'}))"
    )
    run = [subprocess.run([sys.executable, "-c", program], capture_output=True, check=True) for _ in range(2)]
    assert run[0].stdout == run[1].stdout
    assert run[0].stdout.startswith(b"<svg ")


def test_nothing_is_fetched_and_nothing_runs() -> None:
    for svg in (to_svg(graph("a", "b")), to_svg(graph("a", "b"), embedded=True)):
        assert not re.search(r"href|url\(|@import|<script|\son\w+=", svg)
        assert svg.count("http") == 1  # the namespace


def test_a_screen_reader_is_told_what_is_shown() -> None:
    root = parse(to_svg(graph("a", "b", name="support"), theme="light"))
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "support" and "a -> b" in (desc.text or "")


def test_two_graphs_on_one_page_have_ids_of_their_own() -> None:
    ids = [set(re.findall(r' id="([^"]+)"', to_svg(graph("a", name=name)))) for name in ("one", "two")]
    assert ids[0].isdisjoint(ids[1])


def test_a_picture_that_stands_alone_has_an_opaque_background() -> None:
    root = parse(to_svg(graph("a"), theme="dark"))
    canvas = root.find(f"{SVG}rect")
    assert canvas is not None and canvas.get("class") == "lgnb-canvas"
    assert (canvas.get("width"), canvas.get("height")) == (root.get("width"), root.get("height"))
    assert f".lgnb-canvas{{fill:{theme.colour('canvas', 'dark')}}}" in to_svg(graph("a"), theme="dark")


def test_a_picture_that_stands_alone_needs_no_variables_and_an_embedded_one_no_colours() -> None:
    assert "var(" not in to_svg(graph("a"))
    assert not re.search(r"#[0-9a-f]{6}\b", to_svg(graph("a"), embedded=True))


def test_automatic_colours_follow_the_reader() -> None:
    light, dark = to_svg(graph("a"), theme="auto").split("@media (prefers-color-scheme:dark)")
    assert theme.colour("text", "light") in light and theme.colour("text", "dark") in dark


@pytest.mark.parametrize("look", ["light", "dark", "auto", "embedded"])
def test_no_rule_reaches_the_page_around_the_picture(look: theme.Theme | str) -> None:
    topology = graph("a", "b")
    svg = to_svg(topology, embedded=True) if look == "embedded" else to_svg(topology, theme=look, status={"a": "done"})  # type: ignore[arg-type]
    sheet = re.search(r"<style>(.*)</style>", svg, re.DOTALL)
    assert sheet
    rules = re.sub(r"@keyframes[^\n]*|@media[^{]*\{", "", sheet[1])
    selectors = [s for group in re.findall(r"([^{}]+)\{", rules) for s in group.split(",")]
    assert len(selectors) > 30
    root = ".lgnb-picture " if look == "embedded" else f".lgnb-{look} "
    assert all(selector.strip().startswith(root) for selector in selectors)


def test_a_status_shows_its_sign_and_class() -> None:
    root = parse(to_svg(graph("a", "b"), status={"a": "failed"}, theme="light"))
    one, other = groups(root, "lgnb-node")
    assert "is-failed" in one.get("class", "") and "is-" not in other.get("class", "")
    assert [p.get("class") for p in one.iter(f"{SVG}path")] == ["lgnb-glyph lgnb-glyph-failed"]
    assert not list(other.iter(f"{SVG}path"))


def test_an_embedded_picture_holds_every_sign_and_a_line_to_write_to() -> None:
    root = parse(to_svg(graph("a", "b"), embedded=True))
    for node in groups(root, "lgnb-node"):
        signs = {path.get("class", "").split()[-1] for path in node.iter(f"{SVG}path")}
        assert signs == {f"lgnb-glyph-{status}" for status in theme.STATUSES}
        assert [text.text for text in node.iter(f"{SVG}text") if text.get("class") == "lgnb-meta"] == [None]


def test_status_and_meta_move_nothing() -> None:
    def places(svg: str) -> list[tuple[str | None, ...]]:
        return [
            (e.get("x"), e.get("y"), e.get("width"), e.get("d"))
            for e in parse(svg).iter()
            if "lgnb-glyph" not in e.get("class", "") and e.get("class") != "lgnb-meta"
        ]

    topology = graph("a", "b")
    live = to_svg(topology, status={"a": "done", "b": "running"}, meta={"a": "3x"}, taken={("a", "b")}, embedded=True)
    assert places(live) == places(to_svg(topology, embedded=True))


def test_edges_name_their_ends_and_those_taken_are_marked() -> None:
    root = parse(to_svg(graph("a", "b", "c"), taken={("b", "c")}, theme="light"))
    edges = groups(root, "lgnb-edge")
    assert [(e.get("data-edge-source"), e.get("data-edge-target")) for e in edges] == [("a", "b"), ("b", "c")]
    assert ["is-taken" in e.get("class", "") for e in edges] == [False, True]


def test_kinds_of_edges_and_nodes_can_be_told_apart() -> None:
    nodes = (
        TopologyNode("__start__", "start"), TopologyNode("a", pause="both"), TopologyNode("b", defer=True),
        TopologyNode("c", "missing"), TopologyNode("d", "subgraph"),
    )  # fmt: skip
    edges = (
        TopologyEdge("__start__", "a"),
        TopologyEdge("a", "b", conditional=True),
        TopologyEdge("a", "c", fan_out=True),
        TopologyEdge("b", "d", join=("b", "c")),
        TopologyEdge("c", "d", join=("b", "c")),
    )
    root = parse(to_svg(Topology("g", nodes, edges), highlight={"b"}, theme="light"))
    classes = {g.get("data-node"): {*g.get("class", "").split()} - {"lgnb-node"} for g in groups(root, "lgnb-node")}
    assert classes == {
        "__start__": {"lgnb-pill", "lgnb-start"}, "a": set(), "b": {"lgnb-new"}, "c": {"lgnb-missing"},
        "d": {"lgnb-subgraph"},
    }  # fmt: skip
    kinds = [g.get("class", "").split()[1:] for g in groups(root, "lgnb-edge")]
    assert kinds == [[], ["lgnb-conditional"], ["lgnb-fan"], [], []]
    assert len(groups(root, "lgnb-pause")) == 2 and len(groups(root, "lgnb-badge")) == 3
    assert "not defined yet" in "".join(root.itertext())
    assert [e.get("class") for e in root.iter(f"{SVG}rect") if e.get("class") == "lgnb-join"] == ["lgnb-join"]


def test_nodes_of_an_opened_subgraph_are_named_by_their_path() -> None:
    topology = graph("a", "b")
    opened = replace(topology.nodes[1], kind="subgraph", inner=graph("a"))
    root = parse(to_svg(replace(topology, nodes=(topology.nodes[0], opened)), status={"b|a": "done"}, theme="light"))
    nodes = {g.get("data-node"): g.get("class", "") for g in groups(root, "lgnb-node")}
    assert list(nodes) == ["a", "b", "b|a"]
    assert "is-done" in nodes["b|a"] and "is-done" not in nodes["a"]


def test_what_the_picture_does_not_show_is_left_out() -> None:
    plain = to_svg(graph("a"), theme="light")
    assert to_svg(graph("a"), highlight={"gone"}, meta={"gone": "1"}, theme="light") == plain


def test_an_unknown_status_or_theme_is_an_error_with_a_hint() -> None:
    with pytest.raises(ValueError, match=r"no status 'runing'. Did you mean 'running'"):
        to_svg(graph("a"), status={"a": "runing"})
    with pytest.raises(ValueError, match=r"no theme 'drak'. Did you mean 'dark'"):
        to_svg(graph("a"), theme="drak")  # type: ignore[arg-type]


def test_a_graph_without_nodes_is_drawn() -> None:
    assert parse(to_svg(Topology("empty", (), ()))).get("width") is not None
