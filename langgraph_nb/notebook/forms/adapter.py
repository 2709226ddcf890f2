"""Python types as schemas: the Pydantic adapter of whatever a node passed as ``response_schema``.

Pydantic refuses ``typing.TypedDict`` before Python 3.12; those are rebuilt as the ones it takes, also where
they are nested. This file must not know of forms or interrupts.
"""

from __future__ import annotations

import sys
import typing
from functools import reduce
from operator import or_
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import typing_extensions
from pydantic import TypeAdapter

__all__ = ["adapter_of"]


def adapter_of(schema: Any) -> TypeAdapter[Any]:
    """The adapter that describes and validates values of a Python type.

    Args:
        schema: A Pydantic model, dataclass, TypedDict, or any other type or annotation.

    Raises:
        TypeError: Pydantic can make nothing of it.

    Example:
        >>> adapter_of(list[int]).validate_json("[1, 2]")
        [1, 2]
    """
    try:
        return TypeAdapter(_portable(schema) if sys.version_info < (3, 12) else schema)
    except Exception as error:
        raise TypeError(
            f"No form can be made of the response schema {schema!r}: {error}. "
            "Use a Pydantic model, a dataclass, a TypedDict, a plain type or a JSON schema."
        ) from error


def _portable(tp: Any) -> Any:
    """``tp`` with every ``typing.TypedDict`` in it as one of ``typing_extensions``."""
    if is_typeddict(tp):
        return _rebuilt(tp)
    origin, args = get_origin(tp), get_args(tp)
    if not args or origin is typing.Literal:
        return tp
    if origin is typing.Annotated:
        return typing.Annotated.__class_getitem__((_portable(args[0]), *args[1:]))
    new = tuple(_portable(a) for a in args)
    if new == args:
        return tp
    return reduce(or_, new) if origin is UnionType else tp.copy_with(new) if hasattr(tp, "copy_with") else origin[new]


def _rebuilt(tp: Any) -> Any:
    hints = get_type_hints(tp, include_extras=True)
    members = {key: _member(hint, key in tp.__required_keys__) for key, hint in hints.items()}
    make: Any = typing_extensions.TypedDict
    new = make(tp.__name__, members)
    new.__doc__ = tp.__doc__
    return new


def _member(hint: Any, required: bool) -> Any:
    """A member's annotation. What it says itself counts: ``__required_keys__`` does not see it in postponed ones."""
    if get_origin(hint) in (typing.Required, typing.NotRequired):
        required = get_origin(hint) is typing.Required
        (hint,) = get_args(hint)
    mark = typing_extensions.Required if required else typing_extensions.NotRequired
    return mark[_portable(hint)]
