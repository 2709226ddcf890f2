"""Messages as a stream: tokens of models wherever they are called, and what nodes return."""

import asyncio
import operator
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel

from ..harness import Namespace, Run, thread
from . import program
from .streams import model


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


class Scripted(BaseChatModel):
    """A model that streams a tool call in pieces, and what it used; it fails where it is told to."""

    fails_after: int = 99

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _pieces(self) -> list[AIMessageChunk]:
        usage = UsageMetadata(input_tokens=3, output_tokens=4, total_tokens=7)
        return [
            AIMessageChunk("let me ", response_metadata={"model_name": "scripted-1"}),
            AIMessageChunk("look", tool_call_chunks=[tool_call_chunk(name="look", args='{"a":', id="c1", index=0)]),
            AIMessageChunk("", tool_call_chunks=[tool_call_chunk(args=" 1}", index=0)]),
            AIMessageChunk("", usage_metadata=usage, chunk_position="last"),
        ]

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        whole = AIMessage("whole", tool_calls=[{"name": "look", "args": {"a": 1}, "id": "c1"}])
        return ChatResult(generations=[ChatGeneration(message=whole)])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:  # fmt: skip
        for index, piece in enumerate(self._pieces()):
            if index >= self.fails_after:
                raise ConnectionError("the line is dead")
            chunk = ChatGenerationChunk(message=piece)
            if run_manager is not None:
                run_manager.on_llm_new_token(str(piece.content), chunk=chunk)
            yield chunk


def say(text: str, id: str | None = None) -> AIMessage:
    return AIMessage(text, id=id)


def watch(run: Run, lg: Namespace, builder: Any, value: Any = None, name: str = "1", **options: Any) -> None:
    app = builder.compile(checkpointer=run.saver)
    config = options.pop("config", {})
    given = {"messages": [HumanMessage("hi", id="h")]} if value is None else value
    run.stream(app, given, {**config, **thread(name)}, stream_mode="messages", **options)


@program("F3", "F4", "A31")
def the_keys_of_a_tokens_metadata(lg: Namespace, run: Run) -> None:
    inner = lg.StateGraph(lg.MessagesState).add_node(lg.asks(model("deep"), "deep")).add_edge(lg.START, "deep")
    middle = lg.StateGraph(lg.MessagesState).add_node("inner", inner.compile()).add_edge(lg.START, "inner")

    @lg.node
    def returns(state: Any) -> dict:
        return {"messages": [say("returned", "r")]}

    builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(model("top"), "top"), metadata={"mine": "node's"})
    builder.add_node("middle", middle.compile()).add_node(returns)
    app = builder.add_edge(lg.START, "top").add_edge("top", "middle").add_edge("middle", "returns").compile(
        checkpointer=run.saver
    )
    config = {"tags": ["t1"], "metadata": {"user": "u1", "n": 1}, "run_name": "named", **thread()}
    found = run.stream(app, {"messages": []}, config, stream_mode="messages", subgraphs=True)
    for _, (_, metadata) in found:
        run.show("keys in order", list(metadata))
    run.stream(app, {"messages": []}, {**config, **thread("2")}, stream_mode=["messages", "updates"])


@program("F3", "F17")
def tool_calls_and_usage_arrive_in_pieces(lg: Namespace, run: Run) -> None:
    for name, scripted in (("streams", Scripted()), ("does not", Scripted(disable_streaming=True))):
        builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(scripted)).add_edge(lg.START, "model")
        watch(run, lg, builder, name=name)
        watch(run, lg, builder, name=name + "2", version="v2")


@program("F3", "G1")
def a_model_that_fails_on_the_way(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(Scripted(fails_after=2))).add_edge(lg.START, "model")
    run.fails("ConnectionError", watch, run, lg, builder)


@program("F3", "F4")
def silenced_models(lg: Namespace, run: Run) -> None:
    loud = model("loud words")
    quiet = loud.with_config(tags=[lg.TAG_NOSTREAM])

    def call(state: State, config: RunnableConfig) -> dict:
        loud.invoke("hi", {**config, "tags": ["nostream", "more"]})
        quiet.invoke("hi")
        return {"messages": [loud.invoke("hi", {"tags": ["heard"]}), say("whole", "w")]}

    def bound(state: State) -> dict:
        return {"messages": [loud.invoke("hi"), say("whole too", "w2")]}

    whole = RunnableLambda(bound).with_config(tags=["nostream"])
    builder = lg.StateGraph(lg.MessagesState).add_node(call).add_node("tagged", whole)
    builder.add_edge(lg.START, "call").add_edge("call", "tagged")
    watch(run, lg, builder)
    watch(run, lg, builder, name="2", config={"tags": ["nostream"]})


