"""Stream modes: each alone and together, what is printed, and the form of version 2."""

import contextlib
import io
import operator
import warnings
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from ..harness import Namespace, Run, thread
from . import STORED, program
from .routing import build

MODES = ("values", "updates", "checkpoints", "tasks", "debug")


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    way: Any
    extra: int


class Inner(BaseModel):
    n: int = 0


class Model(BaseModel):
    seen: Annotated[list, operator.add] = []
    inner: Inner = Inner()


class ModelOutput(BaseModel):
    seen: list


@dataclass
class Data:
    seen: Annotated[list, operator.add] = field(default_factory=list)
    n: int = 0


def branching(lg: Namespace, **options: Any) -> Any:
    """Two nodes in parallel, with metadata and two keys written, and one after them."""

    @lg.node
    def wide(state: State) -> dict:
        return {"seen": ["wide"], "extra": len(state["seen"])}

    builder = lg.StateGraph(State).add_node("a", lg.adds("a")).add_node("wide", wide, metadata={"kind": "wide"})
    builder.add_node("z", lg.adds("z")).add_edge(lg.START, "a").add_edge(lg.START, "wide")
    return builder.add_edge(["a", "wide"], "z").compile(**options)


@program("F1", "F2", "F6", "F7")
def every_mode_of_a_plain_run(lg: Namespace, run: Run) -> None:
    app = branching(lg, checkpointer=run.saver)
    config = {"metadata": {"user": "u1", "deep": {"x": 1}}, "tags": ["mine"]}
    for mode in (*MODES, MODES, ["debug", "tasks"], ["updates", "checkpoints"], ["values", "values"], []):
        modes = list(mode) if isinstance(mode, tuple) else mode
        run.stream(app, {"seen": ["in"]}, {**config, **thread(str(mode))}, stream_mode=modes)
    run.stream(app, {"seen": ["again"]}, thread("checkpoints"), stream_mode=["checkpoints", "tasks"])


@program("F1", "F2", "F6", "E1", savers=STORED)
def every_mode_of_a_run_that_asks(lg: Namespace, run: Run) -> None:
    @dataclass
    class Question:
        text: str

    def ask(state: State) -> dict:
        answers = [lg.interrupt(Question("one?")), lg.interrupt({"two": "?"})]
        return {"seen": answers}

    builder = lg.StateGraph(State).add_node("ask", ask).add_node("b", lg.adds("b")).add_node("z", lg.adds("z"))
    builder.add_edge(lg.START, "ask").add_edge(lg.START, "b").add_edge(["ask", "b"], "z")
    app = builder.compile(checkpointer=run.saver)
    for value in ({"seen": ["in"]}, lg.Command(resume="1"), lg.Command(resume="2", update={"extra": 7}), {"seen": []}):
        run.stream(app, value, thread(), stream_mode=list(MODES), output_keys=["seen"])


@program("F2", "F6", "G9")
def every_mode_of_a_run_that_fails(lg: Namespace, run: Run) -> None:
    attempts: list[int] = []

    def fails(state: State) -> dict:
        attempts.append(1)
        if len(attempts) < 2:
            raise ValueError("not yet")
        return {"seen": ["at last"]}

    app = build(lg, "a").add_node("fails", fails).add_edge("a", "fails").compile(checkpointer=run.saver)
    run.says("ValueError", run.stream, app, {"seen": []}, thread(), stream_mode=list(MODES))
    if run.saver:
        run.stream(app, None, thread(), stream_mode=list(MODES))


@program("F6", "A26", "A32")
def every_mode_of_sent_tasks(lg: Namespace, run: Run) -> None:
    @lg.node
    def work(state: Any) -> Any:
        return [lg.Command(update={"seen": [state["n"]]}), lg.Command(update={"seen": ["twice"], "way": state["n"]})]

    def spread(state: State) -> list:
        return [lg.Send("work", {"n": n}) for n in (1, 2)] + ["z"]

    builder = lg.StateGraph(State).add_node(work).add_node("z", lg.adds("z"))
    app = builder.add_conditional_edges(lg.START, spread, ["work", "z"])
    app = app.add_edge("z", lg.END).compile(checkpointer=run.saver)
    run.says("InvalidUpdateError", run.stream, app, {"seen": []}, thread(), stream_mode=list(MODES))


