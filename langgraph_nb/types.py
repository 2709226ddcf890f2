"""The words of the programming model: what nodes return, what runs report, how nodes are configured."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, final, overload
from warnings import warn

from typing_extensions import TypeVar

from langgraph_nb.fingerprint import default_cache_key
from langgraph_nb.scope import require_scope
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.parts import (
        CheckpointPayload,
        CheckpointStreamPart,
        CheckpointTask,
        CustomStreamPart,
        DebugPayload,
        DebugStreamPart,
        GraphOutput,
        MessagesStreamPart,
        StreamPart,
        TaskPayload,
        TaskResultPayload,
        TasksStreamPart,
        UpdatesStreamPart,
        ValuesStreamPart,
    )
    from langgraph_nb.persistence import CheckpointMetadata

__all__ = [
    "All", "CacheKey", "CachePolicy", "CheckpointPayload", "CheckpointStreamPart", "CheckpointTask", "Checkpointer",
    "Command", "CustomStreamPart", "DebugPayload", "DebugStreamPart", "Durability", "GraphOutput", "Interrupt",
    "MessagesStreamPart", "Overwrite", "PregelTask", "RetryPolicy", "Send", "StateSnapshot", "StateUpdate",
    "StreamMode", "StreamPart", "StreamWriter", "TaskPayload", "TaskResultPayload", "TasksStreamPart", "ThreadStatus",
    "TimeoutPolicy", "TracePolicy", "TransactionHook", "UpdatesStreamPart", "ValuesStreamPart", "default_retry_on",
    "ensure_valid_checkpointer", "interrupt", "omit_payload",
]  # fmt: skip

All = Literal["*"]
"""Stands for every node, where nodes can be listed."""
Durability = Literal["sync", "async", "exit"]
"""When a step is stored: before the next one starts, in order behind it, or when the run ends."""
ThreadStatus = Literal["running", "interrupted", "failed", "finished", "crashed"]
"""How a thread stands, as ``get_status`` tells it."""
StreamMode = Literal["values", "updates", "checkpoints", "tasks", "debug", "messages", "custom", "tools"]
"""What ``stream`` yields.

``values``: the state after each step. ``updates``: what each task wrote. ``messages``: tokens and messages, with where
they come from. ``custom``: what nodes write to their stream writer. ``checkpoints``: each checkpoint as it is made.
``tasks``: the beginning and the end of each task. ``debug``: these two, with the step and the time.
"""
StreamWriter = Callable[[Any], None]
TransactionHook = Callable[[Any, Any], None]
"""Called with a database connection and what a node or task returned, in the transaction that stores that."""
Checkpointer = Any
"""``None``, ``True``, ``False``, or a ``BaseCheckpointSaver``."""

N = TypeVar("N", bound=Hashable)
ResponseT = TypeVar("ResponseT", default=Any)


def ensure_valid_checkpointer(checkpointer: Checkpointer) -> Checkpointer:
    """``checkpointer`` itself, if it is a saver, a flag or ``None``.

    Raises:
        TypeError: When it is something else.

    Example:
        >>> ensure_valid_checkpointer(True)
        True
    """
    is_saver = hasattr(checkpointer, "get_tuple") and not isinstance(checkpointer, type)
    if checkpointer is None or isinstance(checkpointer, bool) or is_saver:
        return checkpointer
    raise TypeError(
        "Invalid checkpointer provided. Expected an instance of `BaseCheckpointSaver`, `True`, `False`, or `None`. "
        f"Received {type(checkpointer).__name__}. Pass a proper saver (e.g., InMemorySaver, AsyncPostgresSaver)."
    )


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
    timeout: TimeoutPolicy | None

    def __init__(
        self, /, node: str, arg: Any, *, timeout: float | timedelta | TimeoutPolicy | None = None
    ) -> None:
        self.node = node
        self.arg = arg
        self.timeout = None if timeout is None else TimeoutPolicy.coerce(timeout)

    def __repr__(self) -> str:
        tail = f", timeout={self.timeout!r}" if self.timeout is not None else ""
        return f"Send(node={self.node!r}, arg={self.arg!r}{tail})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Send):
            return NotImplemented
        return self.node == other.node and self.arg == other.arg and self.timeout == other.timeout

    def __hash__(self) -> int:
        return hash((self.node, self.arg, self.timeout))


if TYPE_CHECKING:
    from langchain_core.messages.tool import ToolOutputMixin as _ToolOutput
else:

    class _Base:
        """Something other than ``object``, so that the bases below it can be changed."""

    class _ToolOutput(_Base):
        """LangChain's ``ToolOutputMixin``, once that is loaded: what a tool may return as it is."""


_langchain_is_away = True


def _join_langchain() -> None:
    """Make commands results of LangChain's tools, if LangChain is there by now."""
    global _langchain_is_away
    loaded = getattr(sys.modules.get("langchain_core.messages.tool"), "ToolOutputMixin", None)
    if loaded is not None:
        _ToolOutput.__bases__ = (loaded,)
        _langchain_is_away = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Command(Generic[N], _ToolOutput):
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

    def __post_init__(self) -> None:
        if _langchain_is_away:
            _join_langchain()

    def __repr__(self) -> str:
        shown = ((key, _as_plain(getattr(self, key))) for key in ("graph", "update", "resume", "goto"))
        return f"Command({', '.join(f'{key}={value!r}' for key, value in shown if value)})"


