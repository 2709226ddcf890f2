"""Stored data that was made to harm: no code of any class runs, and reading takes no more than in proportion."""

from __future__ import annotations

import enum
import gc
import importlib.util
import os
import resource
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import ormsgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from langgraph_nb.checkpoint.serde import CorruptData, JsonPlusSerializer, UnknownTypeError, wire

strict = JsonPlusSerializer(on_unknown="raise")
lenient = JsonPlusSerializer()
ran: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran() -> Iterator[None]:
    ran.clear()
    yield
    assert ran == []


def forged(code: int, *parts: Any) -> tuple[str, bytes]:
    return wire.FORMAT, ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(list(parts))))


# -- classes that do things when they are looked at ----------------------------------------------------------------


class Told(type):
    """A metaclass that notices being asked anything."""

    def __getattr__(cls, name: str) -> Any:
        if not name.startswith("_pytest"):
            ran.append(f"meta {name}")
        raise AttributeError(name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        ran.append("call")
        return super().__call__(*args, **kwargs)

    def __instancecheck__(cls, obj: Any) -> bool:
        ran.append("instancecheck")
        return False

    def __subclasscheck__(cls, other: Any) -> bool:
        ran.append("subclasscheck")
        return False

    def __eq__(cls, other: object) -> bool:
        if other is not cls:
            ran.append("eq")
        return cls is other

    __hash__ = type.__hash__


class Watching(metaclass=Told):
    pass


class Computed:
    """A data descriptor."""

    def __get__(self, obj: Any, owner: Any) -> Any:
        if obj is not None:
            ran.append("get")
        return 0

    def __set__(self, obj: Any, value: Any) -> None:
        ran.append("set")


@dataclass(init=False)
class Described:
    size: int = Computed()  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        ran.append("reduce")
        return os.getpid, ()

    def __getattribute__(self, name: str) -> Any:
        ran.append(f"getattribute {name}")
        return object.__getattribute__(self, name)

    def __setstate__(self, state: Any) -> None:
        ran.append("setstate")


class Ending(dict[str, Any]):
    def __del__(self) -> None:
        ran.append("del")


class Flags(enum.Flag):
    A = 1

    @classmethod
    def _missing_(cls, value: object) -> Any:
        ran.append("missing")
        return super()._missing_(value)


class Lookups(enum.Enum):
    A = 1

    @classmethod
    def _missing_(cls, value: object) -> Any:
        ran.append("missing")


class Rewritten(list[Any]):
    def extend(self, *args: Any) -> None:
        ran.append("extend")

    def __init__(self, *args: Any) -> None:
        ran.append("init")


class Numbered(NamedTuple):
    a: int


class Made(Numbered):
    def __new__(cls, *args: Any) -> Made:
        ran.append("new")
        return super().__new__(cls, *args)


class Hooked(BaseModel):
    n: int = 0

    def __getattr__(self, name: str) -> Any:
        ran.append(f"getattr {name}")
        raise AttributeError(name)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        ran.append("init_subclass")


CODES = [
    wire.PYDANTIC, wire.PYDANTIC_V1, wire.DATACLASS, wire.NAMEDTUPLE, wire.ENUM, wire.BUILTIN_SUBCLASS, wire.TYPE,
]  # fmt: skip
PARTS: dict[int, tuple[Any, ...]] = {
    wire.PYDANTIC: ({"n": 1}, None), wire.PYDANTIC_V1: ({"n": 1}, [], {}), wire.DATACLASS: ({"size": 1},),
    wire.NAMEDTUPLE: (1,), wire.ENUM: (None, 2), wire.BUILTIN_SUBCLASS: ([1], {"x": 1}), wire.TYPE: (),
}  # fmt: skip
NAMES = ["Watching", "Described", "Ending", "Flags", "Lookups", "Rewritten", "Made", "Hooked", "Told", "Computed"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", CODES)
def test_no_code_of_a_class_runs_whatever_data_says_it_is(code: int, name: str) -> None:
    for serde in (strict, JsonPlusSerializer(allowed_msgpack_modules=[(__name__, name)], on_unknown="raise")):
        if name == "Ending" and serde is not strict:
            continue  # whoever allows a class with a __del__ has it called
        try:
            serde.loads_typed(forged(code, __name__, name, *PARTS[code]))
        except (UnknownTypeError, CorruptData):
            pass
    if name == "Ending":
        gc.collect()


def test_the_values_of_such_classes_are_right_where_they_are_values() -> None:
    flags = strict.loads_typed(forged(wire.ENUM, __name__, "Flags", None, 0))
    assert type(flags) is Flags and flags.value == 0
    made = strict.loads_typed(forged(wire.NAMEDTUPLE, __name__, "Made", 5))
    assert (type(made), tuple(made)) == (Made, (5,))
    rewritten = strict.loads_typed(forged(wire.BUILTIN_SUBCLASS, __name__, "Rewritten", [1, 2], None))
    assert type(rewritten) is Rewritten and list(rewritten) == [1, 2]


def test_a_class_that_python_would_call_in_the_end_counts_only_by_name() -> None:
    with pytest.raises(UnknownTypeError):
        strict.loads_typed(forged(wire.BUILTIN_SUBCLASS, __name__, "Ending", {"a": 1}, None))


def test_modules_that_load_when_they_are_looked_at_are_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("this")
    assert spec is not None and spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    lazy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lazy)
    monkeypatch.setitem(sys.modules, "this", lazy)

    class Module(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            ran.append("module")
            return Described

    monkeypatch.setitem(sys.modules, "computed", Module("computed"))
    monkeypatch.setitem(sys.modules, "no_module", Described.__new__(Described))
    ran.clear()
    for module in ("this", "computed", "no_module"):
        for code in CODES:
            with pytest.raises(UnknownTypeError):
                strict.loads_typed(forged(code, module, "Described", *PARTS[code]))
    assert type(lazy) is not types.ModuleType  # it would be, once loaded


@pytest.mark.parametrize("address", [(1, "a"), (None, None), (["os"], "system"), ("os", {"a": 1}), (b"os", b"system")])
def test_names_that_are_no_text_are_refused(address: tuple[Any, Any]) -> None:
    for code in CODES:
        with pytest.raises(CorruptData):
            strict.loads_typed(forged(code, *address, *PARTS[code]))


# -- bombs -------------------------------------------------------------------------------------------------------------


def nested(depth: int, code: int, filling: bytes) -> bytes:
    data = ormsgpack.packb(filling)
    for _ in range(depth):
        data = ormsgpack.packb(ormsgpack.Ext(code, b"\x91" + data))
    return data


BOMBS: dict[str, bytes] = {
    "a list of four billion": b"\xdd\xff\xff\xff\xff" + b"\xc0" * 100,
    "a dict of four billion": b"\xdf\xff\xff\xff\xff" + b"\xa0\xc0" * 100,
    "lists of lists of lists": b"\xdd\xff\xff\xff\xff" * 500,
    "bytes of four gigabytes": b"\xc6\xff\xff\xff\xff" + b"x" * 100,
    "an extension of four gigabytes": b"\xc9\xff\xff\xff\xff\x00" + b"x" * 100,
    "deep lists": b"\x91" * 200_000,
    "deep tuples around much": nested(3_000, wire.TUPLE, b"x" * 100_000),
    "a fraction of a huge power": forged(wire.TEXT, "fraction", "1e1000000000")[1],
    "a deque": forged(wire.DEQUE, 2**62, 1)[1],
    "a huge range as a list": forged(wire.NP_SCALAR, "<i8", [2**40], b"\0" * 8)[1],
    "an array of nothing": forged(wire.NDARRAY, "<f8", [0, 2**40], b"")[1],
    "an array of wide texts": forged(wire.NDARRAY, "<U536870911", [1], b"")[1],
    "a huge array in polars": forged(wire.POLARS, "series", ["a", ["Array", "Int64", 2**40], [None]])[1],
    "a column without an end": forged(wire.POLARS, "series", ["a", ["List", ["List", "Nope"]], [None]])[1],
    "a table of unlike columns": forged(wire.POLARS, "frame", 9, ["a", "Int8", b"\x01"])[1],
    "a timestamp out of time": forged(wire.PD_SCALAR, "timestamp", 2**62, "Y", None, 0)[1],
    "a message of unknown fields": forged(wire.MESSAGE, 1 << 60, *[1] * 40)[1],
    "a message that is none": forged(wire.MESSAGE, "a", 1)[1],
    "messages that are none": forged(wire.MESSAGES, 1, 2, [], [1])[1],
    "a pattern that is none": forged(wire.TEXT, "pattern", "(" * 5_000, 0)[1],
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_read_or_refused_without_exploding(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    try:
        lenient.loads_typed((wire.FORMAT, BOMBS[name]))
    except CorruptData:
        pass
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_maxrss - before.ru_maxrss < 600_000  # KiB: libraries may be loaded here


# -- any bytes ---------------------------------------------------------------------------------------------------------

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9)
    | st.binary(max_size=9)
    | st.sampled_from(["os", "system", "subprocess", "Popen", "builtins", "eval", __name__, *NAMES, "numpy", "<f8",
                       "|O", "pattern", "index", "range", "category", "masked", "frame", "series", "Int64", "List"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
words = st.deferred(lambda: plain | st.builds(ormsgpack.Ext, st.integers(0, 90), packed))
packed = st.builds(ormsgpack.packb, st.lists(words, max_size=6))
whole = st.builds(lambda code, data: ormsgpack.packb(ormsgpack.Ext(code, data)), st.integers(0, 90), packed)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(whole | packed)
def test_any_words_in_any_order_are_read_or_refused(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for serde in (lenient, strict):
            try:
                serde.loads_typed((wire.FORMAT, data))
            except (CorruptData, UnknownTypeError):
                pass


@settings(deadline=None)
@given(st.data())
def test_any_change_of_good_bytes_is_read_or_refused(data: st.DataObject) -> None:
    good = bytearray(lenient.dumps_typed({"m": [Numbered(1), Lookups.A, {1, 2}, (3,), 2**80], "t": "\ud800"})[1])
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            lenient.loads_typed((wire.FORMAT, bytes(good[: data.draw(st.integers(1, len(good)))])))
        except CorruptData:
            pass


def test_nothing_starts_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "system", lambda *args: ran.append("system"))
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda *args, **kwargs: ran.append("popen"))
    for module, name in (("os", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("builtins", "__import__")):
        for code in range(128):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    lenient.loads_typed(forged(code, module, name, ["id"], {"shell": True}, "run"))
                except CorruptData:
                    pass
