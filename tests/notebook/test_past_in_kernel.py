"""Looking back where nobody can click: the page is the output, and nothing waits."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
CELLS = {
    "build": f"""import sys; sys.path.insert(0, {str(ROOT)!r})
%load_ext langgraph_nb
from typing import TypedDict
class State(TypedDict, total=False):
    n: int""",
    "graph": """%%graph count --checkpointer memory
def one(state: State):
    return {"n": state["n"] + 1}
def big(state: State):
    return {"n": 100}
START >> one >> (big if state["n"] > 5 else END)""",
    "run": """%%invoke count --thread 42
{"n": 1}""",
    "why": "%why count big --thread 42",
    "fork": '%fork count --thread 42 --at 0 {"n": 9}',
    "on": """%%invoke count --thread 42
None""",
    "past": "%history count --thread 42",
    "typed": "%history -n 1",
    "compare": "%compare count 42 42 --at-a b1",
}


def test_every_magic_shows_its_result_without_a_person(tmp_path: Path) -> None:
    cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]  # type: ignore[no-untyped-call]
    book: nbformat.NotebookNode = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {cell.id: [o.get("data") or {"text/plain": o.get("text")} for o in cell.outputs] for cell in book.cells}
    plain = {name: "\n".join(data["text/plain"] for data in found) for name, found in shown.items()}
    assert plain["why"].startswith("big did not run in step 2: the router of one chose END (test: not state[")
    assert "forked at step 0; next: one." in plain["fork"]
    assert plain["past"].startswith("count, thread 42: 5 steps; finished")
    (past,) = shown["past"]
    assert "100" in past["text/html"] and "2 branches" in past["text/html"]
    assert "1:\nimport sys" in plain["typed"], "IPython's own"
    assert "they part at step 1" in plain["compare"]
