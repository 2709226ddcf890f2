"""The scripted model does what a real one does, the same each time, and says that it is none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from pydantic import BaseModel

from langgraph_nb.testing import ScriptedModel, calls

HI = HumanMessage("How are you?")
SCRIPT = [[calls("look", place="here"), calls("look", place="there")], "I am very well.", ConnectionError("no line")]


class Mood(BaseModel):
    good: bool


def test_which_turn_it_says_is_told_by_the_conversation() -> None:
    model = ScriptedModel(script=SCRIPT)
    first = model.invoke([HI])
    for _ in range(2):
        assert model.invoke([HI, first, ToolMessage("!", tool_call_id="look_0_0")]).content == "I am very well."
    assert model.invoke([HI]).tool_calls == first.tool_calls
    assert [call["id"] for call in first.tool_calls] == ["look_0_0", "look_0_1"]


def streamed(model: ScriptedModel, messages: list[Any], is_async: bool) -> list[Any]:
    if not is_async:
        return list(model.stream(messages))

    async def collect() -> list[Any]:
        return [chunk async for chunk in model.astream(messages)]

    return asyncio.run(collect())


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("answers", [0, 1])
def test_what_it_streams_adds_up_to_what_it_says(is_async: bool, answers: int) -> None:
    model, messages = ScriptedModel(script=SCRIPT), [HI, *[AIMessage("")] * answers]
    chunks = streamed(model, messages, is_async)
    whole: AIMessageChunk = sum(chunks[1:], chunks[0])
    said = model.invoke(messages)
    assert len(chunks) > 3
    assert (whole.content, whole.tool_calls) == (said.content, said.tool_calls)
    assert whole.usage_metadata == said.usage_metadata


def test_it_answers_in_a_form() -> None:
    model = ScriptedModel(script=[{"good": True}]).with_structured_output(Mood)
    assert model.invoke([HI]) == Mood(good=True)
    assert ScriptedModel(script=[Mood(good=False)]).with_structured_output(Mood).invoke([HI]) == Mood(good=False)


def test_it_raises_what_the_script_says() -> None:
    with pytest.raises(ConnectionError, match="no line"):
        ScriptedModel(script=SCRIPT).invoke([HI, AIMessage(""), AIMessage("")])


def test_a_function_can_be_the_script() -> None:
    echo = ScriptedModel(script=lambda messages: f"{len(messages)}: {messages[-1].content}")
    assert echo.invoke([HI]).content == "1: How are you?"


def test_it_says_that_it_is_scripted() -> None:
    model = ScriptedModel(script=["hello"])
    assert "scripted, and no real model" in repr(model)
    assert model.invoke("hi").response_metadata["model_name"] == "scripted"
    with pytest.raises(IndexError, match="scripted, and no real model"):
        model.invoke([HI, AIMessage("hello")])


def test_a_turn_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="A turn of a script is text"):
        ScriptedModel(script=[3]).invoke("hi")
    with pytest.raises(TypeError, match="asked for by `with_structured_output`"):
        ScriptedModel(script=[{"good": True}]).invoke("hi")
