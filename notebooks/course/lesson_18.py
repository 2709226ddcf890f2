"""The checks of 18_how_the_engine_works."""

from __future__ import annotations

import operator
from typing import Any

from .checking import Found, exercise, show


@exercise(
    "18.1",
    hints=(
        "`update(self, writes)` gets all writes of one superstep, as a list.",
        "`version` is 0 as long as nothing was written: then the first write is the value.",
        "For each write: `self.value = write if self.version == 0 and … else self.function(self.value, write)`; and "
        "`self.version += 1` once, after the loop.",
    ),
    done="`Annotated[int, max]` is `Reduced(max)`: the type of a key chooses its channel.",
)
def reduced(found: Found, Reduced: Any) -> None:
    cases: list[tuple[str, Any, list[list[Any]], Any]] = [
        ("operator.add", operator.add, [[3]], 3),
        ("operator.add", operator.add, [[3, 5], [4]], 12),
        ("max", max, [[3, 5], [4]], 5),
        ("operator.sub", operator.sub, [[10, 1], [2]], 7),
        ("operator.sub", operator.sub, [[3, 3], [5]], -5),
        ("operator.add", operator.add, [[0], [0, 7]], 7),
        ("operator.or_", operator.or_, [[{"a": 1}, {"b": 2}]], {"a": 1, "b": 2}),
    ]
    if "update" in vars(Reduced):
        found.if_raised = "`function` takes two values: what is there, a write. While `version` is 0, nothing is there."
    for name, function, supersteps, value in cases:
        channel = Reduced(function)
        for number, writes in enumerate(supersteps, 1):
            channel.update(list(writes))
            version = channel.version
            found.that(
                "one superstep is one version", version == number,
                f"With `Reduced({name})` and {_told(supersteps[:number])}, the version is {show(version)}, "
                f"expected `{number}`.",
                hint="A version says that there is something new. One superstep, one version." * (version > number),
            )  # fmt: skip
        given = f"`Reduced({name})` and {_told(supersteps)}"
        hint = "`function(what is there, the write)`: the order counts, and 0 is a value, too." * ("sub" in name)
        found.equal("the value", channel.value, value, given=given, hint=hint)


def _told(supersteps: list[list[Any]]) -> str:
    return "the writes " + ", then ".join(map(show, supersteps))


@exercise(
    "18.2",
    hints=(
        "It has to remember who has come. Keep a set of those that are still missing.",
        "`self.missing -= set(writes)`; only when nothing is missing there is a new version.",
        "And then `self.missing = set(self.names)` again, for the next round of a loop.",
    ),
    done="That is `NamedBarrierValue`, the channel behind `add_edge([\"a\", \"b\"], \"c\")`.",
)
def barrier(found: Found, Barrier: Any, Engine: Any, Channel: Any) -> None:
    channel = Barrier(["spelling", "facts"])
    versions = []
    rounds = (["spelling"], ["spelling"], ["facts"], ["facts"], ["spelling"], ["facts", "spelling"])
    for writes in rounds:
        channel.update(list(writes))
        versions.append(channel.version)
    expected = [0, 0, 1, 1, 2, 3]
    hint = ""
    if versions[:3] == expected[:3] and versions != expected:
        hint = "After it opened, it has to wait for everybody again."
    elif versions[1] > 0:
        hint = "That `spelling` came twice does not stand for `facts`."
    given = f"`Barrier([\"spelling\", \"facts\"])` and the writes {', '.join(map(show, rounds))}"
    found.equal("the list of versions", versions, expected, given=given, hint=hint)
    nodes = {
        "spelling": (["text"], lambda read: {"done": "spelling"}),
        "facts": (["text"], lambda read: {"asked": True}),
        "office": (["asked"], lambda read: {"done": "facts"}),
        "publish": (["done"], lambda read: {"final": "published"}),
    }
    channels = {key: Channel() for key in ("text", "asked", "final")} | {"done": Barrier(["spelling", "facts"])}
    engine = Engine(nodes, channels)
    result = engine.invoke({"text": "The pool opens."})
    found.equal("`final`", result["final"], "published", given="your engine, where facts take two supersteps")
    ran = [names for names in engine.trace.values() if "publish" in names]
    found.equal("how often `publish` ran", len(ran), 1)


@exercise(
    "18.3",
    hints=(
        "Two nodes of one superstep: what does the second one read, if the first has written already?",
        "Run first, update afterwards: collect the writes of all nodes, as `Engine` does.",
        "`writes[key].append(value)` while they run, and `self.channels[key].update(values)` after the loop.",
    ),
    done="The barrier between running and updating is what makes parallel steps the same each time.",
)
def hasty(found: Found, Hasty: Any, Channel: Any) -> None:
    nodes = {
        "left": (["a", "b"], lambda read: {"a": read["b"]}),
        "right": (["a", "b"], lambda read: {"b": read["a"]}),
    }
    for order in (["left", "right"], ["right", "left"]):
        engine = Hasty({name: nodes[name] for name in order}, {"a": Channel(), "b": Channel()})
        engine.channels["a"].update([1])
        engine.channels["b"].update([2])
        due = engine.superstep()
        values = {key: channel.value for key, channel in engine.channels.items()}
        found.equal("what is there after one superstep", values, {"a": 2, "b": 1},
                    given=f"a = 1, b = 2 and two nodes that swap them, listed as {show(order)}")  # fmt: skip
        found.that("`superstep` returns who ran", sorted(due or []) == ["left", "right"],
                   f"`superstep` returned {show(due)}, expected the names of those that ran.")  # fmt: skip
        engine.superstep()
        values = {key: channel.value for key, channel in engine.channels.items()}
        found.that(
            "what was written while a node ran is new to it", values == {"a": 1, "b": 2},
            f"After the second superstep the values are {show(values)}: the nodes should have swapped them back.",
            hint="A node has seen the versions from before it ran, not those that its superstep made.",
        )  # fmt: skip
    both = {name: (["a"], lambda read, name=name: {"b": name}) for name in ("left", "right")}
    engine = Hasty(both, {"a": Channel(), "b": Channel()})
    engine.channels["a"].update([1])
    try:
        engine.superstep()
    except ValueError:
        found.holds.append("two writes to one value in a superstep are still refused")
    else:
        value = engine.channels["b"].value
        found.stop(f"Two nodes wrote to `b` in one superstep, and nothing was said: now it is {show(value)}.",
                   hint="`update` has to get all writes of the superstep at once.")  # fmt: skip
