"""Stands in for OpenAI's client in the notebooks of langchain-academy: it calls tools, tells jokes, and sums up.

What it answers depends on what it reads alone, so that parallel calls may come in any order.
"""

from __future__ import annotations

import os
import re
from itertools import count
from typing import Any

import langchain_openai
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda

_numbers = count(1)
NUMBERS = re.compile(r"\d+")


class ChatOpenAI(BaseChatModel):
    """Says what a rule says."""

    model: str = ""
    temperature: float = 0
    tools: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.model_copy(update={"tools": tuple(tool.__name__ for tool in tools)})

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        return RunnableLambda(lambda prompt: structured(schema, str(prompt)))

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        answer = self.answer(messages)
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def answer(self, messages: list[BaseMessage]) -> AIMessage:
        last = messages[-1]
        said = str(last.content)
        if isinstance(last, HumanMessage) and self.tools and (found := NUMBERS.findall(said)):
            name, args = said.split()[0].lower(), dict(zip("ab", map(int, found), strict=False))
            return AIMessage("", tool_calls=[{"name": name, "args": args, "id": f"c{next(_numbers)}"}])
        return AIMessage(f"{len(messages)} messages, the last one: {said[:60]}")


def structured(schema: Any, prompt: str) -> Any:
    """An instance of a schema, made of the prompt."""
    of_kind = {int: 1, list[str]: [f"{prompt[-8:]} {n}" for n in range(3)], str: prompt[-30:]}
    return schema(**{name: of_kind[field.annotation] for name, field in schema.model_fields.items()})


langchain_openai.ChatOpenAI = ChatOpenAI  # type: ignore[misc]
os.environ["LANGSMITH_TEST_TRACKING"] = "false"
