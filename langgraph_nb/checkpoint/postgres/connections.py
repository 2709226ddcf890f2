"""Connections to PostgreSQL that outlive dropped ones. Knows no table and no statement.

Theory of operation. Who wants something of the database writes it as a generator, ``Asking``: it yields statements with
their parameters, is sent the rows, and knows no connection. ``ask`` performs one in a transaction; ``one`` performs a
single statement, which is a transaction of its own and takes one round trip; ``transact`` has code that blocks perform
statements in a transaction. Each is begun anew when the connection
is lost on the way, on another connection, while there is hope that the server comes back. Whether the lost transaction
was committed cannot be known, so **what is asked here must come out the same if it is done twice**.

No state is left in a session but prepared statements, and these are given up where a pool in front of the server
(pgbouncer) cannot have them.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any, TypeVar

__all__ = [
    "CONNECTION", "Asking", "AsyncConnections", "Connections", "Named", "check_installed", "checked_address",
    "connections_of",
]  # fmt: skip

Named = Mapping[str, Any]
Parameters = Named | Sequence[Any]
Asking = Generator[tuple[str, Parameters], list[Any], Any]
Execute = Callable[[str, Parameters], list[Any]]
"""Gives the rows of a statement."""
T = TypeVar("T")

CONNECTION: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0}
"""How connections are made."""
PATIENCE = 30.0
"""Seconds for which a server that went away is looked for."""
_NOT_PREPARED = ("26000", "42P05")
"""A prepared statement is missing, or there already: a pool gives out connections on which others prepared theirs."""
_MAY_PASS = ("08", "53300", "57P01", "57P02", "57P03", "40001", "40P01")
"""How the codes of errors begin that another attempt may not see: lost connections, deadlocks."""


class InTransaction:
    """Performs statements in a transaction.

    Args:
        connection: Which is in it.
        execute: Performs them.
    """

    __slots__ = ("_execute", "connection")

    def __init__(self, connection: Any, execute: Execute) -> None:
        self.connection = connection
        self._execute = execute

    def __call__(self, statement: str, parameters: Parameters) -> list[Any]:
        """The rows that a statement gives."""
        return self._execute(statement, parameters)


def check_installed() -> None:
    """Raise ``ImportError`` where psycopg is missing, and say how to get it."""
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        raise ImportError("PostgreSQL needs psycopg. Install it: pip install 'langgraph-nb[postgres]'")


def is_pool(given: Any) -> bool:
    """Whether it gives connections, or is one."""
    return hasattr(given, "getconn")


def connections_of(given: Any, pipe: Any = None) -> Connections | AsyncConnections:
    """A connection or a pool, sync or async, as what can be asked.

    Args:
        given: A connection made with ``autocommit=True``, or a pool of such.
        pipe: A pipeline of the connection.

    Raises:
        ValueError: A pipeline with a pool.
    """
    if pipe is not None and is_pool(given):
        kind = type(given).__name__
        raise ValueError(f"Pipeline should be used only with a single {kind.removesuffix('Pool')}, not {kind}.")
    is_async = asyncio.iscoroutinefunction(getattr(given, "getconn", None) or given.execute)
    return AsyncConnections(given, pipe) if is_async else Connections(given, pipe)


def checked_address(conn_string: str) -> str:
    """A connection string that can be read. What is wrong with one that cannot be is not shown: it holds a password.

    Raises:
        ProgrammingError: It cannot be read.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(conn_string)
    except ProgrammingError:
        raise ProgrammingError(
            "The connection string cannot be read. Write it like postgresql://user:password@host:5432/database, with "
            "special characters percent-encoded. It is not shown here, as it may hold a password."
        ) from None
    return conn_string


class _Attempts:
    """What to do about errors: how long to wait before another attempt, or none."""

    def __init__(self, connections: _Given) -> None:
        self._connections = connections
        self._pause = 0.0
        self._until = time.monotonic() + PATIENCE

    def pause(self, error: Exception) -> float:
        """Seconds to wait; raises the error if there is no use in trying again."""
        if getattr(error, "sqlstate", None) in _NOT_PREPARED and self._connections.prepare is None:
            self._connections.prepare = False
            return 0
        if not _may_pass(error) or time.monotonic() + self._pause > self._until:
            raise error
        pause, self._pause = self._pause, min(1.0, 0.02 + 2 * self._pause)
        return pause


def _may_pass(error: Exception) -> bool:
    from psycopg import OperationalError
    from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

    if not isinstance(error, OperationalError) or isinstance(error, (PoolTimeout, PoolClosed, TooManyRequests)):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_MAY_PASS)


