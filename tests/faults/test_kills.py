"""Processes that are killed, at database calls and at random times: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import sys

import pytest

from tests.faults.programs import PROGRAMS
from tests.faults.sweeps import sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there"),
]
POINTS = 120
"""For each program. All of them kill, but for the few that come after the program's end."""


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_killed_process_loses_nothing_that_was_stored(program: str) -> None:
    found = sweep(backend="sqlite", program=program, points=POINTS)
    assert not found.broken, found.said
    assert found.killed >= POINTS <= found.points


def test_the_harness_sees_a_saver_that_stores_late() -> None:
    assert sweep(backend="late", program="chain", points=30).broken
