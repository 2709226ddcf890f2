"""What LangChain's callbacks, tracers and event streams hear of a run."""

import operator
import warnings
from typing import Annotated, Any
from uuid import UUID

from langchain_core._api import LangChainDeprecationWarning
from langchain_core.callbacks import (
    AsyncCallbackHandler,
    BaseCallbackHandler,
    CallbackManager,
    adispatch_custom_event,
    dispatch_custom_event,
    get_usage_metadata_callback,
)
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool
from langchain_core.tracers.context import collect_runs
from langchain_core.tracers.langchain import LangChainTracer
from langsmith import get_current_run_tree
from typing_extensions import TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program

ADDRESSES = ("checkpoint_ns", "langgraph_checkpoint_ns", "langgraph_path", "langgraph_triggers")
"""Metadata whose values are each package's own."""


class Said(TypedDict):
    said: Annotated[list, operator.add]


def model(*texts: str) -> Any:
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    answers = [
        AIMessage(text, id=f"{text} {n}", usage_metadata=usage, response_metadata={"model_name": "fake"})
        for n in range(9)
        for text in texts
    ]
    return GenericFakeChatModel(messages=iter(answers))


def own(metadata: Any) -> dict:
    return {key: value for key, value in sorted((metadata or {}).items()) if key not in ADDRESSES}


class Recorder(BaseCallbackHandler):
    """Writes down what it hears; runs are numbered as they begin."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.numbers: dict[UUID, int] = {}

    def begin(self, kind: str, run_id: UUID, parent: UUID | None, tags: Any, metadata: Any, *what: Any) -> None:
        number = self.numbers.setdefault(run_id, len(self.numbers))
        self.heard.append((kind, number, self.numbers.get(parent, parent), *what, tags, own(metadata)))

    def end(self, kind: str, run_id: UUID, *what: Any) -> None:
        self.heard.append((kind, self.numbers[run_id], *what))

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, tags=None, metadata=None, **more):
        self.begin("chain", run_id, parent_run_id, tags, metadata, more.get("name"), repr(inputs))

    def on_chain_end(self, outputs, *, run_id, **more):
        self.end("chain ends", run_id, repr(outputs))

    def on_chain_error(self, error, *, run_id, **more):
        self.end("chain fails", run_id, type(error).__name__)

    def on_chat_model_start(self, serialized, given, *, run_id, parent_run_id=None, tags=None, metadata=None, **more):
        self.begin("model", run_id, parent_run_id, tags, metadata)

    def on_llm_end(self, response, *, run_id, **more):
        self.end("model ends", run_id)

    def on_tool_start(self, serialized, text, *, run_id, parent_run_id=None, tags=None, metadata=None, **more):
        self.begin("tool", run_id, parent_run_id, tags, metadata, serialized["name"])

    def on_tool_end(self, output, *, run_id, **more):
        self.end("tool ends", run_id)

    def on_custom_event(self, name, data, *, run_id, tags=None, metadata=None, **more):
        self.end("custom", run_id, name, data)


class AsyncRecorder(AsyncCallbackHandler):
    """Hears chains, awaited."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def on_chain_start(self, serialized, inputs, *, name=None, **more):
        self.heard.append(("begins", name))

    async def on_chain_end(self, outputs, **more):
        self.heard.append(("ends", repr(outputs)))


