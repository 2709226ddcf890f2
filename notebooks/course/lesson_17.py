"""The checks of 17_testing_graphs, and the threads that its third exercise is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.testing import SimulationFailed, simulate

from .checking import Found, exercise, show

Fee = Callable[[dict[str, Any]], dict[str, int]]


def _fee(state: dict[str, Any]) -> dict[str, int]:
    return {"cents": 0 if state["children"] else min(20 * state["late"], 500)}


def _without_limit(state: dict[str, Any]) -> dict[str, int]:
    return {"cents": 0 if state["children"] else 20 * state["late"]}


def _children_pay(state: dict[str, Any]) -> dict[str, int]:
    return {"cents": min(20 * state["late"], 500)}


def _dearer(state: dict[str, Any]) -> dict[str, int]:
    return {"cents": 0 if state["children"] else min(25 * state["late"], 500)}


WRONG: dict[str, tuple[Fee, str]] = {
    "takes 25 cents a day": (_dearer, "Assert a fee of a few days."),
    "knows no limit": (_without_limit, "How late must a book be for the limit to matter?"),
    "lets children pay": (_children_pay, "One assert needs `\"children\": True`, with days that would cost something."),
}


@exercise(
    "17.1",
    hints=(
        "One assert for each part of the rule.",
        "`assert fee({\"late\": 100, \"children\": False}) == {\"cents\": 500}` is one of them.",
    ),
    done="A test is as good as the mistakes that it finds: break the code once, and see it fail.",
)  # fmt: skip
def test_that_can_fail(found: Found, test_fee: Callable[[Fee], None]) -> None:
    found.that("the right `fee` passes", _passes(test_fee, _fee), "Your test refuses the right `fee`, too.")
    for mistake, (wrong, hint) in WRONG.items():
        refused = not _passes(test_fee, wrong)
        found.that(f"one that {mistake} fails", refused, f"Your test lets a `fee` pass that {mistake}.", hint=hint)


def _passes(test: Callable[[Fee], None], fee: Fee) -> bool:
    try:
        test(fee)
    except AssertionError:
        return False
    return True


@exercise(
    "17.2",
    hints=(
        "A crash comes between the bank and the store. What the bank has, it has twice, unless it can tell.",
        "`len(bank)` is another key in the second attempt. Which one would be the same?",
        "`bank[runtime.idempotency_key] = state[\"member\"]`.",
    ),
    done="Nobody can charge exactly once. One can charge as often as one likes, under the same key.",
)  # fmt: skip
def pays_once(found: Found, cashier: Any, bank: dict[Any, Any]) -> None:
    seen: list[list[Any]] = []

    def once(trial: Any) -> bool:
        seen.append(list(bank.values()))
        bank.clear()
        return seen[-1] == ["Ada"]

    bank.clear()
    try:
        simulate(cashier, {"member": "Ada"}, faults=["crash"], check=once)
    except SimulationFailed as failed:
        story = "\n".join(map(str, failed.schedule)) or "(nothing unusual happens)"
        charged = next(charged for charged in reversed(seen) if charged != ["Ada"])
        found.stop(f"The bank's list is {show(charged)}, when this happens:", detail=story)
    found.holds.append("with 100 schedules, crashes among them, the bank has one payment")
    cashier.invoke({"member": "Ada"}, {"configurable": {"thread_id": "one"}})
    cashier.invoke({"member": "Ada"}, {"configurable": {"thread_id": "two"}})
    found.equal(
        "the bank's list", list(bank.values()), ["Ada", "Ada"], given="two visits of Ada",
        hint="Who pays again on another day has to pay again: the member's name is no key for a payment.",
    )  # fmt: skip


class _Loan(TypedDict):
    days: int
    wanted: bool
    letter: str


LOANS = {"atlas": (14, False), "novel": (28, False), "cookbook": (10, True)}


def stored_loans() -> InMemorySaver:
    """The threads of loans, as the library's first program stored them."""

    def way(state: _Loan) -> Literal["remind", "renew"]:
        return "remind" if state["wanted"] or state["days"] >= 28 else "renew"

    saver = InMemorySaver()
    builder = StateGraph(_Loan)
    builder.add_node("renew", lambda state: {"letter": "Keep it for another month."})
    builder.add_node("remind", lambda state: {"letter": "Please bring it back."})
    graph = builder.add_conditional_edges(START, way).compile(checkpointer=saver)
    for book, (days, wanted) in LOANS.items():
        graph.invoke({"days": days, "wanted": wanted}, {"configurable": {"thread_id": book}})
    return saver


@exercise(
    "17.3",
    hints=(
        "Print `loan.replay_check({\"configurable\": {\"thread_id\": \"novel\"}})`; then `atlas`, and `cookbook`.",
        "After exactly 28 days a reminder was sent.",
        "The test is `state[\"wanted\"] or state[\"days\"] >= 28`.",
    ),
    done="Stored threads are the best test cases there are: nobody had to think of them.",
)  # fmt: skip
def old_loans(found: Found, loan: Any) -> None:
    for book, (days, wanted) in LOANS.items():
        replayed = loan.replay_check({"configurable": {"thread_id": book}})
        wrong = f"`{book}` ({days} days, wanted: {wanted}) goes another way today."
        found.that(f"`{book}` goes the way it went", replayed.ok, wrong, detail=str(replayed))
    for days, letter in ((27, "Keep it for another month."), (29, "Please bring it back.")):
        state = loan.copy({"checkpointer": None}).invoke({"days": days, "wanted": False})
        found.equal("`letter`", state.get("letter"), letter, given=f"{days} days")
