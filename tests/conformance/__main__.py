"""Writes the tables of programs and of rows into the README: ``python -m tests.conformance``."""

from __future__ import annotations

from pathlib import Path

from .programs import load
from .rows import ELSEWHERE, NOT_HERE, rows

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- programs: written by `python -m tests.conformance` -->\n"


def with_table(text: str) -> str:
    """``text`` with the tables of all programs and rows after its mark."""
    head, _, _ = text.partition(BEGIN)
    programs = [
        f"| {p.topic} | {p.name.replace('_', ' ')} | {', '.join(p.features)} | {', '.join(p.savers)} |" for p in load()
    ]
    shown = [f"| {row} | {', '.join(shown_by(row))} |" for row in rows()]
    left_out = [f"| {row} | not here: {reason} |" for row, reason in NOT_HERE.items()]
    return "\n".join([
        head + BEGIN, "| topic | program | features | savers |", "|---|---|---|---|", *programs, "",
        "| row | shown by |", "|---|---|", *shown, *left_out, "",
    ])  # fmt: skip


def shown_by(row: str) -> list[str]:
    """The topics of the programs that show a row, or the test that does."""
    topics = dict.fromkeys(program.topic for program in load() if row in program.features)
    return [*topics, *([f"`{ELSEWHERE[row]}`"] if row in ELSEWHERE else [])]


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
