"""One life of a process: open the saver, note what is stored, go on with the program from there to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from langgraph_nb.constants import ERROR, INTERRUPT, RESUME
from langgraph_nb.types import Command
from tests.faults.effects import Effects, effects_in
from tests.faults.programs import PROGRAMS, answer_to

THREAD = {"configurable": {"thread_id": "thread"}}
NO_RESULTS = {ERROR, INTERRUPT, RESUME}
"""What may be pending of a task that has no result."""
AT_MOST = 60
"""Runs in one life; more would never come to an end."""


class Cell(NamedTuple):
    """What is run, and how."""

    backend: str
    program: str
    driver: str
    """``invoke`` or ``ainvoke``."""
    durability: str

    def __str__(self) -> str:
        return " ".join(self)


class Ending(NamedTuple):
    """What is there at the end of the last life. The same as after a life without a fault."""

    values: Any
    history: list[tuple[Any, ...]]
    """Of each state of the thread: where it comes from, its step, values, what ran next."""


class Driver(Protocol):
    """A way to call a graph."""

    def invoke(self, graph: Any, value: Any, durability: str) -> Any: ...

    def get_state(self, graph: Any) -> Any: ...

    def history(self, graph: Any) -> list[Any]: ...


class SyncDriver:
    """Calls a graph's sync methods."""

    def invoke(self, graph: Any, value: Any, durability: str) -> Any:
        return graph.invoke(value, THREAD, durability=durability)

    def get_state(self, graph: Any) -> Any:
        return graph.get_state(THREAD)

    def history(self, graph: Any) -> list[Any]:
        return list(graph.get_state_history(THREAD))


class AsyncDriver:
    """Awaits a graph's async methods, each in a loop of its own: what must not be lost survives the loop too."""

    def invoke(self, graph: Any, value: Any, durability: str) -> Any:
        return asyncio.run(graph.ainvoke(value, THREAD, durability=durability))

    def get_state(self, graph: Any) -> Any:
        return asyncio.run(graph.aget_state(THREAD))

    def history(self, graph: Any) -> list[Any]:
        async def collected() -> list[Any]:
            return [state async for state in graph.aget_state_history(THREAD)]

        return asyncio.run(collected())


DRIVERS: dict[str, Callable[[], Driver]] = {"invoke": SyncDriver, "ainvoke": AsyncDriver}


def stored_effects(saver: Any) -> frozenset[str]:
    """The effects whose results are stored: in the state of the thread or of a graph inside, or pending on one.

    Under ``exit`` a graph inside is stored when it ends, which may be before what it hangs on. Until that is there too
    nobody can find it, and it counts for nothing.
    """
    tuples = [*saver.list(THREAD)]
    there = {saved.checkpoint["id"] for saved in tuples}
    found = (saved for saved in tuples if there.issuperset((saved.metadata.get("parents") or {}).values()))
    return frozenset[str]().union(*(effects for saved in found for effects in _effects_of(saved)))


def _effects_of(saved: Any) -> Iterator[frozenset[str]]:
    yield effects_in(saved.checkpoint["channel_values"])
    yield from (effects_in(value) for _, channel, value in saved.pending_writes or () if channel not in NO_RESULTS)


class Life:
    """A life that goes on with a program.

    Args:
        cell: What is run, and how.
        saver: Where the thread is.
        notes: The file of effects.
        number: Which life it is.
        driver: Calls the graph; by default as the cell says.
    """

    def __init__(self, cell: Cell, saver: Any, notes: Path, number: int, driver: Driver | None = None) -> None:
        self._effects = Effects(notes, number)
        self._driver = driver or DRIVERS[cell.driver]()
        self._durability = cell.durability
        self._saver = saver
        self._graph = PROGRAMS[cell.program](saver, self._effects)

    def look(self) -> None:
        """Note what is stored, and what is said to run next."""
        self._effects.note("stored", stored_effects(self._saver))
        state = self._driver.get_state(self._graph)
        for name in state.next:
            self._effects.note("next", (), name, (state.metadata or {}).get("step", -2) + 1)

    def go_on(self, turns: int) -> None:
        """Bring the thread to the end of so many turns, from wherever it is."""
        for _ in range(AT_MOST):
            state = self._driver.get_state(self._graph)
            turn = state.values.get("turn", 0) if state.values else 0
            if state.interrupts:
                given: Any = Command(resume={i.id: answer_to(i.value) for i in state.interrupts})
            elif state.next:
                given = None
            elif turn < turns:
                given = {"turn": turn + 1}
            else:
                return
            result = self._driver.invoke(self._graph, given, self._durability)
            self._effects.note("acked", effects_in(result))
        raise AssertionError(f"{AT_MOST} runs do not bring the thread to an end: {self._driver.get_state(self._graph)}")

    def ending(self) -> Ending:
        """What is there now."""
        states = self._driver.history(self._graph)
        found = [(s.metadata["source"], s.metadata["step"], s.values, s.next) for s in reversed(states)]
        return Ending(self._driver.get_state(self._graph).values, found)
