"""What the store in SQLite promises beyond what all stores do: files, times, transactions, threads and processes."""

from __future__ import annotations

import asyncio
import importlib.util
import math
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.sqlite import NewerFormatError, SaverClosed, SqliteSaver
from langgraph_nb.store.base import GetOp, InvalidNamespaceError, PutOp, SearchOp
from langgraph_nb.store.sqlite import AsyncSqliteStore, SqliteStore, nearest

NAN = float("nan")


def embed(texts: list[str]) -> list[list[float]]:
    return [[float(text.count(word)) for word in ("cat", "dog")] for text in texts]


INDEX: Any = {"dims": 2, "embed": embed, "fields": ["text"]}


class Kept(SqliteStore):
    """A store whose clock stands still until it is moved; in minutes."""

    minutes = 0.0

    def now(self) -> float:  # type: ignore[override]
        return self.minutes * 60

    def keys(self) -> list[str]:
        return [item.key for item in self.search((), refresh_ttl=False)]


@pytest.fixture
def kept() -> Iterator[Kept]:
    with Kept(":memory:", ttl={"default_ttl": 5}) as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


# -- time to live --


def test_an_item_is_gone_when_its_time_is_over(kept: Kept) -> None:
    kept.put(("a",), "short", {})
    kept.put(("b",), "long", {}, ttl=50)
    kept.put(("a",), "ever", {}, ttl=None)
    kept.minutes = 5
    assert kept.keys() == ["ever", "long"]
    assert kept.get(("a",), "short") is None
    kept.minutes = 50
    assert kept.list_namespaces() == [("a",)]
    assert kept.sweep_ttl() == 2
    assert kept.sweep_ttl() == 0


@pytest.mark.parametrize("by_search", [False, True])
@pytest.mark.parametrize(
    ("refresh_on_read", "asked", "found"),
    [(True, None, True), (True, False, False), (False, None, False), (False, True, True)],
)
def test_reading_begins_the_time_anew(refresh_on_read: bool, asked: bool | None, found: bool, by_search: bool) -> None:
    with Kept(":memory:", ttl={"default_ttl": 5, "refresh_on_read": refresh_on_read}) as store:
        store.put(("a",), "k", {})
        store.minutes = 4
        _ = store.search(("a",), refresh_ttl=asked) if by_search else store.get(("a",), "k", refresh_ttl=asked)
        store.minutes = 8
        assert (store.get(("a",), "k") is not None) is found


def test_a_batch_that_writes_refreshes_what_it_reads(kept: Kept) -> None:
    kept.put(("a",), "k", {})
    kept.minutes = 4
    kept.batch([GetOp(("a",), "k"), PutOp(("a",), "other", {})])
    kept.minutes = 8
    assert kept.keys() == ["other", "k"]


def test_what_is_put_after_its_time_is_new(kept: Kept) -> None:
    kept.put(("a",), "k", {})
    kept.minutes = 1
    kept.put(("a",), "k", {})
    item = kept.get(("a",), "k")
    assert item is not None and (item.created_at.timestamp(), item.updated_at.timestamp()) == (0, 60)
    kept.minutes = 9
    kept.put(("a",), "k", {})
    item = kept.get(("a",), "k")
    assert item is not None and item.created_at.timestamp() == 9 * 60


def test_a_sweeper_takes_away_what_is_past_its_time_until_it_is_stopped(kept: Kept) -> None:
    swept = threading.Event()
    kept._sweeper._sweep = lambda: swept.set() or 0  # type: ignore[func-returns-value]
    running = kept.start_ttl_sweeper(1e-5)
    assert kept.start_ttl_sweeper() is running
    assert swept.wait(60)
    assert not running.done()
    assert kept.stop_ttl_sweeper() and running.done()
    again = kept.start_ttl_sweeper(60)
    assert again.cancel()
    assert kept.stop_ttl_sweeper(60)


