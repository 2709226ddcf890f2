"""Operations that many tasks ask for at the same time, done together: one batch per turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from langgraph_nb.store.base.operations import GetOp, ListNamespacesOp, Op, PutOp, Result, SearchOp
from langgraph_nb.store.base.store import BaseStore

_METHODS: dict[type, str] = {GetOp: "get", SearchOp: "search", ListNamespacesOp: "list_namespaces"}


class AsyncBatchedBaseStore(BaseStore):
    """A store whose single operations are collected, and done by its ``abatch`` together.

    It belongs to the event loop that it is made in; its sync methods may be called from any other thread. Batches are
    done one after another. In a batch each read is done once, and of several writes of one key only the last.

    Example:
        >>> import asyncio
        >>> class Counting(AsyncBatchedBaseStore):
        ...     async def abatch(self, ops):
        ...         print(len(list(ops)), "operations")
        ...         return [None for _ in ops]
        >>> async def main():
        ...     store = Counting()
        ...     await asyncio.gather(store.aget(("a",), "x"), store.aget(("a",), "x"), store.aget(("a",), "y"))
        >>> asyncio.run(main())
        2 operations
    """

    __slots__ = ("_loop", "_waiting", "_task")

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[asyncio.Future[Any], Op]] = []
        self._task: asyncio.Task[None] | None = None

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do several operations from another thread than the loop's."""
        self._check_thread("batch")
        return asyncio.run_coroutine_threadsafe(self.abatch(ops), self._loop).result()

    def _one(self, op: Op) -> Any:
        method = _METHODS.get(type(op)) or ("delete" if isinstance(op, PutOp) and op.value is None else "put")
        self._check_thread(method)
        return asyncio.run_coroutine_threadsafe(self._aone(op), self._loop).result()

    async def _aone(self, op: Op) -> Any:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append((future, op))
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._work())
        return await future

    def _check_thread(self, method: str) -> None:
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            return
        if running is self._loop:
            raise asyncio.InvalidStateError(
                f"Synchronous calls to {type(self).__name__} detected in the main event loop. This can lead to "
                "deadlocks or performance issues. Please use the asynchronous interface for main thread operations. "
                f"Specifically, replace `store.{method}(...)` with `await store.a{method}(...)`."
            )

    async def _work(self) -> None:
        """Do what waits until nothing does. Whoever asks meanwhile is in the next batch."""
        while self._waiting:
            asked = [(future, op) for future, op in self._waiting if not future.done()]
            self._waiting.clear()
            ops, places = _without_repeats([op for _, op in asked])
            try:
                results = await self.abatch(ops)
            except Exception as error:
                for future, _ in asked:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (future, _), place in zip(asked, places, strict=True):
                    if not future.done():
                        future.set_result(results[place])


def _without_repeats(ops: list[Op]) -> tuple[list[Op], list[int]]:
    """The operations to do, and for each that was asked for the place of the one that does it."""
    kept: list[Op] = []
    places: list[int] = []
    known: dict[Any, int] = {}
    for op in ops:
        key = (op.namespace, op.key) if isinstance(op, PutOp) else op
        try:
            place = known.setdefault(key, len(kept))
        except TypeError:  # a filter holds what cannot be hashed
            place = kept.index(op) if op in kept else len(kept)
        kept[place : place + 1] = [op]
        places.append(place)
    return kept, places
