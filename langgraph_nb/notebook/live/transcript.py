"""What the nodes of a run put out, and the state that it came to, as plain text: for readers without a kernel.

The same run gives the same text. Its length is bounded, so that a notebook stays small whatever was said in it. This
file must not know of widgets, pictures or event loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.graph.policies import shown_name
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.text import clipped, indented, labelled

__all__ = ["final_state", "plain_path", "transcript"]

WIDTH = 100
"""Characters of a line."""
ENTRY = 3_000
"""Characters of one entry."""
ROWS = 20
"""Lines of one entry."""
TOTAL = 24_000
"""Characters of a transcript: its beginning and, longer, its end."""


def transcript(view: RunView) -> str:
    """What the nodes put out, in order, by node; nothing where nothing was said.

    Example:
        >>> from langgraph_nb.graph.topology import Topology
        >>> view = RunView(Topology("g", (), ()), name="g")
        >>> view.print_text("write", "Dear all,")
        >>> print(transcript(view))
        Output
          write
            Dear all,
    """
    parts = [
        [f"  {_title(node)}", *(f"    {line}" for entry in entries for line in _lines(entry))]
        for node, entries in groupby(view.log.in_order(), lambda entry: str(entry["node"]))
    ]
    lines = [row for part in parts for line in part for row in _wrapped(line)]
    return "\n".join(["Output", *_within(lines)]) if parts else ""


def final_state(view: RunView) -> str:
    """The state after the last step; nothing where no step has ended, and where it is shown otherwise."""
    values: dict[str, str] = {}
    for step in view.steps.to_json():
        values |= step["set"]
    if not values or view.step is not None:
        return ""
    keys = [key for key in view.steps.values if key in values]
    lines = [line for key in keys for line in indented(labelled(key, values[key]))]
    return "\n".join(["State", *_within([row for line in lines for row in _wrapped(line)])])


def plain_path(path: str) -> str:
    """A node's path as people read it.

    Example:
        >>> plain_path("team|plan")
        'team › plan'
    """
    return shown_name(path.replace("|", " › "))


def _title(node: str) -> str:
    return "Input" if node == START else plain_path(node) if node else "You"


def _lines(entry: dict[str, Any]) -> Iterator[str]:
    text = clipped(entry["text"], ENTRY)
    if entry["kind"] == "change":
        before = f"{entry['before']} → " if "before" in entry else "+ " if entry.get("op") == "add" else ""
        text = labelled(entry["key"], before + text)
    elif label := entry.get("who") or entry.get("role") or entry.get("label"):
        text = labelled(label, text) if text else label if entry["kind"] == "custom" else ""
    lines = text.splitlines()
    yield from lines[:ROWS]
    if len(lines) > ROWS:
        yield f"… {len(lines) - ROWS:,} more lines"
    yield from (f"→ {call}" for call in entry.get("calls", ()))
    if "more" in entry:
        yield f"… {entry['more']:,} more characters"


def _wrapped(line: str) -> list[str]:
    """A line as rows that pages show without scrolling."""
    if len(line) <= WIDTH:
        return [line]
    inner = line[: len(line) - len(line.lstrip())]
    return wrap(line, WIDTH, subsequent_indent=f"{inner[:40]}  ", break_on_hyphens=False)


def _within(lines: list[str]) -> list[str]:
    """Lines of a bounded length together: what is too much is left out of the middle."""
    if sum(map(len, lines)) <= TOTAL:
        return lines
    first = _count(lines, TOTAL // 4)
    last = _count(list(reversed(lines[first:])), TOTAL - TOTAL // 4)
    left_out = len(lines) - first - last
    return [*lines[:first], f"  … {left_out:,} more lines …", *lines[len(lines) - last :]]


def _count(lines: list[str], room: int) -> int:
    """How many lines there is room for."""
    for number, line in enumerate(lines):
        room -= len(line)
        if room < 0:
            return number
    return len(lines)
