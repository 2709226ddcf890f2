"""Graphs with a past, for the tests that look back."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.types import Command, Send, interrupt

__all__ = ["State", "config", "review", "run"]


class State(TypedDict, total=False):
    n: int
    ok: bool
    log: Annotated[list[str], operator.add]


def config(thread: str = "1") -> dict[str, Any]:
    return {"configurable": {"thread_id": thread}}


def writes(name: str, **values: Any) -> Any:
    def node(state: State) -> dict[str, Any]:
        return {"log": [name], **values}

    node.__name__ = name
    return node


def review(**compiled: Any) -> Any:
    """draft, then send or fix; fix goes on in parallel to a and b, which join; late is deferred."""
    builder = StateGraph(State)
    for name in ("draft", "send", "a", "b", "slow", "join"):
        builder.add_node(name, writes(name))

    def fix(state: State) -> Command[Any]:
        return Command(update={"ok": True}, goto=["a", "slow"])

    def ask(state: State) -> dict[str, Any]:
        return {"log": [str(interrupt("Really?"))]}

    def route(state: State) -> str:
        return "send" if state.get("ok") else "fix"

    builder.add_node("fix", fix, destinations=("a", "slow"))
    builder.add_node("ask", ask)
    builder.add_edge(START, "draft")
    builder.add_conditional_edges("draft", route, {"send": "send", "fix": "fix"})
    builder.add_edge("slow", "b")
    builder.add_edge(["a", "b"], "join")
    builder.add_edge("join", "ask")
    builder.add_edge("send", END)
    return builder.compile(checkpointer=InMemorySaver(), name="review", **compiled)


def fan() -> Any:
    """One task for each of n, then a deferred end."""
    builder = StateGraph(State).add_node("work", writes("work")).add_node("more", writes("more"))
    builder.add_node("last", writes("last"), defer=True)
    builder.add_conditional_edges(START, lambda state: [Send("work", state)] * state["n"], ["work"])
    builder.add_edge("work", "more").add_edge("work", "last").add_edge("more", "last")
    return builder.compile(checkpointer=InMemorySaver(), name="fan")


def run(graph: Any, thread: str = "1", **values: Any) -> Any:
    graph.invoke(values, config(thread))
    return graph
