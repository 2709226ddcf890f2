"""The colours: readable in light and dark, and the same in pictures and pages."""

from __future__ import annotations

import re

import pytest

from langgraph_nb.notebook.theme import COLOURS, SIZES, STATUSES, Shade, colour, tokens_css, variable

SURFACES = "canvas", "surface", "surface-2"
TEXTS = "text", "text-muted", "accent", "warning", "added", "removed", "edge-taken", *STATUSES


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
def test_edges_can_be_seen_on_every_surface(shade: Shade) -> None:
    assert min(contrast(colour("edge", shade), colour(surface, shade)) for surface in SURFACES) >= 3


def test_the_style_sheet_gives_every_token_in_both_shades() -> None:
    css = tokens_css()
    for name, (light, dark) in COLOURS.items():
        assert f"--lgnb-{name}: {light};" in css and f"--lgnb-{name}: {dark};" in css
    for name in SIZES:
        assert f"{variable(name).removeprefix('var(').removesuffix(')')}: " in css
    assert all(".lgnb" in selector for selector in re.findall(r"([^{};]+)\{\n\s+--", css))
