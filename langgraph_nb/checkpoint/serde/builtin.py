"""Words for the values of the standard library: tuples, sets, dates, numbers and texts of many kinds.

Each comes back with exactly its type. Knows no user's class; those are in ``classes``.
"""

from __future__ import annotations

import decimal
import fractions
import ipaddress
import pathlib
import re
import zoneinfo
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from types import EllipsisType
from typing import Any
from uuid import UUID as Uuid

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.base import CorruptData, UnstorableValue
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack

Unpack = Callable[[bytes], Any]

_SIGNED_INT_HEADROOM = 8


def _int_bytes(n: int) -> bytes:
    return n.to_bytes((n.bit_length() + _SIGNED_INT_HEADROOM) // 8, "big", signed=True)


def _listed(code: int, parts: Callable[[Any], Any]) -> Encoder:
    """An encoder whose payload is the list that ``parts`` makes of the object."""

    def encode(obj: Any, pack: Pack) -> Ext:
        return Ext(code, pack(parts(obj)))

    return encode


def _pairs(mapping: dict[Any, Any]) -> list[Any]:
    return [x for pair in mapping.items() for x in pair]


def _mapped(kind: Callable[[Iterable[Any]], Any]) -> Callable[[list[Any]], Any]:
    def build(flat: list[Any]) -> Any:
        return kind(zip(flat[::2], flat[1::2], strict=True))

    return build


# -- values whose text says all ---------------------------------------------------------------------------------------

_TEXTS: dict[str, tuple[type, Callable[[str], Any]]] = {
    "decimal": (decimal.Decimal, decimal.Decimal),
    "pure_posix": (pathlib.PurePosixPath, pathlib.PurePosixPath),
    "pure_windows": (pathlib.PureWindowsPath, pathlib.PureWindowsPath),
    "posix": (pathlib.PosixPath, pathlib.Path),
    "windows": (pathlib.WindowsPath, pathlib.Path),
    "ip4": (ipaddress.IPv4Address, ipaddress.IPv4Address),
    "ip6": (ipaddress.IPv6Address, ipaddress.IPv6Address),
    "ip4if": (ipaddress.IPv4Interface, ipaddress.IPv4Interface),
    "ip6if": (ipaddress.IPv6Interface, ipaddress.IPv6Interface),
    "ip4net": (ipaddress.IPv4Network, ipaddress.IPv4Network),
    "ip6net": (ipaddress.IPv6Network, ipaddress.IPv6Network),
}


def _text_encoder(name: str) -> Encoder:
    def encode(obj: Any, pack: Pack) -> Ext:
        return Ext(wire.TEXT, pack([name, str(obj)]))

    return encode


def _encode_pattern(obj: re.Pattern[Any], pack: Pack) -> Ext:
    return Ext(wire.TEXT, pack(["pattern", obj.pattern, obj.flags]))


def _encode_fraction(obj: fractions.Fraction, pack: Pack) -> Ext:
    return Ext(wire.TEXT, pack(["fraction", obj.numerator, obj.denominator]))  # a text could ask for 10**10**9


def _decode_text(parts: list[Any]) -> Any:
    name, text, *rest = parts
    if name == "pattern":
        return re.compile(text, *rest)
    if name == "fraction" and type(text) is int:
        return fractions.Fraction(text, *rest)
    if name not in _TEXTS:
        raise CorruptData(f"Stored data holds a value of unknown kind {name!r}. A newer version may have written it.")
    return _TEXTS[name][1](text)


# -- dates and times --------------------------------------------------------------------------------------------------


def _datetime_parts(d: datetime) -> list[Any]:
    return [d.year, d.month, d.day, d.hour, d.minute, d.second, d.microsecond, d.fold, d.tzinfo]


def _build_datetime(parts: list[Any]) -> datetime:
    *numbers, fold, tz = parts
    return datetime(*numbers).replace(tzinfo=tz, fold=fold)


def _time_parts(t: time) -> list[Any]:
    return [t.hour, t.minute, t.second, t.microsecond, t.fold, t.tzinfo]


def _build_time(parts: list[Any]) -> time:
    *numbers, fold, tz = parts
    return time(*numbers).replace(tzinfo=tz, fold=fold)


def _timezone_parts(tz: timezone) -> list[Any]:
    offset, *name = tz.__getinitargs__()  # type: ignore[attr-defined]
    return [offset, *name]


def _zone_key(zone: zoneinfo.ZoneInfo) -> list[str]:
    if zone.key is None:
        raise UnstorableValue("a ZoneInfo that was made from a file", "Make it with ZoneInfo('Area/City') instead.")
    return [zone.key]


# -- containers -------------------------------------------------------------------------------------------------------

_FACTORIES: dict[str, type] = {t.__name__: t for t in (list, dict, set, tuple, str, int, float, bool, deque)}


def _default_dict_parts(d: defaultdict[Any, Any]) -> list[Any]:
    factory = d.default_factory
    if factory is not None and _FACTORIES.get(getattr(factory, "__name__", "")) is not factory:
        raise UnstorableValue(
            f"a defaultdict whose default_factory is {factory!r}",
            f"Use one of {', '.join(_FACTORIES)}, or a dict.",
        )
    return [None if factory is None else factory.__name__, *_pairs(d)]


def _build_default_dict(parts: list[Any]) -> defaultdict[Any, Any]:
    name, *flat = parts
    if name is not None and name not in _FACTORIES:
        raise CorruptData(f"Stored data holds a defaultdict of {name!r}, which is never written.")
    built: defaultdict[Any, Any] = defaultdict(None if name is None else _FACTORIES[name])
    built.update(zip(flat[::2], flat[1::2], strict=True))
    return built


def _encode_bytearray(obj: bytearray, pack: Pack) -> Ext:
    return Ext(wire.BYTEARRAY, bytes(obj))


def _encode_exception(obj: BaseException, pack: Pack) -> Ext:
    """An exception is kept as the text of its ``repr``: making it again would run its code, its traceback is gone."""
    return Ext(wire.STR, repr(obj).encode("utf-8", "surrogatepass"))


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for a class that is not in ``ENCODERS`` by itself."""
    if issubclass(cls, BaseException):
        return _encode_exception
    return None


ENCODERS: dict[type, Encoder] = {
    tuple: _listed(wire.TUPLE, list),
    set: _listed(wire.SET, list),
    frozenset: _listed(wire.FROZENSET, list),
    deque: _listed(wire.DEQUE, lambda d: [d.maxlen, *d]),
    OrderedDict: _listed(wire.ORDERED_DICT, _pairs),
    defaultdict: _listed(wire.DEFAULT_DICT, _default_dict_parts),
    int: lambda n, pack: Ext(wire.BIG_INT, _int_bytes(n)),
    complex: _listed(wire.COMPLEX, lambda c: [c.real, c.imag]),
    bytearray: _encode_bytearray,
    range: _listed(wire.RANGE, lambda r: [r.start, r.stop, r.step]),
    slice: _listed(wire.SLICE, lambda s: [s.start, s.stop, s.step]),
    EllipsisType: lambda obj, pack: Ext(wire.ELLIPSIS, b""),
    datetime: _listed(wire.DATETIME, _datetime_parts),
    date: _listed(wire.DATE, lambda d: [d.year, d.month, d.day]),
    time: _listed(wire.TIME, _time_parts),
    timedelta: _listed(wire.TIMEDELTA, lambda d: [d.days, d.seconds, d.microseconds]),
    timezone: _listed(wire.TIMEZONE, _timezone_parts),
    zoneinfo.ZoneInfo: _listed(wire.ZONEINFO, _zone_key),
    Uuid: lambda u, pack: Ext(wire.UUID, u.bytes),
    re.Pattern: _encode_pattern,
    fractions.Fraction: _encode_fraction,
    **{cls: _text_encoder(name) for name, (cls, _) in _TEXTS.items()},
}

LISTED_DECODERS: dict[int, Callable[[list[Any]], Any]] = {
    wire.TUPLE: tuple,
    wire.SET: set,
    wire.FROZENSET: frozenset,
    wire.DEQUE: lambda parts: deque(parts[1:], parts[0]),
    wire.ORDERED_DICT: _mapped(OrderedDict),
    wire.DEFAULT_DICT: _build_default_dict,
    wire.MAP: _mapped(dict),
    wire.COMPLEX: lambda parts: complex(*parts),
    wire.RANGE: lambda parts: range(*parts),
    wire.SLICE: lambda parts: slice(*parts),
    wire.DATETIME: _build_datetime,
    wire.DATE: lambda parts: date(*parts),
    wire.TIME: _build_time,
    wire.TIMEDELTA: lambda parts: timedelta(*parts),
    wire.TIMEZONE: lambda parts: timezone(*parts),
    wire.ZONEINFO: lambda parts: zoneinfo.ZoneInfo(*parts),
    wire.TEXT: _decode_text,
}
"""Code -> what builds the value from the unpacked payload."""

RAW_DECODERS: dict[int, Callable[[bytes], Any]] = {
    wire.BIG_INT: lambda data: int.from_bytes(data, "big", signed=True),
    wire.BYTEARRAY: bytearray,
    wire.STR: lambda data: data.decode("utf-8", "surrogatepass"),
    wire.ELLIPSIS: lambda data: ...,
    wire.UUID: lambda data: Uuid(bytes=data),
}
"""Code -> what builds the value from the payload itself."""
