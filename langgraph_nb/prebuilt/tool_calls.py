"""Where tool calls are found: in a state, in a list of messages, given alone, or sent with the state they came from."""

from __future__ import annotations

from typing import Any, Literal, cast

from langchain_core.messages import AIMessage, ToolCall
from typing_extensions import TypedDict

from langgraph_nb.scope import current_scope

Form = Literal["list", "dict", "tool_calls"]
"""In which form they were given; what comes of them is given back in the same."""
SENT = "tool_call_with_context"


class ToolCallWithContext(TypedDict):
    """A tool call that is sent to a ``ToolNode`` by itself, with the state that its tool may ask for.

    Example:
        >>> call = ToolCall(name="add", args={"a": 1}, id="1")
        >>> sorted(ToolCallWithContext(__type="tool_call_with_context", tool_call=call, state={}))
        ['__type', 'state', 'tool_call']
    """

    tool_call: ToolCall
    __type: Literal["tool_call_with_context"]
    state: Any


def calls_in(given: Any, messages_key: str) -> tuple[list[ToolCall], Form]:
    """The calls to make.

    Raises:
        ValueError: When there is no message, or none of a model.

    Example:
        >>> call = {"name": "add", "args": {}, "id": "1", "type": "tool_call"}
        >>> calls_in([call], "messages") == ([call], "tool_calls")
        True
    """
    if _is_sent(given):
        return [given["tool_call"]], "tool_calls"
    if isinstance(given, list):
        if _are_calls(given):
            return given, "tool_calls"
        return _of_last_answer(given), "list"
    messages = messages_in(given, messages_key)
    if not messages:
        raise ValueError("No message found in input")
    return _of_last_answer(messages), "dict"


def _is_sent(given: Any) -> bool:
    return isinstance(given, dict) and given.get("__type") == SENT


def _are_calls(given: list[Any]) -> bool:
    return bool(given) and isinstance(given[-1], dict) and given[-1].get("type") == "tool_call"


def _of_last_answer(messages: list[Any]) -> list[ToolCall]:
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            return list(message.tool_calls)
    raise ValueError("No AIMessage found in input")


def messages_in(state: Any, messages_key: str) -> list[Any]:
    """What a state holds under a key, be it a dict or an object; an empty list if nothing."""
    found = state.get(messages_key) if isinstance(state, dict) else None
    return found or getattr(state, messages_key, None) or []


def state_in(given: Any) -> Any:
    """The state that tools may ask for: of calls that are given alone, the one of the graph that runs."""
    if _is_sent(given):
        return given["state"]
    if isinstance(given, list) and _are_calls(given):
        scope = current_scope.get()
        return {} if scope is None else scope.read()
    return given


def tools_condition(state: Any, messages_key: str = "messages") -> Literal["tools", "__end__"]:
    """A router behind a model: to the node ``tools`` if the model has called some, else to the end.

    Args:
        state: The state, as a dict or an object, or a list of messages.
        messages_key: The key of the messages in it.

    Raises:
        ValueError: When there are no messages.

    Example:
        >>> tools_condition({"messages": [AIMessage("done")]})
        '__end__'
    """
    messages = state if isinstance(state, list) else messages_in(state, messages_key)
    if not messages and not isinstance(state, list):
        raise ValueError(f"No messages found in input state to tool_edge: {state}")
    calls = cast("list[ToolCall]", getattr(messages[-1], "tool_calls", ()))
    return "tools" if len(calls) > 0 else "__end__"
