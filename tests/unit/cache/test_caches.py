"""Caches in memory, in SQLite and in Redis do the same. Redis is a real server; without one, CI fails."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.cache.base import BaseCache
from langgraph_nb.cache.memory import InMemoryCache
from langgraph_nb.cache.redis import RedisCache
from langgraph_nb.cache.sqlite import SqliteCache
from langgraph_nb.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph_nb.checkpoint.sqlite import SaverClosed
from langgraph_nb.cli import main

A, B, AB = (("a",), "k"), (("b",), "k"), (("a", "b"), "k")
SERVER = shutil.which("redis-server")
NO_SERVER = "There is no redis-server here. On Debian and Ubuntu: sudo apt-get install redis-server"
KINDS = [f"{kind}, {way}" for kind in ("memory", "sqlite", "redis") for way in ("sync", "async")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The socket of a Redis server of its own."""
    if not SERVER:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_SERVER)
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "socket"
    command = [SERVER, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "eady to accept connections" in line:
            break
    yield str(path)
    process.terminate()
    process.communicate()


class Ways:
    """A cache whose methods are called, or awaited."""

    def __init__(self, cache: BaseCache[Any], runner: asyncio.Runner | None) -> None:
        self.cache = cache
        self.runner = runner

    def __getattr__(self, name: str) -> Any:
        if self.runner is None:
            return getattr(self.cache, name)
        run, method = self.runner.run, getattr(self.cache, f"a{name}")
        return lambda *args: run(method(*args))


@pytest.fixture(params=[*KINDS, "async redis, async"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ways]:
    kind, _, way = request.param.partition(", ")
    with asyncio.Runner() as runner:
        used = runner if way == "async" else None
        if kind == "memory":
            yield Ways(InMemoryCache(), used)
        elif kind == "sqlite":
            with SqliteCache[Any](path=tmp_path / "cache.db") as found:
                yield Ways(found, used)
        else:
            import redis
            import redis.asyncio

            path = request.getfixturevalue("server")
            prefix = f"{tmp_path.name}[*]:"
            if kind == "redis":
                with redis.Redis(unix_socket_path=path) as client:
                    yield Ways(RedisCache(client, prefix=prefix), used)
            else:
                aclient = redis.asyncio.Redis(unix_socket_path=path)
                yield Ways(RedisCache(aclient, prefix=prefix), used)
                runner.run(aclient.aclose())


def test_values_are_found_by_namespace_and_key(cache: Ways) -> None:
    cache.set({A: ({"n": (1, 2)}, None), AB: ([None], 60), (("a",), "other"): ("x", None)})
    assert cache.get([A, B, AB, (("a",), "other")]) == {A: {"n": (1, 2)}, AB: [None], (("a",), "other"): "x"}
    cache.set({A: (2, None)})
    assert cache.get([A]) == {A: 2}
    assert cache.get([]) == {}
    cache.set({})


def test_only_what_is_named_is_forgotten(cache: Ways) -> None:
    cache.set({A: (1, None), B: (2, None), AB: (3, None), ((), "k"): (4, None)})
    cache.clear([("a",)])
    assert cache.get([A, B, AB, ((), "k")]) == {B: 2, AB: 3, ((), "k"): 4}
    cache.clear([()])
    assert cache.get([B, ((), "k")]) == {B: 2}
    cache.clear([])
    assert cache.get([B]) == {B: 2}
    cache.clear()
    assert cache.get([A, B, AB]) == {}


def test_names_mean_nothing_but_themselves(cache: Ways) -> None:
    names = ("*", "a:b", "a/b", "a,b", "a", "b", "?", "[a]", "%", "' OR 1=1 --", "é", "\\", '"', "", " ")
    keys = [*(((one,), two) for one in names for two in names), (("a", "b"), "k"), (("a", "b", ""), "k")]
    cache.set({key: (str(key), None) for key in keys})
    assert cache.get(keys) == {key: str(key) for key in keys}
    cache.clear([("*",), ("a", "b")])
    assert set(keys) - set(cache.get(keys)) == {(("a", "b"), "k"), *((("*",), two) for two in names)}


def test_many_values(cache: Ways) -> None:
    keys = [(("many",), str(number)) for number in range(1200)]
    cache.set({key: (number, None) for number, key in enumerate(keys)})
    assert len(cache.get(keys)) == 1200
    cache.clear([("many",)])
    assert cache.get(keys) == {}


def test_what_has_no_time_is_not_kept(cache: Ways) -> None:
    cache.set({A: (1, None)})
    cache.set({A: (2, 0)})
    assert cache.get([A]) == {}


def test_times_end(tmp_path: Path) -> None:
    now = [0.0]
    with SqliteCache[int](path=tmp_path / "cache.db") as cache:
        cache.now = lambda: now[0]
        cache.set({A: (1, 10), B: (2, None)})
        now[0] = 9.9
        assert cache.get([A, B]) == {A: 1, B: 2}
        now[0] = 10
        assert cache.get([A, B]) == {B: 2}
        cache.set({AB: (3, None)})
        assert cache._database.read(lambda c: c.execute("SELECT count(*) FROM nb_cache").fetchone()) == (2,)


def test_a_file_is_there_for_the_next_process_and_closed_with_the_cache(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    first = SqliteCache[int](path=str(path))
    first.set({A: (1, None)})
    first.close()
    with pytest.raises(SaverClosed, match="This cache of"):
        first.get([A])
    with SqliteCache[int](path=path) as second:
        assert second.get([A]) == {A: 1}
    assert path.stat().st_mode & 0o077 == 0


def test_threads_share_a_file(tmp_path: Path) -> None:
    with SqliteCache[int](path=tmp_path / "cache.db") as cache:

        def work(number: int) -> None:
            for n in range(10):
                cache.set({((str(number),), str(n)): (n, None)})

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(cache.get([((str(number),), str(n)) for number in range(4) for n in range(10)])) == 40


class Client:
    """Stands for a client of Redis that does what a test wants."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.mget = self.scan = self.execute = self.set = answer

    def pipeline(self) -> Client:
        return self


def unreachable(*args: Any, **options: Any) -> Any:
    if "ex" not in options:  # what is only put into a pipeline asks nobody
        raise ConnectionRefusedError("nobody listens")


def test_a_server_that_is_gone_has_nothing_but_does_not_stop_a_run(caplog: pytest.LogCaptureFixture) -> None:
    cache = RedisCache[int](Client(unreachable))
    cache.set({A: (1, None)})
    assert cache.get([A]) == {}
    assert caplog.text.count("Redis cannot be reached") == 2
    with pytest.raises(ConnectionRefusedError):
        cache.clear()


def test_other_errors_of_the_client_are_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        RedisCache[int](Client(lambda keys: 1 / 0)).get([A])


def test_a_client_that_decodes_is_refused() -> None:
    with pytest.raises(TypeError, match="without decode_responses"):
        RedisCache[int](Client(lambda keys: ["msgpack:x"])).get([A])


def test_an_async_client_serves_async_runs_only() -> None:
    class AsyncClient:
        async def execute_command(self) -> None: ...

    with pytest.raises(TypeError, match="client is async"):
        RedisCache[int](AsyncClient()).get([A])


# -- encrypted --

OLD, NEW = b"the old key that was here first.", b"the new key, which comes after. "


@pytest.fixture(params=["sqlite", "redis"])
def encrypted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Makes caches on the same file or server, with keys."""
    with ExitStack() as stack:
        if request.param == "redis":
            import redis

            client = stack.enter_context(redis.Redis(unix_socket_path=request.getfixturevalue("server")))

        def make(*keys: bytes) -> Any:
            serde = EncryptedSerializer.from_keys(*keys) if keys else None
            if request.param == "redis":
                return RedisCache(client, serde=serde, prefix=f"{tmp_path.name}:")
            return stack.enter_context(SqliteCache(path=tmp_path / "cache.db", serde=serde))

        yield make


def raw(cache: Any) -> dict[str, bytes]:
    """What is kept in a cache, by where."""
    if isinstance(cache, RedisCache):
        names = [name for name in cache.redis.scan_iter() if name.startswith(cache.prefix.encode())]
        return {name.decode(): cache.redis.get(name) for name in names}
    rows = cache._database.connection.execute("SELECT namespace, type, data FROM nb_cache").fetchall()
    return {namespace: kind.encode() + data for namespace, kind, data in rows}


def swap(cache: Any) -> None:
    """Put each of two values in the place of the other."""
    if isinstance(cache, RedisCache):
        (one, first), (two, second) = raw(cache).items()
        cache.redis.mset({one: second, two: first})
    else:
        connection = cache._database.connection
        connection.execute("UPDATE nb_cache SET namespace = namespace || 'x'")
        change = """UPDATE nb_cache SET namespace = CASE namespace WHEN '["a"]x' THEN '["b"]' ELSE '["a"]' END"""
        connection.execute(change)


def test_an_encrypted_cache_says_nothing_and_finds_what_was_kept(encrypted: Callable[..., Any]) -> None:
    cache = encrypted(OLD)
    cache.set({A: ("planted secret", None), B: ([1, 2], 60)})
    assert cache.get([A, B, AB]) == {A: "planted secret", B: [1, 2]}
    assert len(raw(cache)) == 2 and not any(b"planted" in kept for kept in raw(cache).values())
    cache.set({A: ("again", None)})
    assert encrypted(NEW, OLD).get([A]) == {A: "again"}


@pytest.mark.parametrize("keys", [(OLD,), (NEW,), ()])
def test_what_was_not_kept_there_is_as_good_as_not_there(
    encrypted: Callable[..., Any], caplog: pytest.LogCaptureFixture, keys: tuple[bytes, ...]
) -> None:
    """In the place of another, with another key, not encrypted: it is made anew."""
    cache = encrypted(*keys)
    cache.set({A: ("a", None), B: ("b", None)})
    if keys == (OLD,):
        swap(cache)
    assert encrypted(OLD).get([A, B]) == {}
    assert caplog.text.count("so it is made anew") == 2
    encrypted(OLD).set({A: ("new", None)})
    assert encrypted(OLD).get([A]) == {A: "new"}


def test_a_cache_in_a_file_gets_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cache.db"
    with SqliteCache[Any](path=path) as plain:
        plain.set({A: ("planted secret", None)})
        with pytest.raises(ValueError, match="This cache has no key"):
            plain.rotate_keys()
    monkeypatch.setenv("LANGGRAPH_AES_KEY", OLD.decode())
    assert main(["rotate", str(path), "--unencrypted"]) == 0
    assert b"planted" not in path.read_bytes()
    with SqliteCache[Any](path=path, serde=EncryptedSerializer.from_keys(NEW, OLD)) as cache:
        assert cache.how_encrypted() == (1, 1) and cache.rotate_keys() == 1
    with SqliteCache[Any](path=path, serde=EncryptedSerializer.from_keys(NEW)) as cache:
        assert cache.get([A]) == {A: "planted secret"}
