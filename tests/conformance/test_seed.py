"""The first program of LangGraph's overview, ported by replacing one word of its text."""

from __future__ import annotations

from typing import Any

import pytest

from .harness import OURS, THEIRS

SOURCE = """
from langgraph.graph import StateGraph, MessagesState, START, END

def mock_llm(state: MessagesState):
    return {"messages": [{"role": "ai", "content": "hello world"}]}

graph = StateGraph(MessagesState)
graph.add_node(mock_llm)
graph.add_edge(START, "mock_llm")
graph.add_edge("mock_llm", END)
graph = graph.compile()

result = graph.invoke({"messages": [{"role": "user", "content": "hi!"}]})
"""


@pytest.mark.parametrize("package", [THEIRS, OURS])
def test_the_seed_program_runs_by_changing_only_the_import(package: str) -> None:
    names: dict[str, Any] = {"__name__": "seed"}
    exec(compile(SOURCE.replace(THEIRS, package), "seed.py", "exec"), names)
    messages = names["result"]["messages"]
    assert [(m.type, m.content) for m in messages] == [("human", "hi!"), ("ai", "hello world")]
    assert type(names["graph"]).__module__.partition(".")[0] == package
    assert len({m.id for m in messages}) == 2
    assert all(m.id for m in messages)
