"""Event streams of all kinds of graphs, with transformers that are awaited, read by several tasks, stopped early."""

import asyncio
import operator
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AnyMessage, SystemMessage, ToolMessage
from pydantic import BaseModel

from ..harness import Namespace, Run, thread
from . import program, typed
from .event_streams import HI, State, talk
from .streams import model


def one_model(lg: Namespace) -> Any:
    builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(model("deep"), "deep"))
    return builder.add_edge(lg.START, "deep").compile()


@program("F12", "C1", savers=("none", "memory"))
def an_event_stream_of_a_workflow(lg: Namespace, run: Run) -> None:
    @lg.task
    @lg.node
    def doubles(n: int) -> int:
        lg.get_stream_writer()({"doubling": n})
        return n * 2

    @lg.entrypoint(checkpointer=run.saver)
    @lg.waits
    def flow(n: int) -> Any:
        first = yield doubles(n)
        second = yield doubles(first)
        return {"result": second}

    run.events(flow, 3, thread(), transformers=[lg.UpdatesTransformer, lg.CustomTransformer])


@program("F12", "A3", "A4", savers=("none", "memory"))
def an_event_stream_of_states_that_are_classes(lg: Namespace, run: Run) -> None:
    @dataclass
    class Data:
        seen: Annotated[list, operator.add] = field(default_factory=list)

    class Model(BaseModel):
        seen: Annotated[list, operator.add] = []

    for state in (Data, Model):
        inner = lg.StateGraph(state).add_node(lg.adds("deep")).add_edge(lg.START, "deep").compile()
        builder = lg.StateGraph(state).add_node(lg.adds("a")).add_node("inner", inner).add_edge(lg.START, "a")
        app = builder.add_edge("a", "inner").compile(checkpointer=run.saver)
        run.events(app, {"seen": []}, thread(state.__name__), transformers=[lg.CheckpointsTransformer])


@program("F12", "B1", savers=("memory", "sqlite"))
def options_of_an_event_stream(lg: Namespace, run: Run) -> None:
    @lg.node
    def says(state: State, runtime: lg.Runtime) -> dict:
        return {"seen": [runtime.context["word"]]}

    builder = lg.StateGraph(State, context_schema=typed("Context", {"word": str})).add_node(says)
    app = builder.add_edge(lg.START, "says").compile(checkpointer=run.saver)
    run.events(app, {"seen": []}, thread(), context={"word": "yes"}, durability="exit")
    run.events(app, {"seen": []}, thread("keys"), context={"word": "no"}, output_keys="seen")
    control = lg.RunControl()
    control.request_drain("enough")
    given = {"context": {"word": "no"}, "control": control}
    run.raises("GraphDrained", run.events, app, {"seen": []}, thread("drained"), **given)
    run.history(app, thread())


@program("F12", "F16", savers=("memory",))
def a_drained_run_with_a_graph_inside(lg: Namespace, run: Run) -> None:
    control = lg.RunControl()

    @lg.node
    def drains(state: State) -> dict:
        control.request_drain("enough")
        return {"seen": ["drains"]}

    inner = lg.StateGraph(State).add_sequence([drains, lg.adds("after")]).add_edge(lg.START, "drains").compile()
    app = lg.StateGraph(State).add_node("inner", inner).add_edge(lg.START, "inner").compile(checkpointer=run.saver)

    def read(stream: Any) -> Iterator[Any]:
        inside = yield stream.subgraphs, next
        run.show("inside", inside.status)
        for channel in (inside.values, stream.lifecycle):
            try:
                run.show("items", (yield channel))
            except Exception as error:
                run.show("error", (type(error).__name__, str(error)))
        run.show("inside", (inside.status, inside.error))

    run.events(app, {"seen": []}, thread(), control=control, read=read)


@program("F13", "F14", "F3", savers=("none",))
def messages_that_are_no_tokens(lg: Namespace, run: Run) -> None:
    @lg.node
    def returns(state: Any) -> Any:
        return {
            "messages": [
                AIMessage([{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "so"}], id="r1"),
                ToolMessage("result", tool_call_id="c", id="t1"), SystemMessage("system", id="s1"),
                AIMessage("", tool_calls=[{"name": "look", "args": {"a": 1}, "id": "c1"}], id="r2"),
            ]
        }

    @lg.node
    def pushes(state: Any) -> Any:
        lg.push_message(AIMessage("pushed", id="p1"))
        return {}

    @lg.node
    def commands(state: Any) -> Any:
        return lg.Command(update={"messages": [AIMessage("commanded", id="k1")]})

    @lg.node
    def quiet(state: Any) -> Any:
        return {"messages": [model("quiet").with_config(tags=[lg.TAG_NOSTREAM]).invoke("hi")]}

    builder = lg.StateGraph(lg.MessagesState).add_sequence([returns, pushes, commands, quiet])
    app = builder.add_edge(lg.START, "returns").compile()

    def read(stream: Any) -> Iterator[Any]:
        while (message := (yield stream.messages, next)) is not None:
            run.show("message", (message.node, message.message_id, (yield message, "output")))
            run.show("reasoning", (yield message.reasoning))

    run.events(app, HI)
    run.events(app, HI, read=read)


