"""An encrypted database says nothing without its key, and takes nothing that was not put where it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from langgraph_nb.checkpoint.rows.saver import RowSaver
from langgraph_nb.checkpoint.seal import CheckpointCorrupt
from langgraph_nb.checkpoint.serde import JsonPlusSerializer
from langgraph_nb.checkpoint.serde.aes import AesGcm, WrongKey
from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import Command, interrupt

OLD, NEW = b"the old key that was here first.", b"the new key, which comes after. "
SECRET = "planted secret 4711"
CONFIG: Any = {"configurable": {"thread_id": "t"}, "metadata": {"project": SECRET}}


def joined(old: list[str], new: list[str]) -> list[str]:
    return [*old, *new]


class State(TypedDict, total=False):
    said: Annotated[list[str], joined]
    small: str
    long: str


def ask(state: State) -> Any:
    return {"said": [interrupt(f"{SECRET}?")], "small": SECRET, "long": SECRET * 50}


def keys(*given: bytes) -> EncryptedSerializer:
    return EncryptedSerializer.from_keys(*given)


def graph_in(saver: Any) -> Any:
    builder = StateGraph(State).add_node("say", lambda state: {"said": [SECRET * 9]}).add_node(ask)
    return builder.add_edge(START, "say").add_edge("say", "ask").compile(checkpointer=saver)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database in which a thread has run, waited for an answer, and got it."""
    with SqliteSaver(tmp_path / "threads.db", serde=keys(OLD)) as saver:
        graph = graph_in(saver)
        for turn in range(3):
            graph.invoke({"said": [f"{turn} {SECRET}"]}, CONFIG)
            graph.invoke(Command(resume=f"{SECRET}!"), CONFIG)
        graph.invoke({"said": ["left open"]}, CONFIG)
    return tmp_path / "threads.db"


@pytest.fixture
def rows(path: Path) -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(path) as connection:
        yield connection
    connection.close()


def history(path: Path, serde: Any) -> list[Any]:
    with SqliteSaver(path, serde=serde) as saver:
        return [(s.values, s.next, s.metadata, s.interrupts) for s in graph_in(saver).get_state_history(CONFIG)]


def test_nothing_that_was_said_is_in_the_files(path: Path) -> None:
    found = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"nb_checkpoints" in found
    assert not [word for word in (SECRET, "left open", "said", "__interrupt__") if word.encode() in found.replace(
        b'"said"', b"")]  # the names of channels are in the shape of the graph  # fmt: skip
    assert SECRET in repr(history(path, keys(OLD)))


def test_both_classes_make_databases_that_the_other_reads(path: Path) -> None:
    before = history(path, keys(OLD))
    assert before[0][1] == ("ask",) and len(before) > 9
    assert history(path, EncryptedSerializer.from_pycryptodome_aes(key=OLD)) == before


@pytest.mark.parametrize("serde", [keys(NEW), EncryptedSerializer.from_pycryptodome_aes(key=NEW)], ids=["keys", "aes"])
def test_with_another_key_the_error_says_so_and_shows_none(path: Path, serde: Any) -> None:
    old, new = AesGcm(OLD).key_ids[0], AesGcm(NEW).key_ids[0]
    with pytest.raises(WrongKey, match=f"with the key '{old}', which this program was not given .* '{new}'") as caught:
        history(path, serde)
    assert OLD.decode() not in str(caught.value) and NEW.decode() not in str(caught.value)


def test_without_a_key_nothing_is_read_and_the_reason_is_told(path: Path) -> None:
    with pytest.raises(CheckpointCorrupt, match="encrypted and needs an EncryptedSerializer"):
        history(path, JsonPlusSerializer())


def test_rows_that_are_not_encrypted_are_refused(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "plain.db") as saver:
        graph_in(saver).invoke({"said": ["x"]}, CONFIG)
    with pytest.raises(WrongKey, match="not encrypted"):
        history(tmp_path / "plain.db", keys(OLD))


