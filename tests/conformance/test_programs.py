"""Every program gives the same on ``langgraph`` and on ``langgraph_nb``, in every mode, with every saver it fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from .__main__ import README, shown_by, with_table
from .harness import NAMES, OURS, THEIRS, Namespace, Setting, difference, observe
from .programs import Registered, load
from .rows import ELSEWHERE, NOT_HERE, rows

CASES = [
    pytest.param(program, setting, id=f"{program.name}-{setting}")
    for program in load()
    for setting in (
        *(Setting(is_async, saver) for is_async in (False, True) for saver in program.savers),
        Setting(False, program.savers[0], steps=True),
    )
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


def test_every_row_is_shown_by_a_program_or_a_test() -> None:
    assert not [row for row in rows() if not shown_by(row)]
    assert all((README.parent.parent.parent / path).is_file() for path in ELSEWHERE.values())


def test_programs_name_rows_that_there_are() -> None:
    known = {*rows(), *NOT_HERE}
    named = {row for program in load() for row in program.features if row[0] not in "DMN"}
    assert not named - known