def everything(lg: Namespace) -> Any:
    """A graph with whatever reports itself: models, tools, routers, chains, graphs as nodes and in nodes."""
    talk = model("hello")

    @tool
    def shout(text: str) -> str:
        """Says it loud."""
        return text.upper()

    async def atalks(state: Said) -> dict:
        answer = await talk.ainvoke("hi")
        await adispatch_custom_event("mine", {"of": "talks"})
        return {"said": [answer.content]}

    def talks(state: Said) -> dict:
        answer = talk.invoke("hi", {"tags": ["mine"], "metadata": {"deep": 1}})
        dispatch_custom_event("mine", {"of": "talks"})
        return {"said": [answer.content]}

    def tools(state: Said, config: RunnableConfig) -> dict:
        return {"said": [shout.invoke({"text": state["said"][-1]}, config)]}

    def first(state: Said) -> str:
        return "talks"

    def after(state: Said) -> str:
        if not lg.is_async:
            talk.invoke("where to?")
        return "tools"

    def after_with_config(state: Said, config: RunnableConfig) -> list[str]:
        if not lg.is_async:
            talk.invoke("where to?", config)
        return ["chain"]

    def within(state: Said) -> dict:
        return {"said": ["within"]}

    def calls(state: Said) -> dict:
        return {"said": inner.invoke({"said": []}, {"tags": ["called"], "run_name": "renamed"})["said"]}

    inner = lg.StateGraph(Said).add_node(within).add_edge(lg.START, "within").compile(name="Inner")
    chain = RunnableLambda(lambda state: state["said"][-1]) | RunnableLambda(lambda text: {"said": [text + "!"]})
    graph = lg.StateGraph(Said)
    graph.add_node("talks", atalks if lg.is_async else talks, metadata={"of": "node"})
    graph.add_node(tools).add_node("chain", chain).add_node("single", RunnableLambda(lambda state: {"said": []}))
    graph.add_node("inner", inner.with_config(tags=["bound"])).add_node(calls)
    graph.add_conditional_edges(lg.START, first, ["talks"])
    graph.add_conditional_edges("talks", after, ["tools"])
    graph.add_conditional_edges("tools", after_with_config, ["chain"])
    graph.add_edge("chain", "single").add_edge("single", "inner").add_edge("inner", "calls")
    graph.add_conditional_edges("calls", RunnableLambda(lambda state: lg.END, name="over"), [lg.END])
    return graph


GIVEN = {"tags": ["given"], "metadata": {"of": "run", "more": 1}}


@program("B18", "A21", "P3")
def callbacks_hear_of_graphs_nodes_routers_models_and_tools(lg: Namespace, run: Run) -> None:
    app = everything(lg).compile(checkpointer=run.saver, name="Everything")
    for name, more in (("plain", {}), ("named", {"run_name": "My run", "run_id": UUID(int=7)})):
        heard = Recorder()
        config = thread(name) | GIVEN | more | {"callbacks": [heard], "max_concurrency": 1}
        run.show(name, run.call(app, "invoke", {"said": []}, config))
        run.show("heard", heard.heard)
        run.show("ids", [run_id.int for run_id in heard.numbers if run_id.int < 9])
    run.show("nobody listens", run.call(app, "invoke", {"said": []}, thread("nobody")))


@program("B18", "F11", savers=PURE)
def callbacks_come_by_every_way(lg: Namespace, run: Run) -> None:
    def node(state: Said) -> dict:
        return {"said": [model("hello").invoke("hi").content]}

    app = lg.StateGraph(Said).add_node(node).add_edge(lg.START, "node").compile()
    bound, given, managed, around = Recorder(), Recorder(), Recorder(), Recorder()
    run.call(app.with_config(callbacks=[bound]), "invoke", {"said": []}, {"callbacks": [given]})
    run.call(app, "invoke", {"said": []}, {"callbacks": CallbackManager([managed], [managed], tags=["of the manager"])})
    run.call(RunnableLambda(lambda state: state) | app, "invoke", {"said": []}, {"callbacks": [around]})
    for name, recorder in (("bound", bound), ("given", given), ("managed", managed), ("around", around)):
        run.show(name, recorder.heard)
    streamed = Recorder()
    run.stream(app, {"said": []}, {"callbacks": [streamed]}, stream_mode="updates")
    run.show("streamed", streamed.heard)
    limited = Recorder()
    run.stream(app, {"said": []}, {"callbacks": [limited]}, output_keys="said", stream_mode="values")
    run.show("of some keys", limited.heard)
    awaited = AsyncRecorder()
    run.call(app, "invoke", {"said": []}, {"callbacks": [awaited]})
    run.show("awaited", awaited.heard)
    with collect_runs() as collected:
        run.call(app, "invoke", {"said": []})
    run.show("collected", [(found.name, [child.name for child in found.child_runs]) for found in collected.traced_runs])
    with get_usage_metadata_callback() as usage:
        run.call(app, "invoke", {"said": []})
    run.show("usage", usage.usage_metadata)


