"""Stored data is not trusted: whatever it names, nothing is imported, called or made that the program did not allow."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, NamedTuple

import ormsgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from langgraph_nb.checkpoint.serde import (
    CorruptData,
    JsonPlusSerializer,
    UnknownTypeError,
    UnknownTypeWarning,
    wire,
)
from langgraph_nb.types import Interrupt

serde = JsonPlusSerializer()
strict = JsonPlusSerializer(on_unknown="raise")
ran: list[str] = []


def forged(code: int, *parts: Any) -> tuple[str, bytes]:
    return wire.FORMAT, ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(list(parts))))


INSTANCES = [wire.PYDANTIC, wire.DATACLASS, wire.NAMEDTUPLE, wire.ENUM, wire.BUILTIN_SUBCLASS, wire.TYPE]
TARGETS = [
    ("os", "system"), ("posix", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("builtins", "exec"),
    ("builtins", "object"), ("builtins", "type"), ("types", "FunctionType"), ("ctypes", "CDLL"), ("pickle", "loads"),
    ("tempfile", "_TemporaryFileCloser"), ("pathlib", "Path"), ("os", "environ"), ("sys", "modules"),
    ("os.path", "join"), ("", ""), ("sys", "modules.os"), (__name__, "serde"), (__name__, "forged"),
]  # fmt: skip
ARGUMENTS: dict[int, tuple[Any, ...]] = {
    wire.PYDANTIC: ({"cmd": "id"}, None), wire.DATACLASS: ({"cmd": "id"},), wire.NAMEDTUPLE: ("id",),
    wire.ENUM: ("system", "id"), wire.BUILTIN_SUBCLASS: ("id", {"x": 1}), wire.TYPE: (),
}  # fmt: skip


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test if a process is started or a module is imported."""

    def trap(*args: Any, **kwargs: Any) -> None:
        ran.append(repr(args))

    ran.clear()
    monkeypatch.setattr(os, "system", trap)
    monkeypatch.setattr(subprocess.Popen, "__init__", trap)
    before = set(sys.modules)
    yield
    assert ran == []
    assert set(sys.modules) == before


@pytest.mark.parametrize("code", INSTANCES)
@pytest.mark.parametrize(("module", "name"), TARGETS)
def test_data_that_names_other_things_than_value_classes_makes_nothing(
    code: int, module: str, name: str, nothing_runs: None
) -> None:
    data = forged(code, module, name, *ARGUMENTS[code])
    with pytest.raises(UnknownTypeError):
        strict.loads_typed(data)
    with pytest.warns(UnknownTypeWarning, match="allowed_msgpack_modules"):
        assert type(serde.loads_typed(data)) in (dict, tuple, str, type(None))


