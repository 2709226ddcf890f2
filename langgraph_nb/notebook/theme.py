"""The one source of colours, sizes and type for everything the notebook shows, in light and dark.

Pictures take literal values (an ``image/svg+xml`` output sees no page styles); live views take the same values as CSS
variables named ``--lgnb-*``. This module knows no graph, no widget and no front end beyond how each one says "dark".
"""

from __future__ import annotations

import re
from typing import Final, Literal

Theme = Literal["light", "dark", "auto"]
"""``auto`` follows the reader's browser."""
Shade = Literal["light", "dark"]

Status = Literal["waiting", "running", "done", "failed", "paused", "cached", "skipped"]
STATUSES: Final[tuple[Status, ...]] = ("waiting", "running", "done", "failed", "paused", "cached", "skipped")

COLOURS: Final[dict[str, tuple[str, str]]] = {
    # name: (light, dark)
    # surfaces, from the page up
    "canvas": ("#fbfcfd", "#15191f"),
    "surface": ("#ffffff", "#1f252e"),
    "surface-2": ("#f3f5f9", "#1a2028"),
    "surface-3": ("#e8ecf2", "#2b333f"),
    "border": ("#cfd6e0", "#3c4655"),
    "border-strong": ("#a3aebd", "#5b6778"),
    "border-field": ("#7d899a", "#748296"),
    # under pictures that bring their own colours
    "paper": ("#ffffff", "#ffffff"),
    # text
    "text": ("#1c2430", "#e7ebf1"),
    "text-muted": ("#5b6675", "#a0abba"),
    "text-on-accent": ("#ffffff", "#10141a"),
    # edges
    "edge": ("#7d899a", "#748296"),
    "edge-taken": ("#2b62d9", "#7ba7ff"),
    # emphasis: what this cell added, buttons, focus
    "accent": ("#4a48d4", "#a3a6ff"),
    "accent-soft": ("#eeeefe", "#2a2b52"),
    "focus": ("#2b62d9", "#7ba7ff"),
    # wanted, not there yet; a pause asked for
    "warning": ("#a45508", "#f0b35b"),
    "warning-soft": ("#fef6e7", "#3a2c14"),
    # status of a node
    "waiting": ("#5b6675", "#a0abba"),
    "waiting-soft": ("#f3f5f9", "#252c36"),
    "running": ("#2b62d9", "#7ba7ff"),
    "running-soft": ("#eaf1ff", "#1c2c4d"),
    "done": ("#1a7a4c", "#5fcb95"),
    "done-soft": ("#e9f7ef", "#173428"),
    "failed": ("#c62f3b", "#ff8d8d"),
    "failed-soft": ("#fdeeee", "#44201f"),
    "paused": ("#a45508", "#f0b35b"),
    "paused-soft": ("#fef6e7", "#3a2c14"),
    "cached": ("#0c7489", "#62c8dc"),
    "cached-soft": ("#e6f6f9", "#143540"),
    "skipped": ("#626d7c", "#8b97a8"),
    "skipped-soft": ("#f6f7f9", "#1b2028"),
    # changes of state
    "added": ("#1a7a4c", "#5fcb95"),
    "added-soft": ("#e9f7ef", "#173428"),
    "removed": ("#c62f3b", "#ff8d8d"),
    "removed-soft": ("#fdeeee", "#44201f"),
    "shadow": ("rgba(28, 36, 48, .08)", "rgba(0, 0, 0, .35)"),
}
"""Each colour's value in light and in dark. Text, status, ``warning`` and ``accent`` colours read as text (4.5:1) on
the surfaces and on their own ``-soft`` form."""

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
FONT_MONO: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace"

FONT_SIZE: Final = 13
"""Names of nodes, body text; px."""
FONT_SIZE_SMALL: Final = 11
"""Labels of edges, captions; px."""
FONT_SIZE_TINY: Final = 10
"""Visits and times under a node's name; px."""
RADIUS: Final = 9
"""Corners of boxes and cards; px."""
RADIUS_SMALL: Final = 5
"""Corners of labels, fields and buttons; px."""
LINE: Final = 1.5
"""Width of borders and edges; px."""