class _Given:
    """A connection or a pool, and what is known of it."""

    def __init__(self, given: Any, pipe: Any) -> None:
        self.given = given
        self.pipe = pipe
        self.pooled = is_pool(given)
        self.prepare: bool | None = None
        """``False`` where statements must not be prepared; ``None`` leaves it to the connection."""
        self._arguments = {} if self.pooled else _arguments(given)
        """What makes another connection like the one that was given."""
        self._pid = os.getpid()
        self._inherited: Any = None

    def _lost(self) -> bool:
        """Whether the one connection was dropped, or belongs to the process that this one was forked from."""
        if self._pid == os.getpid():
            return bool(self.given.broken)
        self._inherited, self._pid = self.given, os.getpid()  # neither used nor closed here
        return True

    def _replace(self, connection: Any, close: Callable[[], object]) -> None:
        self.given, self.pipe = connection, None
        weakref.finalize(self, close)

    def _no_connection(self, error: Exception) -> Exception:
        """Why a pool gave none, in words."""
        return type(error)(
            f"None of the {self.given.max_size} connections of the pool became free within {self.given.timeout:g} s. "
            "Give the pool more connections (max_size) or more time (timeout), and see whether the server is up."
        )


def _arguments(connection: Any) -> dict[str, Any]:
    info = connection.info
    how = {"autocommit": True, "prepare_threshold": connection.prepare_threshold}
    return {**info.get_parameters(), "password": info.password, **how}


class Connections(_Given):
    """Connections that block.

    Args:
        given: A connection made with ``autocommit=True``, or a pool of such.
        pipe: A pipeline of the connection.
    """

    def __init__(self, given: Any, pipe: Any = None) -> None:
        super().__init__(given, pipe)
        self._lock = threading.RLock()
        self._cut_off = False
        """Whether the connection was left in the midst of something, by Ctrl-C: still waiting, or in a transaction."""
        self._depth = 0
        """How many uses of the connection there are inside of each other."""

    def one(self, statement: str, parameters: Parameters) -> list[Any]:
        """The rows that one statement gives, which is a transaction of its own."""
        rows: list[Any] = self._again(lambda c: self._execute(_cursor(c), statement, parameters))
        return rows

    def ask(self, make: Callable[[], Asking]) -> Any:
        """What an ``Asking`` returns, in one transaction. It is made anew for each attempt."""
        return self._again(lambda connection: self._transact(connection, make()))

    def transact(self, use: Callable[[InTransaction], T]) -> T:
        """What ``use`` gives, which performs statements in one transaction. It is called anew for each attempt."""
        return self._again(lambda connection: self._use(connection, use))  # type: ignore[no-any-return]

    def _use(self, connection: Any, use: Callable[[InTransaction], T]) -> T:
        with connection.transaction():
            return use(InTransaction(connection, partial(self._execute, _cursor(connection))))

    def _again(self, use: Callable[[Any], Any]) -> Any:
        from psycopg import Error

        attempts: _Attempts | None = None
        while True:
            try:
                if self.pooled:
                    with self._pooled() as connection:
                        return use(connection)
                with self._lock:
                    return self._use_given(use)
            except Error as error:
                attempts = attempts or _Attempts(self)
                time.sleep(attempts.pause(error))
                if self.pooled:
                    self.given.check()

    def _use_given(self, use: Callable[[Any], Any]) -> Any:
        """Use the one connection; a pool sees to this by itself."""
        if self._lost():
            self._connect()
        elif self._cut_off and not self._depth:
            left = self.given
            self._connect()
            left.close()
        self._cut_off, self._depth = True, self._depth + 1
        try:
            result = use(self.given)
        except Exception:  # in order again, or broken
            self._cut_off = False
            raise
        finally:
            self._depth -= 1
        self._cut_off = False
        return result

    @contextmanager
    def _pooled(self) -> Iterator[Any]:
        from psycopg_pool import PoolTimeout

        try:
            connection = self.given.getconn()
        except PoolTimeout as error:
            raise self._no_connection(error) from None
        try:
            yield connection
        finally:
            self.given.putconn(connection)

    def _connect(self) -> None:
        import psycopg

        connection = psycopg.connect(**self._arguments)
        self._replace(connection, connection.close)

    def _transact(self, connection: Any, asking: Asking) -> Any:
        with connection.transaction():
            cursor, answer = _cursor(connection), None
            try:
                while True:
                    answer = self._execute(cursor, *asking.send(answer))  # type: ignore[arg-type]
            except StopIteration as done:
                return done.value

    def _execute(self, cursor: Any, statement: str, parameters: Parameters) -> list[Any]:
        cursor.execute(statement, parameters, prepare=self.prepare)
        if self.pipe is not None:
            self.pipe.sync()  # only now the answer is there, and what was written is committed
        return cursor.fetchall() if cursor.pgresult.nfields else []


