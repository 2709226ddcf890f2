"""The notebooks of the course, their parts, their solutions, and a kernel that runs a cell as JupyterLab does."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

__all__ = [
    "COURSE", "FOLDER", "LESSONS", "ROOT", "Answer", "Kernel", "answers", "by_id", "copied", "is_exercise", "kernel",
    "read", "text",
]  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
COURSE = (
    "00_tour", "01_state_and_nodes", "02_reducers_and_parallel_steps", "03_choices_and_loops", "04_map_reduce",
    "05_messages_tools_and_a_react_agent", "06_streaming", "07_threads_and_checkpoints", "08_durable_execution",
    "09_approvals_and_forms", "10_time_travel_and_forks", "11_stepping_and_debugging", "12_memory", "13_subgraphs",
    "14_several_agents", "15_functional_api", "16_failures", "17_testing_graphs", "18_how_the_engine_works",
    "19_from_langgraph_to_here_and_back",
)  # fmt: skip
LESSONS = [name for name in COURSE if (FOLDER / "solutions" / f"{name}.py").is_file()]


@dataclass(frozen=True)
class Answer:
    """A source for an exercise's cell, and what the check says to it."""

    exercise: str
    """The id of its cell."""
    says: str
    """What the card must contain; empty for what is right."""
    source: str

    @property
    def is_right(self) -> bool:
        return not self.says


def answers(name: str) -> list[Answer]:
    """The answers in a lesson's file of solutions, in the order of the file.

    A section begins with ``# %% exercise-1``, ``# %% exercise-1 right: its form`` or ``# %% exercise-1 wrong: some
    text`` and holds the source of the cell, where ``#!%`` stands for a magic's ``%``; or lines ``#- old`` and
    ``#+ new``, which change lines of the solution.
    """
    _, *sections = re.split(r"^# %% ", (FOLDER / "solutions" / f"{name}.py").read_text("utf-8"), flags=re.MULTILINE)
    found: list[Answer] = []
    for section in sections:
        head, _, source = section.partition("\n")
        exercise, _, rest = head.partition(" ")
        kind, _, says = rest.partition(":")
        assert kind in ("", "right", "wrong"), head
        source = re.sub(r"^#!(?=%)", "", source.strip("\n"), flags=re.MULTILINE)
        if source.startswith("#-"):
            source = _changed(next(one.source for one in found if one.exercise == exercise and one.is_right), source)
        found.append(Answer(exercise, says.strip() if kind == "wrong" else "", source))
    return found


def _changed(source: str, changes: str) -> str:
    """A source with the lines after ``#- `` in the place of which those after ``#+ `` are."""
    for change in re.split(r"^#- ?", changes, flags=re.MULTILINE)[1:]:
        old, *new = (line.removeprefix("#- ") for line in change.rstrip("\n").split("\n"))
        lines = source.split("\n")
        assert lines.count(old) == 1, f"the solution has one line {old!r}"
        at = lines.index(old)
        lines[at : at + 1] = [re.sub(r"^#\+ ?", "", line) for line in new if line.startswith("#+")]
        source = "\n".join(lines)
    return source


def read(name: str) -> Any:
    """A notebook."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]


def by_id(book: Any) -> dict[str, Any]:
    """A notebook's cells by their ids."""
    return {cell.id: cell for cell in book.cells}


def is_exercise(cell: Any) -> bool:
    """Whether a cell belongs to an exercise: its task, its starter, its check."""
    return re.fullmatch(r"(task|exercise|check)-[123]", cell.id) is not None


def text(cell: Any) -> str:
    """What a cell put out, as text."""
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


def copied(folder: Path) -> Path:
    """A copy of the folder of notebooks, with nothing in it that a run has made."""
    left_out = shutil.ignore_patterns("*.db*", ".*", "__pycache__", "images")
    return Path(shutil.copytree(FOLDER, folder / "notebooks", ignore=left_out))


class Kernel:
    """Runs cells one by one, and tells each one's id as front ends do."""

    def __init__(self, client: NotebookClient) -> None:
        self.client = client

    def run(self, cell: Any, source: str | None = None) -> str:
        """Run a cell, with another source if one is given; what it put out.

        Raises:
            CellExecutionError: It failed, and is not tagged ``raises-exception``.
        """
        cell.source = cell.source if source is None else source
        assert self.client.kc is not None
        self.client.kc.session.metadata = {"cellId": cell.id}
        self.client.execute_cell(cell, self.client.nb.cells.index(cell))
        return text(cell)


@contextmanager
def kernel(book: Any, folder: Path) -> Iterator[Kernel]:
    """A new kernel for a notebook, in a folder."""
    client = NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}})
    client.create_kernel_manager()
    with client.setup_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)}):
        yield Kernel(client)