@program("F3", "F4", "F5")
def chains_tools_and_batches(lg: Namespace, run: Run) -> None:
    talks = model("one two")
    chain = ChatPromptTemplate.from_messages([("human", "{x}")]) | talks | StrOutputParser()

    @tool
    def ask_a_model(x: str) -> str:
        """Ask a model."""
        lg.get_stream_writer()({"tool": x})
        return str(talks.invoke(x).content)

    def chained(state: State) -> dict:
        return {"seen": [chain.invoke({"x": "1"}), list(chain.stream({"x": "2"}))]}

    def tooled(state: State) -> dict:
        return {"seen": [ask_a_model.invoke({"x": "3"})]}

    def batched(state: State) -> dict:
        return {"seen": [m.content for m in talks.batch(["4", "5"], {"max_concurrency": 1})]}

    def streamed(state: State) -> dict:
        return {"seen": [chunk.content for chunk in talks.stream("6")]}

    as_node = RunnableLambda(lambda state: "7") | talks | (lambda message: {"seen": [message.content]})
    builder = lg.StateGraph(State).add_sequence([chained, tooled, batched, streamed, ("as_node", as_node)])
    app = builder.add_edge(lg.START, "chained").compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode=["messages", "custom", "updates"])


@program("F3", "F5")
def models_in_threads_and_async_tasks(lg: Namespace, run: Run) -> None:
    talks = model("one two")

    def in_a_thread(state: State) -> dict:
        with ThreadPoolExecutor(1) as pool:
            told = pool.submit(copy_context().run, talks.invoke, "hi").result().content
            pool.submit(copy_context().run, lambda: lg.get_stream_writer()("in a copied context")).result()
        return {"seen": [told]}

    def with_config(state: State, config: RunnableConfig) -> dict:
        with ThreadPoolExecutor(1) as pool:
            return {"seen": [pool.submit(talks.invoke, "hi", config).result().content]}

    async def gathered(state: State) -> dict:
        async def one(text: str) -> str:
            lg.get_stream_writer()(f"before {text}")
            return str((await talks.ainvoke(text)).content)

        first = await asyncio.create_task(one("a"))
        return {"seen": [first, *await asyncio.gather(one("b"))]}

    async def streamed(state: State) -> dict:
        return {"seen": [chunk.content async for chunk in talks.astream("hi")]}

    nodes = [in_a_thread, with_config, *([gathered, streamed] if lg.is_async else [])]
    app = lg.StateGraph(State).add_sequence(nodes).add_edge(lg.START, "in_a_thread").compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode=["messages", "custom", "updates"])


@program("F3", "A9")
def messages_returned_in_every_form(lg: Namespace, run: Run) -> None:
    class Two(lg.MessagesState):
        others: Annotated[list, operator.add]
        single: Any
        nested: Any

    def returning(name: str, value: Any) -> tuple[str, Any]:
        return name, lg.node(lambda state: value)

    builder = lg.StateGraph(Two).add_sequence([
        returning("several_keys", {"messages": [say("1", "1")], "others": [say("2", "2"), "text"], "single": say("3")}),
        returning("nested", {"nested": {"deep": say("not shown")}, "single": (say("4", "4"),)}),
        returning("command", lg.Command(update={"messages": say("5", "5")})),
        returning("commands", [lg.Command(update={"messages": say("6", "6")}), {"messages": [say("7", "7")]}]),
        returning("pairs", lg.Command(update=[("messages", say("8", "8"))])),
        returning("again", {"messages": [say("1", "1"), say("9", "9")], "others": [say("9", "9")]}),
        returning("input", {"messages": [HumanMessage("hi", id="h")]}),
        returning("dicts", {"messages": [{"role": "ai", "content": "no message object", "id": "d"}]}),
        returning("no_id", {"messages": [say("without an id")]}),
        returning("nothing", None),
    ])  # fmt: skip
    watch(run, lg, builder.add_edge(lg.START, "several_keys"))


