"""A chat model whose answers are written down; the same on both engines, made of langchain-core alone."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pprint import pformat
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

_numbers = itertools.count()


def call(name: str, number: int = 1, /, **args: Any) -> dict[str, Any]:
    """A tool call."""
    return {"name": name, "args": args, "id": f"call-{number}", "type": "tool_call"}


class Script(BaseChatModel):
    """Gives its answers in order: texts, messages, lists of tool calls, or errors to raise. Remembers what it read."""

    answers: list[Any]
    read: list[list[BaseMessage]] = Field(default_factory=list)
    bound: list[list[str]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "script"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        self.bound.append([getattr(tool, "name", None) or getattr(tool, "__name__", "a dict") for tool in tools])
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools])

    def answer(self, messages: list[BaseMessage]) -> AIMessage:
        number = len(self.read)
        self.read.append(messages)
        answer = self.answers[number]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, list):
            answer = AIMessage("", tool_calls=answer)
        elif isinstance(answer, str):
            answer = AIMessage(answer)
        return answer.model_copy(update={"id": answer.id or f"ai-{next(_numbers)}"})

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.answer(messages))])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:  # fmt: skip
        answer = self.answer(messages)
        words = str(answer.content).split(" ")
        for place, word in enumerate(words):
            chunk = AIMessageChunk(word + (" " if place < len(words) - 1 else ""), id=answer.id)
            yield ChatGenerationChunk(message=chunk)
        if answer.tool_calls:
            calls = [
                tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=i)
                for i, c in enumerate(answer.tool_calls)
            ]
            yield ChatGenerationChunk(message=AIMessageChunk("", tool_call_chunks=calls, id=answer.id))


def shown(value: Any) -> Any:
    """A value without what differs from run to run."""
    if isinstance(value, BaseMessage):
        calls = [(c["name"], c["args"]) for c in getattr(value, "tool_calls", ())]
        return (type(value).__name__, value.name, shown(value.content), *([calls] if calls else []),
                *([value.status] if getattr(value, "status", "success") != "success" else []))  # fmt: skip
    if isinstance(value, dict):
        return {key: shown(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(shown(inner) for inner in value) if type(value) in (list, tuple) else repr(value)
    return re.sub(r"lc_[0-9a-f-]{36}", "lc_...", value) if isinstance(value, str) else value


def tell(title: str, value: Any) -> None:
    """Print a value."""
    print(f"-- {title}")
    print(pformat(shown(value), width=110, sort_dicts=False))


def attempt(run: Any) -> Any:
    """Do something and return what comes of it; tell what it raises."""
    try:
        return run()
    except Exception as error:
        print("-- raised", type(error).__name__, str(error).splitlines()[:1])
