"""The checks of 16_failures."""

from __future__ import annotations

from typing import Any

from .checking import Found, exercise, show


@exercise(
    "16.1",
    hints=(
        "A `RetryPolicy` has `max_attempts`, and `retry_on`: an exception class, several, or a function.",
        "`RetryPolicy(max_attempts=4, retry_on=PaperJam, initial_interval=0.01, jitter=False)`.",
    ),
    done="What is tried again should be a decision: name the errors that pass by themselves.",
)  # fmt: skip
def paper_jam(found: Found, labels: Any, tried: Any) -> None:
    tried.clear()
    try:
        result = labels.invoke({"address": "1 Pier Road"})
    except OSError as error:
        hint = "Is a `PaperJam` tried again at all?" if len(tried) == 1 else ""
        found.stop(f"After {len(tried)} of 3 attempts `print_label` gave up: {type(error).__name__}.", hint=hint)
    found.equal("the label", result.get("label"), "To: 1 Pier Road", given="two jams")
    found.equal("the number of attempts", len(tried), 3, given="two jams")
    tried.clear()
    try:
        labels.invoke({"address": ""})
    except LookupError:
        found.equal(
            "the number of attempts", len(tried), 1, given="no address",
            hint="Without an address it never prints. Try again after `PaperJam` only.",
        )  # fmt: skip
    else:
        found.stop("Without an address no error is raised any more.", hint="Leave the function as it was.")


@exercise(
    "16.2",
    hints=(
        "Follow the arrows from `on error: pay`. Where do they lead?",
        "A handler says with `Command(update=..., goto=...)` where to go on.",
        "`return Command(update={\"note\": ...}, goto=\"ship\")`; with `-> Command[Literal[\"ship\"]]` it is drawn.",
    ),
    done="A handler takes the place of its node, not of the edges that lead out of it: it says itself where to go on.",
)  # fmt: skip
def pays_later(found: Found, order: Any) -> None:
    found.equal("the result", order.invoke({"total": 20.0}), {"total": 20.0, "note": "paid", "shipped": True})
    result = order.invoke({"total": 250.0})
    found.that(
        "with a total of 250 it is noted", str(result.get("note", "")).startswith("pays later"),
        f"With a total of 250 the note is {show(result.get('note'))}.",
        hint="What a handler changes goes into `update=` of its `Command`.",
    )  # fmt: skip
    shipped = "shipped" in result
    found.that("with a total of 250 it is shipped", shipped, f"With a total of 250 the result is {show(result)}.")


@exercise(
    "16.3",
    hints=(
        "Two things: the graph needs a cache (`%%graph route --cache memory`), the node a policy (`@node(cache=...)`).",
        "By default the key is the whole input, customer and all.",
        "`@node(cache=CachePolicy(key_func=lambda state: state[\"zip\"]))`.",
    ),
    done="A key holds what the result depends on: with less it is wrong, with more it is never found.",
)  # fmt: skip
def distances(found: Found, route: Any, measured: Any) -> None:
    found.that(
        "`route` has a cache", route.cache is not None, "`route` has no cache to keep anything in.",
        hint="It is an option of the first line of the cell.",
    )  # fmt: skip
    route.cache.clear()
    measured.clear()
    for customer, zip, km in (("Ada", "20457", 87), ("Grace", "20457", 87), ("Ada", "10115", 27)):
        given = {"customer": customer, "zip": zip}
        hint = "Another zip has the same key." if zip == "10115" else ""
        found.equal("`km`", route.invoke(given).get("km"), km, given=given, hint=hint)
    times = len(measured)
    hint = "Without a policy nothing is kept." if times == 3 and measured[0] == measured[1] else ""
    found.equal("the number of times that the map was asked", times, 2, given="three customers, two zips", hint=hint)
