"""Errors, by whose fault they are. All are what a LangGraph program would catch.

Mistakes in a graph or its input: ``InvalidUpdateError``, ``EmptyInputError``, ``ValueError`` with a hint.
What a run ran into: ``GraphRecursionError``, ``NodeCancelledError``, ``NodeTimeoutError``; another run on its thread:
``ThreadBusyError``, ``ThreadLostError``.
Not errors but signals: ``GraphBubbleUp`` and below; a node must let them pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from warnings import warn

from langgraph_nb.types import Interrupt
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

if TYPE_CHECKING:
    from langgraph_nb.shape import GraphDifference
    from langgraph_nb.types import Command

__all__ = [
    "EmptyChannelError", "EmptyInputError", "ErrorCode", "GraphBubbleUp", "GraphChanged", "GraphDrained",
    "GraphInterrupt", "GraphRecursionError", "InvalidUpdateError", "NodeCancelledError", "NodeError", "NodeInterrupt",
    "NodeTimeoutError", "ParentCommand", "TaskNotFound", "ThreadBusyError", "ThreadConflictError",
    "ThreadLostError", "UnknownInterruptError", "did_you_mean", "is_invalid_resume",
]  # fmt: skip


class ErrorCode(Enum):
    """The codes that LangGraph's troubleshooting pages are named by.

    Example:
        >>> ErrorCode("MULTIPLE_SUBGRAPHS").name
        'MULTIPLE_SUBGRAPHS'
    """

    GRAPH_RECURSION_LIMIT = "GRAPH_RECURSION_LIMIT"
    INVALID_CONCURRENT_GRAPH_UPDATE = "INVALID_CONCURRENT_GRAPH_UPDATE"
    INVALID_GRAPH_NODE_RETURN_VALUE = "INVALID_GRAPH_NODE_RETURN_VALUE"
    MULTIPLE_SUBGRAPHS = "MULTIPLE_SUBGRAPHS"
    INVALID_CHAT_HISTORY = "INVALID_CHAT_HISTORY"


def with_code(message: str, code: ErrorCode) -> str:
    """``message`` with the address of the page on ``code``."""
    page = f"https://docs.langchain.com/oss/python/langgraph/errors/{code.value}"
    return f"{message}\nFor troubleshooting, visit: {page}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the closest known one, or the list of them.

    Example:
        >>> did_you_mean("classfy", ["classify", "reply"])
        "Did you mean 'classify'?"
    """
    names = sorted(str(k) for k in known)
    if close := get_close_matches(str(name), names, n=1):
        return f"Did you mean {close[0]!r}?"
    return f"Known names: {', '.join(map(repr, names))}." if names else "There are none yet."


class EmptyChannelError(Exception):
    """A channel was read that has no value yet.

    Example:
        >>> from langgraph_nb.channels import LastValue
        >>> try:
        ...     LastValue(int).get()
        ... except EmptyChannelError:
        ...     print("nothing there")
        nothing there
    """


class EmptyInputError(Exception):
    """A run was started with nothing to start from.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> graph = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one").compile()
        >>> try:
        ...     graph.invoke(None)
        ... except EmptyInputError:
        ...     print("nothing to go on with")
        nothing to go on with
    """


class InvalidUpdateError(Exception):
    """A channel cannot take what was written to it.

    Example:
        >>> from langgraph_nb.channels import LastValue
        >>> try:
        ...     LastValue(int, "n").update([1, 2])
        ... except InvalidUpdateError as error:
        ...     print(str(error).splitlines()[0])
        At key 'n': Can receive only one value per step. Use an Annotated key to handle multiple values.
    """


