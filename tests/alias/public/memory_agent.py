"""Stands in for the models of langchain-ai/memory-agent: it remembers what is to be remembered, then says so."""

from __future__ import annotations

import os
from typing import Any

import langchain.chat_models
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult


class Rememberer(BaseChatModel):
    """Calls the tool once for each thing that it is told."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        last = messages[-1]
        answer = AIMessage(f"{messages[0].content.count('content')} memories, and: {last.content}")
        if last.type == "human":
            args_of_call = {"content": last.content, "context": "said"}
            answer = AIMessage("", tool_calls=[{"name": "upsert_memory", "args": args_of_call, "id": "c"}])
        print(answer.content, answer.tool_calls)
        return ChatResult(generations=[ChatGeneration(message=answer)])


langchain.chat_models.init_chat_model = lambda *_, **__: Rememberer()
os.environ["LANGSMITH_TEST_TRACKING"] = "false"
