"""Answers and the questions they are for: loops, maps, strictness, questions inside of graphs and beside failures."""

import operator
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from ..harness import Namespace, Run, thread
from . import STORED, program
from .nested import BOTH, State, asking, calling, chain
from .routing import build


class Size(BaseModel):
    width: int


@program("D25", "E2", savers=STORED)
def strict_answers(lg: Namespace, run: Run) -> None:
    def told(error: Any) -> None:
        run.show("told", (error.reason, len(error.interrupt_ids), len(error.pending_ids)))

    builder = build(lg, "a", entry=False).add_node(asking(lg, "x", "x1", "x2")).add_node(asking(lg, "y", "y1"))
    app = builder.add_edge(lg.START, "x").add_edge(lg.START, "y").add_edge(["x", "y"], "a").compile(
        checkpointer=run.saver
    )
    config = thread(__pregel_strict_resume=True)
    asked = run.invoke(app, {"seen": []}, config)["__interrupt__"]
    ids = {i.value: i.id for i in asked}
    for answer in ({}, "which?", {"0" * 32: "nobody's"}, {ids["x1"]: "X1", "0" * 32: "nobody's"}):
        told(run.raises("UnknownInterruptError", run.invoke, app, lg.Command(resume=answer), config))
    asked = run.invoke(app, lg.Command(resume={ids["x1"]: "X1"}), config)["__interrupt__"]
    told(run.raises("UnknownInterruptError", run.invoke, app, lg.Command(resume={ids["x1"]: "again"}), config))
    run.get_state(app, config)
    run.invoke(app, lg.Command(resume={i.id: i.value.upper() for i in asked}), config)


@program("E2", "E7", savers=STORED)
def strict_answers_inside(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("one"), asking(lg, "ask", "first?", "second?")).compile()
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
    config = thread(__pregel_strict_resume=True)
    first = run.invoke(app, {"seen": []}, config)["__interrupt__"][0]
    second = run.invoke(app, lg.Command(resume={first.id: "A"}), config)["__interrupt__"][0]
    run.fails("UnknownInterruptError", run.invoke, app, lg.Command(resume={first.id: "A again"}), config)
    run.invoke(app, lg.Command(resume={second.id: "B"}), config)


@program("E5", "E2", savers=STORED)
def loops_of_questions_in_a_loop_of_nodes(lg: Namespace, run: Run) -> None:
    @lg.node
    def ask(state: State) -> dict:
        answers = []
        while not answers or answers[-1] != "done":
            answers.append(lg.interrupt(f"{len(state['seen'])}.{len(answers)}?"))
        return {"seen": [answers]}

    @lg.node
    def again(state: State) -> str:
        return "ask" if len(state["seen"]) < 3 else lg.END

    builder = lg.StateGraph(State).add_node(ask).add_edge(lg.START, "ask")
    app = builder.add_conditional_edges("ask", again).compile(checkpointer=run.saver)
    ids = [run.invoke(app, {"seen": []}, thread())["__interrupt__"][0].id]
    for answer in ("a", "b", "done", "done", "c", "done"):
        ids.extend(i.id for i in run.invoke(app, lg.Command(resume=answer), thread()).get("__interrupt__", ()))
    run.show("ids", (len(ids), len(set(ids))))
    run.history(app, thread())


@program("E2", "B3", "I1", savers=STORED)
def an_answer_with_an_update_and_a_way_for_a_graph_inside(lg: Namespace, run: Run) -> None:
    update = {"update": {"seen": ["updated"]}}
    for number, more in enumerate((update, {"goto": "other"}, {**update, "goto": "other"})):
        child = chain(lg, lg.adds("one"), asking(lg, "ask", "?")).compile()
        builder = lg.StateGraph(State).add_node("child", child).add_node(lg.adds("other")).add_edge(lg.START, "child")
        app = builder.compile(checkpointer=run.saver)
        config = thread(str(number))
        run.invoke(app, {"seen": ["in"]}, config)
        run.invoke(app, lg.Command(resume="!", **more), config)
        run.get_state(app, config, subgraphs=True)
        run.history(app, config)
    run.invoke(app, {"seen": ["in"]}, thread("no answer"))
    run.invoke(app, lg.Command(goto="other"), thread("no answer"))
    run.invoke(app, lg.Command(resume="late"), thread("no answer"))