class GraphChanged(InvalidUpdateError):
    """A thread cannot go on in a graph that was changed since, without losing something of it.

    Attributes:
        difference: What was changed (``langgraph_nb.shape.GraphDifference``).
        renamed: What it looks like: a node or key that is gone -> the new one that it may be now.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb import START, InMemorySaver, StateGraph
        >>> saver, thread = InMemorySaver(), {"configurable": {"thread_id": "1"}}
        >>> for key in ("count", "counter"):
        ...     builder = StateGraph(TypedDict("State", {key: int})).add_node("a", lambda state: {})
        ...     graph = builder.add_edge(START, "a").compile(checkpointer=saver)
        ...     try:
        ...         graph.invoke({key: 1}, thread)
        ...     except GraphChanged as error:
        ...         print(error.difference, error.renamed)
        {'count': 1}
        keys gone: 'count'; keys added: 'counter' {'count': 'counter'}
    """

    def __init__(self, message: str, difference: GraphDifference, renamed: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.difference = difference
        self.renamed = dict(renamed or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.difference, self.renamed)


class GraphRecursionError(RecursionError):
    """A run did not stop within ``recursion_limit`` supersteps.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("again", lambda state: {"n": 1}).add_edge("again", "again")
        >>> try:
        ...     builder.add_edge(START, "again").compile().invoke({"n": 0}, {"recursion_limit": 5})
        ... except GraphRecursionError as error:
        ...     print(str(error).split(" without")[0])
        Recursion limit of 5 reached
    """


class TaskNotFound(Exception):
    """A task id that is not there.

    Example:
        >>> issubclass(TaskNotFound, Exception)
        True
    """


class NodeCancelledError(Exception):
    """A node raised a cancellation that nobody had asked for.

    Example:
        >>> print(NodeCancelledError("search"))
        Node 'search' raised asyncio.CancelledError
    """

    def __init__(self, node: str, message: str | None = None) -> None:
        self.node = node
        super().__init__(message or f"Node {node!r} raised asyncio.CancelledError")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.node, *self.args)


class NodeTimeoutError(Exception):
    """A node took longer than its timeout allows. It is no ``TimeoutError``, so that retries count it as transient.

    Attributes:
        node: The node.
        kind: Which limit it was: ``"run"`` or ``"idle"``.
        timeout: That limit in seconds.
        run_timeout: The limit for the whole attempt, if there is one.
        idle_timeout: The limit for silence, if there is one.
        elapsed: Seconds that the attempt had taken.

    Example:
        >>> print(NodeTimeoutError("search", 2.5, kind="run", run_timeout=2.0))
        Node 'search' exceeded its run timeout of 2.000s (elapsed: 2.500s).
    """

    def __init__(
        self,
        node: str,
        elapsed: float,
        *,
        kind: Literal["idle", "run"],
        idle_timeout: float | None = None,
        run_timeout: float | None = None,
    ) -> None:
        if kind not in ("idle", "run"):
            raise ValueError("kind must be 'idle' or 'run'")
        limit = idle_timeout if kind == "idle" else run_timeout
        if limit is None:
            raise ValueError(f"{kind}_timeout is required when kind='{kind}'")
        silence = " without making progress" if kind == "idle" else ""
        super().__init__(
            f"Node '{node}' exceeded its {kind} timeout of {limit:.3f}s{silence} (elapsed: {elapsed:.3f}s)."
        )
        self.node = node
        self.timeout = limit
        self.run_timeout = run_timeout
        self.idle_timeout = idle_timeout
        self.elapsed = elapsed
        self.kind: Literal["idle", "run"] = kind

    def __reduce__(self) -> tuple[Any, ...]:
        limits = partial(type(self), kind=self.kind, idle_timeout=self.idle_timeout, run_timeout=self.run_timeout)
        return limits, (self.node, self.elapsed), vars(self)


@dataclass(frozen=True, slots=True)
class NodeError:
    """What an error handler is told: give it a parameter ``error: NodeError``.

    Example:
        >>> NodeError("search", ValueError("no query"))
        NodeError(node='search', error=ValueError('no query'))
    """

    node: str
    """The node that failed."""
    error: BaseException
    """What it raised in its last attempt."""


class ThreadConflictError(RuntimeError):
    """Two runs, or a run and an update, wanted to write to one thread at the same time.

    Attributes:
        thread_id: The thread.

    Example:
        >>> issubclass(ThreadBusyError, ThreadConflictError), issubclass(ThreadLostError, ThreadConflictError)
        (True, True)
    """

    def __init__(self, message: str, thread_id: str) -> None:
        super().__init__(message)
        self.thread_id = thread_id

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.thread_id), vars(self)


