"""Writes the table of programs into the README: ``python -m tests.conformance``."""

from __future__ import annotations

from pathlib import Path

from .programs import load

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- programs: written by `python -m tests.conformance` -->\n"


def with_table(text: str) -> str:
    """``text`` with the table of all programs after its mark."""
    head, _, _ = text.partition(BEGIN)
    rows = [
        f"| {p.topic} | {p.name.replace('_', ' ')} | {', '.join(p.features)} | {', '.join(p.savers)} |" for p in load()
    ]
    return "\n".join([head + BEGIN, "| topic | program | features | savers |", "|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
