"""A picture of what ran in which run, what was kept, and what ran again.

It draws what a notebook counted. It must not know of graphs, threads or checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from langgraph_nb.notebook.theme import FONT, FONT_SIZE, FONT_SIZE_SMALL, RADIUS, colour

__all__ = ["WhatRan", "what_ran"]

WORDS = {"ran": "ran", "again": "ran again", "cut": "cut off", "kept": "kept", "": ""}
_LOOKS = {"ran": "done", "again": "paused", "cut": "failed", "kept": "skipped"}
"""How each is drawn: as a node of that status."""
ROW, GAP, LEFT_OUT = 30, 6, 12
NARROW = 320
"""Px that a picture has room for on a page of 400 px; no front end makes one smaller than it says it is."""
CUT = "✗"


def what_ran(
    runs: Mapping[str, Iterable[str]] | str | Path, columns: Iterable[str] = (), kept: str = "kept"
) -> WhatRan:
    """Draw what ran in each of several runs of a thread.

    Args:
        runs: What ran, by the name of the run; a ``✗`` at the end marks what was cut off. Or a log file, in which a
            line ``# name`` begins a run, and every other line names what ran.
        columns: The order of what ran; the rest comes after them, as it ran first. Give it where things run at once.
        kept: What to call it when something that ran before does not run; empty to leave it out.

    Returns:
        A picture and a table in text, as the value of a cell.

    Example:
        >>> print(what_ran({"night": ["load", "pay ✗"], "morning": ["pay"]}))
                 load    pay
        night    ran     cut off
        morning  kept    ran again
    """
    if isinstance(runs, str | Path):
        runs = _read(Path(runs).read_text("utf-8"))
    return WhatRan({name: list(ran) for name, ran in runs.items()}, columns, kept)


def _read(log: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, log.splitlines())):
        if line.startswith("#"):
            found[line.lstrip("# ")] = current = []
        else:
            current.append(line)
    return found


class WhatRan:
    """What ``what_ran`` found: a row for each run, a column for each thing that ran."""

    def __init__(self, runs: Mapping[str, list[str]], columns: Iterable[str] = (), kept: str = "kept") -> None:
        names = [name.removesuffix(CUT).strip() for ran in runs.values() for name in ran]
        self.columns = list(dict.fromkeys((*columns, *names)))
        self.words = {**WORDS, "kept": kept}
        self.rows: dict[str, dict[str, str]] = {}
        before: dict[str, str] = {}
        for run, ran in runs.items():
            self.rows[run] = row = _row(self.columns, ran, before)
            before |= {name: how for name, how in row.items() if how not in ("", "kept")}

    def __str__(self) -> str:
        lines = [["", *self.columns]]
        lines += [[run, *(self.words[row[name]] for name in self.columns)] for run, row in self.rows.items()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        rows = ("  ".join(word.ljust(n) for word, n in zip(line, widths, strict=True)) for line in lines)
        return "\n".join(map(str.rstrip, rows))

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self._svg(), "text/plain": str(self)}

    def _svg(self) -> str:
        """Runs below each other; where only the picture of runs beside each other fits a narrow page, that."""
        cells = {(run, name): row[name] for run, row in self.rows.items() for name in self.columns}
        grid = _Grid(list(self.rows), self.columns, cells)
        turned = _Grid(self.columns, list(self.rows), {(name, run): how for (run, name), how in cells.items()})
        return (turned if turned.width <= NARROW < grid.width else grid).svg(self.words)


class _Grid:
    """A box for each row and column."""

    def __init__(self, rows: list[str], columns: list[str], cells: Mapping[tuple[str, str], str]) -> None:
        self.rows, self.columns, self.cells = rows, columns, cells
        self._first = LEFT_OUT * 2 + max(map(_width, rows), default=0.0)
        self._widths = [max(74.0, _width(name) + LEFT_OUT) for name in columns]
        self.width = self._first + sum(self._widths) + GAP * max(0, len(columns) - 1) + LEFT_OUT

    def svg(self, words: Mapping[str, str]) -> str:
        lefts = [self._first + sum(self._widths[:i]) + GAP * i for i in range(len(self._widths))]
        width, height = self.width, (len(self.rows) + 1) * (ROW + GAP) + 8
        places = list(zip(lefts, self._widths, self.columns, strict=True))
        parts = [f'<rect width="{width:g}" height="{height}" rx="{RADIUS}" fill="{colour("canvas", "light")}"/>']
        parts += [_text(x + w / 2, 0, name, "text", ' text-anchor="middle" font-weight="600"') for x, w, name in places]
        for number, row in enumerate(self.rows, 1):
            parts.append(_text(LEFT_OUT, number, row, "text"))
            for x, w, name in places:
                how = self.cells[row, name]
                parts += _box(x, number, w, how, words[how])
        size = f'width="{width:g}" height="{height}" viewBox="0 0 {width:g} {height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="What ran in which run">'
        return f"{head}{''.join(parts)}</svg>"


def _row(columns: list[str], ran: list[str], before: Mapping[str, str]) -> dict[str, str]:
    """How each column fared in one run, after how it fared last."""
    often = [name.removesuffix(CUT).strip() for name in ran]
    cut = {name.removesuffix(CUT).strip() for name in ran if name.endswith(CUT)}
    row = {}
    for name in columns:
        if name in often:
            again = name in before or often.count(name) > 1
            row[name] = "cut" if name in cut else "again" if again else "ran"
        else:
            row[name] = "kept" if before.get(name, "cut") != "cut" else ""
    return row


def _width(text: str) -> float:
    return len(text) * FONT_SIZE * 0.6


def _middle(row: int) -> float:
    return row * (ROW + GAP) + ROW / 2 + 4


def _text(x: float, row: int, text: str, paint: str, more: str = "", size: int = FONT_SIZE) -> str:
    look = f'font-size="{size}" font-family="{escape(FONT)}" fill="{colour(paint, "light")}"'
    return f'<text x="{x:g}" y="{_middle(row) + size * 0.35:g}"{more} {look}>{escape(text)}</text>'


def _box(x: float, row: int, width: float, how: str, word: str) -> list[str]:
    if not word:
        return []
    look = _LOOKS[how]
    dashes = ' stroke-dasharray="3 3"' if how == "kept" else ""
    box = (
        f'<rect x="{x:g}" y="{_middle(row) - ROW / 2:g}" width="{width:g}" height="{ROW}" rx="{RADIUS}" '
        f'fill="{colour(look + "-soft", "light")}" stroke="{colour(look, "light")}" stroke-width="1.25"{dashes}/>'
    )
    return [box, _text(x + width / 2, row, word, look, ' text-anchor="middle"', FONT_SIZE_SMALL)]