def test_a_sweep_that_fails_is_tried_again(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    done, failed = threading.Event(), []

    def sweep() -> int:
        if not failed:
            failed.append(True)
            raise sqlite3.OperationalError("database is locked")
        done.set()
        return 0

    kept._sweeper._sweep = sweep
    kept.start_ttl_sweeper(1e-5)
    assert done.wait(60)
    assert "the next sweep tries again" in caplog.text


def test_without_times_there_is_nothing_to_sweep() -> None:
    with SqliteStore(":memory:") as store:
        assert store.start_ttl_sweeper().done()

    async def main() -> bool:
        async with AsyncSqliteStore.from_conn_string(":memory:", ttl={"default_ttl": 1}) as timed:
            task = await timed.start_ttl_sweeper(60)
            return await timed.sweep_ttl() == 0 and await timed.stop_ttl_sweeper() and await task is None

    assert asyncio.run(main())


# -- documents --


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"a": [1, {"b": NAN}]}, r"the number nan at \['a'\]\[1\]\['b'\]"), ({"a": float("inf")}, "the number inf"),
        ({"a": (1,)}, r"a tuple at \['a'\]"), ({1: 2}, "the key 1"), ({"a": {1, 2}}, "a set"), ({"a": b""}, "a bytes"),
        ({"a": object()}, "a object"),
    ],
)  # fmt: skip
def test_what_json_would_change_is_refused_before_anything_is_stored(value: Any, named: str) -> None:
    with SqliteStore(":memory:") as store:
        with pytest.raises(TypeError, match=named):
            store.batch([PutOp(("a",), "fine", {}), PutOp(("a",), "k", value)])
        assert store.search(()) == []


def test_a_document_without_an_end_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with SqliteStore(":memory:") as store, pytest.raises(TypeError, match="nested deeper"):
        store.put(("a",), "k", endless)


def test_documents_come_back_as_they_were() -> None:
    value = {"\ud800": "\udfff", "nul": "\0", "big": 2**200, "float": 1.0, "minus": -0.0, "no": None, "": []}
    with SqliteStore(":memory:") as store:
        store.put(("a",), "k", value)
        item = store.get(("a",), "k")
        assert item is not None and repr(item.value) == repr(value)
        assert [found.key for found in store.search((), filter={"\ud800": "\udfff"})] == ["k"]


@pytest.mark.parametrize("op", [GetOp(("a.b",), "k"), PutOp(("",), "k", {}), SearchOp(("a\0",)), "nonsense"])
def test_a_batch_with_something_wrong_does_nothing(op: Any) -> None:
    with SqliteStore(":memory:") as store:
        with pytest.raises(ValueError if op == "nonsense" else InvalidNamespaceError):
            store.batch([PutOp(("a",), "k", {}), op])
        assert store.list_namespaces() == []


def test_what_was_written_last_is_found_first() -> None:
    with SqliteStore(":memory:") as store:
        for key in "abca":
            store.put(("n",), key, {})
        assert [item.key for item in store.search(())] == ["a", "c", "b"]
        assert [item.key for item in store.search((), limit=1, offset=1)] == ["c"]
        assert [item.key for item in store.search((), limit=-1)] == ["a", "c", "b"]


# -- files --


def test_only_the_owner_may_read_the_file_and_it_is_there_again_when_it_is_opened_again(path: str) -> None:
    with SqliteStore(path, index=INDEX) as store:
        store.put(("a",), "k", {"text": "cat"})
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    with SqliteStore(path, index=INDEX) as store:
        assert [(item.key, item.score) for item in store.search((), query="cat")] == [("k", 1.0)]
    with pytest.raises(SaverClosed, match=r"This store of .* is closed"):
        store.get(("a",), "k")


def test_a_saver_and_a_store_share_a_file(path: str) -> None:
    with SqliteSaver(path) as saver, SqliteStore(path) as store:
        store.put(("a",), "k", {})
        assert saver.get_tuple({"configurable": {"thread_id": "1"}}) is None


def test_a_file_of_a_newer_version_is_refused(path: str) -> None:
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE nb_store_format SET version = 99")
    connection.close()
    with pytest.raises(NewerFormatError, match="format 99"):
        SqliteStore(path)


def test_an_open_connection_stays_open() -> None:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    with SqliteStore(connection) as store:
        store.setup()
        store.put(("a",), "k", {})
        assert store.conn is connection
    assert connection.execute("SELECT count(*) FROM nb_items").fetchone() == (1,)
    connection.close()


