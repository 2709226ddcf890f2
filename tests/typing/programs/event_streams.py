"""A run that is read as an event stream: what is read has a type, and options of other versions are told."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypedDict, assert_type

from langchain_core.language_models.chat_model_stream import AsyncChatModelStream, ChatModelStream
from langchain_core.runnables.schema import StreamEvent

from langgraph_nb.graph import START, StateGraph
from langgraph_nb.prebuilt import ToolCallTransformer
from langgraph_nb.stream import (
    AsyncGraphRunStream,
    AsyncSubgraphRunStream,
    GraphRunStream,
    ProtocolEvent,
    StreamChannel,
    StreamTransformer,
    SubgraphRunStream,
    UpdatesTransformer,
)


class State(TypedDict):
    n: int


class Counts(StreamTransformer):
    def __init__(self, scope: tuple[str, ...] = (), start: int = 0) -> None:
        super().__init__(scope)
        self.counts: StreamChannel[int] = StreamChannel("counts")

    def init(self) -> dict[str, Any]:
        return {"counts": self.counts}

    def process(self, event: ProtocolEvent) -> bool:
        self.counts.push(event["params"]["timestamp"])
        self.counts.push(event["method"])  # error: no number
        return True


builder = StateGraph(State).add_node("one", lambda state: {"n": 1}).add_edge(START, "one")
graph = builder.compile(transformers=[ToolCallTransformer, UpdatesTransformer, lambda scope: Counts(scope, 1)])
run = graph.stream_events({"n": 0}, version="v3", transformers=[Counts], interrupt_before=["one"])
assert_type(run, GraphRunStream)
assert_type(run.messages, StreamChannel[ChatModelStream])
assert_type(run.output, dict[str, Any] | None)
for inside in run.subgraphs:
    assert_type(inside, SubgraphRunStream)
    assert_type(list(inside.values), list[dict[str, Any]])
for event in run:
    print(event["params"]["namespace"][0].upper(), event["metod"])  # error: no such key
builder.compile(transformers=[Counts()])  # error: it cannot be made for graphs inside


async def main() -> AsyncIterator[StreamEvent]:
    async with await graph.astream_events({"n": 0}, version="v3") as awaited:
        assert_type(awaited, AsyncGraphRunStream)
        assert_type(await awaited.output(), dict[str, Any] | None)
        async for message in awaited.messages:
            assert_type(message, AsyncChatModelStream)
        async for deeper in awaited.subgraphs:
            assert_type(deeper, AsyncSubgraphRunStream)
    return graph.astream_events({"n": 0}, version="v2")


old: Iterator[StreamEvent] = graph.stream_events({"n": 0}, version="v2")
