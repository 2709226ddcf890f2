"""``get_graph``: nodes, edges, labels and their order; Mermaid, letters, JSON."""

import operator
from collections.abc import Callable
from typing import Annotated, Any, Literal

from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.graph import CurveStyle, NodeStyles
from typing_extensions import TypedDict

from ..harness import Namespace, Run
from . import PURE, program


class State(TypedDict):
    seen: Annotated[list, operator.add]


def stays(state: State) -> dict:
    return {}


def builder(lg: Namespace, *names: str, **options: Any) -> Any:
    """A builder with these nodes."""
    graph = lg.StateGraph(State)
    for name in names:
        graph.add_node(name, stays, **options)
    return graph


def show(run: Run, name: str, app: Any, **options: Any) -> None:
    """Record all that can be seen of a drawing."""
    graph = run.call(app, "get_graph", **options)
    run.show(f"{name} nodes", [(key, node.id, node.name, node.metadata) for key, node in graph.nodes.items()])
    run.show(f"{name} edges", [tuple(edge) for edge in graph.edges])
    found = graph.to_json()
    run.show(f"{name} json", [{**node, "data": node.get("data") and "its own"} for node in found["nodes"]])
    run.show(f"{name} json edges", found["edges"])
    run.show(f"{name} mermaid", graph.draw_mermaid())
    run.show(f"{name} plain", graph.draw_mermaid(with_styles=False))
    first, last = graph.first_node(), graph.last_node()
    run.show(f"{name} ends", [first and first.id, last and last.id])


Build = Callable[[Namespace], Any]
DRAWINGS: dict[str, Build] = {}


def drawing(build: Build) -> Build:
    DRAWINGS[build.__name__] = build
    return build


@drawing
def one_node(lg: Namespace) -> Any:
    return builder(lg, "a").add_edge(lg.START, "a").compile()


@drawing
def a_chain(lg: Namespace) -> Any:
    graph = builder(lg).add_sequence([("a", stays), ("b", stays)]).add_edge(lg.START, "a")
    return graph.add_edge("b", lg.END).compile()


@drawing
def branches_and_a_join(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "c", "d").add_edge(lg.START, "a").add_edge("a", "b").add_edge("a", "c")
    return graph.add_edge(["b", "c"], "d").add_edge("d", lg.END).compile()


@drawing
def branches_that_end_apart(lg: Namespace) -> Any:
    graph = builder(lg, "z", "y", "x").add_edge(lg.START, "z").add_edge("z", "y").add_edge("z", "x")
    return graph.compile()


@drawing
def a_join_of_unequal_branches(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "b2", "c", "d").add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "b2")
    return graph.add_edge("a", "c").add_edge(["b2", "c"], "d").compile()


@drawing
def a_deferred_node(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "b2", "c").add_node("d", stays, defer=True).add_edge(lg.START, "a")
    graph.add_edge("a", "b").add_edge("b", "b2").add_edge("a", "c").add_edge("c", "d").add_edge("b2", "d")
    return graph.compile()


@drawing
def a_deferred_join(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "c").add_node("d", stays, defer=True).add_edge(lg.START, "a")
    return graph.add_edge("a", "b").add_edge("a", "c").add_edge(["b", "c"], "d").compile()


@drawing
def a_router_with_a_map(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "c").add_edge(lg.START, "a")
    graph.add_conditional_edges("a", lambda state: True, {True: "b", False: "c", "stop": lg.END})
    return graph.add_edge("b", lg.END).compile()


