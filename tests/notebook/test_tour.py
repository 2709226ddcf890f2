"""The tour without a browser: what it leaves behind, what it takes along, and how it answers in a terminal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
TOUR = ROOT / "notebooks" / "00_tour.ipynb"
WORDS, CODE_CELLS = 600, 12
THREAD = {"configurable": {"thread_id": "review"}}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[nbformat.NotebookNode, Path]:
    """The tour, run once, and the folder that it ran in."""
    folder = tmp_path_factory.mktemp("tour")
    return executed(folder), folder


def executed(folder: Path) -> nbformat.NotebookNode:
    book = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return book


def texts(book: nbformat.NotebookNode, cell: str) -> str:
    """What a cell put out, as text."""
    outputs = next(one for one in book.cells if one.id == cell).outputs
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


def run(*words: str, folder: Path, input: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with this checkout's package."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, input=input, capture_output=True, encoding="utf-8"
    )


def in_terminal(folder: Path, *options: str, input: str = "") -> subprocess.CompletedProcess[str]:
    shutil.copy(TOUR, folder)
    return run("-m", "langgraph_nb.cli", "run", TOUR.name, *options, folder=folder, input=input)


def test_it_is_short() -> None:
    book = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
    words = sum(len(cell.source.split()) for cell in book.cells if cell.cell_type == "markdown")
    code = sum(cell.cell_type == "code" for cell in book.cells)
    assert words <= WORDS and code <= CODE_CELLS
    assert TOUR.stat().st_size < 200_000, "stored outputs are small"


def test_running_it_again_gives_the_same(first: tuple[nbformat.NotebookNode, Path]) -> None:
    book, folder = first
    second = executed(folder)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert texts(book, cell.id) == texts(second, cell.id)


def test_its_program_runs_without_a_notebook(first: tuple[nbformat.NotebookNode, Path], tmp_path: Path) -> None:
    program = texts(first[0], "code")
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
    assert re.search(r"the end +apply=True gaps='fill' limit=6.0", ended.stdout)


@pytest.mark.parametrize("apply", ["true", "false"])
def test_a_terminal_takes_an_answer_given_beforehand(tmp_path: Path, apply: str) -> None:
    answer = f'{{"apply": {apply}, "gaps": "drop", "limit": 6}}'
    ended = in_terminal(tmp_path, "--answer", answer)
    assert not ended.returncode, ended.stderr
    assert f"apply={apply.title()} gaps='drop' limit=6.0" in ended.stdout