@program("B18", "G1", "G9")
def callbacks_hear_of_failures_and_retries(lg: Namespace, run: Run) -> None:
    failures = [1, 1]

    def flaky(state: Said) -> dict:
        if failures:
            failures.pop()
            raise ConnectionError("lost")
        return {"said": ["done"]}

    def bad(state: Said) -> dict:
        raise ValueError("bad")

    policy = lg.RetryPolicy(initial_interval=0.001, jitter=False)
    graph = lg.StateGraph(Said).add_node("flaky", lg.node(flaky), retry_policy=policy).add_node(lg.node(bad))
    app = graph.add_edge(lg.START, "flaky").add_edge("flaky", "bad").compile(checkpointer=run.saver)
    heard = Recorder()
    run.says("ValueError", run.call, app, "invoke", {"said": []}, thread() | {"callbacks": [heard]})
    run.show("heard", heard.heard)
    again = Recorder()
    config = thread("2") | {"callbacks": [again], "recursion_limit": 1}
    run.fails("GraphRecursionError", run.call, app, "invoke", {"said": []}, config)
    run.show("heard", again.heard)

    def unwritable(state: Said) -> Any:
        return 5

    other = lg.StateGraph(Said).add_node(lg.node(unwritable)).add_edge(lg.START, "unwritable").compile()
    third = Recorder()
    run.fails("InvalidUpdateError", run.call, other, "invoke", {"said": []}, {"callbacks": [third]})
    run.show("heard", third.heard)


@program("B18", "E1", "E8", savers=STORED)
def callbacks_hear_of_pauses(lg: Namespace, run: Run) -> None:
    def asks(state: Said) -> dict:
        return {"said": [lg.interrupt("what?")]}

    inner = lg.StateGraph(Said).add_node(lg.node(asks)).add_edge(lg.START, "asks").compile(name="Inner")
    graph = lg.StateGraph(Said).add_node(lg.adds("before", "said")).add_node("inner", inner)
    graph.add_node(lg.adds("after", "said"))
    graph.add_edge(lg.START, "before").add_edge("before", "inner").add_edge("inner", "after")
    app = graph.compile(checkpointer=run.saver, interrupt_before=["after"])
    for given in ({"said": []}, lg.Command(resume="this"), None):
        heard = Recorder()
        run.invoke(app, given, thread() | {"callbacks": [heard]})
        run.show("heard", [entry[:4] for entry in heard.heard])


@program("B18", "C2", "J3", savers=PURE)
def callbacks_hear_of_tasks_and_actors(lg: Namespace, run: Run) -> None:
    @lg.task
    def add(a: int, b: int = 2, **more: int) -> str:
        return model("sum").invoke("?").content + str(a + b + sum(more.values()))

    @lg.entrypoint()
    def flow(given: int) -> list:
        return [add(given, 1).result(), add(given, c=5).result()]

    def one(text: str) -> str:
        return text + "1"

    def two(text: str) -> str:
        return text + "2"

    both = lg.NodeBuilder().subscribe_only("a").do(one).do(two).write_to("b").meta("tagged", m=1)
    single = lg.NodeBuilder().subscribe_only("b").do(RunnableLambda(one)).write_to("c")
    channels = {"a": lg.EphemeralValue(str), "b": lg.LastValue(str), "c": lg.LastValue(str)}
    actors = lg.Pregel(
        nodes={"both": both, "single": single}, channels=channels, input_channels="a", output_channels=["b", "c"]
    )
    for app, given in ((actors, "x"), (flow, 1)):
        if not lg.is_async or app is actors:
            heard = Recorder()
            run.show("result", run.call(app, "invoke", given, {"callbacks": [heard], "tags": ["given"]}))
            run.show("heard", heard.heard)
        run.show("schemas", [app.get_input_jsonschema(), app.get_output_jsonschema(), app.InputType, app.OutputType])
        run.show("drawn", app.get_graph().draw_mermaid())


