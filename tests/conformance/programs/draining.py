"""Programs about runs that are asked to stop between two steps."""

import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def asking_to_stop(lg: Namespace, name: str, reason: str = "deploy") -> Any:
    """A node that asks the run to stop after its step, once."""
    calls: list[str] = []

    def ask(state: State, runtime: lg.Runtime) -> dict:
        before = runtime.drain_requested, runtime.drain_reason
        calls.append(name)
        if len(calls) == 1:
            runtime.control.request_drain(reason)
        return {"seen": [f"{name} {before} {runtime.drain_requested} {runtime.drain_reason}"]}

    return lg.node(ask)


@program("B11", "B15", "D6", "F1")
def a_node_asks_the_run_to_stop(lg: Namespace, run: Run) -> None:
    for given in (False, True):
        builder = lg.StateGraph(State).add_node("a", asking_to_stop(lg, "a")).add_node(lg.adds("b"))
        app = builder.add_edge(lg.START, "a").add_edge("a", "b").compile(checkpointer=run.saver)
        options = {"stream_mode": ["values", "updates"], **({"control": lg.RunControl()} if given else {})}
        config = thread(str(given))
        error = run.says("GraphDrained", run.stream, app, {"seen": []}, config, **options)
        run.show("reason", error.reason)
        if run.saver:
            run.get_state(app, config)
            run.invoke(app, None, config)
            run.history(app, config)


@program("B11", "D13")
def a_run_is_asked_to_stop_from_outside(lg: Namespace, run: Run) -> None:
    for durability in ("sync", "async", "exit"):
        control = lg.RunControl()
        run.show("at first", (control.drain_requested, control.drain_reason))
        control.request_drain()
        run.show("asked", (control.drain_requested, control.drain_reason))
        builder = lg.StateGraph(State).add_sequence([lg.adds("a"), lg.adds("b")]).add_edge(lg.START, "a")
        app, config = builder.compile(checkpointer=run.saver), thread(durability)
        options = {"durability": durability} if run.saver else {}
        watched = {"control": control, "stream_mode": ["values", "updates"], **options}
        run.says("GraphDrained", run.stream, app, {"seen": ["in"]}, config, **watched)
        if run.saver:
            run.get_state(app, config)
            run.invoke(app, None, config, **options)
            run.history(app, config)


@program("B11")
def the_last_step_is_not_drained(lg: Namespace, run: Run) -> None:
    app = lg.StateGraph(State).add_node("a", asking_to_stop(lg, "a")).add_edge(lg.START, "a").compile(run.saver)
    run.invoke(app, {"seen": []}, thread())
    if run.saver:
        run.get_state(app, thread())


@program("B11", "E8")
def a_breakpoint_comes_before_a_drain(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(State).add_node("a", asking_to_stop(lg, "a")).add_node(lg.adds("b"))
    app = builder.add_edge(lg.START, "a").add_edge("a", "b").compile(checkpointer=run.saver, interrupt_before=["b"])
    if run.saver:
        run.stream(app, {"seen": []}, thread(), stream_mode="updates")
        run.get_state(app, thread())
        run.invoke(app, None, thread())


@program("B11", "I1", "I4")
def a_graph_inside_is_drained_too(lg: Namespace, run: Run) -> None:
    inner = lg.StateGraph(State).add_node("deep", asking_to_stop(lg, "deep")).add_node(lg.adds("deeper"))
    inner.add_edge(lg.START, "deep").add_edge("deep", "deeper")
    builder = lg.StateGraph(State).add_node("graph", inner.compile()).add_node(lg.adds("after"))
    builder.add_node(lg.adds("beside")).add_edge(lg.START, "beside")
    app = builder.add_edge(lg.START, "graph").add_edge("graph", "after").compile(checkpointer=run.saver)
    run.says("GraphDrained", run.stream, app, {"seen": ["in"]}, thread(), stream_mode=["values", "updates"])
    if run.saver:
        run.invoke(app, None, thread())


@program("B11", "G1", "G5")
def a_drain_is_no_failure(lg: Namespace, run: Run) -> None:
    def handle(state: State, error: lg.NodeError) -> dict:
        return {"seen": ["handled"]}

    inner = lg.StateGraph(State).add_node("deep", asking_to_stop(lg, "deep")).add_node(lg.adds("deeper"))
    inner.add_edge(lg.START, "deep").add_edge("deep", "deeper")
    policy = lg.RetryPolicy(retry_on=Exception, initial_interval=0.0, jitter=False)
    builder = lg.StateGraph(State)
    builder.add_node("graph", inner.compile(), retry_policy=policy, error_handler=lg.node(handle))
    app = builder.add_edge(lg.START, "graph").compile(checkpointer=run.saver)
    run.says("GraphDrained", run.invoke, app, {"seen": ["in"]}, thread())
