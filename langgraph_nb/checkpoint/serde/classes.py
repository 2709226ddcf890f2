"""Words for instances of the program's classes: Pydantic models, dataclasses, enums, named tuples, builtin subclasses.

Each kind stores where its class is and what its instances hold, and puts them together again without calling any
code of the class. What that protects from, and which classes count, is told in ``allowed``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from enum import Enum, Flag
from types import MemberDescriptorType
from typing import Any

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.allowed import AllowedClasses, address_of, derives, static
from langgraph_nb.checkpoint.serde.base import UnstorableValue
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack

_set = object.__setattr__

# -- Pydantic models --------------------------------------------------------------------------------------------------


def is_pydantic(cls: type) -> bool:
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and derives(cls, pydantic.BaseModel)


def _encode_pydantic(obj: Any, pack: Pack) -> Ext:
    cls = type(obj)
    names = cls.model_fields
    values = {k: v for k, v in obj.__dict__.items() if k in names}
    fields_set = sorted(obj.__pydantic_fields_set__)
    parts = [*address_of(cls), values, None if fields_set == sorted(values) else fields_set]
    if obj.__pydantic_extra__ or obj.__pydantic_private__:
        parts += [obj.__pydantic_extra__, _private_values(obj.__pydantic_private__)]
    return Ext(wire.PYDANTIC, pack(parts))


def _private_values(private: dict[str, Any] | None) -> dict[str, Any] | None:
    from pydantic_core import PydanticUndefined

    return private and {k: v for k, v in private.items() if v is not PydanticUndefined}


def _decode_pydantic(parts: list[Any], allowed: AllowedClasses) -> Any:
    module, name, values, fields_set, *rest = parts
    cls: Any = allowed.find(module, name, is_pydantic)
    if cls is None:
        return values
    held = {}
    for k, f in static(cls, "__pydantic_fields__").items():
        if k in values:
            held[k] = values[k]
        elif f.is_required() or f.default_factory_takes_validated_data:
            allowed.unknown(module, name)
            return values
        else:
            held[k] = f.get_default(call_default_factory=True)
    extra, private = rest or (None, None)
    obj = object.__new__(cls)
    _set(obj, "__dict__", held)
    _set(obj, "__pydantic_fields_set__", set(values) if fields_set is None else set(fields_set))
    _set(obj, "__pydantic_extra__", extra or ({} if static(cls, "model_config").get("extra") == "allow" else None))
    _set(obj, "__pydantic_private__", private or ({} if static(cls, "__private_attributes__") else None))
    return obj


# -- Pydantic's addresses ---------------------------------------------------------------------------------------------


def _is_url(cls: type) -> bool:
    """Whether it is one of Pydantic's classes of URLs, or a subclass; they hold one of its core's."""
    networks = sys.modules.get("pydantic.networks")
    bases = (getattr(networks, name, None) for name in ("_BaseUrl", "_BaseMultiHostUrl"))
    return networks is not None and any(base is not None and derives(cls, base) for base in bases)


def _encode_url(obj: Any, pack: Pack) -> Ext:
    return Ext(wire.URL, pack([*address_of(type(obj)), type(obj._url).__name__, str(obj)]))


def _decode_url(parts: list[Any], allowed: AllowedClasses) -> Any:
    import pydantic_core

    module, name, kind, text = parts
    cls: Any = allowed.find(module, name, _is_url)
    if cls is None:
        return text
    obj = object.__new__(cls)
    _set(obj, "_url", (pydantic_core.MultiHostUrl if kind == "MultiHostUrl" else pydantic_core.Url)(text))
    return obj


# -- Pydantic models of version 1 -------------------------------------------------------------------------------------


def is_pydantic_v1(cls: type) -> bool:
    main = sys.modules.get("pydantic.v1.main")
    return main is not None and derives(cls, main.BaseModel)


def _encode_pydantic_v1(obj: Any, pack: Pack) -> Ext:
    cls = type(obj)
    private = {k: getattr(obj, k) for k in cls.__private_attributes__ if hasattr(obj, k)}
    return Ext(wire.PYDANTIC_V1, pack([*address_of(cls), obj.__dict__, sorted(obj.__fields_set__), private]))


def _decode_pydantic_v1(parts: list[Any], allowed: AllowedClasses) -> Any:
    module, name, values, fields_set, private = parts
    cls: Any = allowed.find(module, name, is_pydantic_v1)
    if cls is None:
        return values
    held = dict(values)
    for k, f in static(cls, "__fields__").items():
        if k not in held:
            if f.required:
                allowed.unknown(module, name)
                return values
            held[k] = f.get_default()
    obj = object.__new__(cls)
    _set(obj, "__dict__", held)
    _set(obj, "__fields_set__", set(fields_set))
    for k in static(cls, "__private_attributes__").keys() & private:
        static(cls, k).__set__(obj, private[k])  # they are slots
    return obj


# -- dataclasses ------------------------------------------------------------------------------------------------------

_BUILTIN_BASES = (str, int, float, bytes, list, tuple, dict, set, frozenset)


def _is_plain_dataclass(cls: type) -> bool:
    others = (*_BUILTIN_BASES, BaseException)
    return static(cls, "__dataclass_fields__") is not None and not any(derives(cls, other) for other in others)


def _is_computed(cls: type, name: str) -> bool:
    """Whether a descriptor of the program's stands for a field; what it stands for is somewhere else."""
    found = static(cls, name)
    return type(found) is not MemberDescriptorType and static(type(found), "__set__") is not None