class ThreadBusyError(ThreadConflictError):
    """Another run is writing to the thread. Nothing was run and nothing stored: try again, or wait for it.

    Attributes:
        thread_id: The thread.
        holder: Who writes to it, in words.
        since: Since when, in seconds since the epoch.

    Example:
        >>> error = ThreadBusyError("Thread '1' is busy.", "1", holder="process 7", since=0.0)
        >>> error.thread_id, error.holder
        ('1', 'process 7')
    """

    def __init__(self, message: str, thread_id: str, holder: str = "", since: float = 0.0) -> None:
        super().__init__(message, thread_id)
        self.holder = holder
        self.since = since


class ThreadLostError(ThreadConflictError):
    """The run's thread was taken over by another one, or deleted. What it still wanted to store was not stored.

    Example:
        >>> ThreadLostError("Thread '1' was taken over.", "1").thread_id
        '1'
    """


class UnknownInterruptError(Exception):
    """An answer for an interrupt that is not pending.

    Example:
        >>> UnknownInterruptError("No such question.", reason="not_pending", interrupt_ids=["a1"]).interrupt_ids
        ('a1',)
    """

    def __init__(
        self,
        message: str,
        *,
        reason: Literal["not_pending", "empty_map", "ambiguous"],
        interrupt_ids: Sequence[str] = (),
        pending_ids: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.interrupt_ids = tuple(interrupt_ids)
        self.pending_ids = tuple(pending_ids)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), reason=self.reason), self.args, vars(self)


class GraphBubbleUp(Exception):
    """A signal from a task to the graph above it. Not an error; a node must not swallow it.

    Example:
        >>> issubclass(GraphInterrupt, GraphBubbleUp), issubclass(ParentCommand, GraphBubbleUp)
        (True, True)
    """


class GraphDrained(GraphBubbleUp):
    """A run stopped between two steps because it was asked to drain. Its thread can be gone on with.

    Example:
        >>> GraphDrained("deploy").reason
        'deploy'
    """

    def __init__(self, reason: str = "shutdown") -> None:
        self.reason = reason
        super().__init__(f"Graph drained: {reason}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason,)


class GraphInterrupt(GraphBubbleUp):
    """A task paused to ask.

    Example:
        >>> GraphInterrupt([Interrupt("Send it?", id="a1")]).args[0][0].value
        'Send it?'
    """

    def __init__(self, interrupts: Sequence[Interrupt] = ()) -> None:
        super().__init__(interrupts)


class NodeInterrupt(GraphInterrupt):
    """The old way to pause: raised by a node, which cannot be answered. Call ``types.interrupt`` instead.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):
        ...     error = NodeInterrupt("Too long", id="a1")
        >>> error.args[0][0].value
        'Too long'
    """

    def __init__(self, value: Any, id: str | None = None) -> None:
        text = "NodeInterrupt is deprecated. Please use `langgraph.types.interrupt` instead."
        warn(text, LangGraphDeprecatedSinceV10, stacklevel=2)
        super().__init__([Interrupt(value) if id is None else Interrupt(value, id)])


class ParentCommand(GraphBubbleUp):
    """A command for the graph above.

    Example:
        >>> from langgraph_nb.types import Command
        >>> ParentCommand(Command(graph=Command.PARENT, goto="other")).args[0].goto
        'other'
    """

    args: tuple[Command[Any]]

    def __init__(self, command: Command[Any]) -> None:
        super().__init__(command)


_REFUSED = "_langgraph_invalid_resume"


def mark_invalid_resume(error: BaseException) -> None:
    """Note on ``error`` that an answer was refused."""
    setattr(error, _REFUSED, True)


def is_invalid_resume(error: BaseException) -> bool:
    """Whether an error says that an answer did not fit its question's ``response_schema``.

    Example:
        >>> is_invalid_resume(ValueError("of something else"))
        False
    """
    return getattr(error, _REFUSED, False) is True
