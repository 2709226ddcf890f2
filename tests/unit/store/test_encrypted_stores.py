"""Encrypted stores say nothing without their key, take nothing that was not put where it is, and find the same."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from langgraph_nb.checkpoint.serde.aes import AesGcm, WrongKey
from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_nb.cli import main
from langgraph_nb.store.encryption import DocumentCorrupt
from langgraph_nb.store.postgres import AsyncPostgresStore, PostgresStore
from langgraph_nb.store.sqlite import AsyncSqliteStore, SqliteStore

OLD, NEW = b"the old key that was here first.", b"the new key, which comes after. "
SECRET = "planted secret 4711"
PEOPLE, NOTES = ("people",), ("people", "ada", "notes")


def embed(texts: list[str]) -> list[list[float]]:
    return [[text.count("cat") + 1.0, text.count("dog") + 1.0, 1.0] for text in texts]


INDEX: Any = {"dims": 3, "embed": embed, "fields": ["text"]}


class Place:
    """A database, by its address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_postgres = address.startswith("postgresql")

    def store(self, *keys: bytes, cipher: Any = None) -> AbstractContextManager[Any]:
        kind: Any = PostgresStore if self.is_postgres else SqliteStore
        cipher = cipher or (AesGcm(*keys) if keys else None)
        made: AbstractContextManager[Any] = kind.from_conn_string(self.address, index=INDEX, cipher=cipher)
        return made

    def execute(self, statement: str) -> list[Any]:
        connect: Any = psycopg.connect if self.is_postgres else sqlite3.connect
        with closing(connect(self.address)) as connection:
            found = connection.execute(statement)
            rows = found.fetchall() if found.description else []
            connection.commit()
            return rows

    def stored(self) -> str:
        """All that is in the database, as text."""
        if not self.is_postgres:
            files = sorted(Path(self.address).parent.iterdir())
            return "".join(file.read_bytes().decode("latin-1") for file in files)
        tables = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return str([self.execute(f"SELECT * FROM {name}") for (name,) in tables])

    def fill(self, *keys: bytes) -> None:
        with self.store(*keys) as store:
            store.setup()
            for number in range(12):
                kind = ("cat", "dog")[number % 2]
                store.put(NOTES, f"n{number}", {"text": f"{SECRET} {kind} " * number, "stars": number, "kind": kind})
            store.put(PEOPLE, "ada", {"text": SECRET, "stars": 100}, index=False)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in ("LANGGRAPH_AES_KEY", "LANGGRAPH_AES_OLD_KEY"):
        monkeypatch.delenv(name, raising=False)
    if request.param == "sqlite":
        return Place(str(tmp_path / "store.db"))
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    return Place(new_database())


def looks(store: Any) -> Iterator[Any]:
    """What a store finds, in many ways."""
    yield store.get(NOTES, "n3").value
    for more in ({}, {"query": "cat"}, {"filter": {"kind": "dog"}}, {"query": "dog", "filter": {"stars": {"$gt": 3}}}):
        for page in ({}, {"limit": 2}, {"limit": 3, "offset": 2}, {"limit": 50, "offset": 11}):
            found = store.search(PEOPLE, **more, **page)
            yield [(item.namespace, item.key, item.value, item.score and round(item.score, 5)) for item in found]
    yield store.list_namespaces()


def test_an_encrypted_store_finds_what_another_one_finds_and_says_nothing(place: Place) -> None:
    place.fill()
    with place.store() as store:
        expected = [*looks(store)]
        assert SECRET in place.stored()
        for item in store.search(PEOPLE, limit=50):
            store.delete(item.namespace, item.key)
    place.execute("VACUUM") if not place.is_postgres else None
    place.fill(OLD)
    with place.store(OLD) as store:
        assert [*looks(store)] == expected
        assert all(found in place.stored() for found in ("people.ada.notes.", "n3"))  # what is looked up by
        assert SECRET not in place.stored()


def test_all_that_encrypts_with_a_place_is_a_cipher(place: Place) -> None:
    place.fill(OLD)
    with place.store(cipher=EncryptedSerializer.from_keys(OLD)) as store:
        assert store.get(PEOPLE, "ada").value["stars"] == 100
    with pytest.raises(TypeError, match="A str cannot encrypt documents"), place.store(cipher="a key"):
        pass


