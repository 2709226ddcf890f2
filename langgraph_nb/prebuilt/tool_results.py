"""What tools return: checked, in the words that a message may hold, and put together for the graph.

Every call that a model makes must be answered by one message, or the next model refuses the conversation; a command
that a tool returns in its place is checked for it here.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from langchain_core.messages import RemoveMessage, ToolMessage, convert_to_messages
from langchain_core.tools.base import TOOL_MESSAGE_BLOCK_TYPES

from langgraph_nb.graph.message import REMOVE_ALL_MESSAGES
from langgraph_nb.types import Command, Send

if TYPE_CHECKING:
    from langchain_core.messages import ToolCall

    from langgraph_nb.prebuilt.tool_calls import Form

Result = ToolMessage | Command[Any]


def msg_content_output(output: Any) -> str | list[dict[str, Any]]:
    """What a tool has put out, as the content of a message: text and content blocks as they are, all else as JSON.

    Example:
        >>> msg_content_output({"rain": True}), msg_content_output("sunny")
        ('{"rain": true}', 'sunny')
    """
    if isinstance(output, str) or (isinstance(output, list) and all(map(_is_block, output))):
        return output
    try:
        return json.dumps(output, ensure_ascii=False)
    except Exception:  # whatever a class of the user's raises, its text is what there is
        return str(output)


def _is_block(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in TOOL_MESSAGE_BLOCK_TYPES


def checked(response: Any, call: ToolCall, form: Form, messages_key: str) -> Result | list[Result]:
    """What a tool returned, in order.

    Raises:
        TypeError: For what is neither a message nor a command, nor a list of these.
        ValueError: When it does not answer the call, or is of another form than the node's input.
    """
    if isinstance(response, ToolMessage):
        return _readable(response)
    if isinstance(response, Command):
        return _checked_command(response, call, form, messages_key)
    name = call["name"]
    if not isinstance(response, list):
        raise TypeError(f"Tool {name} returned unexpected type: {type(response)}")
    if not all(isinstance(item, (Command, ToolMessage)) for item in response):
        raise TypeError(
            f"Tool {name} returned a list with invalid element types: expected all Command or ToolMessage"
        )
    _answers_once(response, call, messages_key)
    return [
        _readable(item) if isinstance(item, ToolMessage) else _checked_command(item, call, form, messages_key, False)
        for item in response
    ]


def _readable(message: ToolMessage) -> ToolMessage:
    message.content = msg_content_output(message.content)  # type: ignore[assignment]
    return message


def _answers_once(results: list[Result], call: ToolCall, messages_key: str) -> None:
    found = 0
    for result in results:
        update = result.update if isinstance(result, Command) else {messages_key: [result]}
        messages = update.get(messages_key, ()) if isinstance(update, dict) else ()
        found += sum(isinstance(m, ToolMessage) and m.tool_call_id == call["id"] for m in messages)
    if found != 1:
        raise ValueError(
            f"Tool {call['name']} returned a list with {found} messages bound to tool_call_id {call['id']!r}; expected "
            "exactly one terminating ToolMessage."
        )


def _checked_command(
    command: Command[Any], call: ToolCall, form: Form, messages_key: str, must_answer: bool = True
) -> Command[Any]:
    """A copy whose messages are message objects, and name the tool that they answer for."""
    if not isinstance(command.update, (dict, list)):
        return command
    _fits_input(command, call, form, messages_key)
    command = deepcopy(command)
    update: Any = command.update
    messages = convert_to_messages(update.get(messages_key, []) if isinstance(update, dict) else update)
    if messages == [RemoveMessage(id=REMOVE_ALL_MESSAGES)]:
        return command
    answers = [m for m in messages if isinstance(m, ToolMessage) and m.tool_call_id == call["id"]]
    for answer in answers:
        answer.name = call["name"]
    if must_answer and command.graph is None and not answers:
        raise ValueError(_unanswered(call["name"], messages, form))
    return command


def _fits_input(command: Command[Any], call: ToolCall, form: Form, messages_key: str) -> None:
    got = f"got: {command.update} for tool '{call['name']}'"
    if isinstance(command.update, dict) and form == "list":
        raise ValueError(
            f"Tools can provide a dict in Command.update only when using dict with '{messages_key}' key as ToolNode "
            f"input, {got}"
        )
    if isinstance(command.update, list) and form != "list":
        raise ValueError(
            "Tools can provide a list of messages in Command.update only when using list of messages as ToolNode "
            f"input, {got}"
        )


def _unanswered(tool: str, messages: Any, form: Form) -> str:
    answer = '[ToolMessage("Success", tool_call_id=tool_call_id), ...]'
    update = f'{{"messages": {answer}}}' if form == "dict" else answer
    return (
        f"Expected to have a matching ToolMessage in Command.update for tool '{tool}', got: {messages}. Every tool "
        "call (LLM requesting to call a tool) in the message history MUST have a corresponding ToolMessage. "
        f"You can fix it by modifying the tool to return `Command(update={update}, ...)`."
    )


def combined(results: list[Any], form: Form, messages_key: str) -> Any:
    """What the node returns: its messages in the form of its input; with commands among them, a list of all."""
    flat: list[Result] = [item for result in results for item in (result if isinstance(result, list) else [result])]
    if not any(isinstance(item, Command) for item in flat):
        return flat if form == "list" else {messages_key: flat}
    found: list[Any] = []
    upward: list[Command[Any]] = []
    for item in flat:
        if not isinstance(item, Command):
            found.append([item] if form == "list" else {messages_key: [item]})
        else:
            (upward if _only_sends_up(item) else found).append(item)
    return [*found, _one_of(upward)] if upward else found


def _only_sends_up(command: Command[Any]) -> bool:
    goto = command.goto
    return command.graph == Command.PARENT and isinstance(goto, list) and all(isinstance(s, Send) for s in goto)


def _one_of(commands: list[Command[Any]]) -> Command[Any]:
    """One command to the graph around for all, as a node can send one."""
    updates = [part for command in commands for part in _parts(command.update)]
    sends: list[Any] = [send for command in commands for send in command.goto]  # type: ignore[union-attr]
    return Command(graph=Command.PARENT, goto=sends, update=updates or None)


def _parts(update: Any) -> list[Any]:
    return [*update.items()] if isinstance(update, dict) else list(update or ())
