"""Kinds of channels by themselves: what is written, read, used up, stored; what waits for several names."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from ..harness import Namespace, Run, thread
from . import PURE, program

NAMES = {"a", "b"}


def kinds(lg: Namespace) -> dict[str, Callable[[], Any]]:
    """Name -> makes a channel."""
    return {
        "last value": lambda: lg.LastValue(str),
        "last value after finish": lambda: lg.LastValueAfterFinish(str),
        "any value": lambda: lg.AnyValue(str),
        "ephemeral": lambda: lg.EphemeralValue(str),
        "ephemeral, unguarded": lambda: lg.EphemeralValue(str, guard=False),
        "untracked": lambda: lg.UntrackedValue(str),
        "untracked, unguarded": lambda: lg.UntrackedValue(str, guard=False),
        "folded": lambda: lg.BinaryOperatorAggregate(str, operator.add),
        "topic": lambda: lg.Topic(str),
        "accumulating topic": lambda: lg.Topic(str, accumulate=True),
        "barrier": lambda: lg.NamedBarrierValue(str, NAMES),
        "barrier after finish": lambda: lg.NamedBarrierValueAfterFinish(str, NAMES),
    }


LIVES: tuple[tuple[Any, ...], ...] = (
    ([], ["a"], [], [], ["b"], ["a"]),
    (["a"], "consume", ["b"], "consume", ["a"]),
    (["a"], ["b"], "finish", "finish", "consume", "finish", ["a"], "finish"),
    (["a", "b"], ["b"], "finish", ["a"], "consume"),
    (["a", "a"], "finish", [["a", "b"]]),
)
"""What happens to a channel, step by step: writes, or a call."""


def shown(lg: Namespace, channel: Any) -> tuple[Any, ...]:
    """All that can be seen of a channel."""
    missing = lg.EmptyChannelError
    try:
        value = channel.get()
    except missing:
        value = missing.__name__
    stored = channel.checkpoint()
    again = type(channel).from_checkpoint(channel, stored)
    try:
        came_back = again.get()
    except missing:
        came_back = missing.__name__
    return value, channel.is_available(), came_back, channel.copy().is_available()


@program("C4", "C5", "C6", "C8", "C9", "C10", "C11", "C13", savers=PURE)
def kinds_of_channels(lg: Namespace, run: Run) -> None:
    for name, make in kinds(lg).items():
        for life in LIVES:
            channel, story = make(), []
            channel.key = "key"
            for step in life:
                try:
                    changed = getattr(channel, step)() if isinstance(step, str) else channel.update(step)
                except (lg.InvalidUpdateError, TypeError) as error:
                    changed = str(error).partition(". ")[0].partition(" not in")[0]
                story.append((step, changed, *shown(lg, channel)))
            run.show(name, story)
        alike = make() == make(), make() == lg.LastValue(int), make().ValueType, make().UpdateType
        run.show(f"{name} is like", alike)
    run.show("unlike", [lg.Topic(str) == lg.Topic(str, True), lg.EphemeralValue(int) == lg.EphemeralValue(int, False)])


@program("C11")
def actors_wait_for_each_other_at_a_barrier(lg: Namespace, run: Run) -> None:
    def hear(channel: str, code: Any) -> Any:
        return lg.NodeBuilder().subscribe_only(channel).do(lg.node(code))

    join = lg.NodeBuilder().subscribe_to("gate", read=False).read_from("b", "c")
    nodes = {
        "quick": hear("a", str.upper).write_to("b", gate=lambda value: "quick"),
        "first": hear("a", str.title).write_to("slow"),
        "slow": hear("slow", str.swapcase).write_to("c", gate=lambda value: "slow"),
        "join": join.do(lg.node(sorted_items)).write_to("out"),
    }
    channels = {name: lg.LastValue(str) for name in "abc"}
    channels |= {"slow": lg.EphemeralValue(str), "out": lg.Topic(str, accumulate=True)}
    channels["gate"] = lg.NamedBarrierValue(str, {"quick", "slow"})
    app = lg.Pregel(
        nodes=nodes, channels=channels, input_channels="a", output_channels=["b", "c", "out"], checkpointer=run.saver
    )
    for given in ("xy", "zz"):
        run.stream(app, given, thread(), stream_mode=["updates", "values"])
    stray = lg.NodeBuilder().subscribe_only("a").write_to(gate=lambda value: "stray")
    app = lg.Pregel(nodes={"stray": stray}, channels=channels, input_channels="a", output_channels="out")
    run.fails("InvalidUpdateError", run.invoke, app, "x")


def sorted_items(values: dict[str, str]) -> list[str]:
    return [f"{key}={values[key]}" for key in sorted(values)]
