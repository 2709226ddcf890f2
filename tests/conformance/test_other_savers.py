"""Programs with savers in PostgreSQL, and with savers written for LangGraph, which plug in as they are.

With ``postgres`` ours has its own saver. With LangGraph's released ones both packages have the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .harness import OURS, THEIRS, Setting, difference, observe
from .programs import Registered, load

TOPICS = {
    "postgres": ("interrupts", "updates", "time_travel", "history", "subgraphs", "workflows", "errors", "cancelling"),
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
    # PostgreSQL sorts the keys of what LangGraph stores as its JSON; its saver in SQLite does not
    as_meant = Setting(setting.is_async, "sqlite") if setting.saver == "postgres" else setting
    theirs = observe(program.run, THEIRS, as_meant, tmp_path, "" if as_meant is not setting else new_database())
    ours = observe(program.run, OURS, setting, tmp_path, new_database())
    assert not (found := difference(theirs, ours)), f"{program.name} ({setting}) differs:\n{found}"
