"""What the nodes of an agent do: ask its model for a turn, and in the end for the answer in a form.

Written as steps, and made into code that the engine may call or await.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig

from langgraph_nb.errors import ErrorCode, with_code
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.prebuilt.agent_model import AgentModel
from langgraph_nb.prebuilt.agent_states import value_of
from langgraph_nb.prebuilt.steps import Steps, arun, run
from langgraph_nb.records import record

if TYPE_CHECKING:
    from langgraph_nb.runtime import Runtime

OUT_OF_STEPS = "Sorry, need more steps to process this request."


@record
class Turn:
    """One agent's."""

    model: AgentModel
    name: str | None
    """What the agent's messages are named by."""
    hooked: bool
    """Whether a hook before the model may say what it is to read."""
    direct: frozenset[str]
    """The tools whose results are the answer."""
    response_format: Any
    """The schema of the answer, or a prompt and a schema."""

    def call_model(self, state: Any, config: RunnableConfig, runtime: Runtime[Any] | None = None) -> Steps[Any]:
        """Ask the model.

        Raises:
            ValueError: When the state has no messages, or one of a model's calls is not answered in them.
        """
        __tracebackhide__ = True
        answer = yield from self.model.answer(self._readable(state), config, runtime)
        answer.name = self.name
        if self._is_out_of_steps(state, answer):
            answer = AIMessage(OUT_OF_STEPS, id=answer.id)
        return {"messages": [answer]}

    def _readable(self, state: Any) -> Any:
        """The state with the messages that the model is to read."""
        found = value_of(state, "llm_input_messages") if self.hooked else None
        messages = found or value_of(state, "messages")
        if messages is None:
            keys = "'llm_input_messages' or 'messages' key" if self.hooked else "'messages' key"
            raise ValueError(f"Expected input to call_model to have {keys}, but got {state}")
        check_history(messages)
        state = copy(state)
        if isinstance(state, dict):
            state["messages"] = messages
        else:
            state.messages = messages
        return state

    def _is_out_of_steps(self, state: Any, answer: Any) -> bool:
        """Whether the tools that the model wants called, or its turn after them, would be past the recursion limit."""
        left = value_of(state, "remaining_steps")
        if left is None or not isinstance(answer, AIMessage):
            return False
        calls = answer.tool_calls
        return (left < 2 and bool(calls)) or (left < 1 and all(call["name"] in self.direct for call in calls))

    def generate_structured_response(
        self, state: Any, config: RunnableConfig, runtime: Runtime[Any] | None = None
    ) -> Steps[Any]:
        """Ask the model for its answer in the form."""
        __tracebackhide__ = True
        messages, schema = value_of(state, "messages"), self.response_format
        if isinstance(schema, tuple):
            prompt, schema = schema
            messages = [SystemMessage(content=prompt), *messages]
        answer = yield from self.model.structured(schema, messages, state, config, runtime)
        return {"structured_response": answer}

    def node(self, steps: Callable[..., Steps[Any]]) -> CallSpec:
        """One of these as the code of a node."""

        def call(state: Any, **injected: Any) -> Any:
            __tracebackhide__ = True
            return run(steps(state, **injected))

        async def acall(state: Any, **injected: Any) -> Any:
            __tracebackhide__ = True
            return await arun(steps(state, **injected))

        name = call.__name__ = acall.__name__ = steps.__name__
        injects = ("config",) if self.model.choose is None else ("config", "runtime")
        return CallSpec(name, None if self.model.is_awaited else call, acall, injects, reported=True)


def check_history(messages: Sequence[Any]) -> None:
    """See to it that every call of a model is answered, for models refuse it otherwise.

    Raises:
        ValueError: When one is not.

    Example:
        >>> asked = AIMessage("", tool_calls=[{"name": "add", "args": {}, "id": "1"}])
        >>> check_history([asked, ToolMessage("3", tool_call_id="1")])
    """
    calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)} if calls else ()
    if open_calls := [call for call in calls if call["id"] not in answered]:
        raise ValueError(
            with_code(
                "Found AIMessages with tool_calls that do not have a corresponding ToolMessage. "
                f"Here are the first few of those tool calls: {open_calls[:3]}.\n\n"
                "Every tool call (LLM requesting to call a tool) in the message history MUST have a corresponding "
                "ToolMessage (result of a tool invocation to return to the LLM) - this is required by most LLM "
                "providers.",
                ErrorCode.INVALID_CHAT_HISTORY,
            )
        )
