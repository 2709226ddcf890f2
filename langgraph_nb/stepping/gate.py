"""What each task has to pass before it runs, while a debugger looks on: it is let in, held, or replaced.

A held task ends at once as if a breakpoint were inside of it: the superstep pauses, what its siblings did is kept, and
the run goes on from there the next time. Tasks come from many threads; they pass one at a time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.pregel.events import TaskFinished
from langgraph_nb.stepping.breakpoints import Breakpoint, Breakpoints, Place
from langgraph_nb.stepping.position import Position, StepTask

__all__ = ["HOLD", "Gate", "Permit"]


@dataclass(frozen=True, slots=True)
class Permit:
    """Which tasks may run now, by id; those that were let in before may always."""

    only: frozenset[str] = frozenset()
    """These, also where a breakpoint is."""
    free: bool = False
    """Whether all may, but where a breakpoint is."""
    within: frozenset[str] = frozenset()
    """All may that run inside of these, but where a breakpoint is."""


HOLD = Permit()
"""None may: to see where the run stands."""


class Gate:
    """Decides about each task of a run.

    Args:
        position: Is told of them.
        breakpoints: Where to stop.
    """

    def __init__(self, position: Position, breakpoints: Breakpoints) -> None:
        self.position, self.breakpoints = position, breakpoints
        self.permit = HOLD
        self.hits: dict[str, Breakpoint] = {}
        """Task id -> the breakpoint that it is held at."""
        self.problem: Exception | None = None
        """What a condition raised."""
        self.instead: dict[str, Any] = {}
        """Task id -> what it is to be taken to have returned."""
        self.given: dict[tuple[Any, ...], tuple[tuple[str, Any], ...]] = {}
        """Graph and place of a task -> what it is to be taken to have written."""
        self.turn = threading.Lock()
        """Held while the position changes: tasks come in their threads, events in the one that drives the run."""

    def open(self, permit: Permit) -> None:
        """A part of the run begins, in which these may run."""
        self.permit, self.hits, self.problem = permit, {}, None

    def __call__(self, scope: Any) -> TaskFinished | None:
        if scope.task.name == START:
            return None
        with self.turn:
            task = self.position.met(scope)
            if (writes := self.given.get((task.graph, task.place))) is not None:
                return TaskFinished(scope.task, writes)
            if not self._lets(task):
                return TaskFinished(scope.task, breakpoint=True)
            if task.id in self.instead:
                _replace(scope, self.instead[task.id])
            return None

    def _lets(self, task: StepTask) -> bool:
        hit = self._hit(task)
        if task.id not in self.position.entered and not self._may(task, hit is not None):
            if hit is not None:
                self.hits[task.id] = hit
            return False
        self.position.entered.add(task.id)
        return True

    def _may(self, task: StepTask, stops: bool) -> bool:
        permit = self.permit
        if task.id in permit.only:
            return True
        if task.status == "asked" or not (permit.free or permit.within.intersection(task.around)):
            return False
        return not stops and self.problem is None

    def _hit(self, task: StepTask) -> Breakpoint | None:
        state = self.position.states[task.graph]
        at = Place(task.names, task.graph, task.step, state, task.input, self.position.sources(task))
        try:
            return self.breakpoints.hit(at)
        except Exception as error:  # the person's code, not the node's: told when the run is held
            self.problem = self.problem or error
            return None


def _replace(scope: Any, returned: Any) -> None:
    """Have a task return this, without its code. What it leads to happens: its routers are called."""
    call = CallSpec(scope.task.name, lambda _: returned, None)
    scope.node = replace(scope.node, call=call, then=(), retry=(), timeout=None)
    scope.timeout = None