def _as_plain(value: Any) -> Any:
    """``value`` with each dataclass in it as a dict of its fields."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _as_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_as_plain, value))
    if type(value) in (list, tuple):
        return type(value)(map(_as_plain, value))
    if type(value) is dict:
        return {_as_plain(key): _as_plain(item) for key, item in value.items()}
    return value


@dataclass(slots=True)
class Overwrite:
    """Replace a channel's value, bypassing its reducer. Two in one superstep are an ``InvalidUpdateError``.

    Example:
        >>> Overwrite([1])
        Overwrite(value=[1], type='__overwrite__')
    """

    value: Any
    type: Literal["__overwrite__"] = "__overwrite__"


def interrupt_id(task_id: str, index: int) -> str:
    """The id of the question that a task asks as its ``index``-th: 32 hex digits, the same in every attempt."""
    from hashlib import blake2b  # loads OpenSSL, which importing a graph's words does not need

    return blake2b(f"{task_id}?{index}".encode(), digest_size=16).hexdigest()


_NO_ID = "placeholder-id"


@final
@dataclass(init=False, slots=True)
class Interrupt(Generic[ResponseT]):
    """A question that a node asked with :func:`interrupt`.

    Args:
        value: What the node asked.
        id: Answers are addressed by it.
        response_schema: The shape of a valid answer.
        old: ``ns``, the levels of the namespace of the task that asks, stands for an id; ``when`` and ``resumable``
            are not used any more.

    Example:
        >>> Interrupt("Send it?", id="a1")
        Interrupt(value='Send it?', id='a1', response_schema=None)
    """

    value: Any
    """What the node asked."""
    id: str
    """Answers are addressed by it: ``Command(resume={id: answer})``."""
    response_schema: type[ResponseT] | dict[str, Any] | None = None
    """The shape of a valid answer: a Pydantic model, dataclass, TypedDict, other type, or a JSON schema."""

    def __init__(
        self,
        value: Any,
        id: str = _NO_ID,
        *,
        response_schema: type[ResponseT] | dict[str, Any] | None = None,
        **old: Any,
    ) -> None:
        if unknown := old.keys() - {"ns", "when", "resumable"}:
            raise TypeError(f"Interrupt() got an unexpected keyword argument {min(unknown)!r}")
        self.value = value
        self.id = _first_id("|".join(old["ns"])) if id == _NO_ID and old.get("ns") else id
        self.response_schema = response_schema

    @classmethod
    def from_ns(
        cls, value: Any, ns: str, *, response_schema: type[ResponseT] | dict[str, Any] | None = None
    ) -> Interrupt[ResponseT]:
        """The first question of the task that has this checkpoint namespace."""
        return cls(value, _first_id(ns), response_schema=response_schema)

    @property
    def interrupt_id(self) -> str:
        """The old name of ``id``."""
        warn("`interrupt_id` is deprecated. Use `id` instead.", LangGraphDeprecatedSinceV10, stacklevel=2)
        return self.id


def _first_id(namespace: str) -> str:
    return interrupt_id(namespace.rpartition(":")[2], 0)


@overload
def interrupt(value: Any, *, response_schema: type[ResponseT]) -> ResponseT: ...


@overload
def interrupt(value: Any, *, response_schema: dict[str, Any] | None = None) -> Any: ...


def interrupt(value: Any, *, response_schema: dict[str, Any] | type | None = None) -> Any:
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

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     name: str
        >>> def ask(state):
        ...     return {"name": interrupt("What is your name?")}
        >>> graph = StateGraph(State).add_node(ask).add_edge(START, "ask").compile(InMemorySaver())
        >>> thread = {"configurable": {"thread_id": "1"}}
        >>> graph.invoke({"name": ""}, thread)["__interrupt__"][0].value
        'What is your name?'
        >>> graph.invoke(Command(resume="Ada"), thread)
        {'name': 'Ada'}
    """
    __tracebackhide__ = True
    return require_scope("interrupt").interrupt(value, response_schema)


HTTP_ERRORS = frozenset([("httpx", "HTTPStatusError"), ("requests", "HTTPError")])
"""Errors that say what a server answered; told by name, so that nothing is imported for them."""


