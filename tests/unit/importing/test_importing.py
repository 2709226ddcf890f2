"""Threads that ran on LangGraph go on here, with all that was done; nothing in its databases is run."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import operator
import sqlite3
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypedDict

import ormsgpack
import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import BaseModel

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.postgres import PostgresSaver
from langgraph_nb.checkpoint.serde import UnknownTypeError, UnknownTypeWarning
from langgraph_nb.checkpoint.serde.base import CorruptData
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.cli import main
from langgraph_nb.importing import BranchedThread, Imported, import_langgraph
from langgraph_nb.importing.values import ValueReader
from langgraph_nb.store.postgres import PostgresStore
from langgraph_nb.store.sqlite import SqliteStore

THEIRS, OURS = "langgraph", "langgraph_nb"
THREAD: Any = {"configurable": {"thread_id": "1"}}


class Package:
    """The names of one package, and what ran on it."""

    def __init__(self, name: str, saver: Any) -> None:
        self.name = name
        self.saver = saver
        self.ran: list[str] = []

    def __getattr__(self, name: str) -> Any:
        for module in ("graph", "types", "func"):
            found = vars(importlib.import_module(f"{self.name}.{module}"))
            if name in found:
                return found[name]
        raise AttributeError(name)

    def node(self, name: str, asks: int = 0) -> Callable[[Any], Any]:
        def function(state: Any) -> Any:
            self.ran.append(name)
            return {"seen": [name + "".join(self.interrupt(f"{name} {n}") for n in range(asks))]}

        function.__name__ = name
        return function


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def chain(lg: Package) -> Any:
    builder = lg.StateGraph(State).add_sequence([lg.node("a"), lg.node("b", asks=2), lg.node("c")])
    return builder.add_edge(lg.START, "a").compile(checkpointer=lg.saver)


def breakpoints(lg: Package) -> Any:
    builder = lg.StateGraph(State).add_sequence([lg.node("a"), lg.node("b"), lg.node("c")])
    return builder.add_edge(lg.START, "a").compile(checkpointer=lg.saver, interrupt_before=["b"], interrupt_after=["b"])


def parallel(lg: Package) -> Any:
    """Parallel nodes, some of which ask; what was sent; a graph inside that asks."""
    inside = lg.StateGraph(State).add_sequence([lg.node("i1"), lg.node("i2", asks=1)]).add_edge(lg.START, "i1")
    builder = lg.StateGraph(State).add_node("inside", inside.compile()).add_edge(lg.START, "a")
    for name, asks in (("a", 0), ("x", 1), ("y", 0), ("sent", 0), ("asked", 1), ("end", 0)):
        builder.add_node(name, lg.node(name, asks))
    for name in ("x", "y", "inside"):
        builder.add_edge("a", name)
    sends = [lg.Send("sent", {}), lg.Send("asked", {}), lg.Send("sent", {})]
    builder.add_conditional_edges("a", lambda state: sends, ["sent", "asked"])
    return builder.add_edge(["x", "y", "inside", "sent", "asked"], "end").compile(checkpointer=lg.saver)


def workflow(lg: Package) -> Any:
    @lg.task
    def one(x: Any) -> Any:
        lg.ran.append("one")
        return x[0]

    @lg.task
    def two(x: Any) -> Any:
        lg.ran.append("two")
        return one(x).result() * 10

    @lg.task
    def asks(x: Any) -> Any:
        lg.ran.append("asks")
        return lg.interrupt(x)

    @lg.entrypoint(checkpointer=lg.saver)
    def flow(given: Any, previous: Any = None) -> Any:
        lg.ran.append("flow")
        first, second = one(given["seen"]).result(), two(given["seen"]).result()
        return [first, second, lg.interrupt("own"), asks("q").result(), previous]

    return flow


def answers(app: Any, lg: Package) -> Any:
    """Answers to all questions that wait."""
    asked = app.get_state(THREAD).interrupts
    return lg.Command(resume={question.id: f"<{question.value}>" for question in asked}) if asked else None


def go_on(app: Any, lg: Package, steps: int) -> Any:
    """Answer so often, or until there is nothing left to do."""
    result = None
    for _ in range(steps):
        if app.get_state(THREAD).next:
            result = app.invoke(answers(app, lg), THREAD)
    return result


def asked(result: dict[str, Any]) -> dict[str, Any]:
    """A result in which the questions are sorted: which of parallel nodes asks first is chance."""
    return {**result, "__interrupt__": sorted(question.value for question in result.get("__interrupt__", ()))}


@pytest.fixture(params=["sqlite", "postgres"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where LangGraph stores: a file, or the address of a database."""
    if request.param == "sqlite":
        return str(tmp_path / "theirs.db")
    made: str = request.getfixturevalue("new_database")()
    return made


