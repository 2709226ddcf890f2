"""Tool calls of a run as an event stream shows them: one stream for each, of what the tool puts out on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from langgraph_nb.stream.stream_channel import StreamChannel
from langgraph_nb.stream.transformer import ProtocolEvent, Scope, StreamTransformer

if TYPE_CHECKING:
    from langgraph_nb.stream.mux import StreamMux


class ToolCallStream:
    """One tool call. Iterated, it gives what the tool puts out on the way, and drives the run on.

    Args:
        tool_call_id: The id that the model gave the call.
        tool_name: The tool.
        input: The arguments.
    """

    def __init__(self, tool_call_id: str, tool_name: str, input: dict[str, Any] | None = None) -> None:
        self.tool_call_id = tool_call_id
        self.tool_name = tool_name
        self.input = input
        self.output: Any = None
        """What it returned, once it has."""
        self.error: str | None = None
        """What it failed with, if it did."""
        self.completed = False
        """Whether it is over, either way."""
        self._deltas: StreamChannel[Any] = StreamChannel()

    @property
    def output_deltas(self) -> StreamChannel[Any]:
        """What it puts out on the way."""
        return self._deltas

    def _end(self, output: Any = None, error: str | None = None) -> None:
        self.output, self.error, self.completed = output, error, True
        self._deltas.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._deltas)

    def __aiter__(self) -> AsyncIterator[Any]:
        return aiter(self._deltas)

    def __repr__(self) -> str:
        status = "running" if not self.completed else "completed" if self.error is None else "failed"
        return f"ToolCallStream(tool_call_id={self.tool_call_id!r}, tool_name={self.tool_name!r}, status={status})"


class ToolCallTransformer(StreamTransformer):
    """``run.tool_calls``: a :class:`ToolCallStream` for each tool call of the graph, as it begins.

    Example:
        >>> from langchain_core.messages import AIMessage
        >>> from langgraph_nb.graph import START, MessagesState, StateGraph
        >>> from langgraph_nb.prebuilt import ToolCallTransformer, ToolNode
        >>> def add(a: int, b: int) -> int:
        ...     "Add two numbers."
        ...     return a + b
        >>> builder = StateGraph(MessagesState).add_node("tools", ToolNode([add])).add_edge(START, "tools")
        >>> graph = builder.compile(transformers=[ToolCallTransformer])
        >>> ask = AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1, "b": 2}, "id": "call"}])
        >>> run = graph.stream_events({"messages": [ask]}, version="v3")
        >>> for call in run.tool_calls:
        ...     print(call.tool_name, call.input, list(call), call.output)
        add {'a': 1, 'b': 2} [] 3
    """

    _native = True
    required_stream_modes = ("tools",)

    def __init__(self, scope: Scope = ()) -> None:
        super().__init__(scope)
        self._log: StreamChannel[ToolCallStream] = StreamChannel()
        self._open: dict[str, ToolCallStream] = {}
        self._namespace = list(scope)
        self._mux: StreamMux | None = None

    def init(self) -> dict[str, Any]:
        """The projection."""
        return {"tool_calls": self._log}

    def _on_register(self, mux: StreamMux) -> None:
        self._mux = mux

    def process(self, event: ProtocolEvent) -> bool:
        """Take what a tool of this graph tells."""
        if event["method"] == "tools" and event["params"]["namespace"] == self._namespace:
            data = event["params"]["data"]
            call, kind = data.get("tool_call_id"), data.get("event")
            if call is not None and kind == "tool-started":
                self._open[call] = self._begun(call, data)
            elif call in self._open:
                self._go_on(self._open[call], kind, data)
        return True

    def _begun(self, call: str, data: dict[str, Any]) -> ToolCallStream:
        stream = ToolCallStream(call, data.get("tool_name", ""), data.get("input"))
        if self._mux is not None:
            stream._deltas._bind(self._mux.is_async)
            stream._deltas._more, stream._deltas._amore = self._mux.pump, self._mux.apump
        self._log.push(stream)
        return stream

    def _go_on(self, stream: ToolCallStream, kind: str | None, data: dict[str, Any]) -> None:
        if kind == "tool-output-delta":
            stream._deltas.push(data.get("delta"))
        elif kind in ("tool-finished", "tool-error"):
            del self._open[stream.tool_call_id]
            if kind == "tool-error":
                stream._end(error=data.get("message", ""))
            else:
                stream._end(_content(data.get("output")))

    def finalize(self) -> None:
        """Calls that have not ended are over with the run."""
        self._end_all(None)

    def fail(self, err: BaseException) -> None:
        """Calls that have not ended fail with the run."""
        self._end_all(str(err))

    def _end_all(self, error: str | None) -> None:
        for stream in self._open.values():
            stream._end(error=error)
        self._open.clear()


def _content(output: Any) -> Any:
    """What a tool returned; of a message, also of one as plain data, what it says."""
    if isinstance(output, ToolMessage):
        return output.content
    if isinstance(output, dict) and output.get("type") == "constructor":
        kind, given = output.get("id"), output.get("kwargs")
        if isinstance(kind, list) and kind[-1:] == ["ToolMessage"] and isinstance(given, dict):
            return given.get("content")
    return output
