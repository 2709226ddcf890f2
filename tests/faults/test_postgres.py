"""Killed processes, a killed server, lost connections, interrupted runs, with threads in a real PostgreSQL server."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.faults.sweeps import sweep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there"),
]


@pytest.fixture(autouse=True)
def _address(postgres_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTS_POSTGRES", postgres_address)


def test_a_killed_process_loses_nothing_that_was_stored() -> None:
    found = sweep(backend="postgres", points=150)
    assert not found.broken, found.said
    assert found.killed >= 150 <= found.points


def test_a_run_does_not_notice_that_a_connection_is_lost() -> None:
    found = sweep(backend="postgres", kind="drops", points=60)
    assert not found.broken, found.said
    assert found.points >= 60


def test_a_run_does_not_notice_that_the_server_was_killed(
    mortal_postgres_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of its processes at once; it recovers from its log. One at a time: the points have it together."""
    monkeypatch.setenv("FAULTS_POSTGRES", mortal_postgres_server.get_uri())
    found = sweep(backend="postgres", kind="servers", program="nested", points=12, workers=1)
    assert not found.broken, found.said
    assert found.points >= 12


def test_an_interrupted_run_goes_on() -> None:
    found = sweep(backend="postgres", kind="interruptions", points=30)
    assert not found.broken, found.said
    assert found.points >= 30
