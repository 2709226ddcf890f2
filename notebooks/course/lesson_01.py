"""The checks of 01_state_and_nodes."""

from __future__ import annotations

from typing import Any

from .checking import Found, exercise, nodes_of, show


@exercise(
    "01.1",
    hints=(
        "A node is a function of the state that returns what it changes: `return {\"pay\": ...}`.",
        "The wiring is the order: `START >> add_tax >> discount >> END`.",
        "`pay` is `round((state[\"net\"] + state[\"tax\"]) * 0.98, 2)`.",
    ),
    done="`discount` used what `add_tax` had written: that is all there is to passing things on.",
)  # fmt: skip
def discount(found: Found, order: Any) -> None:
    names = nodes_of(order)
    found.that("`add_tax` is in the graph", "add_tax" in names, "The graph has lost its node `add_tax`.")
    found.that(
        "`discount` is in the graph", "discount" in names, f"The graph has the nodes {show(names)} and no `discount`.",
        hint="A function becomes a node when the wiring names it.",
    )  # fmt: skip
    for net, pay in ((100.0, 116.62), (49.99, 58.3), (59.9, 69.85)):
        result = order.invoke({"net": net})
        lacking = f"With {show({'net': net})} the result is {show(result)}: no `pay`."
        hint = "Only keys that a node returns get into the state."
        found.that("the result has `pay`", "pay" in result, lacking, hint=hint)
        found.equal("`pay`", result["pay"], pay, given={"net": net}, hint=_amount(net, result["pay"], pay))


def _amount(net: float, got: Any, pay: float) -> str:
    """What is probably wrong with an amount."""
    if not isinstance(got, int | float):
        return "An amount is a number, which the next node can calculate with: `round(amount, 2)`."
    if got != pay and round(got, 2) == pay:
        return "Rounded to cents: `round(amount, 2)`."
    return {
        round(net * 1.19 * 0.02, 2): "That is the discount. What is left to pay?",
        round(net * 0.98, 2): "The discount is on net and tax together.",
        round(net * 1.19 * 0.98, 2): "`add_tax` has rounded the tax. Take it from the state: `state[\"tax\"]`.",
    }.get(round(got, 2), "")


@exercise(
    "01.2",
    hints=(
        "Run `shipment.invoke({\"parcels\": [1.0, 2.0]})` in a new cell. Look at each key: what is missing, or wrong?",
        "A key that the state does not have is dropped without a word. What has `State`, and what does `weigh` return?",
    ),
    done="A misspelt key raises no error. `state[\"weight\"]` would have failed at once; `.get` with a default hid it.",
)  # fmt: skip
def shipping(found: Found, shipment: Any) -> None:
    for parcels, price in (([1.0, 2.0], 9.4), ([0.5], 5.65), ([], 4.9)):
        result = shipment.invoke({"parcels": parcels})
        found.equal("`price`", result.get("price"), price, given={"parcels": parcels}, hint=_weight(result, parcels))
    lacking = "The price is right, but `weight` is still missing in the result."
    found.that("`weight` is there", "weight" in result, lacking, hint="Let `weigh` write it, and `calculate` read it.")


def _weight(result: dict[str, Any], parcels: list[float]) -> str:
    if "weight" not in result:
        return "What does `weigh` return, and what does `State` have?"
    if result["weight"] != sum(parcels):
        return f"`weight` is {show(result['weight'])}; together they weigh {sum(parcels)}."
    return "`weight` is right in the end. Was it there when `calculate` ran?"


@exercise(
    "01.3",
    hints=(
        "An edge is `letter.add_edge(FROM, TO)`; a node is named by its function's name, as text: `\"count\"`.",
        "Three edges: from `START`, between the two, and to `END`.",
        "A builder cannot run. `letter.compile()` returns a graph that can: `letter = letter.compile()`.",
    ),
    done="This is the program that `%graph invoice --code` printed, written by hand.",
)  # fmt: skip
def letters(found: Found, letter: Any) -> None:
    edges = {(edge.source, edge.target) for edge in letter.topology().edges}
    wanted = {("__start__", "count"), ("count", "write"), ("write", "__end__")}
    backwards = ("write", "count") in edges
    hint = "`write` needs `late`, which `count` finds: so `count` comes first." if backwards else ""
    for source, target in sorted(wanted - edges):
        names = {"__start__": "START", "__end__": "END"}
        start, end = names.get(source, source), names.get(target, target)
        found.stop(f"There is no edge from `{start}` to `{end}` yet.", hint=hint)
    more = ", ".join(f"`{start}` to `{end}`" for start, end in sorted(edges - wanted))
    found.that("the edges are right", not more, f"There are more edges than three: {more}.", hint="Take it out.")
    found.that(
        "`letter` is a graph that can run", hasattr(letter, "invoke"), "`letter` is still a builder, which cannot run.",
        hint="What did the program above do with its builder in the end?",
    )  # fmt: skip
    given = {"due": 10, "today": 31}
    found.equal("`text`", letter.invoke(given).get("text"), "You are 21 days late.", given=given)
