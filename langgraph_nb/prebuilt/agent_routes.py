"""Where an agent goes on: behind its model, behind the hook after it, behind its tools."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, ToolMessage

from langgraph_nb.constants import END
from langgraph_nb.prebuilt.agent_states import value_of
from langgraph_nb.records import record
from langgraph_nb.types import Send

AGENT, TOOLS, STRUCTURED = "agent", "tools", "generate_structured_response"
BEFORE, AFTER = "pre_model_hook", "post_model_hook"


@record
class Routes:
    """The ways of one agent."""

    entry: str
    """What runs for each turn first: the model, or the hook before it."""
    end: str
    """Where it goes when nothing is to be called: the end, or the node that puts the answer into a form."""
    hooked: bool
    """Whether a hook comes after the model."""
    sends: bool
    """Whether each tool call is a task of its own (``version="v2"``)."""
    direct: frozenset[str]
    """The tools whose results are the answer."""

    def should_continue(self, state: Any) -> Any:
        """Behind the model."""
        last = value_of(state, "messages")[-1]
        calls = last.tool_calls if isinstance(last, AIMessage) else ()
        if self.hooked:
            return AFTER
        if not calls:
            return self.end
        return _sent(calls) if self.sends else TOOLS

    def post_model_hook_router(self, state: Any) -> Any:
        """Behind the hook after the model, which may have answered calls itself."""
        messages = value_of(state, "messages")
        answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
        answer = next(message for message in reversed(messages) if isinstance(message, AIMessage))
        if pending := [call for call in answer.tool_calls if call["id"] not in answered]:
            return _sent(pending)
        return self.entry if isinstance(messages[-1], ToolMessage) else self.end

    def route_tool_responses(self, state: Any) -> str:
        """Behind the tools: to the end when one of them, or one that runs beside it, gives the answer."""
        for message in reversed(value_of(state, "messages")):
            if not isinstance(message, ToolMessage):
                break
            if message.name in self.direct:
                return END
        calls = message.tool_calls if isinstance(message, AIMessage) else ()
        return END if any(call["name"] in self.direct for call in calls) else self.entry


def _sent(calls: Any) -> list[Send]:
    """Each call to the tools, alone: they find the state where they run, and a thread does not store it with each."""
    return [Send(TOOLS, [call]) for call in calls]
