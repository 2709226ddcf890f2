"""pandas values come back with their dtypes, indexes and names, without pickle."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from langgraph_nb.checkpoint.serde import JsonPlusSerializer, UnstorableValue
from tests.unit.checkpoint.conftest import ROOT

pd = pytest.importorskip("pandas")
serde = JsonPlusSerializer(on_unknown="raise")


def there_and_back(value: Any) -> Any:
    return serde.loads_typed(serde.dumps_typed(value))


days = pd.date_range("2024-01-01", periods=3, freq="D")
COLUMNS = {
    "int": [1, 2, 3],
    "small": np.array([1, 2, 3], "int8"),
    "float": [1.5, np.nan, -0.0],
    "text": ["a", None, "ü"],
    "object": pd.Series([1, "x", (2, None)], dtype=object),
    "bool": [True, False, True],
    "nullable int": pd.array([1, None, 3], dtype="Int64"),
    "nullable float": pd.array([1.5, None, 3], dtype="Float32"),
    "nullable bool": pd.array([True, None, False], dtype="boolean"),
    "string": pd.array(["a", None, "c"], dtype=pd.StringDtype("python")),
    "day": days,
    "zoned": days.tz_localize("Europe/Berlin"),
    "seconds": days.as_unit("s"),
    "delta": days - days[0],
    "kind": pd.Categorical(["b", "a", "b"], categories=["b", "a", "c"], ordered=True),
    "complex": [1j, 2j, 3j],
}
INDEXES = [
    pd.RangeIndex(0, 6, 2, name="r"), pd.Index([3, 1, 2], name="n"), pd.Index(["a", "b", "c"]), days,
    days.tz_localize("UTC").rename("when"),
    pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["x", None]),
    pd.CategoricalIndex(["a", "b", "a"]), pd.Index([1.5, np.nan, 2]), pd.Index([1, "a", None], dtype=object),
    pd.to_timedelta([1, 2, 3], unit="h"),
]  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_series_comes_back(name: str) -> None:
    series = pd.Series(COLUMNS[name], name=name)
    series.attrs["unit"] = ("m",)
    back = there_and_back(series)
    pd.testing.assert_series_equal(back, series, check_freq=True)
    assert back.attrs == series.attrs
    assert back.dtype == series.dtype


@pytest.mark.parametrize("index", INDEXES, ids=lambda i: f"{type(i).__name__}-{i.dtype}")
def test_index_comes_back_alone_and_in_a_frame(index: Any) -> None:
    pd.testing.assert_index_equal(there_and_back(index), index, exact=True)
    frame = pd.DataFrame({"x": [1, 2, 3]}, index=index)
    pd.testing.assert_frame_equal(there_and_back(frame), frame, check_freq=True)
    wide = pd.DataFrame([[1, 2, 3]], columns=index)
    pd.testing.assert_frame_equal(there_and_back(wide), wide)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(COLUMNS), pd.DataFrame(), pd.DataFrame(columns=["a", "b"]), pd.DataFrame(index=[1, 2]),
        pd.DataFrame([[1, "x"]], columns=["same", "same"]), pd.DataFrame(COLUMNS).iloc[:0],
    ],
    ids=["all dtypes", "empty", "no rows", "no columns", "same names", "empty of all dtypes"],
)  # fmt: skip
def test_frame_comes_back(frame: Any) -> None:
    back = there_and_back({"f": frame})["f"]
    pd.testing.assert_frame_equal(back, frame)
    assert list(back.dtypes) == list(frame.dtypes)


def test_frame_that_comes_back_can_be_written_to() -> None:
    back = there_and_back(pd.DataFrame({"x": [1.0, 2.0]}))
    back.loc[0, "x"] = 5
    assert list(back["x"]) == [5.0, 2.0]


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2024-01-01 12:30"), pd.Timestamp("2024-10-27 02:30", tz="UTC").tz_convert("Europe/Berlin"),
        pd.Timestamp(1, unit="s"), pd.Timedelta("1h"), pd.NaT, pd.NA,
    ],
    ids=repr,
)  # fmt: skip
def test_scalar_comes_back(value: Any) -> None:
    back = there_and_back(value)
    assert type(back) is type(value)
    assert repr(back) == repr(value)


def test_column_without_a_word_is_refused_with_a_way_out() -> None:
    with pytest.raises(UnstorableValue, match=r"period\[D\] at \['f'\]\. Convert it first"):
        serde.dumps_typed({"f": pd.DataFrame({"p": days.to_period("D")})})


def test_pandas_and_numpy_are_not_imported_for_other_values() -> None:
    program = (
        "import sys; from langgraph_nb.checkpoint.serde import JsonPlusSerializer as S; "
        "S().loads_typed(S().dumps_typed({'a': [1, (2,)]})); assert not {'pandas', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
