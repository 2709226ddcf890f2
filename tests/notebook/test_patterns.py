"""The patterns of several agents: short programs of the public API, which say the same on LangGraph."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = ROOT / "notebooks" / "patterns"
LAST_SAID = {
    "approved_tools": "tool: Booked: room at the Elbblick, 99 euros.",
    "plan_and_execute": "add them up: 189 euros",
    "reflection": "remark: Nothing is missing.",
    "research": "Leipzig 125 euros; Prague 143 euros; Hamburg 189 euros",
    "supervisor": "supervisor: Take the ICE 704 at 8:04 (79 euros), stay at the Elbblick (110 euros).",
    "swarm": "hotels: It has parking, for 15 euros a night.",
}
PARTS = {"__init__", "agent", "scripted"}


def said(pattern: str, folder: Path) -> str:
    """What a pattern prints, run from a folder of notebooks; without any warning."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", f"patterns.{pattern}"],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert not ended.returncode and not ended.stderr, ended.stderr
    return ended.stdout


def test_all_patterns_are_run() -> None:
    assert {path.stem for path in PATTERNS.glob("*.py")} - PARTS == set(LAST_SAID)


@pytest.mark.parametrize("pattern", LAST_SAID)
def test_a_pattern_says_the_same_here_and_on_langgraph(pattern: str, tmp_path: Path) -> None:
    here = said(pattern, PATTERNS.parent)
    assert LAST_SAID[pattern] in here.splitlines()
    (tmp_path / "patterns").mkdir()
    for path in PATTERNS.glob("*.py"):
        ported = re.sub(r"from langgraph_nb\.(?!testing)", "from langgraph.", path.read_text("utf-8"))
        (tmp_path / "patterns" / path.name).write_text(ported, "utf-8")
    assert said(pattern, tmp_path) == here
