"""The checks of 10_time_travel_and_forks."""

from __future__ import annotations

import operator
from collections import Counter
from typing import Annotated, Any, TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph

from .checking import Found, exercise, show

CHECK = {"configurable": {"thread_id": "check"}}


class Job(TypedDict):
    area: int
    price: int
    tries: Annotated[list[str], operator.add]
    letter: str


def job(ran: list[str]) -> Any:
    """Measure, then twice calculate beside plan, then write; ``ran`` is told what runs."""

    def measure(state: Job) -> dict[str, Any]:
        ran.append("measure")
        return {"area": 100}

    def calculate(state: Job) -> dict[str, Any]:
        ran.append("calculate")
        return {"price": state["area"] * 90, "tries": ["calculate"]}

    def plan(state: Job) -> dict[str, Any]:
        ran.append("plan")
        return {"tries": ["plan"]}

    def write(state: Job) -> dict[str, Any]:
        ran.append("write")
        return {"letter": f"{state['area']} m², {state['price']} euros"}

    builder = StateGraph(Job)
    for node in (measure, calculate, plan, write):
        builder.add_node(node)
    builder.add_node("never", lambda state: {})
    builder.add_edge(START, "measure").add_edge("measure", "calculate").add_edge("measure", "plan")
    builder.add_conditional_edges("plan", lambda state: "write" if len(state["tries"]) > 3 else "again", {
        "write": "write", "again": "again"})  # fmt: skip
    builder.add_node("again", lambda state: {}).add_edge("again", "calculate").add_edge("again", "plan")
    builder.add_edge("never", "write")
    return builder.compile(checkpointer=InMemorySaver(), name="job")


def finished(ran: list[str]) -> Any:
    """The same after a run."""
    graph = job(ran)
    graph.invoke({"tries": []}, CHECK)
    return graph


@exercise(
    "10.1",
    hints=(
        "`graph.get_state_history(config)` gives the snapshots, the newest first.",
        "A snapshot's `next` is a tuple with the names of all nodes that run next.",
        "Go through the history, and return the first snapshot with `node in snapshot.next`; after the loop, `None`.",
    ),
    done="A snapshot is a place to go on from: its `config` names the checkpoint, its `next` says what would run.",
)
def place(found: Found, before: Any) -> None:
    graph = finished([])
    past = list(graph.get_state_history(CHECK))
    found.if_raised = "A config names the thread: `{\"configurable\": {\"thread_id\": thread}}`."
    for node, where in (("write", "a node that ran once"), ("plan", "one of two that ran at once, three times")):
        got = before(graph, "check", node)
        found.that(
            f"of `{node}`, {where}, there is a snapshot", hasattr(got, "next") and hasattr(got, "metadata"),
            f"`before(graph, \"check\", \"{node}\")` gave {show(got)}, expected a snapshot. `{node}` is {where}.",
            hint="`next` is a tuple, and may hold several names. Which way did you compare it?" if got is None else "",
        )  # fmt: skip
        found.that(
            "the node runs next there", node in got.next,
            f"In the snapshot for `{node}` the next nodes are {show(got.next)}.",
        )  # fmt: skip
        thread = got.config["configurable"]["thread_id"]
        found.that("the snapshot is of the thread that was asked for", thread == "check",
                   f"You were asked about the thread `check`; the snapshot is of `{thread}`.",
                   hint="Use the parameters, `graph` and `thread`.")  # fmt: skip
        steps = [one.metadata["step"] for one in past if node in one.next]
        found.equal("the snapshot's step", got.metadata["step"], max(steps), given=f"`{node}`, run {len(steps)}×")
    found.if_raised = "This node never ran: there may be nothing to take the first of."
    none = before(graph, "check", "never")
    found.that("of a node that never ran there is `None`", none is None,
               f"For a node that never ran you gave {show(none)}, expected `None`.")  # fmt: skip


