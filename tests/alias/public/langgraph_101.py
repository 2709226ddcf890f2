"""Stands in for ``utils.models`` of langchain-ai/langgraph-101, which makes the model of all of its notebooks."""

from __future__ import annotations

import re
import sys
from itertools import count
from types import ModuleType
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

_numbers = count(1)


class Model(BaseChatModel):
    """Calls its tool with what the question says, and then tells what came of it."""

    calls: tuple[str, tuple[str, ...]] | None = None
    """The tool and its parameters."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.model_copy(update={"calls": (tools[0].name, tuple(tools[0].args))})

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        last, asked = messages[-1], re.split(r"[ ']+", str(messages[-1].content))
        answer = AIMessage(f"[{len(messages)}; {messages[0].content[:40]}] {last.content}")
        if last.type == "human" and self.calls:
            name, parameters = self.calls
            words = [word for word in asked if "_" in word or "@" in word] + asked[1:]
            call = {"name": name, "args": dict(zip(parameters, words, strict=False)), "id": f"call-{next(_numbers)}"}
            answer = AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=answer)])


module = ModuleType("utils.models")
module.model = Model()  # type: ignore[attr-defined]
sys.modules["utils"], sys.modules["utils.models"] = ModuleType("utils"), module