@program("F6", "E8", savers=STORED)
def checkpoints_at_breakpoints(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b", "c").add_edge("a", "b").add_edge("b", "c").compile(checkpointer=run.saver)
    for options in ({"interrupt_before": ["b"]}, {"interrupt_after": ["a"]}, {"interrupt_after": "*"}):
        name = str(options)
        run.stream(app, {"seen": []}, thread(name), stream_mode=list(MODES), **options)
        run.stream(app, None, thread(name), stream_mode=list(MODES))


@program("F6", "D13", savers=STORED)
def checkpoints_under_each_durability(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b").add_edge("a", "b").compile(checkpointer=run.saver)
    for durability in ("sync", "async", "exit"):
        run.stream(app, {"seen": ["in"]}, thread(durability), stream_mode="checkpoints", durability=durability)
    run.stream(app, {"seen": ["again"]}, thread("async"), stream_mode=["debug", "updates"])


@program("F6", "D10", "D11", savers=STORED)
def checkpoints_of_time_travel(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b").add_edge("a", "b").compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"]}, thread(), stream_mode="checkpoints")
    middle = run.history(app, thread())[1].config
    run.stream(app, None, middle, stream_mode=list(MODES))
    forked = run.update_state(app, middle, {"seen": ["fork"]})
    run.stream(app, None, forked, stream_mode=list(MODES))


@program("F6", "A30")
def checkpoints_up_to_the_recursion_limit(lg: Namespace, run: Run) -> None:
    app = build(lg, "a").add_edge("a", "a").compile(checkpointer=run.saver)
    config = {**thread(), "recursion_limit": 2}
    run.raises("GraphRecursionError", run.stream, app, {"seen": []}, config, stream_mode=["checkpoints", "updates"])


@program("F1", "F2", "B10", "B1")
def output_keys_restrict_every_mode(lg: Namespace, run: Run) -> None:
    class Output(TypedDict, total=False):
        extra: int

    app = branching(lg, checkpointer=run.saver)
    for keys in ("seen", "extra", "way", ["seen"], ["way"], ["extra", "seen"]):
        run.stream(app, {"seen": ["in"]}, thread(f"s{keys}"), stream_mode=list(MODES), output_keys=keys)
        run.invoke(app, {"seen": ["in"]}, thread(f"i{keys}"), output_keys=keys)
        run.invoke(app, {"seen": ["in"]}, thread(f"u{keys}"), output_keys=keys, stream_mode="updates")
    builder = lg.StateGraph(State, output_schema=Output).add_node("a", lg.adds("a")).add_edge(lg.START, "a")
    narrow = builder.compile(checkpointer=run.saver)
    run.invoke(narrow, {"seen": [], "way": 1}, thread("narrow"))
    run.invoke(narrow, {"seen": [], "extra": 1}, thread("narrow"))
    run.invoke(narrow, {"seen": []}, thread("narrow"))
    for mode in ("updates", "values", ["updates", "values"], "tasks"):
        run.invoke(narrow, {"seen": []}, thread("narrow"), stream_mode=mode)
        run.stream(narrow, {"seen": []}, thread("narrow"), stream_mode=mode)


@program("F1", "F2", "F6", "A5")
def every_mode_of_a_root_state(lg: Namespace, run: Run) -> None:
    @lg.node
    def more(state: Any) -> Any:
        return [*state, len(state)]

    app = lg.StateGraph(list).add_node(more).add_edge(lg.START, "more").compile(checkpointer=run.saver)
    run.stream(app, [1], thread(), stream_mode=list(MODES))
    run.stream(app, [1], thread(), stream_mode=list(MODES), version="v2")
    run.invoke(app, [1], thread(), version="v2")


