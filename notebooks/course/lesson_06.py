"""The checks of 06_streaming."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from inspect import iscoroutine
from typing import Annotated, Any, TypedDict

from langgraph_nb.graph import START, StateGraph
from langgraph_nb.testing import ScriptedModel

from .checking import Found, awaited, exercise, show

PAGES = ["Ann opens the meeting.", "Bo is late.", "All agree."]


@exercise(
    "06.1",
    hints=(
        "`report = get_stream_writer()` inside of the node; then `report(...)` sends what you give it.",
        "Report in the loop, after each page: `for number, page in enumerate(state[\"pages\"], 1)` counts from 1.",
        "`report({\"done\": number, \"total\": len(state[\"pages\"])})`",
    ),
    done="With `time.sleep(0.5)` in the loop, `%%invoke reading` shows them as a bar while `count` runs.",
)  # fmt: skip
def bar(found: Found, reading: Any) -> None:
    reports = list(reading.stream({"pages": PAGES}, stream_mode="custom"))
    found.that(
        "`count` reports something", reports, "With 3 pages, nothing comes in the mode `custom`.",
        hint="What a node prints or returns is no report. A writer sends while the node runs.",
    )  # fmt: skip
    expected = [{"done": number, "total": len(PAGES)} for number in (1, 2, 3)]
    found.equal("what is reported", reports, expected, given="3 pages", hint=_report(reports))
    found.equal("`words`", reading.invoke({"pages": PAGES}).get("words"), 9, given="3 pages")


def _report(reports: list[Any]) -> str:
    if len(reports) != len(PAGES):
        return "One report after each page: is the line inside of the loop?"
    odd = next((one for one in reports if not isinstance(one, dict) or set(one) != {"done", "total"}), None)
    if odd is not None:
        return f"The view looks for a dictionary with `done` and `total`; {show(odd)} is none."
    if any(one["total"] != len(PAGES) for one in reports):
        return "`total` is how many pages there are, the same each time."
    return "After the first page, one is done. After the second, two."


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
        found.if_raised = "Print one part: with `subgraphs=True` or `version=\"v2\"` it is more than `chunk, about`."
        got = _spoken(words_of, node)
        words = list(got) if isinstance(got, Iterable) and not isinstance(got, str) else got
        found.that(
            f"for the node `{node}` it gives a list of texts",
            isinstance(words, list) and all(isinstance(word, str) for word in words),
            f"For the node `{node}` it gave {show(words)}, and no list of texts.",
            hint=_pieces(words),
        )
        found.equal("the text", "".join(words), text, given=f"`{node}`, {where}", hint=_whose(words, node, text))
        whole, empty = f"It came at once: {show(words)}.", f"There is an empty piece in {show(words)}."
        found.that("it comes in pieces", len(words) > 1, whole, hint="The mode `messages` gives the pieces.")
        found.that("none of them is empty", all(words), empty, hint="The last piece only says that it is the last.")
    found.equal("what comes", list(_spoken(words_of, "nobody")), [], given="a silent node")


def _spoken(words_of: Any, node: str) -> Any:
    got = words_of(_talk(), {"topic": "the yard"}, node)
    return awaited(got) if iscoroutine(got) else got


def _pieces(words: Any) -> str:
    if isinstance(words, str):
        return "Do not join the pieces: a page shows each as it comes."
    return "What does it `return`?" if words is None else "A piece of a message has its text under `.text`."


def _whose(words: list[str], node: str, text: str) -> str:
    if not words and node == "title":
        return "A part tells its node under `about[\"langgraph_node\"]`. Compare it with the parameter `node`."
    if not words:
        return "The node is in an inner graph: parts of those come with `subgraphs=True`."
    if "".join(words) == text.replace(" ", ""):
        return "The spaces are part of the pieces."
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
    found.if_raised = "Print what `graph.stream` gives: `updates` has the nodes' names around it, `values` has none."
    shown = follow(day)
    first, both = ["a bicycle rack"], ["a bicycle rack", "quiet hours", "a new lock"]
    found.that("it gives a list of pages", isinstance(shown, list) and shown, f"`follow` gave {show(shown)}.",
               hint="A page for each step, in a list: does it `return` that?")  # fmt: skip
    if shown == [*first, "quiet hours", "a new lock"]:
        found.stop(f"`follow` gave {show(shown)}: one page.", hint="There is a page for each step: a list of lists.")
    hint = "The input is a part, too: it comes before the first step." if shown[0] == [] else ""
    if len(shown) == 1:
        hint = "There is one page for each step; this is only the last."
    if shown[-1] == ["quiet hours", "a new lock"]:
        hint = "The afternoon's decisions are in the place of the morning's. Who should have added them?"
    if shown == [both, both]:
        hint = "Both pages are one list, which was changed later. Let each page have a list of its own."
    if any(isinstance(page, dict) for page in shown):
        hint = "A page shows the decisions, and not the whole state: `state[\"decisions\"]`."
    found.equal("what the page shows", shown, [first, both], given="two steps", hint=hint)
    other, pages = _year()
    hint = "`follow` gets a graph: use that one. And leave the nodes of `day` as they were."
    found.equal("what the page shows", follow(other), pages, given="the steps of another graph", hint=hint)


def _year() -> tuple[Any, list[list[str]]]:
    """A graph of three steps, and what a page shows of each."""

    class State(TypedDict):
        decisions: Annotated[list[str], operator.add]

    graph: Any = StateGraph(State)
    said = {"spring": ["a slide"], "summer": [], "autumn": ["a rake", "a lamp"]}
    for season, new in said.items():
        graph.add_node(season, lambda state, new=new: {"decisions": new})
    graph.add_edge(START, "spring").add_edge("spring", "summer").add_edge("summer", "autumn")
    return graph.compile(), [["a slide"], ["a slide"], ["a slide", "a rake", "a lamp"]]
