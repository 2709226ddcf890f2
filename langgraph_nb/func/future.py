"""What calling a task gives at once: the promise of its result, to be waited for in a thread or awaited on a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SyncAsyncFuture(Future[T], Generic[T]):
    """A ``concurrent.futures.Future`` that can be awaited too.

    Example:
        >>> future = SyncAsyncFuture()
        >>> future.set_result(3)
        >>> future.result()
        3
    """

    def __await__(self) -> Generator[Any, Any, T]:
        return asyncio.wrap_future(self).__await__()
