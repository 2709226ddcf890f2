"""Programs that use packages built on LangGraph print the same on LangGraph and, by the alias, on this engine."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
ALIAS = ("-m", "langgraph_nb.alias")
LIMIT = 120
"""Seconds after which a program has hung."""


def printed(name: str, *how: str) -> str:
    """What a program prints."""
    command = [sys.executable, "-W", "ignore", *how, f"{name}.py"]
    ran = subprocess.run(command, cwd=PROGRAMS, capture_output=True, text=True, timeout=LIMIT)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in PROGRAMS.glob("*.py") if path.stem not in ("model", "server"))
)
def test_a_program_prints_the_same_on_both_engines(name: str) -> None:
    with ThreadPoolExecutor() as both:
        theirs, ours = both.submit(printed, name), both.submit(printed, name, *ALIAS)
    assert theirs.result().count("\n") > 10
    assert ours.result().splitlines() == theirs.result().splitlines()