@program("E2", "E8", savers=STORED)
def an_answer_given_at_a_breakpoint_waits_for_its_question(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("one"), asking(lg, "ask", "?")).compile()
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver, interrupt_before=["child"])
    run.invoke(app, {"seen": []}, thread())
    run.invoke(app, lg.Command(resume="early"), thread())
    stopped = chain(lg, lg.adds("one"), asking(lg, "ask", "?", "more?")).compile(interrupt_before=["ask"])
    app = chain(lg, lg.adds("top"), child=stopped).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread("2"))
    run.invoke(app, lg.Command(resume="early"), thread("2"))
    run.get_state(app, thread("2"), subgraphs=True)
    run.invoke(app, lg.Command(resume="then"), thread("2"))


@program("E1", "G1", "I1", savers=STORED)
def a_graph_inside_fails_and_goes_on(lg: Namespace, run: Run) -> None:
    ran: list[str] = []

    @lg.node
    def first(state: State) -> dict:
        ran.append("first")
        return {"seen": ["first"]}

    @lg.node
    def shaky(state: State) -> dict:
        ran.append("shaky")
        if len(ran) < 4:
            raise OSError(f"not yet: {len(ran)}")
        return {"seen": [lg.interrupt("?")]}

    child = chain(lg, first, shaky).compile()
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
    run.fails("OSError", run.invoke, app, {"seen": []}, thread())
    run.get_state(app, thread(), subgraphs=True)
    run.fails("OSError", run.invoke, app, None, thread())
    run.invoke(app, None, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    run.show("ran", ran)
    run.history(app, thread())


@program("E4", savers=STORED)
def answers_of_a_shape(lg: Namespace, run: Run) -> None:
    @lg.node
    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("size?", response_schema=Size).width]}

    app = build(lg, "b").add_node(ask).add_edge(lg.START, "ask").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    error = run.fails("ValidationError", run.invoke, app, lg.Command(resume={"width": "wide"}), thread())
    run.show("told apart", (lg.is_invalid_resume(error), lg.is_invalid_resume(ValueError())))
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={"width": 3}), thread())


@program("E4", "I1", savers=STORED)
def answers_of_a_shape_inside(lg: Namespace, run: Run) -> None:
    @lg.node
    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("size?", response_schema=Size).width]}

    child = chain(lg, lg.adds("one"), ask).compile()
    builder = chain(lg, child=child).add_node(asking(lg, "beside", "?")).add_edge(lg.START, "beside")
    app = builder.compile(checkpointer=run.saver)
    ids = {i.value: i.id for i in run.invoke(app, {"seen": []}, thread())["__interrupt__"]}
    answers = {ids["size?"]: {"width": "wide"}, ids["?"]: "!"}
    error = run.fails("ValidationError", run.invoke, app, lg.Command(resume=answers), thread())
    run.show("told apart", lg.is_invalid_resume(error))
    run.invoke(app, lg.Command(resume={"width": 3}), thread())


@program("E11", savers=STORED)
def pauses_of_the_old_kind(lg: Namespace, run: Run) -> None:
    calls: list[int] = []

    @lg.node
    def old(state: State) -> dict:
        calls.append(1)
        if len(calls) < 3:
            raise run.warned(lg.NodeInterrupt, f"not yet {len(calls)}")
        return {"seen": ["old"]}

    app = chain(lg, lg.adds("a"), old).compile(checkpointer=run.saver)
    for value in ({"seen": []}, None, lg.Command(resume="!")):
        run.invoke(app, value, thread())
        run.get_state(app, thread())
    run.show("calls", len(calls))