SIZES: Final[dict[str, str]] = {
    "font": FONT,
    "font-mono": FONT_MONO,
    "font-size": f"{FONT_SIZE}px",
    "font-size-small": f"{FONT_SIZE_SMALL}px",
    "font-size-tiny": f"{FONT_SIZE_TINY}px",
    "line-height": "1.45",
    "radius": f"{RADIUS}px",
    "radius-small": f"{RADIUS_SMALL}px",
    "line": f"{LINE}px",
    "space-1": "4px",
    "space-2": "8px",
    "space-3": "12px",
    "space-4": "16px",
    "space-5": "24px",
    "ease": "160ms ease-out",
}
"""Type, lengths and times: the same in light and dark."""

_DARK_PAGES: Final = (
    'body[data-jp-theme-light="false"] .lgnb',  # JupyterLab, Notebook 7, nbconvert
    "body.vscode-dark .lgnb",
    "body.vscode-high-contrast:not(.vscode-high-contrast-light) .lgnb",
    'html[theme="dark"] .lgnb',  # Colab
    '.lgnb.lgnb[data-theme="dark"]',
)
_FORCED_LIGHT: Final = '.lgnb.lgnb.lgnb.lgnb[data-theme="light"]'  # repeated: it must outweigh every rule above
_SAYS_NOTHING: Final = (
    "html:not([theme]) body:not([data-jp-theme-light], .vscode-light, .vscode-dark, .vscode-high-contrast) "
    '.lgnb:not([data-theme="light"])'
)


def colour(name: str, shade: Shade) -> str:
    """The value of a colour.

    Args:
        name: a key of `COLOURS`.
        shade: ``"light"`` or ``"dark"``.

    Returns:
        A CSS colour.

    Example:
        >>> colour("surface", "light")
        '#ffffff'
    """
    return COLOURS[name][shade == "dark"]


def variable(name: str) -> str:
    """A reference to a token for style sheets of pages that have `tokens_css`.

    Args:
        name: a key of `COLOURS` or `SIZES`.

    Example:
        >>> variable("edge")
        'var(--lgnb-edge)'
    """
    return f"var(--lgnb-{name})"


def tokens_css() -> str:
    """The style sheet that gives every element of class ``lgnb`` the variables ``--lgnb-*`` of the page's theme.

    A page that says whether it is dark (JupyterLab, Notebook, VS Code, Colab) is believed; one that does not follows
    the browser. ``data-theme="light"`` or ``"dark"`` on the element itself wins.

    Returns:
        CSS text; the same each time.

    Example:
        >>> "--lgnb-canvas: #fbfcfd" in tokens_css()
        True
    """
    sizes = "".join(f"  --lgnb-{name}: {value};\n" for name, value in SIZES.items())
    light, dark = _declarations("light"), _declarations("dark")
    dark_pages = ",\n".join(_DARK_PAGES)
    return (
        f".lgnb {{\n{sizes}{light}}}\n"
        f"@media (prefers-color-scheme: dark) {{\n{_SAYS_NOTHING} {{\n{dark}}}\n}}\n"
        f"{dark_pages} {{\n{dark}}}\n"
        f"{_FORCED_LIGHT} {{\n{light}}}\n"
    )


def with_tokens(css: str, page: str = "") -> str:
    """A style sheet with the tokens that it uses, as small as it gets: outputs of a saved notebook bring it along.

    Args:
        css: Rules for elements inside of one of class ``lgnb``, with variables ``--lgnb-*``.
        page: What it is for, whose own styles use them, too.

    Example:
        >>> small = with_tokens(".lgnb p { color: var(--lgnb-edge); }")
        >>> "--lgnb-edge: #7d899a;" in small, "--lgnb-canvas" in small
        (True, False)
    """
    used = set(re.findall(r"var\((--lgnb-[\w-]+)", css + page))
    tokens = re.sub(r"\s*(--lgnb-[\w-]+): [^;]+;", lambda found: found[0] if found[1] in used else "", tokens_css())
    return re.sub(r"\s*\n\s*", " ", tokens + re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))


def _declarations(shade: Shade) -> str:
    colours = "".join(f"  --lgnb-{name}: {colour(name, shade)};\n" for name in COLOURS)
    return f"{colours}  color-scheme: {shade};\n"
