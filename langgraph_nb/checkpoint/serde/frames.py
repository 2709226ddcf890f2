"""Words for pandas: frames, series, indexes and timestamps, column by column, with their dtypes.

Data is stored as numpy arrays and plain values, never as pickle. pandas is imported only when stored data holds some of
it; to be encoded it must have been imported by whoever made the value. Dtypes that have no word here are refused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timezone
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from ormsgpack import Ext

from langgraph_nb.checkpoint.serde import wire
from langgraph_nb.checkpoint.serde.base import CorruptData, UnstorableValue
from langgraph_nb.checkpoint.serde.wire import Encoder, Pack

# -- columns: a pandas array is [kind, ...] ----------------------------------------------------------------------------


_MASKED = frozenset(
    ("boolean", "Float32", "Float64", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
)


def _zone(tz: Any) -> Any:
    """A time zone that has a word; pytz's have none, but pandas makes them from their names."""
    if tz is None or isinstance(tz, timezone | ZoneInfo):
        return tz
    if type(tz).__module__.partition(".")[0] != "pytz":
        raise UnstorableValue(f"the time zone {tz!r}", "Use zoneinfo.ZoneInfo('Area/City').")
    return str(tz)


def _known_zone(tz: Any) -> Any:
    """The inverse of ``_zone``. pandas would open a file for some names."""
    if isinstance(tz, str) and tz not in available_timezones():
        raise CorruptData(f"Stored data holds the time zone {tz!r}, which this machine does not know.")
    return tz


def _column(values: Any) -> list[Any]:
    """A pandas or numpy array as parts that ``_build_column`` understands."""
    pd, np = sys.modules["pandas"], sys.modules["numpy"]
    dtype = values.dtype
    if isinstance(values, np.ndarray):
        return ["numpy", values]
    if isinstance(dtype, pd.StringDtype):
        texts = [None if missing else str(v) for v, missing in zip(values, values.isna(), strict=True)]
        return ["string", dtype.storage, dtype.na_value is pd.NA, texts]
    if isinstance(values, pd.arrays.NumpyExtensionArray) or isinstance(dtype, np.dtype):
        return ["numpy", np.asarray(values)]
    if isinstance(dtype, pd.DatetimeTZDtype):
        return ["zoned", np.asarray(values.asi8), dtype.unit, _zone(dtype.tz)]
    if isinstance(dtype, pd.CategoricalDtype):
        return ["category", np.asarray(values.codes), _index_parts(dtype.categories), bool(dtype.ordered)]
    if dtype.name in _MASKED:
        return ["masked", dtype.name, values.to_numpy(dtype.numpy_dtype, na_value=0), np.asarray(values.isna())]
    raise UnstorableValue(f"a pandas column of dtype {dtype}", "Convert it first, for example with astype(object).")


def _build_column(parts: list[Any]) -> Any:
    import numpy as np
    import pandas as pd

    kind, *rest = parts
    if kind == "numpy":
        return rest[0]
    if kind == "zoned":
        stamps, unit, tz = rest
        return pd.DatetimeIndex(stamps.view(f"M8[{unit}]")).tz_localize("UTC").tz_convert(_known_zone(tz)).array
    if kind == "category":
        codes, categories, ordered = rest
        return pd.Categorical.from_codes(codes, categories=_build_index(categories), ordered=ordered)
    if kind == "string":
        storage, has_na, texts = rest
        dtype = pd.StringDtype(storage) if has_na else pd.StringDtype(storage, na_value=np.nan)
        return pd.array(texts, dtype=dtype)
    if kind == "masked" and rest[0] in _MASKED:
        name, values, missing = rest
        column = pd.array(values, dtype=name)
        column[missing] = pd.NA
        return column
    raise CorruptData(f"Stored data holds a column of unknown kind {kind!r}. A newer version may have written it.")


# -- indexes -----------------------------------------------------------------------------------------------------------


def _index_parts(index: Any) -> list[Any]:
    pd = sys.modules["pandas"]
    if isinstance(index, pd.RangeIndex):
        return ["range", index.start, index.stop, index.step, index.name]
    if isinstance(index, pd.MultiIndex):
        levels = [_index_parts(level) for level in index.levels]
        return ["multi", levels, [list(map(int, codes)) for codes in index.codes], list(index.names)]
    if isinstance(index, pd.IntervalIndex | pd.PeriodIndex):
        raise UnstorableValue(f"a pandas {type(index).__name__}", "Convert it first, for example with astype(str).")
    return ["index", _column(index.array), index.name, getattr(index, "freqstr", None)]


