"""What streams yield, as types: the payloads of checkpoints, tasks and debug, and the parts of ``version="v2"``.

``langgraph_nb.types`` has these names; they are declared here so that the words of the programming model stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NotRequired
from warnings import warn

from typing_extensions import TypeAliasType, TypedDict, TypeVar

from langgraph_nb.constants import INTERRUPT
from langgraph_nb.warnings import LangGraphDeprecatedSinceV11

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage
    from langchain_core.runnables import RunnableConfig

    from langgraph_nb.persistence import CheckpointMetadata
    from langgraph_nb.types import Interrupt, StateSnapshot

StateT = TypeVar("StateT")
OutputT = TypeVar("OutputT")

# -- payloads ---------------------------------------------------------------------------------------------------------


class TaskPayload(TypedDict):
    """A task begins.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> graph = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one").compile()
        >>> started, ended = graph.stream({"n": 0}, stream_mode="tasks")
        >>> started["name"], started["input"]
        ('one', {'n': 0})
    """

    id: str
    name: str
    """The node."""
    input: Any
    """What the node is called with."""
    triggers: list[str]
    """The channels that made it run."""
    metadata: NotRequired[dict[str, Any]]
    """The caller's metadata and tags and the node's, where there are any."""


class TaskResultPayload(TypedDict):
    """A task has ended.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> graph = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one").compile()
        >>> started, ended = graph.stream({"n": 0}, stream_mode="tasks")
        >>> ended["name"], ended["result"]
        ('one', {'n': 1})
    """

    id: str
    name: str
    error: str | None
    """What it raised, or ``None``."""
    interrupts: list[dict[str, Any]]
    """What it asks."""
    result: dict[str, Any]
    """Channel -> what it wrote there; ``{"$writes": [...]}`` where it wrote several times."""


class CheckpointTask(TypedDict):
    """A task that follows on a checkpoint.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one")
        >>> graph, thread = builder.compile(InMemorySaver()), {"configurable": {"thread_id": "1"}}
        >>> begun, *_ = graph.stream({"n": 0}, thread, stream_mode="checkpoints")
        >>> [task["name"] for task in begun["tasks"]]
        ['__start__']
    """

    id: str
    name: str
    error: NotRequired[str]
    """What it raised; only of one that failed."""
    result: NotRequired[Any]
    """What it wrote; only of one that has finished."""
    interrupts: NotRequired[list[dict[str, Any]]]
    """What it asked; not of one that failed."""
    state: StateSnapshot | RunnableConfig | None
    """The state of the graph that it runs, or what addresses it."""


class CheckpointPayload(TypedDict, Generic[StateT]):
    """A checkpoint, in the form of a ``StateSnapshot``.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one")
        >>> graph, thread = builder.compile(InMemorySaver()), {"configurable": {"thread_id": "1"}}
        >>> [step["values"] for step in graph.stream({"n": 0}, thread, stream_mode="checkpoints")][1:]
        [{'n': 0}, {'n': 1}]
    """

    config: RunnableConfig | None
    metadata: CheckpointMetadata
    values: StateT
    next: list[str]
    parent_config: RunnableConfig | None
    tasks: list[CheckpointTask]


class _DebugCheckpointPayload(TypedDict, Generic[StateT]):
    step: int
    timestamp: str
    type: Literal["checkpoint"]
    payload: CheckpointPayload[StateT]


class _DebugTaskPayload(TypedDict):
    step: int
    timestamp: str
    type: Literal["task"]
    payload: TaskPayload


class _DebugTaskResultPayload(TypedDict):
    step: int
    timestamp: str
    type: Literal["task_result"]
    payload: TaskResultPayload


DebugPayload = TypeAliasType(
    "DebugPayload",
    _DebugCheckpointPayload[StateT] | _DebugTaskPayload | _DebugTaskResultPayload,
    type_params=(StateT,),
)
"""A chunk of ``debug``: the superstep, the time (ISO 8601 in UTC), and a payload that ``type`` tells the kind of."""

# -- parts ------------------------------------------------------------------------------------------------------------


class ValuesStreamPart(TypedDict, Generic[OutputT]):
    """The whole state after a step, and what is asked.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> graph = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one").compile()
        >>> [part["data"] for part in graph.stream({"n": 0}, stream_mode="values", version="v2")]
        [{'n': 0}, {'n': 1}]
    """

    type: Literal["values"]
    ns: tuple[str, ...]
    """Where it is from: empty for the graph itself, ``("node:task id", ...)`` for one inside."""
    data: OutputT
    interrupts: tuple[Interrupt, ...]


class UpdatesStreamPart(TypedDict):
    """What a task wrote: ``{node: update}``.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> graph = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one").compile()
        >>> list(graph.stream({"n": 0}, stream_mode="updates", version="v2"))
        [{'type': 'updates', 'ns': (), 'data': {'one': {'n': 1}}}]
    """

    type: Literal["updates"]
    ns: tuple[str, ...]
    data: dict[str, Any]


class MessagesStreamPart(TypedDict):
    """A message or a chunk of one, and the metadata of the task that it is from.

    Example:
        >>> from langchain_core.messages import AIMessage
        >>> from langgraph_nb.graph import START, MessagesState, StateGraph
        >>> builder = StateGraph(MessagesState).add_node("bot", lambda state: {"messages": [AIMessage("Hello!")]})
        >>> graph = builder.add_edge(START, "bot").compile()
        >>> [part] = graph.stream({"messages": []}, stream_mode="messages", version="v2")
        >>> part["data"][0].content, part["data"][1]["langgraph_node"]
        ('Hello!', 'bot')
    """

    type: Literal["messages"]
    ns: tuple[str, ...]
    data: tuple[AnyMessage, dict[str, Any]]


class CustomStreamPart(TypedDict):
    """What a node wrote to its stream writer.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.config import get_stream_writer
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> def node(state):
        ...     get_stream_writer()("half")
        >>> graph = StateGraph(State).add_node(node).add_edge(START, "node").compile()
        >>> list(graph.stream({"n": 0}, stream_mode="custom", version="v2"))
        [{'type': 'custom', 'ns': (), 'data': 'half'}]
    """

    type: Literal["custom"]
    ns: tuple[str, ...]
    data: Any


class CheckpointStreamPart(TypedDict, Generic[StateT]):
    """A checkpoint.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one")
        >>> graph, thread = builder.compile(InMemorySaver()), {"configurable": {"thread_id": "1"}}
        >>> parts = list(graph.stream({"n": 0}, thread, stream_mode="checkpoints", version="v2"))
        >>> parts[-1]["type"], parts[-1]["data"]["next"]
        ('checkpoints', [])
    """

    type: Literal["checkpoints"]
    ns: tuple[str, ...]
    data: CheckpointPayload[StateT]


class TasksStreamPart(TypedDict):
    """The beginning or the end of a task.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> graph = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one").compile()
        >>> [part["data"]["name"] for part in graph.stream({"n": 0}, stream_mode="tasks", version="v2")]
        ['one', 'one']
    """

    type: Literal["tasks"]
    ns: tuple[str, ...]
    data: TaskPayload | TaskResultPayload


class DebugStreamPart(TypedDict, Generic[StateT]):
    """A checkpoint, or the beginning or the end of a task.

    Example:
        >>> from typing_extensions import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> graph = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one").compile()
        >>> [part["data"]["type"] for part in graph.stream({"n": 0}, stream_mode="debug", version="v2")][-2:]
        ['task', 'task_result']
    """

    type: Literal["debug"]
    ns: tuple[str, ...]
    data: DebugPayload[StateT]


StreamPart = TypeAliasType(
    "StreamPart",
    ValuesStreamPart[OutputT]
    | UpdatesStreamPart
    | MessagesStreamPart
    | CustomStreamPart
    | CheckpointStreamPart[StateT]
    | TasksStreamPart
    | DebugStreamPart[StateT],
    type_params=(StateT, OutputT),
)
"""What ``stream(version="v2")`` yields; ``part["type"]`` says which it is."""


@dataclass(frozen=True)
class GraphOutput(Generic[OutputT]):
    """What ``invoke(version="v2")`` returns.

    Example:
        >>> GraphOutput({"n": 1}).value
        {'n': 1}
    """

    value: OutputT
    """The output: an instance of the output schema where that is a class, else a dict."""
    interrupts: tuple[Interrupt, ...] = ()
    """The questions that wait for an answer."""

    def __getitem__(self, key: str) -> Any:
        """The old way: a key of the output, or the interrupts."""
        _warn("`result[key]`")
        if key == INTERRUPT:
            return self.interrupts
        if isinstance(self.value, dict):
            return self.value[key]
        try:
            return getattr(self.value, key)
        except AttributeError:
            raise KeyError(key) from None

    def __contains__(self, key: object) -> bool:
        """The old way: whether the output has a key, or something is asked."""
        _warn("`key in result`")
        if key == INTERRUPT:
            return bool(self.interrupts)
        if isinstance(self.value, dict):
            return key in self.value
        return isinstance(key, str) and hasattr(self.value, key)


def _warn(old: str) -> None:
    warn(
        f"Accessing GraphOutput via {old} is deprecated. Use `result.value` to access the output value directly, "
        "or `result.interrupts` for interrupts.",
        LangGraphDeprecatedSinceV11,
        stacklevel=3,
    )
