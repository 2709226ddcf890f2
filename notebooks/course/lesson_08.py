"""Checks of 08: durable execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.testing import SimulationFailed, simulate

from .checking import Found, exercise, instead, show

STAFF = ["Ada", "Grace", "Linus"]


def fresh(graph: Any) -> Any:
    """A graph whose threads have no past."""
    return graph.copy(checkpointer=InMemorySaver())


def thread(name: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


def fails_once(orders: list[tuple[str, str]]) -> Callable[..., None]:
    """A bank that does its first order, and whose answer is lost."""

    def transfer(to: str, euros: int, key: str = "") -> None:
        orders.append((to, key))
        if len(orders) == 1:
            raise ConnectionError("The bank has done it, and its answer was lost.")

    return transfer


def interrupted(graph: Any, given: Any, name: str) -> None:
    """Begin a run, which may fail, and go on with it."""
    try:
        graph.invoke(given, thread(name))
    except ConnectionError:
        graph.invoke(None, thread(name))


@exercise(
    "08.1",
    hints=(
        "`transfer` takes a third argument, `key`. The bank does an order once for each key.",
        "The node has a parameter `runtime`. It knows a key that stays the same when this task runs again.",
        'Write `transfer(task["to"], 500, key=runtime.idempotency_key)`.',
    ),
    done="An effect outside and a key that belongs to the task: that makes \"at least once\" into \"once\".",
)
def bonus_once(found: Found, bonus: Any, transfer: Any) -> None:
    orders: list[tuple[str, str]] = []
    sums: set[Any] = set()

    def note(to: str, euros: int, key: str = "") -> None:
        orders.append((to, str(key or "")))
        sums.add(euros)

    bonus = fresh(bonus)
    with instead(transfer, transfer=note):
        bonus.invoke({"staff": STAFF, "sent": []}, thread("check 1"))
        paid = [to for to, _ in orders]
        found.equal("the list of those who are paid", sorted(paid), STAFF, given={"staff": STAFF})
        without = [to for to, key in orders if not key]
        found.that("every order has a key", not without, f"The order for {show(without and without[0])} has no key.")
        other = next(iter(sums - {500}), 500)
        found.that("each bonus is 500", other == 500, f"An order was for {show(other)}, expected `500`.")
        first = dict(orders)
        shared = [to for to, key in first.items() if [*first.values()].count(key) > 1]
        found.that(
            "each order has its own key", not shared,
            f"The orders for {show(shared)} have the same key, {show(shared and first[shared[0]])}: "
            "the bank does only the first of them.",
        )  # fmt: skip
        orders.clear()
        problem = _crashed(bonus, orders)
        found.that("after crashes at every point, the bank did each order once", not problem, problem)
        orders.clear()
        bonus.invoke({"staff": STAFF, "sent": []}, thread("check 2"))
    same = [to for to, key in orders if first.get(to) == key]
    found.that(
        "next year's bonus has other keys", not same,
        f"Next year's order for {show(same and same[0])} has this year's key, {show(same and first[same[0]])}: "
        "the bank takes it for done.",
        hint="The key has to belong to this task of this thread, not only to the person.",
    )  # fmt: skip


def _crashed(graph: Any, orders: list[tuple[str, str]]) -> str:
    """What the bank did wrong when the process died somewhere; nothing if it never did."""

    def check(_: Any) -> None:
        keys = Counter(to for to, _ in set(orders))
        doubled = [to for to, n in keys.items() if n > 1]
        tries = [key for to, key in orders if doubled and to == doubled[0]]
        orders.clear()
        assert not doubled, (
            f"After a crash, {doubled[0]} was paid {len(set(tries))} times: the order came with the keys "
            f"{', '.join(map(show, dict.fromkeys(tries)))}."
        )

    try:
        simulate(graph, {"staff": STAFF, "sent": []}, faults=["crash"], seeds=range(30), check=check)
    except SimulationFailed as failed:
        if isinstance(failed.problem, AssertionError):
            return str(failed.problem)
        raise failed.problem from None
    return ""


@exercise(
    "08.2",
    hints=(
        "What has finished is stored; what was cut off begins again. So what is to be kept has to finish.",
        "Make nodes of it, and let each return what the next one needs: the state has the keys `rows` and `total`.",
        "`START >> fetch >> add >> declare >> END`, where `fetch` returns `{\"rows\": download_rows(…)}`.",
    ),
    done="A node is the unit that is kept. What is slow or costs money deserves one of its own.",
)
def small_pieces(found: Found, taxes: Any, upload_total: Any) -> None:
    calls: Counter[str] = Counter()

    def download(month: str) -> list[int]:
        calls["download"] += 1
        return [100, 200]

    def upload(total: int) -> str:
        calls["upload"] += 1
        if calls["upload"] == 1:
            raise ConnectionError("The line is bad.")
        return f"receipt for {total}"

    taxes = fresh(taxes)
    with instead(upload_total, download_rows=download, upload_total=upload):
        interrupted(taxes, {"month": "November"}, "check")
    result = taxes.get_state(thread("check")).values
    found.equal("`receipt`", result.get("receipt"), "receipt for 300", given="the rows [100, 200]")
    found.equal("`total`", result.get("total"), 300)
    found.that(
        "the upload failed, and was tried again", calls["upload"] == 2,
        f"`upload_total` was called {calls['upload']} times, expected 2: one that fails, one that succeeds.",
    )  # fmt: skip
    many = calls["download"]
    found.that(
        "the download ran once", many == 1,
        f"`download_rows` was called {many} times, expected 1: "
        + ("what it gave was lost with the node that failed." if many else "nothing was downloaded."),
    )  # fmt: skip


@exercise(
    "08.3",
    hints=(
        "Write down the number that the node uses the first time, and the one when it runs again.",
        "A node that runs again does so from its beginning: it takes a new number from `numbers`.",
        "Draw the number in a node of its own, before this one, and keep it in the state.",
    ),
    done="Chance, clocks and counters give something else the second time. Store what they gave before you act on it.",
)
def stable_numbers(found: Found, suppliers: Any, transfer: Any) -> None:
    orders: list[tuple[str, str]] = []
    suppliers, given = fresh(suppliers), {"to": "Mill & Sons", "euros": 900}
    with instead(transfer, transfer=fails_once(orders)):
        interrupted(suppliers, given, "check 1")
        first = [key for _, key in orders]
        found.that(
            "the order went out again after the crash", len(first) == 2,
            f"The bank was called {len(first)} times with {show(given)}, expected 2: `transfer` has to be in a node "
            "that runs again when it failed.",
        )  # fmt: skip
        found.that("it has a number", all(first), "The order has no number: give `transfer` a `key`.")
        found.that(
            "both times it carried the same number", first[0] == first[1],
            f"The first time the order carried {show(first[0])}, after the crash {show(first[1])}: "
            "two orders for the bank.",
        )  # fmt: skip
        suppliers.invoke(given, thread("check 2"))
    found.that(
        "the next order has another number", orders[-1][1] != first[0],
        f"The next order to the same supplier carries {show(first[0])} too: the bank takes it for done.",
        hint="Each order needs a number of its own, which stays the same only when this order is tried again.",
    )  # fmt: skip
