"""The command line: what it says, what it answers, and what it returns. Notebooks run in real kernels."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.cli import CommandError, main
from langgraph_nb.cli.answers import Answers, describe, to_value
from langgraph_nb.cli.lab import find_tour
from langgraph_nb.notebook.terminal_answers import VARIABLE, NobodyToAskError, Question, ask
from langgraph_nb.types import Interrupt
from langgraph_nb.version import __version__

ROOT = Path(__file__).resolve().parents[2]
ASK = """
from langgraph_nb.notebook.terminal_answers import NobodyToAskError, ask
from langgraph_nb.types import Interrupt
def put(question, **more):
    try:
        return print("answer:", ask(Interrupt(question, id="a1", **more)))
    except NobodyToAskError as error:
        print("nobody:", error)
"""

Notebook = Callable[..., str]
Terminal = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    """Writes a notebook of code cells and returns its path."""

    def write(*sources: str, tags: tuple[str, ...] = ()) -> str:
        cells = [
            {"cell_type": "code", "id": f"cell{n}", "source": text, "metadata": {"tags": [*tags]}, "outputs": [],
             "execution_count": None} for n, text in enumerate(sources)
        ]  # fmt: skip
        path = tmp_path / "a.ipynb"
        path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
        return str(path)

    return write


@pytest.fixture
def terminal() -> Terminal:
    """Runs a notebook as a person does; ``typed`` is what is piped in."""
    pytest.importorskip("ipykernel")
    pytest.importorskip("nbformat")

    def run(path: str, *options: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "langgraph_nb.cli", "run", path, *options]
        return subprocess.run(command, input=typed, capture_output=True, text=True, env=environment(), timeout=120)

    return run


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


# -- running ----------------------------------------------------------------------------------------------------------


def test_run_prints_every_kind_of_text_output_and_returns_zero(notebook: Notebook, terminal: Terminal) -> None:
    path = notebook("x = 2\nprint('printed')", "x + 40", "await __import__('asyncio').sleep(0, 'awaited')")
    ran = terminal(path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "printed\n42\n'awaited'\n", "")


def test_run_stops_at_the_first_cell_that_fails_and_returns_one(notebook: Notebook, terminal: Terminal) -> None:
    ran = terminal(notebook("1 / 0", "print('never')"))
    assert ran.returncode == 1
    assert "never" not in ran.stdout
    assert "ZeroDivisionError" in ran.stderr and "code cell 1 of 2 failed" in ran.stderr
    assert "\x1b" not in ran.stderr


def test_run_goes_on_after_a_cell_that_is_meant_to_fail(notebook: Notebook, terminal: Terminal) -> None:
    assert terminal(notebook("1 / 0", tags=("raises-exception",))).returncode == 0


def test_run_reports_a_kernel_that_dies(notebook: Notebook, terminal: Terminal) -> None:
    ran = terminal(notebook("import os; os._exit(3)"))
    assert ran.returncode == 1
    assert "kernel has died" in ran.stderr


def test_run_tells_the_kernel_which_cell_it_is_as_a_front_end_does(notebook: Notebook, terminal: Terminal) -> None:
    ran = terminal(notebook("0", "print(get_ipython().kernel.get_parent()['metadata']['cellId'])"))
    assert ran.stdout.splitlines()[-1] == "cell1"


def test_run_happens_in_the_folder_of_the_notebook(notebook: Notebook, terminal: Terminal, tmp_path: Path) -> None:
    ran = terminal(notebook("import os; print(os.path.realpath(os.curdir))"))
    assert ran.stdout.strip() == os.path.realpath(tmp_path)


def test_run_asks_at_the_prompt_and_asks_again_when_it_is_not_json(notebook: Notebook, terminal: Terminal) -> None:
    ran = terminal(notebook(ASK + "put('Send?', response_schema={'type': 'object'})"), typed='{"a": \n{"a": 1}\n')
    assert ran.returncode == 0
    assert "? Send" in ran.stdout
    assert ran.stdout.endswith("answer: {'a': 1}\n")
    assert "This is not JSON" in ran.stderr


def test_run_takes_given_answers_in_order_and_by_id(notebook: Notebook, terminal: Terminal) -> None:
    ran = terminal(notebook(ASK + "put('x'); put('y')"), "--answer", "a1=[3]", "--answer", "later")
    assert ran.returncode == 0
    assert [line for line in ran.stdout.splitlines() if line.startswith("answer")] == ["answer: [3]", "answer: later"]


def test_run_fails_when_the_given_answers_do_not_suffice(notebook: Notebook, terminal: Terminal) -> None:
    ran = terminal(notebook(ASK + "put('x'); put('y')"), "--answer", "1", typed="2\n")
    assert ran.returncode == 1
    assert "No --answer is left for a1:\n? y" in ran.stderr


def test_run_leaves_a_question_open_when_nobody_is_there(notebook: Notebook, terminal: Terminal) -> None:
    ran = terminal(notebook(ASK + "put('x')"))
    assert ran.returncode == 0
    assert ran.stdout.endswith("nobody: Nobody answered: the input has ended. The run stays paused.\n")


def test_run_serves_an_ordinary_input_too(notebook: Notebook, terminal: Terminal) -> None:
    assert terminal(notebook("print(input('name? ')[::-1])"), typed="abc\n").stdout == "name? abc\ncba\n"


def test_the_readmes_cells_run_and_its_question_is_asked(notebook: Notebook, terminal: Terminal) -> None:
    cells = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    ran = terminal(notebook(*cells), "--answer", "yes")
    assert ran.returncode == 0, ran.stderr
    assert "answer = It is on its way." in ran.stdout
    assert "AIMessage(content='hello world'" in ran.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal for one process")
def test_ctrl_c_interrupts_the_cell_and_lets_it_clean_up(notebook: Notebook) -> None:
    pytest.importorskip("ipykernel")
    path = notebook(
        "import threading\ntry:\n print('ready', flush=True); threading.Event().wait()\nfinally:\n print('clean')"
    )
    command = [sys.executable, "-m", "langgraph_nb.cli", "run", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as ran:
        assert ran.stdout is not None
        assert ran.stdout.readline() == "ready\n"
        ran.send_signal(signal.SIGINT)
        out, err = ran.communicate(timeout=60)
    assert (ran.returncode, out) == (130, "clean\n")
    assert err.endswith("Interrupted.\n")


# -- refusing ---------------------------------------------------------------------------------------------------------


def test_a_wrong_path_names_the_notebooks_that_are_there(
    notebook: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook()
    assert main(["run", path.replace("a.ipynb", "b.ipynb")]) == 2
    said = capsys.readouterr().err
    assert "There is no notebook" in said and path in said


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("nbformat")
    (tmp_path / "a.ipynb").write_text("not json")
    assert main(["run", str(tmp_path / "a.ipynb")]) == 2
    assert "cannot be read as a notebook" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["{tru"], ["a=[1"], ["a=1", "a=2"]])
def test_an_answer_that_cannot_be_meant_is_refused_before_anything_runs(given: list[str]) -> None:
    with pytest.raises(CommandError, match="--answer"):
        Answers.parse(given)


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"langgraph-nb {__version__}\n"


# -- opening ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that JupyterLab was started with."""
    labapp = pytest.importorskip("jupyterlab.labapp")
    calls: list[list[str]] = []
    monkeypatch.setattr(labapp, "main", calls.append)
    return calls


