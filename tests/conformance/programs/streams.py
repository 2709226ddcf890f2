"""Streams: custom data, tokens and messages, and modes together."""

import operator
from typing import Annotated, Any, TypedDict

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage

from ..harness import Namespace, Run, thread
from . import program
from .routing import build


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def model(text: str = "hello big world", **options: Any) -> GenericFakeChatModel:
    """A chat model that streams ``text`` word by word, again and again."""

    def forever() -> Any:
        while True:
            yield AIMessage(text)

    return GenericFakeChatModel(messages=forever(), **options)


@program("F5", "A15", "B14")
def custom_data_from_get_stream_writer_and_a_parameter(lg: Namespace, run: Run) -> None:
    @lg.node
    def by_function(state: State) -> dict:
        write = lg.get_stream_writer()
        write({"progress": 1})
        write("text")
        return {"seen": ["by_function"]}

    @lg.node
    def by_parameter(state: State, writer: lg.StreamWriter) -> dict:
        writer(("a", "tuple"))
        writer(None)
        return {"seen": ["by_parameter"]}

    @lg.node
    def by_runtime(state: State, runtime: lg.Runtime) -> dict:
        runtime.stream_writer([1, 2])
        return {"seen": ["by_runtime"]}

    @lg.node
    def by_keyword(state, *, writer):  # type: ignore[no-untyped-def]  # found by name alone
        writer("keyword")
        return {"seen": ["by_keyword"]}

    builder = lg.StateGraph(State).add_sequence([by_function, by_parameter, by_runtime, by_keyword])
    app = builder.add_edge(lg.START, "by_function").compile(checkpointer=run.saver)
    for mode in ("custom", ["custom"], ["values", "custom"], ["custom", "updates", "values"], "updates", []):
        run.stream(app, {"seen": []}, thread(str(mode)), stream_mode=mode)
    run.invoke(app, {"seen": []}, thread("invoke"))


@program("F3", "F7")
def tokens_of_a_model_inside_a_node(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(model())).add_node("next", lg.asks(model("and more")))
    builder.add_edge(lg.START, "model").add_edge("model", "next")
    app = builder.compile(checkpointer=run.saver)
    for mode in ("messages", ["messages", "updates"], ["values", "messages", "custom"]):
        run.stream(app, {"messages": [HumanMessage("hi", id="h")]}, thread(str(mode)), stream_mode=mode)


@program("F3", "F4")
def a_silenced_model_does_not_appear(lg: Namespace, run: Run) -> None:
    quiet = model("not for you").with_config(tags=[lg.TAG_NOSTREAM])
    tagged = model("tagged").with_config(tags=["a tag"])

    builder = lg.StateGraph(State).add_node("quiet", calling(lg, quiet)).add_node("tagged", calling(lg, tagged))
    app = builder.add_edge(lg.START, "quiet").add_edge("quiet", "tagged").compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode=["messages", "updates"])


def calling(lg: Namespace, called: Any) -> Any:
    """A node that calls a model and keeps only the text."""

    def call(state: Any) -> Any:
        return {"seen": [called.invoke("hi").content]}

    async def acall(state: Any) -> Any:
        return {"seen": [(await called.ainvoke("hi")).content]}

    return acall if lg.is_async else call


@program("F3", "A9")
def returned_messages_appear_once(lg: Namespace, run: Run) -> None:
    @lg.node
    def one(state: Any) -> dict:
        return {"messages": AIMessage("one", id="1")}

    @lg.node
    def many(state: Any) -> dict:
        return {"messages": [AIMessage("two", id="2"), HumanMessage("three", id="3"), AIMessage("one again", id="1")]}

    @lg.node
    def raw(state: Any) -> dict:
        return {"messages": [{"role": "ai", "content": "dicts do not appear", "id": "4"}]}

    @lg.node
    def command(state: Any) -> Any:
        return lg.Command(update={"messages": [AIMessage("by command", id="5")]})

    builder = lg.StateGraph(lg.MessagesState).add_sequence([one, many, raw, command]).add_edge(lg.START, "one")
    app = builder.compile(checkpointer=run.saver)
    run.stream(app, {"messages": [HumanMessage("hi", id="h")]}, thread(), stream_mode="messages")


@program("F3", "F4", "A31")
def a_token_says_where_it_comes_from(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(model("tok en"), "talk")).add_edge(lg.START, "talk")
    app = builder.compile(checkpointer=run.saver)
    config = {**thread(), "tags": ["mine"], "metadata": {"user": "u1"}}
    for _, metadata in run.stream(app, {"messages": "hi"}, config, stream_mode="messages"):
        run.show("node and step", (metadata["langgraph_node"], metadata["langgraph_step"]))


@program("F1", "F2", "F7", "A32")
def lists_of_modes_interleave(lg: Namespace, run: Run) -> None:
    builder = build(lg, "a", "b", "c", "d").add_edge("a", "b").add_edge("a", "c").add_edge(["b", "c"], "d")
    app = builder.compile(checkpointer=run.saver)
    for mode in (["values", "updates"], ["updates", "values"], ["values"], ["updates"], "values", "updates"):
        run.stream(app, {"seen": ["in"]}, thread(str(mode)), stream_mode=mode)


@program("F1", "B10")
def output_keys_restrict(lg: Namespace, run: Run) -> None:
    class Wide(TypedDict, total=False):
        seen: Annotated[list, operator.add]
        extra: int

    @lg.node
    def add(state: Wide) -> dict:
        return {"seen": ["add"], "extra": 1}

    app = lg.StateGraph(Wide).add_node(add).add_edge(lg.START, "add").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread("1"), output_keys="extra")
    run.invoke(app, {"seen": []}, thread("2"), output_keys=["seen"])
    run.stream(app, {"seen": []}, thread("3"), output_keys=["extra"], stream_mode=["values", "updates"])


@program("B1", "F1")
def invoke_takes_stream_modes(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b").add_edge("a", "b").compile(checkpointer=run.saver)
    for mode in ("values", "updates", ["values", "updates"]):
        run.invoke(app, {"seen": ["in"]}, thread(str(mode)), stream_mode=mode)


@program("F2", "F1")
def a_node_that_changes_nothing(lg: Namespace, run: Run) -> None:
    def nothing(state: State) -> None:
        return None

    def empty(state: State) -> dict:
        return {}

    builder = lg.StateGraph(State).add_sequence([lg.node(nothing), lg.node(empty), lg.adds("z")])
    app = builder.add_edge(lg.START, "nothing").compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"]}, thread(), stream_mode=["updates", "values"])
    if run.saver:
        run.history(app, thread())
