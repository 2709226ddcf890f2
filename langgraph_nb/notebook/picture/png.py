"""A picture as PNG, for programs that write one to a file: drawn as SVG, and turned into pixels on this machine.

resvg is loaded when it is called. It reads the machine's fonts; where there are none, matplotlib's is taken.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.picture.svg import to_svg

SCALE: Final = 1.5
"""Pixels for each px of the picture: names are easy to read on any screen."""
_SIZE: Final = re.compile(r'^<svg ([^>]*?)width="([\d.]+)" height="([\d.]+)"')
_FACE: Final = "DejaVu Sans"
"""What stands in for faces that are not there; boxes are as wide as its letters need."""


def to_png(topology: Topology, *, background: str = "white", padding: float = 10) -> bytes:
    """A graph as a PNG image.

    Args:
        topology: What to draw; nodes with ``inner`` are drawn open.
        background: A CSS colour, or ``"transparent"``.
        padding: Room around the picture, px.

    Raises:
        RuntimeError: When there is no font to write names in.
        ValueError: For a background that is no colour.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyNode
        >>> to_png(Topology("demo", (TopologyNode("a"),), ()))[1:4]
        b'PNG'
    """
    return _pixels(_framed(to_svg(topology), background, padding), _fonts())


def _pixels(document: str, fonts: list[str] | None) -> bytes:
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(document, zoom=SCALE, font_files=fonts, font_family=_FACE, sans_serif_family=_FACE))


def _framed(picture: str, background: str, padding: float) -> str:
    """A picture with room around it, on a ground of one colour."""
    found = _SIZE.match(picture)
    assert found is not None
    width, height = (float(side) + 2 * padding for side in found.group(2, 3))
    fill = "none" if background == "transparent" else background
    ground = f".lgnb-light .lgnb-canvas{{fill:none}}\n.lgnb-light .lgnb-core{{stroke:{fill}}}\n</style>"
    inner = picture[found.end() :].replace("</style>", ground, 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}">'
        f'<rect width="100%" height="100%" fill="{fill}"/>'
        f'<svg {found[1]}x="{padding:g}" y="{padding:g}" width="{found[2]}" height="{found[3]}"{inner}</svg>'
    )


@cache
def _fonts() -> list[str] | None:
    """Font files to use besides the machine's: none, if that has some."""
    if _writes(None):
        return None
    found = find_spec("matplotlib")
    if found is not None and found.origin is not None:
        files = [str(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf")]
        if _writes(files):
            return files
    raise RuntimeError(
        "There is no font on this machine to write the names of nodes in. Install one (`pip install matplotlib` brings "
        "one, or `apt-get install fonts-dejavu-core`), or show the graph in a notebook, which has its own."
    )


def _writes(fonts: list[str] | None) -> bool:
    """Whether letters leave something on the paper."""
    paper = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">{}</svg>'
    letter = '<text x="2" y="16" font-size="14" font-family="sans-serif">M</text>'
    return _pixels(paper.format(""), fonts) != _pixels(paper.format(letter), fonts)
