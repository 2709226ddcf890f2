"""Words for polars: frames and series, with their dtypes. Data is stored as plain values, never in polars' own formats,
whose readers would unpack what a few bytes ask for. polars is imported only when stored data holds some of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.base import CorruptData, UnstorableValue
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack

_INTEGERS = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
_AS_BYTES = frozenset((*_INTEGERS, "Float32", "Float64"))
"""What numpy has too: stored as its bytes where nothing is missing."""
_PLAIN = frozenset((*_AS_BYTES, "Int128", "Boolean", "String", "Binary", "Null", "Date", "Time", "Categorical"))
_PHYSICAL = {"Date": "Int32", "Time": "Int64", "Datetime": "Int64", "Duration": "Int64"}
"""dtype -> that of the numbers that stand for its values."""


# -- dtypes: a name, or [name, ...] ------------------------------------------------------------------------------------


def _described(dtype: Any, nested: bool = False) -> Any:
    name = type(dtype).__name__
    if name in _PLAIN and not (nested and name == "Categorical"):
        return name
    match name:
        case "Datetime":
            return [name, dtype.time_unit, dtype.time_zone]
        case "Duration":
            return [name, dtype.time_unit]
        case "Decimal" if not nested:
            return [name, dtype.precision, dtype.scale]
        case "Enum" if not nested:
            return [name, dtype.categories.to_list()]
        case "List":
            return [name, _described(dtype.inner, True)]
        case "Array":
            return [name, _described(dtype.inner, True), dtype.size]
        case "Struct":
            return [name, [[field.name, _described(field.dtype, True)] for field in dtype.fields]]
    raise UnstorableValue(f"a polars column of dtype {dtype}", "Cast it first, for example to pl.String.")


def _dtype(described: Any, physical: bool = False) -> Any:
    """The dtype that is described, or that of the numbers that stand for its values."""
    import polars as pl

    rest: list[Any]
    name, *rest = [described] if isinstance(described, str) else described
    if physical and name in _PHYSICAL:
        name, rest = _PHYSICAL[name], []
    match name:
        case "List":
            return pl.List(_dtype(rest[0], physical))
        case "Array":
            return pl.Array(_dtype(rest[0], physical), rest[1])
        case "Struct":
            return pl.Struct([pl.Field(field, _dtype(inner, physical)) for field, inner in rest[0]])
        case "Datetime" | "Duration" | "Decimal" | "Enum":
            return getattr(pl, name)(*rest)
    if name not in _PLAIN:
        raise CorruptData(f"Stored data holds a column of unknown dtype {name!r}. A newer version may have written it.")
    return getattr(pl, name)()


# -- columns -----------------------------------------------------------------------------------------------------------


def _column(series: Any) -> list[Any]:
    described = _described(series.dtype)
    name = described if isinstance(described, str) else described[0]
    if name in _AS_BYTES and not series.null_count():
        return [series.name, described, series.to_numpy().tobytes()]
    if name in _PHYSICAL or name in ("List", "Array", "Struct"):
        return [series.name, described, series.to_physical().to_list()]
    return [series.name, described, series.to_list()]


def _build_column(parts: list[Any]) -> Any:
    import polars as pl

    name, described, values = parts
    dtype = _dtype(described)
    if type(values) is bytes:
        import numpy as np

        if described not in _AS_BYTES:
            raise CorruptData(f"Stored data holds a column of {described!r} as bytes, which is never written.")
        return pl.Series(name, np.frombuffer(values, dtype=described.lower()), dtype=dtype)
    held = pl.Series(name, values, dtype=_dtype(described, True), strict=True)
    return held if held.dtype == dtype else held.cast(dtype)


def _series_parts(series: Any) -> list[Any]:
    return ["series", _column(series)]


def _frame_parts(frame: Any) -> list[Any]:
    if frame.height and not frame.width:
        raise UnstorableValue("a polars frame of rows without columns", "Store how many rows it has.")
    return ["frame", frame.height, *map(_column, frame.get_columns())]


def _build(parts: list[Any]) -> Any:
    import polars as pl

    kind, *rest = parts
    try:
        if kind == "series":
            return _build_column(*rest)
        if kind == "frame":
            height, *columns = rest
            frame = pl.DataFrame([_build_column(column) for column in columns])
            if frame.height != (height if columns else 0):
                raise CorruptData("Stored data holds a table whose columns are not as long as it says.")
            return frame
    except pl.exceptions.PanicException as e:  # no Exception, but no reason to end the program either
        raise CorruptData(f"Stored data holds a table that polars cannot make: {e}.") from None
    raise CorruptData(f"Stored data holds a table of unknown kind {kind!r}. A newer version may have written it.")


def _encoder(parts: Callable[[Any], list[Any]]) -> Encoder:
    def encode(value: Any, pack: Pack) -> Ext:
        return Ext(wire.POLARS, pack(parts(value)))

    return encode


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for polars' frames and series, once the program has imported polars."""
    pl = sys.modules.get("polars")
    if pl is None:
        return None
    if cls is pl.DataFrame:
        return _encoder(_frame_parts)
    return _encoder(_series_parts) if cls is pl.Series else None


LISTED_DECODERS: dict[int, Callable[[list[Any]], Any]] = {wire.POLARS: _build}
