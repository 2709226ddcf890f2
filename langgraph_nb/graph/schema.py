"""Reading a state's schema: which channels it declares, how a value of it is made and taken apart."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin, get_type_hints, is_typeddict

from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.channels.binop import BinaryOperatorAggregate
from langgraph_nb.channels.delta import DeltaChannel
from langgraph_nb.channels.last_value import LastValue
from langgraph_nb.constants import ROOT
from langgraph_nb.managed.base import ManagedValueSpec, is_managed_value

_WRAPPERS: tuple[Any, ...] = (Required, NotRequired)
try:
    from typing import NotRequired as _NotRequired
    from typing import Required as _Required

    from typing_extensions import ReadOnly as _ReadOnly

    _WRAPPERS = (Required, NotRequired, _Required, _NotRequired, _ReadOnly)
except ImportError:  # pragma: no cover - only without pydantic
    pass


@dataclass(frozen=True, slots=True)
class Schema:
    """What a state class says."""

    source: Any
    """The class, or the annotation of a root channel."""
    channels: Mapping[str, BaseChannel[Any, Any, Any]]
    """Key -> channel. One key, ``__root__``, for a state that has no keys."""
    managed: Mapping[str, ManagedValueSpec]
    """Key -> what the runtime fills in, of the keys that have no channel."""
    keys: tuple[str, ...]
    """All keys, in the order of their definition."""
    make: Callable[[dict[str, Any]], Any] | None
    """Builds the state that a node gets; ``None`` when that is the dict itself."""

    @property
    def is_root(self) -> bool:
        return ROOT in self.channels


def read_schema(source: Any) -> Schema:
    """Read a TypedDict, dataclass, Pydantic model, or the annotation of a state without keys.

    Raises:
        TypeError: For a reducer that does not take two positional arguments.
    """
    if not isinstance(source, type) and not get_args(source):
        warnings.warn(
            f"Invalid state_schema: {source}. Expected a type or Annotated[type, reducer]. Please provide a valid "
            "schema to ensure correct updates.",
            stacklevel=4,
        )
    if not _has_fields(source):
        if _managed_value(source) is not None:
            raise ValueError(f"This {source} not allowed in this position. A managed value is a key of a state.")
        return Schema(source, {ROOT: channel_of(ROOT, source)}, {}, (ROOT,), None)
    found = get_type_hints(get_origin(source) or source, include_extras=True)
    hints = {key: hint for key, hint in found.items() if not _is_class_var(hint)}
    managed = {key: spec for key, hint in hints.items() if (spec := _managed_value(hint)) is not None}
    channels = {key: channel_of(key, hint) for key, hint in hints.items() if key not in managed}
    return Schema(source, channels, managed, tuple(hints), None if is_typeddict(source) else _maker(source))


def _has_fields(source: Any) -> bool:
    if is_typeddict(get_origin(source) or source):
        return True
    return isinstance(source, type) and bool(get_type_hints(source)) and get_origin(source) is None


def _is_class_var(hint: Any) -> bool:
    from typing import ClassVar

    return get_origin(hint) is ClassVar or hint is ClassVar


def _maker(source: type) -> Callable[[dict[str, Any]], Any] | None:
    if dataclasses.is_dataclass(source) or is_pydantic(source):
        return lambda values: source(**values)
    return None


def is_pydantic(source: Any) -> bool:
    """Whether it is a Pydantic model class, without importing Pydantic."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(source, type) and issubclass(source, pydantic.BaseModel)


def channel_of(key: str, hint: Any) -> BaseChannel[Any, Any, Any]:
    """The channel that an annotation asks for: given in it, made from its reducer, or a ``LastValue``."""
    plain = _unwrapped(hint)
    channel = _annotated_channel(plain) or LastValue(_without_metadata(plain))
    channel.key = key
    return channel


def _unwrapped(hint: Any) -> Any:
    while get_origin(hint) in _WRAPPERS:
        hint = get_args(hint)[0]
    if get_origin(hint) is Annotated:
        inner, *metadata = get_args(hint)
        if get_origin(inner) in _WRAPPERS:
            return Annotated[_unwrapped(inner), *metadata]
    return hint


def _without_metadata(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _managed_value(hint: Any) -> ManagedValueSpec | None:
    """The class of managed values that an annotation names, at whatever depth of its first argument."""
    while (arguments := get_args(hint)) and get_origin(hint) is not None:
        if get_origin(hint) is Annotated:
            last = arguments[-1]
            if is_managed_value(found := get_origin(last) or last):
                return found
        hint = arguments[0]
    return None


def _annotated_channel(hint: Any) -> BaseChannel[Any, Any, Any] | None:
    if get_origin(hint) is not Annotated:
        return None
    typ, *metadata = get_args(hint)
    for given in metadata:
        if isinstance(given, BaseChannel):
            return given.of_type(_unwrapped(typ)) if isinstance(given, DeltaChannel) else given.copy()
        if isinstance(given, type) and issubclass(given, BaseChannel):
            return given(typ)
    return _reducer_channel(typ, metadata[-1]) if callable(metadata[-1]) else None


def _reducer_channel(typ: Any, reducer: Callable[[Any, Any], Any]) -> BaseChannel[Any, Any, Any] | None:
    try:
        parameters = inspect.signature(reducer).parameters.values()
    except (ValueError, TypeError):  # a builtin that does not tell
        if isinstance(reducer, type):
            raise
        return BinaryOperatorAggregate(typ, reducer)
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) == 2:
        return BinaryOperatorAggregate(typ, reducer)
    raise ValueError(f"Invalid reducer signature. Expected (a, b) -> c. Got {inspect.signature(reducer)}")


def update_items(update: Any, keys: Mapping[str, Any]) -> list[tuple[str, Any]] | None:
    """What a node's return value writes: (key, value) pairs, or ``None`` when it is no update.

    Of an instance of a class with annotations every attribute counts that is a key; of a Pydantic model those that
    were set or are not ``None`` by default.
    """
    if isinstance(update, dict):
        return [(k, v) for k, v in update.items() if k in keys]
    kind = type(update)
    if not any(getattr(base, "__annotations__", None) for base in kind.__mro__):
        return None
    present = [(key, getattr(update, key)) for key in keys if hasattr(update, key)]
    if not is_pydantic(kind):
        return present
    empty = {k for k, field in kind.model_fields.items() if field.default is None} - update.model_fields_set
    return [(k, v) for k, v in present if v is not None or k not in empty]
