"""The task that is running, as the code below it sees it.

A driver sets the scope around each call of a node; ``interrupt``, ``get_config``, ``get_stream_writer`` and their like
find it here. The scope itself is built by ``pregel.call``: this file only knows its shape.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.errors import GraphInterrupt
    from langgraph_nb.runtime import Runtime
    from langgraph_nb.types import StreamWriter


class TaskScope(Protocol):
    """What a running task offers to the code it calls."""

    @property
    def runtime(self) -> Runtime[Any]: ...

    @property
    def writer(self) -> StreamWriter: ...

    @property
    def config(self) -> RunnableConfig: ...

    asked: int

    @property
    def is_answered(self) -> bool: ...

    def asked_first(self, question: GraphInterrupt, since: int) -> GraphInterrupt: ...

    def read(self) -> Any: ...

    def idempotency_key(self, task_id: str | None) -> str: ...

    def channel_values(self, fresh: bool) -> dict[str, Any]: ...

    def write(self, key: str, value: Any) -> None: ...

    def say(self, message: Any) -> None: ...

    def while_it_counts(self, tell: Callable[[Any], None]) -> Callable[[Any], None]: ...

    def interrupt(self, value: Any, response_schema: Any) -> Any: ...

    def injected(self, spec: Any) -> dict[str, Any]: ...

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...


carried: dict[str, Callable[[Any], Any]] = {}
"""What the ``configurable`` values of a task's config have besides what the caller gave: key -> of the scope. Empty,
unless something of another runtime's has to be found there (``langgraph_nb.alias``)."""

current_scope: ContextVar[TaskScope | None] = ContextVar("langgraph_nb_scope", default=None)


def require_scope(caller: str) -> TaskScope:
    """The running task's scope, or a ``RuntimeError`` that says where ``caller`` may be called."""
    scope = current_scope.get()
    if scope is None:
        raise RuntimeError(
            f"Called get_config outside of a runnable context. {caller} works only in code that a node runs: call it "
            "inside a node, a tool or a task while its graph runs."
        )
    return scope
