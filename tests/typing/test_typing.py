"""User programs are type-checked by mypy and by pyright: what is right passes, and what is wrong is told where it is.

Lines that end with ``# error: …`` have a mistake. Every other line of a program has none.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = sorted(path for path in (HERE / "programs").glob("*.py"))
MARK = re.compile(r"# error: ")
ROOT = HERE.parent.parent


def marked(program: Path) -> set[int]:
    lines = program.read_text("utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if MARK.search(line)}


@pytest.fixture(scope="session")
def by_mypy() -> dict[str, dict[int, str]]:
    """Program -> line -> what mypy says there."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", "--hide-error-context"]
    ran = subprocess.run([*command, *map(str, PROGRAMS)], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    found: dict[str, dict[int, str]] = {}
    for path, line, text in re.findall(r"^(.+?):(\d+): error: (.*)$", ran.stdout, re.MULTILINE):
        found.setdefault(Path(path).name, {})[int(line)] = text
    return found


@pytest.fixture(scope="session")
def by_pyright(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[int, str]]:
    """Program -> line -> what pyright says there."""
    config = tmp_path_factory.mktemp("pyright") / "pyrightconfig.json"
    settings = {"include": [str(HERE / "programs")], "extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}
    config.write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(config)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    found: dict[str, dict[int, str]] = {}
    for problem in json.loads(ran.stdout)["generalDiagnostics"]:
        if problem["severity"] == "error":
            line = problem["range"]["start"]["line"] + 1
            found.setdefault(Path(problem["file"]).name, {})[line] = problem["message"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["by_mypy", "by_pyright"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_mistakes_are_told_where_they_are(program: Path, checker: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(checker).get(program.name, {})
    wrong = {line: text for line, text in found.items() if line not in marked(program)}
    assert not wrong, f"{program.name} is right there: {wrong}"
    assert not marked(program) - found.keys(), "mistakes that were not seen"
