"""The checks of 02_reducers_and_parallel_steps."""

from typing import Annotated, Any, TypedDict

from langgraph_nb.graph import START, StateGraph

from .checking import Found, exercise, nodes_of, show


@exercise(
    "02.1",
    hints=(
        "A list in the wiring runs nodes side by side: `START >> [iron, copper] >> END`.",
        "Two nodes write `values` in one step. Which reducer merges dictionaries?",
        "`values: Annotated[dict[str, int], operator.or_]`",
    ),
    done="Neither node knows of the other. The type of the key says how their results meet.",
)  # fmt: skip
def copper(found: Found, tap: Any) -> None:
    names = nodes_of(tap)
    found.that("`copper` is in the graph", "copper" in names, f"The graph has the nodes {show(names)}, no `copper`.")
    begins = {edge.target for edge in tap.topology().edges if edge.source == "__start__"}
    late = f"They do not run at the same time: `START` leads to {show(sorted(begins))} only."
    found.that("both run at the same time", begins >= {"iron", "copper"}, late)
    found.if_raised = "The reducer gets the old value and the returned one, and returns the new value."
    returned = {node: given for update in tap.stream({}, stream_mode="updates") for node, given in update.items()}
    wanted = {"values": {"copper": 900}}
    got = returned["copper"]
    wrong = f"`copper` returned {show(got)}" if got else "`copper` changed nothing in the state"
    hint = "" if got else "Of what a node returns, only keys that `State` has get into the state: here `values`."
    found.that("`copper` returns its value", got == wanted, f"{wrong}, expected {show(wanted)}.", hint=hint)
    found.equal("`values`", tap.invoke({}).get("values"), {"iron": 40, "copper": 900})


@exercise(
    "02.2",
    hints=(
        "Call `customer.invoke({})` and look at the picture: from which nodes does an edge lead to `send`?",
        "`smell` is done a step before `count`. Braces run `send` after each of them.",
        "`[smell, count] >> send` waits for both.",
    ),
    done="Braces: after each. A list: after all. It only matters where the ways have different lengths.",
)  # fmt: skip
def letter(found: Found, customer: Any) -> None:
    updates = [update["send"] for update in customer.stream({}, stream_mode="updates") if "send" in update]
    sent = [(update or {}).get("letter") for update in updates]
    found.that("a letter is sent", sent, "No letter was sent: `send` did not run.")
    twice = f"`send` ran {len(sent)} times: {', '.join(map(show, sent))}."
    found.that("it is sent once", len(sent) == 1, twice)
    found.equal("the letter", sent[0], "no germs and no smell")


@exercise(
    "02.3",
    hints=(
        "Put both lists together first: `old + new`.",
        "A slice with a negative start takes from the end: `numbers[-3:]`.",
    ),
    done="Any function of two values is a reducer. It has to return a new value, and leave the old one as it is.",
)  # fmt: skip
def newest_three(found: Found, newest: Any) -> None:
    found.if_raised = "Call it by hand in a new cell: `newest([1, 2], [3, 4])`."
    for old, new in (([1, 2], [3, 4]), ([], [5]), ([1], [2]), ([1, 2, 3], []), ([1], [9, 3, 4, 2]), ([8, 6], [4, 2])):
        before, kept = list(old), (old + new)[-3:]
        got = newest(old, new)
        changed = f"`newest({before}, {new})` changed the list that it was given: it is {show(old)} now."
        hint = "`old.extend(...)` changes `old`; `old + new` does not."
        found.that("the old list stays as it is", old == before, changed, hint=hint)
        found.equal(f"`newest({before}, {new})`", got, kept, hint=_kept(got, kept))

    class State(TypedDict):
        readings: Annotated[list[float], newest]

    sensor = StateGraph(State).add_node("day", lambda state: {"readings": [3.0, 4.0]})
    result = sensor.add_edge(START, "day").compile().invoke({"readings": [1.0, 2.0]})
    found.equal("in a graph, `readings`", result["readings"], [2.0, 3.0, 4.0])


def _kept(got: Any, kept: list[int]) -> str:
    if got is None:
        return "It gives nothing back: which line says `return`?"
    if not isinstance(got, list):
        return f"A {type(got).__name__} came back; the state has a list."
    if got != kept and sorted(got) == sorted(kept):
        return "They stay in the order in which they came."
    return "" if len(got) != len(kept) or len(kept) == 3 else "Fewer than three: all of them are kept."
