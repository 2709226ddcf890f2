"""Words for the runtime's own values: ``Send``, ``Interrupt``, the types of answers, and what a store gives."""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import Enum
from functools import reduce
from operator import or_
from typing import Any, List, Literal, Optional, Union, get_args, get_origin, is_typeddict  # noqa: UP035
from weakref import WeakKeyDictionary

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.allowed import AllowedClasses, address_of, derives, static
from langgraph_nb.checkpoint.serde.base import UnstorableValue
from langgraph_nb.checkpoint.serde.classes import is_namedtuple, is_pydantic
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack
from langgraph_nb.store.base import Item, SearchItem
from langgraph_nb.types import Interrupt, Send

_PLAIN: dict[str, Any] = {
    t.__name__: t for t in (str, int, float, bool, bytes, list, dict, tuple, set, frozenset, object, types.NoneType)
} | {"Any": Any}
_ORIGINS: dict[str, Callable[[tuple[Any, ...]], Any]] = {
    "list": lambda a: list[a],  # type: ignore[valid-type]
    "dict": lambda a: dict[a],  # type: ignore[misc, valid-type]
    "tuple": lambda a: tuple[a],  # type: ignore[valid-type]
    "set": lambda a: set[a],  # type: ignore[valid-type]
    "frozenset": lambda a: frozenset[a],  # type: ignore[valid-type]
    "Union": lambda a: reduce(or_, a),
    "Literal": lambda a: Literal[a],
}
_SPECIAL: dict[Any, str] = {Literal: "Literal", Union: "Union", types.UnionType: "Union"}
_ALIASES = frozenset(
    (types.GenericAlias, types.UnionType, type(List[int]), type(Literal["x"]), type(Optional[int]), type(Any))  # noqa: UP006, UP045
)
"""The classes of types such as ``list[int]``, in all their spellings."""


def _encode_send(send: Send, pack: Pack) -> Ext:
    parts = [send.node, send.arg] if send.timeout is None else [send.node, send.arg, send.timeout]
    return Ext(wire.SEND, pack(parts))


def _decode_send(parts: list[Any], allowed: AllowedClasses) -> Send:
    node, arg, *timeout = parts
    return Send(node, arg, timeout=timeout[0] if timeout else None)


def _encode_interrupt(asked: Interrupt, pack: Pack) -> Ext:
    schema = asked.response_schema
    if schema is None:
        return Ext(wire.INTERRUPT, pack([asked.value, asked.id]))
    try:
        data = pack([asked.value, asked.id, schema, _json_schema(schema)])
    except UnstorableValue:
        data = pack([asked.value, asked.id, None, _json_schema(schema)])
    return Ext(wire.INTERRUPT, data)


def _decode_interrupt(parts: list[Any], allowed: AllowedClasses) -> Interrupt:
    value, id, *schemas = parts
    schema = next((s for s in schemas if s is not None), None)
    return Interrupt(value, id, response_schema=schema)


def _encode_item(item: Item, pack: Pack) -> Ext:
    parts = [item.namespace, item.key, item.value, item.created_at, item.updated_at]
    return Ext(wire.ITEM, pack([*parts, item.score] if isinstance(item, SearchItem) else parts))


def _decode_item(parts: list[Any], allowed: AllowedClasses) -> Item:
    namespace, key, value, created_at, updated_at, *score = parts
    if score:
        return SearchItem(namespace, key, value, created_at, updated_at, *score)
    return Item(value=value, key=key, namespace=namespace, created_at=created_at, updated_at=updated_at)


_json_schemas: WeakKeyDictionary[type, dict[str, Any] | None] = WeakKeyDictionary()


def _json_schema(schema: Any) -> dict[str, Any] | None:
    """The same as a JSON schema, so that a form can be drawn where the program's classes are not."""
    if isinstance(schema, dict):
        return None
    if not isinstance(schema, type):
        return _made_json_schema(schema)
    if schema not in _json_schemas:
        _json_schemas[schema] = _made_json_schema(schema)
    return _json_schemas[schema]


def _made_json_schema(schema: Any) -> dict[str, Any] | None:
    from pydantic import PydanticSchemaGenerationError, TypeAdapter
    from pydantic.errors import PydanticInvalidForJsonSchema

    try:
        return TypeAdapter(schema).json_schema()
    except (PydanticSchemaGenerationError, PydanticInvalidForJsonSchema):
        return None


# -- types as values --------------------------------------------------------------------------------------------------


def _is_schema(cls: type) -> bool:
    is_data = static(cls, "__dataclass_fields__") is not None
    return is_data or is_pydantic(cls) or is_namedtuple(cls) or is_typeddict(cls) or derives(cls, Enum)


def _encode_type(cls: type, pack: Pack) -> Ext:
    if _PLAIN.get(cls.__name__) is cls:
        return Ext(wire.TYPE, pack([cls.__name__]))
    if not _is_schema(cls):
        raise UnstorableValue(
            f"the class {cls.__module__}.{cls.__qualname__}",
            "Classes can be stored if they are Pydantic models, dataclasses, TypedDicts, named tuples or enums.",
        )
    return Ext(wire.TYPE, pack([*address_of(cls)]))


def _decode_type(parts: list[Any], allowed: AllowedClasses) -> Any:
    if len(parts) == 1:
        return _PLAIN[parts[0]]
    module, name = parts
    return allowed.find(module, name, _is_schema)


def _encode_alias(alias: Any, pack: Pack) -> Ext:
    if alias is Any:
        return Ext(wire.TYPE, pack(["Any"]))
    origin = get_origin(alias)
    name = _SPECIAL.get(origin) or getattr(origin, "__name__", "")
    if name not in _ORIGINS:
        raise UnstorableValue(f"the type {alias!r}", "Store a JSON schema, or a class that has such a field.")
    return Ext(wire.ALIAS, pack([name, *get_args(alias)]))


def _decode_alias(parts: list[Any], allowed: AllowedClasses) -> Any:
    name, *args = parts
    return None if name != "Literal" and None in args else _ORIGINS[name](tuple(args))


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for classes as values, and for types made of others such as ``list[int]``."""
    if issubclass(cls, type):
        return _encode_type
    return _encode_alias if cls in _ALIASES else None


ENCODERS: dict[type, Encoder] = {
    Send: _encode_send, Interrupt: _encode_interrupt, Item: _encode_item, SearchItem: _encode_item,
}  # fmt: skip

DECODERS: dict[int, Callable[[list[Any], AllowedClasses], Any]] = {
    wire.SEND: _decode_send,
    wire.INTERRUPT: _decode_interrupt,
    wire.ITEM: _decode_item,
    wire.TYPE: _decode_type,
    wire.ALIAS: _decode_alias,
}
