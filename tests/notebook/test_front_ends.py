"""One notebook in every program that runs notebooks without a person: nothing waits, and what is left says it all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.kernels import OTHERS, search_path

CELLS = {
    "build": """%load_ext langgraph_nb
import ipykernel
from typing import Literal, TypedDict
from pydantic import BaseModel, Field
from langgraph_nb.types import interrupt
class Order(BaseModel):
    what: Literal["tea", "coffee"]
    cups: int = Field(ge=1, le=5)
class State(TypedDict):
    order: Order""",
    "parameters": "thread, cups = 'a', 2",
    "graph": """%%graph bar --checkpointer memory
def ask(state: State):
    return {"order": interrupt({"question": "What would you like?"}, response_schema=Order)}
async def serve(state: State):
    print(f"{state['order'].cups} x {state['order'].what}")
START >> ask >> serve >> END""",
    "go": "%%invoke bar --wait --thread a\n{}",
    "inbox": "%inbox",
    "answer": '%resume bar --thread a {"what": "tea", "cups": cups}',
    "past": "%history bar --thread a",
    "version": "print(ipykernel.__version__)",
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The notebook, in a folder of its own."""
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    cells[1].metadata["tags"] = ["parameters"]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, tmp_path / "bar.ipynb")
    return tmp_path / "bar.ipynb"


def outputs(book: nbformat.NotebookNode) -> dict[str, str]:
    """What each cell put out, in words."""
    return {
        cell.id: "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
        for cell in book.cells
    }


def check(book: nbformat.NotebookNode, cups: int) -> None:
    said = outputs(book)
    assert "? What would you like?\n  what: one of tea, coffee" in said["go"]
    assert "Answer from code: %resume bar --thread a ANSWER" in said["go"]
    assert said["inbox"].startswith("1 thread waits.")
    assert f"{cups} x tea" in said["answer"]
    assert "bar, thread a: " in said["past"] and "finished" in said["past"]
    pictures = [o.data for cell in book.cells for o in cell.outputs if "image/svg+xml" in o.get("data", {})]
    assert len(pictures) == 3, "after building, asking and answering"
    assert "widgets" not in book.metadata


@pytest.mark.parametrize("version", [None, *OTHERS])
def test_nbclient_runs_it_in_each_kind_of_kernel(
    book: Path, version: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", search_path(version))
    ran = nbformat.read(book, as_version=4)
    NotebookClient(ran, timeout=120, resources={"metadata": {"path": str(book.parent)}}).execute()
    check(ran, 2)
    assert version is None or outputs(ran)["version"].strip() == version


def run(folder: Path, *words: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": search_path(), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert not ended.returncode, ended.stderr


def test_papermill_runs_it_with_other_parameters(book: Path) -> None:
    run(book.parent, "papermill", "bar.ipynb", "out.ipynb", "-p", "cups", "5")
    check(nbformat.read(book.with_name("out.ipynb"), as_version=4), 5)


def test_nbconvert_makes_a_page_of_it_that_has_its_pictures(book: Path) -> None:
    run(book.parent, "nbconvert", "--to", "html", "--execute", "bar.ipynb")
    page = book.with_suffix(".html").read_text("utf-8")
    pictures = [b64decode(data).decode() for data in re.findall(r'"data:image/svg\+xml;base64,([^"]+)"', page)]
    assert len(pictures) == 3
    assert "is-paused" in pictures[1] and "is-done" in pictures[2]
    assert "What would you like?" in page and "2 x tea" in page
    assert "widget-view" not in page
