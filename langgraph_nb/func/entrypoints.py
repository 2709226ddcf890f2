"""Entrypoints: a function that runs as a graph of one node does, with threads, pauses, streams and history."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_origin

from langgraph_nb.declared import declare
from langgraph_nb.graph.callables import CallSpec, call_spec, is_async
from langgraph_nb.graph.policies import sync_timeout_unsupported
from langgraph_nb.migration import Migration
from langgraph_nb.types import CachePolicy, RetryPolicy, TimeoutPolicy, ensure_valid_checkpointer
from langgraph_nb.warnings import renamed

if TYPE_CHECKING:
    from langgraph_nb.pregel.main import Pregel

ContextT = TypeVar("ContextT")
R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class EntrypointSpec:
    """A function that was made an entrypoint."""

    call: CallSpec
    input_type: Any
    output_type: Any
    save_type: Any
    """The type of what the thread keeps for ``previous``."""
    retry_policy: tuple[RetryPolicy, ...] = ()
    """Also of the tasks that it calls, where they have none."""
    cache_policy: CachePolicy[Any] | None = None
    """The same."""
    timeout: TimeoutPolicy | None = None


class entrypoint(Generic[ContextT]):
    """Make a function a workflow: what ``invoke``, ``stream``, ``get_state`` and the rest of a graph's methods run.

    The function takes one argument, the input. By these names it may have further parameters, which the run fills:
    ``config``, ``runtime``, ``store``, ``writer``, and ``previous``: what the thread's last run returned. It may ask
    with ``interrupt``; on resuming it runs from its beginning, and the tasks that it had called give the results that
    they had.

    Args:
        checkpointer: A saver, for threads that can be paused, resumed and looked back at.
        store: Memory across threads.
        cache: Keeps results, of it and of its tasks, by their cache policies.
        context_schema: The type of ``Runtime.context``.
        cache_policy: That results are kept and taken again for equal input.
        retry_policy: When to run it again after a failure; of several, the first that matches.
        timeout: How long an attempt may take; for ``async def`` only.
        migrations: Other names that the function had since threads were stored, the oldest first.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> from langgraph_nb.func import entrypoint
        >>> @entrypoint(checkpointer=InMemorySaver())
        ... def total(n: int, *, previous: int | None = None) -> int:
        ...     return n + (previous or 0)
        >>> thread = {"configurable": {"thread_id": "1"}}
        >>> total.invoke(2, thread), total.invoke(3, thread)
        (2, 5)
    """

    def __init__(
        self,
        checkpointer: Any = None,
        store: Any = None,
        cache: Any = None,
        context_schema: type[ContextT] | None = None,
        cache_policy: CachePolicy[Any] | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        timeout: float | timedelta | TimeoutPolicy | None = None,
        migrations: Sequence[Migration] = (),
        **kwargs: Any,
    ) -> None:
        self.migrations = migrations
        given = renamed(kwargs, "entrypoint()", "config_schema", "retry")
        self.checkpointer = checkpointer
        self.store = store
        self.cache = cache
        self.cache_policy = cache_policy
        self.retry_policy = given.get("retry_policy") if retry_policy is None else retry_policy
        self.timeout = TimeoutPolicy.coerce(timeout)
        self.context_schema = given.get("context_schema") if context_schema is None else context_schema

    @dataclass(frozen=True, kw_only=True, slots=True)
    class final(Generic[R, S]):
        """Return one value, and keep another for ``previous`` of the thread's next run.

        Example:
            >>> from langgraph_nb.checkpoint.memory import InMemorySaver
            >>> @entrypoint(checkpointer=InMemorySaver())
            ... def last(n: int, *, previous: int = 0) -> entrypoint.final[int, int]:
            ...     return entrypoint.final(value=previous, save=2 * n)
            >>> thread = {"configurable": {"thread_id": "1"}}
            >>> last.invoke(3, thread), last.invoke(1, thread)
            (None, 6)
        """

        value: R
        """What is returned, also ``None``."""
        save: S
        """What is kept, also ``None``."""

    def __call__(self, func: Callable[..., Any]) -> Pregel[Any]:
        """Make the function a workflow.

        Raises:
            NotImplementedError: For a generator.
            ValueError: For a function without a parameter, or a timeout on one that is not ``async def``.
        """
        # the door from the definition down to what runs it
        from langgraph_nb.pregel.compile_entrypoint import plan_of_entrypoint
        from langgraph_nb.pregel.main import Pregel

        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            raise NotImplementedError("Generators are not supported in the Functional API.")
        spec = self.spec(func)
        graph: Pregel[Any] = Pregel.of_plan(
            plan_of_entrypoint(spec, self.migrations),
            checkpointer=ensure_valid_checkpointer(self.checkpointer),
            store=self.store,
            stream_eager=True,
        )
        graph.stream_mode, graph.context_schema = "updates", self.context_schema
        graph.cache, graph.cache_policy, graph.retry_policy = self.cache, self.cache_policy, spec.retry_policy
        return graph

    def spec(self, func: Callable[..., Any]) -> EntrypointSpec:
        """What a function says as an entrypoint."""
        signature = inspect.signature(func)
        first = next(iter(signature.parameters.values()), None)
        if first is None:
            raise ValueError("Entrypoint function must have at least one parameter")
        call = call_spec(func)
        declare(func)
        if self.timeout is not None and not is_async(func):
            raise sync_timeout_unsupported(call.name)
        output_type, save_type = _result_types(signature.return_annotation)
        retry = self.retry_policy
        return EntrypointSpec(
            call,
            Any if first.annotation is inspect.Signature.empty else first.annotation,
            output_type,
            save_type,
            (retry,) if isinstance(retry, RetryPolicy) else tuple(retry or ()),
            self.cache_policy,
            self.timeout,
        )


def _result_types(annotation: Any) -> tuple[Any, Any]:
    """The types of what is returned and of what is kept."""
    if annotation is inspect.Signature.empty or annotation is entrypoint.final:
        return Any, Any
    if get_origin(annotation) is entrypoint.final:
        value, save = get_args(annotation)
        return value, save
    return annotation, annotation
