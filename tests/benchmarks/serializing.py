"""Messages to bytes and back, with the serializer of each package."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

MESSAGES = 1000
"""Of conversations with a tool: a question, a call, its result, an answer."""


def conversation(messages: int) -> list[Any]:
    """Messages as models and tools make them."""
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    made: list[Any] = []
    for n in range(messages // 4):
        usage = {"input_tokens": 100 + n, "output_tokens": 20, "total_tokens": 120 + n}
        call = {"name": "weather", "args": {"town": f"town {n}", "days": 3}, "id": f"call_{n}"}
        about = {"model_name": "gpt-x", "finish_reason": "stop"}
        made += [
            HumanMessage(f"What is the weather in town {n}?", id=f"h{n}"),
            AIMessage("", id=f"a{n}", tool_calls=[call], usage_metadata=usage, response_metadata=about),
            ToolMessage(f"Sunny, {n} degrees.", tool_call_id=f"call_{n}", id=f"t{n}", name="weather"),
            AIMessage(f"It is sunny in town {n}.", id=f"b{n}", usage_metadata=usage, response_metadata=about),
        ]
    return made


def serializing(together: bool) -> Callable[[Any, AsyncExitStack], Awaitable[Callable[[], None]]]:
    """All messages as one list, as the state holds them, or each by itself."""

    async def prepare(lib: Any, stack: AsyncExitStack) -> Callable[[], None]:
        serde = importlib.import_module(f"{lib.package}.checkpoint.serde.jsonplus").JsonPlusSerializer()
        messages = conversation(MESSAGES)
        values = [messages] if together else messages
        assert [serde.loads_typed(serde.dumps_typed(value)) for value in values] == values

        def batch() -> None:
            for value in values:
                serde.loads_typed(serde.dumps_typed(value))

        return batch

    return prepare
