"""Event streams: a run as an object to read from, what its events are made into, and what is inside of it."""

import operator
from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from ..harness import Namespace, Run, thread
from . import program
from .streams import model
from .tokens import Scripted


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def talk(lg: Namespace, saver: Any = None, **options: Any) -> Any:
    """A model, then a graph inside with a model, then a graph inside of that with a node that returns a message."""

    @lg.node
    def returns(state: Any) -> dict:
        lg.get_stream_writer()("deepest")
        return {"messages": [AIMessage("returned", id="r")]}

    deepest = lg.StateGraph(lg.MessagesState).add_node(returns).add_edge(lg.START, "returns").compile()
    inner = lg.StateGraph(lg.MessagesState).add_node(lg.asks(model("deep down"), "deep")).add_node("deepest", deepest)
    inner.add_edge(lg.START, "deep").add_edge("deep", "deepest")

    @lg.node
    def starts(state: Any) -> dict:
        lg.get_stream_writer()({"progress": 1})
        return {"messages": [HumanMessage("go on", id="g")]}

    builder = lg.StateGraph(lg.MessagesState).add_node(starts).add_node(lg.asks(model("on the top"), "top"))
    builder.add_node("inner", inner.compile()).add_edge(lg.START, "starts").add_edge("starts", "top")
    return builder.add_edge("top", "inner").compile(checkpointer=saver, **options)


HI = {"messages": [HumanMessage("hi", id="h")]}


@program("F12", "F13", "F14")
def all_events_of_a_run(lg: Namespace, run: Run) -> None:
    run.events(talk(lg, run.saver), HI, thread())
    run.events(talk(lg, run.saver), HI, thread("2"), transformers=[lg.UpdatesTransformer, lg.CustomTransformer])


@program("F12", "F16")
def each_opt_in_stream(lg: Namespace, run: Run) -> None:
    for name in ("Updates", "Custom", "Checkpoints", "Tasks", "Debug"):
        app = talk(lg, run.saver, transformers=[getattr(lg, f"{name}Transformer")])

        def read(stream: Any, name: str = name) -> Iterator[Any]:
            run.show("names", sorted(stream.extensions))
            run.show(name, (yield getattr(stream, name.lower())))
            run.show("output", (yield stream, "output"))

        run.events(app, HI, thread(name), read=read)


@program("F12", "F13")
def values_messages_and_results(lg: Namespace, run: Run) -> None:
    app = talk(lg, run.saver)

    def values(stream: Any) -> Iterator[Any]:
        run.show("values", (yield stream.values))
        run.show("output", (yield stream, "output"))
        run.show("interrupted", (yield stream, "interrupted"))
        run.show("messages that nobody read", (yield stream.messages))

    def messages(stream: Any) -> Iterator[Any]:
        while (message := (yield stream.messages, next)) is not None:
            run.show("begins", (type(message).__name__.removeprefix("Async"), message.node, message.message_id))
            run.show("text", (yield message.text))
            run.show("message", (yield message, "output"))
        run.show("output", (yield stream, "output"))

    for name, read in (("values", values), ("messages", messages)):
        run.events(app, HI, thread(name), read=read)


@program("F13", "F14")
def messages_by_content_blocks(lg: Namespace, run: Run) -> None:
    def parts(stream: Any) -> Iterator[Any]:
        while (message := (yield stream.messages, next)) is not None:
            run.show("tool calls", (yield message.tool_calls))
            run.show("parts", (yield message))
            run.show("message", (yield message, "output"))

    for name, scripted in (("streams", Scripted()), ("does not", Scripted(disable_streaming=True))):
        builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(scripted)).add_edge(lg.START, "model")
        run.events(builder.compile(checkpointer=run.saver), HI, thread(name))
        run.events(builder.compile(checkpointer=run.saver), HI, thread(name + "2"), read=parts)


