"""Ctrl-C, cancelling, closing early, at any place: the thread goes on from there, in this process and in another."""

from __future__ import annotations

import sys

import pytest

from tests.faults.programs import PROGRAMS
from tests.faults.sweeps import sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no fork there"),
]
POINTS = 60


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_interrupted_run_goes_on(program: str) -> None:
    found = sweep(kind="interruptions", program=program, points=POINTS)
    assert not found.broken, found.said
    assert found.points >= POINTS
