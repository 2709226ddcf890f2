"""A run as LangChain's callbacks and tracers see it: the graph's run, in it one for each attempt of a node, in that one
for each router. Models and tools inside report themselves as its children.

Decided once, when a run is bound: where nobody listens, no callback manager is made. Everything that reports is written
as a generator around what it reports on, and yields the calls to make, so that it serves waiting in any manner.
"""

from __future__ import annotations

import inspect
import os
import sys
from asyncio import CancelledError
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import START, TAG_HIDDEN
from langgraph_nb.errors import GraphInterrupt
from langgraph_nb.graph.callables import CallSpec, call_spec
from langgraph_nb.pregel.call import Call, Scope, TaskSteps, identify, task_steps
from langgraph_nb.pregel.commands import EngineCommand, Notify
from langgraph_nb.pregel.engine import run
from langgraph_nb.pregel.events import Answer, RunResumed, TaskFinished
from langgraph_nb.pregel.lifecycle import lifecycle_told
from langgraph_nb.pregel.recorded import begin_recorded, end_recorded
from langgraph_nb.pregel.request import Outcome, Request, RunClosed

if TYPE_CHECKING:
    from langgraph_nb.pregel.host import Host
    from langgraph_nb.pregel.plan import BranchPlan

NOTHING: dict[str, Any] = {}


# -- who listens ------------------------------------------------------------------------------------------------------


def observed(config: dict[str, Any]) -> bool:
    """Whether somebody wants to hear of chains: a handler in the config, a tracer, LangChain's debug mode."""
    if callbacks := config.get("callbacks"):
        handlers = callbacks if isinstance(callbacks, list) else callbacks.handlers
        if any(not getattr(handler, "hears_models_only", False) for handler in handlers):
            return True
    return _traced()


def _traced() -> bool:
    """Whether LangChain has observers that no config names."""
    context: Any = sys.modules.get("langchain_core.tracers.context")
    if context is None:  # without it only the environment can ask for a tracer
        return _asked_by_environment()
    if context._tracing_v2_is_enabled() or any(hook[0].get() is not None for hook in context._configure_hooks):
        return True
    return debugging()


def debugging() -> bool:
    """Whether LangChain is in debug mode (``set_debug``)."""
    lc_globals: Any = sys.modules.get("langchain_core.globals")
    return lc_globals is not None and bool(lc_globals.get_debug())


@cache
def _asked_by_environment() -> bool:
    """Whether LangSmith's variables ask for a tracer. They are read once, as LangSmith does."""
    names = (f"{prefix}_{name}" for name in ("TRACING_V2", "TRACING") for prefix in ("LANGSMITH", "LANGCHAIN"))
    return next((found for name in names if (found := os.environ.get(name))), "") == "true"


# -- the graph --------------------------------------------------------------------------------------------------------


def commands_of(host: Host, request: Request) -> Generator[EngineCommand, Answer, Outcome]:
    """The commands of a run; where somebody listens, with those that tell them."""
    commands = run(host.plan, request)
    if request.claims:
        host.follow(commands)
    return _told(commands, host, request) if host.observed else commands


def _told(
    commands: Generator[EngineCommand, Answer, Outcome], host: Host, request: Request
) -> Generator[EngineCommand, Any, Outcome]:
    from langchain_core.runnables.config import get_async_callback_manager_for_config, get_callback_manager_for_config

    __tracebackhide__ = True
    begin, abegin = get_callback_manager_for_config, get_async_callback_manager_for_config
    start = CallSpec("on_chain_start", partial(_start_graph, begin, host), partial(_start_graph, abegin, host))
    chain = yield Notify(start, request.input)
    graph = host.run = GraphRun(chain)
    if RunResumed in request.watch:
        commands = lifecycle_told(commands, host, request.inside is None)
    try:
        outcome = yield from commands
    except GeneratorExit:  # nobody performs commands any more
        raise
    except BaseException as error:
        shown = GeneratorExit() if isinstance(error, RunClosed) else error
        for node in graph.cut_off():
            yield Notify(_told_by(node.on_chain_error), CancelledError() if isinstance(error, Exception) else shown)
        yield Notify(_told_by(chain.on_chain_error), shown)
        raise
    if outcome.paused and request.inside is not None:  # the node above asks in its place
        yield Notify(_told_by(chain.on_chain_error), GraphInterrupt(outcome.interrupts))
    else:
        yield Notify(_told_by(chain.on_chain_end), outcome.values)
    return outcome


