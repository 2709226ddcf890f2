"""The words of the programming model: what nodes return, what runs report, how nodes are configured."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from langgraph_nb.scope import require_scope

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.persistence import CheckpointMetadata

__all__ = [
    "All", "Checkpointer", "Command", "Durability", "Interrupt", "Overwrite", "PregelTask", "RetryPolicy", "Send",
    "StateSnapshot", "StateUpdate", "StreamMode", "StreamWriter", "default_retry_on", "interrupt",
]  # fmt: skip

All = Literal["*"]
"""Stands for every node, where nodes can be listed."""
Durability = Literal["sync", "async", "exit"]
"""When a step is stored: before the next one starts, in order behind it, or when the run ends."""
StreamMode = Literal["values", "updates", "tasks", "messages", "custom"]
StreamWriter = Callable[[Any], None]
Checkpointer = Any
"""``None``, ``True``, ``False``, or a ``BaseCheckpointSaver``."""

N = TypeVar("N", bound=Hashable)

class Send:
    """Run a node in the next superstep with a state of its own.

    Returned from a conditional edge, or in ``Command.goto``. Each ``Send`` makes one task; their results are merged
    by the reducers in the order in which they were sent.

    Args:
        node: Name of the node to run.
        arg: The state that this task gets, instead of the graph's.
        timeout: Limit for this task in seconds, a ``timedelta`` or a ``TimeoutPolicy``.

    Example:
        >>> [Send("work", {"item": i}) for i in (1, 2)]
        [Send(node='work', arg={'item': 1}), Send(node='work', arg={'item': 2})]
    """

    __slots__ = ("node", "arg", "timeout")

    node: str
    arg: Any
    timeout: Any

    def __init__(self, /, node: str, arg: Any, *, timeout: Any = None) -> None:
        self.node = node
        self.arg = arg
        self.timeout = timeout

    def __repr__(self) -> str:
        tail = f", timeout={self.timeout!r}" if self.timeout is not None else ""
        return f"Send(node={self.node!r}, arg={self.arg!r}{tail})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Send):
            return NotImplemented
        return self.node == other.node and self.arg == other.arg and self.timeout == other.timeout

    def __hash__(self) -> int:
        return hash((self.node, repr(self.arg)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Command(Generic[N]):
    """Update the state and choose what runs next in one value; also the input that resumes a paused run.

    Args:
        graph: The graph it is for: ``None`` is the current one, ``Command.PARENT`` the closest parent.
        update: Written as if the node had returned it.
        resume: The answer to the pending interrupt, or a mapping from interrupt ids to answers.
        goto: A node's name, a ``Send``, or a sequence of these.

    Example:
        >>> Command(update={"seen": True}, goto="reply")
        Command(update={'seen': True}, goto='reply')
    """

    graph: str | None = None
    update: Any | None = None
    resume: dict[str, Any] | Any | None = None
    goto: Send | Sequence[Send | N] | N = ()

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"

    def __repr__(self) -> str:
        shown = ((k, getattr(self, k)) for k in ("graph", "update", "resume", "goto"))
        return f"Command({', '.join(f'{k}={v!r}' for k, v in shown if v)})"


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Replace a channel's value, bypassing its reducer. Two in one superstep are an ``InvalidUpdateError``.

    Example:
        >>> Overwrite([1])
        Overwrite(value=[1], type='__overwrite__')
    """

    value: Any
    type: Literal["__overwrite__"] = "__overwrite__"


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A question that a node asked with :func:`interrupt`.

    Example:
        >>> Interrupt("Send it?", id="a1")
        Interrupt(value='Send it?', id='a1', response_schema=None)
    """

    value: Any
    """What the node asked."""
    id: str = "placeholder-id"
    """Answers are addressed by it: ``Command(resume={id: answer})``."""
    response_schema: Any = field(default=None, kw_only=True)
    """The shape of a valid answer: a Pydantic model, dataclass, TypedDict, other type, or a JSON schema."""


def interrupt(value: Any, *, response_schema: Any = None) -> Any:
    """Pause the run and ask; return the answer when the run is resumed.

    The first call pauses the task. ``graph.invoke(Command(resume=answer), config)`` runs the node again from its
    beginning, and this time the call returns ``answer``. Several calls in one node are answered in order.

    Args:
        value: What to ask; it is stored with the thread and shown to a person.
        response_schema: The shape of a valid answer. An answer that does not fit is refused and the interrupt stays
            pending; one that fits is returned as the schema's type.

    Raises:
        GraphInterrupt: The first time; it must not be caught by the node.
        RuntimeError: Outside of a running node.
    """
    __tracebackhide__ = True
    return require_scope("interrupt()").interrupt(value, response_schema)


def default_retry_on(exc: Exception) -> bool:
    """Whether a failure looks transient: mistakes in code are not; lost connections and server errors are."""
    if isinstance(exc, ConnectionError):
        return True
    status = getattr(getattr(exc, "response", None), "status_code", None)
    if isinstance(status, int) and type(exc).__module__.partition(".")[0] in ("httpx", "requests"):
        return 500 <= status < 600
    return not isinstance(
        exc,
        (
            ValueError, TypeError, ArithmeticError, ImportError, LookupError, NameError, SyntaxError, RuntimeError,
            ReferenceError, StopIteration, StopAsyncIteration, OSError,
        ),
    )  # fmt: skip


class RetryPolicy(NamedTuple):
    """How often, and after which failures, a node runs again.

    Example:
        >>> RetryPolicy(max_attempts=5).max_attempts
        5
    """

    initial_interval: float = 0.5
    """Seconds before the second attempt."""
    backoff_factor: float = 2.0
    """What the interval is multiplied by after each attempt."""
    max_interval: float = 128.0
    """Longest interval in seconds."""
    max_attempts: int = 3
    """Attempts in all, the first included."""
    jitter: bool = True
    """Whether up to a second is added at random to each interval."""
    retry_on: type[Exception] | Sequence[type[Exception]] | Callable[[Exception], bool] = default_retry_on
    """Exception classes, or a predicate."""


class StateUpdate(NamedTuple):
    """One write of ``bulk_update_state``."""

    values: dict[str, Any] | None
    as_node: str | None = None


class PregelTask(NamedTuple):
    """A task of a snapshot: what runs, or ran, in the superstep after it."""

    id: str
    name: str
    path: tuple[str | int | tuple[Any, ...], ...]
    error: Exception | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: RunnableConfig | StateSnapshot | None = None
    result: Any | None = None


class StateSnapshot(NamedTuple):
    """The state of a thread at one checkpoint."""

    values: dict[str, Any] | Any
    """The channels' values."""
    next: tuple[str, ...]
    """Names of the nodes that run next; empty when the run has finished."""
    config: RunnableConfig
    """Fetches this snapshot again."""
    metadata: CheckpointMetadata | None
    created_at: str | None
    """When it was made, ISO 8601 in UTC."""
    parent_config: RunnableConfig | None
    """Fetches the snapshot before it."""
    tasks: tuple[PregelTask, ...]
    """The tasks of the step that follows, with what is known of their results."""
    interrupts: tuple[Interrupt, ...]
    """The questions that wait for an answer."""


