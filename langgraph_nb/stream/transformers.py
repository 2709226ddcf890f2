"""The transformers that come with the package: those of one stream mode, and messages one by one.

Each makes a projection of the graph that it is for; graphs inside have their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.language_models._compat_bridge import message_to_events
from langchain_core.language_models.chat_model_stream import AsyncChatModelStream, ChatModelStream
from langchain_core.messages import AIMessageChunk, BaseMessage, ToolMessage

from langgraph_nb.stream.lifecycle import (
    LifecyclePayload,
    LifecycleTransformer,
    SubgraphStatus,
    SubgraphTransformer,
)
from langgraph_nb.stream.stream_channel import StreamChannel
from langgraph_nb.stream.transformer import ProtocolEvent, Scope, StreamTransformer

if TYPE_CHECKING:
    from langgraph_nb.stream.mux import StreamMux

__all__ = [
    "CheckpointsTransformer", "CustomTransformer", "DebugTransformer", "LifecyclePayload", "LifecycleTransformer",
    "MessagesTransformer", "SubgraphStatus", "SubgraphTransformer", "TasksTransformer", "UpdatesTransformer",
    "ValuesTransformer",
]  # fmt: skip


class _OneMode(StreamTransformer):
    """What one stream mode tells of the graph."""

    _native = True
    mode: ClassVar[str]

    def __init_subclass__(cls, mode: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.mode, cls.required_stream_modes = mode, (mode,)

    def __init__(self, scope: Scope = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[Any] = StreamChannel()
        self._namespace = list(scope)

    def init(self) -> dict[str, Any]:
        """The projection, called as its mode is."""
        return {self.mode: self._log}

    def process(self, event: ProtocolEvent) -> bool:
        """Take what the mode tells of this graph."""
        if event["method"] == self.mode and event["params"]["namespace"] == self._namespace:
            self._log.push(event["params"]["data"])
        return True


class ValuesTransformer(_OneMode, mode="values"):
    """``run.values``: the whole state after each step. It is part of every run.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> list(graph.stream_events({}, version="v3").values)
        [{}, {'x': 1}]
    """

    @property
    def error(self) -> BaseException | None:
        """What the run failed with."""
        return self._log._error


class UpdatesTransformer(_OneMode, mode="updates"):
    """``run.updates``: what each node wrote, as ``{node: update}``.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.stream import UpdatesTransformer
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> run = graph.stream_events({}, version="v3", transformers=[UpdatesTransformer])
        >>> list(run.updates)
        [{'a': {'x': 1}}]
    """


class CustomTransformer(_OneMode, mode="custom"):
    """``run.custom``: what nodes wrote to their stream writers.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.stream import CustomTransformer
        >>> from langgraph_nb.config import get_stream_writer
        >>> def node(state):
        ...     get_stream_writer()("half way")
        ...     return {"x": 1}
        >>> graph = StateGraph(dict).add_node("a", node).add_edge(START, "a").compile()
        >>> run = graph.stream_events({}, version="v3", transformers=[CustomTransformer])
        >>> list(run.custom)
        ['half way']
    """


class CheckpointsTransformer(_OneMode, mode="checkpoints"):
    """``run.checkpoints``: the checkpoints as they are made, where the graph has a checkpointer.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> from langgraph_nb.stream import CheckpointsTransformer
        >>> builder = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a")
        >>> graph = builder.compile(checkpointer=InMemorySaver(), transformers=[CheckpointsTransformer])
        >>> run = graph.stream_events({}, {"configurable": {"thread_id": "1"}}, version="v3")
        >>> [(checkpoint["values"], checkpoint["next"]) for checkpoint in run.checkpoints][-1]
        ({'x': 1}, [])
    """


class TasksTransformer(_OneMode, mode="tasks"):
    """``run.tasks``: the beginning and the end of each task.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.stream import TasksTransformer
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> run = graph.stream_events({}, version="v3", transformers=[TasksTransformer])
        >>> [task["name"] for task in run.tasks]
        ['a', 'a']
    """


class DebugTransformer(_OneMode, mode="debug"):
    """``run.debug``: checkpoints and tasks, each with its step and time.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.stream import DebugTransformer
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> run = graph.stream_events({}, version="v3", transformers=[DebugTransformer])
        >>> [item["type"] for item in run.debug if item["type"] != "checkpoint"]
        ['task', 'task_result']
    """


class MessagesTransformer(StreamTransformer):
    """``run.messages``: one langchain-core ``ChatModelStream`` for each message. It is part of every run.

    Messages of models come as they are produced, by content blocks; those that nodes return come whole. Results of
    tools are none of them.

    Example:
        >>> from langchain_core.messages import AIMessage
        >>> from langgraph_nb.graph import START, MessagesState, StateGraph
        >>> builder = StateGraph(MessagesState).add_node("bot", lambda state: {"messages": [AIMessage("Hello!")]})
        >>> run = builder.add_edge(START, "bot").compile().stream_events({"messages": []}, version="v3")
        >>> for message in run.messages:
        ...     print(message.node, message.text, message.output.type)
        bot Hello! ai
    """

    _native = True
    required_stream_modes = ("messages",)

    def __init__(self, scope: Scope = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[ChatModelStream | AsyncChatModelStream] = StreamChannel()
        self._open: dict[str, ChatModelStream | AsyncChatModelStream | None] = {}
        """Run id of a model call -> its message; ``None`` where it is not shown."""
        self._namespace = list(scope)
        self._mux: StreamMux | None = None

    def init(self) -> dict[str, Any]:
        """The projection."""
        return {"messages": self._log}

    def _on_register(self, mux: StreamMux) -> None:
        self._mux = mux

    def process(self, event: ProtocolEvent) -> bool:
        """Take a whole message, or a part of one, of this graph."""
        if event["method"] == "messages" and event["params"]["namespace"] == self._namespace:
            payload, metadata = event["params"]["data"]
            node = metadata.get("langgraph_node")
            if isinstance(payload, dict) and "event" in payload:
                self._take_part(payload, str(metadata.get("run_id", "")), node)
            elif isinstance(payload, BaseMessage) and not isinstance(payload, (AIMessageChunk, ToolMessage)):
                stream = self._stream(node, payload.id)
                for part in message_to_events(payload, message_id=payload.id):
                    stream.dispatch(part)
                self._log.push(stream)
        return True

    def _take_part(self, part: dict[str, Any], call: str, node: str | None) -> None:
        if part["event"] == "message-start":
            shown = part.get("role") != "tool"
            message_id = part.get("message_id")
            stream = self._stream(node, None if message_id is None else str(message_id)) if shown else None
            self._open[call] = stream
            if stream is not None:
                self._log.push(stream)
        else:
            stream = self._open.get(call)
        if stream is not None:
            stream.dispatch(part)
        if part["event"] == "message-finish":
            self._open.pop(call, None)

    def _stream(self, node: str | None, message_id: str | None) -> ChatModelStream | AsyncChatModelStream:
        """A message that is about to come; reading it drives the run on."""
        mux = self._mux
        if mux is not None and mux.pump is not None:
            stream = ChatModelStream(namespace=[], node=node, message_id=message_id)
            stream.set_request_more(mux.pump)
            return stream
        awaited = AsyncChatModelStream(namespace=[], node=node, message_id=message_id)
        if mux is not None and mux.apump is not None:
            awaited.set_arequest_more(mux.apump)
        return awaited

    def finalize(self) -> None:
        """Nothing more comes."""
        self._open.clear()

    def fail(self, err: BaseException) -> None:
        """Messages that are not complete fail with the run."""
        for stream in self._open.values():
            if stream is not None:
                stream.fail(err)
        self._open.clear()


ALWAYS = (ValuesTransformer, MessagesTransformer, LifecycleTransformer, SubgraphTransformer)
"""What every event stream is made into."""