def test_data_cannot_have_a_module_imported() -> None:
    program = f"""
        import sys, warnings
        from langgraph_nb.checkpoint.serde import JsonPlusSerializer
        warnings.simplefilter("ignore")
        for data in {[forged(code, "antigravity", "Model", *ARGUMENTS[code]) for code in INSTANCES]!r}:
            JsonPlusSerializer().loads_typed(data)
        assert "antigravity" not in sys.modules and "langchain_core" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


class Watched(BaseModel):
    x: int

    def __init__(self, **fields: Any) -> None:
        ran.append("init")
        super().__init__(**fields)

    @field_validator("x")
    @classmethod
    def _check(cls, x: int) -> int:
        ran.append("validator")
        return x

    def model_post_init(self, context: Any) -> None:
        ran.append("post_init")

    def __setstate__(self, state: dict[Any, Any]) -> None:
        ran.append("setstate")


@dataclass
class WatchedData:
    x: int

    def __post_init__(self) -> None:
        ran.append("post_init")

    def __setattr__(self, name: str, value: Any) -> None:
        ran.append("setattr")
        object.__setattr__(self, name, value)


class WatchedText(str):
    def __new__(cls, *args: Any) -> WatchedText:
        ran.append("new")
        return super().__new__(cls, *args)


@pytest.mark.parametrize("value", [Watched(x=1), WatchedData(1), WatchedText("x")], ids=lambda v: type(v).__name__)
def test_instances_are_made_without_running_code_of_their_class(value: Any) -> None:
    data = serde.dumps_typed(value)
    ran.clear()
    assert strict.loads_typed(data) == value
    assert ran == []


def test_class_found_by_another_name_than_its_own_does_not_count() -> None:
    alias = "Renamed"
    globals()[alias] = WatchedData
    try:
        with pytest.raises(UnknownTypeError):
            strict.loads_typed(forged(wire.DATACLASS, __name__, alias, {"x": 1}))
    finally:
        del globals()[alias]


class Old(NamedTuple):
    a: int
    b: int


class Shade(Enum):
    DARK = 1


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (forged(wire.DATACLASS, __name__, "WatchedData", {"y": 1}), {"y": 1}),
        (forged(wire.PYDANTIC, __name__, "Watched", {"y": 1}, None), {"y": 1}),
        (forged(wire.NAMEDTUPLE, __name__, "Old", 1), (1,)),
        (forged(wire.NAMEDTUPLE, __name__, "Old", 1, 2, 3), (1, 2, 3)),
        (forged(wire.ENUM, __name__, "Shade", "LIGHT", 2), 2),
        (forged(wire.DATACLASS, __name__, "Watched", {"x": 1}), {"x": 1}),
        (forged(wire.PYDANTIC, __name__, "WatchedData", {"x": 1}, None), {"x": 1}),
    ],
)
def test_class_that_changed_its_shape_is_read_as_plain_data_with_a_warning(data: Any, plain: Any) -> None:
    with pytest.warns(UnknownTypeWarning):
        assert serde.loads_typed(data) == plain
    with pytest.raises(UnknownTypeError):
        strict.loads_typed(data)


def test_only_what_is_listed_is_read_when_there_is_a_list() -> None:
    data = serde.dumps_typed([WatchedData(1), Shade.DARK])
    some = JsonPlusSerializer(allowed_msgpack_modules=[WatchedData, (__name__, "Shade")], on_unknown="raise")
    assert some.loads_typed(data) == [WatchedData(1), Shade.DARK]
    none = JsonPlusSerializer(allowed_msgpack_modules=None, on_unknown="raise")
    with pytest.raises(UnknownTypeError, match="WatchedData"):
        none.loads_typed(data)
    assert none.with_msgpack_allowlist([WatchedData, Shade]).loads_typed(data) == [WatchedData(1), Shade.DARK]
    assert some.with_msgpack_allowlist([WatchedData]) is some


extensions = st.builds(lambda code, data: ormsgpack.packb(ormsgpack.Ext(code, data)), st.integers(0, 90), st.binary())


@settings(deadline=None)  # the first value of a kind may import numpy or pandas
@given(st.binary(max_size=60) | extensions)
def test_any_bytes_are_read_as_a_value_or_refused(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownTypeWarning)
        try:
            serde.loads_typed((wire.FORMAT, data))
        except CorruptData:
            pass


@pytest.mark.parametrize(
    "data",
    [
        b"\xdd\xff\xff\xff\xff\x01",  # a list that says it has four billion items
        b"\xdf\xff\xff\xff\xff\x01",
        b"\xc6\xff\xff\xff\xff\x01",
        forged(wire.NDARRAY, "<f8", [], 2**60)[1],  # a number where the bytes should be
        forged(wire.NDARRAY, ",i8", [1], b"\0" * 8)[1],
        forged(wire.NDARRAY, "|O8", [1], b"\0" * 8)[1],
        forged(wire.NDARRAY, [["a", "|O8"]], [1], b"\0" * 8)[1],
        forged(wire.NDARRAY, "<f8", [2**62], b"\0" * 8)[1],
        forged(wire.PD_SCALAR, "timestamp", 0, "ns", "dateutil//etc/passwd", 0)[1],
        forged(wire.ZONEINFO, "../../../etc/passwd")[1],
        forged(wire.DEFAULT_DICT, "eval")[1],
        forged(wire.TEXT, "eval", "1")[1],
        forged(wire.MESSAGE, 99)[1],
        forged(99, 1)[1],
    ],
    ids=range(14),
)
def test_lies_about_sizes_kinds_and_places_are_refused(data: bytes) -> None:
    with pytest.raises(CorruptData):
        serde.loads_typed((wire.FORMAT, data))


def test_data_nested_too_deeply_is_refused() -> None:
    bomb = ormsgpack.packb([])
    for _ in range(3000):
        bomb = ormsgpack.packb(ormsgpack.Ext(wire.TUPLE, b"\x91" + bomb))
    with pytest.raises(CorruptData):
        serde.loads_typed((wire.FORMAT, bomb))


def test_unknown_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="no choice"):
        JsonPlusSerializer(on_unknown="ignore")  # type: ignore[arg-type]


def test_temporary_files_of_the_program_are_not_closed_by_data() -> None:
    with tempfile.NamedTemporaryFile() as file:
        with pytest.raises(UnknownTypeError):
            strict.loads_typed(forged(wire.DATACLASS, "tempfile", "_TemporaryFileCloser", {"name": file.name}))
        assert os.path.exists(file.name)


def test_interrupt_whose_schema_is_gone_comes_back_with_the_json_schema() -> None:
    asked = Interrupt("How many?", id="1", response_schema=Watched)
    elsewhere = JsonPlusSerializer(allowed_msgpack_modules=None)
    with pytest.warns(UnknownTypeWarning, match="Watched"):
        read = elsewhere.loads_typed(serde.dumps_typed(asked))
    assert read.response_schema == Watched.model_json_schema()
    annotated = Interrupt("How many?", id="1", response_schema=Annotated[int, Field(gt=0)])
    assert serde.loads_typed(serde.dumps_typed(annotated)).response_schema == {"exclusiveMinimum": 0, "type": "integer"}
