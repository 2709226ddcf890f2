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
    required: frozenset[str] = tp.__required_keys__
    members = {
        key: (typing_extensions.Required if key in required else typing_extensions.NotRequired)[_portable(_bare(hint))]
        for key, hint in get_type_hints(tp, include_extras=True).items()
    }
    make: Any = typing_extensions.TypedDict
    new = make(tp.__name__, members)
    new.__doc__ = tp.__doc__
    return new


def _bare(hint: Any) -> Any:
    """The annotation inside ``Required[...]`` or ``NotRequired[...]``."""
    while get_origin(hint) in (typing.Required, typing.NotRequired):
        (hint,) = get_args(hint)
    return hint
