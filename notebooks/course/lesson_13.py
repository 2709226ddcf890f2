"""The checks of 13_subgraphs."""

from __future__ import annotations

from typing import Any, TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.types import Command

from .checking import Found, Used, exercise, instead, nodes_of, show


@exercise(
    "13.1",
    hints=(
        "`vet.invoke({...})` takes the vet's words and gives the vet's words.",
        "In go `\"species\": state[\"animal\"]` and `\"years\": state[\"age\"]`.",
        "`return {\"fit\": vet.invoke({...})[\"healthy\"]}`.",
    ),
    done="A function between two graphs is where their words meet; neither has to know the other's.",
)  # fmt: skip
def other_words(found: Found, intake: Any, vet: Any) -> None:
    watched = Used(vet)
    for animal, age, fit in (("dog", 3, True), ("dog", 13, False), ("cat", 13, True)):
        given = {"animal": animal, "age": age}
        with instead(found.notebook, vet=watched):
            result = intake.invoke(given)
        hint = "`examine` has to return `fit`: only keys of the state are kept." if "fit" not in result else ""
        found.equal("`fit`", result.get("fit"), fit, given=given, hint=hint)
    found.that(
        "`examine` asks `vet`", watched.used,
        "`fit` is right, but `vet` was never called: `examine` has a rule of its own.",
        hint="When the vet changes the rule, the shelter's answer has to change, too.",
    )  # fmt: skip


@exercise(
    "13.2",
    hints=(
        "What does `clinic` begin with? `notes` is shared, so the shelter's notes go in, and come out again.",
        "`clinic` needs `animal` only. `StateGraph(Report, input_schema=...)` says what a graph takes.",
        "`class Patient(TypedDict): animal: str`, and `clinic = StateGraph(Report, input_schema=Patient)`.",
    ),
    done="Share what the other one needs, and no more; most of all where a reducer adds.",
)  # fmt: skip
def each_note_once(found: Found, shelter: Any) -> None:
    ran = set()
    for before in ([], ["found in the park"]):
        given = {"animal": "dog", "notes": before}
        notes = []
        for ns, state in shelter.stream(given, stream_mode="values", subgraphs=True):
            ran.add(ns)
            notes = notes if ns else state.get("notes")
        expected = [*before, "arrived", "weighs 12 kg"]
        hint = ""
        if before and before[0] not in (notes or []):
            hint = "The shelter still needs its reducer: without it, each note replaces those before."
        elif notes and sorted(set(notes)) == sorted(expected) and len(notes) == len(expected):
            hint = "They are all there, in another order."
        found.equal("`notes`", notes, expected, given=given, hint=hint)
    found.that("`clinic` ran", len(ran) > 1, "The notes are right, but the graph `clinic` never ran.",
               hint="The shelter's node `clinic` is that graph, or a function that calls it.")  # fmt: skip


class _Adoption(TypedDict):
    animal: str
    address: str
    fits: bool
    letter: str


def _around(inspection: Any) -> Any:
    """A shelter with this graph as its node."""
    builder = StateGraph(_Adoption)
    builder.add_node("inspection", inspection)
    builder.add_node("decline", lambda state: {"letter": "no"})
    builder.add_node("decide", lambda state: {"letter": "yes" if state["fits"] else "no"})
    builder.add_edge(START, "inspection")
    builder.add_conditional_edges("inspection", lambda state: "decide" if state.get("fits") else END, ["decide", END])
    builder.add_edge("decide", END)
    return builder.compile(checkpointer=InMemorySaver())


@exercise(
    "13.3",
    hints=(
        "`measure` knows the animal and the garden, so it can decide before `ask` runs.",
        "A plain `Command(goto=...)` leads to a node of its own graph. `graph=Command.PARENT` leads out.",
        "`return Command(graph=Command.PARENT, goto=\"decline\")` for a dog with less than 100; else as before.",
    ),
    done="This is how agents of a swarm hand over: they leave their own graph for another node of the outer one.",
)  # fmt: skip
def leaves_early(found: Found, inspection: Any) -> None:
    names = nodes_of(inspection)
    found.that("`ask` is still there", "ask" in names, f"The nodes are {show(names)}; `ask` is gone.")
    for animal, address, asked in (("dog", "Elm Road 3", True), ("dog", "Dock Street 9", False),
                                   ("cat", "Dock Street 9", True)):  # fmt: skip
        shelter, given = _around(inspection), {"animal": animal, "address": address}
        thread = {"configurable": {"thread_id": "1"}}
        result = shelter.invoke(given, thread)
        words = "somebody is asked" if asked else "nobody is asked"
        found.that(
            f"with {show(given)} {words}", ("__interrupt__" in result) == asked,
            f"With {show(given)} {'nobody is asked' if asked else 'somebody is asked'}.",
            hint="Cats do not need a garden." if animal == "cat" else "",
        )  # fmt: skip
        if asked:
            result = shelter.invoke(Command(resume=True), thread)
        nobody = "Nobody declined: `measure` has to go on in the outer graph, at `decline`."
        hint = nobody if "letter" not in result else ""
        found.equal("the letter", result.get("letter"), "yes" if asked else "no", given=given, hint=hint)
