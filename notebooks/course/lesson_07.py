"""The checks of 07_threads_and_checkpoints."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict
from uuid import uuid4

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import END, START, StateGraph

from .checking import Found, exercise


class _Claim(TypedDict):
    letter: str
    papers: Annotated[list[str], operator.add]
    missing: list[str]


def _claim() -> Any:
    """A graph as in the lesson, with a thread that got two letters."""

    def read(state: _Claim) -> dict[str, Any]:
        return {"papers": [state["letter"]]}

    def compare(state: _Claim) -> dict[str, Any]:
        return {"missing": [paper for paper in ("report", "photo", "receipt") if paper not in state["papers"]]}

    builder: Any = StateGraph(_Claim)
    builder.add_node(read)
    builder.add_node(compare)
    builder.add_node("pay", lambda state: {})
    builder.add_edge(START, "read")
    builder.add_edge("read", "compare")
    builder.add_conditional_edges("compare", lambda state: END if state["missing"] else "pay", ["pay", END])
    graph = builder.compile(checkpointer=InMemorySaver())
    for letter in ("report", "photo"):
        graph.invoke({"letter": letter}, _thread("K1"))
    return graph


def _thread(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


@exercise(
    "07.1",
    hints=(
        "To look at a thread, no run is needed: `graph.get_state(config)`.",
        "What `get_state` gives has `.values`, a dict. For a new thread it is empty.",
        "`return graph.get_state(config).values.get(\"papers\", [])`",
    ),
    done="Looking costs one read, and changes nothing. That holds for every thread, also one that waits.",
)  # fmt: skip
def only_look(found: Found, papers_of: Callable[[Any, str], Any]) -> None:
    graph = _claim()
    before = len(list(graph.get_state_history(_thread("K1"))))
    papers = papers_of(graph, "K1")
    added = len(list(graph.get_state_history(_thread("K1")))) - before
    found.that(
        "it only looks", not added,
        f"The thread has {added} checkpoints more than before: `papers_of` has run the graph.",
    )  # fmt: skip
    found.equal("`papers_of`", papers, ["report", "photo"], given="two letters")
    try:
        unknown = papers_of(graph, "nobody")
    except KeyError as error:
        hint = "A thread that nobody has heard of has no values at all: `{}`."
        found.stop(f"With a thread that nobody has heard of, `papers_of` raised a KeyError: {error}.", hint=hint)
    found.equal("`papers_of`", unknown, [], given="a thread that nobody has heard of")


@exercise(
    "07.2",
    hints=(
        "`past.next` is a tuple of the nodes that came next: `node in past.next`.",
        "The history begins with the newest checkpoint. Which of several is the first in time?",
        "`for past in reversed(list(graph.get_state_history(config)))`, and `return []` at the end.",
    ),
    done="A checkpoint tells what was known at a moment: nobody can say later that it was otherwise.",
)  # fmt: skip
def known_then(found: Found, papers_before: Callable[[Any, str, str], Any]) -> None:
    graph = _claim()
    got = papers_before(graph, "K1", "compare")
    hint = {
        ("report", "photo"): "This is from the last time. The history begins with the newest.",
        (): "That is the state before `read` had filed anything: look at `past.next`.",
    }.get(tuple(got) if isinstance(got, list) else (None,), "")
    found.equal("`papers_before(…, \"compare\")`", got, ["report"], given="two letters", hint=hint)
    got, hint = papers_before(graph, "K1", "pay"), "What does it `return` if nothing was found?"
    found.equal("`papers_before(…, \"pay\")`", got, [], given="a paper still missing", hint=hint)
    graph.invoke({"letter": "receipt"}, _thread("K1"))
    expected = ["report", "photo", "receipt"]
    found.equal("`papers_before(…, \"pay\")`", papers_before(graph, "K1", "pay"), expected, given="all three letters")


@exercise(
    "07.3",
    hints=(
        "Threads live in the saver. How many savers are there after two letters?",
        "`InMemorySaver()` in the function makes a new, empty one for each letter.",
        "Compile once, outside of the function: `graph = post.compile(checkpointer=InMemorySaver())`.",
    ),
    done="One saver for the program, one thread for each case.",
)  # fmt: skip
def one_saver(found: Found, receive: Callable[[str, str], Any]) -> None:
    ann, bo = uuid4().hex, uuid4().hex  # new customers each time: what is filed stays filed
    mixed = "There are letters of somebody else in it: each customer needs a thread."
    for who, customer, letter, expected in (
        ("Ann's first", ann, "report", ["report"]),
        ("Ann's second", ann, "photo", ["report", "photo"]),
        ("Bo's first", bo, "bill", ["bill"]),
    ):
        got = receive(customer, letter)
        hint = mixed if isinstance(got, list) and len(got) > len(expected) else ""
        found.equal("`receive`", got, expected, given=f"{who} letter", hint=hint)
