"""Words for langchain-core messages: which fields there are, as a number, and their values, without those of defaults.

Half of what an agent stores is messages, so these are short and fast. What the bits of the number mean is part of the
stored form. Messages are much alike: for each *layout*, a class with the fields that its maker has set, what to read
and what to write is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from operator import itemgetter
from typing import Any, NamedTuple

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.base import CorruptData, UnstorableValue
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack

_CLASSES = (
    "AIMessage", "HumanMessage", "SystemMessage", "ToolMessage", "FunctionMessage", "ChatMessage", "RemoveMessage",
    "AIMessageChunk", "HumanMessageChunk", "SystemMessageChunk", "ToolMessageChunk", "FunctionMessageChunk",
    "ChatMessageChunk",
)  # fmt: skip
"""The lowest bits of the number are the position of its class here. Only ever add at the end."""
_NAMES = frozenset(_CLASSES)
_ext = wire.ext
_FIELDS = (
    "content", "id", "name", "tool_calls", "response_metadata", "usage_metadata", "tool_call_id", "additional_kwargs",
    "artifact", "status", "invalid_tool_calls", "type", "role", "tool_call_chunks", "chunk_position", "example",
)  # fmt: skip
"""Each has a bit of the number, the common ones the lower ones; other fields go by name. Only ever add at the end."""
_KIND_BITS = 5
_KIND = (1 << _KIND_BITS) - 1
_MORE = 1 << _KIND_BITS
"""There are fields without a bit: a dict of them is the last part but one, or the last."""
_UNSET = _MORE << 1
"""Some fields had not been set by their maker: a list of their names is the last part."""
_BITS = {name: _UNSET << 1 + i for i, name in enumerate(_FIELDS)}



_kinds: dict[type, int] = {}
"""langchain-core's own classes of messages, once they were met."""


def _kind(cls: type) -> int:
    """Position in ``_CLASSES`` of a class of messages that langchain-core itself defines, or -1."""
    kind = _kinds.get(cls, -1)
    if kind < 0 and cls.__name__ in _NAMES and cls.__module__.startswith("langchain_core.messages"):
        kind = _kinds[cls] = _CLASSES.index(cls.__name__)
    return kind


# -- to parts ----------------------------------------------------------------------------------------------------------


class _Written(NamedTuple):
    """How messages of one layout are taken apart."""

    number: int
    values: Callable[[dict[str, Any]], tuple[Any, ...]]
    others: Callable[[dict[str, Any]], tuple[Any, ...]]
    """The values of the other fields."""
    defaults: tuple[Any, ...]
    """What these are, unless somebody has put something into them."""


