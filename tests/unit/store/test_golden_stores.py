"""Stores and caches that were written in the past are read as what was stored then."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from langgraph_nb.store.postgres import PostgresStore
from langgraph_nb.store.postgres import schema as postgres
from langgraph_nb.store.sqlite import SqliteStore, schema
from tests.unit.store.golden.make import CACHED, DOCUMENTS, INDEX, cache_at, cipher_of

GOLDEN = Path(__file__).parent / "golden"
STORES = sorted([*GOLDEN.glob("store-*.db"), *GOLDEN.glob("store-*.sql")])
CACHES = sorted(GOLDEN.glob("cache-*.db"))


@pytest.fixture(params=STORES, ids=lambda file: file.stem)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A store on a copy of each golden file."""
    file: Path = request.param
    if file.suffix == ".db":
        with SqliteStore(shutil.copy(file, tmp_path), index=INDEX, cipher=cipher_of(file.name)) as store:
            yield store
        return
    new_database: Callable[[], str] = request.getfixturevalue("new_database")
    address = new_database()
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute(file.read_text("utf-8").encode())
    with PostgresStore.from_conn_string(address, cipher=cipher_of(file.name)) as made:
        made.setup()
        yield made


def test_there_are_files_of_todays_formats() -> None:
    stores = {f"store{where}{how}" for where in (f"-{schema.FORMAT}", f"-postgres-{postgres.FORMAT}")
              for how in ("", "-encrypted")}  # fmt: skip
    assert stores <= {file.stem for file in STORES}
    assert {file.stem for file in CACHES} == {"cache-1", "cache-1-encrypted"}


def test_documents_of_the_past_are_read_and_changed(store: Any) -> None:
    found = {(item.namespace, item.key): item.value for item in store.search(())}
    assert found == DOCUMENTS
    if store.index_config:
        assert [item.key for item in store.search((), query="Grüße", limit=1)] == ["settings"]
    store.put(("users",), "Ω", {"new": 1})
    store.put(("users",), "more", {"new": 2})
    assert [item.key for item in store.search(("users",), limit=2)] == ["more", "Ω"]


@pytest.mark.parametrize("file", CACHES, ids=lambda file: file.stem)
def test_cached_values_of_the_past_are_read(file: Path, tmp_path: Path) -> None:
    with cache_at(Path(shutil.copy(file, tmp_path))) as cache:
        assert cache.get([*CACHED]) == CACHED
