"""Tools that ask at once, in one node: each gets the answer to its own question."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.tools import tool

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, MessagesState, StateGraph
from langgraph_nb.prebuilt import ToolNode
from langgraph_nb.types import Command, interrupt

THREAD: Any = {"configurable": {"thread_id": "1"}}


def sync_tools() -> list[Any]:
    asked = threading.Event()

    def first() -> str:
        """Asks, but not before the other one."""
        assert asked.wait(10)
        return f"first got {interrupt('first?')}"

    def second() -> str:
        """Asks."""
        asked.set()
        return f"second got {interrupt('second?')}"

    return [first, second]


def async_tools() -> list[Any]:
    asked = asyncio.Event()

    async def first() -> str:
        """Asks, but not before the other one."""
        await asyncio.wait_for(asked.wait(), 10)
        return f"first got {interrupt('first?')}"

    async def second() -> str:
        """Asks."""
        asked.set()
        return f"second got {interrupt('second?')}"

    return [first, second]


@pytest.mark.parametrize("tools", [sync_tools, async_tools])
def test_an_answer_is_for_the_tool_that_asked(tools: Any) -> None:
    node = ToolNode([tool(function) for function in tools()])
    app = StateGraph(MessagesState).add_node("tools", node).add_edge(START, "tools").compile(InMemorySaver())
    calls = [{"name": name, "args": {}, "id": name, "type": "tool_call"} for name in ("first", "second")]

    async def answers() -> Any:
        found = await app.ainvoke({"messages": [AIMessage("", tool_calls=calls)]}, THREAD)
        for question in ("first?", "second?"):
            assert [asked.value for asked in found["__interrupt__"]] == [question]
            found = await app.ainvoke(Command(resume=f"the answer to {question}"), THREAD)
        return found

    found = asyncio.run(answers())
    assert [message.content for message in found["messages"][1:]] == [
        "first got the answer to first?",
        "second got the answer to second?",
    ]