def test_a_row_that_was_not_encrypted_does_not_slip_in(path: Path, rows: sqlite3.Connection, tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "plain.db") as saver:
        graph_in(saver).invoke({"said": ["forged"]}, CONFIG)
    rows.execute("ATTACH ? AS plain", (str(tmp_path / "plain.db"),))
    rows.execute("UPDATE nb_checkpoints SET body = (SELECT body FROM plain.nb_checkpoints LIMIT 1)")
    rows.commit()
    with pytest.raises(WrongKey, match="not encrypted"):
        history(path, keys(OLD))


@pytest.mark.parametrize("table", ["nb_checkpoints", "nb_blobs", "nb_writes"])
def test_rows_in_the_place_of_others_are_refused(path: Path, rows: sqlite3.Connection, table: str) -> None:
    """A copy of the thread has the same rows, with the same keys, in another thread."""
    with SqliteSaver(path, serde=keys(OLD)) as saver:
        saver.copy_thread("t", "copy")
    spaces = dict(rows.execute("SELECT thread_id, space FROM nb_spaces"))
    rows.execute(f"DELETE FROM {table} WHERE space = ?", (spaces["t"],))
    rows.execute(f"UPDATE {table} SET space = ?", (spaces["t"],))
    rows.commit()
    with pytest.raises(CheckpointCorrupt, match="belongs to another place") as caught:
        history(path, keys(OLD))
    assert (caught.value.table, caught.value.thread_id) == (table, "t")


def test_a_copied_thread_is_encrypted_and_reads_the_same(path: Path) -> None:
    with SqliteSaver(path, serde=keys(OLD)) as saver:
        saver.copy_thread("t", "copy")
        graph = graph_in(saver)
        copied = graph.get_state({"configurable": {"thread_id": "copy"}})
        assert copied.values == graph.get_state(CONFIG).values
        assert graph.invoke(Command(resume="yes"), {"configurable": {"thread_id": "copy"}})["said"][-1] == "yes"


def test_keys_are_changed_while_programs_have_both(path: Path) -> None:
    before = history(path, keys(OLD))
    with SqliteSaver(path, serde=keys(NEW, OLD)) as saver:
        graph_in(saver).invoke(Command(resume="now"), CONFIG)  # in the midst of it rows are of both keys
        newer = history(path, keys(OLD, NEW))
        assert len(newer) > len(before)
        assert saver.rotate_keys() > len(before)
        graph_in(saver).invoke({"said": ["after"]}, CONFIG)
    with pytest.raises(WrongKey):
        history(path, keys(OLD))
    after = history(path, keys(NEW))
    assert after[-len(newer):] == newer and len(after) > len(newer)


def test_rotating_is_undone_when_a_row_does_not_open(path: Path, rows: sqlite3.Connection) -> None:
    rows.execute("UPDATE nb_blobs SET data = substr(data, 1, length(data) - 1) WHERE rowid = 1")
    rows.commit()
    stored = rows.execute("SELECT body FROM nb_checkpoints").fetchall()
    with SqliteSaver(path, serde=keys(NEW, OLD)) as saver, pytest.raises(CheckpointCorrupt):
        saver.rotate_keys()
    assert rows.execute("SELECT body FROM nb_checkpoints").fetchall() == stored


def test_every_saver_of_rows_is_encrypted_and_changes_its_key(saver: Any) -> None:
    if not isinstance(saver, RowSaver):  # keeps single values
        return
    saver.serde = keys(OLD)
    graph = graph_in(saver)
    graph.invoke({"said": ["x"]}, CONFIG)
    before = graph.get_state(CONFIG)
    saver.serde = keys(NEW)
    with pytest.raises(WrongKey):
        graph.get_state(CONFIG)
    saver.serde = keys(NEW, OLD)
    assert saver.rotate_keys() > 1
    saver.serde = keys(NEW)
    assert graph.get_state(CONFIG) == before
    assert graph.invoke(Command(resume="yes"), CONFIG)["said"][-1] == "yes"
