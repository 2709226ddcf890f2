"""What the saver in PostgreSQL promises beyond what all savers do. The server is a real one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from langgraph_nb.checkpoint.base import PutCheckpoint, PutWrites
from langgraph_nb.checkpoint.postgres import PostgresSaver, Retention, ShallowPostgresSaver, connections, schema
from langgraph_nb.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph_nb.checkpoint.postgres.connections import CONNECTION
from langgraph_nb.checkpoint.postgres.shallow import AsyncShallowPostgresSaver
from langgraph_nb.checkpoint.sqlite import NewerFormatError
from langgraph_nb.errors import ThreadLostError
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.store.postgres import PostgresStore
from tests.unit.checkpoint.conftest import awaited, checkpoint, config
from tests.unit.checkpoint.test_postgres_connections import TOO_FEW, drop_connections
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import Seen, chain, says

META: Any = {"source": "loop", "step": 1, "parents": {}}


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 120.0)  # a server that crashed is up again late on a busy machine


@pytest.fixture
def address(new_database: Callable[[], str]) -> str:
    address = new_database()
    with PostgresSaver.from_conn_string(address) as saver:
        saver.setup()
    return address


@pytest.fixture
def saver(address: str) -> Iterator[PostgresSaver]:
    with PostgresSaver.from_conn_string(address) as made:
        yield made


def superstep(saver: PostgresSaver, number: int) -> None:
    """What a superstep stores: what its task wrote, and the checkpoint that it led to."""
    parent = config(checkpoint_id=f"{number - 1:03}")
    saved = checkpoint(f"{number:03}", {"n": number, "log": number}, n=number, log=[*range(number)])
    led: Any = [PutWrites(parent, (("n", number), ("log", [number - 1])), f"task {number}")]
    put = PutCheckpoint(parent if number else config(), saved, META, {"n": number, "log": number})
    saver.apply([*led, put] if number else [put])


def history(saver: PostgresSaver) -> list[tuple[str, Any, Any]]:
    """(id, values, who wrote what is pending) of all checkpoints, the oldest first."""
    found = [*saver.list(config())][::-1]
    return [
        (t.checkpoint["id"], t.checkpoint["channel_values"], sorted({w[0] for w in t.pending_writes or ()}))
        for t in found
    ]  # fmt: skip


def expected(last: int) -> list[tuple[str, Any, Any]]:
    return [
        (f"{n:03}", {"n": n, "log": [*range(n)]}, [f"task {n + 1}"] if n < last else []) for n in range(last + 1)
    ]  # fmt: skip


def test_a_saver_with_a_retention_keeps_threads_short(address: str) -> None:
    with psycopg.Connection.connect(address, **CONNECTION) as connection:
        for process in range(3):
            saver = PostgresSaver(connection, retention=Retention(last=5))
            for number in range(30 * process, 30 * (process + 1)):
                superstep(saver, number)
            found = history(saver)
            assert 5 <= len(found) <= 5 + 16
            assert found == expected(number)[-len(found):]
        superstep(PostgresSaver(connection, retention=Retention(last=5)), number + 1)
        assert len(history(saver)) == 5, "a saver begins with what others left"


# -- one round trip --


class Counting:
    """Counts what is sent to the server."""

    def __init__(self, saver: PostgresSaver) -> None:
        self.sent: list[str] = []
        self._execute, saver._connections._execute = saver._connections._execute, self  # type: ignore[method-assign]

    def __call__(self, cursor: Any, statement: str, parameters: Any) -> Any:
        self.sent.append(statement)
        return self._execute(cursor, statement, parameters)


def test_a_superstep_is_one_round_trip(saver: PostgresSaver) -> None:
    superstep(saver, 0)
    counting = Counting(saver)
    for number in range(1, 60):
        superstep(saver, number)
    assert len(counting.sent) == 59
    assert history(saver) == expected(59)


def test_what_is_remembered_of_a_thread_is_not_believed_when_others_changed_it(address: str) -> None:
    with PostgresSaver.from_conn_string(address) as saver, PostgresSaver.from_conn_string(address) as other:
        for number in range(0, 20, 2):
            superstep(saver, number)
            superstep(other, number + 1)
        assert history(saver) == expected(19)
        other.prune(["1"])
        superstep(saver, 20)
        assert [found[0] for found in history(saver)] == ["019", "020"]
        other.delete_thread("1")
        superstep(saver, 0)
        assert history(other) == expected(0)


def test_many_threads_and_connections_write_to_one_thread(address: str) -> None:
    """Nothing is lost where several write at once to the same places."""
    with ExitStack() as stack:
        pool: Any = stack.enter_context(ConnectionPool(address, kwargs=CONNECTION, min_size=1, max_size=4, open=False))
        savers = [PostgresSaver(pool), stack.enter_context(PostgresSaver.from_conn_string(address))]
        where = savers[0].put(config(), checkpoint("000", n=0), META, {"n": 1})

        def work(saver: PostgresSaver, name: str) -> None:
            for n in range(10):
                saver.put_writes(where, [("n", n)], f"{name} {n}")
                saver.put(where, checkpoint(f"{n} {name}", n=name), META, {"n": 2})

        names = [f"thread {n}" for n in range(6)]
        threads = [threading.Thread(target=work, args=(savers[n % 2], name)) for n, name in enumerate(names)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        found = savers[0].get_tuple(where)
        assert found is not None
        assert {w[0] for w in found.pending_writes or ()} == {f"{name} {n}" for name in names for n in range(10)}
        branches = {t.checkpoint["id"]: t.checkpoint["channel_values"]["n"] for t in savers[0].list(config())}
        assert branches == {"000": 0, **{f"{n} {name}": name for name in names for n in range(10)}}


# -- dropped connections --


class Losing:
    """Has the connection be lost with some statements: before the server has them, or before their answer is here."""

    def __init__(self, saver: PostgresSaver, at: Sequence[int], before: bool) -> None:
        self._connections = saver._connections
        self._execute, saver._connections._execute = saver._connections._execute, self  # type: ignore[method-assign]
        self._at, self._before, self._sent = at, before, 0

    def __call__(self, cursor: Any, statement: str, parameters: Any) -> Any:
        self._sent += 1
        lost = self._sent in self._at
        if lost and self._before:
            cursor.connection.pgconn.finish()
        rows = self._execute(cursor, statement, parameters)
        if lost:
            cursor.connection.pgconn.finish()
            raise psycopg.OperationalError("the connection is lost")
        return rows


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("at", [*([n] for n in range(1, 9)), [3, 4], [5, 6, 7]], ids=str)
def test_a_connection_lost_at_any_statement_loses_nothing_and_does_nothing_twice(
    saver: PostgresSaver, address: str, at: list[int], before: bool
) -> None:
    Losing(saver, at, before)
    for number in range(6):
        superstep(saver, number)
    with PostgresSaver.from_conn_string(address) as other:
        assert history(other) == history(saver) == expected(5)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("at", [*range(1, 12)])
def test_a_run_goes_on_when_its_connection_is_lost(address: str, at: int, durability: Any, before: bool) -> None:
    with PostgresSaver.from_conn_string(address) as saver, PostgresSaver.from_conn_string(address) as other:
        Losing(saver, [at], before)
        graph = chain("a", "b", "c").compile(saver)
        assert graph.invoke({"seen": []}, thread(), durability=durability)["seen"] == ["a", "b", "c"]
        again = chain("a", "b", "c").compile(other)
        state = again.get_state(thread())
        assert (state.values["seen"], state.next) == (["a", "b", "c"], ())
        assert again.invoke({"seen": []}, thread())["seen"] == ["a", "b", "c", "a", "b", "c"]


def test_savers_and_stores_go_on_after_dropped_connections_and_a_crash_of_the_server(
    address: str, postgres_address: str, crash_postgres: Callable[[], None]
) -> None:
    pool: Any = ConnectionPool(address, kwargs=CONNECTION, min_size=2, max_size=4, open=False)
    with PostgresStore.from_conn_string(address) as store, pool, PostgresSaver.from_conn_string(address) as single:
        store.setup()
        for saver, name in ((PostgresSaver(pool), "pooled"), (single, "single")):
            graph = chain("a", "b").compile(saver, store=store)
            for number, harm in enumerate((lambda: drop_connections(postgres_address), crash_postgres, lambda: None)):
                graph.invoke({"seen": []}, thread(name))
                store.put((name,), str(number), {})
                harm()
            assert graph.get_state(thread(name)).values["seen"] == ["a", "b"] * 3
            assert len(store.search((name,))) == 3


def test_an_exhausted_pool_says_so_and_the_thread_goes_on_later(address: str) -> None:
    pool: Any = ConnectionPool(address, kwargs=CONNECTION, min_size=1, max_size=1, timeout=0.05, open=False)
    with pool:
        graph = chain("a", "b").compile(PostgresSaver(pool))
        with pool.connection(), pytest.raises(PoolTimeout, match=TOO_FEW):
            graph.invoke({"seen": []}, thread())
        assert graph.invoke({"seen": []}, thread())["seen"] == ["a", "b"]


def test_a_server_that_stays_away_is_an_error_of_the_run(
    saver: PostgresSaver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.0)
    graph = chain("a", "b").compile(saver)
    graph.invoke({"seen": []}, thread())
    Losing(saver, range(1, 100), before=True)
    with pytest.raises(psycopg.OperationalError):
        graph.invoke({"seen": []}, thread())


def test_a_run_that_lost_its_thread_stores_nothing_more(saver: PostgresSaver, address: str) -> None:
    with PostgresSaver.from_conn_string(address) as other:
        for durability in ("sync", "async"):
            graph = chain("a", "b", "c").compile(saver)
            events = graph.stream({"seen": []}, thread(durability), durability=durability)  # type: ignore[arg-type]
            next(events)
            other.release_thread(durability)
            with pytest.raises(ThreadLostError):
                list(events)
            assert "c" not in chain("a", "b", "c").compile(other).get_state(thread(durability)).values.get("seen", ())


# -- names and constructors --


@awaited
async def test_async_programs_open_it_as_langgraphs(address: str) -> None:
    async with AsyncPostgresSaver.from_conn_string(address) as saver:
        await saver.setup()
        graph = chain("a", "b").compile(saver)
        assert (await graph.ainvoke({"seen": []}, thread()))["seen"] == ["a", "b"]
        assert (await graph.aget_state(thread())).next == ()
        assert graph.get_state(thread()).values["seen"] == ["a", "b"]


@pytest.mark.parametrize("kind", ["connection", "pipeline", "pool"])
@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_async_connections_and_pools_may_be_given(address: str, kind: str, durability: Any) -> None:
    async def main() -> None:
        if kind == "pool":
            pool: Any = AsyncConnectionPool(address, kwargs=CONNECTION, min_size=1, max_size=3, open=False)
            async with pool:
                await use(AsyncPostgresSaver(pool))
            return
        async with await psycopg.AsyncConnection.connect(address, **CONNECTION) as connection:
            if kind == "connection":
                await use(AsyncPostgresSaver(connection))
            else:
                async with connection.pipeline() as pipe:
                    await use(AsyncPostgresSaver(connection, pipe))

    async def use(saver: AsyncPostgresSaver) -> None:
        await saver.setup()
        graph = chain("a", "b").compile(saver)
        runs = [graph.ainvoke({"seen": []}, thread(str(n)), durability=durability) for n in range(3)]
        assert [result["seen"] for result in await asyncio.gather(*runs)] == [["a", "b"]] * 3
        assert (await asyncio.to_thread(graph.get_state, thread("1"))).values["seen"] == ["a", "b"]
        await saver.acopy_thread("1", "copy")
        assert (await graph.aget_state(thread("copy"))).values["seen"] == ["a", "b"]
        with pytest.raises(asyncio.InvalidStateError, match="different thread"):
            graph.get_state(thread("1"))

    asyncio.run(main())


def test_a_pipeline_may_be_given(address: str) -> None:
    with PostgresSaver.from_conn_string(address, pipeline=True) as saver:
        saver.setup()
        for number in range(5):
            superstep(saver, number)
        assert history(saver) == expected(4)


def test_shallow_savers_keep_the_latest_checkpoint_and_warn(address: str) -> None:
    with pytest.warns(DeprecationWarning, match="^ShallowPostgresSaver is deprecated as of version 2.0.20"):
        opening = ShallowPostgresSaver.from_conn_string(address)
        with opening as saver:
            graph = chain("a", "b").compile(saver, interrupt_before=["b"])
            graph.invoke({"seen": []}, thread())
            assert graph.invoke(None, thread())["seen"] == ["a", "b"]
            assert len([*saver.list(None)]) == 1

    async def main() -> None:
        with pytest.warns(DeprecationWarning, match="^AsyncShallowPostgresSaver is deprecated"):
            async with AsyncShallowPostgresSaver.from_conn_string(address) as saver:
                await saver.setup()
                await chain("a").compile(saver).ainvoke({"seen": []}, thread("2"))
                assert len([t async for t in saver.alist(thread("2"))]) == 1

    asyncio.run(main())


def test_tables_of_a_newer_version_are_refused(saver: PostgresSaver) -> None:
    saver.conn.execute("UPDATE nb_format SET version = 99")
    with pytest.raises(NewerFormatError, match="threads of format 99"):
        saver.setup()


def test_tables_of_a_newer_version_are_refused_by_name_also_where_nobody_sets_them_up(address: str) -> None:
    with PostgresSaver.from_conn_string(address) as old:
        superstep(old, 0)
    with PostgresSaver.from_conn_string(address) as saver:
        saver.conn.execute("UPDATE nb_format SET version = 99")
        saver.conn.execute("UPDATE nb_checkpoints SET body = body || 'x'")  # as a newer version would write it
        with pytest.raises(NewerFormatError, match="threads of format 99"):
            saver.get_tuple(config())
        with pytest.raises(NewerFormatError, match="threads of format 99"):
            superstep(saver, 1)
        assert saver.conn.execute("SELECT count(*) FROM nb_checkpoints").fetchone() == (1,)


def test_setting_up_at_the_same_time_makes_the_tables_once(new_database: Callable[[], str]) -> None:
    address = new_database()

    def set_up() -> None:
        with PostgresSaver.from_conn_string(address) as saver:
            saver.setup()

    threads = [threading.Thread(target=set_up) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT version FROM nb_format").fetchall() == [(schema.FORMAT,)]


# -- effects that are committed with the result of their task ----------------------------------------------------------


def pays(connection: Any, update: Any) -> None:
    connection.execute("INSERT INTO paid VALUES (%s)", (update["seen"][0],))


def paying(saver: Any) -> Any:
    builder = StateGraph(Seen).add_node("a", says("a"), transaction=pays).add_node("b", says("b"), transaction=pays)
    return builder.add_edge(START, "a").add_edge("a", "b").compile(saver)


def paid(saver: PostgresSaver) -> list[str]:
    return sorted(row[0] for row in saver.conn.execute("SELECT what FROM paid"))


@pytest.mark.parametrize("durability", ["sync", "async"])
def test_an_effect_is_committed_with_the_result_of_its_task_or_not_at_all(
    saver: PostgresSaver, durability: Any
) -> None:
    saver.conn.execute("CREATE TABLE paid (what TEXT UNIQUE)")
    saver.conn.execute("INSERT INTO paid VALUES ('b')")
    graph = paying(saver)
    with pytest.raises(psycopg.errors.UniqueViolation):
        graph.invoke({"seen": []}, thread(), durability=durability)
    assert (graph.get_state(thread()).next, paid(saver)) == (("b",), ["a", "b"])
    saver.conn.execute("DELETE FROM paid WHERE what = 'b'")
    assert graph.invoke(None, thread(), durability=durability) == {"seen": ["a", "b"]}
    assert paid(saver) == ["a", "b"]


def test_a_connection_that_is_lost_when_an_effect_was_committed_does_not_repeat_it(
    saver: PostgresSaver, monkeypatch: pytest.MonkeyPatch
) -> None:
    saver.conn.execute("CREATE TABLE paid (what TEXT)")
    lose, perform = [True, False, True], connections.Connections.transact

    def loses(self: Any, use: Any) -> Any:
        perform(self, use)
        if lose and lose.pop():
            perform(self, use)  # as after an answer that did not come

    monkeypatch.setattr(connections.Connections, "transact", loses)
    assert paying(saver).invoke({"seen": []}, thread()) == {"seen": ["a", "b"]}
    assert paid(saver) == ["a", "b"]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("at", [*range(1, 20)])
def test_a_connection_lost_at_any_statement_does_not_repeat_an_effect(address: str, at: int, before: bool) -> None:
    with PostgresSaver.from_conn_string(address) as saver, PostgresSaver.from_conn_string(address) as other:
        other.conn.execute("CREATE TABLE paid (what TEXT)")
        Losing(saver, [at], before)
        assert paying(saver).invoke({"seen": []}, thread(), durability="sync") == {"seen": ["a", "b"]}
        assert paid(other) == ["a", "b"]
