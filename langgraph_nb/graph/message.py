"""Messages in a state: the reducer that merges them, and a state that has them.

langchain-core has the message classes; it is loaded when messages are first merged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4
from warnings import warn

from typing_extensions import TypedDict  # the one that Pydantic takes before Python 3.12

from langgraph_nb.channels.binop import PREPARES
from langgraph_nb.graph.state import StateGraph
from langgraph_nb.scope import require_scope
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage, BaseMessage, BaseMessageChunk, MessageLikeRepresentation
else:

    class AnyMessage:
        """Stands for langchain-core's ``AnyMessage``, which is loaded when Pydantic asks what it looks like."""

        @classmethod
        def __get_pydantic_core_schema__(cls, source, handler):
            from langchain_core import messages

            return handler.generate_schema(messages.AnyMessage)


__all__ = ["REMOVE_ALL_MESSAGES", "MessageGraph", "MessagesState", "add_messages", "push_message"]

REMOVE_ALL_MESSAGES = "__remove_all__"
"""As the id of a ``RemoveMessage``: remove all messages before it."""

Messages = Any
"""A message in any form that langchain-core understands, or a list of them."""


def add_messages(left: Messages | None = None, right: Messages | None = None, **options: Any) -> Any:
    """Merge messages: one whose id is there replaces it, others are appended.

    Args:
        left: The messages there are.
        right: The messages to add: message objects, ``{"role", "content"}`` dicts, ``(role, text)`` pairs or text. A
            ``RemoveMessage`` removes the one with its id; ``RemoveMessage(REMOVE_ALL_MESSAGES)`` all before it.
        options: ``format="langchain-openai"`` gives contents in OpenAI's form. Given alone, a reducer with these
            options is returned.

    Returns:
        The merged list. Messages without an id have got one.

    Raises:
        ValueError: When a message to remove is not there.

    Example:
        >>> [message.content for message in add_messages([("user", "hi")], [("ai", "hello")])]
        ['hi', 'hello']
    """
    if left is not None and right is not None:
        return _merged(left, right, **options)
    if left is not None or right is not None:
        given = "left" if left is not None else "right"
        raise ValueError(f"Must specify non-null arguments for both 'left' and 'right'. Only received: '{given}'.")
    return _with_options(options)


def _with_options(options: dict[str, Any]) -> Callable[[Messages, Messages], Any]:
    def reducer(left: Messages, right: Messages) -> Any:
        return _merged(left, right, **options)

    setattr(reducer, PREPARES, _identify)
    return reducer


def _merged(left: Messages, right: Messages, *, format: str | None = None) -> list[BaseMessage]:
    from langchain_core.messages import RemoveMessage

    old, new = _as_messages(left), _as_messages(right)
    for index, message in enumerate(new):
        if isinstance(message, RemoveMessage) and message.id == REMOVE_ALL_MESSAGES:
            return _formatted(_without_last_clear(new, index), format)
    merged = list(old)
    place = {message.id: index for index, message in enumerate(merged)}
    removed: set[str | None] = set()
    for message in new:
        index = place.get(message.id, -1)
        if isinstance(message, RemoveMessage):
            if index < 0:
                raise ValueError(f"Attempting to delete a message with an ID that doesn't exist ('{message.id}')")
            removed.add(message.id)
        elif index >= 0:
            removed.discard(message.id)
            merged[index] = message
        else:
            place[message.id] = len(merged)
            merged.append(message)
    return _formatted([m for m in merged if m.id not in removed] if removed else merged, format)


def _without_last_clear(messages: list[BaseMessage], first: int) -> list[BaseMessage]:
    """What comes after the last message that clears all."""
    last = max(i for i, m in enumerate(messages) if i >= first and m.id == REMOVE_ALL_MESSAGES)
    return messages[last + 1 :]


def _as_messages(given: Messages) -> list[BaseMessage]:
    """A list of message objects, each with an id. Chunks become the messages that they are parts of."""
    if type(given) is list and all(type(m) in _kinds() and m.id is not None for m in given):
        return given
    from langchain_core.messages import BaseMessageChunk, convert_to_messages, message_chunk_to_message

    listed = given if isinstance(given, list) else [given]
    messages = [
        message_chunk_to_message(m) if isinstance(m, BaseMessageChunk) else m for m in convert_to_messages(listed)
    ]
    _identify(messages)
    return messages


@cache
def _kinds() -> frozenset[type]:
    """The classes of whole messages."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    return frozenset((AIMessage, HumanMessage, SystemMessage, ToolMessage))


def _identify(given: Messages) -> None:
    """Give the message objects among these an id where they have none."""
    from langchain_core.messages import BaseMessage

    for message in given if isinstance(given, list) else (given,):
        if isinstance(message, BaseMessage) and message.id is None:
            message.id = str(uuid4())


setattr(add_messages, PREPARES, _identify)  # a message has the id by which it is shown, stored and merged


def _formatted(messages: list[BaseMessage], format: str | None) -> list[BaseMessage]:
    if format is None:
        return messages
    if format != "langchain-openai":
        raise ValueError(f"Unrecognized format={format!r}. Expected one of 'langchain-openai', None.")
    from langchain_core.messages import convert_to_messages, convert_to_openai_messages

    return convert_to_messages(convert_to_openai_messages(messages))


class MessagesState(TypedDict):
    """A state of messages. Subclass it to add keys.

    Example:
        >>> class State(MessagesState):
        ...     topic: str
        >>> sorted(State.__annotations__)
        ['messages', 'topic']
    """

    messages: Annotated[list[AnyMessage], add_messages]


class MessageGraph(StateGraph[Any, Any, Any, Any]):
    """The old builder of graphs whose whole state is a list of messages. It warns; use :class:`MessagesState`.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):
        ...     builder = MessageGraph()
        >>> graph = builder.add_node("bot", lambda messages: [("ai", "Hello!")]).set_entry_point("bot").compile()
        >>> [message.content for message in graph.invoke([("user", "Hi.")])]
        ['Hi.', 'Hello!']
    """

    def __init__(self) -> None:
        text = "MessageGraph is deprecated in LangGraph v1.0.0, to be removed in v2.0.0. "
        text += "Please use StateGraph with a `messages` key instead."
        warn(text, LangGraphDeprecatedSinceV10, stacklevel=2)
        super().__init__(Annotated[list[AnyMessage], add_messages])  # type: ignore[arg-type]


def push_message(
    message: MessageLikeRepresentation | BaseMessageChunk, *, state_key: str | None = "messages"
) -> AnyMessage:
    """Say a message before the node ends: the ``messages`` stream has it at once, the state when the node ends.

    Args:
        message: With an id, in any form that langchain-core understands.
        state_key: The key of the state that it is written to; ``None`` to write it nowhere.

    Returns:
        The message.

    Raises:
        ValueError: For a message without an id.
        RuntimeError: Outside of a running node.

    Example:
        >>> from langgraph_nb.graph import START
        >>> def work(state):
        ...     push_message({"role": "ai", "content": "One moment.", "id": "1"})
        ...     return {"messages": [("ai", "Done.")]}
        >>> graph = StateGraph(MessagesState).add_node(work).add_edge(START, "work").compile()
        >>> [message.content for message in graph.invoke({"messages": []})["messages"]]
        ['One moment.', 'Done.']
    """
    from langchain_core.messages import convert_to_messages

    scope = require_scope("push_message()")
    said: AnyMessage = convert_to_messages([message])[0]  # type: ignore[assignment]
    if said.id is None:
        raise ValueError("Message ID is required")
    scope.say(said)
    if state_key:
        scope.write(state_key, said)
    return said
