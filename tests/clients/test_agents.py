"""An agent does with a provider's own client what it does with any model: calls, tokens, forms, errors, timeouts."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from pydantic import BaseModel, SecretStr

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.prebuilt import create_react_agent

from .anthropic_api import Anthropic
from .openai_api import OpenAI
from .server import Provider, Turn

ASKED = {"messages": [HumanMessage("How is the weather in Paris and Rome?")]}
THREAD: Any = {"configurable": {"thread_id": "1"}}
BOTH = Turn("Let me see.", calls=(("weather", {"city": "Paris"}), ("weather", {"city": "Rome"})))
SCRIPT = [BOTH, Turn("It is sunny in both."), Turn(form={"sunny": True})]


class Report(BaseModel):
    """The weather in a form."""

    sunny: bool


def weather(city: str) -> str:
    """How the weather is."""
    return f"sunny in {city}"


def openai(url: str, **options: Any) -> Any:
    from langchain_openai import ChatOpenAI

    key = SecretStr("none")
    return ChatOpenAI(model="gpt-scripted", base_url=f"{url}/v1", api_key=key, stream_usage=True, **options)


def anthropic(url: str, **options: Any) -> Any:
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model_name="claude-scripted", base_url=url, api_key=SecretStr("none"), **options)


CLIENTS: dict[str, tuple[Any, Callable[..., Any]]] = {"openai": (OpenAI, openai), "anthropic": (Anthropic, anthropic)}


class Setting:
    """A provider that serves, its client, and a way of calling."""

    def __init__(self, provider: Provider, client: Callable[..., Any], runner: asyncio.Runner | None) -> None:
        self.provider = provider
        self._client = client
        self._runner = runner

    def agent(self, *, client: dict[str, Any] | None = None, **options: Any) -> Any:
        model = self._client(self.provider.url, **{"max_retries": 0, **(client or {})})
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            return create_react_agent(model, [weather], **options)

    def invoke(self, agent: Any, given: Any = ASKED, config: Any = None) -> Any:
        if self._runner is not None:
            return self._runner.run(agent.ainvoke(given, config))
        return agent.invoke(given, config)

    def stream(self, agent: Any, **options: Any) -> list[Any]:
        if self._runner is None:
            return list(agent.stream(ASKED, **options))

        async def collect() -> list[Any]:
            return [chunk async for chunk in agent.astream(ASKED, **options)]

        return self._runner.run(collect())


@pytest.fixture(params=[f"{name}-{way}" for name in CLIENTS for way in ("sync", "async")])
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    name, _, way = request.param.partition("-")
    dialect, client = CLIENTS[name]
    with Provider(dialect(), SCRIPT).serving() as provider, asyncio.Runner() as runner:
        yield Setting(provider, client, runner if way == "async" else None)
        runner.run(asyncio.sleep(0))  # sockets that were closed are let go of


def spoken(messages: list[Any]) -> list[tuple[str, str]]:
    return [(message.type, message.text) for message in messages]


def test_a_turn_with_tools(setting: Setting) -> None:
    found = setting.invoke(setting.agent(prompt="Be brief."))["messages"]
    assert spoken(found)[1:] == [
        ("ai", "Let me see."),
        ("tool", "sunny in Paris"),
        ("tool", "sunny in Rome"),
        ("ai", "It is sunny in both."),
    ]
    assert [call["args"] for call in found[1].tool_calls] == [{"city": "Paris"}, {"city": "Rome"}]
    assert found[-1].usage_metadata["output_tokens"] == 7
    first, second = setting.provider.asked
    assert "Be brief." in str(first) and len(first["tools"]) == 1
    assert "sunny in Rome" in str(second["messages"])


def test_tokens_as_they_come(setting: Setting) -> None:
    told = [message for message, _ in setting.stream(setting.agent(), stream_mode="messages")]
    text = [m.text for m in told if isinstance(m, AIMessageChunk) and m.text]
    assert text == ["Let ", "me ", "see.", "It ", "is ", "sunny ", "in ", "both."]
    assert sorted(m.content for m in told if isinstance(m, ToolMessage)) == ["sunny in Paris", "sunny in Rome"]
    assert all(body["stream"] for body in setting.provider.asked)


def test_calls_that_come_in_pieces_are_whole_in_the_state(setting: Setting) -> None:
    chunks = setting.stream(setting.agent(), stream_mode=["messages", "values"])
    last = [chunk for mode, chunk in chunks if mode == "values"][-1]["messages"]
    asked = next(message for message in last if isinstance(message, AIMessage))
    assert [call["args"] for call in asked.tool_calls] == [{"city": "Paris"}, {"city": "Rome"}]


def test_an_answer_in_a_form(setting: Setting) -> None:
    found = setting.invoke(setting.agent(response_format=Report))
    assert found["structured_response"] == Report(sunny=True)


def test_a_refused_request_is_tried_again_by_the_client(setting: Setting) -> None:
    setting.provider.faults = [429, 500]
    found = setting.invoke(setting.agent(client={"max_retries": 2}))
    assert found["messages"][-1].text == "It is sunny in both."
    assert len(setting.provider.asked) == 4


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_refusal_fails_the_run_and_the_thread_goes_on_later(setting: Setting, status: int) -> None:
    agent = setting.agent(checkpointer=InMemorySaver())
    setting.provider.faults = [status]
    with pytest.raises(Exception, match=f"refused with {status}"):
        setting.invoke(agent, config=THREAD)
    assert agent.get_state(THREAD).next == ("agent",)
    assert setting.invoke(agent, None, THREAD)["messages"][-1].text == "It is sunny in both."


def test_a_provider_that_does_not_answer(setting: Setting) -> None:
    agent = setting.agent(checkpointer=InMemorySaver(), client={"timeout": 0.2})
    setting.provider.faults = ["hang"]
    with pytest.raises(Exception, match="timed out"):
        setting.invoke(agent, config=THREAD)
    assert agent.get_state(THREAD).next == ("agent",)


def test_a_stream_that_breaks_off(setting: Setting) -> None:
    agent = setting.agent(checkpointer=InMemorySaver())
    setting.provider.faults = ["cut"]
    with pytest.raises(Exception, match=r"[Cc]onnection"):
        setting.stream(agent, config=THREAD, stream_mode="messages")
    assert agent.get_state(THREAD).next == ("agent",)
    assert setting.invoke(agent, None, THREAD)["messages"][-1].text == "It is sunny in both."
