"""Types and markers of LangGraph's own signatures."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

__all__ = ["EMPTY_SEQ", "MISSING", "DeprecatedKwargs", "StateLike"]

MISSING: Any = object()
EMPTY_SEQ: tuple[str, ...] = ()
StateLike = Any
"""A TypedDict, a dataclass or a Pydantic model."""


class DeprecatedKwargs(TypedDict):
    """Keyword arguments that were renamed, for type checkers."""
