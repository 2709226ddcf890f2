"""Graphs inside of nodes: streams with their namespaces, questions that come up, commands for the graph above."""

import itertools
import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import STORED, program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def line(lg: Namespace, *nodes: Any) -> Any:
    """A builder of nodes one after the other."""
    builder = lg.StateGraph(State)
    for node in nodes:
        builder.add_node(node.__name__, node)
    names = [lg.START, *(node.__name__ for node in nodes)]
    for start, end in itertools.pairwise(names):
        builder.add_edge(start, end)
    return builder


@program("I1", "I4", "F8")
def a_graph_as_a_node(lg: Namespace, run: Run) -> None:
    @lg.node
    def report(state: State) -> dict:
        lg.get_stream_writer()("inside")
        return {"seen": ["report"]}

    child = line(lg, lg.adds("one"), report).compile()
    builder = line(lg, lg.adds("before"), lg.adds("after"))
    builder.add_node("child", child).add_edge("after", "child")
    app = builder.compile(checkpointer=run.saver)
    for inside in (False, True):
        for number, mode in enumerate(("values", "updates", "custom", ["updates", "custom", "values"])):
            run.stream(app, {"seen": ["in"]}, thread(f"{inside}{number}"), stream_mode=mode, subgraphs=inside)


@program("I2", "E10", savers=STORED)
def a_graph_called_in_a_node_asks(lg: Namespace, run: Run) -> None:
    @lg.node
    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("what?")]}

    child = line(lg, lg.adds("one"), ask).compile()

    def call(state: State) -> dict:
        return {"seen": [len(child.invoke({"seen": ["x"]})["seen"])]}

    async def acall(state: State) -> dict:
        return {"seen": [len((await child.ainvoke({"seen": ["x"]}))["seen"])]}

    builder = lg.StateGraph(State).add_node("call", acall if lg.is_async else call).add_edge(lg.START, "call")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.invoke(app, lg.Command(resume="an answer"), thread())
    run.get_state(app, thread())


@program("E7", "I3", savers=STORED)
def a_graph_and_its_sibling_ask(lg: Namespace, run: Run) -> None:
    ran: list[str] = []

    @lg.node
    def first(state: State) -> dict:
        ran.append("first")
        return {"seen": ["first"]}

    @lg.node
    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("inner?")]}

    @lg.node
    def sibling(state: State) -> dict:
        return {"seen": [lg.interrupt("outer?")]}

    child = line(lg, first, ask).compile()
    builder = lg.StateGraph(State).add_node("child", child).add_node("sibling", sibling)
    app = builder.add_edge(lg.START, "child").add_edge(lg.START, "sibling").compile(checkpointer=run.saver)
    paused = run.invoke(app, {"seen": []}, thread())
    waiting = {i.value: i.id for i in paused["__interrupt__"]}
    run.invoke(app, lg.Command(resume={waiting["inner?"]: "I"}), thread())
    run.invoke(app, lg.Command(resume={waiting["outer?"]: "O"}), thread())
    run.get_state(app, thread())
    run.show("the first node of the inner graph ran", len(ran))


@program("A28", "I6")
def a_command_for_the_graph_above(lg: Namespace, run: Run) -> None:
    @lg.node
    def up(state: State) -> Any:
        return lg.Command(graph=lg.Command.PARENT, update={"seen": ["up"]}, goto="other")

    child = line(lg, up).compile()
    builder = lg.StateGraph(State).add_node("child", child).add_node("other", lg.adds("other"))
    app = builder.add_edge(lg.START, "child").compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode=["updates", "values"])


@program("I1", "A31")
def a_graph_inside_a_graph_inside(lg: Namespace, run: Run) -> None:
    inner = line(lg, lg.adds("deep")).compile()
    middle = lg.StateGraph(State).add_node("inner", inner).add_edge(lg.START, "inner").compile()
    app = lg.StateGraph(State).add_node("middle", middle).add_edge(lg.START, "middle").compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"]}, thread(), stream_mode=["updates", "values"], subgraphs=True)
