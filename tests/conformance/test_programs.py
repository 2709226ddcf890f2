"""Every program gives the same on ``langgraph`` and on ``langgraph_nb``, in every mode, with every saver it fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from .__main__ import README, with_table
from .harness import NAMES, OURS, THEIRS, Namespace, Setting, difference, observe
from .programs import Registered, load

CASES = [
    pytest.param(program, Setting(is_async, saver), id=f"{program.name}-{Setting(is_async, saver)}")
    for program in load()
    for is_async in (False, True)
    for saver in program.savers
]


@pytest.mark.parametrize(("program", "setting"), CASES)
def test_same_behaviour(program: Registered, setting: Setting, tmp_path: Path) -> None:
    theirs = observe(program.run, THEIRS, setting, tmp_path)
    ours = observe(program.run, OURS, setting, tmp_path)
    assert not (found := difference(theirs, ours)), f"{program.name} ({setting}) differs:\n{found}"


@pytest.mark.parametrize("package", [THEIRS, OURS])
def test_public_names_are_where_a_port_expects_them(package: str) -> None:
    namespace = Namespace(package, is_async=False)
    for names in NAMES.values():
        for name in names.split():
            assert getattr(namespace, name) is not None


def test_every_program_observes_something_and_names_are_unique() -> None:
    names = [p.name for p in load()]
    assert len(set(names)) == len(names)
    assert all(p.features and p.savers for p in load())


def test_the_readme_lists_every_program() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_table(text) == text, "Run `python -m tests.conformance` to write the table."
