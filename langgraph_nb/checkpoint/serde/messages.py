"""Words for langchain-core messages: a list of numbered fields, without those that hold their default.

Half of what an agent stores is messages, so these are short and fast. The numbers are part of the stored form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.base import CorruptData, UnstorableValue
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack

_CLASSES = (
    "AIMessage", "HumanMessage", "SystemMessage", "ToolMessage", "FunctionMessage", "ChatMessage", "RemoveMessage",
    "AIMessageChunk", "HumanMessageChunk", "SystemMessageChunk", "ToolMessageChunk", "FunctionMessageChunk",
    "ChatMessageChunk",
)  # fmt: skip
"""A message's first item is the position of its class here. Only ever add at the end."""
_FIELDS = (
    "content", "id", "name", "tool_calls", "tool_call_id", "additional_kwargs", "response_metadata", "usage_metadata",
    "invalid_tool_calls", "type", "status", "artifact", "role", "tool_call_chunks", "chunk_position", "example",
)  # fmt: skip
"""A field's number is its position here; other fields go by name. Only ever add at the end."""
_NUMBERS = {name: i for i, name in enumerate(_FIELDS)}
_EXTRA = -1
"""Stands for the fields that the class does not declare."""
_UNSET = -2
"""Stands for the names of stored fields that had not been set by their maker."""

_set = object.__setattr__


def _kind(cls: type) -> int:
    """Position in ``_CLASSES`` of a class of messages that langchain-core itself defines, or -1."""
    if cls.__name__ not in _CLASSES or not cls.__module__.startswith("langchain_core.messages"):
        return -1
    return _CLASSES.index(cls.__name__)


def list_of_messages(values: list[Any], pack: Pack) -> Ext | None:
    """The word for a list that holds only messages, in which most states keep them; ``None`` for any other list."""
    if _kind(type(values[0])) < 0:
        return None
    kinds = {cls: _kind(cls) for cls in set(map(type, values))}
    if -1 in kinds.values():
        return None
    try:
        return Ext(wire.MESSAGES, pack([_parts(m, kinds[type(m)]) for m in values]))
    except UnstorableValue as e:
        del e.path[1:]
        raise


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for a class of messages that langchain-core itself defines."""
    kind = _kind(cls)
    if kind < 0:
        return None

    def encode(message: Any, pack: Pack) -> Ext:
        return Ext(wire.MESSAGE, pack(_parts(message, kind)))

    return encode


def _parts(message: Any, kind: int) -> list[Any]:
    given = message.__pydantic_fields_set__
    parts: list[Any] = [kind]
    unset = []
    for name, value in message.__dict__.items():
        if name in given:
            parts += (_NUMBERS.get(name, name), value)
        elif value and name != "type" and (name != "status" or value != "success"):
            parts += (_NUMBERS.get(name, name), value)
            unset.append(name)
    if extra := message.__pydantic_extra__:
        parts += (_EXTRA, extra)
        unset += [name for name in extra if name not in given]
    if unset:
        parts += (_UNSET, unset)
    return parts


@cache
def _template(kind: int) -> tuple[Any, dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    """A class, the default of each of its fields, and makers for the defaults that must not be shared."""
    import langchain_core.messages

    cls = getattr(langchain_core.messages, _CLASSES[kind])
    fields = cls.model_fields
    fresh = tuple((name, f.default_factory) for name, f in fields.items() if f.default_factory is not None)
    return cls, {name: None if f.is_required() else f.default for name, f in fields.items()}, fresh


def decode_list(messages: list[list[Any]]) -> list[Any]:
    """The list of which these are the parts of the messages."""
    return [decode(parts) for parts in messages]


def decode(parts: list[Any]) -> Any:
    """The message of which these are the parts."""
    if not 0 <= parts[0] < len(_CLASSES) or len(parts) % 2 == 0:
        raise CorruptData("Stored data holds a message of an unknown kind. A newer version may have written it.")
    cls, defaults, fresh = _template(parts[0])
    held = defaults.copy()
    for name, make in fresh:
        held[name] = make()
    given, extra, unset = set(), {}, ()
    for i in range(1, len(parts), 2):
        key = parts[i]
        if key == _EXTRA:
            extra = parts[i + 1]
            given.update(extra)
        elif key == _UNSET:
            unset = parts[i + 1]
        else:
            name = _FIELDS[key] if type(key) is int else key
            given.add(name)
            (held if name in held else extra)[name] = parts[i + 1]
    given.difference_update(unset)
    message = object.__new__(cls)
    _set(message, "__dict__", held)
    _set(message, "__pydantic_fields_set__", given)
    _set(message, "__pydantic_extra__", extra)
    _set(message, "__pydantic_private__", None)
    return message
