"""A layout as SVG: a picture that stands alone, or the same one inside a page where a live view sets classes on it.

Everything a graph says is escaped text. Knows layouts and styles; nothing of how places were found or of runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import hypot

from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.picture import glyphs, sizes, style
from langgraph_nb.notebook.picture.geometry import EdgePath, JoinBar, Label, Layout, NodeBox, Point, Rect
from langgraph_nb.notebook.picture.layout import MAX_WIDTH, layout
from langgraph_nb.notebook.picture.sizes import LABEL_LINE_HEIGHT, LINE_HEIGHT, NOT_DEFINED, title_of
from langgraph_nb.notebook.picture.text import notes, to_text
from langgraph_nb.notebook.picture.xmltext import node_id, visible, xml
from langgraph_nb.notebook.theme import RADIUS, RADIUS_SMALL, STATUSES, Theme

_HEAD = 8.0
"""Length of an arrow's head, px."""
_THEMES = ("light", "dark", "auto")


def to_svg(
    topology: Topology,
    *,
    highlight: Collection[str] = frozenset(),
    status: Mapping[str, str] | None = None,
    meta: Mapping[str, str] | None = None,
    taken: Collection[tuple[str, str]] = frozenset(),
    theme: Theme = "light",
    embedded: bool = False,
    max_width: float = MAX_WIDTH,
) -> str:
    """A graph as an SVG document.

    Nodes are groups of class ``lgnb-node`` with ``data-node`` (see `node_id`), edges groups of class ``lgnb-edge``
    with ``data-edge-source`` and ``data-edge-target``. A page that embeds the picture sets ``is-running``,
    ``is-done``, ... on nodes, ``is-taken`` on edges, and the text of a ``lgnb-meta``; nothing moves when it does.

    Args:
        topology: what to draw; nodes with ``inner`` are drawn open.
        highlight: nodes to point out, such as those a cell added, by `node_id`. Here and below, ids that the picture
            does not show are left out.
        status: of nodes by `node_id`, one of `theme.STATUSES` each.
        meta: a short text under a node's name, such as ``"3× · 1.2 s"``, by `node_id`.
        taken: edges that a run went along, as pairs of `node_id`.
        theme: colours; ``"auto"`` follows the reader's browser, not the notebook's page. Not used when embedded.
        embedded: for the inside of an HTML element of class ``lgnb`` on a page with `theme.tokens_css`: its colours are
            the page's variables. Otherwise the picture has an opaque background and needs nothing.
        max_width: see `layout`.

    Returns:
        SVG text without an XML prolog; the same for the same arguments.

    Raises:
        ValueError: a status or a theme that does not exist, or a topology that contradicts itself.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyNode
        >>> to_svg(Topology("demo", (TopologyNode("a"),), ()), theme="light").startswith("<svg ")
        True
    """
    _check(theme, _THEMES, "theme")
    for one in (status or {}).values():
        _check(one, STATUSES, "status")
    show = _Show(frozenset(highlight), dict(status or {}), dict(meta or {}), frozenset(taken), embedded)
    return "\n".join(_document(topology, layout(topology, max_width=max_width), show, theme))


@dataclass(frozen=True, slots=True)
class _Show:
    """What to show beside the layout."""

    highlight: frozenset[str]
    status: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    taken: frozenset[tuple[str, str]] = frozenset()
    embedded: bool = False


def _check(value: str, known: Collection[str], what: str) -> None:
    if value not in known:
        raise ValueError(f"There is no {what} {value!r}. {did_you_mean(value, known)}")


def _document(topology: Topology, placed: Layout, show: _Show, look: Theme) -> Iterator[str]:
    width, height = _n(max(placed.width, 64)), _n(max(placed.height, 44))
    key = "lgnb-" + sha256(topology.name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    classes = "lgnb-picture" if show.embedded else f"lgnb-picture lgnb-{look}"
    sheet = style.embedded_css() if show.embedded else style.standalone_css(look, bool(show.status or show.taken))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{classes}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="max-width:100%;height:auto" role="img" '
        f'aria-labelledby="{key}-t {key}-d">'
    )
    yield f'<title id="{key}-t">{xml(visible(topology.name))}</title>'
    yield f'<desc id="{key}-d">{xml(to_text(topology))}</desc>'
    yield f"<style>\n{sheet}\n</style>"
    if not show.embedded:
        yield f'<rect class="lgnb-canvas" width="{width}" height="{height}" rx="{RADIUS}"/>'
    yield from _level(placed, show)
    yield "</svg>"


