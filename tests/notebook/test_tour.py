"""The tour without a browser: what it leaves behind, what it takes along, and how it answers in a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebook.lessons import FOLDER, ROOT, by_id, read, text

TOUR = FOLDER / "00_tour.ipynb"
THREAD = {"configurable": {"thread_id": "review"}}


def run(*words: str, folder: Path, input: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with this checkout's package."""
    path = os.pathsep.join(map(str, (ROOT, FOLDER)))
    environment = {**os.environ, "PYTHONPATH": path, "MPLBACKEND": "Agg", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, input=input, capture_output=True, encoding="utf-8"
    )


def in_terminal(folder: Path, *options: str, input: str = "") -> subprocess.CompletedProcess[str]:
    shutil.copy(TOUR, folder)
    return run("-m", "langgraph_nb.cli", "run", TOUR.name, *options, folder=folder, input=input)


def test_its_program_runs_without_a_notebook(tmp_path: Path) -> None:
    program = text(by_id(read(TOUR.stem))["code"])
    (tmp_path / "cleaner.py").write_text(
        f"""{program}
from langgraph_nb.types import Command
paused = cleaner.invoke({{"file": "Stocks.csv"}}, {THREAD})
print(paused["__interrupt__"][0].value["question"])
answer = Command(resume={{"apply": True, "gaps": "drop", "limit": 5}})
print(sum(map(len, cleaner.invoke(answer, {THREAD})["corrected"].values())))
""",
        "utf-8",
    )
    ended = run("cleaner.py", folder=tmp_path)
    assert not ended.returncode, ended.stderr
    assert "Correct the prices like this?" in ended.stdout
    assert ended.stdout.split()[-1] == "10"


def test_a_terminal_asks_again_until_the_answer_fits(tmp_path: Path) -> None:
    wrong, right = '{"apply": true, "gaps": "drop", "limit": 99}', '{"apply": true, "gaps": "fill", "limit": 6}'
    ended = in_terminal(tmp_path, input=f"{wrong}\n{right}\n")
    assert not ended.returncode, ended.stderr
    assert "limit: 99 is greater than the maximum of 8" in ended.stdout
    assert ended.stdout.count("? Correct the prices like this?") == 2, "once for each answer"
    assert "decision.limit: 4.0 -> 6.0" in ended.stdout and "decision.gaps: 'drop' -> 'fill'" in ended.stdout


@pytest.mark.parametrize("apply", ["true", "false"])
def test_a_terminal_takes_an_answer_given_beforehand(tmp_path: Path, apply: str) -> None:
    answer = f'{{"apply": {apply}, "gaps": "drop", "limit": 6}}'
    ended = in_terminal(tmp_path, "--answer", answer)
    assert not ended.returncode, ended.stderr
    assert "decision.limit: 4.0 -> 6.0" in ended.stdout
    assert ("decision.apply: True -> False" in ended.stdout) == (apply == "false")
