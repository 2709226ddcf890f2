"""The inbox in a real kernel, where nobody can click: a question outlives its kernel, and is told with its schema."""

from __future__ import annotations

from pathlib import Path

from tests.notebook.test_build_in_kernel import run

PREPARE = """%load_ext langgraph_nb
from typing import Literal, TypedDict
from pydantic import BaseModel, Field
from langgraph_nb.types import interrupt
class Line(BaseModel):
    what: Literal["tea", "coffee"]
    cups: int = Field(ge=1, le=5)
class Order(BaseModel):
    lines: list[Line]
class State(TypedDict):
    order: Order"""
GRAPH = """%%graph bar --checkpointer sqlite:bar.db
def ask(state: State):
    return {"order": interrupt({"question": "What would you like?"}, response_schema=Order)}
START >> ask >> END"""
ASK = "%%invoke bar --thread {}\n{{}}"
ANSWER = 'line = {"what": "tea", "cups": 2}\n%resume bar --thread 1 {"lines": [line]}'


def test_questions_outlive_their_kernel_and_are_answered_in_the_next(tmp_path: Path) -> None:
    run(tmp_path, PREPARE, GRAPH, ASK.format(1), ASK.format(2))
    *_, listed, answered, left = run(
        tmp_path, PREPARE, GRAPH, "%inbox", ANSWER, "from langgraph_nb import inbox\nfound = await inbox(bar)"
    )
    words = listed[0].data["text/plain"]
    assert words.startswith("2 threads wait.\n\nbar, thread 2, at ask, since ")
    assert words.count("? What would you like?\n  lines: a list") == 2
    assert "Answer from code: %resume bar --thread 1 ANSWER" in words
    assert set(listed[0].data) == {"text/plain"} and len(listed) == 1
    assert "Line(what='tea', cups=2)" in str(answered)
    assert left[0].data["text/plain"].startswith("1 thread waits.\n\nbar, thread 2")
