"""What is stored comes back with the same value and exactly the same types."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import math
import pathlib
import re
import sys
import uuid
import warnings
import zoneinfo
from dataclasses import InitVar, dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.tool import tool_call_chunk
from pydantic import AnyUrl, BaseModel, ConfigDict, HttpUrl, PostgresDsn, PrivateAttr, RootModel, SecretStr

from langgraph_nb.checkpoint.serde import CorruptData, JsonPlusSerializer, UnstorableValue
from langgraph_nb.store.base import Item, SearchItem
from langgraph_nb.types import Command, Interrupt, Overwrite, Send

with warnings.catch_warnings(action="ignore"):  # it warns on the newest Pythons
    from pydantic.v1 import BaseModel as OldBase
    from pydantic.v1 import PrivateAttr as OldPrivate

serde = JsonPlusSerializer(on_unknown="raise")


def there_and_back(value: Any) -> Any:
    return serde.loads_typed(serde.dumps_typed(value))


def same(a: Any, b: Any) -> bool:
    """Equal, with equal types all the way down; NaN is itself."""
    if type(a) is not type(b):
        return False
    if type(a) in (Marked, Bag):
        return same(held(a), held(b))
    if isinstance(a, float):
        return math.copysign(1, a) == math.copysign(1, b) and (a == b or (math.isnan(a) and math.isnan(b)))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(k, key) and same(v, value) for (k, v), (key, value) in zip(a.items(), b.items(), strict=True)
        )
    if isinstance(a, list | tuple | collections.deque):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, set | frozenset):
        return a == b and sorted(map(repr, a)) == sorted(map(repr, b))
    if isinstance(a, Box | BaseModel | Send | Command | Overwrite | Interrupt | np.ndarray):
        return same(held(a), held(b))
    return bool(a == b)


surrogates = st.text(st.characters(codec=None, exclude_categories=()))
numbers = st.integers() | st.integers(-(2**80), 2**80) | st.floats() | st.complex_numbers(allow_nan=False)
times = st.datetimes(timezones=st.none() | st.timezones()) | st.dates() | st.times() | st.timedeltas()
others = st.uuids() | st.decimals(allow_nan=False) | st.fractions() | st.ip_addresses() | st.binary().map(bytearray)
scalars = st.none() | st.booleans() | numbers | st.text() | surrogates | st.binary() | times | others
keys = st.text() | surrogates | st.integers() | st.booleans() | st.none() | st.tuples(st.text(), st.integers())


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists, dicts = st.lists(inner, max_size=5), st.dictionaries(keys, inner, max_size=5)
    sets = st.sets(st.integers() | st.text(), max_size=5)
    return st.one_of(
        lists, dicts, lists.map(tuple), dicts.map(collections.OrderedDict), sets, sets.map(frozenset),
        lists.map(lambda items: collections.deque(items, 9)),
    )  # fmt: skip


class Colour(enum.Enum):
    RED = 1
    ODD = print


class Level(enum.IntEnum):
    LOW = 1


class Mode(enum.StrEnum):
    ON = "on"


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: int
    y: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    a: int
    b: tuple[int, ...] = ()


@dataclass
class Derived:
    a: int
    doubled: int = field(init=False)

    def __post_init__(self) -> None:
        self.doubled = 2 * self.a
        self.note = ["not a field"]


class Text(str):
    origin: str


class Bag(dict[str, Any]):
    pass


class Person(BaseModel):
    name: str
    tags: set[str] = set()

    class Address(BaseModel):
        city: str


class Open(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    x: int = 0
    _secret: int = PrivateAttr(default=1)


Numbers = RootModel[list[int]]
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Site(BaseModel):
    url: AnyUrl


@dataclass
class Box:
    inside: Any
    label: str = "box"


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    inside: Any = None
    _hidden: Any = PrivateAttr(default=None)


class Marked(list[Any]):
    pass


def hidden(inside: Any, kept: Any) -> Model:
    model = Model(inside=inside)
    model._hidden = kept
    return model


def marked(items: list[Any], mark: Any) -> Marked:
    made = Marked(items)
    made.mark = mark  # type: ignore[attr-defined]
    return made


def conversations(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    ids, usage = st.none() | st.text(), {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    call = st.builds(dict, name=st.text(), args=st.dictionaries(st.text(), inner, max_size=3), id=ids)
    calls = st.lists(call, max_size=2)
    more = st.dictionaries(st.text(), inner, max_size=2)
    return st.one_of(
        st.builds(HumanMessage, content=st.text(), id=ids, additional_kwargs=more),
        st.builds(AIMessage, content=st.text(), id=ids, tool_calls=calls, response_metadata=more,
                  usage_metadata=st.none() | st.just(usage)),
        st.builds(ToolMessage, content=st.text(), tool_call_id=st.text(), artifact=inner,
                  status=st.sampled_from(["success", "error"])),
        st.builds(AIMessageChunk, content=st.text(), id=ids, chunk_position=st.sampled_from([None, "last"])),
    )  # fmt: skip


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    messages = conversations(inner)
    return st.one_of(
        st.builds(Box, inner), st.builds(hidden, inner, inner), st.builds(Model, extra=inner), messages,
        st.lists(messages, max_size=4), st.builds(marked, st.lists(inner, max_size=3), inner), st.builds(Bag, a=inner),
        st.builds(Send, st.text(), inner), st.builds(Command, update=inner, goto=st.just("x")),
        st.builds(Overwrite, inner), st.builds(Interrupt, inner, st.text()),
        st.builds(Document, page_content=st.text()),
        st.sampled_from([Colour.RED, Level.LOW, Mode.ON, Access.READ | Access.WRITE, Point(1, (2,)), Frozen(1, (2,))]),
        st.lists(st.floats()).map(np.array), st.lists(st.integers(0, 9)).map(np.float32),
        st.lists(st.text() | st.none() | st.binary(), max_size=3).map(lambda items: np.array(items, dtype=object)),
    )  # fmt: skip


def held(obj: Any) -> Any:
    """What an object of a class consists of, to compare it part by part."""
    if isinstance(obj, BaseModel):
        return [obj.__dict__, obj.model_fields_set, obj.model_extra, obj.__pydantic_private__]
    if isinstance(obj, np.ndarray):
        return [str(obj.dtype), obj.shape, obj.ravel().tolist()]
    if isinstance(obj, list | dict):
        return [list(obj) if isinstance(obj, list) else dict(obj), vars(obj)]
    return {name: getattr(obj, name) for name in ("inside", "label", "node", "arg", "update", "goto", "value", "id")
            if hasattr(obj, name)}  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(scalars, lambda inner: containers(inner) | objects(inner), max_leaves=10))
def test_any_nesting_of_values_comes_back_with_its_types(value: Any) -> None:
    assert same(there_and_back(value), value)


PLAIN = [
    2**64, -(2**63) - 1, -0.0, (), [()], {(1, 2): {3, 4}}, {1: 1, "1": 2, 1.5: 3, None: 4, (5,): 6, Colour.RED: 7},
    collections.OrderedDict(b=1, a=2), collections.defaultdict(list, a=[1]), collections.Counter("abca"),
    collections.deque([1, 2], 3), range(1, 9, 2), slice(1, None), ..., "a\ud800b", {"\udfff": 1}, b"\xc4",
    bytearray(b"x"),
    [{"deep": [bytearray(b"x")]}, "\u0104"], np.float32(1.5), np.int8(-3), np.bool_(True), np.datetime64("2020-01-01"),
    dt.datetime(2020, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1),
    dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.time(1, 2, 3, 4, dt.timezone(dt.timedelta(hours=2), "X")),
    dt.timedelta(-1, 3, 4), uuid.UUID(int=5), decimal.Decimal("1.10"), fractions.Fraction(1, 3),
    pathlib.Path("/a/b"), pathlib.PureWindowsPath("c:/x"), ipaddress.ip_network("10.0.0.0/8"), re.compile("a+", re.I),
    Colour.RED, Colour.ODD, Level.LOW, Mode.ON, Access.READ | Access.WRITE, Access(0), Point(1), Point(1, (2,)),
    Frozen(1, (2, 3)), Derived(4), Bag(a=1), Person(name="A", tags={"x"}), Person.Address(city="Bern"), Numbers([1, 2]),
    Send("node", {"x": (1,)}), Command(update={"a": (1,)}, goto=[Send("b", 1)]), Overwrite([1]),
    Interrupt("q", id="1"), Interrupt("q", id="1", response_schema=Person),
    Interrupt("q", response_schema=list[int] | None), Interrupt("q", response_schema=Literal["a", "b"]),
    HttpUrl("https://a.example/b?c=1"), Site(url="http://[::1]:80/"), PostgresDsn("postgres://u@a,b/db"),
    Item(value={"a": (1,)}, key="k", namespace=("n", "m"), created_at=NOW, updated_at=NOW),
    SearchItem(("n",), "k", {"a": 1}, NOW, NOW, 0.5),
    int, dict[str, list[int]], Document("text", metadata={"n": (1,)}),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda v: f"{type(v).__name__}-{v!r:.30}")
def test_value_comes_back_with_its_type(value: Any) -> None:
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back == value
    assert repr(back) == repr(value)


MESSAGES = [
    HumanMessage("hi"), HumanMessage("hi", id="1", name="me", colour="extra"),
    SystemMessage([{"type": "text", "text": "x"}]),
    AIMessage("x", id="1", tool_calls=[{"name": "f", "args": {"a": (1,)}, "id": "c"}],
              usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}, response_metadata={"m": 1}),
    AIMessageChunk(content="x", tool_call_chunks=[tool_call_chunk(name="f", args="{", id="c", index=0)]),
    AIMessageChunk(content="", chunk_position="last"), ToolMessage("x", tool_call_id="c"),
    ToolMessage("x", tool_call_id="c", status="error", artifact=(1,)), FunctionMessage("x", name="f"),
    ChatMessage("x", role="boss"), RemoveMessage(id="1"),
]  # fmt: skip


def parts(model: BaseModel) -> tuple[Any, ...]:
    return type(model), model.__dict__, model.model_fields_set, model.model_extra, model.__pydantic_private__


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_message_comes_back_in_every_part_alone_and_in_a_list(message: Any) -> None:
    assert parts(there_and_back(message)) == parts(message)
    (listed,) = there_and_back([message])
    assert parts(listed) == parts(message)
    mixed = there_and_back([message, "no message"])
    assert parts(mixed[0]) == parts(message)


def test_what_was_put_into_a_message_in_place_is_kept() -> None:
    message = AIMessage("x")
    message.additional_kwargs["late"] = 1
    assert parts(there_and_back([message])[0]) == parts(message)


def test_default_containers_of_messages_are_not_shared() -> None:
    one, two = there_and_back([AIMessage("a"), AIMessage("b")])
    one.additional_kwargs["x"] = 1
    assert two.additional_kwargs == {}


def test_pydantic_model_keeps_extra_private_and_unset_fields() -> None:
    value = Open(y=(1, 2))
    value._secret = 5
    assert parts(there_and_back(value)) == parts(value)
    assert there_and_back(value)._secret == 5
    assert parts(there_and_back(Person(name="A"))) == parts(Person(name="A"))


def test_what_was_set_on_an_instance_beyond_its_fields_is_kept() -> None:
    text = Text("hello")
    text.origin = "here"
    assert there_and_back(text).origin == "here"
    assert there_and_back(Derived(4)).note == ["not a field"]


def test_class_defined_in_a_function_comes_back() -> None:
    @dataclass
    class Local:
        a: int

    assert there_and_back(Local(3)) == Local(3)


ARRAYS = [
    np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(10)[::2], np.array(3),
    np.zeros((0, 3)), np.array(["a", "bc"]), np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    np.array([1, "x", None], dtype=object), np.array([], dtype=object), np.array(["2020"], dtype="M8[D]"),
    np.array([1, 2], dtype=">i4"),
]  # fmt: skip


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}-{a.shape}")
def test_array_comes_back_and_can_be_written_to(array: np.ndarray[Any, Any]) -> None:
    back = there_and_back(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.flags.f_contiguous == array.copy("K").flags.f_contiguous
    assert np.array_equal(back, array)
    assert back.flags.writeable


def test_exception_becomes_its_repr() -> None:
    assert there_and_back({"e": ValueError("x")}) == {"e": "ValueError('x')"}


REFUSED = [
    (object(), r"a builtins\.object\. Keep plain data"),
    ({"a": [1, {"b": open}]}, r"at \['a'\]\[1\]\['b'\]"),
    ({"p": Person.model_construct(name=object())}, r"at \['p'\]\['name'\]"),
    ([HumanMessage("x"), AIMessage("x", response_metadata={"raw": object()})], r"at \[1\]"),
    (memoryview(b"x"), r"bytes\(view\)"),
    ({"a": [memoryview(b"x")]}, r"at \['a'\]\[0\]"),
    (collections.defaultdict(lambda: 1), "default_factory"),
    ({"key": SecretStr("x")}, r"a SecretStr at \['key'\]\. Pass secrets in the runtime context"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_what_could_not_come_back_is_refused_and_the_error_says_where(value: Any, message: str) -> None:
    with pytest.raises(UnstorableValue, match=message):
        serde.dumps_typed(value)


def test_value_that_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(UnstorableValue, match="contains itself"):
        serde.dumps_typed(loop)
    around: dict[str, Any] = {}
    around["t"] = (around,)
    with pytest.raises(UnstorableValue, match="contains itself"):
        serde.dumps_typed(around)


def test_interrupt_while_encoding_is_not_swallowed() -> None:
    @dataclass
    class Slow:
        def __getattribute__(self, name: str) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serde.dumps_typed([Slow()])


@pytest.mark.parametrize(
    "value", [decimal.Decimal("1.5"), [{"a": (1, 2)}], AIMessage("x", additional_kwargs={"a": {1}})], ids=repr
)
@pytest.mark.parametrize("callback", ["encode_fast", "ext_hook"])
def test_interrupt_that_comes_as_a_callback_is_called_is_not_swallowed(value: Any, callback: str) -> None:
    stored = serde.dumps_typed(value)

    def interrupt_once(frame: Any, event: str, argument: Any) -> None:
        if frame.f_code.co_name == callback:
            sys.settrace(None)
            raise KeyboardInterrupt

    traced = sys.gettrace()
    sys.settrace(interrupt_once)
    try:
        with pytest.raises(KeyboardInterrupt):
            serde.dumps_typed(value) if callback == "encode_fast" else serde.loads_typed(stored)
    finally:
        sys.settrace(traced)
    assert serde.loads_typed(serde.dumps_typed(value)) == value


@pytest.mark.parametrize("kind", ["msgpack", "json", "nb2", "pickle"])
def test_other_formats_are_refused_by_name(kind: str) -> None:
    with pytest.raises(CorruptData, match=kind):
        serde.loads_typed((kind, b"x"))


def test_same_value_gives_the_same_bytes_in_every_process() -> None:
    assert serde.dumps_typed([AIMessage("x", id="1", name="n")])[1].hex() == serde.dumps_typed(
        [AIMessage(name="n", id="1", content="x")]
    )[1].hex()


# -- what other packages and subclasses bring --------------------------------------------------------------------------


class Note(HumanMessage):
    """A message class of a program."""

    starred: bool = False
    _seen: int = PrivateAttr(default=0)


def test_messages_of_a_programs_own_classes_come_back_in_every_part() -> None:
    note = Note("x", id="1", starred=True, extra_field=(1,))
    note._seen = 3
    assert parts(there_and_back(note)) == parts(note)
    assert [parts(m) for m in there_and_back([HumanMessage("a"), note])] == [parts(HumanMessage("a")), parts(note)]


def test_models_of_pydantic_1_come_back_with_private_and_unset_fields() -> None:
    back = there_and_back([OldModel(a=1, when=dt.date(2020, 1, 1)), OldModel(a=2, b=[3])])
    assert [type(m) for m in back] == [OldModel, OldModel]
    assert back[0] == OldModel(a=1, when=dt.date(2020, 1, 1))
    assert (back[0].__fields_set__, back[1].__fields_set__) == ({"a", "when"}, {"a", "b"})
    assert back[0]._note == "private"


class OldModel(OldBase):
    a: int
    b: list[int] = [1]
    when: dt.date | None = None
    _note: str = OldPrivate("private")


class Kept:
    """A descriptor that keeps its value on the instance."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = "_" + name

    def __get__(self, obj: Any, owner: type) -> Any:
        return 0 if obj is None else getattr(obj, self.name)

    def __set__(self, obj: Any, value: int) -> None:
        setattr(obj, self.name, abs(value))


