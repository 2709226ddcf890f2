"""The branches of a thread as a picture: a line for each step, the newest on top, as version control draws commits.

Long stretches without a branch are drawn as one line that counts them. Everything is escaped. This file must not know
of changes or pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from langgraph_nb.notebook.live.text import brief
from langgraph_nb.notebook.past.histories import step_title
from langgraph_nb.notebook.past.records import Past, PastStep
from langgraph_nb.notebook.picture.metrics import text_width
from langgraph_nb.notebook.picture.style import scoped
from langgraph_nb.notebook.picture.xmltext import visible, xml
from langgraph_nb.notebook.theme import FONT_SIZE, Shade

__all__ = ["tree_svg"]

ROW, LANE, LEFT = 24, 20, 16
ALL = 30
"""As many steps are all drawn."""
NEWEST = 10
"""These are drawn in any case."""
BRANCHES = 12
"""More branches are counted: the first one and the newest are drawn."""
_RULES: Final = """
text{font-family:$font;font-size:13px;fill:$text}
.lgnb-canvas{fill:$surface}
.lgnb-way{fill:none;stroke:$edge;stroke-width:1.5}
.lgnb-way.is-current{stroke:$edge-taken;stroke-width:2.25}
.lgnb-way.is-long{stroke-dasharray:2 4}
.lgnb-dot{fill:$surface;stroke:$edge;stroke-width:1.5}
.lgnb-dot.is-current{fill:$edge-taken;stroke:$edge-taken}
.lgnb-ring{fill:none;stroke:$accent;stroke-width:1.5}
.lgnb-quiet{fill:$text-muted}
.lgnb-tag{fill:$accent-soft}
.lgnb-tag-text{font-size:11px;font-weight:600;fill:$accent}
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the picture."""

    step: PastStep
    lane: int
    branch: str
    passed: int
    """How many steps between it and the one that it follows are not drawn."""
    follows: str | None
    """The next older step that is drawn."""


def tree_svg(past: Past, shown: PastStep | None = None, *, theme: Shade = "light", embedded: bool = False) -> str:
    """The branches of a thread as an SVG document.

    Args:
        past: The thread.
        shown: The step that is looked at; it gets a ring.
        theme: Colours, where the picture stands alone.
        embedded: For the inside of a page that has the theme's variables.

    Returns:
        SVG text, the same for the same thread.
    """
    rows, left = _rows(past)
    place = {row.step.id: (float(LEFT + row.lane * LANE), ROW * (i + 0.5) + 4) for i, row in enumerate(rows)}
    current = {step.id for step in past.line(past.head)}
    words = max((row.lane for row in rows), default=0) * LANE + LEFT + 18
    drawn = [_way(row, place, row.step.id in current) for row in rows]
    width = 0.0
    for row in rows:
        line, end = _row(row, place[row.step.id], words, past, shown, current)
        drawn.append(line)
        width = max(width, end)
    height = ROW * len(rows) + 8
    if left:
        drawn.append(f'<text class="lgnb-quiet" x="{LEFT}" y="{height + 12}">… {left:,} more branches</text>')
        height += ROW
    look = "embedded" if embedded else theme
    sheet = scoped(_RULES, f".lgnb-tree-{look}", None if embedded else theme)
    canvas = "" if embedded else f'<rect class="lgnb-canvas" width="{width:.0f}" height="{height}"/>'
    name = xml(visible(f"Branches of {past.name}, thread {past.thread}"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lgnb-tree-{look}" role="img" aria-label="{name}" '
        f'width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}">'
        f"<title>{name}</title><style>{sheet}</style>{canvas}{''.join(drawn)}</svg>"
    )


def _rows(past: Past) -> tuple[list[_Row], int]:
    """The lines to draw, the newest first, and how many branches are left out."""
    branches = list(past.branches)
    drawn = branches if len(branches) <= BRANCHES else [branches[0], *branches[1 - BRANCHES :]]
    lane = {step.id: (i, branch) for i, branch in enumerate(drawn) for step in branch.steps}
    steps = [step for step in past.steps.values() if step.id in lane]
    ends = {step.id for branch in drawn for step in (branch.steps[0], branch.head)}
    few = len(steps) <= ALL
    kept = {
        step.id
        for i, step in enumerate(steps)
        if few or i < NEWEST or step.id in ends or sum(c.id in lane for c in past.children(step.id)) > 1
    }
    rows = []
    for step in steps:
        if step.id not in kept:
            continue
        before, passed = step.parent, 0
        while before is not None and before.id not in kept:
            before, passed = before.parent, passed + 1
        at, branch = lane[step.id]
        name = branch.name if branch.head is step and len(branches) > 1 else ""
        rows.append(_Row(step, at, name, passed, before.id if before is not None else None))
    return rows, len(branches) - len(drawn)


def _way(row: _Row, place: dict[str, tuple[float, float]], current: bool) -> str:
    """The line from a step to the one before it: down its own lane, then over."""
    if row.follows is None:
        return ""
    (x, y), (x2, y2) = place[row.step.id], place[row.follows]
    over = f"V{y2 - ROW * 0.8:g}C{x:g} {y2 - ROW * 0.3:g} {x2:g} {y2 - ROW * 0.5:g} {x2:g} {y2:g}"
    turn = over if x != x2 else f"V{y2:g}"
    kinds = "lgnb-way" + (" is-current" if current else "") + (" is-long" if row.passed else "")
    return f'<path class="{kinds}" d="M{x:g} {y:g}{turn}"/>'


def _row(
    row: _Row, at: tuple[float, float], words: float, past: Past, shown: PastStep | None, current: set[str]
) -> tuple[str, float]:
    """A step's dot and words, and how far they reach."""
    (x, y), step = at, row.step
    on = " is-current" if step.id in current else ""
    text = visible(f"step {step.number}  {brief(step_title(step), 48)}").replace("\n", " ")
    if row.passed:
        text += f"  (after {row.passed:,} more)"
    parts = [f'<g><circle class="lgnb-dot{on}" cx="{x:g}" cy="{y:g}" r="4.5"/>']
    if shown is not None and step.id == shown.id:
        parts.append(f'<circle class="lgnb-ring" cx="{x:g}" cy="{y:g}" r="8"/>')
    quiet = "" if on else ' class="lgnb-quiet"'
    parts.append(f'<text{quiet} x="{words:g}" y="{y + 4.5:g}" xml:space="preserve">{xml(text)}</text>')
    end = words + text_width(text, FONT_SIZE) + 12
    tag = " · ".join(filter(None, (row.branch, "current" if step is past.head else "")))
    if tag:
        wide = text_width(tag, 11) + 14
        parts.append(f'<rect class="lgnb-tag" x="{end:g}" y="{y - 9:g}" width="{wide:.0f}" height="18" rx="9"/>')
        parts.append(f'<text class="lgnb-tag-text" x="{end + 7:g}" y="{y + 4:g}">{tag}</text>')
        end += wide + 8
    return "".join(parts) + "</g>", end
