"""``Command``: update and route in one value."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, program
from .routing import build, watch


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    way: Any


@program("A27", "A18", "F2")
def a_command_updates_and_routes(lg: Namespace, run: Run) -> None:
    def returning(command: Any) -> Any:
        def start(state: State) -> Any:
            return command

        return lg.node(start)

    for number, command in enumerate(
        (
            lg.Command(update={"seen": ["cmd"]}, goto="a"),
            lg.Command(goto="a"),
            lg.Command(update={"seen": ["cmd"]}),
            lg.Command(update=[("seen", ["pairs"]), ("way", 1)], goto="b"),
            lg.Command(goto=["b", "a"]),
            lg.Command(goto=lg.END),
            lg.Command(goto=lg.Send("a", {"seen": ["own"]})),
            lg.Command(update={"way": 2}, goto=[lg.Send("b", {}), "a", lg.Send("b", {})]),
            [lg.Command(update={"seen": [1]}, goto="a"), lg.Command(update={"seen": [2]}, goto="b")],
            [{"seen": ["dict"]}, lg.Command(goto="b")],
            [lg.Command(update={"seen": [1]}), lg.Command(update={"seen": [2]})],
            lg.Command(),
        )
    ):
        builder = build(lg, "a", "b", entry=False).add_node("start", returning(command)).add_edge(lg.START, "start")
        watch(run, builder, {"seen": ["in"]}, str(number))


@program("A27", "A20", "A21")
def a_command_goes_beside_the_edges(lg: Namespace, run: Run) -> None:
    @lg.node
    def start(state: State) -> lg.Command[Literal["a"]]:
        return lg.Command(update={"seen": ["start"]}, goto="a")

    @lg.node
    def route(state: State) -> str:
        return "c"

    builder = build(lg, "a", "b", "c", entry=False).add_node(start).add_edge(lg.START, "start")
    watch(run, builder.add_edge("start", "b").add_conditional_edges("start", route), {"seen": []})


@program("A27", "A30")
def a_command_to_itself_loops(lg: Namespace, run: Run) -> None:
    @lg.node
    def count(state: State) -> Any:
        done = len(state["seen"]) >= 3
        return lg.Command(update={"seen": [len(state["seen"])]}, goto=lg.END if done else "count")

    builder = lg.StateGraph(State).add_node(count).add_edge(lg.START, "count")
    watch(run, builder, {"seen": []})


@program("A27", "A3", "A4")
def a_command_updates_with_an_instance(lg: Namespace, run: Run) -> None:
    from dataclasses import dataclass

    from pydantic import BaseModel

    @dataclass
    class Data:
        x: int = 0
        y: str = "y"

    class Model(BaseModel):
        x: int = 0
        y: str = "y"

    for number, schema in enumerate((Data, Model)):

        def change(state: schema, schema: Any = schema) -> Any:
            return lg.Command(update=schema(x=state.x + 1), goto="after")

        def after(state: schema) -> dict:
            return {"x": state.x * 10}

        builder = lg.StateGraph(schema).add_node("change", lg.node(change)).add_node("after", lg.node(after))
        watch(run, builder.add_edge(lg.START, "change"), {"x": 1, "y": "given"}, str(number))


@program("B3", "A27")
def a_command_as_input(lg: Namespace, run: Run) -> None:
    builder = build(lg, "a", "b").add_edge("a", "b")
    app = builder.compile(checkpointer=run.saver)
    if run.saver:
        run.invoke(app, {"seen": ["in"]}, thread())
        run.stream(app, lg.Command(update={"seen": ["cmd"]}, goto="b"), thread(), stream_mode=["updates", "values"])
        run.invoke(app, lg.Command(goto=["b", lg.Send("a", {"seen": []})]), thread())
        run.invoke(app, lg.Command(update={"seen": ["only"]}), thread())
        run.invoke(app, lg.Command(goto="b"), thread("fresh"))
        run.history(app, thread())
        run.history(app, thread("fresh"))
    else:
        run.says("RuntimeError", run.invoke, app, lg.Command(resume=1))
        run.invoke(app, lg.Command(goto="b"))


@program("A26", "A27", "E3", "D6", savers=PURE)
def values_show_and_compare_alike(lg: Namespace, run: Run) -> None:
    for value in (
        lg.Send("w", {"i": 1}), lg.Command(), lg.Command(update={"a": 1}, goto="x"), lg.Command(resume=0),
        lg.Command(goto=[lg.Send("a", 1)]), lg.Command(graph=lg.Command.PARENT), lg.Overwrite(3),
        lg.Interrupt("v", "i"), lg.Interrupt(value={"q": 1}, id="x"), lg.GraphInterrupt([lg.Interrupt("v", "i")]),
        lg.StateSnapshot({"a": 1}, ("n",), {"configurable": {}}, None, None, None, (), ()),
    ):  # fmt: skip
        run.show("repr", repr(value))
    for other in (lg.Send("a", {}), lg.Send("b", {}), lg.Send("a", 1), 1):
        run.show("equal", lg.Send("a", {}) == other)
    run.show("commands equal", lg.Command(goto="a") == lg.Command(goto="a"))
    run.show("constants", [lg.START, lg.END, lg.TAG_NOSTREAM, lg.REMOVE_ALL_MESSAGES])
    run.show("retry policy", [repr(v) for v in lg.RetryPolicy()[:-1]])
    run.show("snapshot fields", lg.StateSnapshot._fields)
    run.raises("AttributeError", setattr, lg.Command(), "goto", "x")