@program("F3", "A21")
def tokens_of_models_in_routers_and_beside_callbacks(lg: Namespace, run: Run) -> None:
    talk = model("hello you")

    def where(state: Any) -> str:
        talk.invoke("where to?")
        return lg.END

    async def awhere(state: Any) -> str:
        await talk.ainvoke("where to?")
        return lg.END

    inner = lg.StateGraph(lg.MessagesState).add_node(lg.asks(talk)).add_edge(lg.START, "model").compile()
    graph = lg.StateGraph(lg.MessagesState).add_node("inner", inner).add_edge(lg.START, "inner")
    app = graph.add_conditional_edges("inner", awhere if lg.is_async else where).compile(checkpointer=run.saver)
    heard = Recorder()
    for name, options in (("alone", {}), ("with what is inside", {"subgraphs": True})):
        run.stream(app, {"messages": [("user", "hi")]}, thread(name), stream_mode="messages", **options)
    run.stream(app, {"messages": [("user", "hi")]}, thread("3") | {"callbacks": [heard]}, stream_mode="messages")
    run.show("heard", [entry[:4] for entry in heard.heard if entry[0] in ("chain", "model")])


@program("F11")
def event_streams(lg: Namespace, run: Run) -> None:
    app = everything(lg).compile(checkpointer=run.saver)

    async def events(version: str, name: str, **options: Any) -> list[Any]:
        numbers: dict[str, int] = {}
        found = []
        async for event in app.astream_events({"said": []}, thread(name) | GIVEN, version=version, **options):
            number = numbers.setdefault(event["run_id"], len(numbers))
            parents = [numbers.get(parent, parent) for parent in event.get("parent_ids", ())]
            data = {key: repr(value) for key, value in event["data"].items() if key not in ("output", "chunk")}
            for key in {"output", "chunk"} & event["data"].keys():
                value = event["data"][key]
                data[key] = value.content if hasattr(value, "content") else repr(value)
            found.append((event["event"], number, event["name"], parents, event["tags"], own(event["metadata"]), data))
        return found

    if lg.is_async:
        run.show("v2", run.run(events("v2", "v2")))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LangChainDeprecationWarning)
            run.show("v1", run.run(events("v1", "v1")))
        run.show("some names", run.run(events("v2", "names", include_names=["tools", "Inner"])))
        run.show("some types", run.run(events("v2", "types", include_types=["chat_model", "tool"])))
        run.show("without tags", run.run(events("v2", "tags", exclude_tags=["langsmith:hidden", "given"])))


@program("B18", savers=PURE)
def tracers_know_what_runs_in_a_node(lg: Namespace, run: Run) -> None:
    class Client:
        tracing_sample_rate = None
        otel_exporter = None

        def __init__(self) -> None:
            self.created: list[Any] = []

        def create_run(self, **found: Any) -> None:
            configurable = {k: v for k, v in found["extra"]["metadata"].items() if k in ("user", "api_key")}
            self.created.append((found["name"], found["run_type"], configurable))

        def update_run(self, *args: Any, **options: Any) -> None:
            pass

    def node(state: Said) -> dict:
        return {"said": [get_current_run_tree().name]}

    def router(state: Said) -> str:
        run.show("in the router", get_current_run_tree().name)
        return lg.END

    graph = lg.StateGraph(Said).add_node(lg.node(node)).add_edge(lg.START, "node")
    app = graph.add_conditional_edges("node", lg.node(router)).compile()
    tracer = LangChainTracer(client=Client())
    run.invoke(app, {"said": []}, {"callbacks": [tracer], "configurable": {"user": "ada", "api_key": "secret"}})
    run.show("traced", tracer.client.created)
    run.show("left", get_current_run_tree())
