"""The checks of 03_choices_and_loops."""

from __future__ import annotations

from typing import Any

from langgraph_nb.errors import GraphRecursionError

from .checking import Found, exercise, show


@exercise(
    "03.1",
    hints=(
        "A choice in a choice: `(a if TEST else b if OTHER_TEST else c)`. `END` may be one of them.",
        "The tests are asked from left to right. Which one has to come first?",
        "`measure >> (page if state[\"full\"] > 95 else clean if state[\"full\"] > 80 else END)`, and an edge from "
        "`page` and from `clean` to `END`.",
    ),
    done="The first test that is true wins, as in any `if`.",
)  # fmt: skip
def disks(found: Found, disk: Any) -> None:
    hints = {80: "More than 80: 80 itself is not.", 95: "More than 95: 95 itself is not."}
    wanted = {50: "nothing", 85: "cleaned", 99: "paged", 80: "nothing", 81: "cleaned", 95: "cleaned", 96: "paged"}
    for full, done in wanted.items():
        got = disk.invoke({"full": full}).get("done")
        order = "A disk that is fuller than 95 % is fuller than 80 %, too." if (full, got) == (99, "cleaned") else ""
        found.equal("`done`", got, done, given={"full": full}, hint=order or hints.get(full, ""))


@exercise(
    "03.2",
    hints=(
        "What is `tries` after the second round? Look at its first line.",
        "Variables of a node are gone when it ends. What should last is in the state: `state[\"tries\"]`.",
        "`tries = state.get(\"tries\", 0) + 1`",
    ),
    done="A node remembers nothing. The state does, also when the next round is tomorrow.",
)  # fmt: skip
def backups(found: Found, backup: Any) -> None:
    for works_at, tries in ((2, 2), (1, 1), (9, 3)):
        given = {"works_at": works_at}
        try:
            result = backup.invoke({**given, "tries": 0}, {"recursion_limit": 12})
        except GraphRecursionError:
            found.stop(f"With {show(given)} it was still trying after 12 times.")
        found.equal("`tries` in the end", result["tries"], tries, given=given)
        found.equal("`ok`", result["ok"], works_at == tries, given=given)


@exercise(
    "03.3",
    hints=(
        "`return Command(update={\"reason\": ...}, goto=\"urgent\")`",
        "`-> Command[Literal[\"urgent\", \"later\"]]` behind `def triage(state: State)` makes both nodes of the graph.",
        "The wiring is `START >> triage` and `{urgent, later} >> END`: an edge from `triage` is always taken.",
    ),
    done="One node decided and wrote down why. A test in the wiring can only decide.",
)  # fmt: skip
def triage(found: Found, tickets: Any) -> None:
    ways = [edge for edge in tickets.topology().edges if edge.source == "triage"]
    ends = sorted({edge.target for edge in ways})
    for name in ("urgent", "later"):
        missing = f"No way leads from `triage` to `{name}`; there are ways to {show(ends)}."
        found.that(f"a way leads to `{name}`", name in ends, missing)
    always = [edge.target for edge in ways if not edge.conditional]
    listed = ", ".join(f"`{name}`" for name in always)
    drawn = f"The edge from `triage` to {listed} is always taken, whatever the Command says."
    found.that("only the Command decides", not always, drawn, hint="Take `triage >> ...` out of the wiring.")
    wanted = {"The shop is down!": ("now", "it is down"), "A typo on page 3": ("tomorrow", "it can wait")}
    for text, (handled, reason) in wanted.items():
        result = tickets.invoke({"text": text})
        found.equal("`handled`", result.get("handled"), handled, given={"text": text})
        found.equal("`reason`", result.get("reason"), reason, given={"text": text})
