"""The checks of 04_map_reduce: a map with what each run needs, a reducer, and a step that follows a map."""

from __future__ import annotations

from typing import Any

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
    try:
        runs = list(links.stream({"site": SITE}, stream_mode="updates"))
    except KeyError as error:
        found.stop(
            f"A run of `check_links` asked for {error}, which it was not sent.",
            hint="Without a map, a node gets the whole state. With one, it gets what stands in the brackets.",
        )
    found.equal("the number of runs of `check_links`", len(runs), len(SITE), given="3 pages")
    broken = links.invoke({"site": SITE})["broken"]
    found.equal("`broken`", broken, ["/ -> /news", "/waste -> /dates"], given="two links that lead nowhere")
    found.equal("`broken`", links.invoke({"site": {}})["broken"], [], given="no page")


@exercise(
    "04.2",
    hints=(
        "A reducer gets what was there and what is new, and returns what is to be there then.",
        'Before the first page `old` has no `"problems"`: use `old.get("problems", -1)`.',
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
    try:
        runs = list(quote.stream({"site": PICTURES}, stream_mode="updates"))
    except KeyError as error:
        found.stop(
            f"A node asked for {error}, which it was not sent.",
            hint="`estimate` follows a map, and is not sent anything itself. What does it get?",
        )
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
