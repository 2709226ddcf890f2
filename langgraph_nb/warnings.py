"""What old names and parameters warn with. They say since when they are old, and which version takes them away."""

from __future__ import annotations

import sys
from typing import Any
from warnings import warn

__all__ = (
    "LangGraphDeprecationWarning", "LangGraphDeprecatedSinceV05", "LangGraphDeprecatedSinceV10",
    "LangGraphDeprecatedSinceV11",
)  # fmt: skip


class LangGraphDeprecationWarning(DeprecationWarning):
    """A name or parameter is old.

    Args:
        message: What is old, and what to use instead.
        since: The version that made it old.
        expected_removal: The version that takes it away; by default the next major one.

    Example:
        >>> print(LangGraphDeprecationWarning("`old` is deprecated.", since=(1, 0)))
        `old` is deprecated. Deprecated in LangGraph V1.0 to be removed in V2.0.
    """

    message: str
    since: tuple[int, int]
    expected_removal: tuple[int, int]

    def __init__(
        self, message: str, *args: object, since: tuple[int, int], expected_removal: tuple[int, int] | None = None
    ) -> None:
        super().__init__(message, *args)
        self.message = message.rstrip(".")
        self.since = since
        self.expected_removal = (since[0] + 1, 0) if expected_removal is None else expected_removal

    def __str__(self) -> str:
        (major, minor), (end_major, end_minor) = self.since, self.expected_removal
        return f"{self.message}. Deprecated in LangGraph V{major}.{minor} to be removed in V{end_major}.{end_minor}."


class LangGraphDeprecatedSinceV05(LangGraphDeprecationWarning):
    """Old since version 0.5.

    Example:
        >>> LangGraphDeprecatedSinceV05("`input` is deprecated.").since
        (0, 5)
    """

    def __init__(self, message: str, *args: object) -> None:
        super().__init__(message, *args, since=(0, 5), expected_removal=(2, 0))


class LangGraphDeprecatedSinceV10(LangGraphDeprecationWarning):
    """Old since version 1.0.

    Example:
        >>> LangGraphDeprecatedSinceV10("`config_schema` is deprecated.").expected_removal
        (2, 0)
    """

    def __init__(self, message: str, *args: object) -> None:
        super().__init__(message, *args, since=(1, 0), expected_removal=(2, 0))


class LangGraphDeprecatedSinceV11(LangGraphDeprecationWarning):
    """Old since version 1.1.

    Example:
        >>> LangGraphDeprecatedSinceV11("`result[key]` is deprecated.").expected_removal
        (3, 0)
    """

    def __init__(self, message: str, *args: object) -> None:
        super().__init__(message, *args, since=(1, 1), expected_removal=(3, 0))


_REPLACED: dict[str, tuple[str, type[LangGraphDeprecationWarning]]] = {
    "config_schema": ("context_schema", LangGraphDeprecatedSinceV10),
    "config_type": ("context_schema", LangGraphDeprecatedSinceV10),
    "checkpoint_during": ("durability", LangGraphDeprecatedSinceV10),
    "input": ("input_schema", LangGraphDeprecatedSinceV05),
    "output": ("output_schema", LangGraphDeprecatedSinceV05),
    "retry": ("retry_policy", LangGraphDeprecatedSinceV05),
}
"""Old parameter -> the one that takes its place."""


def renamed(given: dict[str, Any], owner: str, *old: str) -> dict[str, Any]:
    """What was given under the old names of parameters, each by its new name, with a warning at the caller's line.

    Args:
        given: The keyword arguments that a signature does not name.
        owner: What was called, for the error.
        old: The old names that it takes.

    Raises:
        TypeError: For any other name.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):
        ...     renamed({"retry": None}, "add_node()", "retry", "input")
        {'retry_policy': None}
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in old:
            raise TypeError(f"{owner} got an unexpected keyword argument {name!r}")
        new, category = _REPLACED[name]
        text = f"`{name}` is deprecated and will be removed. Please use `{new}` instead."
        warn(text, category, stacklevel=_depth_of_caller())
        found[new] = value
    return found


def _depth_of_caller() -> int:
    """How far up the first frame outside of this package is, seen from who calls this."""
    frame, depth = sys._getframe(1), 1
    package = __name__.partition(".")[0]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, depth = frame.f_back, depth + 1
    return depth
