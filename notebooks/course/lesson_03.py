"""The checks of 03_choices_and_loops."""

from __future__ import annotations

from typing import Any

from langgraph_nb.errors import GraphRecursionError

from .checking import Found, exercise, show

NAMES = {"__start__": "START", "__end__": "END"}


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
        ran = [node for update in disk.stream({"full": full}, stream_mode="updates") for node in update]
        hint = hints.get(full, "")
        if {"page", "clean"} <= set(ran):
            hint = f"Both ran: {show(ran)}. One of the two is enough, and then comes `END`."
        elif (full, got) == (99, "cleaned"):
            hint = "A disk that is fuller than 95 % is fuller than 80 %, too."
        found.equal("`done`", got, done, given={"full": full}, hint=hint)


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
    found.if_raised = "A node's variables begin anew each time that it runs. What lasts is in the state."
    for works_at, tries in ((2, 2), (1, 1), (9, 3)):
        given = {"works_at": works_at}
        try:
            result = _backed_up(backup, given)
        except GraphRecursionError:
            found.stop(f"With {show(given)} it was still trying after 12 times.")
        found.equal("`tries` in the end", result["tries"], tries, given=given, hint=_rounds(result, tries))
        found.equal("`ok`", result["ok"], works_at == tries, given=given)


def _backed_up(backup: Any, given: dict[str, int]) -> dict[str, Any]:
    """The result; an answer that wants to be told where it begins is told."""
    limit = {"recursion_limit": 12}
    try:
        return backup.invoke(given, limit)  # type: ignore[no-any-return]
    except KeyError as error:
        if error.args != ("tries",):
            raise
        return backup.invoke({**given, "tries": 0}, limit)  # type: ignore[no-any-return]


def _rounds(result: dict[str, Any], tries: int) -> str:
    if result["tries"] > 3:
        return "Three times at most. What does the wiring ask, and when?"
    if not result["ok"] and result["tries"] < tries:
        return "It stopped before it worked. Does a way lead back to `attempt`?"
    return "" if result["tries"] == tries else "Before the first try, none was made: count from 0."


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
        there = ", ".join(f"`{NAMES.get(end, end)}`" for end in ends) or "nothing"
        missing = f"No way leads from `triage` to `{name}`; there are ways to {there}."
        found.that(f"a way leads to `{name}`", name in ends, missing, hint=_annotation(tickets))
    always = [edge.target for edge in ways if not edge.conditional]
    listed = ", ".join(f"`{NAMES.get(name, name)}`" for name in always)
    drawn = f"The edge from `triage` to {listed} is always taken, whatever the Command says."
    found.that("only the Command decides", not always, drawn, hint="Take `triage >> ...` out of the wiring.")
    decides = "A choice in the wiring decides where `triage` leads to, and no Command."
    found.that("no choice in the wiring does", not tickets.builder.branches.get("triage"), decides,
               hint="Let the Command say where to go: `goto=\"urgent\"`.")  # fmt: skip
    found.if_raised = "`goto` has the name of a node, as text."
    down, wait = ("now", "it is down"), ("tomorrow", "it can wait")
    wanted = {"The shop is down!": down, "A typo on page 3": wait, "It went down at noon": down}
    for text, (handled, reason) in wanted.items():
        result = tickets.invoke({"text": text})
        got = result.get("handled")
        hint = "This way `triage` returned no Command: does each way through it end with one?" if got is None else ""
        found.equal("`handled`", got, handled, given={"text": text}, hint=hint or f"Is \"down\" in {text!r}?")
        hint = "`update=` of the Command is what a node returns otherwise. The task says which text."
        found.equal("`reason`", result.get("reason"), reason, given={"text": text}, hint=hint)


def _annotation(tickets: Any) -> str:
    """What is missing where a node that returns Commands does not say where they go."""
    node = getattr(getattr(tickets, "builder", None), "nodes", {}).get("triage")
    if "Command" not in getattr(getattr(getattr(node, "code", None), "__code__", None), "co_names", ()):
        return ""
    return "The annotation says where a Command may go: `def triage(state: State) -> Command[Literal[...]]:`"
