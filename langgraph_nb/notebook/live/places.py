"""Where in a run something happened, whenever it did: what runs at once is put in the order in which it was started.

A place is a tuple of numbers that sorts. What happens in a task is numbered as it comes; a step inside of it takes one
number, and in the step each task has its own. So two runs that differ only in which of several tasks was faster have
the same order. This file must not know of status, output or what is shown.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from langgraph_nb.constants import NS_END
from langgraph_nb.pregel.events import StepStarted, Task

__all__ = ["Place", "Places"]

Place = tuple[int, ...]


class Places:
    """The places of one run.

    Example:
        >>> places = Places()
        >>> fast, slow = Task("a", (1,), (), None, 1), Task("b", (2,), (), None, 1)
        >>> places.step((), StepStarted(1, (slow, fast)))
        >>> places.next(fast) > places.next(slow)
        True
    """

    def __init__(self) -> None:
        self._of: dict[str, Place] = {}
        self._at: dict[tuple[tuple[str, ...], Any], Place] = {}
        self._count: defaultdict[Place, int] = defaultdict(int)

    def step(self, ns: tuple[str, ...], event: StepStarted) -> None:
        """A step begins."""
        place = self._new(self._around(ns))
        for index, task in enumerate(event.tasks):
            self._of[task.id] = self._at[ns, task.path] = (*place, index)

    def called(self, ns: tuple[str, ...], task: Task) -> None:
        """Code of a task calls another one."""
        caller = self._at.get((ns, task.path[1]), ()) if len(task.path) > 1 else ()
        self._of[task.id] = self._at[ns, task.path] = (*self._new(caller), 0)

    def next(self, task: Task | None = None) -> Place:
        """Something happens in a task, or around all of them."""
        return self._new(() if task is None else self._of.get(task.id, ()))

    def _around(self, ns: tuple[str, ...]) -> Place:
        """The place of the task that runs the graph with this namespace."""
        for level in reversed(ns):
            if (place := self._of.get(level.rpartition(NS_END)[2])) is not None:
                return place
        return ()

    def _new(self, place: Place) -> Place:
        self._count[place] += 1
        return (*place, self._count[place])