@program("F13", "F16")
def graphs_inside(lg: Namespace, run: Run) -> None:
    def read(stream: Any) -> Iterator[Any]:
        while (inside := (yield stream.subgraphs, next)) is not None:
            run.show("inside", (inside.path, inside.graph_name, inside.trigger_call_id, inside.status, inside.error))
            run.show("names", sorted(inside.extensions))
            while (deeper := (yield inside.subgraphs, next)) is not None:
                run.show("deeper", (deeper.path, deeper.graph_name, deeper.status))
                run.show("its messages", [message.node for message in (yield deeper.messages)])
                run.show("its output", (yield deeper, "output"))
                run.show("its end", deeper.status)
            run.show("output", (yield inside, "output"))
            run.show("end", (inside.status, inside.error))
        run.show("output of all", (yield stream, "output"))

    def lifecycle(stream: Any) -> Iterator[Any]:
        run.show("lifecycle", (yield stream.lifecycle))

    def events(stream: Any) -> Iterator[Any]:
        inside = yield stream.subgraphs, next
        found = yield inside
        run.show("events inside", [(e["method"], e["params"]["namespace"], "seq" in e) for e in found])
        run.show("values inside", (yield inside.values))

    for name, reader in (("graphs", read), ("lifecycle", lifecycle), ("events", events)):
        run.events(talk(lg, run.saver), HI, thread(name), read=reader)


@program("E14", "F13", savers=("memory", "sqlite"))
def questions_and_answers(lg: Namespace, run: Run) -> None:
    @lg.node
    def asks(state: State) -> dict:
        return {"seen": [lg.interrupt({"sure": len(state["seen"])}), lg.interrupt("really")]}

    inner = lg.StateGraph(State).add_node(asks).add_edge(lg.START, "asks").compile()
    builder = lg.StateGraph(State).add_node(lg.adds("first")).add_node("inner", inner).add_edge(lg.START, "first")
    app = builder.add_edge("first", "inner").compile(checkpointer=run.saver)

    def read(stream: Any) -> Iterator[Any]:
        inside = yield stream.subgraphs, next
        while inside is not None:
            run.show("inside", (inside.path, (yield inside, "output"), inside.status, (yield inside, "interrupts")))
            inside = yield stream.subgraphs, next
        for name in ("interrupted", "interrupts", "output"):
            run.show(name, (yield stream, name))

    run.events(app, {"seen": []}, thread())
    run.events(app, lg.Command(resume="yes"), thread())
    run.events(app, lg.Command(resume="really"), thread())
    run.events(app, {"seen": []}, thread("2"), read=read)
    run.events(app, lg.Command(resume=1), thread("2"), read=read)
    run.events(app, lg.Command(resume=2), thread("2"), read=read)
    run.get_state(app, thread("2"))


@program("E8", "E14", savers=("memory", "sqlite"))
def breakpoints_of_an_event_stream(lg: Namespace, run: Run) -> None:
    app = (
        lg.StateGraph(State)
        .add_sequence([lg.adds("a"), lg.adds("b")])
        .add_edge(lg.START, "a")
        .compile(checkpointer=run.saver)
    )
    run.events(app, {"seen": []}, thread(), interrupt_before=["b"])
    run.events(app, None, thread(), interrupt_after=["b"])
    run.events(app, None, thread())


