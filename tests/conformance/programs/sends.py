"""``Send``: tasks with a state of their own."""

import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import program


class State(TypedDict, total=False):
    items: list
    done: Annotated[list, operator.add]


def stream(run: Run, builder: Any, value: Any, name: str = "1") -> None:
    run.stream(builder.compile(checkpointer=run.saver), value, thread(name), stream_mode=["values", "updates"])


def working(lg: Namespace) -> Any:
    """A builder with ``work``, which notes its item, and ``reduce``, which notes how much is done."""

    @lg.node
    def work(state: Any) -> dict:
        return {"done": [state["item"]]}

    @lg.node
    def reduce(state: State) -> dict:
        return {"done": [f"{len(state['done'])} done"]}

    return lg.StateGraph(State).add_node(work).add_node(reduce)


@program("A26", "A32", "F2")
def map_and_reduce(lg: Namespace, run: Run) -> None:
    @lg.node
    def split(state: State) -> dict:
        return {"items": [*state["items"], "extra"]}

    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"item": item}) for item in state["items"]]

    builder = working(lg).add_node(split).add_edge(lg.START, "split").add_conditional_edges("split", each, ["work"])
    builder.add_edge("work", "reduce").add_edge("reduce", lg.END)
    stream(run, builder, {"items": ["z", "a", "m"]})
    if run.saver:
        run.history(builder.compile(checkpointer=run.saver), thread())


@program("A26", "A23")
def sends_straight_from_start_and_none_at_all(lg: Namespace, run: Run) -> None:
    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"item": item}) for item in state["items"]]

    builder = working(lg).add_conditional_edges(lg.START, each, ["work"]).add_edge("work", "reduce")
    stream(run, builder, {"items": [3, 1, 2]}, "1")
    stream(run, builder, {"items": []}, "2")


@program("A26", "A21", "A32")
def sends_mixed_with_names_and_edges(lg: Namespace, run: Run) -> None:
    @lg.node
    def route(state: State) -> list:
        own = lg.Send("plain", {"done": ["own state"]})
        return ["plain", lg.Send("work", {"item": 1}), own, lg.Send("work", {"item": 2})]

    @lg.node
    def plain(state: State) -> dict:
        return {"done": [["plain", *state.get("done", [])]]}

    builder = working(lg).add_node(plain).add_node(lg.adds("first", "done")).add_node(lg.adds("side", "done"))
    builder.add_edge(lg.START, "first").add_edge("first", "side").add_conditional_edges("first", route)
    builder.add_edge("work", "reduce").add_edge("plain", lg.END)
    stream(run, builder, {"done": ["in"]})


@program("A26", "A30")
def sends_from_sends(lg: Namespace, run: Run) -> None:
    @lg.node
    def branch(state: Any) -> Any:
        deep = state["depth"]
        deeper = [lg.Send("branch", {"depth": [*deep, i]}) for i in range(2)] if len(deep) < 3 else []
        return lg.Command(update={"done": [deep]}, goto=deeper)

    @lg.node
    def root(state: State) -> list:
        return [lg.Send("branch", {"depth": [7]}), lg.Send("branch", {"depth": [8]})]

    builder = lg.StateGraph(State).add_node(branch).add_conditional_edges(lg.START, root, ["branch"])
    stream(run, builder, {"items": []})


@program("A26", "A21")
def a_router_after_a_send_sees_the_state_of_the_graph(lg: Namespace, run: Run) -> None:
    @lg.node
    def root(state: State) -> list:
        return [lg.Send("work", {"item": "own"})]

    @lg.node
    def route(state: Any) -> str:
        return "reduce" if sorted(state) == ["done", "items"] and state["done"] == ["in", "own"] else lg.END

    builder = working(lg).add_conditional_edges(lg.START, root, ["work"]).add_conditional_edges("work", route)
    stream(run, builder, {"items": [], "done": ["in"]})


@program("A26", "A20")
def a_join_over_sends_and_plain_nodes(lg: Namespace, run: Run) -> None:
    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"item": item}) for item in state["items"]]

    builder = working(lg).add_node("slow", lg.adds("slow", "done")).add_node("slower", lg.adds("slower", "done"))
    builder.add_conditional_edges(lg.START, each, ["work"]).add_edge(lg.START, "slow").add_edge("slow", "slower")
    builder.add_edge(["work", "slower"], "reduce")
    stream(run, builder, {"items": ["x", "y"]})


@program("A26", "A3")
def a_send_carries_any_value(lg: Namespace, run: Run) -> None:
    @lg.node
    def look(state: Any) -> dict:
        return {"done": [f"{type(state).__name__} {state!r}"]}

    @lg.node
    def each(state: State) -> list:
        return [lg.Send("look", value) for value in (1, "text", None, ["list"], {"items": [1]})]

    builder = lg.StateGraph(State).add_node(look).add_conditional_edges(lg.START, each, ["look"])
    stream(run, builder, {"items": []})


@program("A26", "G9")
def one_of_the_sent_tasks_fails(lg: Namespace, run: Run) -> None:
    broken = [True]

    @lg.node
    def work(state: Any) -> dict:
        if state["item"] == 3 and broken[0]:
            raise LookupError("item 3")
        return {"done": [state["item"]]}

    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"item": item}) for item in state["items"]]

    builder = lg.StateGraph(State).add_node(work).add_conditional_edges(lg.START, each, ["work"])
    app = builder.compile(checkpointer=run.saver)
    run.says("LookupError", run.invoke, app, {"items": [1, 2, 3]}, thread())
    if run.saver:
        run.get_state(app, thread())
        broken.clear()
        broken.append(False)
        run.invoke(app, None, thread())
        run.history(app, thread())