def _level(placed: Layout, show: _Show) -> Iterator[str]:
    for edge in placed.edges:
        yield from _edge(edge, show)
    yield from map(_join, placed.joins)
    for node in placed.nodes:
        yield from _node(node, show)


def _edge(edge: EdgePath, show: _Show) -> Iterator[str]:
    source, target = node_id(edge.source), node_id(edge.target)
    flags = {
        "lgnb-edge": True,
        "lgnb-conditional": edge.edge.conditional,
        "lgnb-fan": edge.edge.fan_out,
        "lgnb-back": edge.back,
        "is-taken": (source, target) in show.taken,
    }
    names = " ".join(name for name, on in flags.items() if on)
    line, head = _line(edge), _head(edge)
    yield (
        f'<g class="{names}" data-edge="{edge.index}" data-edge-source="{xml(source)}" '
        f'data-edge-target="{xml(target)}">'
    )
    yield f'<path class="lgnb-line" d="{line}"/>'
    if edge.edge.fan_out:
        yield f'<path class="lgnb-core" d="{line}"/>'
    yield f'<path class="lgnb-head" d="{head}"/>'
    if edge.label is not None:
        yield _label(edge.label)
    yield "</g>"


def _line(edge: EdgePath) -> str:
    """The path's data, ending where the arrow's head begins to be wide enough to hide it."""
    curve = list(edge.curve)
    (dx, dy), tip = _direction(edge), curve[-1]
    curve[-1] = (tip[0] - dx * _HEAD * 0.7, tip[1] - dy * _HEAD * 0.7)
    parts = [f"M{_n(curve[0][0])} {_n(curve[0][1])}"]
    for i in range(1, len(curve), 3):
        a, b, c, d = curve[i - 1 : i + 3]
        if a[0] == b[0] == c[0] == d[0]:
            parts.append(f"V{_n(d[1])}")
        elif a[1] == b[1] == c[1] == d[1]:
            parts.append(f"H{_n(d[0])}")
        else:
            parts.append("C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in (b, c, d)))
    return "".join(parts)


def _direction(edge: EdgePath) -> Point:
    tip = edge.curve[-1]
    before = next((p for p in reversed(edge.curve) if p != tip), (tip[0], tip[1] - 1))
    length = hypot(tip[0] - before[0], tip[1] - before[1])
    return (tip[0] - before[0]) / length, (tip[1] - before[1]) / length


def _head(edge: EdgePath) -> str:
    (dx, dy), (x, y) = _direction(edge), edge.curve[-1]

    def at(back: float, aside: float) -> str:
        return f"{_n(x - dx * back - dy * aside)} {_n(y - dy * back + dx * aside)}"

    wide = 5.2 if edge.edge.fan_out else 3.9
    return f"M{at(0.8, 0)}L{at(_HEAD, wide)}L{at(_HEAD * 0.78, 0)}L{at(_HEAD, -wide)}Z"


def _label(label: Label) -> str:
    x, y = label.box.center[0], label.box.y + LABEL_LINE_HEIGHT / 2 + 6.3
    text = _text("", label.lines, x, y, LABEL_LINE_HEIGHT)
    return f'<g class="lgnb-label">{_rect("", label.box, RADIUS_SMALL)}{text}</g>'


def _join(join: JoinBar) -> str:
    told = f"waits for all of: {', '.join(visible(source) for source in join.sources)}"
    title = f"<title>{xml(visible(join.target[-1]))} {xml(told)}</title>"
    rect = _rect("lgnb-join", join.box, join.box.h / 2).removesuffix("/>")
    return f"{rect}>{title}</rect>"


def _node(node: NodeBox, show: _Show) -> Iterator[str]:
    identity = node_id(node.path)
    yield f'<g class="{_node_classes(node, identity, show)}" data-node="{xml(identity)}">'
    yield f"<title>{xml(', '.join([title_of(node.node), *notes(node.node)]))}</title>"
    pill = node.node.kind in ("start", "end")
    radius = node.box.h / 2 if pill and len(node.title.lines) == 1 else RADIUS
    if node.stacked:
        yield _rect("lgnb-sheet", Rect(node.box.x + 6, node.box.y + 6, node.box.w - 12, node.box.h - 1), RADIUS)
    yield _rect("lgnb-box", node.box, radius)
    if node.node.kind == "subgraph" and node.inner is None:
        inset = Rect(node.box.x + 3.5, node.box.y + 3.5, node.box.w - 7, node.box.h - 7)
        yield _rect("lgnb-inset", inset, RADIUS - 3)
    x = node.title.box.x if node.inner else node.title.box.center[0]
    first = node.title.box.y + (13 if not pill else 12.4)
    yield _text("lgnb-title", node.title.lines, x, first, LINE_HEIGHT)
    if not pill:
        yield from _signs(node, identity, show)
    yield from _badges(node)
    if node.inner is not None:
        yield from _level(node.inner, show)
    yield "</g>"


def _node_classes(node: NodeBox, identity: str, show: _Show) -> str:
    kind = node.node.kind
    flags = {
        f"lgnb-{kind}": True,
        "lgnb-node": True,
        "lgnb-pill": kind in ("start", "end"),
        "lgnb-open": node.inner is not None,
        "lgnb-new": identity in show.highlight,
        f"is-{show.status.get(identity)}": identity in show.status,
    }
    return " ".join(name for name, on in flags.items() if on)


def _signs(node: NodeBox, identity: str, show: _Show) -> Iterator[str]:
    """The status and the line under the name. A page's picture holds all signs and shows one; a still one holds one."""
    wanted = STATUSES if show.embedded else tuple(s for s in STATUSES if s == show.status.get(identity))
    y = node.title.box.y + LINE_HEIGHT / 2 if node.inner else node.title.box.center[1]
    if wanted:
        paths = "".join(f'<path class="lgnb-glyph lgnb-glyph-{s}" d="{glyphs.STATUS[s]}"/>' for s in wanted)
        yield f'<g class="lgnb-status" transform="translate({_n(node.box.x + 15)} {_n(y)})">{paths}</g>'
    text = show.meta.get(identity) or (NOT_DEFINED if node.node.kind == "missing" else "")
    if text or show.embedded:
        yield f'<text class="lgnb-meta" x="{_n(node.meta[0])}" y="{_n(node.meta[1])}">{xml(visible(text))}</text>'


def _badges(node: NodeBox) -> Iterator[str]:
    left, right = node.box.x + 15, node.box.right - 15
    if node.node.pause in ("before", "both"):
        yield _badge("lgnb-badge lgnb-pause", left, node.box.y, glyphs.PAUSE)
    if node.node.pause in ("after", "both"):
        yield _badge("lgnb-badge lgnb-pause", left, node.box.bottom, glyphs.PAUSE)
    if node.node.defer:
        yield _badge("lgnb-badge", right, node.box.y, glyphs.DEFER)


def _badge(classes: str, x: float, y: float, path: str) -> str:
    at = f"translate({_n(x)} {_n(y)})"
    return f'<g class="{classes}" transform="{at}"><circle r="{_n(sizes.BADGE)}"/><path d="{path}"/></g>'


def _text(classes: str, lines: tuple[str, ...], x: float, y: float, step: float) -> str:
    named = f' class="{classes}"' if classes else ""
    if len(lines) == 1:
        return f'<text{named} x="{_n(x)}" y="{_n(y)}">{xml(lines[0])}</text>'
    rows = "".join(f'<tspan x="{_n(x)}" y="{_n(y + i * step)}">{xml(line)}</tspan>' for i, line in enumerate(lines))
    return f"<text{named}>{rows}</text>"


def _rect(classes: str, box: Rect, radius: float) -> str:
    named = f'class="{classes}" ' if classes else ""
    return (
        f'<rect {named}x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.w)}" height="{_n(box.h)}" '
        f'rx="{_n(min(radius, box.h / 2, box.w / 2))}"/>'
    )


def _n(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 0.05 else "0"
