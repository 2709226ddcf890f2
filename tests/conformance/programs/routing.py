"""Edges: plain ones, fan-outs and joins, conditional ones, entries and ends."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from ..harness import Namespace, Run, thread
from . import program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    way: Any


def build(lg: Namespace, *names: str, entry: bool = True) -> Any:
    """A builder with a node of each name that notes that it ran; the first is the entry."""
    builder = lg.StateGraph(State)
    for name in names:
        builder.add_node(name, lg.adds(name))
    return builder.add_edge(lg.START, names[0]) if entry else builder


def watch(run: Run, builder: Any, value: Any, name: str = "1", modes: tuple[str, ...] = ("updates", "values")) -> None:
    """Compile, and stream one run on a thread of its own."""
    run.stream(builder.compile(checkpointer=run.saver), value, thread(name), stream_mode=list(modes))


@program("A20", "A23", "A32", "F2")
def fan_out_and_join(lg: Namespace, run: Run) -> None:
    builder = build(lg, "start", "b", "a", "c", "join", "after")
    for name in ("a", "b", "c"):
        builder.add_edge("start", name)
    builder.add_edge(["a", "b", "c"], "join").add_edge("join", "after").add_edge("after", lg.END)
    watch(run, builder, {"seen": ["in"]})
    if run.saver:
        run.history(builder.compile(checkpointer=run.saver), thread())


@program("A20", "A32")
def separate_edges_into_one_node_do_not_wait(lg: Namespace, run: Run) -> None:
    builder = build(lg, "start", "short", "long1", "long2", "end")
    builder.add_edge("start", "short").add_edge("start", "long1").add_edge("long1", "long2")
    builder.add_edge("short", "end").add_edge("long2", "end")
    watch(run, builder, {"seen": []})


@program("A20", "A32")
def a_join_waits_for_the_longest_branch(lg: Namespace, run: Run) -> None:
    builder = build(lg, "start", "short", "long1", "long2", "end")
    builder.add_edge("start", "short").add_edge("start", "long1").add_edge("long1", "long2")
    builder.add_edge(["short", "long2"], "end")
    app = builder.compile(checkpointer=run.saver)
    # LangGraph stores a join by reference: with another durability, a checkpoint may show what came later.
    options = {"durability": "sync"} if run.saver else {}
    run.stream(app, {"seen": []}, thread(), stream_mode=["updates", "values"], **options)
    if run.saver:
        run.history(app, thread())


@program("A20", "A21", "A30")
def a_join_fires_again_in_a_loop(lg: Namespace, run: Run) -> None:
    @lg.node
    def again(state: State) -> str:
        return "start" if len(state["seen"]) < 8 else lg.END

    builder = build(lg, "start", "a", "b", "join")
    builder.add_edge("start", "a").add_edge("start", "b").add_edge(["a", "b"], "join")
    builder.add_conditional_edges("join", again)
    watch(run, builder, {"seen": []})


@program("A20")
def a_join_that_never_fills_does_not_fire(lg: Namespace, run: Run) -> None:
    @lg.node
    def pick(state: State) -> str:
        return state["way"]

    builder = build(lg, "start", "a", "b", "join")
    builder.add_conditional_edges("start", pick, ["a", "b"]).add_edge(["a", "b"], "join")
    watch(run, builder, {"way": "a"})
    if run.saver:
        app = builder.compile(checkpointer=run.saver)
        run.invoke(app, {"way": "b"}, thread())


@program("A21", "A23")
def routers_return_names_lists_keys_and_end(lg: Namespace, run: Run) -> None:
    @lg.node
    def route(state: State) -> Any:
        return state["way"]

    for number, (path_map, ways) in enumerate(
        (
            (None, ("a", ["b", "a"], lg.END, ["a", lg.END], ("a", "b"))),
            (["a", "b", lg.END], ("a", ["a", "b"])),
            ({"left": "a", "right": "b", "stop": lg.END}, ("left", ["right", "left"], "stop")),
            ({True: "a", False: lg.END}, (True, False)),
            ({1: "a", None: "b"}, (1, None)),
        )
    ):
        builder = build(lg, "start", "a", "b")
        builder.add_conditional_edges("start", route, path_map)
        for way in ways:
            watch(run, builder, {"way": way}, f"{number} {way}")


@program("A21")
def routers_with_literal_annotations(lg: Namespace, run: Run) -> None:
    @lg.node
    def route(state: State) -> Literal["a", "b", "__end__"]:
        return "b" if state["way"] else lg.END

    builder = build(lg, "start", "a", "b").add_conditional_edges("start", route)
    watch(run, builder, {"way": 1}, "1")
    watch(run, builder, {"way": 0}, "2")


@program("A21")
def maps_that_are_neither_dict_nor_list_are_not_looked_at(lg: Namespace, run: Run) -> None:
    @lg.node
    def route(state: State) -> Literal["b", "__end__"]:
        return "b"

    for path_map in ("a", ("a",)):
        builder = build(lg, "start", "a", "b").add_conditional_edges("start", route, path_map)
        watch(run, builder, {"way": 1}, str(path_map))


@program("A21", "A32")
def several_routers_on_one_node_and_edges_beside(lg: Namespace, run: Run) -> None:
    def first(state: State) -> str:
        return "a"

    def second(state: State) -> list[str]:
        return ["b", "c"]

    builder = build(lg, "start", "a", "b", "c", "d").add_edge("start", "d")
    builder.add_conditional_edges("start", lg.node(first)).add_conditional_edges("start", lg.node(second))
    watch(run, builder, {"seen": []})


@program("A21")
def a_router_sees_what_its_node_wrote(lg: Namespace, run: Run) -> None:
    @lg.node
    def set_way(state: State) -> dict:
        return {"way": "b", "seen": ["set_way"]}

    @lg.node
    def other(state: State) -> dict:
        return {"seen": ["other"]}

    @lg.node
    def route(state: State) -> str:
        return state["way"] if state["seen"] == ["in", "set_way"] else "a"

    builder = build(lg, "a", "b", entry=False).add_node(set_way).add_node(other)
    builder.add_edge(lg.START, "set_way").add_edge(lg.START, "other").add_conditional_edges("set_way", route)
    watch(run, builder, {"seen": ["in"]})


@program("A23", "A21")
def entries_and_finishes(lg: Namespace, run: Run) -> None:
    @lg.node
    def choose(state: State) -> str:
        return state["way"]

    plain = build(lg, "a", "b", entry=False).add_edge("a", "b")
    watch(run, plain.set_entry_point("a").set_finish_point("b"), {"seen": ["entry point"]}, "1")
    chosen = build(lg, "a", "b", entry=False).set_conditional_entry_point(choose, {"x": "a", "y": "b"})
    watch(run, chosen, {"way": "y"}, "2")
    from_start = build(lg, "a", "b", entry=False).add_conditional_edges(lg.START, choose)
    watch(run, from_start, {"way": ["b", "a"]}, "3")
    watch(run, from_start, {"way": lg.END}, "4")
    two = build(lg, "b", "a", entry=False).add_edge(lg.START, "b").add_edge(lg.START, "a")
    watch(run, two, {"seen": ["two entries"]}, "5")


@program("A20", "A32")
def a_diamond_of_different_depths(lg: Namespace, run: Run) -> None:
    builder = build(lg, "r", "a", "b", "c", "d", "e")
    for source, target in ("ra", "rb", "ac", "bd", "cd", "de", "ce"):
        builder.add_edge(source, target)
    watch(run, builder, {"seen": []})


@program("A17")
def a_deferred_node_runs_when_nothing_else_is_left(lg: Namespace, run: Run) -> None:
    builder = build(lg, "start", "short", "long1", "long2").add_node("last", lg.adds("last"), defer=True)
    builder.add_edge("start", "short").add_edge("start", "long1").add_edge("long1", "long2")
    builder.add_edge("short", "last").add_edge("long2", "last")
    watch(run, builder, {"seen": []})


@program("A30")
def a_loop_with_an_exit(lg: Namespace, run: Run) -> None:
    @lg.node
    def again(state: State) -> bool:
        return len(state["seen"]) < 5

    builder = build(lg, "work", "rest").add_edge("work", "rest")
    builder.add_conditional_edges("rest", again, {True: "work", False: lg.END})
    watch(run, builder, {"seen": []})


@program("A12", "A21")
def routers_read_what_their_node_does_and_what_it_returned(lg: Namespace, run: Run) -> None:
    class Own(TypedDict):
        seen: list
        own: str

    class Less(TypedDict):
        own: str

    def start(state: Own) -> dict:
        return {"seen": ["start"], "own": "mine", "way": "end"}

    def looks(state: Any) -> str:
        run.show("looks", state)
        return lg.END

    def looks_at_less(state: Less) -> str:
        run.show("looks at less", state)
        return lg.END

    graph = lg.StateGraph(State).add_node("start", lg.node(start)).add_conditional_edges(lg.START, looks_at_start(run))
    graph.add_conditional_edges("start", looks).add_conditional_edges("start", looks_at_less)
    run.invoke(graph.compile(checkpointer=run.saver), {"seen": [], "more": 1}, thread())


def looks_at_start(run: Run) -> Any:
    def looks(state: Any) -> str:
        run.show("at the start", state)
        return "start"

    return looks
