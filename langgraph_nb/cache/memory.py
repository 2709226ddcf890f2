"""A cache in the memory of this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from langgraph_nb.cache.base import BaseCache, FullKey, Namespace, ValueT

__all__ = ["InMemoryCache"]


class InMemoryCache(BaseCache[ValueT]):
    """Keeps values until their time is over or the process ends. May be used from any thread.

    Example:
        >>> cache = InMemoryCache()
        >>> cache.set({(("docs",), "a"): ([1, 2], None)})
        >>> cache.get([(("docs",), "a"), (("docs",), "b")])
        {(('docs',), 'a'): [1, 2]}
    """

    now: Callable[[], float] = staticmethod(time.time)
    """Seconds, from anywhere."""

    def __init__(self, *, serde: Any | None = None) -> None:
        super().__init__(serde=serde)
        self._kept: dict[Namespace, dict[str, tuple[tuple[str, bytes], float | None]]] = {}
        """Namespace -> key -> (what was written, when it ends)"""
        self._lock = Lock()

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        now, found = self.now(), {}
        with self._lock:
            for namespace, key in keys:
                kept = self._kept.get(tuple(namespace), {})
                if key in kept:
                    written, end = kept[key]
                    if end is None or now < end:
                        found[tuple(namespace), key] = written
                    else:
                        del kept[key]
        return {key: self.serde.loads_typed(written) for key, written in found.items()}

    async def aget(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        return self.get(keys)

    def set(self, keys: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        now = self.now()
        entries = [
            (namespace, key, (self.serde.dumps_typed(value), None if ttl is None else now + ttl))
            for (namespace, key), (value, ttl) in keys.items()
        ]
        with self._lock:
            for namespace, key, entry in entries:
                self._kept.setdefault(tuple(namespace), {})[key] = entry

    async def aset(self, keys: Mapping[FullKey, tuple[ValueT, int | None]]) -> None:
        self.set(keys)

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        with self._lock:
            if namespaces is None:
                self._kept.clear()
            for namespace in namespaces or ():
                self._kept.pop(tuple(namespace), None)

    async def aclear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        self.clear(namespaces)