def printed(run: Run, call: Any, *args: Any, **options: Any) -> None:
    """Record what a call prints besides what it gives."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        call(*args, **options)
    run.show("printed", out.getvalue())


@program("B9", "B1", "F7")
def modes_are_printed(lg: Namespace, run: Run) -> None:
    app = branching(lg, checkpointer=run.saver)
    value = {"seen": ["in"]}
    printed(run, run.invoke, app, value, thread("1"), print_mode="updates")
    printed(run, run.invoke, app, value, thread("2"), print_mode=["values", "tasks"], output_keys=["seen"])
    printed(run, run.invoke, app, value, thread("3"), print_mode="updates", stream_mode="values", version="v2")
    printed(run, run.invoke, app, value, thread("4"), print_mode="values", stream_mode="updates")
    printed(run, run.invoke, app, value, thread("5"), debug=True)
    printed(run, run.stream, app, value, thread("6"), stream_mode="updates", print_mode=("updates", "values"))
    alone = build(lg, "a").compile(checkpointer=run.saver)
    printed(run, run.stream, alone, value, thread("7"), stream_mode="custom", debug=True)
    printed(run, run.stream, app, value, thread("8"), stream_mode="values", debug=True, print_mode="tasks")
    printed(run, run.stream, app, value, thread("9"), stream_mode=[], print_mode="values", version="v2")
    loud = branching(lg, checkpointer=run.saver, debug=True)
    run.show("debug", loud.debug)
    printed(run, run.invoke, loud, value, thread("10"))
    printed(run, run.stream, loud, value, thread("11"), debug=False)


@program("B9", "F8")
def what_graphs_inside_print(lg: Namespace, run: Run) -> None:
    inner = build(lg, "inner").compile()
    app = lg.StateGraph(State).add_node("sub", inner).add_edge(lg.START, "sub").compile(checkpointer=run.saver)
    printed(run, run.stream, app, {"seen": []}, thread("1"), subgraphs=True, print_mode=["updates", "values"])
    printed(run, run.stream, app, {"seen": []}, thread("2"), stream_mode="updates", print_mode=["updates", "values"])
    printed(run, run.invoke, app, {"seen": []}, thread("3"), subgraphs=True, print_mode=["updates"], version="v2")


@program("F9", "F7")
def parts_of_every_mode(lg: Namespace, run: Run) -> None:
    @lg.node
    def says(state: State, writer: lg.StreamWriter) -> dict:
        writer({"progress": 1})
        return {"seen": ["says"]}

    app = lg.StateGraph(State).add_node(says).add_edge(lg.START, "says").compile(checkpointer=run.saver)
    for mode in (*MODES, "custom", "messages", [*MODES, "custom"]):
        run.stream(app, {"seen": ["in"]}, thread(str(mode)), stream_mode=mode, version="v2")
        run.stream(app, {"seen": ["in"]}, thread(str(mode)), stream_mode=mode, version="v2", subgraphs=True)
    run.stream(app, {"seen": ["in"]}, thread("v1"), stream_mode="values", version="v1")
    run.stream(app, {"seen": ["in"]}, thread("v2"), version="v2")


@program("F9", "B2", "A3", "A4")
def parts_have_the_states_class(lg: Namespace, run: Run) -> None:
    def build_of(schema: Any, **options: Any) -> Any:
        @lg.node
        def count(state: schema) -> dict:
            return {"seen": ["count"], **({"n": 1} if schema is Data else {"inner": Inner(n=2)})}

        builder = lg.StateGraph(schema, **options).add_node(count).add_edge(lg.START, "count")
        return builder.compile(checkpointer=run.saver)

    for name, app in (("m", build_of(Model)), ("o", build_of(Model, output_schema=ModelOutput)), ("d", build_of(Data))):
        run.invoke(app, {"seen": ["in"]}, thread(name), version="v2")
        run.invoke(app, {"seen": ["in"]}, thread(name))
        for mode in ("checkpoints", "debug", "updates", "tasks", *(["values"] if name != "o" else [])):
            run.stream(app, {"seen": ["in"]}, thread(f"{name}{mode}"), stream_mode=mode, version="v2")
            run.stream(app, {"seen": ["in"]}, thread(f"{name}{mode}"), stream_mode=[mode])


@program("B2", "F9", "E1", savers=STORED)
def questions_in_version_2(lg: Namespace, run: Run) -> None:
    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    app = build(lg, "a").add_node("ask", ask).add_edge("a", "ask").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread("1"), version="v2")
    run.invoke(app, lg.Command(resume="!"), thread("1"), version="v2")
    run.stream(app, {"seen": []}, thread("2"), stream_mode=["values", "updates"], version="v2")
    run.stream(app, lg.Command(resume="!"), thread("2"), stream_mode=["values", "updates"], version="v2")
    paused = {"interrupt_before": ["ask"]}
    run.invoke(app, {"seen": []}, thread("3"), version="v2", **paused)
    run.stream(app, {"seen": []}, thread("4"), stream_mode=["values", "updates"], version="v2", **paused)


@program("B2")
def a_graph_output(lg: Namespace, run: Run) -> None:
    @dataclass
    class Data:
        n: int

    output = lg.GraphOutput({"n": 1}, (lg.Interrupt("?", id="i"),))
    run.show("output", output)
    run.show("repr", repr(lg.GraphOutput(None)))
    run.show("equal", output == lg.GraphOutput({"n": 1}, (lg.Interrupt("?", id="i"),)))
    for value in (output, lg.GraphOutput(Data(3)), lg.GraphOutput([1])):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            run.show("in", ["n" in value, "m" in value, "__interrupt__" in value, 0 in value])
            run.show("interrupts", value["__interrupt__"])
        run.show("warnings", [(type(w.message).__mro__[:2], str(w.message)) for w in told])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run.show("item", value["n"]) if hasattr(value.value, "n") or value is output else None
            run.fails("KeyError", lambda value=value: value["nobody"])


@program("B1", "F7")
def invoke_in_every_mode(lg: Namespace, run: Run) -> None:
    app = branching(lg, checkpointer=run.saver)
    for mode in (*MODES, list(MODES), ["values"]):
        for version in ("v1", "v2"):
            name = f"{mode}{version}"
            run.invoke(app, {"seen": ["in"]}, thread(name), stream_mode=mode, version=version)


@program("F1", "F2", "I2")
def a_stream_inside_of_a_node(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(State).add_sequence([(n, lambda state, n=n: {"seen": [n]}) for n in "xy"])
    inner = builder.add_edge(lg.START, "x").compile()

    def with_config(state: State, config: RunnableConfig) -> dict:
        return {"seen": [list(inner.stream({"seen": []}, config))]}

    def without(state: State) -> dict:
        return {"seen": [list(inner.stream({"seen": []})), list(inner.stream({"seen": []}, stream_mode="updates"))]}

    builder = lg.StateGraph(State).add_node(with_config).add_node(without).add_edge(lg.START, "with_config")
    app = builder.add_edge("with_config", "without").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread("1"))
    run.stream(app, {"seen": []}, thread("2"), stream_mode=["updates", "values"], subgraphs=True)


@program("F6", "F8", "I1", "I2", "E10", savers=STORED)
def every_mode_of_graphs_inside(lg: Namespace, run: Run) -> None:
    def asks(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    inner = build(lg, "x").add_node("asks", asks).add_edge("x", "asks").compile()
    outer = lg.StateGraph(State).add_node("inner", inner).add_edge(lg.START, "inner").compile()

    def calls(state: State) -> dict:
        return {"seen": [len(outer.invoke({"seen": []})["seen"])]}

    async def acalls(state: State) -> dict:
        return {"seen": [len((await outer.ainvoke({"seen": []}))["seen"])]}

    builder = lg.StateGraph(State).add_node("outer", outer).add_node("calls", acalls if lg.is_async else calls)
    builder.add_edge(lg.START, "outer").add_edge("outer", "calls")
    app = builder.compile(checkpointer=run.saver)
    for subgraphs in (True, False):
        for value in ({"seen": ["in"]}, lg.Command(resume="1"), lg.Command(resume="2")):
            run.stream(app, value, thread(str(subgraphs)), stream_mode=list(MODES), subgraphs=subgraphs)
    run.stream(app, {"seen": []}, thread("v2"), stream_mode="values", subgraphs=True, version="v2")
