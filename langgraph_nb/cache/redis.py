"""A cache in Redis, which many machines may share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import quote

from langgraph_nb.cache.base import BaseCache, FullKey, Namespace, ValueT
from langgraph_nb.cache.closing import Closing
from langgraph_nb.checkpoint.off_loop import off_loop
from langgraph_nb.checkpoint.serde.base import SerializerProtocol

__all__ = ["RedisCache"]

logger = logging.getLogger(__name__)

_AT_ONCE = 500
"""About how many keys are looked at, and deleted, with one command."""
_Calls = Generator[Callable[[], Any], Any, Any]
"""Yields calls of the client, and is sent what they return."""


class RedisCache(BaseCache[ValueT]):
    """Keeps values in Redis.

    While the server cannot be reached nothing is found and nothing is kept, and a warning is logged: what is missing is
    computed again. Only ``clear`` raises then, because what it should forget would come back.

    Args:
        redis: A client of the package ``redis``, sync or async, made without ``decode_responses``. An async one serves
            the methods that are awaited only.
        serde: Writes and reads values; by default ``JsonPlusSerializer``, which runs nothing on reading. With
            ``EncryptedSerializer.from_keys(new, old)`` they are encrypted, each bound to its place; those of the old
            key are read as long as they are there.
        prefix: What all keys of this cache in Redis begin with.

    Example:
        >>> class Client:  # stands for redis.Redis.from_url("redis://localhost")
        ...     def mget(self, keys):
        ...         return [None for _ in keys]
        >>> RedisCache(Client()).get([(("docs",), "a")])
        {}
    """

    def __init__(
        self, redis: Any, *, serde: SerializerProtocol | None = None, prefix: str = "langgraph:cache:"
    ) -> None:
        super().__init__(serde=serde)
        self.redis = redis
        self.prefix = prefix
        self._is_async = iscoroutinefunction(getattr(redis, "execute_command", None))

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        found: dict[FullKey, ValueT] = {}
        with _while_it_is_there():
            found = self._call(self._get(keys))
        return found

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        found: dict[FullKey, ValueT] = {}
        with _while_it_is_there():
            found = await self._acall(self._get(keys))
        return found

    def set(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        with _while_it_is_there():
            self._call(self._set(mapping))

    async def aset(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        with _while_it_is_there():
            await self._acall(self._set(mapping))

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        self._call(self._clear(namespaces))

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        await self._acall(self._clear(namespaces))

    # -- what is asked of the client --

    def _get(self, keys: Sequence[FullKey]) -> _Calls:
        if not keys:
            return {}
        wanted = [(tuple(namespace), key) for namespace, key in keys]
        found = yield partial(self.redis.mget, [self._name(*key) for key in wanted])
        closing, known = Closing(self.serde), zip(wanted, found, strict=True)
        opened = ((key, self._load(closing, key, raw)) for key, raw in known if raw is not None)
        return {key: value for key, (there, value) in opened if there}

    def _set(self, mapping: Mapping[FullKey, tuple[ValueT, int | None]]) -> _Calls:
        closing = Closing(self.serde)
        written = [
            (self._name(*key), ttl, b":".join((kind.encode(), data)))
            for key, (value, ttl) in mapping.items()
            for kind, data in [closing.close(value, self.prefix + _labels(key[0]), key[1])]
        ]
        pipeline = self.redis.pipeline()
        for name, ttl, data in written:
            if ttl is not None and ttl <= 0:  # Redis knows no such time
                pipeline.delete(name)
            else:
                pipeline.set(name, data, ex=ttl)
        yield pipeline.execute

    def _clear(self, namespaces: Sequence[Namespace] | None) -> _Calls:
        begin = "".join(f"\\{c}" if c in "*?[]\\^-" else c for c in self.prefix)
        for labels in [""] if namespaces is None else [f"{_labels(namespace)}:" for namespace in namespaces]:
            cursor, pattern = 0, f"{begin}{labels}*"
            while True:
                cursor, names = yield partial(self.redis.scan, cursor, match=pattern, count=_AT_ONCE)
                if names:
                    yield partial(self.redis.unlink, *names)
                if not int(cursor):
                    break

    def _name(self, namespace: Namespace, key: str) -> str:
        return f"{self.prefix}{_labels(namespace)}:{quote(key, safe='')}"

    def _load(self, closing: Closing, key: FullKey, raw: Any) -> tuple[bool, ValueT]:
        if not isinstance(raw, bytes):
            raise TypeError(
                f"The Redis client gives {type(raw).__name__} instead of bytes. Make it without decode_responses=True."
            )
        kind, _, data = raw.partition(b":")
        return closing.open(kind.decode(), data, self.prefix + _labels(key[0]), key[1])

    # -- asking it --

    def _call(self, calls: _Calls) -> Any:
        if self._is_async:
            raise TypeError(
                "The Redis client is async. Use the cache in async runs (`ainvoke`), or give it a `redis.Redis`."
            )
        answer = None
        try:
            while True:
                answer = calls.send(answer)()
        except StopIteration as done:
            return done.value

    async def _acall(self, calls: _Calls) -> Any:
        if not self._is_async:
            return await off_loop(lambda: self._call(calls))
        answer = None
        try:
            while True:
                answer = await calls.send(answer)()
        except StopIteration as done:
            return done.value


def _labels(namespace: Namespace) -> str:
    """A namespace as text that means nothing but itself, also in a pattern."""
    return "/".join(quote(label, safe="") for label in namespace)


@contextmanager
def _while_it_is_there() -> Iterator[None]:
    """Log that the server could not be reached, and go on after the block."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__name__ not in ("ConnectionError", "TimeoutError"):
            raise
        logger.warning("Redis cannot be reached, so nothing is found in the cache, and nothing kept: %s", error)
