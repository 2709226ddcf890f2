"""The style sheet of a picture, with literal colours for one that stands alone and variables for one inside a page.

Every selector begins with the class of the picture's root, so nothing leaks into the page.
Knows the theme; nothing of graphs.
"""

from __future__ import annotations

import re
from typing import Final

from langgraph_nb.notebook import theme
from langgraph_nb.notebook.theme import COLOURS, STATUSES, Shade, Theme

_TOKEN = re.compile(r"\$([a-z0-9]+(?:-[a-z0-9]+)*)")

_RULES: Final = """
text{font-family:$font;font-size:13px;fill:$text}
.lgnb-canvas{fill:$canvas}
.lgnb-box,.lgnb-sheet{fill:$surface;stroke:$border;stroke-width:1.25}
.lgnb-title{font-weight:500;text-anchor:middle}
.lgnb-meta{font-size:10px;fill:$text-muted;text-anchor:middle}
.lgnb-inset{fill:none;stroke:$border;stroke-width:1}
.lgnb-pill>.lgnb-box{fill:$surface-3;stroke:none}
.lgnb-pill>.lgnb-title{font-size:11px;font-weight:600;fill:$text-muted}
.lgnb-open>.lgnb-box{fill:$surface-2}
.lgnb-open>.lgnb-title{text-anchor:start}
.lgnb-open>.lgnb-meta{text-anchor:end}
.lgnb-new>.lgnb-box{fill:$accent-soft;stroke:$accent;stroke-width:2}
.lgnb-open.lgnb-new>.lgnb-box{fill:$surface-2}
.lgnb-missing>.lgnb-box{fill:$warning-soft;stroke:$warning;stroke-dasharray:5 4}
.lgnb-missing>.lgnb-title,.lgnb-missing>.lgnb-meta{fill:$warning}
.lgnb-badge circle{fill:$surface;stroke:$border-strong;stroke-width:1.25}
.lgnb-badge path{fill:$text-muted}
.lgnb-pause circle{fill:$warning-soft;stroke:$warning}
.lgnb-pause path{fill:$warning}
.lgnb-line{fill:none;stroke:$edge;stroke-width:1.5;stroke-linecap:round}
.lgnb-head{fill:$edge;stroke:$edge;stroke-width:1;stroke-linejoin:round}
.lgnb-conditional>.lgnb-line{stroke-dasharray:5 5}
.lgnb-fan>.lgnb-line{stroke-width:4.5;stroke-linecap:butt}
.lgnb-core{fill:none;stroke:$canvas;stroke-width:1.8}
.lgnb-open .lgnb-core{stroke:$surface-2}
.lgnb-label rect{fill:$surface;stroke:$border;stroke-width:1}
.lgnb-label text{font-size:11px;fill:$text-muted;text-anchor:middle}
.lgnb-join{fill:$edge}
"""
_STATUS_RULES: Final = """
.lgnb-glyph{display:none;fill:$text-muted;fill-rule:evenodd}
.is-skipped>.lgnb-title{fill:$text-muted}
.is-skipped>.lgnb-box{stroke-dasharray:3 3}
.is-taken>.lgnb-line{stroke:$edge-taken;stroke-width:2.25}
.is-taken.lgnb-fan>.lgnb-line{stroke-width:5.25}
.is-taken>.lgnb-head{fill:$edge-taken;stroke:$edge-taken}
.is-taken>.lgnb-label rect{stroke:$edge-taken}
.is-taken>.lgnb-label text{fill:$edge-taken}
"""
_ONE_STATUS: Final = """
.is-NAME>.lgnb-box{fill:$NAME-soft;stroke:$NAME;stroke-width:WIDTH}
.lgnb-open.is-NAME>.lgnb-box{fill:$surface-2}
.is-NAME>.lgnb-status>.lgnb-glyph-NAME{display:inline;fill:$NAME}
"""
_MOTION: Final = """
.lgnb-glyph-running{transform-box:fill-box;transform-origin:center;animation:lgnb-spin 1.1s linear infinite}
.lgnb-box,.lgnb-line,.lgnb-head{transition:fill .16s ease-out,stroke .16s ease-out}
"""
_KEYFRAMES: Final = "@keyframes lgnb-spin{to{transform:rotate(1turn)}}"
_STILL: Final = (
    "@media (prefers-reduced-motion:reduce)"
    "{.lgnb-picture .lgnb-glyph-running{animation:none}.lgnb-picture *{transition:none}}"
)


def standalone_css(look: Theme, statuses: bool) -> str:
    """The style sheet of a picture that stands alone.

    Args:
        look: ``"auto"`` follows the reader's browser, and is light where that says nothing.
        statuses: whether the picture shows a run.
    """
    rules = _RULES + (_status_rules() if statuses else "")
    root = f".lgnb-{look}"
    if look != "auto":
        return scoped(rules, root, look)
    dark = scoped(rules, root, "dark")
    return f"{scoped(rules, root, 'light')}\n@media (prefers-color-scheme:dark){{\n{dark}\n}}"


def embedded_css() -> str:
    """The style sheet of a picture inside a page that has the theme's variables."""
    sheet = scoped(_RULES + _status_rules() + _MOTION, ".lgnb-picture", None)
    return f"{sheet}\n{_KEYFRAMES}\n{_STILL}"


def _status_rules() -> str:
    each = (_ONE_STATUS.replace("NAME", name).replace("WIDTH", _WIDTHS.get(name, "1.25")) for name in STATUSES)
    return _STATUS_RULES + "".join(each)


_WIDTHS: Final = {"running": "2", "failed": "2", "paused": "2", "done": "1.5", "cached": "1.5"}


def scoped(rules: str, root: str, shade: Shade | None) -> str:
    """Rules, one in a line, with each selector under ``root`` and each ``$token`` as its value, or as a variable."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if shade is None:
            return theme.variable(name)
        return theme.colour(name, shade) if name in COLOURS else theme.SIZES[name]

    lines = []
    for rule in filter(None, rules.splitlines()):
        selectors, body = rule.split("{", 1)
        scoped = ",".join(f"{root} {selector}" for selector in _split(selectors))
        lines.append(scoped + "{" + _TOKEN.sub(value, body))
    return "\n".join(lines)


def _split(selectors: str) -> list[str]:
    return [selector.strip() for selector in selectors.split(",")]