def test_lab_opens_the_tour_of_the_checkout(opened: list[list[str]]) -> None:
    assert main(["lab", "--", "--no-browser", "--port=9"]) == 0
    (call,) = opened
    assert Path(call[0]) == ROOT / "notebooks" / "00_tour.ipynb"
    assert call[-2:] == ["--no-browser", "--port=9"]


def test_lab_opens_a_named_notebook(opened: list[list[str]], notebook: Notebook) -> None:
    path = notebook()
    assert main(["lab", path]) == 0
    assert opened[0][0] == path


def test_without_a_checkout_the_tour_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("langgraph_nb.cli.lab.__file__", str(tmp_path / "site" / "langgraph_nb" / "cli" / "lab.py"))
    with pytest.raises(CommandError, match="comes with the repository"):
        find_tour()


# -- answers ----------------------------------------------------------------------------------------------------------

BOOL = {"type": "boolean"}
TEXT = {"type": "string"}
DECIMAL = {"anyOf": [{"type": "number"}, {"type": "string"}]}


@pytest.mark.parametrize(
    ("typed", "schema", "value"),
    [("true", None, True), (' {"a": 1} ', None, {"a": 1}), ("yes", None, "yes"), ("Yes", BOOL, True),
     ("n", BOOL, False), ("12", None, 12), ("12", TEXT, "12"), ('"12"', TEXT, "12"), ("null", None, None),
     ("", None, ""), ("12.50", DECIMAL, "12.50"), ("12.5", DECIMAL, 12.5)],
)  # fmt: skip
def test_a_line_means_json_or_itself(typed: str, schema: dict[str, Any] | None, value: object) -> None:
    assert to_value(typed, schema) == value


def test_a_refused_answer_is_not_replaced_by_the_next_one_given() -> None:
    answers = Answers.parse(["1", "2"])
    answers.to(Question("a", "?"))
    with pytest.raises(NobodyToAskError, match="refused: too small"):
        answers.to(Question("a", "?", problem="too small"))


def test_answers_that_nobody_asked_for_are_problems_with_a_hint() -> None:
    answers = Answers.parse(["abd=1", "2", "3"])
    answers.to(Question("abc", "?"))
    answers.finish()
    assert answers.problems == [
        "No question had the id 'abd'. Did you mean 'abc'?",
        "More answers were given than questions asked; not used: 3",
    ]


def test_a_question_is_shown_with_its_id_and_why_the_last_answer_was_refused() -> None:
    shown = describe(Question("a1", "? Sure?\n  answer: true or false", None, "'x' is not a boolean"))
    assert shown == "\n? Sure?\n  answer: true or false\n  (id a1)\n  Refused: 'x' is not a boolean"


def test_a_question_survives_the_way_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "stdin")
    seen: list[Question | None] = []

    def read(prompt: str) -> str:
        seen.append(Question.from_prompt(prompt))
        return '{"answer": null}'

    assert ask(Interrupt("Sure?", id="a1", response_schema=bool), problem="no", read=read) is None
    assert seen == [Question("a1", "? Sure?\n  answer: true or false", {"type": "boolean"}, "no")]
    assert Question.from_prompt("name? ") is None


def test_without_a_terminal_there_is_nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(NobodyToAskError, match="No terminal"):
        ask(Interrupt("?", id="a1"))