def test_threads_write_at_once(path: str) -> None:
    with SqliteStore(path) as store:

        def work(number: int) -> None:
            for n in range(10):
                store.put(("t", str(number)), str(n), {"n": n})
                store.search(("t",))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store.search((), limit=1000)) == 80


PROGRAM = """
import sys
from langgraph_nb.store.sqlite import SqliteStore
with SqliteStore(sys.argv[1]) as store:
    for n in range(20):
        store.put(("p", sys.argv[2]), str(n), {"n": n})
"""


def test_processes_write_at_once(path: str) -> None:
    SqliteStore(path).close()
    root = Path(__file__).parents[3]
    running = [subprocess.Popen([sys.executable, "-c", PROGRAM, path, str(n)], cwd=root) for n in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    with SqliteStore(path) as store:
        assert len(store.search(("p",), limit=100)) == 60


def test_tasks_that_ask_at_the_same_time_share_a_transaction(path: str) -> None:
    async def main() -> tuple[list[int], list[str]]:
        sizes: list[int] = []

        class Counting(AsyncSqliteStore):
            async def abatch(self, ops: Any) -> Any:
                ops = list(ops)
                sizes.append(len(ops))
                return await super().abatch(ops)

        async with Counting.from_conn_string(path) as store:
            await asyncio.gather(*(store.aput(("a",), str(n), {}) for n in range(5)))
            return sizes, [item.key for item in store.search(("a",))]

    sizes, keys = asyncio.run(main())
    assert sizes == [5] and sorted(keys) == list("01234")


# -- by meaning --

HAS_VEC = importlib.util.find_spec("sqlite_vec") is not None and hasattr(sqlite3.Connection, "enable_load_extension")


@pytest.mark.parametrize("way", ["numpy", "one by one", *(["sqlite-vec"] if HAS_VEC else [])])
def test_all_ways_to_compare_find_the_same(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way != "numpy":
        monkeypatch.setattr(nearest, "find_spec", lambda name: None if name == "numpy" or way != "sqlite-vec" else True)
    with SqliteStore(":memory:", index=INDEX) as store:
        for number in range(300):
            store.put(("n", str(number % 3)), str(number), {"text": "cat " * number + "dog " * 100, "n": number})
        store.put(("n",), "nothing", {"text": "fish"})

        def near(*numbers: int) -> Any:
            return [(str(n), pytest.approx(n / math.hypot(n, 100), abs=1e-6)) for n in numbers]

        best = store.search(("n", "1"), query="cat", limit=3)
        assert [(item.key, item.score) for item in best] == near(298, 295, 292)
        few = store.search(("n",), query="cat", filter={"n": {"$lt": 3}})
        assert [(item.key, item.score) for item in few] == near(2, 1, 0)
        assert store.search(("none",), query="cat") == []
        last = store.search((), query="cat", limit=2, offset=299)
        assert {item.key for item in last} == {"0", "nothing"}


def test_what_others_write_is_found(path: str) -> None:
    with SqliteStore(path, index=INDEX) as one, SqliteStore(path, index=INDEX) as other:
        for number in range(3):
            one.put(("a",), "k", {"text": "cat " * (number + 1) + "dog"})
            assert [item.value["text"].count("cat") for item in other.search((), query="cat")] == [number + 1]
        one.delete(("a",), "k")
        assert other.search((), query="cat") == []


def test_vectors_of_items_that_are_gone_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "_FEW", 4)
    with SqliteStore(":memory:", index=INDEX) as store:
        for _ in range(50):
            store.put(("a",), "k", {"text": "cat"})
            assert [item.key for item in store.search((), query="cat")] == ["k"]
        assert store._nearest._memory is not None and store._nearest._memory._count <= 8
        assert store.conn.execute("SELECT count(*) FROM nb_item_vectors").fetchone() == (1,)


def test_a_vector_of_the_wrong_length_is_refused() -> None:
    with SqliteStore(":memory:", index={**INDEX, "dims": 3}) as store:
        with pytest.raises(ValueError, match=r"2 numbers.*dims=3"):
            store.put(("a",), "k", {"text": "cat"})
        assert store.search(()) == []
