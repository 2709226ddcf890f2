"""The checks of 04_map_reduce: a map with what each run needs, a reducer, and a step that follows a map."""

from __future__ import annotations

from typing import Any

from langgraph_nb.errors import InvalidUpdateError

from .checking import Found, exercise, show

SITE = {
    "/": '<a href="/pool">Pool</a> <a href="/news">News</a>',
    "/pool": '<a href="/">Home</a>',
    "/waste": '<a href="/dates">Dates</a>',
}
PICTURES = {"/": "<img>", "/pool": "", "/waste": "<img> <img>"}


@exercise(
    "04.1",
    hints=(
        "A list comprehension in the wiring is a map: `START >> [check_links(...) for ... in ...] >> END`.",
        'Go through `state["site"].items()`; each item is an address and its html.',
        'The third thing is the same for all: `known=list(state["site"])`.',
    ),
    done="One line maps; the runs get what the brackets name, and nothing else.",
)
def links(found: Found, links: Any) -> None:
    runs = _runs(found, links, {"site": SITE})
    found.equal("the number of runs of `check_links`", len(runs), len(SITE), given="3 pages")
    hint = "`known` is the same for all: the addresses of the whole site."
    broken = links.invoke({"site": SITE})["broken"]
    found.equal("`broken`", broken, ["/ -> /news", "/waste -> /dates"], given="two links that lead nowhere", hint=hint)
    found.equal("`broken`", links.invoke({"site": {}})["broken"], [], given="no page")


def _runs(found: Found, graph: Any, given: Any) -> list[Any]:
    """What each run of a node wrote; says what a node was sent that asked for something else."""
    written, begun = [], {}
    try:
        for mode, part in graph.stream(given, stream_mode=["updates", "tasks"]):
            if mode == "updates":
                written.append(part)
            elif "input" in part:
                begun = part
    except KeyError as error:
        name, got = begun.get("name", "a node"), list(begun.get("input", ()))
        found.stop(
            f"`{name}` asked for {error}, but what it got has {show(got)}.",
            hint="That is the whole state. Only with a map a run gets what stands in the brackets."
            if set(got) >= set(given)
            else "A run gets what stands in the brackets of its map, and nothing else.",
        )
    except InvalidUpdateError as error:
        found.stop(str(error).split("\n")[0], hint="Several runs write this key in one step: it needs its reducer.")
    return written


@exercise(
    "04.2",
    hints=(
        "A reducer gets what was there and what is new, and returns what is to be there then. Before the first page, "
        "`{}` was there.",
        'So `old` has no `"problems"` then, and even a page with 0 is worse: use `old.get("problems", -1)`.',
        'Keep `old` unless `new["problems"]` is greater.',
    ),
    done="A reducer can do more than collect: maximum, count, merge. It sees the results in the order of the list.",
)
def worst(found: Found, ranking: Any) -> None:
    cases = [
        ("the worst page last", {"/": 1, "/pool": 3}, "/pool"),
        ("the worst page first", {"/pool": 3, "/": 1}, "/pool"),
        ("the worst page between others", {"/": 1, "/pool": 3, "/waste": 2}, "/pool"),
        ("two that are equally bad", {"/": 1, "/waste": 2, "/pool": 2}, "/waste"),
        ("one page without a problem", {"/": 0}, "/"),
    ]
    for name, counts, expected in cases:
        worst = ranking.invoke({"counts": counts}).get("worst")
        found.that(
            f"{name}: `worst` is `{expected}`",
            isinstance(worst, dict) and worst.get("address") == expected,
            f"With {show(counts)} `worst` is {show(worst)}, expected the page `{expected}` ({name}).",
            hint=_reducer_hint(worst, counts),
        )


def _reducer_hint(worst: Any, counts: dict[str, int]) -> str:
    address = worst.get("address") if isinstance(worst, dict) else None
    if address != list(counts)[-1]:
        return ""
    if len(set(counts.values())) < len(counts):
        return "Of two that are equally bad, the earlier one is to stay: look at your comparison."
    return "The last page won, whatever was there before."


@exercise(
    "04.3",
    hints=(
        "Put `print(page)` into `estimate` and run it: what does it get, and how often?",
        "After a map, the next node runs once, with the whole state. What `count` found stands in `state['counts']`.",
        "So `estimate` needs a map of its own, over what `count` found: `[estimate(pictures=...) for one in ...]`. "
        "Or both steps go into one node.",
    ),
    done="Only the node that a Send names gets what was sent; what comes after it gets the state.",
)
def hours(found: Found, quote: Any) -> None:
    runs = _runs(found, quote, {"site": PICTURES})
    result = quote.invoke({"site": PICTURES})
    found.equal("`hours`", result.get("hours"), [0.75, 0.5, 1.0], given="1, 0 and 2 pictures")
    estimates = [run["estimate"] for run in runs if "estimate" in run]
    found.that(
        "each page has a run of its own",
        len(estimates) in (0, len(PICTURES)),
        f"`estimate` ran {len(estimates)} time for {len(PICTURES)} pages.",
        hint="The hours are right, but one run does it all. Send each page to a run of its own.",
    )
    counted = [one["address"] for one in result.get("counts", [])]
    found.equal("the pages in `counts`", counted, list(PICTURES))
