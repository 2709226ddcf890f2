"""Programs about nodes that handle the errors of others."""

import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import STORED, program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def failing(lg: Namespace, failure: Exception, calls: list[Any] | None = None) -> Any:
    """A node that always fails."""

    def fail(state: State) -> dict:
        if calls is not None:
            calls.append("node")
        raise failure

    return lg.node(fail)


def handling(lg: Namespace, result: Any = None, calls: list[Any] | None = None) -> Any:
    """A handler that notes what it was told and writes it, or returns ``result``."""

    def handle(state: State, error: lg.NodeError) -> Any:
        told = f"{error.node} raised {error.error!r} on {state['seen']}"
        if calls is not None:
            calls.append((told, [str(type(n).__name__) for n in getattr(error.error, "__notes__", [])]))
        return {"seen": [told]} if result is None else result

    return lg.node(handle)


@program("G5", "F2", "F7", "D6", "D7")
def a_handler_takes_the_place_of_a_failed_node(lg: Namespace, run: Run) -> None:
    ways = {
        "update": None,
        "command": lg.Command(update={"seen": ["sent on"]}, goto="after"),
        "nothing": {},
        "send": lg.Command(goto=[lg.Send("after", {"seen": ["own"]})]),
    }
    for name, result in ways.items():
        calls: list[Any] = []
        handler = handling(lg, result, calls)
        builder = lg.StateGraph(State).add_node("a", failing(lg, KeyError("k")), error_handler=handler)
        builder.add_node(lg.adds("b")).add_node(lg.adds("next")).add_node(lg.adds("after"))
        builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("a", "next").add_edge("b", "next")
        app = builder.compile(checkpointer=run.saver)
        run.stream(app, {"seen": ["in"]}, thread(name), stream_mode=["updates", "values"])
        run.show("told", calls)
        run.show("nodes", sorted(builder.nodes))
        if run.saver:
            run.get_state(app, thread(name))
            run.history(app, thread(name))


@program("G5")
def a_handler_beside_others(lg: Namespace, run: Run) -> None:
    for siblings in ((), ("x",), ("b", "x")):
        builder = lg.StateGraph(State).add_node("n", failing(lg, ValueError("bad")), error_handler=handling(lg))
        for name in siblings:
            builder.add_node(name, lg.adds(name)).add_edge(lg.START, name)
        builder.add_edge(lg.START, "n").add_node(lg.adds("end")).add_edge([*siblings, "n"], "end")
        app = builder.compile(checkpointer=run.saver)
        run.stream(app, {"seen": ["in"]}, thread(str(len(siblings))), stream_mode=["updates", "values"])
    builder = lg.StateGraph(State).add_node("n", failing(lg, ValueError("bad")), error_handler=handling(lg))
    builder.add_node("other", failing(lg, OSError("worse"))).add_edge(lg.START, "n").add_edge(lg.START, "other")
    app = builder.compile(checkpointer=run.saver)
    run.says("OSError", run.invoke, app, {"seen": ["in"]}, thread("one unhandled"))  # who was first is chance


@program("G5", "A26", "A32")
def handlers_of_sent_tasks(lg: Namespace, run: Run) -> None:
    def work(state: dict) -> dict:
        if state["seen"][0] == 1:
            raise ValueError(state["seen"][0])
        return {"seen": [f"did {state['seen'][0]}"]}

    builder = lg.StateGraph(State).add_node("work", lg.node(work), error_handler=handling(lg))
    builder.add_conditional_edges(lg.START, lambda state: [lg.Send("work", {"seen": [n]}) for n in range(4)])
    app = builder.compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode=["updates", "values"])
    if run.saver:
        run.get_state(app, thread())
        run.history(app, thread())


@program("G5", "D14", savers=STORED)
def a_handler_that_was_cut_off_runs_again_alone(lg: Namespace, run: Run) -> None:
    for durability in ("sync", "async", "exit"):
        calls: list[str] = []

        def fail(state: State, calls: list[str] = calls) -> dict:
            calls.append("node")
            raise ValueError("bad")

        def handle(state: State, error: lg.NodeError, calls: list[str] = calls) -> dict:
            calls.append("handler")
            if len(calls) < 3:
                raise RuntimeError("cut off")
            return {"seen": [f"handled the error of {error.node}"]}

        builder = lg.StateGraph(State).add_node("a", lg.node(fail), error_handler=lg.node(handle))
        builder.add_node(lg.adds("b")).add_edge(lg.START, "a").add_edge(lg.START, "b")
        app = builder.compile(checkpointer=run.saver)
        config = thread(durability)
        run.says("RuntimeError", run.invoke, app, {"seen": ["in"]}, config, durability=durability)
        run.get_state(app, config)
        run.stream(app, None, config, stream_mode=["updates", "values"], durability=durability)
        run.show("calls", calls)
        run.get_state(app, config)
        run.history(app, config)


