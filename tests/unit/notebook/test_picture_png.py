"""Pictures as PNG: of the right size, with names in them, and made on this machine alone."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables.graph import MermaidDrawMethod
from typing_extensions import TypedDict

from langgraph_nb.channels import EphemeralValue, LastValue
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.notebook.picture import layout, png
from langgraph_nb.pregel import NodeBuilder, Pregel
from langgraph_nb.pregel.drawable import DrawableGraph


class State(TypedDict):
    n: int


def built(name: str = "only") -> Any:
    builder = StateGraph(State).add_node(name, lambda state: {}).add_edge(START, name)
    return builder.add_conditional_edges(name, lambda state: END, {"again": name, "enough": END}).compile()


def drawn(name: str = "only") -> DrawableGraph:
    graph = built(name).get_graph()
    assert isinstance(graph, DrawableGraph)
    return graph


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket, "socket", refuse)


def size(image: bytes) -> tuple[int, int]:
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def test_the_image_is_as_large_as_the_layout_with_room_around_it() -> None:
    placed = layout(drawn().topology())
    width, height = size(drawn().draw_mermaid_png(padding=20))
    assert width == pytest.approx((placed.width + 40) * png.SCALE, abs=2)
    assert height == pytest.approx((placed.height + 40) * png.SCALE, abs=2)


def test_names_are_written() -> None:
    one, other = drawn("iiii").draw_mermaid_png(), drawn("jjjj").draw_mermaid_png()
    assert size(one) == size(other)
    assert one != other


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert drawn().draw_mermaid_png() == drawn().draw_mermaid_png()


def test_what_mermaid_would_take_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "graph.png"
    image = drawn().draw_mermaid_png(
        draw_method=MermaidDrawMethod.API, output_file_path=str(file), background_color="transparent", max_retries=5
    )
    assert file.read_bytes() == image
    assert image != drawn().draw_mermaid_png()


def test_draw_png_writes_other_names(tmp_path: Path) -> None:
    file = tmp_path / "graph.png"
    assert drawn().draw_png(str(file)) is None
    assert file.read_bytes() == drawn().draw_png()
    assert drawn().draw_png(labels={"nodes": {"only": "mine"}, "edges": {"again": "more"}}) != drawn().draw_png()


def test_an_opened_graph_is_a_box() -> None:
    nested = StateGraph(State).add_node("outer", built("inner")).add_edge(START, "outer").compile()
    graph = nested.get_graph(xray=True)
    assert isinstance(graph, DrawableGraph)
    topology = graph.topology()
    kinds = {node.id: node.kind for node in topology.nodes}
    assert kinds == {START: "start", "outer": "subgraph", END: "end"}
    (box,) = (node for node in topology.nodes if node.id == "outer")
    assert [(edge.source, edge.target) for edge in topology.edges] == [(START, "outer"), ("outer", END)]
    assert box.inner is not None
    assert [node.id for node in box.inner.nodes] == [START, "inner", END]
    assert [(edge.source, edge.target, edge.label) for edge in box.inner.edges] == [
        (START, "inner", ""),
        ("inner", END, "enough"),
        ("inner", "inner", "again"),
    ]


def test_a_renumbered_graph_is_drawn_too() -> None:
    assert size(drawn().reid().draw_mermaid_png()) == size(drawn().draw_mermaid_png())


def test_a_machine_without_fonts_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    png._fonts.cache_clear()
    monkeypatch.setattr(png, "_writes", lambda fonts: False)
    with pytest.raises(RuntimeError, match="pip install matplotlib"):
        drawn().draw_mermaid_png()
    png._fonts.cache_clear()


def test_the_font_of_matplotlib_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    png._fonts.cache_clear()
    monkeypatch.setattr(png, "_writes", lambda fonts: fonts is not None)
    assert size(drawn().draw_mermaid_png()) == size(drawn().draw_mermaid_png(background_color="#eee"))
    png._fonts.cache_clear()


def test_a_graph_shows_itself_in_a_notebook_without_the_extension() -> None:
    shown = built()._repr_mimebundle_(include=None, exclude=None)
    assert shown["image/svg+xml"].startswith("<svg ")
    assert "only" in shown["text/plain"]


def test_a_graph_that_was_put_together_by_hand_has_a_picture() -> None:
    actor = NodeBuilder().subscribe_only("a").do(str.upper).write_to("b")
    channels = {"a": EphemeralValue(str), "b": LastValue(str)}
    graph = Pregel(nodes={"one": actor}, channels=channels, input_channels="a", output_channels="b", name="by hand")
    assert graph.topology().name == "by hand"
    assert [(edge.source, edge.target) for edge in graph.topology().edges] == [(START, "one"), ("one", END)]