class AsyncConnections(_Given):
    """Connections that belong to an event loop: the one that runs where this is made.

    Args:
        given: An async connection made with ``autocommit=True``, or an async pool of such.
        pipe: A pipeline of the connection.
    """

    def __init__(self, given: Any, pipe: Any = None) -> None:
        super().__init__(given, pipe)
        self.loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()

    def one(self, statement: str, parameters: Parameters) -> list[Any]:
        """``Connections.one``, for threads that are not the loop's."""
        rows: list[Any] = self._wait(self.aone(statement, parameters))
        return rows

    def ask(self, make: Callable[[], Asking]) -> Any:
        """``Connections.ask``, for threads that are not the loop's."""
        return self._wait(self.aask(make))

    def transact(self, use: Callable[[InTransaction], T]) -> T:
        """``Connections.transact``, for threads that are not the loop's: ``use`` is called in this one."""
        from psycopg import Error

        attempts = _Attempts(self)
        while True:
            try:
                return self._use(use)
            except Error as error:
                time.sleep(attempts.pause(error))
                if self.pooled:
                    self._wait(self.given.check())

    def _use(self, use: Callable[[InTransaction], T]) -> T:
        stack = AsyncExitStack()
        cursor = self._wait(self._begin(stack))
        try:
            given = use(InTransaction(cursor.connection, lambda *asked: self._wait(self._execute(cursor, *asked))))
        except BaseException as error:
            self._wait(stack.__aexit__(type(error), error, error.__traceback__))
            raise
        self._wait(stack.aclose())
        return given

    async def _begin(self, stack: AsyncExitStack) -> Any:
        """A cursor in a transaction that ends with the stack."""
        connection = await stack.enter_async_context(self._connection())
        await stack.enter_async_context(connection.transaction())
        return _cursor(connection)

    def _wait(self, coroutine: Any) -> Any:
        if _running_loop() is self.loop:
            coroutine.close()
            raise asyncio.InvalidStateError(
                "Synchronous calls on async connections are only allowed from a different thread than the event "
                "loop's. From this thread, await the async methods, such as `await graph.ainvoke(...)`."
            )
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def aone(self, statement: str, parameters: Parameters) -> list[Any]:
        """``one``, awaited."""
        rows: list[Any] = await self._again(
            lambda connection: self._execute(_cursor(connection), statement, parameters)
        )
        return rows

    async def aask(self, make: Callable[[], Asking]) -> Any:
        """``ask``, awaited."""
        return await self._again(lambda connection: self._transact(connection, make()))

    async def _again(self, use: Callable[[Any], Any]) -> Any:
        from psycopg import Error

        attempts = _Attempts(self)
        while True:
            try:
                async with self._connection() as connection:
                    return await use(connection)
            except Error as error:
                await asyncio.sleep(attempts.pause(error))
                if self.pooled:
                    await self.given.check()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        if not self.pooled:
            async with self._lock:
                if self._lost():
                    await self._connect()
                yield self.given
            return
        from psycopg_pool import PoolTimeout

        try:
            connection = await self.given.getconn()
        except PoolTimeout as error:
            raise self._no_connection(error) from None
        try:
            yield connection
        finally:
            await self.given.putconn(connection)

    async def _connect(self) -> None:
        import psycopg

        connection = await psycopg.AsyncConnection.connect(**self._arguments)
        self._replace(connection, connection.pgconn.finish)

    async def _transact(self, connection: Any, asking: Asking) -> Any:
        async with connection.transaction():
            cursor, answer = _cursor(connection), None
            try:
                while True:
                    answer = await self._execute(cursor, *asking.send(answer))  # type: ignore[arg-type]
            except StopIteration as done:
                return done.value

    async def _execute(self, cursor: Any, statement: str, parameters: Parameters) -> list[Any]:
        await cursor.execute(statement, parameters, prepare=self.prepare)
        if self.pipe is not None:
            await self.pipe.sync()
        return await cursor.fetchall() if cursor.pgresult.nfields else []


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _cursor(connection: Any) -> Any:
    return connection.cursor(row_factory=_as_tuples)


def _as_tuples(cursor: Any) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Rows as tuples, whatever the connection makes of them."""
    return tuple
