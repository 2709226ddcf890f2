"""Each difference, shown from both sides (``differences``), and named once in ``differences.md``, with its reason."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from .differences import DIFFERENCES, Refused
from .harness import OURS, THEIRS, Namespace, Run, Setting, observe

for topic in sorted(Path(__file__).with_name("differences").glob("[a-z]*.py")):
    import_module(f".differences.{topic.stem}", __package__)


@pytest.mark.parametrize("package", [THEIRS, OURS])
@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str, package: str, tmp_path: Path) -> None:
    difference, outcome = DIFFERENCES[name], []

    def program(lg: Namespace, run: Run) -> None:
        try:
            outcome.append(difference.show(lg, run))
        except Exception as error:
            outcome.append(error)

    observe(program, package, Setting(False, "memory"), tmp_path)
    expected, (found,) = difference.expected[package], outcome
    if isinstance(expected, Refused):
        assert expected.matches(found), f"{expected} expected, got {found!r}"
    else:
        assert found == expected


def test_the_table_names_each_difference_once() -> None:
    table = Path(__file__).with_name("differences.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(DIFFERENCES)
