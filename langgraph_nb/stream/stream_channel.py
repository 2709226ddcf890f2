"""A queue for one reader. Reading from it drives the run on; nothing is kept that nobody reads."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
Pump = Callable[[], bool]
"""Drives the run on by one event; says whether there was one."""
AsyncPump = Callable[[], Awaitable[bool]]


class StreamChannel(Generic[T]):
    """What a transformer makes, item by item.

    It is iterated with ``for`` where the run was started by ``stream_events``, with ``async for`` where it was by
    ``astream_events``, and only once: for more readers there is ``tee``. Items that are pushed before somebody reads
    are not kept.

    Args:
        name: With one, each item is an event of the run too: ``custom:<name>``.
        maxlen: Taken for the sake of a later version; a reader that drives the run never falls behind.

    Raises:
        ValueError: For a ``maxlen`` below one.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> one, two = graph.stream_events({}, version="v3").values.tee()
        >>> list(one) == list(two) == [{}, {"x": 1}]
        True
    """

    def __init__(self, name: str | None = None, *, maxlen: int | None = None) -> None:
        if maxlen is not None and maxlen <= 0:
            raise ValueError("StreamChannel maxlen must be a positive int or None")
        self.name = name
        self._items: deque[tuple[int, T]] = deque()
        """What was not read yet, numbered in the order of all channels of the run."""
        self._closed = False
        self._error: BaseException | None = None
        self._is_async: bool | None = None
        self._subscribed = False
        self._number: Callable[[], int] = itertools.count().__next__
        self._more: Pump | None = None
        self._amore: AsyncPump | None = None
        self._forward: Callable[[T], None] | None = None

    def _bind(
        self, is_async: bool, number: Callable[[], int] | None = None, forward: Callable[[T], None] | None = None
    ) -> None:
        """Make it part of a run.

        Args:
            is_async: How it is iterated.
            number: Numbers items.
            forward: Told of each item.
        """
        if self._is_async is not None:
            raise RuntimeError("StreamChannel is already bound")
        self._is_async, self._forward = is_async, forward
        self._number = number or self._number

    def push(self, item: T) -> None:
        """Add an item.

        Raises:
            RuntimeError: When somebody reads, and it is closed.
        """
        if self._subscribed:
            if self._closed:
                raise RuntimeError("Cannot push to a closed StreamChannel")
            self._items.append((self._number(), item))
        if self._forward is not None:
            self._forward(item)

    def close(self) -> None:
        """No more items come. Runs do this for their channels."""
        self._closed = True

    def fail(self, err: BaseException) -> None:
        """No more items come, and who reads it is to get this error."""
        self._error = err
        self._closed = True

    # -- reading ------------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[T]:
        """Read it, driving the run on.

        Raises:
            TypeError: In a run that is awaited, or in none.
            RuntimeError: When somebody reads it already.
        """
        if self._checked_async():
            raise TypeError("This StreamChannel is bound to async mode — use 'async for' instead.")
        self._subscribe(".tee(n)")
        return self._read()

    def __aiter__(self) -> AsyncIterator[T]:
        """Read it in a run that is awaited."""
        if not self._checked_async():
            raise TypeError("This StreamChannel is bound to sync mode — use 'for' instead.")
        self._subscribe(".atee(n)")
        return self._aread()

    def _checked_async(self) -> bool:
        if self._is_async is None:
            raise TypeError("StreamChannel has not been bound yet. Register the transformer with a StreamMux first.")
        return self._is_async

    def _subscribe(self, instead: str) -> None:
        if self._subscribed:
            raise RuntimeError(f"StreamChannel already has a subscriber; use {instead} for fan-out.")
        self._subscribed = True

    def _read(self) -> Iterator[T]:
        while True:
            if self._items:
                yield self._items.popleft()[1]
            elif self._over() or self._more is None or not (self._more() or self._items or self._closed):
                return

    async def _aread(self) -> AsyncIterator[T]:
        while True:
            if self._items:
                yield self._items.popleft()[1]
            elif self._over() or self._amore is None or not (await self._amore() or self._items or self._closed):
                return

    def _over(self) -> bool:
        """Whether nothing comes any more; an error, if it ended with one."""
        if self._closed and self._error is not None:
            raise self._error
        return self._closed

    # -- several readers ----------------------------------------------------------------------------------------------

    def tee(self, n: int = 2) -> tuple[Iterator[T], ...]:
        """Read it with ``n`` iterators that do not disturb each other.

        Raises:
            ValueError: For less than one.
        """
        if n < 1:
            raise ValueError("tee() requires n >= 1")
        return itertools.tee(iter(self), n)

    def atee(self, n: int = 2) -> tuple[AsyncIterator[T], ...]:
        """``tee`` for a run that is awaited; its readers may be in tasks of their own."""
        if n < 1:
            raise ValueError("atee() requires n >= 1")
        source, lock = aiter(self), asyncio.Lock()
        kept: list[deque[T]] = [deque() for _ in range(n)]
        ended: list[Exception] = []

        async def pull() -> None:
            """Read one more item for all, or note why there is none."""
            try:
                item = await anext(source)
            except Exception as end:
                ended.append(end)
            else:
                for own in kept:
                    own.append(item)

        async def branch(own: deque[T]) -> AsyncIterator[T]:
            while True:
                async with lock:
                    if not own and not ended:
                        await pull()
                if own:
                    yield own.popleft()
                elif isinstance(ended[0], StopAsyncIteration):
                    return
                else:
                    raise ended[0]

        return tuple(branch(own) for own in kept)
