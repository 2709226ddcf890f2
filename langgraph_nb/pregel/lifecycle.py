"""A run's pauses and resumptions, told to the graph callback handlers in its config.

A generator around the run's commands: it looks at the events that the run emits, and has the handlers told. Runs whose
config has no such handler do without it.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.pregel.commands import Emit, EngineCommand, Notify
from langgraph_nb.pregel.events import Answer, Event, RunFinished, RunResumed
from langgraph_nb.pregel.request import Outcome

if TYPE_CHECKING:
    from langgraph_nb.pregel.host import Host

WATCHED: frozenset[type] = frozenset((RunFinished, RunResumed))
"""The events that tell of a graph's life."""


def has_graph_handlers(callbacks: Any) -> bool:
    """Whether somebody wants to hear of the graph's life. Nobody can, before the handlers' module is loaded."""
    module: Any = sys.modules.get("langgraph_nb.callbacks")
    if module is None or not callbacks:
        return False
    handlers = callbacks if isinstance(callbacks, list) else getattr(callbacks, "handlers", ())
    return any(isinstance(handler, module.GraphCallbackHandler) for handler in handlers)


def lifecycle_told(
    commands: Generator[EngineCommand, Answer, Outcome], host: Host, outermost: bool
) -> Generator[EngineCommand, Any, Outcome]:
    """The commands of a run, with those that tell the handlers. Graphs inside of nodes leave it to the one around
    them to say that they paused."""
    __tracebackhide__ = True
    answer: Any = None
    error: BaseException | None = None
    while True:
        try:
            command = commands.send(answer) if error is None else commands.throw(error)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        try:
            if type(command) is Emit and type(command.event) in WATCHED:
                yield from _told(command.event, host, outermost)
            answer, error = (yield command), None
        except GeneratorExit:
            commands.close()
            raise
        except BaseException as raised:
            error = raised


def _told(event: Event, host: Host, outermost: bool) -> Generator[EngineCommand, Any, None]:
    from langgraph_nb import callbacks

    run_id = host.run.run_id if host.run is not None else None
    sync = callbacks.get_sync_graph_callback_manager_for_config(host.config, run_id=run_id)  # type: ignore[arg-type]
    later = callbacks.get_async_graph_callback_manager_for_config(host.config, run_id=run_id)  # type: ignore[arg-type]
    if isinstance(event, RunResumed):
        resumed = callbacks.GraphResumeEvent(None, "pending", event.checkpoint_id, host.namespace)
        yield Notify(CallSpec("on_resume", sync.on_resume, later.on_resume), resumed)
    elif isinstance(event, RunFinished) and event.status == "interrupted" and outermost:
        status: Any = f"interrupt_{event.breakpoint}" if event.breakpoint else "pending"
        paused = callbacks.GraphInterruptEvent(None, status, event.checkpoint_id, host.namespace, event.interrupts)
        yield Notify(CallSpec("on_interrupt", sync.on_interrupt, later.on_interrupt), paused)