def default_retry_on(exc: Exception) -> bool:
    """Whether a failure looks transient: mistakes in code are not; lost connections and server errors are.

    Example:
        >>> default_retry_on(ConnectionError("lost")), default_retry_on(ValueError("wrong"))
        (True, False)
    """
    if isinstance(exc, ConnectionError):
        return True
    if any((kind.__module__.partition(".")[0], kind.__name__) in HTTP_ERRORS for kind in type(exc).__mro__):
        status = getattr(getattr(exc, "response", None), "status_code", None)
        return status is None or 500 <= status < 600
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


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeoutPolicy:
    """How long one attempt of an async node may take. A node that blocks its event loop is stopped only after that.

    Example:
        >>> TimeoutPolicy.coerce(timedelta(minutes=1))
        TimeoutPolicy(run_timeout=60.0, idle_timeout=None, refresh_on='auto')
    """

    run_timeout: float | timedelta | None = None
    """Seconds that an attempt may take in all."""
    idle_timeout: float | timedelta | None = None
    """Seconds that an attempt may take without a sign of life."""
    refresh_on: Literal["auto", "heartbeat"] = "auto"
    """What a sign of life is: ``runtime.heartbeat()`` only; or with ``"auto"`` also custom data, tasks and graphs that
    it runs, and every event of a model, tool or chain below it."""

    @classmethod
    def coerce(cls, value: float | timedelta | TimeoutPolicy | None) -> TimeoutPolicy | None:
        """A policy with its limits in seconds; a number or ``timedelta`` is a ``run_timeout``.

        Returns:
            The policy, or ``None`` where nothing is limited.

        Raises:
            ValueError: For a limit that is not positive, or an unknown ``refresh_on``.
        """
        if value is None:
            return None
        policy = value if isinstance(value, TimeoutPolicy) else cls(run_timeout=value)
        if policy.refresh_on not in ("auto", "heartbeat"):
            raise ValueError("refresh_on must be 'auto' or 'heartbeat'")
        run, idle = _seconds(policy.run_timeout, "run_timeout"), _seconds(policy.idle_timeout, "idle_timeout")
        if run is None and idle is None:
            return None
        return cls(run_timeout=run, idle_timeout=idle, refresh_on=policy.refresh_on)


Timeout = float | timedelta | TimeoutPolicy | None
"""A limit in any form: seconds, a ``timedelta``, a policy, or none."""


def _seconds(value: float | timedelta | None, name: str) -> float | None:
    if value is None:
        return None
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds <= 0:
        raise ValueError(f"{name} must be greater than 0")
    return seconds


KeyFuncT = TypeVar("KeyFuncT", bound=Callable[..., str | bytes])


@dataclass(frozen=True, kw_only=True, slots=True)
class CachePolicy(Generic[KeyFuncT]):
    """That results of a node are kept, and taken again where its input is equal. The graph needs a ``cache``.

    Example:
        >>> policy = CachePolicy(key_func=lambda state: state["question"], ttl=60)
        >>> policy.key_func({"question": "Why?", "asked_by": "ada"})
        'Why?'
    """

    key_func: KeyFuncT = default_cache_key  # type: ignore[assignment]
    """From the input to a text or bytes; equal keys share a result."""
    ttl: int | None = None
    """Seconds that a result is kept; ``None`` without an end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TracePolicy:
    """What a node's own run shows in traces: its input and output, each passed through a function.

    It changes nothing of what the node is given or returns, and nothing of runs below it.

    Example:
        >>> policy = TracePolicy(process_inputs=omit_payload)
        >>> policy.process_inputs({"messages": ["a long history"]})
        {}
    """

    process_inputs: Callable[[Any], Any] | None = None
    """Gets the node's input, returns what is recorded."""
    process_outputs: Callable[[Any], Any] | None = None
    """Gets the node's output, returns what is recorded."""


def omit_payload(_value: Any) -> dict[str, Any]:
    """For a ``TracePolicy``: records that the node ran, and nothing of its data.

    Example:
        >>> omit_payload("a secret")
        {}
    """
    return {}


class CacheKey(NamedTuple):
    """Where the result of a task is cached.

    Example:
        >>> CacheKey(("nodes", "search"), "5d41", ttl=60).ttl
        60
    """

    ns: tuple[str, ...]
    key: str
    ttl: int | None
    """Seconds that it is kept, ``None`` without an end."""


class StateUpdate(NamedTuple):
    """One write of ``bulk_update_state``.

    Example:
        >>> StateUpdate({"n": 1}, as_node="count").as_node
        'count'
    """

    values: dict[str, Any] | None
    as_node: str | None = None
    task_id: str | None = None


class PregelTask(NamedTuple):
    """A task of a snapshot: what runs, or ran, in the superstep after it.

    Example:
        >>> PregelTask("1", "answer", ("__pregel_pull", "answer")).result is None
        True
    """

    id: str
    name: str
    path: tuple[str | int | tuple[Any, ...], ...]
    error: Exception | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: RunnableConfig | StateSnapshot | None = None
    result: Any | None = None


class StateSnapshot(NamedTuple):
    """The state of a thread at one checkpoint.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one")
        >>> graph = builder.compile(InMemorySaver(), interrupt_before=["one"])
        >>> thread = {"configurable": {"thread_id": "1"}}
        >>> graph.invoke({"n": 0}, thread)
        {'n': 0}
        >>> graph.get_state(thread).next
        ('one',)
    """

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


def __getattr__(name: str) -> Any:
    """The shapes of what streams say, loaded when somebody asks for one."""
    if name in __all__:
        from langgraph_nb import parts

        return getattr(parts, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
