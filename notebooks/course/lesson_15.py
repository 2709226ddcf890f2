"""The checks of 15_functional_api."""

from __future__ import annotations

import re
from concurrent.futures import Future
from typing import Any

from langgraph_nb.types import Command

from .checking import Found, exercise, instead, show


class _Watched:
    """A task whose calls and whose waits are noted."""

    def __init__(self, task: Any, log: list[str]) -> None:
        self.task, self.log = task, log

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.log.append("begun")
        future = self.task(*args, **kwargs)
        if not isinstance(future, Future):
            return self._awaited(future)
        result = future.result
        future.result = lambda timeout=None: self.log.append("waited for") or result(timeout)  # type: ignore[method-assign, func-returns-value]
        return future

    async def _awaited(self, future: Any) -> Any:
        self.log.append("waited for")
        return await future


@exercise(
    "15.1",
    hints=(
        "Two loops: one that calls, one that waits.",
        "`futures = [resize(photo) for photo in photos]`; then `.result()` of each.",
    ),
    done="A future is a promise: collect promises first, then ask for what was promised.",
)  # fmt: skip
def all_at_once(found: Found, album: Any, resize: Any) -> None:
    photos, log = ["a.png", "b.png", "c.png"], []  # type: tuple[list[str], list[str]]
    found.that("`resize` is a task", hasattr(resize, "func"), "`resize` is no task any more.", hint="Put `@task` back.")
    _is_workflow(found, "album", album)
    with instead(found.notebook, resize=_Watched(resize, log)):
        small = album.invoke(photos)
    hint = ""
    if isinstance(small, list) and any(isinstance(one, Future) for one in small):
        small, hint = ["a future"] * len(small), "Return what the futures give: `.result()`."
    found.equal("the result", small, [f"small {photo}" for photo in photos], given=photos, hint=hint)
    hint = "`resize` was never called: whose result is that?" if not log else ""
    found.equal("what happens first", log[:3], ["begun"] * 3, given=photos, hint=hint)


def _is_workflow(found: Found, name: str, made: Any, keeps: bool = False) -> None:
    wrong = f"`{name}` is {show(made)}, and no workflow."
    found.that(f"`{name}` is a workflow", hasattr(made, "invoke"), wrong, hint="Put `@entrypoint(...)` back.")
    if keeps:
        found.that(
            f"`{name}` has a checkpointer", made.checkpointer, f"`{name}` has no checkpointer: it keeps nothing.",
            hint="`@entrypoint(checkpointer=InMemorySaver())`",
        )  # fmt: skip


@exercise(
    "15.2",
    hints=(
        "What runs again when the answer comes?",
        "`next(numbers)` gives another number each time. Its first result has to be kept.",
        "`@task` above `def new_number(): return next(numbers)`; then `number = new_number().result()`.",
    ),
    done="Counters, clocks, chance, databases: whatever may answer differently the next time is asked in a task.",
)  # fmt: skip
def one_number(found: Found, billing: Any) -> None:
    _is_workflow(found, "billing", billing, keeps=True)
    found.if_raised = "Only the call of a task gives something with a `.result()`. Is `@task` above the function?"
    billing.checkpointer.delete_thread("check")
    thread = {"configurable": {"thread_id": "check"}}
    seen = []
    for amount in (20.0, 30.0):
        asked = billing.invoke(amount, thread)
        question = str(asked["__interrupt__"][0].value) if isinstance(asked, dict) and "__interrupt__" in asked else ""
        found.that(f"for {amount} euros somebody is asked", question, f"For {amount} euros nobody is asked.")
        number = re.search(r"invoice (\d+)", question)
        if number is None:
            hint = "What a task's call gives is a future; its number is `.result()`." if " state=" in question else ""
            found.stop(
                f"The question is {show(question)}, without a number.", hint=hint or "The boss has to know the number."
            )
        sent = billing.invoke(Command(resume=True), thread)
        found.that(
            f"invoice {number[1]} was approved and sent", sent == f"sent {number[1]}",
            f"Invoice {number[1]} was approved; the result is {show(sent)}.",
        )  # fmt: skip
        seen.append(number[1])
    found.that("each invoice has its number", seen[0] != seen[1], f"Two invoices have the number {seen[0]}.")
    billing.invoke(40.0, thread)
    dropped = billing.invoke(Command(resume=False), thread)
    found.that(
        "one that is not approved is dropped", str(dropped).startswith("dropped"),
        f"The boss said no to the invoice over 40.0 euros; the result is {show(dropped)}.",
    )  # fmt: skip


@exercise(
    "15.3",
    hints=(
        "`previous` is what was saved, and `None` the first time.",
        "What is returned and what is kept are two things: `entrypoint.final(value=..., save=...)`.",
        "`return entrypoint.final(value=reading - (reading if previous is None else previous), save=reading)`.",
    ),
    done="A thread's memory need not be what callers see.",
)  # fmt: skip
def meter_readings(found: Found, meter: Any) -> None:
    _is_workflow(found, "meter", meter, keeps=True)
    thread = {"configurable": {"thread_id": "check"}}
    for name in ("check", "neighbour"):
        meter.checkpointer.delete_thread(name)
    months = (("January", 1200, 0), ("February", 1350, 150), ("March", 1350, 0), ("April", 1400, 50))
    for month, reading, used in months:
        got = meter.invoke(reading, thread)
        hint = "Was the reading kept, or what was used?" if got in (reading, 1200, 1050, 1250) and used else ""
        found.equal("what was used", got, used, given=f"{reading} in {month}", hint=hint)
    got = meter.invoke(700, {"configurable": {"thread_id": "neighbour"}})
    found.equal(
        "what was used", got, 0, given="700 as the first reading of the neighbour, another thread",
        hint="A variable of the notebook is shared by all threads; `previous` is the thread's own.",
    )  # fmt: skip