class GraphRun:
    """The run of a graph that is under way."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager
        """LangChain's manager of its callbacks."""
        self.run_id = manager.run_id
        self.open: set[_Chain] = set()
        """The attempts of nodes that have not ended."""

    def cut_off(self) -> list[Any]:
        """The managers of the attempts that will not report their end any more."""
        chains, self.open = self.open, set()
        return [chain.run for chain in chains if chain.run is not None]


def _start_graph(manager_of: Callable[[Any], Any], host: Host, input: Any) -> Any:
    config = host.config
    metadata = dict(config.get("metadata", NOTHING))
    identify(metadata, config)
    manager = manager_of({**config, "metadata": metadata})
    if "ls_integration" not in manager.metadata:
        manager.add_metadata({"ls_integration": "langgraph"})
    name = config.get("run_name") or host.plan.name
    return manager.on_chain_start(None, input, name=name, run_id=config.get("run_id"))


# -- its nodes --------------------------------------------------------------------------------------------------------


def observed_steps(scope: Scope) -> TaskSteps:
    """A task's steps, with those that tell of each attempt of its node, and of its routers."""
    __tracebackhide__ = True
    steps, node, around = task_steps(scope), scope.node, scope.callbacks
    routers = {id(branch.call): branch for branch in node.branches}
    chain: _Chain | None = None
    send: Callable[[Any], Any] = steps.send
    answer: Any = None
    while True:
        try:
            wanted = send(answer)
        except StopIteration as stop:
            finished: TaskFinished = stop.value
            if chain is not None:
                yield from chain.ends(finished.error)
            return finished
        try:
            if type(wanted) is tuple and wanted[0] is node.call:
                chain = _Chain(scope, around)
                answer = yield from chain.begins(wanted)
            elif type(wanted) is tuple and chain is not None:
                answer = yield from chain.goes_on(wanted, routers.get(id(wanted[0])))
            else:
                answer = yield wanted
            send = steps.send
        except Exception as error:
            if chain is not None and chain.run is not None:
                yield from chain.ends(error)
            chain = None
            send, answer = steps.throw, error


