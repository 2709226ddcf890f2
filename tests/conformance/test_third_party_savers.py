"""Savers written for LangGraph plug in as they are: its released ones serve our graphs as they serve its own.

The same programs run on both packages with the same saver.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .harness import OURS, THEIRS, Setting, difference, observe
from .programs import Registered, load

TOPICS = {
    "released-sqlite": ("interrupts", "updates", "time_travel", "history", "subgraphs", "workflows", "errors", "sends"),
    "released-postgres": ("interrupts", "updates", "time_travel", "history", "subgraphs", "workflows", "errors"),
    "released-postgres-pool": ("interrupts", "subgraphs", "workflows"),
    "released-postgres-pipeline": ("interrupts", "history"),
}
CASES = [
    pytest.param(program, Setting(is_async, kind), id=f"{program.name}-{Setting(is_async, kind)}")
    for kind, topics in TOPICS.items()
    for program in load()
    if program.topic in topics and "sqlite" in program.savers
    for is_async in (False, True)
]


@pytest.mark.parametrize(("program", "setting"), CASES)
def test_same_behaviour(
    program: Registered, setting: Setting, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    new_database: Callable[[], str] = str
    if "postgres" in setting.saver:
        new_database = request.getfixturevalue("new_database")
    theirs, ours = (observe(program.run, package, setting, tmp_path, new_database()) for package in (THEIRS, OURS))
    assert not (found := difference(theirs, ours)), f"{program.name} ({setting}) differs:\n{found}"