class Elsewhere(Kept):
    """One that keeps it where nobody looks."""

    values: dict[int, Any] = {}  # noqa: RUF012

    def __get__(self, obj: Any, owner: type) -> Any:
        return 0 if obj is None else self.values[id(obj)]

    def __set__(self, obj: Any, value: int) -> None:
        self.values[id(obj)] = value


@dataclass
class Measured:
    size: int = Kept()  # type: ignore[assignment]


@dataclass
class Lost:
    size: int = Elsewhere()  # type: ignore[assignment]


@dataclass
class Initialised:
    given: InitVar[int]
    made: int = field(init=False, default=0)

    def __post_init__(self, given: int) -> None:
        self.made = given * 2


def test_dataclasses_with_descriptors_and_init_only_fields_come_back() -> None:
    back = there_and_back(Measured(-3))
    assert back == Measured(3)
    back.size = -4
    assert there_and_back(back).size == 4
    assert there_and_back(Initialised(2)).made == 4
    with pytest.raises(UnstorableValue, match="descriptors"):
        serde.dumps_typed(Lost(1))


SERIES = [
    pl.Series("a", [1, 2]), pl.Series("a", [1, None], dtype=pl.UInt8), pl.Series("f", [1.5, float("nan"), None]),
    pl.Series("s", ["x", None]), pl.Series("b", [b"x", None]), pl.Series("t", [True, None]), pl.Series("n", [None]),
    pl.Series("d", [dt.date(2020, 1, 1), None]), pl.Series("m", [dt.time(1, 2, 3, 4)]),
    pl.Series("t", [1], dtype=pl.Int64).cast(pl.Datetime("ns")),
    pl.Series("z", [dt.datetime(2020, 6, 1)]).dt.replace_time_zone("Europe/Berlin"),
    pl.Series("p", [dt.timedelta(1)], dtype=pl.Duration("ms")), pl.Series("c", ["a", None], dtype=pl.Categorical),
    pl.Series("e", ["a", "b"], dtype=pl.Enum(["b", "a"])), pl.Series("x", [decimal.Decimal("1.10"), None]),
    pl.Series("l", [[dt.datetime(2020, 1, 1)], [], None]), pl.Series("r", [{"a": 1, "b": [dt.date(2020, 1, 1)]}, None]),
    pl.Series("y", [[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)), pl.Series("h", [2**70], dtype=pl.Int128),
    pl.Series("", [], dtype=pl.List(pl.Struct({"x": pl.Float32}))),
]  # fmt: skip


@pytest.mark.parametrize("series", SERIES, ids=lambda s: str(s.dtype))
def test_polars_series_and_frames_come_back_with_their_dtypes(series: pl.Series) -> None:
    back = there_and_back({"s": series})["s"]
    assert (back.name, back.dtype) == (series.name, series.dtype)
    assert back.equals(series, null_equal=True, check_dtypes=True)
    frame = pl.DataFrame([series, series.alias("again")])
    assert there_and_back(frame).equals(frame)
    assert there_and_back(frame).schema == frame.schema


@pytest.mark.parametrize(
    "value",
    [pl.Series([object()], dtype=pl.Object), pl.LazyFrame({"a": [1]}), pl.DataFrame(height=3)],
    ids=["objects", "lazy", "no columns"],
)
def test_what_polars_cannot_say_in_plain_values_is_refused(value: Any) -> None:
    with pytest.raises(UnstorableValue, match="polars"):
        serde.dumps_typed(value)