@program("E1", "E10", "I2", savers=STORED)
def a_called_graph_asks_between_questions_of_its_caller(lg: Namespace, run: Run) -> None:
    inner = chain(lg, asking(lg, "ask", "one?", "two?")).compile()
    middle = chain(lg, calling(lg, inner, "call", 2)).compile()
    app = chain(lg, lg.adds("top"), middle=middle).compile(checkpointer=run.saver)
    asked = run.invoke(app, {"seen": []}, thread())["__interrupt__"]
    ids = []
    for answer in range(4):
        ids += [i.id for i in asked]
        asked = run.invoke(app, lg.Command(resume=answer), thread()).get("__interrupt__", ())
        run.get_state(app, thread(), subgraphs=True)
    run.show("ids", (len(ids), len(set(ids))))


@program("E7", "E8", "I1", savers=STORED)
def questions_and_breakpoints_in_parallel_graphs(lg: Namespace, run: Run) -> None:
    asks = chain(lg, lg.adds("one"), asking(lg, "ask", "?")).compile()
    stops = chain(lg, lg.adds("x"), lg.adds("y")).compile(interrupt_before=["y"])
    builder = lg.StateGraph(State).add_node("asks", asks).add_node("stops", stops).add_node(lg.adds("end"))
    builder.add_edge(lg.START, "asks").add_edge(lg.START, "stops").add_edge(["asks", "stops"], "end")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, lg.Command(resume="!"), thread())
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, None, thread())
    run.get_state(app, thread(), subgraphs=True)


@program("D13", "I1", "E1", savers=STORED)
def graphs_inside_are_stored_at_the_end(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("one"), asking(lg, "ask", "?"), lg.adds("two")).compile()
    remembers = chain(lg, lg.adds("r")).compile(checkpointer=True)
    app = chain(lg, lg.adds("top"), child=child, memory=remembers).compile(checkpointer=run.saver)
    for durability in ("exit", "sync"):
        config = thread(durability)
        run.invoke(app, {"seen": []}, config, durability=durability)
        inside = run.get_state(app, config, subgraphs=True).tasks[0].state.config
        run.history(app, inside)
        run.invoke(app, lg.Command(resume="!"), config, durability=durability)
        run.history(app, config)
        run.history(app, inside)
        run.history(app, thread(durability, checkpoint_ns="memory"))


@program("I3", "D6", savers=STORED)
def a_node_looks_at_the_graph_that_it_calls(lg: Namespace, run: Run) -> None:
    inner = chain(lg, lg.adds("a"), lg.adds("b")).compile(interrupt_before=["b"])

    def call(state: State, config: RunnableConfig) -> dict:
        inner.invoke({"seen": []}, config)
        return {}

    async def acall(state: State, config: RunnableConfig) -> dict:
        await inner.ainvoke({"seen": []}, config)
        return {}

    app = chain(lg, call=acall if lg.is_async else call).compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode=BOTH)
    run.get_state(app, thread(), subgraphs=True)
    run.stream(app, None, thread(), stream_mode=BOTH)


class Two(TypedDict, total=False):
    left: Annotated[list, operator.add]
    right: Annotated[list, operator.add]


@program("I1", "A11", "E1", savers=STORED)
def graphs_of_their_own_state(lg: Namespace, run: Run) -> None:
    @lg.node
    def ask(state: Two) -> dict:
        return {"left": [lg.interrupt("left?")], "right": ["r"]}

    inner = lg.StateGraph(Two).add_node(ask).add_edge(lg.START, "ask").compile()

    class Outer(TypedDict, total=False):
        left: Annotated[list, operator.add]
        other: int

    app = lg.StateGraph(Outer).add_node("inner", inner).add_edge(lg.START, "inner").compile(checkpointer=run.saver)
    run.invoke(app, {"left": [0], "other": 1}, thread())
    run.get_state(app, thread(), subgraphs=True)
    run.stream(app, lg.Command(resume=1), thread(), stream_mode=BOTH, subgraphs=True)
