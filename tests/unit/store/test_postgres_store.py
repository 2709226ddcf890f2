"""What the store in PostgreSQL promises beyond what all stores do. The server is a real one, with pgvector."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from langgraph_nb.checkpoint.postgres import connections
from langgraph_nb.checkpoint.sqlite import NewerFormatError
from langgraph_nb.store.base import GetOp, PutOp
from langgraph_nb.store.filters import passes
from langgraph_nb.store.postgres import AsyncPostgresStore, PostgresStore
from langgraph_nb.store.postgres.schema import vector_statements

CONNECTION: dict[str, Any] = {"autocommit": True}


def embed(texts: list[str]) -> list[list[float]]:
    return [[float(text.count(word)) for word in ("cat", "dog")] for text in texts]


INDEX: Any = {"dims": 2, "embed": embed, "fields": ["text", "more[*]"]}


class Kept(PostgresStore):
    """A store whose clock stands still until it is moved; in minutes."""

    minutes = 0.0

    def now(self) -> float:  # type: ignore[override]
        return self.minutes * 60

    def keys(self) -> list[str]:
        return [item.key for item in self.search((), refresh_ttl=False)]


@pytest.fixture
def address(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def kept(address: str) -> Iterator[Kept]:
    with Kept.from_conn_string(address, ttl={"default_ttl": 5}) as store:
        store.setup()
        yield store


def test_an_item_is_gone_when_its_time_is_over(kept: Kept) -> None:
    kept.put(("a",), "short", {})
    kept.put(("b",), "long", {}, ttl=50)
    kept.put(("a",), "ever", {}, ttl=None)
    kept.minutes = 5
    assert kept.keys() == ["ever", "long"]
    assert kept.get(("a",), "short") is None
    kept.minutes = 50
    assert kept.list_namespaces() == [("a",)]
    assert (kept.sweep_ttl(), kept.sweep_ttl()) == (2, 0)


@pytest.mark.parametrize("by_search", [False, True])
def test_reading_begins_the_time_anew_if_it_may(kept: Kept, by_search: bool) -> None:
    kept.put(("a",), "k", {})
    kept.put(("b",), "k", {})
    kept.minutes = 4
    for place, refresh in (("a", None), ("b", False)):
        _ = kept.search((place,), refresh_ttl=refresh) if by_search else kept.get((place,), "k", refresh_ttl=refresh)
    kept.minutes = 8
    assert [item.namespace for item in kept.search(())] == [("a",)]


def test_what_is_put_after_its_time_is_new(kept: Kept) -> None:
    times = []
    for kept.minutes in (0, 1, 9):
        kept.put(("a",), "k", {})
        item = kept.get(("a",), "k")
        assert item is not None
        times.append((item.created_at.timestamp(), item.updated_at.timestamp()))
    assert times == [(0, 0), (0, 60), (540, 540)]


def test_sweepers_are_started_and_stopped(address: str) -> None:
    with PostgresStore.from_conn_string(address, ttl={"default_ttl": 5}) as store:
        running = store.start_ttl_sweeper(60)
        assert store.stop_ttl_sweeper() and running.done()

    async def main() -> bool:
        async with AsyncPostgresStore.from_conn_string(address, ttl={"default_ttl": 1}) as timed:
            await timed.setup()
            task = await timed.start_ttl_sweeper(1e-4)
            assert await asyncio.to_thread(timed._sweep) == 0
            return await timed.stop_ttl_sweeper() and await task is None

    assert asyncio.run(main())


# -- documents --


def test_documents_come_back_as_they_were(kept: Kept) -> None:
    value = {"big": 2**200, "float": 1.0, "minus": -0.0, "e": 1e22, "no": None, "": [], "\\u0000": "\x01é😀"}
    kept.put(("a",), "k", value)
    item = kept.get(("a",), "k")
    assert item is not None and repr(item.value) == repr(value)


@pytest.mark.parametrize("value", [{"a": ["\0"]}, {"\ud800": 1}, {"a": float("nan")}, {"a": (1,)}])
def test_what_could_not_come_back_is_refused_before_anything_is_stored(kept: Kept, value: Any) -> None:
    with pytest.raises(TypeError, match="Cannot store"):
        kept.batch([PutOp(("a",), "fine", {}), PutOp(("a",), "k", value)])
    assert kept.keys() == []


FILTERS: list[Any] = [
    {"v": 1}, {"v": True}, {"v": "1"}, {"v": None}, {"v": {}}, {"v": []}, {"v": [1]}, {"v": {"a": 1}},
    {"v": {"a": {"$gt": 0}}}, {"v": {"$gt": -1e300}}, {"v": {"$ne": None}},
    {"v": {"$gt": 1}}, {"v": {"$gte": "1"}}, {"v": {"$lt": "b"}}, {"v": {"$lte": True}}, {"v": {"$ne": 1}},
    {"v": {"$eq": {"a": 1}}}, {"v": {"$gt": None}}, {"v": {"$gt": float("nan")}}, {"v": float("nan")},
    {"v": [{"$gt": 0}]}, {"v": ({"a": 1}, 2)}, {"v": {"$gt": 0, "$lt": 2}}, {"w": {"$ne": 1}}, {"v": 0},
    {"v": {"$gt": float("-inf")}}, {"v": {"$eq": {1}}},
]  # fmt: skip
VALUES: list[Any] = [
    1, 1.5, 2**70, -0.0, True, False, None, "1", " 2 ", "a", "b", "é", "Z", "", {}, {"a": 1}, {"a": 1, "b": 2},
    {"a": "x"}, [], [1], [1, 2], [{"a": 1}, 2], ["1"],
]  # fmt: skip


def test_filters_choose_what_they_choose_in_python(kept: Kept) -> None:
    documents = {str(number): {"v": value} for number, value in enumerate(VALUES)} | {"without": {}}
    kept.batch([PutOp(("n",), key, document) for key, document in documents.items()])
    for wanted in FILTERS:
        found = {item.key for item in kept.search(("n",), filter=wanted, limit=-1)}
        assert found == {key for key, document in documents.items() if passes(document, wanted)}, wanted
    with pytest.raises(ValueError, match="Unsupported operator"):
        kept.search(("n",), filter={"v": {"$in": [1]}})


def test_what_was_written_last_is_found_first(kept: Kept) -> None:
    for key in "abca":
        kept.put(("n",), key, {})
    assert kept.keys() == ["a", "c", "b"]
    assert [item.key for item in kept.search((), limit=1, offset=1)] == ["c"]


# -- by meaning --


@pytest.mark.parametrize("distance", ["cosine", "l2", "inner_product"])
@pytest.mark.parametrize(
    "kind",
    [{}, {"kind": "hnsw", "m": 8, "ef_construction": 32}, {"kind": "ivfflat", "nlist": 1}, {"kind": "flat"},
     {"kind": "hnsw", "vector_type": "halfvec"}],
    ids=str,
)  # fmt: skip
def test_each_index_finds_what_is_near(address: str, kind: Any, distance: str) -> None:
    index = {**INDEX, "ann_index_config": kind, "distance_type": distance}
    with PostgresStore.from_conn_string(address, index=index) as store:
        store.setup()
        store.setup()
        for number in range(40):
            value = {"text": "cat " * number + "dog " * 10, "more": ["dog"], "n": number}
            store.put(("n", str(number % 2)), str(number), value)
        found = store.search(("n", "1"), query="cat", limit=2, filter={"n": {"$lt": 30}})
        best = {"cosine": ("29", 29 / 941**0.5), "l2": ("1", -(2**0.5)), "inner_product": ("29", 29.0)}[distance]
        assert found[0].score == pytest.approx(best[1], abs=1e-3)
        assert best[0] == found[0].key or distance == "l2"
        assert len(store.search((), query="cat", limit=100)) == 40
        store.put(("n", "1"), "29", {"text": "dog"})
        store.delete(("n", "1"), "27")
        assert not {"29", "27"} & {item.key for item in store.search(("n", "1"), query="cat", limit=2)}


@pytest.mark.parametrize("wrong", [{"kind": "flt"}, {"vector_type": "bit"}, {"kind": "hnsw", "m": "16); DROP TABLE"}])
def test_an_index_that_pgvector_does_not_have_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError):
        vector_statements({"dims": 2, "ann_index_config": wrong})


# -- connections --


def test_threads_share_a_connection_or_a_pool(address: str) -> None:
    with (
        PostgresStore.from_conn_string(address) as one,
        PostgresStore.from_conn_string(address, pool_config={"min_size": 2, "max_size": 3}) as pooled,
    ):
        one.setup()

        def work(store: PostgresStore, number: int) -> None:
            for n in range(5):
                store.batch([PutOp(("t", str(number)), str(n), {}), PutOp(("shared",), str(n), {"by": number})])

        threads = [threading.Thread(target=work, args=(store, n)) for n in range(3) for store in (one, pooled)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(pooled.search((), limit=100)) == 3 * 5 + 5


def test_a_pipeline_does_the_same(address: str) -> None:
    with PostgresStore.from_conn_string(address, pipeline=True, index=INDEX) as store:
        store.setup()
        store.batch([PutOp(("a",), "k", {"text": "cat"}), PutOp(("a",), "l", {"text": "dog"})])
        assert [item.key for item in store.search((), query="cat")] == ["k", "l"]


def test_connections_and_pools_may_be_given(address: str) -> None:
    with psycopg.connect(address, **CONNECTION) as connection:
        store = PostgresStore(connection, deserializer=lambda data: {"read": data.decode()})
        store.setup()
        asyncio.run(store.aput(("a",), "k", {"n": 1}))
        item = store.get(("a",), "k")
        assert item is not None and item.value == {"read": '{"n":1}'}
    with ConnectionPool[Any](address, kwargs=CONNECTION, open=True) as pool:
        assert PostgresStore(pool).list_namespaces() == [("a",)]

    async def main() -> None:
        async with AsyncConnectionPool[Any](address, kwargs=CONNECTION, open=False) as apool:
            found = AsyncPostgresStore(apool)
            assert await found.alist_namespaces() == [("a",)]
            assert await asyncio.to_thread(found.list_namespaces) == [("a",)]
        async with AsyncPostgresStore.from_conn_string(address, pool_config={"max_size": 2}) as pooled:
            await asyncio.gather(*(pooled.aput(("b",), str(n), {}) for n in range(5)))
            assert len(await pooled.asearch(("b",))) == 5
        async with AsyncPostgresStore.from_conn_string(address, pipeline=True) as piped:
            assert len(await piped.asearch(("b",), limit=2)) == 2

    asyncio.run(main())


def test_a_batch_that_fails_stores_nothing_and_the_next_one_works(kept: Kept) -> None:
    with pytest.raises(psycopg.DataError):
        kept.batch([PutOp(("a",), "k", {}), PutOp(("a",), "nul\0", {})])
    assert kept.batch([GetOp(("a",), "k")]) == [None]


def test_without_psycopg_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"langgraph-nb\[postgres\]"), PostgresStore.from_conn_string(""):
        pass


def test_tables_of_a_newer_version_are_refused(kept: Kept) -> None:
    kept.conn.execute("UPDATE nb_store_format SET version = 99")
    with pytest.raises(NewerFormatError, match="format 99"):
        kept.setup()
