"""Programs about deferred nodes: when their time comes, among branches, loops, sends, joins, other deferred nodes."""

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def drawn(lg: Namespace, text: str, deferred: str, **routers: Callable[[State], Any]) -> Any:
    """A builder of one-letter nodes: ``"ab bc [ac]d"`` has edges from a to b and b to c, and a join of a and c.

    The first letter is where it begins.
    """
    builder = lg.StateGraph(State).add_edge(lg.START, text[0])
    for name in sorted({letter for letter in text if letter.isalpha()}):
        builder.add_node(name, lg.adds(name), defer=name in deferred)
    for edge in text.split():
        *starts, end = edge.replace("[", "").replace("]", "")
        if starts:
            builder.add_edge(starts if edge[0] == "[" else starts[0], end)
    for source, router in routers.items():
        builder.add_conditional_edges(source, router)
    return builder


def watch(lg: Namespace, run: Run, name: str, builder: Any) -> None:
    """Run at once, and step by step with a pause after each."""
    run.stream(builder.compile(checkpointer=run.saver), {"seen": []}, thread(name), stream_mode=["updates", "tasks"])
    if run.saver is None:
        return
    config = thread(f"{name} with pauses")
    app = builder.compile(checkpointer=run.saver, interrupt_after="*")
    run.invoke(app, {"seen": []}, config)
    while run.get_state(app, config).next:
        run.invoke(app, None, config)
    run.history(app, config)


@program("A17", "A20", "A32")
def deferred_nodes_among_branches_and_joins(lg: Namespace, run: Run) -> None:
    for text, deferred in (
        ("ab bc cz az", "z"),
        ("ab ac cd bz dz", "z"),
        ("ab bc ay yz", "yz"),
        ("ab bc ay az yz", "yz"),
        ("ay ab bz", "yz"),
        ("ab ac cd [bd]z", "z"),
        ("ab ac [bc]z cd de", "z"),
        ("ay ab [yb]z", "y"),
        ("ay ab [yb]z", "yz"),
    ):
        watch(lg, run, f"{text} {deferred}", drawn(lg, text, deferred))


@program("A17", "A21", "A26", "A27")
def deferred_nodes_among_sends_and_loops(lg: Namespace, run: Run) -> None:
    def sends(*names: str, then: str = "") -> Callable[[State], Any]:
        return lambda state: [lg.Send(name, {}) for name in names] + ([then] if then else [])

    def twice(source: str, *targets: Any) -> Callable[[State], Any]:
        return lambda state: list(targets) if state["seen"].count(source) < 2 else lg.END

    for name, builder in (
        ("sends beside", drawn(lg, "a bz", "z", a=sends("b", "b", then="z"))),
        ("sends of sends", drawn(lg, "a b cz", "z", a=sends("b", then="z"), b=sends("c", "c"))),
        ("sends alone", drawn(lg, "az b", "z", a=sends("b"))),
        ("sent to", drawn(lg, "ab bc cz", "z", a=sends("z", "z"))),
        ("sends and a join", drawn(lg, "ab ac [bc]z d", "z", b=sends("d"))),
        ("loop", drawn(lg, "az ba", "z", a=twice("a", "b"))),
        ("loop of a deferred one", drawn(lg, "az", "z", z=twice("z", "a"))),
        ("loop to itself", drawn(lg, "z", "z", z=twice("z", "z"))),
        ("sends of a deferred one", drawn(lg, "az bz", "z", z=twice("z", lg.Send("b", {})))),
    ):
        watch(lg, run, name, builder)


@program("A17", "I1")
def deferred_nodes_and_graphs_inside(lg: Namespace, run: Run) -> None:
    inner = drawn(lg, "az ab", "z").compile()
    for name, deferred in (("beside", "z"), ("deferred itself", "xz")):
        builder = drawn(lg, "ab bc cz", deferred).add_node("x", inner, defer="x" in deferred)
        watch(lg, run, name, builder.add_edge("a", "x").add_edge("x", "z"))