@program("G5", "E1", savers=STORED)
def questions_pass_a_handler_by(lg: Namespace, run: Run) -> None:
    def asks(state: State) -> dict:
        answer = lg.interrupt("well?")
        if answer == "fail":
            raise ValueError(answer)
        return {"seen": [answer]}

    builder = lg.StateGraph(State).add_node("a", lg.node(asks), error_handler=handling(lg)).add_edge(lg.START, "a")
    app = builder.compile(checkpointer=run.saver)
    for answer in ("fine", "fail"):
        run.invoke(app, {"seen": ["in"]}, thread(answer))
        run.get_state(app, thread(answer))
        run.stream(app, lg.Command(resume=answer), thread(answer), stream_mode="values")


@program("G5", "E1", "E2", savers=STORED)
def a_handler_asks(lg: Namespace, run: Run) -> None:
    calls: list[Any] = []

    def handle(state: State, error: lg.NodeError) -> Any:
        return lg.Command(update={"seen": [lg.interrupt("what now?")]}, goto="b")

    builder = lg.StateGraph(State).add_node("a", failing(lg, ValueError("bad"), calls), error_handler=lg.node(handle))
    app = builder.add_edge(lg.START, "a").add_node(lg.adds("b")).compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"]}, thread(), stream_mode=["updates", "values"])
    run.stream(app, lg.Command(resume="go on"), thread(), stream_mode=["updates", "values"])
    run.show("calls", calls)
    run.history(app, thread())


@program("G5", "I1")
def a_graph_that_fails_inside_reaches_the_handler(lg: Namespace, run: Run) -> None:
    inner = lg.StateGraph(State).add_node("deep", failing(lg, ValueError("deep"))).add_edge(lg.START, "deep").compile()
    builder = lg.StateGraph(State).add_node("graph", inner, error_handler=handling(lg)).add_edge(lg.START, "graph")
    app = builder.compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"]}, thread(), stream_mode=["updates", "values"])
    if run.saver:
        run.get_state(app, thread())


@program("A19", "G5", "G1")
def node_defaults(lg: Namespace, run: Run) -> None:
    calls: list[str] = []

    def shaky(name: str, times: int) -> Any:
        def attempt(state: State) -> dict:
            calls.append(name)
            if calls.count(name) <= times:
                raise ConnectionError(name)
            return {"seen": [name]}

        return lg.node(attempt)

    def handle(state: State, error: lg.NodeError) -> dict:
        calls.append("default")
        if calls.count("default") < 2:
            raise ConnectionError("the handler is retried")
        return {"seen": [f"default for {error.node}"]}

    fast = {"initial_interval": 0.0, "jitter": False}
    builder = lg.StateGraph(State).add_node("twice", shaky("twice", 1)).add_node("often", shaky("often", 9))
    once = lg.RetryPolicy(max_attempts=1, **fast)
    builder.add_node("own", shaky("own", 9), retry_policy=once, error_handler=handling(lg))
    builder.add_edge(lg.START, "twice").add_edge("twice", "often").add_edge(lg.START, "own")
    policies = [lg.RetryPolicy(retry_on=KeyError, **fast), lg.RetryPolicy(max_attempts=2, **fast)]
    run.show("chains", builder.set_node_defaults(retry_policy=policies) is builder)
    builder.set_node_defaults(error_handler=lg.node(handle))
    app = builder.compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"]}, thread(), stream_mode=["updates", "values"])
    run.show("calls", calls)


@program("G5", "A14")
def handlers_are_refused_and_fail(lg: Namespace, run: Run) -> None:
    taken = lg.StateGraph(State).add_node("__error_handler__a", lg.adds("x"))
    run.raises("ValueError", taken.add_node, "a", lg.adds("a"), error_handler=handling(lg))
    worse = failing(lg, OSError("worse"))
    builder = lg.StateGraph(State).add_node("a", failing(lg, ValueError("bad")), error_handler=worse)
    app = builder.add_edge(lg.START, "a").set_node_defaults(error_handler=handling(lg)).compile(checkpointer=run.saver)
    run.says("OSError", run.stream, app, {"seen": ["in"]}, thread(), stream_mode=["updates", "values"])
    if run.saver:
        run.get_state(app, thread())
        run.history(app, thread())
