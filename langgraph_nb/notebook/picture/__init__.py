"""The picture of a graph: `layout` finds places, `to_svg` draws, `to_text` says it in words, `to_networkx` hands it on.

The same topology gives the same bytes; no network, no external program, no ids drawn by lot. `layout` imports networkx
when it is called. This package knows the topology and the theme; nothing of notebooks, widgets or runs.
"""

from __future__ import annotations

from langgraph_nb.notebook.picture.geometry import EdgePath, JoinBar, Label, Layout, NodeBox, Rect
from langgraph_nb.notebook.picture.layout import layout
from langgraph_nb.notebook.picture.network import to_networkx
from langgraph_nb.notebook.picture.svg import to_svg
from langgraph_nb.notebook.picture.text import to_text
from langgraph_nb.notebook.picture.xmltext import node_id

__all__ = [
    "EdgePath", "JoinBar", "Label", "Layout", "NodeBox", "Rect",
    "layout", "node_id", "to_networkx", "to_svg", "to_text",
]  # fmt: skip
