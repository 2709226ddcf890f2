"""What an agent asks a person about a tool call, and what the person answers: the schema that agent inboxes show."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict, deprecated

from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

__all__ = ["ActionRequest", "HumanInterrupt", "HumanInterruptConfig", "HumanResponse"]


def _moved(name: str) -> str:
    return (
        f"{name} has been moved to `langchain.agents.interrupt`. Please update your import to "
        f"`from langchain.agents.interrupt import {name}`."
    )


@deprecated(_moved("HumanInterruptConfig"), category=LangGraphDeprecatedSinceV10)
class HumanInterruptConfig(TypedDict):
    """What the person may do.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):  # LangGraph recommends `langchain.agents.interrupt` now
        ...     config = HumanInterruptConfig(
        ...         allow_ignore=True, allow_respond=True, allow_edit=False, allow_accept=True
        ...     )
        >>> config["allow_edit"]
        False
    """

    allow_ignore: bool
    """Skip the action."""
    allow_respond: bool
    """Answer in words."""
    allow_edit: bool
    """Change the action."""
    allow_accept: bool
    """Let it happen as it is."""


@deprecated(_moved("ActionRequest"), category=LangGraphDeprecatedSinceV10)
class ActionRequest(TypedDict):
    """An action that wants a person's approval.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):  # LangGraph recommends `langchain.agents.interrupt` now
        ...     ActionRequest(action="book_hotel", args={"hotel": "Ritz"})
        {'action': 'book_hotel', 'args': {'hotel': 'Ritz'}}
    """

    action: str
    """Its name, as that of a tool."""
    args: dict[str, Any]


@deprecated(_moved("HumanInterrupt"), category=LangGraphDeprecatedSinceV10)
class HumanInterrupt(TypedDict):
    """A question to a person: ``interrupt([HumanInterrupt(...)])`` is answered with a list of ``HumanResponse``.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):  # LangGraph recommends `langchain.agents.interrupt` now
        ...     request = ActionRequest(action="book_hotel", args={"hotel": "Ritz"})
        ...     config = HumanInterruptConfig(
        ...         allow_ignore=True, allow_respond=True, allow_edit=False, allow_accept=True
        ...     )
        ...     question = HumanInterrupt(action_request=request, config=config, description="Shall it be booked?")
        >>> question["action_request"]["action"]
        'book_hotel'
    """

    action_request: ActionRequest
    config: HumanInterruptConfig
    description: str | None
    """What the person is to know, in Markdown."""


class HumanResponse(TypedDict):
    """What the person has decided.

    Example:
        >>> HumanResponse(type="response", args="not today")
        {'type': 'response', 'args': 'not today'}
    """

    type: Literal["accept", "ignore", "response", "edit"]
    args: str | ActionRequest | None
    """Nothing for ``accept`` and ``ignore``, the words of a ``response``, or the action as it was edited."""