class _Chain:
    """The run of one attempt of a node."""

    def __init__(self, scope: Scope, around: Any) -> None:
        self.scope = scope
        self.graph: GraphRun = scope.host.run
        self.around = around
        """The callbacks of the code that called the task; none if the graph runs it."""
        self.run: Any = None
        self.parts = 0
        self.output: Any = None
        self.tags: list[str] = []

    def begins(self, wanted: Call) -> Generator[Call, Any, Any]:
        """Report the beginning, and call the node inside of this run."""
        __tracebackhide__ = True
        scope, (spec, value, injected) = self.scope, wanted
        above = self.around or self.graph.manager.get_child(f"graph:step:{scope.task.step}")
        manager = above.copy()
        self.tags = [*scope.config.get("tags", ()), *([TAG_HIDDEN] if scope.task.name == START else [])]
        manager.add_metadata(scope.config["metadata"])
        self.graph.open.add(self)
        given, policy = _arguments(spec, value) if scope.task.node else value, scope.node.trace
        if policy is None:
            self.run = yield self._start(manager, scope.task.name, given)
        else:
            manager.add_tags(self.tags)
            self.run = yield from begin_recorded(policy, manager, scope.task.name, given)
        parts = _parts(spec)
        if spec.runnable is not None and spec.graph is None and self._taps():
            configs = [self._enter(place) for place in range(len(parts), 0, -1)][::-1]
            spec = replace(spec, coroutine=partial(_streamed, [part.runnable for part in parts], configs))
            value = yield spec, value, NOTHING
        else:
            for place, part in enumerate(parts, 1):
                value = yield from self._called((part, value, injected), place)
        self.parts, self.output = len(parts), value
        return value

    def goes_on(self, wanted: Call, router: BranchPlan | None) -> Generator[Call, Any, Any]:
        """Call what comes after the node's first code: more of it, or a router."""
        __tracebackhide__ = True
        if router is not None:
            return (yield from self._called(wanted, router.place + self.parts - 1, router.name))
        self.parts += 1
        self.output = yield from self._called(wanted, self.parts)
        return self.output

    def _called(self, wanted: Call, place: int, name: str = "") -> Generator[Call, Any, Any]:
        """Call a part of the node: as a run of its own, if it is code that would not report itself."""
        __tracebackhide__ = True
        scope, (spec, value, injected) = self.scope, wanted
        manager = self._enter(place)["callbacks"]
        injected = injected | scope.injected(spec)
        if not spec.reported:
            return (yield spec, value, injected)
        chain = yield self._start(manager, name or getattr(spec.sync or spec.coroutine, "__name__", spec.name), value)
        scope.inside(chain.get_child())
        try:
            result = yield spec, value, injected
        except Exception as error:
            yield _report(chain.on_chain_error, error)
            raise
        yield _report(chain.on_chain_end, result)
        return result

    def _start(self, manager: Any, name: str, value: Any) -> Call:
        manager.add_tags(self.tags)
        return CallSpec("on_chain_start", partial(manager.on_chain_start, None, name=name), None), value, NOTHING

    def _enter(self, place: int) -> Any:
        """Have a part of the node report as such. Returns its config."""
        self.scope.inside(self.run.get_child(f"seq:step:{place}"))
        return self.scope.config

    def ends(self, error: BaseException | None) -> Generator[Call, Any, None]:
        """Report the end, and to event streams what came of it."""
        if self not in self.graph.open:
            return
        self.graph.open.discard(self)
        if error is not None:
            yield _report(self.run.on_chain_error, error)
            return
        for tap in self._taps():
            yield CallSpec("tap_output_aiter", None, partial(_tapped, tap, self.run.run_id)), self.output, NOTHING
        if (policy := self.scope.node.trace) is None:
            yield _report(self.run.on_chain_end, self.output)
        else:
            yield from end_recorded(policy, self.run, self.output)

    def _taps(self) -> list[Any]:
        """The event streams of LangChain that listen, where this is awaited: they want chunks."""
        from langchain_core.callbacks.manager import AsyncCallbackManagerForChainRun
        from langchain_core.tracers._streaming import _StreamingCallbackHandler

        if not isinstance(self.run, AsyncCallbackManagerForChainRun):
            return []
        heard = (h for h in self.run.handlers if isinstance(h, _StreamingCallbackHandler))
        return [handler for handler in heard if not getattr(handler, "hears_models_only", False)]


def _told_by(method: Callable[[Any], Any]) -> CallSpec:
    return CallSpec(method.__name__, method, None)


def _report(method: Callable[[Any], Any], value: Any) -> Call:
    return _told_by(method), value, NOTHING


def _arguments(spec: CallSpec, given: tuple[tuple[Any, ...], dict[str, Any]]) -> dict[str, Any]:
    """What a task was called with, by the names of its parameters."""
    signature = inspect.signature(getattr(spec.sync or spec.coroutine, "__wrapped__"))  # noqa: B009 - set by func.tasks
    bound = signature.bind_partial(*given[0], **given[1])
    bound.apply_defaults()
    found = dict(bound.arguments)
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            found.update(found.pop(name))
    return found


def _parts(spec: CallSpec) -> tuple[CallSpec, ...]:
    """The parts that a node is called in: those of a sequence of Runnables report themselves as the node's own."""
    from langchain_core.runnables import RunnableSequence

    if not isinstance(spec.runnable, RunnableSequence):
        return (spec,)
    return tuple(call_spec(step, spec.name) for step in spec.runnable.steps)


async def _streamed(parts: list[Any], configs: list[Any], value: Any) -> Any:
    """What Runnables in a row give, chunk by chunk for those who listen, and added up."""
    total: Any = None
    first = True
    chunks = parts[0].astream(value, configs[0])
    for part, config in zip(parts[1:], configs[1:], strict=True):
        chunks = part.atransform(chunks, config)
    async for chunk in chunks:
        try:
            total = chunk if first else total + chunk
        except TypeError:
            total = chunk
        first = False
    return total


async def _tapped(tap: Any, run_id: Any, output: Any) -> None:
    async def whole() -> AsyncIterator[Any]:
        yield output

    async for _ in tap.tap_output_aiter(run_id, whole()):
        pass
