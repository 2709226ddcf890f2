"""What becomes of an error in a tool: whether it is told to the model, and in which words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from langchain_core.tools import ToolException

if TYPE_CHECKING:
    from langchain_core.messages import ToolCall
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

INVALID_TOOL_NAME_ERROR_TEMPLATE = "Error: {requested_tool} is not a valid tool, try one of [{available_tools}]."
TOOL_CALL_ERROR_TEMPLATE = "Error: {error}\n Please fix your mistakes."
TOOL_EXECUTION_ERROR_TEMPLATE = (
    "Error executing tool '{tool_name}' with kwargs {tool_kwargs} with error:\n {error}\n"
    " Please fix the error and try again."
)
TOOL_INVOCATION_ERROR_TEMPLATE = (
    "Error invoking tool '{tool_name}' with kwargs {tool_kwargs} with error:\n {error}\n"
    " Please fix the error and try again."
)

Handling = bool | str | Callable[..., str] | type[Exception] | tuple[type[Exception], ...]
"""Which errors are told to the model: all (in the default words, or these), none, those of these classes, or those that
a function's first parameter is annotated with, in the words that it returns."""


class ToolInvocationError(ToolException):
    """A tool was called with arguments that do not fit its schema.

    Args:
        tool_name: The tool.
        source: What Pydantic found.
        tool_kwargs: What the model gave.
        filtered_errors: The findings about that, without those about what was filled in.

    Example:
        >>> finding = {"type": "missing", "loc": ("a",), "msg": "Field required", "input": {}}
        >>> print(ToolInvocationError("add", None, {}, [finding]))
        Error invoking tool 'add' with kwargs {} with error:
         a: Field required
         Please fix the error and try again.
    """

    def __init__(
        self,
        tool_name: str,
        source: ValidationError,
        tool_kwargs: dict[str, Any],
        filtered_errors: list[ErrorDetails] | None = None,
    ) -> None:
        told = str(source) if filtered_errors is None else "\n".join(map(_told, filtered_errors))
        self.message = TOOL_INVOCATION_ERROR_TEMPLATE.format(
            tool_name=tool_name, tool_kwargs=tool_kwargs, error=told
        )
        self.tool_name = tool_name
        self.tool_kwargs = tool_kwargs
        self.source = source
        self.filtered_errors = filtered_errors
        super().__init__(self.message)


def _told(error: Any) -> str:
    return f"{'.'.join(map(str, error.get('loc', ())))}: {error.get('msg', 'Unknown error')}"


def invocation_error(error: ValidationError, call: ToolCall, filled_in: frozenset[str]) -> ToolInvocationError:
    """What does not fit in what the model gave; it can do nothing about the rest, and is not shown its values."""
    found: list[Any] = []
    for detail in error.errors():
        if detail["loc"] and detail["loc"][0] not in filled_in:
            given = detail.get("input")
            shown = {k: v for k, v in given.items() if k not in filled_in} if isinstance(given, dict) else given
            found.append({**detail, "input": shown})
    return ToolInvocationError(call["name"], error, call["args"], found)


def is_handled(error: Exception, handling: Handling) -> bool:
    """Whether an error of a tool is for the model to know.

    Example:
        >>> is_handled(ValueError("x"), (KeyError, ValueError)), is_handled(ValueError("x"), KeyError)
        (True, False)
    """
    return bool(handling) and isinstance(error, _handled_types(handling))


def _handled_types(handling: Handling) -> tuple[type[Exception], ...]:
    if isinstance(handling, tuple):
        return handling
    if isinstance(handling, type) and issubclass(handling, Exception):
        return (handling,)
    if callable(handling) and not isinstance(handling, type):
        return types_that_it_takes(handling)
    return (Exception,)


def types_that_it_takes(handler: Callable[..., str]) -> tuple[type[Exception], ...]:
    """The errors that a function is annotated to handle; all, where its parameter has no annotation.

    Raises:
        ValueError: When the annotation is not of exceptions.

    Example:
        >>> def handler(error: ValueError | KeyError) -> str: ...
        >>> types_that_it_takes(handler)
        (<class 'ValueError'>, <class 'KeyError'>)
    """
    names = [*inspect.signature(handler).parameters]
    name = names[1] if len(names) == 2 and names[0] in ("self", "cls") else next(iter(names), None)
    hint = get_type_hints(handler).get(name) if name else None
    if hint is None:
        return (Exception,)
    if get_origin(hint) in (Union, UnionType):
        if all(isinstance(option, type) and issubclass(option, Exception) for option in get_args(hint)):
            return get_args(hint)
        raise ValueError(
            "All types in the error handler error annotation must be Exception types. For example, "
            f"`def custom_handler(e: Union[ValueError, TypeError])`. Got '{hint}' instead."
        )
    if isinstance(hint, type) and issubclass(hint, Exception):
        return (hint,)
    raise ValueError(
        "Arbitrary types are not supported in the error handler signature. Please annotate the error with either a "
        "specific Exception type or a union of Exception types. For example, `def custom_handler(e: ValueError)` or "
        f"`def custom_handler(e: Union[ValueError, TypeError])`. Got '{hint}' instead."
    )


def words_for(error: Exception, handling: Handling) -> str:
    """What the model is told of an error. Raises ``ValueError`` for a handling that is none."""
    if isinstance(handling, (bool, tuple)) or (isinstance(handling, type) and issubclass(handling, Exception)):
        return TOOL_CALL_ERROR_TEMPLATE.format(error=repr(error))
    if isinstance(handling, str):
        return handling
    if callable(handling):
        text: str = handling(error)  # type: ignore[call-arg,assignment]
        return text
    raise ValueError(
        f"Got unexpected type of `handle_tool_error`. Expected bool, str or callable. Received: {handling}"
    )
