"""Connections to PostgreSQL outlive what happens to them. The server is a real one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool, PoolTimeout

from langgraph_nb.checkpoint.postgres import connections
from langgraph_nb.checkpoint.postgres.connections import CONNECTION, Asking, connections_of

KINDS = ("connection", "pipeline", "pool", "async connection", "async pipeline", "async pool")


class Asked:
    """A connection or pool of a kind, asked in the way that fits it."""

    def __init__(self, kind: str, address: str, stack: ExitStack, **options: Any) -> None:
        self.pooled = kind.endswith("pool")
        self._piped = kind.endswith("pipeline")
        self._options: dict[str, Any] = {"min_size": 2, "max_size": 2, **options, "kwargs": CONNECTION, "open": False}
        self._runner = stack.enter_context(asyncio.Runner()) if kind.startswith("async") else None
        if self._runner is None:
            self.connections = self._open(address, stack)
        else:
            inner = AsyncExitStack()
            stack.callback(lambda: self._runner.run(inner.aclose()))  # type: ignore[union-attr]
            self.connections = self._runner.run(self._aopen(address, inner))

    def _open(self, address: str, stack: ExitStack) -> Any:
        if self.pooled:
            return connections_of(stack.enter_context(ConnectionPool(address, **self._options)))
        connection = stack.enter_context(psycopg.connect(address, **CONNECTION))
        stack.enter_context(suppress(psycopg.OperationalError))  # a lost pipeline cannot be ended
        pipe = stack.enter_context(connection.pipeline()) if self._piped else None
        return connections_of(connection, pipe)

    async def _aopen(self, address: str, stack: AsyncExitStack) -> Any:
        if self.pooled:
            pool: Any = AsyncConnectionPool(address, **self._options)
            return connections_of(await stack.enter_async_context(pool))
        connection = await psycopg.AsyncConnection.connect(address, **CONNECTION)
        await stack.enter_async_context(connection)
        stack.enter_context(suppress(psycopg.OperationalError))
        pipe = await stack.enter_async_context(connection.pipeline()) if self._piped else None
        return connections_of(connection, pipe)

    def one(self, statement: str, **parameters: Any) -> Any:
        if self._runner is None:
            return self.connections.one(statement, parameters)
        return self._runner.run(self.connections.aone(statement, parameters))

    def ask(self, make: Callable[[], Asking]) -> Any:
        if self._runner is None:
            return self.connections.ask(make)
        return self._runner.run(self.connections.aask(make))


@pytest.fixture(params=KINDS)
def asked(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> Iterator[Asked]:
    with ExitStack() as stack:
        made = Asked(request.param, new_database(), stack)
        made.one("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
        yield made


def add(*numbers: int) -> Callable[[], Asking]:
    """Adds numbers to those that are there, and returns all."""

    def asking() -> Asking:
        for n in numbers:
            yield "INSERT INTO numbers VALUES (%(n)s) ON CONFLICT DO NOTHING", {"n": n}
        found = yield "SELECT n FROM numbers ORDER BY n", {}
        return [n for (n,) in found]

    return asking


def drop_connections(address: str) -> None:
    """Have the server end all connections but this one."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def test_what_is_asked_is_one_transaction(asked: Asked) -> None:
    assert asked.ask(add(1, 2)) == [1, 2]

    def failing() -> Asking:
        yield from add(3)()
        yield "INSERT INTO numbers VALUES ('x')", {}

    with pytest.raises(psycopg.DataError):
        asked.ask(failing)
    assert asked.ask(add()) == [1, 2]
    assert asked.one("SELECT count(*) FROM numbers WHERE n > %(n)s", n=1) == [(1,)]


def test_dropped_connections_are_replaced(asked: Asked, postgres_address: str) -> None:
    for n in range(3):
        drop_connections(postgres_address)
        assert asked.ask(add(n)) == [*range(n + 1)]
        drop_connections(postgres_address)
        assert asked.one("SELECT count(*) FROM numbers") == [(n + 1,)]


def test_a_connection_dropped_within_a_transaction_begins_it_anew(asked: Asked, postgres_address: str) -> None:
    drops = iter([postgres_address])

    def asking() -> Asking:
        yield "INSERT INTO numbers VALUES (1)", {}
        if address := next(drops, None):
            drop_connections(address)
        found = yield "SELECT n FROM numbers", {}
        return found

    assert asked.ask(asking) == [(1,)]