@program("F12", "F13")
def failures_of_an_event_stream(lg: Namespace, run: Run) -> None:
    @lg.node
    def fails(state: State) -> dict:
        raise ValueError("no luck")

    inner = lg.StateGraph(State).add_node(lg.adds("fine")).add_node(fails).add_edge("fine", "fails")
    inner.add_edge(lg.START, "fine")
    builder = lg.StateGraph(State).add_node(lg.adds("first")).add_node("inner", inner.compile())
    app = builder.add_edge(lg.START, "first").add_edge("first", "inner").compile(checkpointer=run.saver)

    def result(name: str) -> Any:
        def read(stream: Any) -> Iterator[Any]:
            run.show(name, (yield stream, name))

        return read

    def inside(stream: Any) -> Iterator[Any]:
        inside = yield stream.subgraphs, next
        run.show("handle", (inside.path, inside.status))
        try:
            run.show("values", (yield inside.values))
        except Exception as error:
            run.show("error", (type(error).__name__, str(error)))
        run.show("end", (inside.status, inside.error))
        try:
            yield inside, "output"
        except Exception as error:
            run.show("error", (type(error).__name__, str(error)))

    def events(stream: Any) -> Iterator[Any]:
        for channel in (stream, stream.lifecycle, stream.values):
            found: list[Any] = []
            try:
                while (event := (yield channel, next)) is not None:
                    found.append(event)
            except ValueError as error:
                run.show("error", str(error))
            run.show("found", [event.get("method", event) if "seen" not in event else event for event in found])

    for name in ("output", "interrupted", "interrupts"):
        run.says("ValueError", run.events, app, {"seen": []}, thread(name), read=result(name))
    run.events(app, {"seen": []}, thread("inside"), read=inside)
    run.events(app, {"seen": []}, thread("events"), read=events)


