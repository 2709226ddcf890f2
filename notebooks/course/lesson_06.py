"""The checks of 06_streaming."""

from __future__ import annotations

from typing import Any, TypedDict

from langgraph_nb.graph import START, StateGraph
from langgraph_nb.testing import ScriptedModel

from .checking import Found, exercise, show

PAGES = ["Ann opens the meeting.", "Bo is late.", "All agree."]


@exercise(
    "06.1",
    hints=(
        "`report = get_stream_writer()` inside of the node; then `report(...)` sends what you give it.",
        "Report in the loop, after each page: `for number, page in enumerate(state[\"pages\"], 1)` counts from 1.",
        "`report({\"done\": number, \"total\": len(state[\"pages\"])})`",
    ),
    done="Run `%%invoke reading` with a few pages: the live view makes a bar of `done` and `total`.",
)  # fmt: skip
def bar(found: Found, reading: Any) -> None:
    reports = list(reading.stream({"pages": PAGES}, stream_mode="custom"))
    found.that(
        "`count` reports something", reports, "With 3 pages, nothing comes in the mode `custom`.",
        hint="What a node prints or returns is no report. A writer sends while the node runs.",
    )  # fmt: skip
    expected = [{"done": number, "total": len(PAGES)} for number in (1, 2, 3)]
    hint = ""
    if len(reports) == len(PAGES) and reports[0] != expected[0]:
        hint = "After the first page, one is done."
    elif len(reports) != len(PAGES):
        hint = "One report after each page: is the line inside of the loop?"
    found.equal("what is reported", reports, expected, given="3 pages", hint=hint)
    found.equal("`words`", reading.invoke({"pages": PAGES}).get("words"), 9, given="3 pages")


class _Talk(TypedDict):
    topic: str


def _speaker(text: str) -> Any:
    model = ScriptedModel(script=[text])

    def speak(state: _Talk) -> None:
        model.invoke(state["topic"])

    return speak


def _talk() -> Any:
    """A graph where three nodes have models: two side by side, one inside of a graph."""
    inner: Any = StateGraph(_Talk)
    inner.add_node("summary", _speaker("In short: all agreed."))
    inner.add_edge(START, "summary")
    outer: Any = StateGraph(_Talk)
    outer.add_node("title", _speaker("A good meeting"))
    outer.add_node("rest", inner.compile())
    outer.add_edge(START, "title")
    outer.add_edge("title", "rest")
    return outer.compile()


@exercise(
    "06.2",
    hints=(
        "`about[\"langgraph_node\"]` is the name of the node that a piece comes from.",
        "`subgraphs=True, version=\"v2\"`: then each part has its pair under `part[\"data\"]`.",
        "`for part in graph.stream(...)`: take `chunk, about = part[\"data\"]`, and keep `chunk.text` if it is not "
        "empty and the node is the right one.",
    ),
    done="With this, a page shows one agent's words and keeps the others' to itself.",
)  # fmt: skip
def voice(found: Found, words_of: Any) -> None:
    for node, where, text in (
        ("title", "in the graph itself", "A good meeting"),
        ("summary", "in an inner graph", "In short: all agreed."),
    ):
        words = words_of(_talk(), {"topic": "the yard"}, node)
        found.that(
            f"for the node `{node}` it gives a list of texts",
            isinstance(words, list) and all(isinstance(word, str) for word in words),
            f"For the node `{node}` it gave {show(words)}, and no list of texts.",
            hint="A piece of a message has its text under `.text`.",
        )
        found.equal("the text", "".join(words), text, given=f"`{node}`, {where}", hint=_whose(words, node))
        whole, empty = f"It came at once: {show(words)}.", f"There is an empty piece in {show(words)}."
        found.that("it comes in pieces", len(words) > 1, whole, hint="The mode `messages` gives the pieces.")
        found.that("none of them is empty", all(words), empty, hint="The last piece only says that it is the last.")
    found.equal("what comes", words_of(_talk(), {"topic": "the yard"}, "nobody"), [], given="a silent node")


def _whose(words: list[str], node: str) -> str:
    if not words:
        return "The node is in an inner graph: parts of those come with `subgraphs=True`."
    other = "A good" if node == "summary" else "In short"
    return "There are words of another node in it: look at `about`." if other in "".join(words) else ""


@exercise(
    "06.3",
    hints=(
        "Print each `update` in `follow`. What do the two nodes return, and what should the page show?",
        "An update is what a node returned, before the reducer. `shown | change` replaces where the reducer adds.",
        "The mode `values` gives the state after each step; the first part is the input, before any step.",
    ),
    done="Updates are for what happened, values for what is.",
)  # fmt: skip
def pages(found: Found, day: Any, follow: Any) -> None:
    shown = follow(day)
    first, both = ["a bicycle rack"], ["a bicycle rack", "quiet hours", "a new lock"]
    found.that("it gives a list of pages", isinstance(shown, list) and shown, f"`follow` gave {show(shown)}.")
    hint = "The input is a part, too: it comes before the first step." if shown[0] == [] else ""
    if len(shown) == 1:
        hint = "There is one page for each step; this is only the last."
    if shown[-1] == ["quiet hours", "a new lock"]:
        hint = "The afternoon's decisions are in the place of the morning's. Who should have added them?"
    found.equal("what the page shows", shown, [first, both], given="two steps", hint=hint)
