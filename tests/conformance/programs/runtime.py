"""What a node can ask of the run around it: context, identity, config; from anywhere below it."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program


class State(TypedDict, total=False):
    n: int


@dataclass
class Settings:
    user: str
    level: int = 1


class Checked(BaseModel):
    user: str
    level: int = 2


class Plain(TypedDict):
    user: str


def one_node(lg: Namespace, run: Run, node: Any, schema: Any = None, **options: Any) -> Any:
    builder = lg.StateGraph(State, context_schema=schema).add_node("node", lg.node(node), **options)
    return builder.add_edge(lg.START, "node").compile(checkpointer=run.saver)


@program("A34", "B15")
def context_becomes_what_the_schema_says(lg: Namespace, run: Run) -> None:
    def look(state: State, runtime: lg.Runtime) -> dict:
        run.show("context", (runtime.context, lg.get_runtime().context == runtime.context))
        return {"n": 1}

    given = (
        (Settings, {"user": "ada"}), (Settings, Settings("bob", 3)), (Settings, None), (Settings, 5),
        (Checked, {"user": "cy", "level": "4"}), (Checked, Checked(user="dan")), (Plain, {"user": "eve", "more": 1}),
        (None, {"user": "fay"}), (int, 7), (None, None),
    )  # fmt: skip
    for index, (schema, context) in enumerate(given):
        app = one_node(lg, run, look, schema)
        run.invoke(app, {}, thread(str(index)), context=context)
        run.stream(app, {}, thread(f"stream {index}"), context=context)
    run.says("TypeError", run.invoke, one_node(lg, run, look, Settings), {}, thread("a"), context={"name": "x"})
    run.fails("ValidationError", run.invoke, one_node(lg, run, look, Checked), {}, thread("b"), context={"level": 1})


@program("A34", "B15", "I1")
def a_graph_inside_gets_the_context_around_it(lg: Namespace, run: Run) -> None:
    def look(state: State, runtime: lg.Runtime) -> dict:
        run.show("context", runtime.context)
        return {"n": state["n"] + 1}

    inner = lg.StateGraph(State, context_schema=Settings).add_node("look", lg.node(look))
    inner = inner.add_edge(lg.START, "look").compile()
    outer = lg.StateGraph(State, context_schema=Settings).add_node("look", lg.node(look)).add_node("inner", inner)
    outer.add_edge(lg.START, "look").add_edge("look", "inner")
    run.invoke(outer.compile(checkpointer=run.saver), {"n": 0}, thread(), context={"user": "ada"})


@program("B15", "B16", "B17", "B18", "A31")
def a_task_knows_who_it_is(lg: Namespace, run: Run) -> None:
    def look(state: State, runtime: lg.Runtime, config: RunnableConfig) -> dict:
        info = runtime.execution_info
        run.show("info", (info.thread_id, info.run_id, info.node_attempt, info.task_id, info.checkpoint_ns))
        run.show("patched", runtime.patch_execution_info(node_attempt=3).execution_info.node_attempt)
        run.show("overridden", runtime.override(context=4).context)
        run.show("server", runtime.server_info)
        run.show("others", (runtime.store, runtime.previous))
        own = {k: v for k, v in config["configurable"].items() if not k.startswith(("__", "checkpoint_"))}
        run.show("config", (config.get("tags") or [], own, config.get("run_id")))
        metadata = config["metadata"]
        run.show("metadata", {key: metadata[key] for key in sorted(metadata)})
        return {"n": 1}

    config = {"tags": ["a tag"], "metadata": {"of": "the run"}, "run_id": UUID(int=5), "recursion_limit": 7}
    app = one_node(lg, run, look, metadata={"of the node": 1})
    run.invoke(app, {}, thread("bare"))
    run.invoke(app, {}, thread("told", own="value") | config)
    run.invoke(app.with_config(tags=["bound"], configurable={"other": 2}), {}, thread("bound") | config)
    run.invoke(app, {}, thread("served", assistant_id="helper", graph_id="graph") | {"run_id": UUID(int=6)})


@program("B14")
def what_surrounds_a_node_is_found_in_threads_that_it_starts(lg: Namespace, run: Run) -> None:
    def deep() -> Any:
        return lg.get_config()["configurable"]["thread_id"], lg.get_runtime().context, lg.get_store()

    def look(state: State) -> dict:
        with ThreadPoolExecutor() as pool:
            run.show("in a thread", pool.submit(contextvars.copy_context().run, deep).result())
        run.show("here", deep())
        return {"n": 1}

    run.invoke(one_node(lg, run, look), {}, thread(), context="around")


@program("B14", "B15", savers=("none",))
def outside_of_a_node_there_is_nothing_to_find(lg: Namespace, run: Run) -> None:
    for ask in (lg.get_config, lg.get_store, lg.get_stream_writer, lg.get_runtime):
        run.raises("RuntimeError", ask)
    run.raises("RuntimeError", lg.interrupt, "anybody?")


@program("B13", savers=STORED)
def handlers_hear_of_pauses_and_resumptions(lg: Namespace, run: Run) -> None:
    class Hears(lg.GraphCallbackHandler):
        def on_interrupt(self, event: Any) -> None:
            run.show("pauses", shown(event, event.interrupts))

        def on_resume(self, event: Any) -> None:
            run.show("goes on", shown(event))

    def shown(event: Any, *more: Any) -> Any:
        return event.status, event.run_id, event.checkpoint_id, event.checkpoint_ns, *more

    def config(name: str) -> Any:
        return thread(name) | {"callbacks": [Hears()], "run_id": UUID(int=9)}

    def ask(state: State) -> dict:
        return {"n": lg.interrupt("how many?")}

    def fails(state: State) -> dict:
        raise ValueError("no")

    asks = lg.StateGraph(State).add_node("ask", lg.node(ask)).add_edge(lg.START, "ask")
    inner = asks.compile()
    around = lg.StateGraph(State).add_node("inner", inner).add_edge(lg.START, "inner")
    for name, builder in (("asks", asks), ("asks inside", around)):
        app = builder.compile(checkpointer=run.saver)
        run.invoke(app, {}, config(name))
        run.stream(app, {"n": 5}, config(name))
        run.stream(app, lg.Command(resume=2), config(name), stream_mode="values")
    for side in ("interrupt_before", "interrupt_after"):
        app = asks.compile(checkpointer=run.saver, **{side: ["ask"]})
        run.invoke(app, {}, config(side))
        run.invoke(app, None, config(side))
    app = lg.StateGraph(State).add_node("fails", lg.node(fails)).add_edge(lg.START, "fails").compile(run.saver)
    run.says("ValueError", run.invoke, app, {}, config("fails"))
    run.says("ValueError", run.invoke, app, None, config("fails"))


@program("B13", savers=("memory",))
def a_handler_that_fails_is_only_heard_of_if_it_wants_to(lg: Namespace, run: Run) -> None:
    class Fails(lg.GraphCallbackHandler):
        def on_interrupt(self, event: Any) -> None:
            raise ValueError("not my business")

    class Insists(Fails):
        raise_error = True

    app = lg.StateGraph(State).add_node("ask", lg.node(lambda state: {"n": lg.interrupt("?")}))
    app = app.add_edge(lg.START, "ask").compile(checkpointer=run.saver)
    run.invoke(app, {}, thread("1") | {"callbacks": [Fails()]})
    run.says("ValueError", run.invoke, app, {}, thread("2") | {"callbacks": [Insists()]})


@program("B15", "B16", savers=PURE)
def runtimes_are_merged_and_changed(lg: Namespace, run: Run) -> None:
    heard: list[Any] = []
    info = lg.lookup("runtime", "ExecutionInfo")("c", "ns", "task")
    full = lg.Runtime(context={"n": 1}, store="store", stream_writer=heard.append, previous=0, execution_info=info)
    for other in (lg.Runtime(), lg.Runtime(context={"n": 2}, previous=3), lg.Runtime(stream_writer=print)):
        for merged in (full.merge(other), other.merge(full)):
            run.show("merged", (merged.context, merged.store, merged.previous, merged.execution_info))
            run.show("writer", (merged.stream_writer is print, merged.stream_writer == heard.append))
    run.show("overridden", full.override(context=None, previous=9).context)
    patched = full.patch_execution_info(node_attempt=3).execution_info
    run.show("patched", (patched.node_attempt, patched.task_id, info.node_attempt))
    run.raises("RuntimeError", lg.Runtime().patch_execution_info, node_attempt=3)
    run.show("nothing", (lg.Runtime().stream_writer("unheard"), lg.Runtime().heartbeat(), lg.Runtime().drain_reason))