def opened(source: str, stack: ExitStack) -> Package:
    """LangGraph, with a saver there."""
    database = "postgres" if source.startswith("postgres") else "sqlite"
    kind: Any = getattr(importlib.import_module(f"langgraph.checkpoint.{database}"), f"{database.capitalize()}Saver")
    saver = stack.enter_context(kind.from_conn_string(source))
    saver.setup()
    return Package(THEIRS, saver)


@pytest.mark.parametrize("build", [chain, breakpoints, parallel, workflow])
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_thread_goes_on_where_langgraph_left_it(source: str, build: Callable[[Package], Any], steps: int) -> None:
    with ExitStack() as stack:
        theirs = opened(source, stack)
        app = build(theirs)
        app.invoke({"seen": ["in"]}, THREAD)
        go_on(app, theirs, steps)
        ours = Package(OURS, InMemorySaver())
        assert import_langgraph(source, ours.saver).threads == 1
        mine = build(ours)
        before, after = app.get_state_history(THREAD), mine.get_state_history(THREAD)
        for there, here in zip(before, after, strict=True):
            assert (there.config, there.metadata) == (here.config, here.metadata)
            if build is not workflow:  # whose values LangGraph shows only when it has ended
                assert (there.values, there.next, there.created_at) == (here.values, here.next, here.created_at)
        theirs.ran.clear()
        assert go_on(app, theirs, 5) == go_on(mine, ours, 5)
        assert sorted(theirs.ran) == sorted(ours.ran)
        assert app.get_state(THREAD).next == mine.get_state(THREAD).next == ()
        assert asked(app.invoke({"seen": ["again"]}, THREAD)) == asked(mine.invoke({"seen": ["again"]}, THREAD))


def test_an_import_that_was_cut_off_goes_on_and_done_again_does_nothing(tmp_path: Path) -> None:
    source = str(tmp_path / "theirs.db")
    with ExitStack() as stack:
        theirs = opened(source, stack)
        app = parallel(theirs)
        app.invoke({"seen": []}, THREAD)
        whole, cut = InMemorySaver(), Failing()
        import_langgraph(source, whole)
        while True:
            cut.left = cut.left_next = cut.left_next + 1
            try:
                import_langgraph(source, cut)
                break
            except ConnectionError:
                pass
        assert [*cut.list(None)] == [*whole.list(None)]
        assert import_langgraph(source, whole) == Imported(threads=1)
        go_on(app, theirs, 1)
        assert import_langgraph(source, whole).checkpoints == 3
        assert parallel(Package(OURS, whole)).get_state(THREAD).values == app.get_state(THREAD).values


