"""Graphs to step through. Each node takes note that it ran, in ``ran``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import Send, interrupt


class State(TypedDict, total=False):
    seen: Annotated[list[Any], operator.add]
    n: int


class Seen(TypedDict, total=False):
    seen: Annotated[list[Any], operator.add]


INPUT: dict[str, Any] = {"seen": [], "n": 0}
ran: list[Any] = []


def says(name: str) -> Callable[[State], Any]:
    """A node that adds its name to what was seen, and one to ``n``."""

    def node(state: State) -> Any:
        ran.append(name)
        return {"seen": [name], "n": state.get("n", 0) + 1}

    return node


def sees(name: str) -> Callable[[State], Any]:
    """A node that only adds its name to what was seen, as its siblings do."""
    return lambda state: {"seen": says(name)(state)["seen"]}


def asays(name: str) -> Callable[[State], Any]:
    """The same, to be awaited."""

    async def node(state: State) -> Any:
        return says(name)(state)

    return node


def chain(*names: str, state: Any = State, **nodes: Any) -> StateGraph[Any]:
    """Nodes one after the other."""
    builder = StateGraph(state)
    for before, name in zip((START, *names), names, strict=False):
        builder.add_node(name, nodes.get(name) or says(name)).add_edge(before, name)
    return builder


def fan(*names: str, **nodes: Any) -> StateGraph[Any]:
    """Nodes beside each other, and ``end`` after all of them."""
    builder = StateGraph(State).add_node("end", lambda state: {"n": len(state["seen"])})
    for name in names:
        builder.add_node(name, nodes.get(name) or sees(name)).add_edge(START, name)
    return builder.add_edge(list(names), "end")


def sends(count: int, work: Callable[[Any], Any]) -> StateGraph[Any]:
    """A fan-out of one node, each time with another item."""
    builder = StateGraph(State).add_node("work", work).add_node("end", lambda state: {"n": len(state["seen"])})
    builder.add_conditional_edges(START, lambda _: [Send("work", {"i": i}) for i in range(count)], ["work"])
    return builder.add_edge("work", "end")


def work(item: Any) -> Any:
    ran.append(item["i"])
    return {"seen": [item["i"]]}


class Inner(TypedDict, total=False):
    n: int
    note: str


def counts(name: str) -> Callable[[Any], Any]:
    """A node that adds one to ``n``."""
    return lambda state: ran.append(name) or {"n": state["n"] + 1}


def nested() -> StateGraph[Any]:
    """A graph inside of a graph: ``before``, ``sub`` (``one``, ``two``), ``after``."""

    def note(name: str) -> Callable[[Inner], Any]:
        return lambda state: {**counts(name)(state), "note": f"{state.get('note', '')}{name} "}

    inner = chain("one", "two", state=Inner, one=note("one"), two=note("two")).compile()
    return chain("before", "sub", "after", before=counts("before"), sub=inner, after=counts("after"))


def asking() -> StateGraph[Any]:
    """Two nodes beside each other of which one asks."""

    def ask(state: State) -> Any:
        ran.append("ask")
        return {"seen": [interrupt("how many?")]}

    return fan("ask", "other", ask=ask)


@task
def double(n: int) -> int:
    ran.append(f"double {n}")
    return 2 * n


@task
async def adouble(n: int) -> int:
    ran.append(f"double {n}")
    return 2 * n


def workflow(saver: Any) -> Any:
    """A workflow that calls two tasks, one with the result of the other."""

    @entrypoint(checkpointer=saver)
    def flow(n: int) -> int:
        return double(double(n).result()).result()

    return flow


def aworkflow(saver: Any) -> Any:
    """The same, awaited."""

    @entrypoint(checkpointer=saver)
    async def flow(n: int) -> int:
        return await adouble(await adouble(n))

    return flow
