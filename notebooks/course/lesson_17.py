"""The checks of 17_testing_graphs, and the threads that its third exercise is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.testing import SimulationFailed, simulate

from .checking import Found, exercise, show
from .raised import explained

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
    found.if_raised = "`test_fee` is given the node that it tests, and calls it with both keys of the state."
    try:
        test_fee(_fee)
    except AssertionError as error:
        told = explained(error, {}).detail.partition("\nAssertionError")[0]
        found.stop("Your test refuses the right `fee`, too.", detail=told, hint="Calculate once more what it expects.")
    found.holds.append("the right `fee` passes")
    if not any(_refuses(test_fee, wrong) for wrong, _ in WRONG.values()):
        hint = "`assert` is what fails. Does the test call the `fee` that it is given?"
        found.stop("Your test lets every `fee` pass.", hint=hint)
    for mistake, (wrong, hint) in WRONG.items():
        refused = _refuses(test_fee, wrong)
        found.that(f"one that {mistake} fails", refused, f"Your test lets a `fee` pass that {mistake}.", hint=hint)


def _refuses(test: Callable[[Fee], None], fee: Fee) -> bool:
    """Whether a test fails; for a test runner any exception is a failure."""
    try:
        test(fee)
    except Exception:
        return True
    return False


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
        if trial.error is not None:
            raise trial.error
        seen.append(list(bank.values()))
        bank.clear()
        return seen[-1] == ["Ada"]

    bank.clear()
    try:
        simulate(cashier, {"member": "Ada"}, faults=["crash"], check=once)
    except SimulationFailed as failed:
        if failed.problem is failed.trial.error:
            raise failed.problem from None
        story = "\n".join(map(str, failed.schedule)) or "(nothing unusual happens)"
        charged = next(charged for charged in reversed(seen) if charged != ["Ada"])
        hint = "" if len(charged) > 1 else "`bank` has to have one entry for this payment, whose value is the member."
        wrong = f"The bank's list is {show(charged)}, expected `['Ada']`, when this happens:"
        found.stop(wrong, detail=story, hint=hint)
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
    found.that("`loan` has a checkpointer", loan.checkpointer, "`loan` has no checkpointer, and so no threads.",
               hint="The first line of the cell ends with `--checkpointer loans`.")  # fmt: skip
    for book, (days, wanted) in LOANS.items():
        replayed = loan.replay_check({"configurable": {"thread_id": book}})
        wrong = f"`{book}` ({days} days, wanted: {wanted}) goes another way today."
        found.that(f"`{book}` goes the way it went", replayed.ok, wrong, detail=str(replayed))
    for days, letter in ((27, "Keep it for another month."), (29, "Please bring it back.")):
        state = loan.copy({"checkpointer": None}).invoke({"days": days, "wanted": False})
        hint = "The rule is for more than the three that are stored: which days are on either side of it?"
        found.equal("`letter`", state.get("letter"), letter, given=f"{days} days", hint=hint)