class Failing(InMemorySaver):
    """Fails after some transactions."""

    left = left_next = 0

    def commit(self, ready: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError
        super().commit(ready[:3])
        super().commit(ready[3:])


def test_a_thread_that_went_on_here_is_left_alone_or_refused(tmp_path: Path) -> None:
    source = str(tmp_path / "theirs.db")
    with ExitStack() as stack:
        theirs, ours = opened(source, stack), Package(OURS, InMemorySaver())
        app, mine = chain(theirs), chain(ours)
        app.invoke({"seen": []}, THREAD)
        import_langgraph(source, ours.saver)
        expected = go_on(mine, ours, 5)
        assert import_langgraph(source, ours.saver).checkpoints == 0
        assert mine.get_state(THREAD).values == expected
        go_on(app, theirs, 5)
        with pytest.raises(BranchedThread, match="Thread '1' is here too"):
            import_langgraph(source, ours.saver)


# -- values --


class Colour(enum.Enum):
    RED = "red"


class Model(BaseModel):
    colour: Colour
    inner: Model | None = None


@dataclasses.dataclass
class Record:
    value: Any


class Pair(NamedTuple):
    one: Any
    two: Any


PLAIN = [
    None, b"x", bytearray(b"x"), {"a": [1, 2.5, None, True, "é"]}, {1: "x"}, {1, 2}, frozenset([1]), deque([1]),
    uuid.UUID(int=5), Decimal("1.50"), datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), time(1, 2, 3, tzinfo=UTC),
    timedelta(1, 2, 3), UTC, Path("/a/b"), HumanMessage("hi", id="1"), RemoveMessage(id="1"), Document("d", id="1"),
    AIMessage("yes", tool_calls=[{"name": "t", "args": {"x": 1}, "id": "c"}]), ToolMessage("r", tool_call_id="c"),
]  # fmt: skip
OWN = [Colour.RED, Model(colour=Colour.RED, inner=Model(colour=Colour.RED)), Record([1]), Pair(1, Record(2))]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_values_come_as_they_were(value: Any) -> None:
    found = ValueReader().read(*JsonPlusSerializer().dumps_typed(value))
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("value", OWN, ids=lambda value: type(value).__name__)
def test_instances_of_classes_that_are_passed_come_as_they_were_and_others_by_choice(value: Any) -> None:
    stored = JsonPlusSerializer().dumps_typed([value])
    assert ValueReader([Colour, Model, Record, Pair]).read(*stored) == [value]
    with pytest.raises(UnknownTypeError, match=r"test_importing\.\w+ is stored, .* --classes"):
        ValueReader().read(*stored)
    with pytest.warns(UnknownTypeWarning, match="read as plain data"):
        (found,) = ValueReader(unknown="data").read(*stored)
    assert type(found) in (str, dict)


def test_arrays_come_as_they_were() -> None:
    numpy = pytest.importorskip("numpy")
    for array in (numpy.arange(6).reshape(2, 3).T, numpy.zeros((0, 2)), numpy.array(["a", "bc"])):
        found = ValueReader().read(*JsonPlusSerializer().dumps_typed(array))
        assert numpy.array_equal(found, array) and found.dtype == array.dtype and found.flags.writeable


@pytest.mark.parametrize("code", range(8))
@pytest.mark.parametrize("name", [("os", "system"), ("builtins", "eval"), ("subprocess", "run"), ("langgraph", "x")])
def test_nothing_that_data_names_is_run(code: int, name: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib, "import_module", lambda name: pytest.fail(f"{name} was imported"))
    parts = ormsgpack.packb([*name, "exit(1)", "fromisoformat"])
    data = ormsgpack.packb(ormsgpack.Ext(code, parts))
    if code == 7:
        assert ValueReader().read("msgpack", data) == [*name, "exit(1)", "fromisoformat"]
    else:
        with pytest.raises((UnknownTypeError, CorruptData)):
            ValueReader().read("msgpack", data)


@pytest.mark.parametrize("kind", ["pickle", "msgpack+aes", "nonsense"])
def test_what_would_run_code_or_is_encrypted_is_refused(kind: str) -> None:
    with pytest.raises(CorruptData):
        ValueReader().read(kind, b"cos\nsystem\n")


def test_the_format_before_messagepack_is_read() -> None:
    text = (
        '{"a": {"lc": 2, "type": "constructor", "id": ["builtins", "set"], "args": [[1, 2]]}, '
        '"m": {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "HumanMessage"], '
        '"kwargs": {"content": "hi", "type": "human"}}}'
    )
    assert ValueReader().read("json", text.encode()) == {"a": {1, 2}, "m": HumanMessage("hi")}


