"""What a debugger does at each of its commands, as generators that yield what they need.

This file performs nothing: who drives a command goes on with the run (``Segment``) or asks the graph (``Ask``), in its
own way of waiting. See ``debugger`` for how it works.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_nb.constants import ROOT, START
from langgraph_nb.errors import did_you_mean
from langgraph_nb.pregel.events import Event, RunFinished
from langgraph_nb.stepping.breakpoints import Breakpoint, Breakpoints, node_paths, read_breakpoint
from langgraph_nb.stepping.gate import HOLD, Gate, Permit
from langgraph_nb.stepping.position import Position, StepTask
from langgraph_nb.types import Command, Interrupt, StateSnapshot

__all__ = ["Ask", "Segment", "StepError", "Turn", "Verb", "Verbs", "Watcher"]

COPY = "__copy__"
"""As ``as_node`` of an update: makes a copy of the checkpoint."""


class StepError(ValueError):
    """A command that a debugger cannot carry out where the run stands. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Go on with the run. Answered with nothing."""

    input: Any = None
    permit: Permit = HOLD


@dataclass(frozen=True, slots=True)
class Ask:
    """Call a method of the graph that has an awaited name too. Answered with what it returns."""

    method: str
    arguments: tuple[Any, ...]


Verb = Generator["Segment | Ask", Any, None]


class Turn:
    """A command that is performed: what it wants now, and once that was done, what next. Raises what it raises."""

    def __init__(self, verb: Verb) -> None:
        self._verb = verb
        self.answer: Any = None
        self.wanted: Segment | Ask | None = None
        self.__exit__(None, None, None)

    def __enter__(self) -> None:
        self.answer = None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> bool:
        __tracebackhide__ = True
        try:
            self.wanted = self._verb.send(self.answer) if error is None else self._verb.throw(error)
        except StopIteration:
            self.wanted = None
        except BaseException as raised:
            if raised is not error:
                raise
            error.__traceback__ = traceback  # without the frames of the command
            return False
        return True


class Watcher:
    """Told of what a debugger does. This one does nothing."""

    def began(self) -> None:
        """A command begins."""

    def happened(self, graph: tuple[str, ...], event: Event) -> None:
        """The run told of an event."""

    def ended(self, error: BaseException | None) -> None:
        """A command is over, maybe with an error."""


class Verbs:
    """A run that is held, and what can be done with it. See ``Debugger`` for its attributes."""

    def __init__(
        self,
        find: Callable[[], Any],
        *,
        thread: str | None = None,
        config: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.events: list[tuple[tuple[str, ...], Event]] = []
        self.watchers: list[Watcher] = []
        self.values: Any = None
        self._find, self._saver = find, None
        self.keeps = bool(find().checkpointer)
        if not self.keeps:
            from langgraph_nb.checkpoint.memory import InMemorySaver

            self._saver = InMemorySaver()
        self._options: dict[str, Any] = {"messages": False, "durability": "sync", **(options or {})}
        given = dict((config or {}).get("configurable") or {})
        named = thread or given.get("thread_id") or uuid.uuid4().hex[:8]
        self.config: dict[str, Any] = {**(config or {}), "configurable": {**given, "thread_id": named}}
        self._position = Position()
        self._gate = Gate(self._position, Breakpoints([]))
        self._finished = False
        self._stored = ""
        self._busy = False

    @property
    def graph(self) -> Any:
        graph = self._find()
        return graph if self._saver is None else graph.copy({"checkpointer": self._saver})

    @graph.setter
    def graph(self, graph: Any) -> None:
        self._find = lambda: graph

    # -- where the run stands ------------------------------------------------------------------------------------------

    @property
    def thread(self) -> str:
        """The thread's id."""
        return str(self.config["configurable"]["thread_id"])

    @property
    def finished(self) -> bool:
        """Whether nothing is left to run."""
        return self._finished

    @property
    def current(self) -> StepTask | None:
        """The task that the run stands at; ``None`` once it has ended. One that failed comes first."""
        return next(iter(self._position.live()), None)

    @property
    def tasks(self) -> list[StepTask]:
        """The tasks of the supersteps that the run is in, those that have ended too."""
        return [] if self._finished else self._position.shown()

    @property
    def state(self) -> Any:
        """The state that the current task sees: of a task in a graph inside, that graph's. At the end, the last."""
        current = self.current
        return self.values if current is None else self._position.states.get(current.graph, self.values)

    @property
    def interrupts(self) -> tuple[Interrupt, ...]:
        """The questions that wait; ``answer`` answers them."""
        return tuple(i for task in self._position.live() if task.status == "asked" for i in task.interrupts)

    @property
    def error(self) -> BaseException | None:
        """What the current task raised, if it failed."""
        current = self.current
        return current.error if current is not None and current.status == "failed" else None

    @property
    def hit(self) -> Breakpoint | None:
        """The breakpoint that the current task is held at, if there is one."""
        current = self.current
        return None if current is None else self._gate.hits.get(current.id)

    @property
    def breakpoints(self) -> list[Breakpoint]:
        """Where ``run`` stops; the list can be changed."""
        return self._gate.breakpoints.all

    def add_breakpoints(self, *given: Any, namespace: Mapping[str, Any] | None = None) -> None:
        """Stop here too; see ``step`` for what can be given."""
        known = node_paths(self._find())
        self.breakpoints.extend([read_breakpoint(one, known, namespace) for one in given])

    def __repr__(self) -> str:
        return f"{self._find().name} {self.standing()}"

    def standing(self) -> str:
        """Where the run stands, in a sentence."""
        current = self.current
        if self._finished or current is None:
            return "has finished."
        words = {"failed": "stands at", "asked": "waits for an answer to", "waiting": "stands before"}
        others = len(self._position.live()) - 1
        beside = f", {others} more of its step beside it" if others else ""
        why = f" (breakpoint {self.hit})" if self.hit is not None else ""
        error = f", which failed: {type(current.error).__name__}: {current.error}" if current.status == "failed" else ""
        return f"{words[current.status]} {current.path}{beside}{why}{error}."

    # -- what happens --------------------------------------------------------------------------------------------------

    def hear(self, graph: tuple[str, ...], event: Event) -> None:
        """Take in an event of the run."""
        self.events.append((graph, event))
        with self._gate.turn:
            self._position.hear(graph, event)
        if isinstance(event, RunFinished) and not graph:
            self.values, self._finished = event.values, event.status == "finished"
        for watcher in self.watchers:
            watcher.happened(graph, event)

    # -- commands ------------------------------------------------------------------------------------------------------

    def _begin(self, input: Any) -> Verb:
        yield from self._segment_of(input)

    def _next(self, task: str | StepTask | None = None) -> Verb:
        chosen = self._chosen(task)
        yield from self._go(Permit(frozenset((chosen.id,))))

    def _over(self, task: str | StepTask | None = None) -> Verb:
        only = frozenset((self._chosen(task).id,))
        yield from self._go(Permit(only, within=only))

    def _superstep(self) -> Verb:
        mates = frozenset(task.id for task in self._position.mates(self._chosen(None)) if task.status != "asked")
        yield from self._go(Permit(mates, within=mates))

    def _out(self) -> Verb:
        chosen = self._chosen(None)
        if not chosen.around:
            yield from self._run()
            return
        around = frozenset((chosen.parent,))
        yield from self._go(Permit(frozenset((chosen.id,)), within=around))

    def _run(self) -> Verb:
        chosen = self._chosen(None)
        yield from self._go(Permit(frozenset((chosen.id,)), free=True))

    def _retry(self, task: str | StepTask | None = None) -> Verb:
        failed = [one for one in self._position.live() if one.status == "failed"]
        if task is not None:
            failed = [self._found(task, failed, "that failed")]
        if not failed:
            raise StepError("No task has failed. Go on with next() or run(); back() goes back to what has run.")
        yield from self._go(Permit(frozenset(one.id for one in failed)))

    def _skip(self, task: str | StepTask | None = None) -> Verb:
        yield from self._instead(self._chosen(task), None)

    def _replace(self, task: str | StepTask | None, result: Any) -> Verb:
        chosen = self._found(task, self.tasks, "of the superstep") if task is not None else self._chosen(None)
        if chosen.status == "done":
            yield from self._replace_done(chosen, result)
        else:
            yield from self._instead(chosen, result)

    def _answer(self, value: Any, id: str | None = None) -> Verb:
        asked = {i.id: task for task in self._position.live() if task.status == "asked" for i in task.interrupts}
        if not asked:
            raise StepError("No question waits. A node asks with interrupt(); go on with next() or run().")
        if id is None and len(asked) > 1:
            first = next(iter(asked))
            raise StepError(f"{len(asked)} questions wait. Say which is answered: answer(value, id={first!r})")
        if id is not None and id not in asked:
            raise StepError(f"No question {id!r} waits. {did_you_mean(id, asked)}")
        chosen = id or next(iter(asked))
        resume: Command[Any] = Command(resume={chosen: value})
        only = frozenset((asked[chosen].id,))
        yield from self._go(Permit(only, within=only), resume)

    def _set(self, values: Any, as_node: str | None = None) -> Verb:
        current = self.current
        self._check_keys(values, current.names[:-1] if current is not None else ())
        yield from self._unchanged()
        if as_node is None and (current is None or not current.graph):
            yield from self._segment_of(Command(update=values))
        else:
            graph = current.graph if current is not None else ()
            yield Ask("update_state", (self._config_of(graph), values, as_node))
            self._position.clear(graph)
            yield from self._segment_of()

    def _check_keys(self, values: Any, inside: tuple[str, ...]) -> None:
        """A key with a slip of the pen would change nothing, without a word."""
        graph = self.graph
        for name in inside:
            if (graph := graph.inner_graphs.get(name)) is None:
                return
        known = graph.plan.key_set
        given = values if isinstance(values, Mapping) and ROOT not in known else ()
        if unknown := [key for key in given if key not in known]:
            raise StepError(f"The state has no key {unknown[0]!r}. {did_you_mean(str(unknown[0]), known)}")

    def _back(self) -> Verb:
        current = self.current
        yield from self._unchanged()
        graph = current.graph if current is not None else ()
        begun = current is not None and self._position.begun(current)
        target = yield from self._before(self._config_of(graph), begun)
        while target is None:
            if not graph:
                raise StepError("This is the beginning of the run. There is no checkpoint to go back to.")
            graph = self._around(graph)
            target = yield from self._before(self._config_of(graph), True)
        self._gate.breakpoints.forget()
        yield from self._fork(target, graph)

    def _refresh(self) -> Verb:
        self._position.clear()
        yield from self._segment_of()

    # -- what they are made of -----------------------------------------------------------------------------------------

    def _go(self, permit: Permit, input: Any = None) -> Verb:
        """Go on with the run, if it is where it was left."""
        yield from self._unchanged()
        self._gate.breakpoints.leave()
        yield from self._segment_of(input, permit)

    def _segment_of(self, input: Any = None, permit: Permit = HOLD) -> Verb:
        """Have a part of the run performed; see then where it is, and whether a condition could not be looked at."""
        try:
            yield Segment(input, permit)
        except GeneratorExit:
            raise
        except BaseException:
            yield from self._arrived()
            raise
        yield from self._arrived()
        if (problem := self._gate.problem) is not None:
            what = f"{type(problem).__name__}: {problem}"
            raise StepError(f"A condition raised {what}. The run stands where it did.") from problem

    def _arrived(self) -> Verb:
        self._gate.instead.clear()
        snapshot: StateSnapshot = yield Ask("get_state", (self.config,))
        self._stored = _id_of(snapshot)
        self._position.learn(snapshot.tasks)

    def _unchanged(self) -> Verb:
        """Nobody else wrote to the thread."""
        snapshot: StateSnapshot = yield Ask("get_state", (self.config,))
        if _id_of(snapshot) != self._stored:
            raise StepError(
                f"Thread {self.thread!r} was written to by another run since the last command. "
                "refresh() goes on from where it is now."
            )

    def _instead(self, task: StepTask, returned: Any) -> Verb:
        self._gate.instead[task.id] = returned
        self._position.entered.discard(task.id)
        yield from self._go(Permit(frozenset((task.id,))))

    def _replace_done(self, task: StepTask, result: Any) -> Verb:
        """Run the superstep of a task again from a copy of its checkpoint, with all results but this one."""
        yield from self._unchanged()
        mates = [one for one in self._position.tasks.values() if (one.graph, one.parent) == (task.graph, task.parent)]
        if task.called:
            raise StepError(f"{task.name!r} was called by code, which has its result. Go back() and replace it there.")
        snapshot = yield Ask("get_state", (self._config_of(task.graph),))
        kept = {(one.graph, one.place): one.writes for one in mates if one.status == "done" and one is not task}
        self._gate.given.update(kept)
        try:
            yield from self._fork(snapshot.config, task.graph)
            place = task.graph, task.place
            again = (one for one in self._position.tasks.values() if (one.graph, one.place) == place)
            yield from self._instead(next(again), result)
        finally:
            self._gate.given.clear()

    def _before(self, config: Any, begun: bool) -> Generator[Ask, Any, Any]:
        """The checkpoint to go back to in a graph, as a config; ``None`` at its beginning."""
        snapshot: StateSnapshot = yield Ask("get_state", (config,))
        if begun:
            return snapshot.config
        while (parent := snapshot.parent_config) is not None:
            snapshot = yield Ask("get_state", (parent,))
            if snapshot.next and snapshot.next != (START,):
                return snapshot.config
        return None

    def _fork(self, config: Any, graph: tuple[str, ...]) -> Verb:
        """Go on from a copy of a checkpoint of a graph."""
        yield Ask("update_state", (_named(config, self.config), None, COPY))
        self._position.clear(graph)
        yield from self._segment_of()

    def _around(self, graph: tuple[str, ...]) -> tuple[str, ...]:
        """The graph that a graph inside is in."""
        found = {task.graph for one in self._position.live() if one.graph == graph
                 for task in [self._position.tasks.get(one.parent)] if task is not None}  # fmt: skip
        return next(iter(found), ())

    def _config_of(self, graph: tuple[str, ...]) -> dict[str, Any]:
        if not graph:
            return self.config
        return {**self.config, "configurable": {**self.config["configurable"], "checkpoint_ns": "|".join(graph)}}

    def _chosen(self, task: str | StepTask | None) -> StepTask:
        live = self._position.live()
        if self._finished or not live:
            raise StepError("The run has ended. back() goes back into it; step() begins another.")
        return live[0] if task is None else self._found(task, live, "to run")

    def _found(self, task: str | StepTask, among: list[StepTask], what: str) -> StepTask:
        found = [one for one in among if task in (one, one.id, one.name, one.path)]
        waiting = [one for one in found if one.status != "done"]
        found = waiting if len(waiting) == 1 else found
        if len(found) == 1:
            return found[0]
        if found:
            shown = "; ".join(f"{one.id!r}: {_brief(one.input)}" for one in found[:5])
            raise StepError(f"There are {len(found)} tasks {task!r}. Give one of debugger.tasks, or an id ({shown}).")
        name = task.path if isinstance(task, StepTask) else str(task)
        raise StepError(f"There is no task {name!r} {what}. {did_you_mean(name, {one.path for one in among})}")


def _id_of(snapshot: StateSnapshot) -> str:
    return str(snapshot.config["configurable"].get("checkpoint_id", ""))


def _named(config: Any, base: dict[str, Any]) -> dict[str, Any]:
    return {**base, "configurable": {**base["configurable"], **config["configurable"]}}


def _brief(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) < 60 else f"{shown[:57]}..."
