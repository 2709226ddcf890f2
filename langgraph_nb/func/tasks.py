"""Tasks: functions whose calls run in parallel, are stored, and are not repeated when a run goes on."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from langgraph_nb.cache.base import BaseCache
from langgraph_nb.declared import declare
from langgraph_nb.func.future import SyncAsyncFuture
from langgraph_nb.graph.callables import INJECTABLE, CallSpec, is_async
from langgraph_nb.graph.policies import cache_namespace, sync_hook, sync_timeout_unsupported
from langgraph_nb.scope import require_scope
from langgraph_nb.types import CachePolicy, RetryPolicy, TimeoutPolicy, TransactionHook
from langgraph_nb.warnings import renamed

P = ParamSpec("P")
T = TypeVar("T")


class _TaskFunction(Generic[P, T]):
    """A function made a task. Calling it begins the task and returns its future."""

    def __init__(
        self,
        func: Callable[P, Awaitable[T]] | Callable[P, T],
        *,
        retry_policy: Sequence[RetryPolicy],
        cache_policy: CachePolicy[Callable[P, str | bytes]] | None = None,
        timeout: TimeoutPolicy | None = None,
        name: str | None = None,
        transaction: TransactionHook | None = None,
    ) -> None:
        functools.update_wrapper(self, func)
        self.func = func
        declare(func)
        self.retry_policy = retry_policy
        self.cache_policy = cache_policy
        self.timeout = timeout
        self.transaction = transaction
        self.__name__ = name or _name_of(func)
        self.spec = spec_of(func, self.__name__)
        self.node: Any = None
        """What the engine runs for it, once it was called."""

    def clear_cache(self, cache: BaseCache[Any]) -> None:
        """Have a cache forget the results of this task, if they are cached."""
        if self.cache_policy is not None:
            cache.clear((cache_namespace(self.func),))

    async def aclear_cache(self, cache: BaseCache[Any]) -> None:
        """``clear_cache``, awaited."""
        if self.cache_policy is not None:
            await cache.aclear((cache_namespace(self.func),))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> SyncAsyncFuture[T]:
        future: SyncAsyncFuture[T] = require_scope("get_config").call(self, args, kwargs)
        return future


class _TaskMaker(Protocol):
    """``task`` with its options given."""

    @overload
    def __call__(self, func: Callable[P, Awaitable[T]], /) -> _TaskFunction[P, T]: ...

    @overload
    def __call__(self, func: Callable[P, T], /) -> _TaskFunction[P, T]: ...


@overload
def task(
    __func_or_none__: None = None,
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy[Any] | None = None,
    timeout: float | timedelta | TimeoutPolicy | None = None,
    transaction: TransactionHook | None = None,
    **kwargs: Any,
) -> _TaskMaker: ...


@overload
def task(__func_or_none__: Callable[P, Awaitable[T]]) -> _TaskFunction[P, T]: ...


@overload
def task(__func_or_none__: Callable[P, T]) -> _TaskFunction[P, T]: ...


def task(
    __func_or_none__: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy[Any] | None = None,
    timeout: float | timedelta | TimeoutPolicy | None = None,
    transaction: TransactionHook | None = None,
    **kwargs: Any,
) -> Any:
    """Make a function a task, to be called by entrypoints, by nodes of graphs, and by other tasks.

    A call returns a future at once: wait for ``.result()`` in sync code, ``await`` it in async code. Where there is a
    checkpointer, the result is stored as soon as the task ends; when the run goes on after a question or a failure,
    tasks that ended well are not run again. What a task takes and returns must then be such that it can be stored.

    Args:
        name: Its name in streams; by default the function's.
        retry_policy: When to run it again after a failure; of several, the first that matches.
        cache_policy: That its results are kept and taken again for equal arguments; the entrypoint needs a ``cache``.
        timeout: How long an attempt may take; for ``async def`` only.
        transaction: As for ``StateGraph.add_node``: called with the checkpointer's database connection and what the
            task returned, in the transaction that stores it.

    Raises:
        ValueError: For a timeout on a function that is not ``async def``.
        TypeError: For a ``transaction`` that would have to be awaited.

    Example:
        >>> from langgraph_nb.func import entrypoint, task
        >>> @task
        ... def square(n: int) -> int:
        ...     return n * n
        >>> @entrypoint()
        ... def sum_of_squares(numbers: list[int]) -> int:
        ...     return sum(future.result() for future in [square(n) for n in numbers])
        >>> sum_of_squares.invoke([1, 2, 3])
        14
    """
    given = renamed(kwargs, "task()", "retry").get("retry_policy")
    chosen = given if retry_policy is None else retry_policy
    retries = (chosen,) if isinstance(chosen, RetryPolicy) else tuple(chosen or ())
    limit, hook = TimeoutPolicy.coerce(timeout), sync_hook(transaction)

    def made(func: Callable[P, Awaitable[T]] | Callable[P, T]) -> _TaskFunction[P, T]:
        if limit is not None and not is_async(func):
            raise sync_timeout_unsupported(name or _name_of(func), "Task")
        return _TaskFunction(
            func, retry_policy=retries, cache_policy=cache_policy, timeout=limit, name=name, transaction=hook
        )

    return made if __func_or_none__ is None else made(__func_or_none__)


def _name_of(func: Any) -> str:
    while isinstance(func, functools.partial) and not hasattr(func, "__name__"):
        func = func.func
    return str(getattr(func, "__name__", None) or type(func).__name__)


def spec_of(func: Callable[..., Any], name: str) -> CallSpec:
    """How to call a task's function with (positional, keyword) arguments; what the runtime fills, a caller may give."""
    places = _places(func)

    def plain(given: tuple[tuple[Any, ...], dict[str, Any]]) -> Any:
        return func(*given[0], **given[1])

    def filled(given: tuple[tuple[Any, ...], dict[str, Any]], **injected: Any) -> Any:
        args, kwargs = given
        wanted = {name: value for name, value in injected.items() if places[name] >= len(args)}
        return func(*args, **{**wanted, **kwargs})

    call = filled if places else plain
    call.__wrapped__ = func  # type: ignore[attr-defined] # its parameters are what callbacks are shown
    return CallSpec(name, None, call, tuple(places)) if is_async(func) else CallSpec(name, call, None, tuple(places))


def _places(func: Callable[..., Any]) -> dict[str, int]:
    """The parameters that the runtime fills, with the place where a caller would give them by position."""
    try:
        parameters = list(inspect.signature(func).parameters.values())
    except (ValueError, TypeError):  # builtins that do not tell
        return {}
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    never = len(parameters)
    return {
        p.name: never if p.kind is inspect.Parameter.KEYWORD_ONLY else place
        for place, p in enumerate(parameters)
        if p.name in INJECTABLE and p.kind in by_name
    }