@program("F3", "A3", "A4", "A5")
def messages_in_states_of_every_kind(lg: Namespace, run: Run) -> None:
    class Model(BaseModel):
        messages: Annotated[list, lg.add_messages] = []
        last: Any = None

    @dataclass
    class Data:
        messages: Annotated[list, lg.add_messages] = field(default_factory=list)
        last: Any = None

    for name, schema in (("model", Model), ("data", Data)):
        def node(state: schema, schema: Any = schema) -> Any:  # type: ignore[valid-type]
            return schema(messages=[say("of a list", "1")], last=say("of a field", "2"))

        node.__annotations__["state"] = schema
        builder = lg.StateGraph(schema).add_node("node", node).add_edge(lg.START, "node")
        watch(run, lg, builder, name=name)

    def root(state: list) -> list:
        return [*state, say("of a root", "3")]

    if run.saver is None:
        builder = lg.StateGraph(list).add_node("root", root).add_edge(lg.START, "root")
        watch(run, lg, builder, [HumanMessage("hi", id="h")])


@program("F3", "F8", "I1", "I2")
def tokens_of_graphs_inside(lg: Namespace, run: Run) -> None:
    inner = lg.StateGraph(lg.MessagesState).add_node(lg.asks(model("in ner"), "talk")).add_edge(lg.START, "talk")
    inner = inner.compile()

    def calls(state: Any) -> dict:
        return {"messages": inner.invoke(state)["messages"][-1:]}

    async def acalls(state: Any) -> dict:
        return {"messages": (await inner.ainvoke(state))["messages"][-1:]}

    def streams(state: Any) -> dict:
        told = list(inner.stream(state, stream_mode=["messages", "custom"], subgraphs=True))
        return {"messages": [say(f"{len(told)} chunks, {[type(chunk[2][0]).__name__ for chunk in told]}", "told")]}

    async def astreams(state: Any) -> dict:
        told = [chunk async for chunk in inner.astream(state, stream_mode=["messages", "custom"], subgraphs=True)]
        return {"messages": [say(f"{len(told)} chunks, {[type(chunk[2][0]).__name__ for chunk in told]}", "told")]}

    def elsewhere(state: Any) -> dict:
        result = inner.invoke(state, {"configurable": {"thread_id": "other"}})
        return {"messages": [say(result["messages"][-1].content)]}

    async def aelsewhere(state: Any) -> dict:
        result = await inner.ainvoke(state, {"configurable": {"thread_id": "other"}})
        return {"messages": [say(result["messages"][-1].content)]}

    builder = lg.StateGraph(lg.MessagesState).add_node("sub", inner)
    builder.add_node("calls", acalls if lg.is_async else calls)
    builder.add_node("streams", astreams if lg.is_async else streams)
    builder.add_node("elsewhere", aelsewhere if lg.is_async else elsewhere)
    builder.add_edge(lg.START, "sub").add_edge("sub", "calls").add_edge("calls", "streams")
    builder.add_edge("streams", "elsewhere")
    for subgraphs in (False, True):
        watch(run, lg, builder, name=f"{subgraphs}", subgraphs=subgraphs)
        watch(run, lg, builder, name=f"{subgraphs}2", subgraphs=subgraphs, version="v2")


@program("F3", "F5", "J1", "J2")
def tokens_of_called_tasks(lg: Namespace, run: Run) -> None:
    talks = model("a task")

    if lg.is_async:
        @lg.task
        async def inner(x: str) -> str:
            lg.get_stream_writer()(f"inner {x}")
            return str((await talks.ainvoke(x)).content)

        @lg.task
        async def outer(x: str) -> list:
            return [await inner(x), say("returned by a task", "t")]

        @lg.entrypoint(checkpointer=run.saver)
        async def flow(x: str) -> Any:
            return {"m": (await outer(x))[1], "own": (await talks.ainvoke(x)).content}
    else:
        @lg.task
        def inner(x: str) -> str:
            lg.get_stream_writer()(f"inner {x}")
            return str(talks.invoke(x).content)

        @lg.task
        def outer(x: str) -> list:
            return [inner(x).result(), say("returned by a task", "t")]

        @lg.entrypoint(checkpointer=run.saver)
        def flow(x: str) -> Any:
            return {"m": outer(x).result()[1], "own": talks.invoke(x).content}

    run.stream(flow, "go", thread(), stream_mode=["messages", "custom"])
    run.stream(flow, "go", thread("2"), stream_mode=["messages", "updates"], subgraphs=True)
    run.stream(flow, "go", thread("3"), stream_mode=["custom", "updates", "values"], subgraphs=True, version="v2")
