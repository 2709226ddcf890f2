"""What a node can ask of the run around it: context, store, stream writer, identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Self, TypeVar

from langgraph_nb.scope import require_scope
from langgraph_nb.types import StreamWriter

__all__ = ["ExecutionInfo", "Runtime", "get_runtime"]

ContextT = TypeVar("ContextT")


def _write_nothing(_: Any) -> None:
    """The stream writer where nobody listens."""


def _no_heartbeat() -> None:
    """The heartbeat where no idle timeout runs."""


@dataclass(frozen=True, slots=True)
class ExecutionInfo:
    """Which task of which run this is."""

    checkpoint_id: str
    checkpoint_ns: str
    task_id: str
    thread_id: str | None = None
    run_id: str | None = None
    node_attempt: int = 1
    """1 for the first attempt."""
    node_first_attempt_time: float | None = None
    """When the first attempt began, in seconds since the epoch; ``None`` where that is not noted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime(Generic[ContextT]):
    """The run, as a node sees it: declare a parameter ``runtime: Runtime[Context]``.

    Example:
        >>> Runtime(context={"user": "ada"}).context
        {'user': 'ada'}
    """

    context: ContextT = field(default=None)  # type: ignore[assignment]
    """What ``invoke(..., context=)`` was given."""
    store: Any = field(default=None)
    """The graph's store, for memory across threads."""
    stream_writer: StreamWriter = field(default=_write_nothing)
    """Writes to the ``custom`` stream."""
    heartbeat: Callable[[], None] = field(default=_no_heartbeat)
    """Says that the node is alive, for idle timeouts."""
    previous: Any = field(default=None)
    """What the last run of the thread returned (functional API)."""
    execution_info: ExecutionInfo | None = field(default=None)
    server_info: Any = field(default=None)
    control: Any = field(default=None)

    def merge(self, other: Runtime[ContextT]) -> Self:
        """This runtime with what ``other`` has in its place."""
        return replace(
            self,
            context=other.context or self.context,
            store=other.store or self.store,
            stream_writer=self.stream_writer if other.stream_writer is _write_nothing else other.stream_writer,
            heartbeat=self.heartbeat if other.heartbeat is _no_heartbeat else other.heartbeat,
            previous=self.previous if other.previous is None else other.previous,
            execution_info=other.execution_info or self.execution_info,
            server_info=other.server_info or self.server_info,
            control=other.control or self.control,
        )

    def override(self, **overrides: Any) -> Self:
        """A copy with some fields replaced."""
        return replace(self, **overrides)


def get_runtime(context_schema: type[ContextT] | None = None) -> Runtime[ContextT]:
    """The runtime of the running node, from anywhere below it.

    Args:
        context_schema: Only tells type checkers what ``context`` is.

    Raises:
        RuntimeError: Outside of a running node.
    """
    return require_scope("get_runtime()").runtime
