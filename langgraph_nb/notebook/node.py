"""Options of a node, marked on its function. The function itself stays what it is and can be called as before."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from langgraph_nb.graph.topology import Pause
from langgraph_nb.types import RetryPolicy, TransactionHook

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "__langgraph_node__"


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """How a node runs; what each means is said at :func:`node`."""

    name: str | None = None
    retry: RetryPolicy | None = None
    cache: Any = None
    timeout: Any = None
    defer: bool = False
    pause: Pause = ""
    metadata: dict[str, Any] | None = None
    error_handler: Callable[..., Any] | None = None
    transaction: TransactionHook | None = None

    def arguments(self) -> dict[str, Any]:
        """The arguments of ``add_node`` that were asked for."""
        given = {
            "retry_policy": self.retry,
            "cache_policy": self.cache,
            "timeout": self.timeout,
            "metadata": self.metadata,
            "error_handler": self.error_handler,
            "defer": self.defer or None,
            "transaction": self.transaction,
        }
        return {name: value for name, value in given.items() if value is not None}


@overload
def node(function: F, /) -> F: ...
@overload
def node(
    *,
    name: str | None = None,
    retry: RetryPolicy | int | None = None,
    cache: Any = None,
    timeout: Any = None,
    defer: bool = False,
    pause: Pause = "",
    metadata: dict[str, Any] | None = None,
    error_handler: Callable[..., Any] | None = None,
    transaction: TransactionHook | None = None,
) -> Callable[[F], F]: ...
def node(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    retry: RetryPolicy | int | None = None,
    cache: Any = None,
    timeout: Any = None,
    defer: bool = False,
    pause: Pause = "",
    metadata: dict[str, Any] | None = None,
    error_handler: Callable[..., Any] | None = None,
    transaction: TransactionHook | None = None,
) -> Any:
    """Say how a function runs as a node of a graph that is wired in a notebook.

    Args:
        name: What the node is called, where that is not the function's name.
        retry: When to run it again after a failure: a ``RetryPolicy``, or how many attempts in all.
        cache: A ``CachePolicy``: reuse the result of an earlier run with the same input.
        timeout: Seconds, a ``timedelta`` or a ``TimeoutPolicy``.
        defer: Run it only when nothing else is left to run.
        pause: ``"before"``, ``"after"`` or ``"both"``: stop there until the run is resumed.
        metadata: Shown in streams and traces.
        error_handler: A function of the state and of ``error: NodeError`` that runs in its place when it has failed
            for good. It ends its path, or says with a ``Command`` where to go on.
        transaction: Called with the checkpointer's database connection and what the node returned, in the transaction
            that stores the result.

    Returns:
        The function.

    Raises:
        TypeError: When it is put on something else than a function.
        ValueError: For a pause that does not exist, or fewer than one attempt.

    Example:
        >>> @node(retry=3, pause="before")
        ... def send(state):
        ...     return {"sent": True}
        >>> send({})
        {'sent': True}
    """
    if pause not in ("", "before", "after", "both"):
        raise ValueError(f'A node cannot pause {pause!r}. Write pause="before", "after" or "both".')
    if isinstance(retry, int) and retry < 1:
        raise ValueError(f"{retry} is no number of attempts. Give at least 1, or a RetryPolicy.")
    policy = RetryPolicy(max_attempts=retry) if isinstance(retry, int) else retry
    options = NodeOptions(name, policy, cache, timeout, defer, pause, metadata, error_handler, transaction)

    def mark(target: F) -> F:
        if not inspect.isfunction(target):
            raise TypeError(f"@node is for functions, not for {target!r}. Write it above a `def`.")
        setattr(target, _MARK, options)
        return target

    return mark if function is None else mark(function)


_DEFAULT = NodeOptions()


def options_of(code: Any) -> NodeOptions:
    """The options marked on a function, or the defaults."""
    options = getattr(code, _MARK, None)
    return options if isinstance(options, NodeOptions) else _DEFAULT
