"""The serializer that savers use unless told otherwise: values to MessagePack and back, types kept, nothing executed.

This file puts the families of types together; ``wire`` has the format, ``allowed`` what data may name.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from ormsgpack import Ext
from ormsgpack import unpackb as _unpackb

from langgraph_nb.checkpoint.serde import arrays, builtin, classes, frames, messages, polars, wire, words
from langgraph_nb.checkpoint.serde.allowed import AllowedClasses, AllowedTypes, OnUnknown
from langgraph_nb.checkpoint.serde.base import (
    CorruptData,
    InvalidModuleError,
    UnknownFormat,
    UnknownTypeError,
    UnstorableValue,
)
from langgraph_nb.checkpoint.serde.wire import Encoder

__all__ = ["InvalidModuleError", "JsonPlusSerializer"]

_FINDERS = (
    messages.encoder_for, frames.encoder_for, polars.encoder_for, arrays.encoder_for, classes.encoder_for,
    words.encoder_for, builtin.encoder_for,
)  # fmt: skip
_MANY = 1024
_DIRECT: dict[int, Callable[[Any], Any]] = {wire.MESSAGE: messages.decode, wire.MESSAGES: messages.decode_list}
_EXT_HEADS = wire.EXT_HEADS
_UNLESS_STRICT: Final[Any] = object()
"""Stands for ``True``, or in a strict environment for ``None``."""


class _Encoders(dict[type, Encoder]):
    """Class -> its encoder, found at first use."""

    def __missing__(self, cls: type) -> Encoder:
        found = builtin.ENCODERS.get(cls) or words.ENCODERS.get(cls)
        found = found or next(filter(None, (find(cls) for find in _FINDERS)), None)
        if len(self) > _MANY:  # a notebook that defines its classes again and again must not keep them all
            self.clear()
        return self.setdefault(cls, found or _refuse)


def _refuse(obj: Any, pack: wire.Pack) -> Ext:
    raise classes.refuse(obj)


_encoders = _Encoders()


def _encode(obj: Any, pack: wire.Pack) -> Ext:
    return _encoders[type(obj)](obj, pack)


_pack = wire.packer(_encode)


class JsonPlusSerializer:
    """Values to bytes and back, with exactly their types, running nothing that the data says.

    What it stores: None, str (lone surrogates too), bytes, bytearray, int of any size, float, complex, bool; list,
    tuple, dict (any keys), set, frozenset, deque, OrderedDict, defaultdict, range, slice; datetime, date, time,
    timedelta, timezone, ZoneInfo; UUID, Decimal, Fraction, Path, IP addresses, regular expressions; enums, named
    tuples, dataclasses, Pydantic models, and subclasses of builtin types with their attributes; langchain-core messages
    and documents; ``Send``, ``Command``, ``Interrupt``, items of a store; numpy arrays and scalars; pandas frames,
    series and indexes; polars frames and series. An exception becomes the text of its ``repr``. All else is refused
    before anything is stored, and the error says where in the value it is. There is no pickle unless you ask for it.

    The format is MessagePack, written by ormsgpack (a required dependency with wheels for all platforms; a second
    encoder would be a second format to keep right).

    Args:
        pickle_fallback: Whether what has no word here is pickled. Reading a pickle runs whatever code it names: whoever
            can write to the database can then run programs here. Pickles say that they are some, and are refused
            where this is not set.
        allowed_json_modules: Taken so that programs port; it is about a format that only LangGraph has.
        allowed_msgpack_modules: Which classes stored data may name. ``True``, the default: those that the program has
            defined or imported (see ``langgraph_nb.checkpoint.serde.allowed`` for why this is safe). Classes or
            ``(module, name)`` pairs: these only. ``None``, the default where the environment has
            ``LANGGRAPH_STRICT_MSGPACK=true``: none but the library's own. A graph adds the classes of its schemas.
        on_unknown: ``"data"``: what is not allowed comes back as plain data (a dict of the fields), with an
            ``UnknownTypeWarning``. ``"raise"``: ``UnknownTypeError``.

    Raises:
        UnstorableValue: From ``dumps_typed``, for a value that could not come back.
        CorruptData: From ``loads_typed``, for bytes that are damaged or of another format.

    Example:
        >>> serde = JsonPlusSerializer()
        >>> serde.loads_typed(serde.dumps_typed({"when": (2024, {1, 2})}))
        {'when': (2024, {1, 2})}
    """

    def __init__(
        self,
        *,
        pickle_fallback: bool = False,
        allowed_json_modules: Iterable[tuple[str, ...]] | Literal[True] | None = None,
        allowed_msgpack_modules: AllowedTypes = _UNLESS_STRICT,
        on_unknown: OnUnknown = "data",
    ) -> None:
        if allowed_msgpack_modules is _UNLESS_STRICT:
            allowed_msgpack_modules = None if _is_strict() else True
        self.pickle_fallback = pickle_fallback
        self._use(AllowedClasses(allowed_msgpack_modules, on_unknown))

    def _use(self, allowed: AllowedClasses) -> None:
        self._allowed = allowed
        self._hook = _decoder(allowed)

    def with_msgpack_allowlist(self, extra_allowlist: Iterable[type | tuple[str, ...]]) -> JsonPlusSerializer:
        """A serializer that allows these classes too; itself, if it does already."""
        allowed = self._allowed.extended(extra_allowlist)
        if allowed is self._allowed:
            return self
        clone = type(self).__new__(type(self))
        clone.__dict__.update(self.__dict__)
        clone._use(allowed)
        return clone

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The format's name, and the bytes."""
        if obj is None:
            return "null", b""
        if type(obj) is bytes:
            return "bytes", obj
        try:
            return wire.FORMAT, messages.packed(obj, _pack) or _pack(obj)
        except UnstorableValue:
            if not self.pickle_fallback:
                raise
            return "pickle", pickle.dumps(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value that ``dumps_typed`` was given."""
        kind, payload = data
        if kind == wire.FORMAT:
            at = _EXT_HEADS.get(payload[0], 0) if payload else 0
            if len(payload) > at > 0 and (make := _DIRECT.get(payload[at - 1])):  # messages spare a detour
                try:
                    return make(_unpackb(payload[at:], ext_hook=self._hook))
                except Exception as error:  # what went wrong is told by the long way
                    return wire.unpack(payload, self._hook, error)
            return wire.unpack(payload, self._hook)
        if kind == "null":
            return None
        if kind == "bytes":
            return payload
        if kind == "pickle" and self.pickle_fallback:
            return pickle.loads(payload)
        raise _unknown_format(kind)


def _is_strict() -> bool:
    return os.getenv("LANGGRAPH_STRICT_MSGPACK", "false").lower() in ("1", "true", "yes")


def _unknown_format(kind: str) -> UnknownFormat:
    hint = "A newer version of langgraph-nb may have written it; update this one."
    if kind == "pickle":
        hint = (
            "Reading a pickle runs the code that it names. If nobody else can write to this database, pass "
            "JsonPlusSerializer(pickle_fallback=True)."
        )
    elif kind in ("msgpack", "json"):
        hint = 'LangGraph wrote it: bring its database over with "langgraph-nb import".'
    elif "+" in kind:
        hint = "It is encrypted: pass an EncryptedSerializer with its key."
    return UnknownFormat(f"Unknown serialization type: {kind}. This serializer reads {wire.FORMAT}. {hint}")


def _decoder(allowed: AllowedClasses) -> Callable[[int, bytes], Any]:
    """The callback that turns extensions into values, for one set of rules."""
    with_rules = classes.DECODERS | words.DECODERS
    tables = frames.LISTED_DECODERS | polars.LISTED_DECODERS
    listed = builtin.LISTED_DECODERS | arrays.LISTED_DECODERS | tables | _DIRECT
    raw = builtin.RAW_DECODERS

    def decode(code: int, data: bytes) -> Any:
        try:
            if code in raw:
                return raw[code](data)
            parts = wire.unpack(data, hook)
            if code in listed:
                return listed[code](parts)
            if code in with_rules:
                return with_rules[code](parts, allowed)
        except (UnknownTypeError, CorruptData, Warning):
            raise
        except Exception as e:  # whatever goes wrong in making a value of it, it is not what was written
            raise CorruptData(f"Stored data cannot be read: {type(e).__name__}: {e}. Restore it from a backup.") from e
        raise CorruptData(f"Stored data holds a value of unknown kind {code}. A newer version may have written it.")

    hook = wire.guarded_decoder(decode)
    return hook
