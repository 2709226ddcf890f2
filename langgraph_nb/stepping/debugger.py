"""The debugger: a run on its thread, one task at a time, forwards and backwards.

Theory of operation. Nothing waits while a debugger does: no thread of execution, and no claim to the stored thread.
Each command is a run of its own, which goes on from the last checkpoint, lets the tasks in that may run now, and holds
the others (``gate``). What ran is stored as in any run, so what a debugger leaves behind, also one whose process died,
is a thread that paused: ``step(graph, None, thread=...)`` takes it up, or any run goes on with it. If somebody else
wrote to the thread meanwhile, the debugger says so and changes nothing until it is told to ``refresh``.

Code that is no graph but runs graphs or tasks inside (a workflow, a node that calls ``graph.invoke``) is run again up
to where it was each time that something inside of it is stepped, as it is after a question: what had finished is known.

Each command is a generator that yields what it needs (``verbs``), so that it is written once; ``next`` and ``anext``
perform the same one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, closing, contextmanager
from typing import Any

from langgraph_nb.pregel.events import TaskFinished
from langgraph_nb.stepping.position import StepTask
from langgraph_nb.stepping.verbs import Ask, Segment, StepError, Turn, Verb, Verbs

__all__ = ["Debugger", "StepError", "astep", "step"]


def step(
    graph: Any,
    input: Any = None,
    *,
    thread: str | None = None,
    breakpoints: Sequence[Any] = (),
    config: Mapping[str, Any] | None = None,
    namespace: Mapping[str, Any] | None = None,
    **options: Any,
) -> Debugger:
    """Begin a run that is gone through step by step; it is held before its first task.

    Args:
        graph: A compiled graph, or a workflow (``@entrypoint``); or a function that gives it, which each command asks
            anew. In a notebook, each command takes what the graph's variable holds by then.
        input: What to start from; ``None`` takes up the thread where it stands, whatever left it there.
        thread: The thread's id; a new one by default. Without a checkpointer the run is kept in memory, as long as the
            debugger.
        breakpoints: Where ``run`` stops: node names and paths (``"work"``, ``"sub:work"``), edges (``("a", "b")``),
            conditions (``lambda state: state["n"] > 3`` or ``"state['n'] > 3"``), and nodes with conditions
            (``"work if input['i'] == 3"``, ``("work", lambda state, input: ...)``).
        config: As for ``graph.invoke``.
        namespace: What expressions in breakpoints may use besides ``state`` and ``input``.
        options: As for ``graph.events``: ``context``, ``durability``, ``messages``, …

    Returns:
        The debugger.

    Raises:
        ValueError: For a breakpoint that the graph does not have.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> builder = StateGraph(dict).add_node("a", lambda state: {"n": 1}).add_node("b", lambda s: {"n": s["n"] + 1})
        >>> debugger = step(builder.add_edge(START, "a").add_edge("a", "b").compile(), {"n": 0})
        >>> debugger
        LangGraph stands before a.
        >>> debugger.next().state
        {'n': 1}
        >>> debugger.replace("b", {"n": 7}).values
        {'n': 7}
    """
    __tracebackhide__ = True
    debugger = Debugger(_finder(graph), thread=thread, config=config, options=options)
    debugger.add_breakpoints(*breakpoints, namespace=namespace)
    return debugger.begin(input)


async def astep(
    graph: Any,
    input: Any = None,
    *,
    thread: str | None = None,
    breakpoints: Sequence[Any] = (),
    config: Mapping[str, Any] | None = None,
    namespace: Mapping[str, Any] | None = None,
    **options: Any,
) -> Debugger:
    """``step``, awaited. The debugger's commands are then ``await debugger.anext()``, and so on."""
    __tracebackhide__ = True
    debugger = Debugger(_finder(graph), thread=thread, config=config, options=options)
    debugger.add_breakpoints(*breakpoints, namespace=namespace)
    return await debugger.abegin(input)


