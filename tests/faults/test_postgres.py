"""Killed processes and lost connections, with threads in a real PostgreSQL server."""

from __future__ import annotations

import sys

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
