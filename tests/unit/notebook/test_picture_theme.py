"""The colours: readable in light and dark, and the same in pictures and pages."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from langgraph_nb.notebook.picture.style import embedded_css
from langgraph_nb.notebook.theme import COLOURS, SIZES, STATUSES, Shade, colour, tokens_css, variable

SURFACES = "canvas", "surface", "surface-2"
TEXTS = "text", "text-muted", "accent", "warning", "added", "removed", "edge-taken", *STATUSES


STATIC = files("langgraph_nb.notebook") / "static"
SHEETS = {
    **{name: (STATIC / f"{name}.css").read_text("utf-8") for name in ("live", "past")},
    "picture": embedded_css(),
}
INHERITED = "text", "text-muted"
"""What text is written in where no rule says otherwise."""
GROUNDS = *SURFACES, "surface-3"
OPEN = {"text-on-accent": ["accent"], "accent": ["surface", "accent-soft"]}
"""Colours of text that is not found on every surface."""


def pairs(css: str) -> set[tuple[str, str]]:
    """The colours of text and the ones under it: of each rule, or those that it inherits."""
    found: set[tuple[str, str]] = set()
    for body in re.findall(r"\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", css, flags=re.S)):
        said = {kind: re.findall(rf"(?<![\w-]){kind}:[^;]*?--lgnb-([\w-]+)", body) for kind in ("color", "background")}
        for under in said["background"]:
            if not said["color"] and (under in GROUNDS or under.endswith("-soft")):  # else it is a mark, not a ground
                found |= {(text, under) for text in INHERITED}
        for text in said["color"]:
            found |= {(text, under) for under in said["background"] or OPEN.get(text, SURFACES)}
        for fill in re.findall(r"fill:\s*var\(--lgnb-([\w-]+-soft|surface[\w-]*|canvas)\)", body):
            found |= {(text, fill) for text in INHERITED}
    return found


def luminance(value: str) -> float:
    parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("name", TEXTS)
def test_text_can_be_read_on_every_surface(name: str, shade: Shade) -> None:
    under = [*SURFACES, *([f"{name}-soft"] if f"{name}-soft" in COLOURS else [])]
    assert min(contrast(colour(name, shade), colour(surface, shade)) for surface in under) >= 4.5


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("sheet", SHEETS)
def test_what_a_style_sheet_writes_can_be_read_on_what_it_puts_under_it(sheet: str, shade: Shade) -> None:
    faint = {
        (text, under): round(contrast(colour(text, shade), colour(under, shade)), 2)
        for text, under in pairs(SHEETS[sheet])
        if contrast(colour(text, shade), colour(under, shade)) < 4.5
    }
    assert not faint


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_style_sheet_has_no_colours_of_its_own(sheet: str) -> None:
    rules = SHEETS[sheet].replace("linear-gradient(#000", "")  # a mask: what is opaque, not what is black
    assert not re.findall(r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(", rules, flags=re.I)


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("name", ["border-field", "focus", "accent", *STATUSES])
def test_fields_signs_and_the_focus_can_be_seen_on_every_surface(name: str, shade: Shade) -> None:
    assert min(contrast(colour(name, shade), colour(surface, shade)) for surface in SURFACES) >= 3


@pytest.mark.parametrize("sheet", SHEETS)
def test_what_moves_in_a_style_sheet_stands_still_for_who_asks_for_it(sheet: str) -> None:
    css = SHEETS[sheet]
    still = "".join(re.findall(r"@media \(prefers-reduced-motion: ?reduce\) ?\{(.*?\})\s*\}", css, flags=re.S))
    for kind in ("animation", "transition"):
        moves = re.findall(rf"\b{kind}: ?(?!none)", css)
        assert not moves or re.search(rf"\b{kind}: ?none", still), kind


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_edges_can_be_seen_on_every_surface(shade: Shade) -> None:
    assert min(contrast(colour("edge", shade), colour(surface, shade)) for surface in SURFACES) >= 3


def test_the_style_sheet_gives_every_token_in_both_shades() -> None:
    css = tokens_css()
    for name, (light, dark) in COLOURS.items():
        assert f"--lgnb-{name}: {light};" in css and f"--lgnb-{name}: {dark};" in css
    for name in SIZES:
        assert f"{variable(name).removeprefix('var(').removesuffix(')')}: " in css
    assert all(".lgnb" in selector for selector in re.findall(r"([^{};]+)\{\n\s+--", css))