@pytest.mark.parametrize("left", [b"BEGIN", b"SELECT pg_sleep(1000)"])
def test_a_connection_that_ctrl_c_left_in_the_midst_of_something_is_not_used_again(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, left: bytes
) -> None:
    """In a transaction, what comes next would never be committed; with a statement that is not over, nothing would."""
    with ExitStack() as stack:
        address = new_database()
        asked = Asked("connection", address, stack)
        asked.one("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
        connection, execute = asked.connections.given, asked.connections._execute

        def interrupted(*_: Any) -> Any:
            monkeypatch.setattr(asked.connections, "_execute", execute)
            connection.pgconn.exec_(left) if left == b"BEGIN" else connection.pgconn.send_query(left)
            raise KeyboardInterrupt

        monkeypatch.setattr(asked.connections, "_execute", interrupted)
        with pytest.raises(KeyboardInterrupt):
            asked.one("SELECT 1")
        assert asked.one("INSERT INTO numbers VALUES (1) RETURNING n") == [(1,)]
        assert connection.closed
        other = Asked("connection", address, stack)
        assert other.one("SELECT n FROM numbers") == [(1,)]


def test_what_is_asked_within_a_transaction_is_asked_on_its_connection(new_database: Callable[[], str]) -> None:
    with ExitStack() as stack:
        asked = Asked("connection", new_database(), stack)

        def use(execute: Any) -> Any:
            execute("CREATE TEMPORARY TABLE mine ON COMMIT DROP AS SELECT 7 AS n", {})
            return asked.connections.one("SELECT n FROM mine", {})

        assert asked.connections.transact(use) == [(7,)]


def test_a_server_that_crashed_and_came_back_goes_on(asked: Asked, crash_postgres: Callable[[], None]) -> None:
    asked.ask(add(1))
    crash_postgres()
    assert asked.ask(add(2)) == [1, 2]


def test_a_server_that_stays_away_is_not_waited_for_for_ever(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.0)
    with ExitStack() as stack:
        asked = Asked("connection", new_database(), stack)
        asked.connections.given.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            asked.ask(lambda: (_ for _ in ()).throw(psycopg.OperationalError("the server is away")))


def test_statements_are_not_prepared_where_a_pool_in_front_of_the_server_cannot_have_them(
    new_database: Callable[[], str]
) -> None:
    with ExitStack() as stack:
        asked = Asked("connection", new_database(), stack)
        for _ in range(3):
            assert asked.one("SELECT 1") == [(1,)]
            asked.connections.given.pgconn.exec_(b"DEALLOCATE ALL")  # as if the server's end were another one now
        assert asked.connections.prepare is False


TOO_FEW = r"None of the 1 connections .*max_size"


def test_an_exhausted_pool_says_so(new_database: Callable[[], str]) -> None:
    with ExitStack() as stack:
        asked = Asked("pool", new_database(), stack, min_size=1, max_size=1, timeout=0.05)
        with asked.connections.given.connection(), pytest.raises(PoolTimeout, match=TOO_FEW):
            asked.one("SELECT 1")
        assert asked.one("SELECT 1") == [(1,)]


def test_an_exhausted_async_pool_says_so(new_database: Callable[[], str]) -> None:
    async def main() -> None:
        pool: Any = AsyncConnectionPool(new_database(), min_size=1, max_size=1, timeout=0.05, open=False)
        async with pool, pool.connection():
            with pytest.raises(PoolTimeout, match=TOO_FEW):
                await connections_of(pool).aone("SELECT 1", {})  # type: ignore[union-attr]

    asyncio.run(main())


def test_async_connections_serve_other_threads_and_refuse_their_loops_own(new_database: Callable[[], str]) -> None:
    async def main() -> None:
        async with await psycopg.AsyncConnection.connect(new_database(), **CONNECTION) as connection:
            asked: Any = connections_of(connection)
            assert await asyncio.to_thread(asked.one, "SELECT 1", {}) == [(1,)]
            with pytest.raises(asyncio.InvalidStateError, match="different thread"):
                asked.one("SELECT 1", {})

    asyncio.run(main())


def test_a_pipeline_belongs_to_one_connection(new_database: Callable[[], str]) -> None:
    pool: Any = ConnectionPool(new_database(), open=False)
    with pytest.raises(ValueError, match="Pipeline should be used only with a single"):
        connections_of(pool, object())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_makes_a_connection_of_its_own(new_database: Callable[[], str]) -> None:
    with ExitStack() as stack:
        asked = Asked("connection", new_database(), stack)
        ((here,),) = asked.one("SELECT pg_backend_pid()")
        read, write = os.pipe()
        if os.fork() == 0:
            os.write(write, str(asked.one("SELECT pg_backend_pid()")[0][0]).encode())
            os._exit(0)
        assert int(os.read(read, 100)) != here
        os.wait()
        assert asked.one("SELECT pg_backend_pid()") == [(here,)]
