"""Processes that are killed, at database calls and at random times: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.programs import PROGRAMS

ROOT = Path(__file__).parents[2]
POINTS = 120
"""For each program and saver. All of them kill, but for the few that come after the program's end."""


def swept(*words: str) -> tuple[int, int]:
    """Try points in a process of their own. How many there were, and how many processes were killed."""
    ran = subprocess.run([sys.executable, "-m", "tests.faults", *words], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    points, killed = re.findall(r"(\d+) (?:points,|processes)", ran.stdout)
    return int(points), int(killed)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_killed_process_loses_nothing_that_was_stored_in_sqlite(program: str) -> None:
    points, killed = swept("--backend", "sqlite", "--program", program, "--points", str(POINTS))
    assert points >= POINTS
    assert killed >= POINTS
