"""What a serializer can be asked for: pickle, lists of classes, strictness, listeners, encryption."""

from __future__ import annotations

import os
import pickle
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver as TheirMemory
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer as Theirs
from pydantic import BaseModel

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.seal import BrokenSeal
from langgraph_nb.checkpoint.serde import JsonPlusSerializer, UnknownFormat, UnknownTypeWarning, UnstorableValue
from langgraph_nb.checkpoint.serde.aes import AesGcm, PycryptodomeAes, WrongKey
from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_nb.checkpoint.serde.event_hooks import SerdeEvent, register_serde_event_listener
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import Command, Send, interrupt

OLD, NEW, OTHER = b"old key, 16 byte", b"new key of thirty two bytes here", b"of nobody here but 24 by"
SECRET = "do not show this"


@dataclass
class Mine:
    a: int


class Odd:
    """Nothing that has a word."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Odd)

    __hash__ = None  # type: ignore[assignment]


# -- pickle ------------------------------------------------------------------------------------------------------------


def test_pickle_is_written_and_read_only_where_it_is_asked_for() -> None:
    asked = JsonPlusSerializer(pickle_fallback=True)
    assert asked.dumps_typed({"a": (1,)})[0] == "nb1"
    kind, data = asked.dumps_typed([Odd()])
    assert kind == "pickle"
    assert asked.loads_typed((kind, data)) == [Odd()]
    with pytest.raises(UnknownFormat, match=r"Unknown serialization type: pickle\. .*pickle_fallback=True"):
        JsonPlusSerializer().loads_typed((kind, data))
    with pytest.raises(UnstorableValue, match="Odd"):
        JsonPlusSerializer().dumps_typed([Odd()])


def test_no_pickle_runs_unasked() -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.putenv, ("TRAPPED", "1")

    with pytest.raises(NotImplementedError):  # what LangGraph raises for a format that it does not read
        JsonPlusSerializer().loads_typed(("pickle", pickle.dumps(Trap())))


# -- which classes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "strict"), [("true", True), ("1", True), ("YES", True), ("no", False), ("", False)])
def test_a_strict_environment_allows_what_is_listed(monkeypatch: pytest.MonkeyPatch, value: str, strict: bool) -> None:
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", value)
    data = JsonPlusSerializer().dumps_typed(Mine(1))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        read = JsonPlusSerializer().loads_typed(data)
    assert read == ({"a": 1} if strict else Mine(1))
    assert [w.category for w in warned] == ([UnknownTypeWarning] if strict else [])
    assert JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(data) == Mine(1)
    assert JsonPlusSerializer(allowed_msgpack_modules=[(__name__, "Mine")]).loads_typed(data) == Mine(1)


@pytest.fixture
def heard() -> Iterator[list[SerdeEvent]]:
    events: list[SerdeEvent] = []
    stop = register_serde_event_listener(events.append)
    yield events
    stop()


def test_listeners_hear_of_classes_that_are_blocked_and_of_those_that_nobody_listed(heard: list[SerdeEvent]) -> None:
    data = JsonPlusSerializer().dumps_typed(Mine(1))
    JsonPlusSerializer(allowed_msgpack_modules=[Mine]).loads_typed(data)
    assert heard == []
    JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(data)
    with pytest.warns(UnknownTypeWarning):
        JsonPlusSerializer(allowed_msgpack_modules=None).loads_typed(data)
    kinds = ["msgpack_unregistered_allowed", "msgpack_blocked"]
    assert heard == [{"kind": kind, "module": __name__, "name": "Mine"} for kind in kinds]


def test_a_listener_that_raises_is_logged_and_the_others_hear(
    heard: list[SerdeEvent], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: SerdeEvent) -> None:
        raise RuntimeError("not now")

    stop = register_serde_event_listener(broken)
    try:
        JsonPlusSerializer().loads_typed(JsonPlusSerializer().dumps_typed(Mine(1)))
    finally:
        stop()
    stop()  # again is no mistake
    assert len(heard) == 1
    assert "Serde listener failed" in caplog.text


# -- encryption of single values ------------------------------------------------------------------------------------


def test_values_are_read_by_langgraphs_class_and_theirs_by_ours() -> None:
    ours, theirs = EncryptedSerializer.from_pycryptodome_aes(key=OLD), Theirs.from_pycryptodome_aes(key=OLD)
    kind, data = ours.dumps_typed({"a": SECRET})
    assert (kind, SECRET.encode() in data) == ("nb1+aes", False)
    assert Theirs.from_pycryptodome_aes(serde=ours.serde, key=OLD).loads_typed((kind, data)) == {"a": SECRET}
    assert EncryptedSerializer(ours.cipher, theirs.serde).loads_typed(theirs.dumps_typed({"a": 1})) == {"a": 1}


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (EncryptedSerializer.from_keys(OLD), EncryptedSerializer.from_keys(NEW, OLD)),
        (
            EncryptedSerializer.from_pycryptodome_aes(key=OLD),
            EncryptedSerializer.from_pycryptodome_aes(key=NEW, old_keys=[OLD]),
        ),
    ],
    ids=["aes-gcm", "aes"],
)
def test_old_keys_read_and_the_first_writes(write: EncryptedSerializer, read: EncryptedSerializer) -> None:
    assert read.loads_typed(write.dumps_typed([SECRET])) == [SECRET]
    with pytest.raises(WrongKey):
        write.loads_typed(read.dumps_typed([SECRET]))


def test_what_is_not_encrypted_is_not_read() -> None:
    for serde in (EncryptedSerializer.from_keys(NEW), EncryptedSerializer.from_pycryptodome_aes(key=NEW)):
        for plain in (JsonPlusSerializer().dumps_typed([1]), ("null", b""), ("bytes", b"x"), ("", b"")):
            with pytest.raises(WrongKey, match="not encrypted"):
                serde.loads_typed(plain)
    with pytest.raises(UnknownFormat, match="EncryptedSerializer"):
        JsonPlusSerializer().loads_typed(EncryptedSerializer.from_keys(NEW).dumps_typed([1]))


def test_a_row_opens_only_unchanged_in_its_place_and_with_its_key() -> None:
    seal = AesGcm(NEW, OLD)
    sealed = seal.close(b"data", b"here")
    assert seal.open(sealed, b"here") == b"data"
    assert seal.is_current(sealed) and not seal.is_current(AesGcm(OLD).close(b"data", b"here"))
    with pytest.raises(BrokenSeal):
        seal.open(sealed, b"there")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises((BrokenSeal, WrongKey)):
            seal.open(bytes(changed), b"here")
        with pytest.raises((BrokenSeal, WrongKey)):
            seal.open(sealed[:position], b"here")
    with pytest.raises(WrongKey, match=f"with the key '{seal.key_ids[0]}', .* has '{AesGcm(OTHER).key_ids[0]}'"):
        AesGcm(OTHER).open(sealed, b"here")


def test_the_same_data_is_never_closed_to_the_same_bytes() -> None:
    assert len({AesGcm(NEW).close(b"data", b"") for _ in range(100)}) == 100


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGGRAPH_AES_KEY", raising=False)
    with pytest.raises(ValueError, match=re.escape("LANGGRAPH_AES_KEY environment variable is not set.")):
        EncryptedSerializer.from_pycryptodome_aes()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", SECRET[:15])
    with pytest.raises(ValueError, match=re.escape("LANGGRAPH_AES_KEY must be 16, 24, or 32 bytes long.")):
        EncryptedSerializer.from_pycryptodome_aes()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", SECRET)
    data = EncryptedSerializer.from_pycryptodome_aes().dumps_typed([1])
    assert EncryptedSerializer.from_pycryptodome_aes(key=SECRET.encode()).loads_typed(data) == [1]


@pytest.mark.parametrize("keys", [(), (b"short",), (SECRET,)], ids=repr)
def test_no_error_and_no_repr_shows_a_key(keys: Any) -> None:
    with pytest.raises(ValueError, match="16, 24 or 32 bytes") as caught:
        AesGcm(*keys)
    assert not any(str(key) in str(caught.value) for key in keys)
    for shown in (AesGcm(OLD, NEW), PycryptodomeAes((OLD,), {}), EncryptedSerializer.from_keys(OLD)):
        text = f"{shown!r} {shown}"
        assert not any(key.decode() in text or key.hex() in text for key in (OLD, NEW))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(AesGcm(OLD))


def test_the_list_of_classes_goes_to_the_serializer_within() -> None:
    serde = EncryptedSerializer.from_keys(NEW, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    assert serde.with_msgpack_allowlist([Mine]).loads_typed(serde.dumps_typed(Mine(1))) == Mine(1)
    assert serde.with_msgpack_allowlist([]) is serde


@pytest.mark.parametrize("saver", [InMemorySaver, TheirMemory])
def test_savers_that_keep_single_values_have_them_encrypted(saver: Any) -> None:
    kept = saver(serde=EncryptedSerializer.from_pycryptodome_aes(key=OLD))
    graph = StateGraph(dict).add_node("n", lambda state: {"x": SECRET}).add_edge(START, "n").compile(checkpointer=kept)
    config: Any = {"configurable": {"thread_id": "1"}}
    graph.invoke({}, config)
    assert graph.get_state(config).values == {"x": SECRET}
    assert SECRET not in repr(vars(kept))
    assert "'1'" in repr(vars(kept))  # where it would be seen


class Mirror:
    """A cipher of a program, for single values."""

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        return "mirror", plaintext[::-1]

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        return ciphertext[::-1]


def test_ciphers_of_programs_work() -> None:
    serde = EncryptedSerializer(Mirror())
    assert serde.seal is None
    assert serde.loads_typed(serde.dumps_typed({"a": 1})) == {"a": 1}


# -- what graphs declare -----------------------------------------------------------------------------------------------


class Colour(Enum):
    RED = 1


@dataclass
class Part:
    colour: Colour


class Whole(BaseModel):
    parts: list[Part] | None = None


class Sent(BaseModel):
    n: int


class Stranger(BaseModel):
    n: int


class Made(BaseModel):
    n: int


class Given(BaseModel):
    n: int


class Declaring(TypedDict, total=False):
    whole: Annotated[Whole, lambda old, new: new]
    anything: Any


def test_the_classes_of_a_programs_graphs_are_allowed_where_only_listed_ones_are() -> None:
    def worker(sent: Sent) -> Any:
        return {"whole": Whole(parts=[Part(Colour.RED)]), "anything": Stranger(n=sent.n)}

    saver = InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    builder = StateGraph(Declaring).add_node("first", lambda state: Command(goto=Send("worker", Sent(n=1))))
    graph = builder.add_node(worker).add_edge(START, "first").compile(checkpointer=saver, interrupt_before=["worker"])
    config: Any = {"configurable": {"thread_id": "1"}}
    graph.invoke({"anything": 1}, config)
    graph.invoke(None, config)
    with pytest.warns(UnknownTypeWarning, match="Stranger"):
        found = graph.get_state(config).values
    assert found == {"whole": Whole(parts=[Part(Colour.RED)]), "anything": {"n": 1}}


def test_the_classes_of_workflows_and_tasks_are_allowed_too() -> None:
    @task
    def make(n: int) -> list[Made]:
        return [Made(n=n)]

    @entrypoint(checkpointer=InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=[], on_unknown="raise")))
    def flow(given: Given) -> int:
        made = make(given.n).result()
        return made[0].n + int(interrupt("how many more?"))

    config: Any = {"configurable": {"thread_id": "1"}}
    flow.invoke(Given(n=1), config)
    assert flow.invoke(Command(resume=2), config) == 3