def _held(obj: Any) -> dict[str, Any]:
    """All that an instance holds: its fields, and what else was set on it."""
    values = dict(getattr(obj, "__dict__", ()))
    for f in fields(obj):
        if f.name not in values and hasattr(obj, f.name):
            values[f.name] = getattr(obj, f.name)
    return values


def _encode_dataclass(obj: Any, pack: Pack) -> Ext:
    return Ext(wire.DATACLASS, pack([*address_of(type(obj)), _held(obj)]))


def _encode_computing_dataclass(obj: Any, pack: Pack) -> Ext:
    """Of a class some of whose fields are descriptors: what these stand for has to be on the instance."""
    if not getattr(obj, "__dict__", {}).keys() - {f.name for f in fields(obj)}:
        raise UnstorableValue(
            f"a {type(obj).__module__}.{type(obj).__qualname__} whose fields are kept by descriptors",
            "Have the descriptors keep their values on the instance.",
        )
    return _encode_dataclass(obj, pack)


def _decode_dataclass(parts: list[Any], allowed: AllowedClasses) -> Any:
    module, name, values = parts
    cls: Any = allowed.find(module, name, _is_plain_dataclass)
    if cls is None:
        return values
    obj = object.__new__(cls)
    own = _own_dict(obj)
    if own is not None:
        own.update((k, v) for k, v in values.items() if k not in static(cls, "__dataclass_fields__"))
    for f in fields(cls):
        if f.name in values:
            value = values[f.name]
        elif f.default is not MISSING:
            value = f.default
        elif f.default_factory is not MISSING:
            value = f.default_factory()
        else:
            allowed.unknown(module, name)
            return values
        slot = static(cls, f.name)
        if type(slot) is MemberDescriptorType:
            slot.__set__(obj, value)
        elif own is not None and not _is_computed(cls, f.name):
            own[f.name] = value
    return obj


def _own_dict(obj: Any) -> dict[str, Any] | None:
    """What is set on an instance, as it is; ``None`` where it has slots only."""
    try:
        own: dict[str, Any] = object.__getattribute__(obj, "__dict__")
    except AttributeError:
        return None
    return own


# -- named tuples, enums ----------------------------------------------------------------------------------------------


def is_namedtuple(cls: type) -> bool:
    return derives(cls, tuple) and type(static(cls, "_fields")) is tuple


def _encode_namedtuple(obj: Any, pack: Pack) -> Ext:
    return Ext(wire.NAMEDTUPLE, pack([*address_of(type(obj)), *obj]))


def _decode_namedtuple(parts: list[Any], allowed: AllowedClasses) -> Any:
    module, name, *values = parts
    cls: Any = allowed.find(module, name, is_namedtuple)
    if cls is None:
        return tuple(values)
    names, defaults = static(cls, "_fields"), static(cls, "_field_defaults") or {}
    missing = names[len(values) :]
    if len(values) > len(names) or any(f not in defaults for f in missing):
        allowed.unknown(module, name)
        return tuple(values)
    return tuple.__new__(cls, [*values, *(defaults[f] for f in missing)])


_FLAGS: Any = vars(Flag)["_missing_"].__func__
"""Makes a combination of flags. The class's own method of this name may do more."""


def _is_enum(cls: type) -> bool:
    return derives(cls, Enum)


def _encode_enum(obj: Enum, pack: Pack) -> Ext:
    address = address_of(type(obj))
    if isinstance(obj, Flag):
        return Ext(wire.ENUM, pack([*address, None, obj.value]))
    try:
        return Ext(wire.ENUM, pack([*address, obj.name, obj.value]))
    except UnstorableValue:  # the name is enough to find the member again
        return Ext(wire.ENUM, pack([*address, obj.name, None]))