@exercise(
    "10.2",
    hints=(
        "An input begins at `START`. To go on, the input is `None`.",
        "`graph.update_state(snapshot.config, values)` writes a fork at that place, and returns its config.",
        "`return graph.invoke(None, graph.update_state(snapshot.config, values))`",
    ),
    done="Fork, then go on: what came before the place is read, what comes after it runs with the new values.",
)
def alternative(found: Found, what_if: Any) -> None:
    ran: list[str] = []
    graph = finished(ran)
    snapshot = next(past for past in graph.get_state_history(CHECK) if past.metadata["step"] == 1)
    first = "100 m², 9000 euros"
    for values, expected in (({"area": 200}, "200 m², 18000 euros"), ({"area": 50}, "50 m², 4500 euros")):
        ran.clear()
        result = what_if(graph, snapshot, values)
        many = Counter(ran)
        found.that(
            "`measure`, which ran before it, did not run again", not many["measure"],
            f"With {show(values)}, `measure` ran again: the run began at `START`.",
        )  # fmt: skip
        these = f"only these ran: {show(ran)}" if ran else "nothing ran"
        written = isinstance(result, dict) and "configurable" in result
        found.that(
            "`calculate`, which is next there, ran", many["calculate"],
            f"With {show(values)}, at a place where {show(snapshot.next)} are next, {these}.",
            hint="`update_state` only writes. `invoke(None, ...)` goes on." if written else
                 "Which checkpoint do you write to, and as whom? After the last node nothing is left to run.",
        )  # fmt: skip
        letter = result.get("letter") if isinstance(result, dict) else result
        found.equal("`letter`", letter, expected, given=values, hint=_letter(letter, first))
        letters = [past.values.get("letter") for past in graph.get_state_history(CHECK)]
        lost = "The first result is not in the history."
        found.that("the first letter is still in the history", first in letters, lost)
        elsewhere = f"The letter for {show(values)} is not in the history of the snapshot's thread."
        found.that("the new letter is in it too", expected in letters, elsewhere,
                   hint="Write to `snapshot.config`: it names the thread and the place.")  # fmt: skip


def _letter(letter: Any, first: str) -> str:
    if letter is None:
        return "What does `what_if` return?"
    if letter == "200 m², 18000 euros":
        return "These are the values of the call before. Write those that it is given: `values`."
    stale = "It went on without the new values. `update_state` returns a config: it names the fork."
    return stale if letter == first else ""


@exercise(
    "10.3",
    hints=(
        "Print `graph.get_state(config).next` after the update. What is left to run, if `write` has just returned?",
        "An update goes through the reducers, as what a node returns does. Which one do the remarks have?",
        "Write `Overwrite(remarks)`, as a node that only `write` follows: `as_node=\"labour\"`.",
    ),
    done="Two questions for each update: through which reducer, and as whom?",
)
def correction(found: Found, correct: Any, offer: Any, note: Any) -> None:
    ran: list[str] = []
    namespace = note.__globals__
    before = namespace["note"]
    namespace["note"] = ran.append
    try:
        graph = offer.copy(checkpointer=InMemorySaver())
        graph.invoke({"address": "2 Hill Road"}, CHECK)
        old = graph.get_state(CHECK).values["remarks"]
        ran.clear()
        remarks = ["no scaffold"]
        result = correct(graph, "check", remarks)
    finally:
        namespace["note"] = before
    these = show(ran) if ran else "nothing"
    found.that("the letter is written again", "write" in ran,
               f"With {show(remarks)}, no new letter was written: {these} ran.")  # fmt: skip
    found.that("nothing else runs", ran == ["write"],
               f"These ran: {show(ran)}. Only the letter should be written again.",
               hint="What follows the node that you write as?")  # fmt: skip
    stored = graph.get_state(CHECK).values["remarks"]
    hint = "What an update writes goes through the reducer."
    if stored == old:
        hint = "The update did not get into the state. Is there a key of that name?"
    found.equal("`remarks`", stored, remarks, given=remarks, hint=hint)
    letter = result.get("letter", "") if isinstance(result, dict) else result
    found.that("the new letter has them", "no scaffold" in str(letter), f"The letter is {show(letter)}.",
               hint="What does `correct` return?")  # fmt: skip
