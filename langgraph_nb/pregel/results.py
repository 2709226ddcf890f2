"""Running to the end, and what is returned then."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import aclosing
from typing import Any, TypeVar

from langgraph_nb.constants import INTERRUPT
from langgraph_nb.pregel.drive_async import AsyncDriver
from langgraph_nb.pregel.host import Host
from langgraph_nb.pregel.nested import ask_above, tell_above
from langgraph_nb.pregel.request import Outcome
from langgraph_nb.pregel.source import Coerce
from langgraph_nb.stream.view import View
from langgraph_nb.types import GraphOutput

T = TypeVar("T")


def drain(events: Generator[Any, None, T], host: Host | None = None, view: View | None = None) -> T:
    """Exhaust a driver and return its value. Only a graph around, or a printer, may still want its events."""
    __tracebackhide__ = True
    while True:
        try:
            item = next(events)
        except StopIteration as stop:
            value: T = stop.value
            return value
        if host is not None:
            tell_above(host, item)
        if view is not None:
            view.print(*item)


async def adrain(commands: Generator[Any, Any, T], host: Host, view: View | None = None) -> T:
    """Perform commands on the running loop and return their value."""
    __tracebackhide__ = True
    driver = AsyncDriver(host)
    if host.above is None and view is None:
        while await driver.until_event(commands) is not None:
            pass  # there is nobody to show it to
    else:
        async with aclosing(driver.drive(commands)) as events:
            async for item in events:
                tell_above(host, item)
                if view is not None:
                    view.print(*item)
    value: T = driver.outcome
    return value


def result_of(outcome: Outcome, nested: bool, make: Coerce | None = None, version: str = "v1") -> Any:
    """What ``invoke`` returns; in a node of another graph, questions are asked there."""
    if nested:
        ask_above(outcome)
    values = outcome.values
    if version == "v2":
        coerced = make(values) if make is not None and isinstance(values, dict) else values
        return GraphOutput(coerced, outcome.interrupts)
    if not outcome.interrupts:
        return values
    return {**(values if isinstance(values, dict) else {}), INTERRUPT: list(outcome.interrupts)}
