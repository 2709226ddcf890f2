"""``langgraph-nb verify``, ``repair`` and ``rotate`` on SQLite files and in PostgreSQL: the same words for both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from langgraph_nb.checkpoint.postgres import PostgresSaver
from langgraph_nb.checkpoint.rows.saver import RowSaver
from langgraph_nb.checkpoint.serde.aes import WrongKey
from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.cli import main
from langgraph_nb.persistence import PutCheckpoint, PutWrites
from tests.unit.checkpoint.conftest import checkpoint, config

OLD, NEW = "the old key that was here first.", "the new key, which comes after. "
PASSWORD = "hunter2"
SECRET = "planted secret 4711 "


class Place:
    """A database, by its address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_postgres = address.startswith("postgresql")

    @contextmanager
    def saver(self, *keys: str) -> Iterator[RowSaver]:
        made: Any = PostgresSaver.from_conn_string(self.address) if self.is_postgres else SqliteSaver(self.address)
        with made as saver:
            saver.serde = EncryptedSerializer.from_keys(*map(str.encode, keys)) if keys else saver.serde
            saver.setup()
            yield saver

    def execute(self, statement: str) -> list[Any]:
        connect: Any = psycopg.connect if self.is_postgres else sqlite3.connect
        with closing(connect(self.address)) as connection:
            found = connection.execute(statement.replace("x'", "'\\x") if self.is_postgres else statement)
            rows = found.fetchall() if found.description else []
            connection.commit()
            return rows

    def fill(self, *keys: str) -> None:
        """A thread as the engine stores it, with a large value."""
        with self.saver(*keys) as saver:
            parent = None
            for number in range(4):
                made = checkpoint(f"{number:03}", {"n": number, "big": 1}, n=number, big=SECRET * 90)
                changes = {"n": number, **({} if parent else {"big": 1})}
                put = PutCheckpoint(config("1", "", parent), made, {"source": "loop", "step": number}, changes)
                led = PutWrites(config("1", "", parent), (("n", number),), f"task {number}", "~a")
                saver.apply([led, put] if parent else [put])
                parent = made["id"]
            saver.put_writes(config("1", "", parent), [("__interrupt__", [SECRET])], "asks")

    def read(self, *keys: str) -> list[Any]:
        with self.saver(*keys) as saver:
            return list(saver.list(config("1")))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in ("LANGGRAPH_AES_KEY", "LANGGRAPH_AES_OLD_KEY"):
        monkeypatch.delenv(name, raising=False)
    if request.param == "sqlite":
        return Place(str(tmp_path / "threads.db"))
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return Place(new_database().replace("postgres:@", f"postgres:{PASSWORD}@"))


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was printed since the last time; never a key or a password."""

    def read() -> str:
        printed = "".join(capsys.readouterr())
        assert not any(secret in printed for secret in (OLD, NEW, PASSWORD, SECRET))
        return printed

    return read


def test_damage_is_listed_and_put_aside(place: Place, said: Callable[[], str]) -> None:
    place.fill()
    assert main(["verify", place.address]) == 0
    assert "nothing is damaged" in said()
    assert main(["repair", place.address]) == 0
    assert "nothing is damaged" in said()
    place.execute("UPDATE nb_checkpoints SET body = x'00' WHERE id = '002'")
    place.execute("INSERT INTO nb_writes (space, id, task_id, body) VALUES (77, '001', 'lost', x'00')")
    assert main(["verify", place.address]) == 1
    printed = said()
    assert "nb_checkpoints 002 of thread '1'" in printed and "space 77/001" in printed
    assert "2 damaged rows. Mend it: langgraph-nb repair" in printed
    assert main(["repair", place.address]) == 0
    assert "thread '1' is back at checkpoint '001'; 2 checkpoints are in the table nb_damaged" in said()
    assert main(["verify", place.address]) == 0
    assert [found.checkpoint["id"] for found in place.read()] == ["001", "000"]
    kept = place.execute("SELECT table_name, thread_id, body FROM nb_damaged ORDER BY table_name, columns")
    assert [(table, thread) for table, thread, _ in kept] == [
        ("nb_checkpoints", "1"), ("nb_checkpoints", "1"), ("nb_writes", None), ("nb_writes", "1"),
    ]  # fmt: skip
    assert b"\0" in [bytes(body) for *_, body in kept]


def test_a_damaged_value_is_put_aside_with_what_needs_it(place: Place, said: Callable[[], str]) -> None:
    place.fill()
    place.execute("UPDATE nb_blobs SET data = x'00'")
    assert main(["verify", place.address]) == 1
    assert main(["repair", place.address]) == 0
    assert "thread '1' has no good checkpoint; 4 checkpoints" in said()
    assert place.execute("SELECT count(*) FROM nb_damaged WHERE table_name = 'nb_blobs'") == [(1,)]
    assert place.read() == [] and main(["verify", place.address]) == 0


def test_a_database_is_encrypted_with_a_new_key(
    place: Place, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place.fill(OLD)
    before = place.read(OLD)
    monkeypatch.setenv("LANGGRAPH_AES_KEY", NEW)
    monkeypatch.setenv("LANGGRAPH_AES_OLD_KEY", OLD)
    assert main(["verify", place.address]) == 0
    assert main(["rotate", place.address]) == 0
    assert "6 rows of threads are encrypted with the new key" in said()
    with pytest.raises(WrongKey):
        place.read(OLD)
    assert place.read(NEW) == before
    monkeypatch.delenv("LANGGRAPH_AES_KEY")
    monkeypatch.delenv("LANGGRAPH_AES_OLD_KEY")
    (tmp_path / "new").write_text(OLD + "\n")
    (tmp_path / "old").write_text(NEW)
    files = ["--key-file", str(tmp_path / "new"), "--old-key-file", str(tmp_path / "old")]
    assert main(["rotate", place.address, *files]) == 0
    assert place.read(OLD) == before
    assert main(["verify", place.address, *files[:2]]) == 0


def test_a_database_gets_its_first_key(
    place: Place, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place.fill()
    before = place.read()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", NEW)
    for command in ("rotate", "verify", "repair"):
        assert main([command, place.address]) == 2
        assert "Stored data is not encrypted" in said()
    assert place.read() == before
    assert main(["rotate", place.address, "--unencrypted"]) == 0
    assert place.read(NEW) == before
    if not place.is_postgres:
        assert not any(SECRET.encode() in file.read_bytes() for file in Path(place.address).parent.iterdir())


@pytest.mark.parametrize("key", [None, NEW])
def test_what_needs_another_key_is_not_taken_for_damage(
    place: Place, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    place.fill(OLD)
    before = place.read(OLD)
    if key is not None:
        monkeypatch.setenv("LANGGRAPH_AES_KEY", key)
    for command in ("verify", "repair", *(["rotate"] if key else [])):
        assert main([command, place.address]) == 2
        assert "encrypted" in said()
    assert place.read(OLD) == before


@pytest.mark.parametrize("begin", ["e1ffffffff", "00"])
def test_a_row_that_does_not_say_its_key_any_more_is_damaged(
    place: Place, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch, begin: str
) -> None:
    place.fill(OLD)
    monkeypatch.setenv("LANGGRAPH_AES_KEY", OLD)
    place.execute(f"UPDATE nb_checkpoints SET body = x'{begin}' || substr(body, 6) WHERE id = '003'")
    assert main(["verify", place.address]) == 1
    assert "nb_checkpoints 003 of thread '1'" in said()
    assert main(["rotate", place.address]) in (1, 2)
    assert main(["repair", place.address]) == 0
    assert "is back at checkpoint '002'" in said()
    assert main(["rotate", place.address]) == 0


def test_rotating_stops_at_damage_and_says_so(
    place: Place, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place.fill(OLD)
    monkeypatch.setenv("LANGGRAPH_AES_KEY", OLD)
    place.execute("UPDATE nb_checkpoints SET body = substr(body, 1, 40) WHERE id = '003'")
    assert main(["rotate", place.address]) == 1
    assert "Checkpoint '003' of thread '1' cannot be read" in said()


def test_keys_that_are_none_are_refused(
    place: Place, said: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place.fill()
    assert main(["rotate", place.address]) == 2
    assert "There is no key to encrypt with. Set LANGGRAPH_AES_KEY" in said()
    assert main(["rotate", place.address, "--key-file", str(tmp_path / "none")]) == 2
    assert "cannot be read" in said()
    (tmp_path / "short").write_text("short")
    assert main(["rotate", place.address, "--key-file", str(tmp_path / "short")]) == 2
    assert "holds 5 bytes; a key has 16, 24 or 32" in said()
    monkeypatch.setenv("LANGGRAPH_AES_OLD_KEY", OLD)
    assert main(["verify", place.address]) == 2
    assert "an old key and none to encrypt with" in said()


def test_a_database_without_threads_is_refused_and_left_as_it_is(place: Place, said: Callable[[], str]) -> None:
    tables = "SELECT count(*) FROM sqlite_master"
    if place.is_postgres:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
    place.execute("CREATE TABLE mine (n INTEGER)")
    for command in ("verify", "repair"):
        assert main([command, place.address]) == 2
        assert "holds no threads of ours" in said()
    assert place.execute(tables) == [(1,)]


def test_a_server_that_is_not_there_is_told_without_the_password(said: Callable[[], str]) -> None:
    assert main(["verify", f"postgresql://me:{PASSWORD}@localhost:1/accounts"]) == 2
    assert "'accounts on localhost' cannot be read" in said()
