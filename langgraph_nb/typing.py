"""The type variables that graphs are generic in, for programs that are type-checked.

A schema is a TypedDict, a dataclass or a Pydantic model; the protocols below are what these have in common, as none of
them can be named as a bound itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from typing_extensions import TypeVar

if TYPE_CHECKING:
    from dataclasses import Field

    from pydantic import BaseModel

    class _FixedKeys(Protocol):
        """A TypedDict, as pyright sees it."""

        __required_keys__: ClassVar[frozenset[str]]
        __optional_keys__: ClassVar[frozenset[str]]

    class _Keys(Protocol):
        """A TypedDict, as mypy sees it."""

        __required_keys__: frozenset[str]
        __optional_keys__: frozenset[str]

    class _Fields(Protocol):
        """A dataclass."""

        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    StateLike = _FixedKeys | _Keys | _Fields | BaseModel

__all__ = ("StateT", "StateT_co", "StateT_contra", "InputT", "OutputT", "ContextT")

StateT = TypeVar("StateT", bound="StateLike")
"""The state of a graph."""
StateT_co = TypeVar("StateT_co", bound="StateLike", covariant=True)
StateT_contra = TypeVar("StateT_contra", bound="StateLike", contravariant=True)
ContextT = TypeVar("ContextT", bound="StateLike | None", default=None)
"""What ``Runtime.context`` is; ``None`` where nothing is said."""
ContextT_contra = TypeVar("ContextT_contra", bound="StateLike | None", contravariant=True, default=None)
InputT = TypeVar("InputT", bound="StateLike", default=StateT)
"""What a graph takes; the state where nothing is said."""
OutputT = TypeVar("OutputT", bound="StateLike", default=StateT)
"""What a graph gives; the state where nothing is said."""
NodeInputT = TypeVar("NodeInputT", bound="StateLike")
"""What a node reads."""
NodeInputT_contra = TypeVar("NodeInputT_contra", bound="StateLike", contravariant=True)