@drawing
def a_map_with_two_keys_for_a_node(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b").add_edge(lg.START, "a")
    return graph.add_conditional_edges("a", lambda state: 1, {2: "b", 1: "b", 3: lg.END, 4: lg.END}).compile()


@drawing
def a_router_with_a_list(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "c").add_edge(lg.START, "a")
    return graph.add_conditional_edges("a", lambda state: "b", ["c", "b", lg.END]).compile()


@drawing
def a_router_with_an_annotation(lg: Namespace) -> Any:
    def where(state: State) -> Literal["b", "__end__"]:
        return "b"

    return builder(lg, "a", "b").add_edge(lg.START, "a").add_conditional_edges("a", where).compile()


@drawing
def a_runnable_router_with_an_annotation(lg: Namespace) -> Any:
    def where(state: State) -> Literal["b", "__end__"]:
        return "b"

    return builder(lg, "a", "b").add_edge(lg.START, "a").add_conditional_edges("a", RunnableLambda(where)).compile()


@drawing
def a_router_that_does_not_say(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "c").add_edge(lg.START, "a")
    return graph.add_conditional_edges("a", lambda state: "b").add_edge("b", "c").compile()


@drawing
def a_router_of_sends(lg: Namespace) -> Any:
    def fan_out(state: State) -> list:
        return [lg.Send("work", state)]

    graph = builder(lg, "plan", "work", "reduce").add_edge(lg.START, "plan")
    return graph.add_conditional_edges("plan", fan_out, ["work"]).add_edge("work", "reduce").compile()


@drawing
def a_router_at_the_start(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b").add_conditional_edges(lg.START, lambda state: "a", {"first": "a", "second": "b"})
    return graph.add_edge("a", "b").compile()


@drawing
def a_loop(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b").add_edge(lg.START, "a").add_edge("a", "b")
    return graph.add_conditional_edges("b", lambda state: "a", {"again": "a", "enough": lg.END}).compile()


@drawing
def a_loop_without_a_way_out(lg: Namespace) -> Any:
    return builder(lg, "a", "b").add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "a").compile()


@drawing
def a_loop_onto_itself(lg: Namespace) -> Any:
    graph = builder(lg, "a").add_edge(lg.START, "a")
    return graph.add_conditional_edges("a", lambda state: "a", ["a", lg.END]).compile()


@drawing
def loops_within_loops(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "c", "d").add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "c")
    graph.add_conditional_edges("c", lambda state: "b", {"inner": "b", "on": "d"})
    return graph.add_conditional_edges("d", lambda state: "a", {"outer": "a", "done": lg.END}).compile()


@drawing
def edges_beside_a_router(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", "c").add_edge(lg.START, "a").add_edge("a", "b")
    graph.add_conditional_edges("a", lambda state: "b", ["b", "c"])
    return graph.add_conditional_edges("a", stays, {"x": "c", "y": lg.END}).compile()


@drawing
def commands(lg: Namespace) -> Any:
    def chooses(state: State) -> lg.Command[Literal["b", "c"]]:
        return lg.Command(goto="b")

    def ends(state: State) -> lg.Command[Literal["__end__", "chooses"]]:
        return lg.Command(goto=lg.END)

    graph = builder(lg, "c").add_node(chooses).add_node("b", ends).add_edge(lg.START, "chooses")
    return graph.compile()


@drawing
def destinations(lg: Namespace) -> Any:
    graph = builder(lg, "b", "c").add_node("a", stays, destinations={"b": "go", "c": "stay", lg.END: "leave"})
    return graph.add_node("d", stays, destinations=("b",)).add_edge(lg.START, "a").add_edge("c", "d").compile()


@drawing
def pauses_and_metadata(lg: Namespace) -> Any:
    graph = builder(lg, "a", "b", metadata={"colour": "red", "parents": ["x"]}).add_node("c", stays, defer=True)
    graph.add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "c")
    return graph.compile(interrupt_before=["b", "c"], interrupt_after=["a", "b"])


@drawing
def a_node_that_nothing_leads_to(lg: Namespace) -> Any:
    graph = builder(lg, "a", "lonely", "after").add_edge(lg.START, "a").add_edge("lonely", "after")
    return graph.add_edge("a", lg.END).compile()


@drawing
def names_to_take_care_of(lg: Namespace) -> Any:
    graph = builder(lg, "a node", "end", "x[1]", "é-2").add_edge(lg.START, "a node").add_edge("a node", "end")
    return graph.add_conditional_edges("end", lambda state: "x[1]", {"a & b": "x[1]", "<c>": "é-2"}).compile()


@drawing
def a_state_without_keys(lg: Namespace) -> Any:
    graph = lg.StateGraph(Annotated[list, operator.add]).add_node("a", lambda state: []).add_node("b", lambda state: [])
    return graph.add_edge(lg.START, "a").add_edge("a", "b").compile()


@drawing
def a_graph_inside(lg: Namespace) -> Any:
    inner = builder(lg, "x", "y").add_edge(lg.START, "x").add_edge("x", "y").compile()
    graph = builder(lg, "a", "b").add_node("inner", inner).add_edge(lg.START, "a").add_edge("a", "inner")
    return graph.add_edge("inner", "b").compile()


@drawing
def graphs_three_deep(lg: Namespace) -> Any:
    deepest = builder(lg, "p", "q").add_edge(lg.START, "p")
    deepest.add_conditional_edges("p", lambda state: "q", {"on": "q", "off": lg.END})
    deepest = deepest.compile(interrupt_before=["q"])
    middle = builder(lg, "m").add_node("deepest", deepest).add_edge(lg.START, "m").add_edge("m", "deepest").compile()
    graph = builder(lg, "a").add_node("middle", middle, metadata={"of": "outside"}).add_node("single", one_node(lg))
    graph.add_conditional_edges(lg.START, lambda state: "a", ["a", "middle"])
    return graph.add_edge("a", "middle").add_edge("middle", "single").compile(interrupt_before=["middle"])


@drawing
def a_graph_inside_with_several_ends(lg: Namespace) -> Any:
    inner = builder(lg, "x", "y").add_conditional_edges(lg.START, lambda state: "x", ["x", "y"]).compile()
    graph = builder(lg, "b").add_node("inner", inner).add_edge(lg.START, "inner")
    return graph.add_conditional_edges("inner", lambda state: "b", {"on": "b", "again": "inner"}).compile()


@drawing
def graphs_called_in_nodes(lg: Namespace) -> Any:
    inner, forgetful = one_node(lg), builder(lg, "f").add_edge(lg.START, "f").compile(checkpointer=False)

    def calls(state: State) -> dict:
        return inner.invoke(state)

    graph = builder(lg).add_node(calls).add_node("sequence", RunnableLambda(stays) | inner).add_node("no", forgetful)
    graph.add_node("calls in a Runnable", RunnableLambda(lambda state: inner.invoke(state)))
    return graph.add_sequence([("last", stays)]).add_edge(lg.START, "calls").add_edge("calls", "sequence").compile()


@drawing
def a_node_that_fails_over(lg: Namespace) -> Any:
    def mends(state: State, error: lg.NodeError) -> dict:
        return {}

    graph = builder(lg, "b").add_node("a", stays, error_handler=mends).add_edge(lg.START, "a").add_edge("a", "b")
    return graph.compile()


@program("L1", "L2", "A16", "A17", "A18", savers=PURE)
def graphs_are_drawn(lg: Namespace, run: Run) -> None:
    for name, build in DRAWINGS.items():
        show(run, name, build(lg))


@program("L1", savers=PURE)
def graphs_inside_are_opened(lg: Namespace, run: Run) -> None:
    for build in (a_graph_inside, graphs_three_deep, a_graph_inside_with_several_ends, graphs_called_in_nodes):
        for xray in (True, 1, 2, 0):
            show(run, f"{build.__name__} {xray}", build(lg), xray=xray)


@program("L4", savers=PURE)
def graphs_are_drawn_in_letters(lg: Namespace, run: Run) -> None:
    for build in (one_node, branches_and_a_join, a_router_with_a_map, a_graph_inside):
        run.show(build.__name__, run.call(build(lg), "get_graph").draw_ascii())


@program("L2", savers=PURE)
def drawings_in_mermaid_have_styles(lg: Namespace, run: Run) -> None:
    for build in (one_node, a_router_with_a_map, a_graph_inside):
        graph = run.call(build(lg), "get_graph", xray=True)
        for options in (
            *({"curve_style": style} for style in CurveStyle),
            {"node_colors": NodeStyles(default="fill:#fff", first="fill:#eee", last="fill:#ddd")},
            {"wrap_label_n_words": 1},
            {"frontmatter_config": {"config": {"theme": "neutral", "look": "handDrawn"}}},
        ):
            run.show(f"{build.__name__} {options}", graph.draw_mermaid(**options))


@program("L1", savers=PURE)
def drawings_can_be_changed(lg: Namespace, run: Run) -> None:
    graph = run.call(commands(lg), "get_graph")
    node = graph.add_node(None, "more")
    graph.add_edge(graph.nodes["c"], node, "why", True)
    run.show("more", graph.draw_mermaid(curve_style=CurveStyle.BASIS, wrap_label_n_words=1))
    graph.remove_node(node)
    graph.trim_last_node()
    graph.trim_first_node()
    run.show("trimmed", [tuple(edge) for edge in graph.edges])
    run.show("reid", [key for key in graph.reid().nodes])