def _decode_enum(parts: list[Any], allowed: AllowedClasses) -> Any:
    module, name, member, value = parts
    cls: Any = allowed.find(module, name, _is_enum)
    if cls is None:
        return value
    members = static(cls, "_member_map_")
    if member is None and derives(cls, Flag) and type(value) is int:
        known = static(cls, "_value2member_map_").get(value)
        return _FLAGS(cls, value) if known is None else known
    if member not in members:
        allowed.unknown(module, name)
        return value
    return members[member]


# -- subclasses of builtin value types --------------------------------------------------------------------------------


def _builtin_base(cls: type) -> type | None:
    """The builtin type that this class, written in Python, adds nothing but attributes and methods to."""
    base = next((b for b in _BUILTIN_BASES if derives(cls, b)), None)
    if base is None or derives(cls, Enum) or static(cls, "__dataclass_fields__") is not None or _has_slots(cls):
        return None
    # A C class in between (OrderedDict, numpy.float64) keeps state of its own, which this file cannot see.
    written_here = all(c is base or c.__flags__ & _HEAP_TYPE for c in cls.__mro__[: cls.__mro__.index(base)])
    return base if written_here and "numpy" not in cls.__module__ else None


_HEAP_TYPE = 1 << 9


def _has_slots(cls: type) -> bool:
    return any(c.__dict__.get("__slots__") for c in cls.__mro__)


def _is_builtin_subclass(cls: type) -> bool:
    return _builtin_base(cls) is not None


def _encode_builtin_subclass(obj: Any, pack: Pack) -> Ext:
    base: Any = _builtin_base(type(obj))
    attributes = getattr(obj, "__dict__", None) or None
    if base is dict:
        value: Any = dict(dict.items(obj))
    elif base in (list, tuple, set, frozenset):
        value = base(base.__iter__(obj))
    else:
        value = base.__new__(base, _base_value(base, obj))
    return Ext(wire.BUILTIN_SUBCLASS, pack([*address_of(type(obj)), value, attributes]))


def _base_value(base: type, obj: Any) -> Any:
    """The builtin's own value of an instance, whatever the subclass overrides."""
    if base is str:
        return str.__str__(obj)
    if base is bytes:
        return bytes.__getitem__(obj, slice(None))
    return int.__pos__(obj) if base is int else float.__pos__(obj)


def _decode_builtin_subclass(parts: list[Any], allowed: AllowedClasses) -> Any:
    module, name, value, attributes = parts
    base: Any = type(value)
    cls: Any = allowed.find(module, name, lambda c: _builtin_base(c) is base)
    if cls is None:
        return value
    if base in (list, dict, set):
        obj = base.__new__(cls)
        (base.extend if base is list else base.update)(obj, value)
    else:
        obj = base.__new__(cls, value)
    own = _own_dict(obj)
    if attributes and own is not None:
        own.update(attributes)
    return obj


# -- the tables -------------------------------------------------------------------------------------------------------


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for instances of ``cls``, or ``None`` if it is of none of these kinds."""
    if derives(cls, Enum):
        return _encode_enum
    if is_namedtuple(cls):
        return _encode_namedtuple
    if is_pydantic(cls):
        return _encode_pydantic
    if is_pydantic_v1(cls):
        return _encode_pydantic_v1
    if _is_url(cls):
        return _encode_url
    if _is_plain_dataclass(cls):
        computed = any(_is_computed(cls, name) for name in static(cls, "__dataclass_fields__"))
        return _encode_computing_dataclass if computed else _encode_dataclass
    if _is_builtin_subclass(cls):
        return _encode_builtin_subclass
    return None


DECODERS: dict[int, Callable[[list[Any], AllowedClasses], Any]] = {
    wire.PYDANTIC: _decode_pydantic,
    wire.PYDANTIC_V1: _decode_pydantic_v1,
    wire.URL: _decode_url,
    wire.DATACLASS: _decode_dataclass,
    wire.NAMEDTUPLE: _decode_namedtuple,
    wire.ENUM: _decode_enum,
    wire.BUILTIN_SUBCLASS: _decode_builtin_subclass,
}


def refuse(obj: Any) -> UnstorableValue:
    """The error for an object that no encoder takes."""
    cls = type(obj)
    if cls.__module__ == "pydantic.types" and cls.__name__.startswith("Secret"):
        return UnstorableValue(
            f"a {cls.__qualname__}",
            "Pass secrets in the runtime context or in configurable, which are not stored.",
        )
    return UnstorableValue(
        f"a {cls.__module__}.{cls.__qualname__}",
        "Keep plain data, a Pydantic model or a dataclass in the state, and make this object from it in the node.",
    )
