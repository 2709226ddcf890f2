"""Disks that lose power, are full, or cannot write, sync or read: what was acknowledged is there, and can be read."""

from __future__ import annotations

import os
import sys

import pytest

from tests.faults.disk import can_fail
from tests.faults.programs import PROGRAMS
from tests.faults.sweeps import sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform == "win32" or not (can_fail() or os.environ.get("CI")), reason="this Python hides its SQLite"
    ),
]
POINTS = 60


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_disk_that_fails_loses_nothing_that_was_acknowledged(program: str) -> None:
    found = sweep(kind="disk", program=program, points=POINTS)
    assert not found.broken, found.said
    assert found.killed >= POINTS / 2 <= found.points


def test_the_harness_sees_a_saver_that_does_not_sync() -> None:
    assert sweep(kind="disk", backend="careless", program="chain", points=30).broken