def _finder(graph: Any) -> Callable[[], Any]:
    """Gives the graph as it is when it is asked."""
    if not hasattr(graph, "plan"):
        return graph  # type: ignore[no-any-return]
    if "langgraph_nb.notebook.extension" not in sys.modules:
        return lambda: graph
    from langgraph_nb.notebook.live.run import finder

    return finder(graph)


class Debugger(Verbs):
    """A run that is gone through step by step. Made by ``step``.

    Each command returns the debugger, so that a cell shows where the run stands then. A node that fails has the command
    raise what it raised; the debugger then stands at it, for ``retry``, ``replace`` or ``skip``.

    Attributes:
        graph: The graph as it is now. Assign another to go on with that.
        events: All that happened so far: (namespace, event).
        watchers: Told of each command and event (``verbs.Watcher``).
        values: What the run came to, once it has ended.
        config: Names the thread.
        keeps: Whether the thread is stored in the graph's own checkpointer.

    Args:
        find: Gives the graph as it is now; a redefined one is picked up by the next command.
        thread: As for ``step``.
        config: As for ``step``.
        options: As for ``step``.
    """

    # -- commands ------------------------------------------------------------------------------------------------------

    def begin(self, input: Any) -> Debugger:
        """Begin the run, or take it up; ``step`` has done so."""
        __tracebackhide__ = True
        return self._do(self._begin(input))

    async def abegin(self, input: Any) -> Debugger:
        """``begin``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._begin(input))

    def command(self, name: str, *arguments: Any, **named: Any) -> Verb:
        """A command by name, to be performed by ``perform``: what a button does."""
        return getattr(self, f"_{name}")(*arguments, **named)  # type: ignore[no-any-return]

    async def perform(self, verb: Verb) -> Debugger:
        """Perform a command that ``command`` gave."""
        __tracebackhide__ = True
        return await self._ado(verb)

    def next(self, task: str | StepTask | None = None) -> Debugger:
        """Run one task, the current one by default. Of one that is a graph or calls tasks, go inside."""
        __tracebackhide__ = True
        return self._do(self._next(task))

    async def anext(self, task: str | StepTask | None = None) -> Debugger:
        """``next``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._next(task))

    def over(self, task: str | StepTask | None = None) -> Debugger:
        """Run one task with all that is inside of it, up to a breakpoint in there."""
        __tracebackhide__ = True
        return self._do(self._over(task))

    async def aover(self, task: str | StepTask | None = None) -> Debugger:
        """``over``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._over(task))

    def superstep(self) -> Debugger:
        """Run all tasks of the current superstep that have not ended, with all that is inside of them."""
        __tracebackhide__ = True
        return self._do(self._superstep())

    async def asuperstep(self) -> Debugger:
        """``superstep``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._superstep())

    def out(self) -> Debugger:
        """Run to the end of the graph inside that the run stands in; of the outermost one, to its end."""
        __tracebackhide__ = True
        return self._do(self._out())

    async def aout(self) -> Debugger:
        """``out``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._out())

    def run(self) -> Debugger:
        """Run to the next breakpoint or question, or to the end."""
        __tracebackhide__ = True
        return self._do(self._run())

    async def arun(self) -> Debugger:
        """``run``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._run())

    def back(self) -> Debugger:
        """Go back to the checkpoint before: to the beginning of a superstep that is under way, else to the last one.

        History is not changed: the thread goes on from a copy of that checkpoint.
        """
        __tracebackhide__ = True
        return self._do(self._back())

    async def aback(self) -> Debugger:
        """``back``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._back())

    def set(self, values: Any, as_node: str | None = None) -> Debugger:
        """Write to the state that the current task sees, through the reducers.

        Args:
            values: What to write.
            as_node: Write as if this node had: what it leads to comes next. By default the same tasks do.
        """
        __tracebackhide__ = True
        return self._do(self._set(values, as_node))

    async def aset(self, values: Any, as_node: str | None = None) -> Debugger:
        """``set``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._set(values, as_node))

    def skip(self, task: str | StepTask | None = None) -> Debugger:
        """Go on as if a task had returned nothing, without running it."""
        __tracebackhide__ = True
        return self._do(self._skip(task))

    async def askip(self, task: str | StepTask | None = None) -> Debugger:
        """``skip``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._skip(task))

    def replace(self, task: str | StepTask | None, result: Any) -> Debugger:
        """Go on as if a task had returned this, without running it. Its edges and routers are followed.

        Args:
            task: One that waits, asks or failed; or one of the same superstep that is done, whose result this replaces:
                the step then goes on from a copy of its checkpoint, with the results of the others.
            result: In the place of what it returns.
        """
        __tracebackhide__ = True
        return self._do(self._replace(task, result))

    async def areplace(self, task: str | StepTask | None, result: Any) -> Debugger:
        """``replace``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._replace(task, result))

    def retry(self, task: str | StepTask | None = None) -> Debugger:
        """Run what failed again, with the graph as it is now; what its siblings did is kept."""
        __tracebackhide__ = True
        return self._do(self._retry(task))

    async def aretry(self, task: str | StepTask | None = None) -> Debugger:
        """``retry``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._retry(task))

    def answer(self, value: Any, id: str | None = None) -> Debugger:
        """Answer a question, and run the task that asked it; ``id`` says which, where several wait."""
        __tracebackhide__ = True
        return self._do(self._answer(value, id))

    async def aanswer(self, value: Any, id: str | None = None) -> Debugger:
        """``answer``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._answer(value, id))

    def refresh(self) -> Debugger:
        """Look where the thread stands now, after somebody else has written to it."""
        __tracebackhide__ = True
        return self._do(self._refresh())

    async def arefresh(self) -> Debugger:
        """``refresh``, awaited."""
        __tracebackhide__ = True
        return await self._ado(self._refresh())

    # -- performing them -----------------------------------------------------------------------------------------------

    def _do(self, verb: Verb) -> Debugger:
        __tracebackhide__ = True
        with self._alone():
            turn = Turn(verb)
            while (wanted := turn.wanted) is not None:
                with turn:
                    turn.answer = self._answered(wanted)
        return self

    async def _ado(self, verb: Verb) -> Debugger:
        __tracebackhide__ = True
        with self._alone():
            turn = Turn(verb)
            while (wanted := turn.wanted) is not None:
                with turn:
                    turn.answer = await self._aanswered(wanted)
        return self

    def _answered(self, wanted: Segment | Ask) -> Any:
        __tracebackhide__ = True
        if isinstance(wanted, Ask):
            return getattr(self.graph, wanted.method)(*wanted.arguments)
        with self._watched(wanted):
            run = self.graph.events(wanted.input, self.config, gate=self._gate, **self._options)
            with closing(run) as events:
                for graph, event in events:
                    self.hear(graph, event)

    async def _aanswered(self, wanted: Segment | Ask) -> Any:
        __tracebackhide__ = True
        if isinstance(wanted, Ask):
            return await getattr(self.graph, f"a{wanted.method}")(*wanted.arguments)
        with self._watched(wanted):
            run = self.graph.aevents(wanted.input, self.config, gate=self._gate, **self._options)
            async with aclosing(run) as events:
                async for graph, event in events:
                    self.hear(graph, event)
                    if isinstance(event, TaskFinished):
                        await asyncio.sleep(0)  # a run that never waits must not keep Stop and Interrupt out

    @contextmanager
    def _watched(self, wanted: Segment) -> Iterator[None]:
        """What a part of the run needs around it."""
        __tracebackhide__ = True
        self._gate.open(wanted.permit)
        try:
            yield
        except Exception as error:
            self._position.fail(error)
            raise
        self._position.went_well()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One command at a time."""
        __tracebackhide__ = True
        if self._busy:
            raise StepError("Another command of this debugger is under way. Wait for it, or stop it.")
        self._busy, failed = True, None
        for watcher in self.watchers:
            watcher.began()
        try:
            yield
        except BaseException as error:
            failed = error
            raise
        finally:
            self._busy = False
            for watcher in self.watchers:
                watcher.ended(failed)