@program("F13", "F15")
def a_model_that_fails_in_an_event_stream(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(lg.MessagesState).add_node(lg.asks(Scripted(fails_after=2))).add_edge(lg.START, "model")

    def read(stream: Any) -> Iterator[Any]:
        message = yield stream.messages, next
        try:
            yield message.text
        except ConnectionError as error:
            run.show("error", str(error))
        try:
            yield stream, "output"
        except ConnectionError as error:
            run.show("error", str(error))

    run.events(builder.compile(checkpointer=run.saver), HI, thread(), read=read)


@program("F14", "F16", "F17", savers=("none", "memory"))
def tool_calls(lg: Namespace, run: Run) -> None:
    @tool
    def look(a: int, runtime: lg.ToolRuntime) -> str:
        """Look."""
        runtime.emit_output_delta({"part": 1})
        runtime.emit_output_delta("part 2")
        if a > 1:
            raise ValueError(f"too large: {a}")
        return f"seen {a}"

    builder = lg.StateGraph(lg.MessagesState).add_node("tools", lg.ToolNode([look], handle_tool_errors=True))
    app = builder.add_edge(lg.START, "tools").compile(checkpointer=run.saver, transformers=[lg.ToolCallTransformer])

    def read(stream: Any) -> Iterator[Any]:
        while (call := (yield stream.tool_calls, next)) is not None:
            run.show("call", (call.tool_call_id, call.tool_name, repr(call)))
            run.show("deltas", (yield call))
            run.show("end", (call.output, call.error, call.completed, repr(call)))
        run.show("messages", (yield stream.messages))

    for number in (1, 2):
        calls = [{"name": "look", "args": {"a": number}, "id": f"c{number}", "type": "tool_call"}]
        given = {"messages": [AIMessage("", id="ask", tool_calls=calls)]}
        run.events(app, given, thread(f"events {number}"))
        run.events(app, given, thread(f"calls {number}"), read=read)


@program("F15", savers=("none",))
def transformers_of_ones_own(lg: Namespace, run: Run) -> None:
    class Counts(lg.StreamTransformer):
        required_stream_modes = ("updates", "custom")

        def init(self) -> dict:
            self.counted, self.total = lg.StreamChannel("counted"), [0]
            return {"counted": self.counted, "total": self.total}

        def process(self, event: Any) -> bool:
            self.total[0] += 1
            if event["method"] == "updates":
                self.counted.push(sorted(event["params"]["data"]))
            return event["method"] != "custom"

        def finalize(self) -> None:
            self.counted.push("end")

    class Redacts(lg.StreamTransformer):
        before_builtins = True

        def init(self) -> dict:
            return {}

        def process(self, event: Any) -> bool:
            if event["method"] == "messages" and isinstance(event["params"]["data"][0], dict):
                part = event["params"]["data"][0]
                if part["event"] == "content-block-delta" and "text" in part["delta"]:
                    part["delta"]["text"] = part["delta"]["text"].replace("deep", "d**p")
            return True

    class Named(lg.StreamTransformer):
        _native = True

        def __init__(self, scope: tuple, name: str) -> None:
            super().__init__(scope)
            self.name = name

        def init(self) -> dict:
            return {self.name: (self.scope, self.name)}

        def process(self, event: Any) -> bool:
            return True

    def read(stream: Any) -> Iterator[Any]:
        run.show("mine", stream.mine)
        inside = yield stream.subgraphs, next
        run.show("mine inside", (inside.mine, inside.extensions["total"]))
        run.show("counted inside", (yield inside.extensions["counted"]))
        run.show("counted", (yield stream.extensions["counted"]))
        run.show("total", (stream.extensions["total"], inside.extensions["total"]))

    app = talk(lg, transformers=[Counts, lambda scope: Named(scope, "mine")])
    run.events(app, HI, transformers=[Redacts])
    run.events(app, HI, read=read)


@program("F12", "F15", savers=("none",))
def what_an_event_stream_does_not_take(lg: Namespace, run: Run) -> None:
    app = lg.StateGraph(State).add_node(lg.adds("a")).add_edge(lg.START, "a").compile()

    class Plain(lg.StreamTransformer):
        def init(self) -> Any:
            return {"values": 1}

    class NoDict(lg.StreamTransformer):
        def init(self) -> Any:
            return [1]

    class Silent(lg.StreamTransformer):
        def init(self) -> Any:
            return {}

    class Fails(Silent):
        def process(self, event: Any) -> bool:
            raise KeyError("in process")

    class FailsAtTheEnd(Silent):
        def process(self, event: Any) -> bool:
            return True

        def finalize(self) -> None:
            raise KeyError("in finalize")

    for options in ({"stream_mode": "values"}, {"subgraphs": False, "stream_mode": []}):
        run.raises("TypeError", run.events, app, {"seen": []}, **options)
    for given in ([Plain()], [3], [Plain], [NoDict], [Silent], [Fails], [FailsAtTheEnd]):
        run.tries(run.events, app, {"seen": []}, transformers=given)

    def missing(stream: Any) -> Iterator[Any]:
        run.raises("AttributeError", getattr, stream, "nothing")
        run.raises("AttributeError", getattr, stream, "updates")
        run.raises("KeyError", stream.extensions.__getitem__, "nothing")
        yield stream.values
        run.raises("RuntimeError", iter if hasattr(stream, "__iter__") else aiter, stream.values)
        run.raises("TypeError", aiter if hasattr(stream, "__iter__") else iter, stream.values)
        run.raises("TypeError", iter, lg.StreamChannel())
        run.raises("ValueError", lg.StreamChannel, "name", maxlen=0)
        run.raises("ValueError", stream.values.tee, 0)
        run.raises("ValueError", stream.values.atee, 0)

    run.events(app, {"seen": []}, read=missing)


@program("F13", savers=("none", "memory"))
def projections_side_by_side(lg: Namespace, run: Run) -> None:
    def tee(stream: Any) -> Iterator[Any]:
        one, two = stream.values.atee() if run.is_async else stream.values.tee()
        run.show("first", (yield one, next))
        run.show("second, all", (yield two))
        run.show("first, the rest", (yield one))

    def abort(stream: Any) -> Iterator[Any]:
        run.show("first", (yield stream.values, next))
        stopped = stream.abort()
        if stopped is not None:
            yield stopped, "__await__"
        run.show("the rest", (yield stream.values, next))
        run.show("output", (yield stream, "output"))

    app = talk(lg, run.saver)
    run.events(app, HI, thread("tee"), read=tee)
    if not run.is_async:

        def interleaved(stream: Any) -> Iterator[Any]:
            found = stream.interleave("values", "lifecycle", "messages", "subgraphs")
            run.show("interleaved", [name for name in (yield (name for name, _ in found))])
            run.raises("KeyError", list, stream.interleave("nothing"))

        run.events(app, HI, thread("interleaved"), read=interleaved)