def _several(names: list[str]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Reads these keys of a dict, as a tuple however few they are."""
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda held: (held[names[0]],)) if names else (lambda held: ())


@cache
def _layout(cls: Any, given: frozenset[str]) -> _Written | None:
    """How messages of a class are taken apart whose maker has set these fields; ``None`` if that is no usual case."""
    names = [name for name in _FIELDS if name in given]
    if len(names) < len(given):
        return None
    defaults = _template(_kind(cls)).defaults
    others = _several([name for name in defaults if name not in given])
    number = _kind(cls) | sum(_BITS[name] for name in names)
    return _Written(number, _several(names), others, others(defaults))


def _parts(message: Any) -> list[Any]:
    held = message.__dict__
    kind: Any = type(message)
    layout = _layout(kind, frozenset(message.__pydantic_fields_set__))
    if layout is None or layout.others(held) != layout.defaults or message.__pydantic_extra__:
        return _all_parts(message)
    return [layout.number, *layout.values(held)]


def _all_parts(message: Any) -> list[Any]:
    """The same for a message with fields that it does not declare, or that were filled after it was made."""
    given, held, defaults = message.__pydantic_fields_set__, message.__dict__, _template(_kind(type(message))).defaults
    extra = message.__pydantic_extra__ or {}
    kept = {k: v for k, v in held.items() if k in given or v != defaults[k]}
    number, parts, more = _kind(type(message)), [], {**{k: v for k, v in kept.items() if k not in _BITS}, **extra}
    for name in _FIELDS:
        if name in kept:
            number |= _BITS[name]
            parts.append(kept[name])
    if more:
        number |= _MORE
        parts.append(more)
    if unset := [name for name in (*kept, *extra) if name not in given]:
        number |= _UNSET
        parts.append(unset)
    return [number, *parts]


def packed(value: Any, pack: Pack) -> bytes | None:
    """A message, or a list that holds only messages, in which most states keep them; ``None`` for any other value."""
    cls = type(value)
    if cls is not list:
        return None if cls not in _kinds and _kind(cls) < 0 else _ext(wire.MESSAGE, pack(_parts(value)))
    if not value or _kind(type(value[0])) < 0:
        return None
    classes = set(map(type, value))
    if not classes <= _kinds.keys() and any([_kind(cls) < 0 for cls in classes]):
        return None
    try:
        return _ext(wire.MESSAGES, pack([_parts(m) for m in value]))
    except UnstorableValue as e:
        del e.path[1:]
        raise


def _encode(message: Any, pack: Pack) -> Ext:
    return Ext(wire.MESSAGE, pack(_parts(message)))


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for a class of messages that langchain-core itself defines."""
    return None if _kind(cls) < 0 else _encode


# -- from parts --------------------------------------------------------------------------------------------------------


class _Template(NamedTuple):
    """A class of messages."""

    cls: Any
    defaults: dict[str, Any]
    """Each field with its default, those that must not be shared too."""
    fresh: tuple[tuple[str, Callable[[], Any]], ...]
    """Makers for the defaults that must not be shared."""


@cache
def _template(kind: int) -> _Template:
    import langchain_core.messages

    if kind >= len(_CLASSES):
        raise CorruptData("Stored data holds a message of an unknown kind. A newer version may have written it.")
    cls = getattr(langchain_core.messages, _CLASSES[kind])
    fields = cls.model_fields
    fresh = tuple((name, f.default_factory) for name, f in fields.items() if f.default_factory is not None)
    made = {name: f.get_default(call_default_factory=True) for name, f in fields.items() if not f.is_required()}
    defaults = dict.fromkeys(fields) | made
    return _Template(cls, defaults, fresh)


_Maker = Callable[[list[Any]], Any]
"""Makes a message of its parts."""
_LITERALS: dict[Callable[[], Any], str] = {list: "[]", dict: "{}"}
"""How makers of defaults are spelled that need not be called."""


@cache
def _maker(number: int) -> _Maker:
    """Makes the messages of one layout."""
    template = _template(number & _KIND)
    names = tuple(name for name, bit in _BITS.items() if number & bit)
    if number >= _UNSET << 1 + len(_FIELDS):
        raise CorruptData("Stored data holds a message with unknown fields. A newer version may have written it.")
    if number & (_MORE | _UNSET) or not template.defaults.keys() >= set(names):
        return partial(_make_unusual, template, names)
    return _usual_maker(template, names)


def _usual_maker(template: _Template, names: tuple[str, ...]) -> _Maker:
    """A function that does it without a loop, as ``dataclasses`` makes them: what most reading consists of is here.

    Its source is made of names that langchain-core has given its fields, and of nothing else.
    """
    scope: dict[str, Any] = {"new": object.__new__, "cls": template.cls, **_slots()}
    scope |= {f"default_{name}": value for name, value in template.defaults.items()}
    scope |= {f"fresh_{name}": make for name, make in template.fresh}
    defaults = {name: f"default_{name}" for name in template.defaults}
    defaults |= {name: _LITERALS.get(make, f"fresh_{name}()") for name, make in template.fresh}
    held = [f"{name!r}: {f'part_{name}' if name in names else default}" for name, default in defaults.items()]
    source = f"""
def make(parts):
    _, {"".join(f"part_{name}, " for name in names)} = parts
    message = new(cls)
    set_dict(message, {{{", ".join(held)}}})
    set_given(message, {{{", ".join(map(repr, names))}}})
    set_extra(message, {{}})
    set_private(message, None)
    return message
"""
    exec(source, scope)
    made: _Maker = scope["make"]
    return made


def _make_unusual(template: _Template, names: tuple[str, ...], parts: list[Any]) -> Any:
    """A message with fields that its class does not declare, or that its maker had not set."""
    number, *values = parts
    unset = values.pop() if number & _UNSET else ()
    more = values.pop() if number & _MORE else {}
    found = {**dict(zip(names, values, strict=True)), **more}
    held = {**template.defaults, **{name: make() for name, make in template.fresh}}
    held.update((name, value) for name, value in found.items() if name in held)
    message = object.__new__(template.cls)
    slots = _slots()
    slots["set_dict"](message, held)
    slots["set_given"](message, set(found).difference(unset))
    slots["set_extra"](message, {name: value for name, value in found.items() if name not in held})
    slots["set_private"](message, None)
    return message


@cache
def _slots() -> dict[str, Callable[[Any, Any], None]]:
    """What sets the four slots of a Pydantic model, whatever its class says."""
    from pydantic import BaseModel

    slots = {
        "set_dict": "__dict__", "set_given": "__pydantic_fields_set__", "set_extra": "__pydantic_extra__",
        "set_private": "__pydantic_private__",
    }  # fmt: skip
    return {name: vars(BaseModel)[slot].__set__ for name, slot in slots.items()}


def decode(parts: list[Any]) -> Any:
    """The message of which these are the parts."""
    return _maker(parts[0])(parts)


def decode_list(messages: list[list[Any]]) -> list[Any]:
    """The list of which these are the parts of the messages."""
    return [_maker(parts[0])(parts) for parts in messages]