def test_documents_of_another_key_or_none_are_refused(place: Place) -> None:
    place.fill(OLD)
    with place.store(NEW) as store, pytest.raises(WrongKey, match="which this program was not given"):
        store.get(PEOPLE, "ada")
    with place.store() as store, pytest.raises(WrongKey, match="Give it the cipher"):
        store.search(PEOPLE)
    with place.store() as store:
        store.put(PEOPLE, "eve", {"planted": True})
    with place.store(OLD) as store:
        with pytest.raises(WrongKey, match="not encrypted, and a store with a cipher reads nothing else"):
            store.get(PEOPLE, "eve")
        assert store.get(PEOPLE, "ada").value["stars"] == 100


def test_a_document_in_the_place_of_another_or_changed_is_refused(place: Place) -> None:
    place.fill(OLD)
    place.execute("UPDATE nb_items SET value = (SELECT value FROM nb_items WHERE key = 'n1') WHERE key = 'n2'")
    place.execute("UPDATE nb_items SET key = 'moved' WHERE key = 'n4'")
    cut = "to_json(left(value #>> '{}', -4))" if place.is_postgres else "substr(value, 1, length(value) - 3)"
    place.execute(f"UPDATE nb_items SET value = {cut} WHERE key = 'n5'")
    with place.store(OLD) as store:
        for key in ("n2", "moved", "n5"):
            with pytest.raises(DocumentCorrupt, match=f"The document '{key}' in 'people.ada.notes.' is damaged"):
                store.get(NOTES, key)
        store.delete(NOTES, "n5")
        assert store.get(NOTES, "n5") is None


def test_keys_are_changed_while_programs_have_both(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"langgraph_nb.store.{'postgres.batch' if place.is_postgres else 'sqlite.base'}._AT_ONCE", 5)
    place.fill(OLD)
    with place.store(OLD) as store:
        expected = [*looks(store)]
    with place.store(NEW, OLD) as store:
        store.put(PEOPLE, "ada", {"text": SECRET, "stars": 100}, index=False)
        assert store.how_encrypted() == (13, 13)
        assert store.rotate_keys() == 13
    with place.store(NEW) as store:
        assert [*map(repr, looks(store))] == [*map(repr, expected)]
    with place.store(OLD) as store, pytest.raises(WrongKey):
        store.get(NOTES, "n3")
    with place.store() as store, pytest.raises(ValueError, match="has no cipher"):
        store.rotate_keys()


def test_async_stores_are_encrypted_too(place: Place) -> None:
    kind: Any = AsyncPostgresStore if place.is_postgres else AsyncSqliteStore

    async def main() -> None:
        async with kind.from_conn_string(place.address, cipher=AesGcm(OLD)) as store:
            await store.setup()
            await store.aput(PEOPLE, "ada", {"text": SECRET})
            assert (await store.aget(PEOPLE, "ada")).value == {"text": SECRET}
        async with kind.from_conn_string(place.address, cipher=AesGcm(NEW, OLD)) as store:
            assert await store.rotate_keys() == 1
        async with kind.from_conn_string(place.address, cipher=AesGcm(NEW)) as store:
            assert [item.value for item in await store.asearch(PEOPLE, filter={"text": SECRET})] == [{"text": SECRET}]

    asyncio.run(main())
    assert SECRET not in place.stored()


def test_the_command_line_changes_the_key_of_a_store(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.fill()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", OLD.decode())
    assert main(["rotate", place.address]) == 0
    assert "13 documents are not encrypted, and stay so; --unencrypted encrypts them" in capsys.readouterr().out
    assert main(["rotate", place.address, "--unencrypted"]) == 0
    assert "13 documents are encrypted with the new key" in capsys.readouterr().out
    if not place.is_postgres:
        assert SECRET not in place.stored()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", NEW.decode())
    assert main(["rotate", place.address]) == 2
    assert "which this program was not given" in capsys.readouterr().err
    monkeypatch.setenv("LANGGRAPH_AES_OLD_KEY", OLD.decode())
    assert main(["rotate", place.address]) == 0
    with place.store(NEW) as store:
        assert store.get(PEOPLE, "ada").value == {"text": SECRET, "stars": 100}
    place.execute("UPDATE nb_items SET key = 'moved' WHERE key = 'n4'")
    assert main(["rotate", place.address]) == 1
    assert "The document 'moved'" in capsys.readouterr().err
