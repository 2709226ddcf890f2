"""What a node can ask of the run around it: context, store, stream writer, identity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, runtime_checkable

from langgraph_nb.scope import require_scope
from langgraph_nb.types import StreamWriter
from langgraph_nb.typing import ContextT

if TYPE_CHECKING:
    from langgraph_nb.store.base import BaseStore

__all__ = ["BaseUser", "ExecutionInfo", "RunControl", "Runtime", "ServerInfo", "get_runtime"]


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

    def patch(self, **overrides: Any) -> ExecutionInfo:
        """A copy with some fields replaced.

        Example:
            >>> ExecutionInfo("c", "", "t").patch(node_attempt=2).node_attempt
            2
        """
        return replace(self, **overrides)


@runtime_checkable
class BaseUser(Protocol):
    """A user whom a server has authenticated: its fields can be read as attributes and by key.

    Example:
        >>> isinstance(object(), BaseUser)
        False
    """

    @property
    def is_authenticated(self) -> bool:
        """Whether the server knows who it is."""

    @property
    def display_name(self) -> str:
        """What people call the user."""

    @property
    def identity(self) -> str:
        """What tells the user from all others."""

    @property
    def permissions(self) -> Sequence[str]:
        """What the user may do."""

    def __getitem__(self, key: str) -> Any: ...

    def __contains__(self, key: str) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server says of the run: only there when one runs the graph.

    Example:
        >>> ServerInfo(assistant_id="a1", graph_id="agent").user is None
        True
    """

    assistant_id: str
    graph_id: str
    user: BaseUser | None = None
    """Who asked for the run, where the server knows."""

    @classmethod
    def of(cls, configurable: Mapping[str, Any]) -> ServerInfo | None:
        """What a server has put into the ``configurable`` values of a run, if one has."""
        assistant, graph = configurable.get("assistant_id"), configurable.get("graph_id")
        user = configurable.get("langgraph_auth_user")
        user = user if hasattr(user, "identity") else None
        if assistant is None and graph is None and user is None:
            return None
        return cls(str(assistant or ""), str(graph or ""), user)


class RunControl:
    """Asks one run to stop between two steps, from any thread: ``graph.invoke(..., control=control)``.

    The run raises ``GraphDrained`` with its thread stored, and ``invoke(None, config)`` goes on with it. Each run wants
    a control of its own: what was asked is not forgotten.

    Example:
        >>> control = RunControl()
        >>> control.request_drain("deploy")
        >>> control.drain_requested, control.drain_reason
        (True, 'deploy')
    """

    __slots__ = ("_drain_reason",)

    def __init__(self) -> None:
        self._drain_reason: str | None = None

    def request_drain(self, reason: str = "shutdown") -> None:
        """Ask the run to stop after the step that runs now."""
        self._drain_reason = reason

    @property
    def drain_requested(self) -> bool:
        """Whether it was asked to stop."""
        return self._drain_reason is not None

    @property
    def drain_reason(self) -> str | None:
        """Why it was asked to stop."""
        return self._drain_reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime(Generic[ContextT]):
    """The run, as a node sees it: declare a parameter ``runtime: Runtime[Context]``.

    Example:
        >>> Runtime(context={"user": "ada"}).context
        {'user': 'ada'}
    """

    context: ContextT = field(default=None)  # type: ignore[assignment]
    """What ``invoke(..., context=)`` was given."""
    store: BaseStore | None = field(default=None)
    """The graph's store, for memory across threads."""
    stream_writer: StreamWriter = field(default=_write_nothing)
    """Writes to the ``custom`` stream."""
    heartbeat: Callable[[], None] = field(default=_no_heartbeat)
    """Says that the node is alive, for idle timeouts."""
    previous: Any = field(default=None)
    """What the last run of the thread returned (functional API)."""
    execution_info: ExecutionInfo | None = field(default=None)
    server_info: ServerInfo | None = field(default=None)
    control: RunControl | None = field(default=None)
    """Can ask the run to stop after this step."""

    @property
    def idempotency_key(self) -> str:
        """A key for effects outside: the same whenever this task runs, another one for each other task.

        Give it to a payment service, or keep it beside what was done, so that an effect of a task that is tried again,
        or that runs again after a crash or an answer, happens once. It is the same for all attempts at the task, also
        in other processes; each ``Send``, each call of a ``@task`` and each run of a node has its own. Going on from
        an older checkpoint means to do things again: there the keys are new. Without a checkpointer, and with
        durability ``"exit"``, a run that was cut off cannot be gone on with: the next one has new keys.

        Who asks for it under durability ``"async"`` waits until what the task starts from is on the disk: only then
        it is sure that the task will be known again.

        Raises:
            RuntimeError: Outside of a run, or in a thread of the node's own that does not have its context.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> def pay(state, runtime: Runtime):
            ...     return {"paid with": len(runtime.idempotency_key)}
            >>> StateGraph(dict).add_node(pay).add_edge(START, "pay").compile().invoke({})
            {'paid with': 32}
        """
        scope = require_scope("runtime.idempotency_key")
        return scope.idempotency_key(None if self.execution_info is None else self.execution_info.task_id)

    @property
    def drain_requested(self) -> bool:
        """Whether the run was asked to stop after this step."""
        return self.control is not None and self.control.drain_requested

    @property
    def drain_reason(self) -> str | None:
        """Why it was asked to."""
        return None if self.control is None else self.control.drain_reason

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

    def patch_execution_info(self, **overrides: Any) -> Self:
        """A copy with some fields of ``execution_info`` replaced. Raises ``RuntimeError`` when there is none."""
        if self.execution_info is None:
            raise RuntimeError("Cannot patch execution_info before it has been set")
        return replace(self, execution_info=self.execution_info.patch(**overrides))


DEFAULT_RUNTIME: Runtime[Any] = Runtime()
"""A runtime of no run: what nodes that are called alone may be given."""


def get_runtime(context_schema: type[ContextT] | None = None) -> Runtime[ContextT]:
    """The runtime of the running node, from anywhere below it.

    Args:
        context_schema: Only tells type checkers what ``context`` is.

    Raises:
        RuntimeError: Outside of a running node.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> class Context(TypedDict):
        ...     user: str
        >>> def node(state):
        ...     return {"n": len(get_runtime(Context).context["user"])}
        >>> graph = StateGraph(State, Context).add_node(node).add_edge(START, "node").compile()
        >>> graph.invoke({"n": 0}, context={"user": "ada"})
        {'n': 3}
    """
    return require_scope("get_runtime").runtime
