"""The checks of 00_tour."""

from __future__ import annotations

from typing import Any

from langgraph_nb.types import Command

from .checking import Found, exercise, show


@exercise(
    "00.1",
    hints=(
        "The wiring is a chain from `START` to `END`. What comes after `add_up`?",
        "`START >> add_up >> pay >> END`",
    ),
    done="A line of `>>` is all the wiring there is. What the nodes pass on is in the state.",
)  # fmt: skip
def expenses(found: Found, expense: Any) -> None:
    edges = {(edge.source, edge.target) for edge in expense.topology().edges}
    found.that("`add_up` leads to `pay`", ("add_up", "pay") in edges, "No way leads from `add_up` to `pay` yet.")
    given = {"bills": [12.5, 30.0]}
    found.equal("`paid`", expense.invoke(given).get("paid"), "42.50 by transfer", given=given)


@exercise(
    "00.2",
    hints=(
        "The answer is stored in `agreed`. Look at the picture: what does the choice look at?",
        "The test in the wiring has to be `state[\"agreed\"]`.",
    ),
    done="The answer becomes a part of the state, and the choice has to ask for it.",
)  # fmt: skip
def trips(found: Found, trip: Any) -> None:
    for answer, done in ((True, "booked"), (False, "cancelled")):
        result = _answered(found, trip, {"city": "Oslo"}, answer)
        found.equal("`agreed`", result.get("agreed"), answer, given=f"the answer `{answer}`")
        found.equal("`done`", result.get("done"), done, given=f"the answer `{answer}`")


@exercise(
    "00.3",
    hints=(
        "The question takes a form: `interrupt(\"How many seats?\", response_schema=Seats)`. It returns a `Seats`.",
        "Limits belong to the field: `number: int = Field(ge=1, le=8)`.",
        "The state wants the number alone: `interrupt(...).number`.",
    ),
    done="The node never sees an answer that does not fit: who answers is told at the field, and is asked again.",
)  # fmt: skip
def seats(found: Found, booking: Any) -> None:
    for wrong in ("many", 0, 9):
        try:
            _answered(found, booking, {}, wrong if wrong == "many" else {"number": wrong})
        except ValueError:
            found.that(f"{show(wrong)} is refused", True, "")
        else:
            found.stop(f"The answer {show(wrong)} was taken.")
    found.equal("`seats`", _answered(found, booking, {}, {"number": 4}).get("seats"), 4, given="the answer 4")


def _answered(found: Found, graph: Any, start: dict[str, Any], answer: Any) -> dict[str, Any]:
    """Run a graph in a thread of its own, and answer its question."""
    thread = {"configurable": {"thread_id": f"check: {answer}"}}
    graph.checkpointer.delete_thread(thread["configurable"]["thread_id"])
    asked = graph.invoke(start, thread)
    found.that("it asks", "__interrupt__" in asked, f"It asked nothing; the result is {show(asked)}.")
    return graph.invoke(Command(resume=answer), thread)  # type: ignore[no-any-return]