@program("F13", "F8", savers=("none", "memory"))
def an_event_stream_inside_of_a_node(lg: Namespace, run: Run) -> None:
    inner = one_model(lg)

    def reads(state: Any) -> Any:
        stream = inner.stream_events(state, version="v3")
        texts = [message.node + ": " + str(message.text) for message in stream.messages]
        return {"messages": [AIMessage(str(texts), id="texts"), *stream.output["messages"]]}

    async def areads(state: Any) -> Any:
        stream = await inner.astream_events(state, version="v3")
        texts = [message.node + ": " + await message.text async for message in stream.messages]
        return {"messages": [AIMessage(str(texts), id="texts"), *(await stream.output())["messages"]]}

    chosen = areads if run.is_async else reads
    app = lg.StateGraph(lg.MessagesState).add_node("reads", chosen).add_edge(lg.START, "reads").compile(
        checkpointer=run.saver
    )
    run.events(app, HI, thread())
    run.stream(app, HI, thread("2"), stream_mode="updates", subgraphs=True)


@program("F3", "F13", savers=("none", "memory"))
def tokens_of_a_graph_inside_of_an_event_stream(lg: Namespace, run: Run) -> None:
    inner = one_model(lg)
    heard = BaseCallbackHandler()

    def reads(state: Any) -> Any:
        chunks = [*inner.stream(state, stream_mode="messages")]
        chunks += inner.stream(state, {"callbacks": [heard]}, stream_mode="messages")
        return {"messages": [AIMessage(str([chunk.content for chunk, _ in chunks]), id="texts")]}

    async def areads(state: Any) -> Any:
        chunks = [chunk async for chunk in inner.astream(state, stream_mode="messages")]
        chunks += [chunk async for chunk in inner.astream(state, {"callbacks": [heard]}, stream_mode="messages")]
        return {"messages": [AIMessage(str([chunk.content for chunk, _ in chunks]), id="texts")]}

    builder = lg.StateGraph(lg.MessagesState).add_node("reads", areads if run.is_async else reads)
    builder.add_node(lg.asks(model("top"), "top")).add_edge(lg.START, "reads").add_edge("reads", "top")
    run.events(builder.compile(checkpointer=run.saver), HI, thread())


@program("F15", savers=("none",))
def transformers_that_are_awaited(lg: Namespace, run: Run) -> None:
    class Base(lg.StreamTransformer):
        required_stream_modes = ("updates",)

        def init(self) -> Any:
            self.channel = lg.StreamChannel("mine")
            return {"mine": self.channel}

    class Awaits(Base):
        async def aprocess(self, event: Any) -> bool:
            await asyncio.sleep(0)
            if event["method"] == "updates":
                self.channel.push(sorted(event["params"]["data"]))
            return True

        async def afinalize(self) -> None:
            self.channel.push("final")

    class Schedules(Base):
        requires_async = True

        def process(self, event: Any) -> bool:
            if event["method"] == "updates":
                self.schedule(self.work(sorted(event["params"]["data"])))
            return True

        async def work(self, names: Any) -> None:
            await asyncio.sleep(0)
            self.channel.push(names)

    def read(stream: Any) -> Iterator[Any]:
        run.show("mine", (yield stream.extensions["mine"]))
        run.show("output", (yield stream, "output"))

    app = lg.StateGraph(State).add_sequence([lg.adds("a"), lg.adds("b")]).add_edge(lg.START, "a").compile()
    for transformer in (Awaits, Schedules):
        run.tries(run.events, app, {"seen": []}, transformers=[transformer], read=read)


@program("F13", savers=("none", "memory"))
def a_run_that_is_read_by_several_tasks(lg: Namespace, run: Run) -> None:
    async def all_of(channel: Any) -> list:
        return [item async for item in channel]

    async def texts(stream: Any) -> list:
        return [(message.node, await message.text) async for message in stream.messages]

    async def inside(stream: Any) -> list:
        return [(handle.graph_name, await texts(handle), await handle.output()) async for handle in stream.subgraphs]

    async def main(app: Any, config: Any) -> Any:
        stream = await app.astream_events(HI, config, version="v3")
        one, two = stream.lifecycle.atee()
        return await asyncio.gather(
            all_of(stream.values), texts(stream), inside(stream), all_of(one), all_of(two), stream.output(),
            stream.interrupted(),
        )

    if run.is_async:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run.show("read", run.run(main(talk(lg, run.saver), thread())))


@program("F13", savers=("none", "memory"))
def a_run_that_is_stopped_early(lg: Namespace, run: Run) -> None:
    ended: list[str] = []

    @lg.node
    def last(state: State) -> dict:
        ended.append("last")
        return {"seen": ["last"]}

    app = lg.StateGraph(State).add_sequence([lg.adds("a"), lg.adds("b"), last]).add_edge(lg.START, "a").compile(
        checkpointer=run.saver
    )

    def read(stream: Any) -> Iterator[Any]:
        run.show("first", (yield stream.values, next))
        run.show("second", (yield stream.values, next))
        yield stream, "abort"
        run.show("rest", (yield stream.values, next))
        run.show("output", (yield stream, "output"))
        run.show("events", (yield stream))

    run.events(app, {"seen": []}, thread(), read=read)
    run.show("ended", ended)


@program("F19", "F14", savers=("none", "memory"))
def pictures_in_an_event_stream(lg: Namespace, run: Run) -> None:
    messages = Annotated[list[AnyMessage], lg.add_messages]
    UI = typed("UI", {"messages": messages, "ui": Annotated[list, lg.ui_message_reducer]})

    @lg.node
    def shows(state: Any) -> Any:
        message = AIMessage("here", id="m")
        lg.push_ui_message("chart", {"points": 3}, id="u1", message=message)
        lg.push_ui_message("chart", {"title": "t"}, id="u1", message=message, merge=True)
        lg.push_ui_message("table", {}, id="u2")
        lg.delete_ui_message("u2")
        return {"messages": [message]}

    app = lg.StateGraph(UI).add_node(shows).add_edge(lg.START, "shows").compile(
        checkpointer=run.saver, transformers=[lg.CustomTransformer]
    )
    run.events(app, {"messages": [], "ui": []}, thread())
