"""Messages for a user interface: what to show beside a conversation, in the state and in the ``custom`` stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import uuid4

from typing_extensions import TypedDict

from langgraph_nb.config import get_config, get_stream_writer
from langgraph_nb.scope import require_scope

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

__all__ = (
    "UIMessage", "RemoveUIMessage", "AnyUIMessage", "push_ui_message", "delete_ui_message", "ui_message_reducer",
)  # fmt: skip


class UIMessage(TypedDict):
    """A component to show.

    Example:
        >>> UIMessage(type="ui", id="1", name="chart", props={"points": [1, 2]}, metadata={})["name"]
        'chart'
    """

    type: Literal["ui"]
    id: str
    name: str
    """Which component."""
    props: dict[str, Any]
    """What it is given."""
    metadata: dict[str, Any]
    """``merge``, the ids of the run and of the message that it belongs to, tags, and what the caller adds."""


class RemoveUIMessage(TypedDict):
    """Takes a component away.

    Example:
        >>> RemoveUIMessage(type="remove-ui", id="1")
        {'type': 'remove-ui', 'id': '1'}
    """

    type: Literal["remove-ui"]
    id: str


AnyUIMessage = UIMessage | RemoveUIMessage


def push_ui_message(
    name: str,
    props: dict[str, Any],
    *,
    id: str | None = None,
    metadata: dict[str, Any] | None = None,
    message: AnyMessage | None = None,
    state_key: str | None = "ui",
    merge: bool = False,
) -> UIMessage:
    """Show a component: told to the ``custom`` stream at once, and written to the state when the node ends.

    Args:
        name: Which component.
        props: What it is given.
        id: The component's, to change it later; by default a new one.
        metadata: More to say of it.
        message: The message of the conversation that it belongs to.
        state_key: The key of the state that keeps such messages; ``None`` to write none.
        merge: Whether ``props`` are added to those that the component has; by default they replace them.

    Returns:
        What was written.

    Raises:
        RuntimeError: Outside of a running node.

    Example:
        >>> from typing import Annotated, TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> State = TypedDict("State", {"ui": Annotated[list, ui_message_reducer]})
        >>> def show(state):
        ...     push_ui_message("chart", {"points": [1, 2]}, id="1")
        >>> graph = StateGraph(State).add_node(show).add_edge(START, "show").compile()
        >>> [message["name"] for message in graph.invoke({"ui": []})["ui"]]
        ['chart']
    """
    config, scope = get_config(), require_scope("push_ui_message()")
    about: Any = message  # a dict will do
    message_id = about.get("id") if isinstance(about, dict) else getattr(about, "id", None)
    event: UIMessage = {
        "type": "ui",
        "id": id or str(uuid4()),
        "name": name,
        "props": props,
        "metadata": {
            "merge": merge,
            "run_id": config.get("run_id"),
            "tags": config.get("tags"),
            "name": config.get("run_name"),
            **(metadata or {}),
            **({"message_id": message_id} if message_id else {}),
        },
    }
    get_stream_writer()(event)
    if state_key:
        scope.write(state_key, event)
    return event


def delete_ui_message(id: str, *, state_key: str = "ui") -> RemoveUIMessage:
    """Take a component away, in the stream and in the state.

    Args:
        id: The component's.
        state_key: The key of the state that keeps such messages.

    Raises:
        RuntimeError: Outside of a running node.

    Example:
        >>> from typing import Annotated, TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> State = TypedDict("State", {"ui": Annotated[list, ui_message_reducer]})
        >>> def hide(state):
        ...     delete_ui_message("1")
        >>> graph = StateGraph(State).add_node(hide).add_edge(START, "hide").compile()
        >>> graph.invoke({"ui": [{"type": "ui", "id": "1", "name": "chart", "props": {}, "metadata": {}}]})
        {'ui': []}
    """
    scope = require_scope("delete_ui_message()")
    event: RemoveUIMessage = {"type": "remove-ui", "id": id}
    get_stream_writer()(event)
    scope.write(state_key, event)
    return event


def ui_message_reducer(
    left: list[AnyUIMessage] | AnyUIMessage, right: list[AnyUIMessage] | AnyUIMessage
) -> list[AnyUIMessage]:
    """Merge such messages: one whose id is there replaces it or is merged into it, others are appended.

    Raises:
        ValueError: When a message to remove is not there.

    Example:
        >>> shown = [{"type": "ui", "id": "1", "name": "chart", "props": {}}]
        >>> ui_message_reducer(shown, {"type": "remove-ui", "id": "1"})
        []
    """
    merged = list(left) if isinstance(left, list) else [left]
    place = {message.get("id"): index for index, message in enumerate(merged)}
    removed: set[Any] = set()
    for message in right if isinstance(right, list) else [right]:
        id = message.get("id")
        index = place.get(id)
        if message.get("type") == "remove-ui":
            if index is None:
                raise ValueError(f"Attempting to delete an UI message with an ID that doesn't exist ('{id}')")
            removed.add(id)
        elif index is None:
            place[id] = len(merged)
            merged.append(message)
        else:
            removed.discard(id)
            merged[index] = _merged(cast(UIMessage, merged[index]), cast(UIMessage, message))
    return [message for message in merged if message.get("id") not in removed]


def _merged(old: UIMessage, new: UIMessage) -> UIMessage:
    if not new.get("metadata", {}).get("merge", False):
        return new
    return {**new, "props": {**old["props"], **new["props"]}}