def _build_index(parts: list[Any]) -> Any:
    import pandas as pd

    kind, *rest = parts
    if kind == "range":
        start, stop, step, name = rest
        return pd.RangeIndex(start, stop, step, name=name)
    if kind == "multi":
        levels, codes, names = rest
        return pd.MultiIndex([_build_index(level) for level in levels], codes, names=names)
    column, name, freq = rest
    values = _build_column(column)
    index = pd.Index(values, name=name, dtype=values.dtype)
    if freq is not None:
        index.freq = freq
    return index


# -- values ------------------------------------------------------------------------------------------------------------


def _frame_parts(frame: Any) -> list[Any]:
    columns = [_column(frame.iloc[:, i].array) for i in range(frame.shape[1])]
    return [_index_parts(frame.index), _index_parts(frame.columns), columns, frame.attrs]


def _build_frame(parts: list[Any]) -> Any:
    import pandas as pd

    index, columns, data, attrs = parts
    rows = _build_index(index)
    frame = pd.DataFrame({i: pd.Series(_build_column(c), index=rows) for i, c in enumerate(data)}, index=rows)
    frame.columns = _build_index(columns)
    frame.attrs.update(attrs)
    return frame


def _series_parts(series: Any) -> list[Any]:
    return [_index_parts(series.index), _column(series.array), series.name, series.attrs]


def _build_series(parts: list[Any]) -> Any:
    import pandas as pd

    index, data, name, attrs = parts
    series = pd.Series(_build_column(data), index=_build_index(index), name=name)
    series.attrs.update(attrs)
    return series


def _scalar_parts(value: Any) -> list[Any]:
    pd = sys.modules["pandas"]
    if value is pd.NaT or value is pd.NA:
        return ["NaT" if value is pd.NaT else "NA"]
    if isinstance(value, pd.Timestamp):
        return ["timestamp", int(value.asm8.view("i8")), value.unit, _zone(value.tz), value.fold]
    return ["timedelta", int(value.asm8.view("i8")), value.unit]


def _build_scalar(parts: list[Any]) -> Any:
    import numpy as np
    import pandas as pd

    kind, *rest = parts
    if kind in ("NaT", "NA"):
        return getattr(pd, kind)
    if kind == "timedelta":
        return pd.Timedelta(np.timedelta64(rest[0], rest[1]))
    count, unit, tz, fold = rest
    stamp = pd.Timestamp(np.datetime64(count, unit))
    return stamp if tz is None else stamp.tz_localize("UTC").tz_convert(_known_zone(tz)).replace(fold=fold)


def _encoder(code: int, parts: Callable[[Any], list[Any]]) -> Encoder:
    def encode(value: Any, pack: Pack) -> Ext:
        return Ext(code, pack(parts(value)))

    return encode


def encoder_for(cls: type) -> Encoder | None:
    """The encoder for pandas' own classes, once the program has imported pandas."""
    pd = sys.modules.get("pandas")
    if pd is None or not cls.__module__.startswith("pandas"):
        return None
    if cls is pd.DataFrame:
        return _encoder(wire.DATAFRAME, _frame_parts)
    if cls is pd.Series:
        return _encoder(wire.SERIES, _series_parts)
    if issubclass(cls, pd.Index):
        return _encoder(wire.INDEX, _index_parts)
    if cls in (pd.Timestamp, pd.Timedelta, type(pd.NaT), type(pd.NA)):
        return _encoder(wire.PD_SCALAR, _scalar_parts)
    return _encoder(wire.PD_ARRAY, _column) if issubclass(cls, pd.api.extensions.ExtensionArray) else None


LISTED_DECODERS: dict[int, Callable[[list[Any]], Any]] = {
    wire.DATAFRAME: _build_frame,
    wire.SERIES: _build_series,
    wire.INDEX: _build_index,
    wire.PD_ARRAY: _build_column,
    wire.PD_SCALAR: _build_scalar,
}
