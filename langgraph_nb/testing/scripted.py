"""A chat model that says what a script says: for tests, and for notebooks that run without an account.

It streams, calls tools and fills in forms as a real one does, and the same each time. There is no intelligence in it,
and it says so wherever it is asked what it is.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCall, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
    from langchain_core.runnables import Runnable

__all__ = ["ScriptedModel", "calls"]

Turn = Any
"""What is said in one turn: text, a tool call (``calls``), a list of these, an ``AIMessage``; a dict or a Pydantic
object, as an answer in a form; an exception, which is raised."""
Script = Sequence[Turn] | Callable[[list[BaseMessage]], Turn]
PIECES = re.compile(r"\s*\S+|\s+$")


class ScriptedModel(BaseChatModel):
    """A chat model without a model: it says the turns of a script.

    Which turn it says is told by the conversation alone: the first where no model has answered yet, the next where one
    has, and so on. A thread that is resumed, replayed or forked therefore gets the same answers again.

    Args:
        script: The turns, or a function of the conversation that gives the turn.
        delay: Seconds between two pieces of a streamed answer.

    Example:
        >>> model = ScriptedModel(script=[calls("weather", city="Paris"), "It is sunny in Paris."])
        >>> model.invoke("How is the weather in Paris?").tool_calls[0]["args"]
        {'city': 'Paris'}
        >>> [chunk.content for chunk in ScriptedModel(script=["Hello to you"]).stream("hi") if chunk.content]
        ['Hello', ' to', ' you']
        >>> model
        ScriptedModel(2 turns; it is scripted, and no real model)
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: Any
    delay: float = 0.0

    def __repr__(self) -> str:
        turns = "a function's turns" if callable(self.script) else f"{len(self.script)} turns"
        return f"ScriptedModel({turns}; it is scripted, and no real model)"

    __str__ = __repr__

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": "scripted"}

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        """The model with tools to call. What it calls is in its script."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._said(messages, kwargs.get("tools")))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for number, piece in enumerate(_pieces(self._said(messages, kwargs.get("tools")))):
            if number and self.delay:
                time.sleep(self.delay)
            chunk = ChatGenerationChunk(message=piece)
            if run_manager is not None:
                run_manager.on_llm_new_token(str(piece.content), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for number, piece in enumerate(_pieces(self._said(messages, kwargs.get("tools")))):
            if number and self.delay:
                await asyncio.sleep(self.delay)
            chunk = ChatGenerationChunk(message=piece)
            if run_manager is not None:
                await run_manager.on_llm_new_token(str(piece.content), chunk=chunk)
            yield chunk

    def _said(self, messages: list[BaseMessage], tools: Any) -> AIMessage:
        """The answer to a conversation."""
        number = sum(isinstance(message, AIMessage) for message in messages)
        turn = self.script(messages) if callable(self.script) else self._turn(number)
        if isinstance(turn, BaseException):
            raise turn
        found = _as_message(turn, tools)
        named = [
            ToolCall(name=call["name"], args=call["args"], id=call["id"] or f"{call['name']}_{number}_{place}")
            for place, call in enumerate(found.tool_calls)
        ]
        asked, said = sum(map(_words, messages)), _words(found)
        return found.model_copy(
            update={
                "tool_calls": [{**call, "type": "tool_call"} for call in named],
                "response_metadata": {"model_name": "scripted", **found.response_metadata},
                "usage_metadata": UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said),
            }
        )

    def _turn(self, number: int) -> Turn:
        if number >= len(self.script):
            raise IndexError(
                f"The script of this model has {len(self.script)} turns, and turn {number + 1} was asked for. It is "
                "scripted, and no real model: write more turns, or give it a function of the messages as its script."
            )
        return self.script[number]


def calls(tool: str, /, **args: Any) -> AIMessage:
    """A turn that calls a tool; a list of these is a turn that calls several.

    Example:
        >>> calls("add", a=1, b=2).tool_calls[0]["args"]
        {'a': 1, 'b': 2}
    """
    return AIMessage("", tool_calls=[ToolCall(name=tool, args=args, id=None)])


def _as_message(turn: Turn, tools: Any) -> AIMessage:
    if isinstance(turn, AIMessage):
        return turn
    if isinstance(turn, list):
        return AIMessage("", tool_calls=[call for part in turn for call in part.tool_calls])
    if isinstance(turn, str):
        return AIMessage(turn)
    values = turn.model_dump() if isinstance(turn, BaseModel) else turn
    if not isinstance(values, dict) or not tools:
        raise TypeError(
            f"A turn of a script is text, tool calls, an AIMessage, or an answer in a form that was asked for by "
            f"`with_structured_output`; this one is {turn!r}."
        )
    return calls(tools[-1]["function"]["name"], **values)


def _words(message: BaseMessage) -> int:
    """How much there is in a message; a word is counted as a token."""
    called = message.tool_calls if isinstance(message, AIMessage) else ()
    return len(str(message.content).split()) + sum(len(call["args"]) + 1 for call in called)


def _pieces(message: AIMessage) -> Iterator[AIMessageChunk]:
    """A message as it is streamed: word by word, each call in its name and two halves of its arguments."""
    for piece in PIECES.findall(message.content) if isinstance(message.content, str) else [message.content]:
        yield AIMessageChunk(content=piece)
    for index, call in enumerate(message.tool_calls):
        args = json.dumps(call["args"])
        yield _call_piece(index, name=call["name"], args="", id=call["id"])
        for half in (args[: len(args) // 2], args[len(args) // 2 :]):
            yield _call_piece(index, args=half)
    yield AIMessageChunk(
        content="",
        response_metadata=message.response_metadata,
        usage_metadata=message.usage_metadata,
        chunk_position="last",
    )


def _call_piece(index: int, **given: Any) -> AIMessageChunk:
    return AIMessageChunk(content="", tool_call_chunks=[tool_call_chunk(index=index, **given)])