def test_newer_forms_are_refused_by_name(tmp_path: Path) -> None:
    source = str(tmp_path / "theirs.db")
    with ExitStack() as stack:
        chain(opened(source, stack)).invoke({"seen": []}, THREAD)
    with sqlite3.connect(source) as connection:
        for rowid, data in connection.execute("SELECT rowid, checkpoint FROM checkpoints").fetchall():
            newer = data.replace(b"\xa1v\x04", b"\xa1v\x09")
            connection.execute("UPDATE checkpoints SET checkpoint = ? WHERE rowid = ?", (newer, rowid))
    connection.close()
    with pytest.raises(ValueError, match="form 9, which is newer"):
        import_langgraph(source, InMemorySaver())


# -- documents, and the command line --


@pytest.fixture
def with_documents(source: str) -> Iterator[str]:
    """A database of LangGraph's with a thread and two documents."""
    database = "postgres" if source.startswith("postgres") else "sqlite"
    kind: Any = getattr(importlib.import_module(f"langgraph.store.{database}"), f"{database.capitalize()}Store")
    with ExitStack() as stack:
        theirs = opened(source, stack)
        chain(theirs).invoke({"seen": ["in"]}, THREAD)
        with kind.from_conn_string(source) as store:
            store.setup()
            store.put(("users", "ada"), "likes", {"colour": "red", "n": [1, 2.5]})
            with warnings.catch_warnings():  # of sqlite3, that LangGraph's store causes from Python 3.12 on
                warnings.filterwarnings("ignore", "The default datetime adapter is deprecated")
                store.put(("users",), "old", {}, ttl=60)
        yield source


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_command_line_imports_threads_and_documents(
    with_documents: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    target = str(tmp_path / "ours.db") if kind == "sqlite" else request.getfixturevalue("new_database")()
    assert main(["import", with_documents, target]) == 0
    assert "1: 3 new checkpoints\n1 threads, 3 new checkpoints, 2 new documents" in capsys.readouterr().out
    assert main(["import", with_documents, target]) == 0
    assert "1: nothing new\n1 threads, 0 new checkpoints, 0 new documents" in capsys.readouterr().out
    savers, stores = (SqliteSaver, SqliteStore) if kind == "sqlite" else (PostgresSaver, PostgresStore)
    with savers.from_conn_string(target) as saver, stores.from_conn_string(target) as store:
        ours = Package(OURS, saver)
        assert go_on(chain(ours), ours, 5)["seen"] == ["in", "a", "b<b 0><b 1>", "c"]
        item = store.get(("users", "ada"), "likes")
        assert item is not None and item.value == {"colour": "red", "n": [1, 2.5]}


def test_what_cannot_be_imported_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = str(tmp_path / "ours.db")
    assert main(["import", str(tmp_path / "none.db"), target]) == 2
    SqliteSaver(tmp_path / "no-tables.db").close()
    assert main(["import", str(tmp_path / "no-tables.db"), target]) == 2
    said = capsys.readouterr().err
    assert "There is no file" in said and "no tables of LangGraph's" in said


def test_a_file_of_langgraphs_says_how_its_threads_are_seen_here_and_then_they_are(tmp_path: Path) -> None:
    from langgraph.checkpoint.sqlite import SqliteSaver as Theirs

    file = str(tmp_path / "threads.db")
    with Theirs.from_conn_string(file) as saver:
        chain(Package(THEIRS, saver)).invoke({"seen": ["in"]}, THREAD)
    with pytest.warns(UserWarning, match="LangGraph has stored a thread in .*: langgraph-nb import .*threads.db .*db"):
        SqliteSaver(file).close()
    assert main(["import", file, file]) == 0
    with SqliteSaver(file) as ours:  # nothing to tell any more
        graph = chain(Package(OURS, ours))
        assert graph.get_state(THREAD).next == ("b",)
    with Theirs.from_conn_string(file) as saver:
        assert chain(Package(THEIRS, saver)).get_state(THREAD).next == ("b",)
