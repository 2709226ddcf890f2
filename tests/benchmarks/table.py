"""The table of the README, written from what was measured. Knows nothing of how that was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN = "<!-- costs: written by `python -m tests.benchmarks --readme` -->\n"
END = "<!-- end of costs -->\n"
WAYS = (", sync", ", async")


def with_table(text: str, table: str) -> str:
    """``text`` with ``table`` between its marks."""
    head, began, rest = text.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    assert began and ended, "The README has lost the marks around its table of costs."
    return head + BEGIN + table + END + tail


def table_of(results: Iterable[dict[str, Any]], theirs: str, ours: str, about: str) -> str:
    """The table in Markdown: one line for a workload, with its sync and async costs side by side.

    Args:
        results: What was measured, in order; without rows that broke, and without how costs grow.
        theirs: The package that is compared with.
        ours: This one.
        about: What was measured, and where.
    """
    lines = [about, "", "| | LangGraph | here | ratio |", "|---|---|---|---|"]
    for name, rows in groupby(results, lambda result: workload(result["name"])):
        ways = list(rows)
        kind = "bytes" if "bytes" in ways[0]["ratio"] else "cpu"
        costs = [amounts([way[package][kind] for way in ways], kind) for package in (theirs, ours)]
        ratios = " / ".join(times(way["ratio"][kind]) for way in ways)
        lines.append(f"| {name + ', sync / async' * (len(ways) > 1)} | {costs[0]} | {costs[1]} | {ratios} |")
    return "\n".join([*lines, ""])


def workload(name: str) -> str:
    """The name of a row without the way it is run in."""
    return next((name.removesuffix(way) for way in WAYS if name.endswith(way)), name)


def amounts(values: list[float], kind: str) -> str:
    """Costs in one unit, that of the largest."""
    units = [("KiB", 1 / 1024)] if kind == "bytes" else [("ms", 1e3), ("µs", 1e6)]
    unit, factor = next((u for u in units if max(values) * u[1] >= 10), units[-1])
    return f"{' / '.join(_digits(values, factor))} {unit}"


def _digits(values: list[float], factor: float) -> Iterator[str]:
    for value in values:
        yield f"{value * factor:.{0 if value * factor >= 10 else 1}f}"


def times(ratio: float) -> str:
    return f"{ratio:.{0 if ratio >= 10 else 1}f}×"
