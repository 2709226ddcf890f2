"""Stepping through a run in a notebook that nobody looks at: pictures and words, cell by cell."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

CELLS = (
    """%load_ext langgraph_nb
import operator
from typing import Annotated, TypedDict
class State(TypedDict):
    question: str
    words: Annotated[list, operator.add]""",
    """%%graph support --checkpointer memory
def ask(state: State):
    return {"words": ["asked"]}
def check(state: State):
    return {"words": [1 / 0]}
def reply(state: State):
    return {"words": ["replied"]}
START >> {ask, check}
[ask, check] >> reply >> END""",
    """debugger = %step support --thread 42 --break check {"question": "a <b>refund</b>?"}""",
    "debugger.run()",
    """try:
    debugger.next()
except ZeroDivisionError as error:
    print("raised:", error)""",
    """%%graph support
def check(state: State):
    return {"words": ["checked"]}""",
    "debugger.retry()",
    "debugger.back()",
    "await debugger.arun()",
    "debugger.next()",
)


def test_a_run_is_stepped_through_without_a_person(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(cell, id=str(n)) for n, cell in enumerate(CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    held, failed, _, mended, back, again, end = [cell.outputs for cell in notebook.cells[3:]]
    assert [set(output.data) for output in held] == [{"image/svg+xml", "text/plain"}]
    assert held[0].data["text/plain"] == (
        "support stands before check (breakpoint check).\n  ✓ ask\n  ⏸ check\n  · reply\n\n"
        "state:\n  question: a <b>refund</b>?\n  words: []"
    )
    assert failed[0].text == "raised: division by zero\n"
    assert mended[0].data["text/plain"].startswith("support stands before reply.\n  ✓ ask\n  ✓ check\n  ⏸ reply")
    assert "words: ['asked', 'checked']  (was [])" in mended[0].data["text/plain"]
    assert back[0].data["text/plain"].startswith("support stands before ask, 1 more of its step")
    assert again[0].data["text/plain"].startswith("support stands before check (breakpoint check).")
    assert end[0].data["text/plain"].startswith("support stands before reply.")
