"""Callbacks of a graph's life: when it pauses to ask or at a breakpoint, and when it goes on.

They are given like LangChain's, in ``config["callbacks"]``, and are LangChain handlers too. This module loads
langchain-core; a graph looks here only when the module has been loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, TypeAlias
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.callbacks.manager import ahandle_event, handle_event
from langchain_core.runnables import RunnableConfig

from langgraph_nb.types import Interrupt

__all__ = (
    "GraphCallbackHandler", "GraphInterruptEvent", "GraphLifecycleEvent", "GraphLifecycleStatus", "GraphResumeEvent",
    "get_async_graph_callback_manager_for_config", "get_sync_graph_callback_manager_for_config",
)  # fmt: skip

GraphLifecycleStatus: TypeAlias = Literal[
    "input", "pending", "done", "interrupt_before", "interrupt_after", "out_of_steps"
]
"""Where a run was: ``pending`` in the midst of its work, the interrupts at a breakpoint."""


@dataclass(frozen=True)
class GraphInterruptEvent:
    """A graph has paused.

    Example:
        >>> GraphInterruptEvent(None, "interrupt_before", "1f0", (), ()).interrupts
        ()
    """

    run_id: UUID | None
    """The graph's run, as LangChain's callbacks name it."""
    status: GraphLifecycleStatus
    checkpoint_id: str
    """Where it goes on from."""
    checkpoint_ns: tuple[str, ...]
    """Where in the nesting of graphs it is; the outermost is at ``()``."""
    interrupts: tuple[Interrupt, ...]
    """The questions; none at a breakpoint."""


@dataclass(frozen=True)
class GraphResumeEvent:
    """A graph goes on from a checkpoint.

    Example:
        >>> GraphResumeEvent(None, "pending", "1f0", ()).status
        'pending'
    """

    run_id: UUID | None
    """The graph's run, as LangChain's callbacks name it."""
    status: GraphLifecycleStatus
    checkpoint_id: str
    checkpoint_ns: tuple[str, ...]
    """Where in the nesting of graphs it is; the outermost is at ``()``."""


GraphLifecycleEvent: TypeAlias = GraphInterruptEvent | GraphResumeEvent


class GraphCallbackHandler(BaseCallbackHandler):
    """Subclass it to hear when graphs pause and go on. The methods may be coroutines, for awaited runs.

    Example:
        >>> from langgraph_nb.checkpoint.memory import InMemorySaver
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.types import interrupt
        >>> class Tell(GraphCallbackHandler):
        ...     def on_interrupt(self, event):
        ...         print("asks", event.interrupts[0].value)
        >>> builder = StateGraph(dict).add_node("ask", lambda state: {"x": interrupt("how many?")})
        >>> graph = builder.add_edge(START, "ask").compile(checkpointer=InMemorySaver())
        >>> _ = graph.invoke({}, {"configurable": {"thread_id": "1"}, "callbacks": [Tell()]})
        asks how many?
    """

    def on_interrupt(self, event: GraphInterruptEvent) -> Any:
        """A graph has paused."""

    def on_resume(self, event: GraphResumeEvent) -> Any:
        """A graph goes on."""


class _Manager(BaseCallbackManager):
    """The handlers of a config that hear of graphs, and the run that they are told of."""

    def __init__(self, handlers: Sequence[BaseCallbackHandler] = (), run_id: UUID | None = None) -> None:
        super().__init__([handler for handler in handlers if isinstance(handler, GraphCallbackHandler)])
        self.run_id = run_id

    @classmethod
    def configure(cls, callbacks: Any = None, *, run_id: UUID | None = None) -> Self:
        """The handlers among the callbacks of a config, in any of the forms in which it may hold them."""
        if isinstance(callbacks, BaseCallbackManager):
            return cls(callbacks.handlers, run_id)
        if callbacks is None or isinstance(callbacks, GraphCallbackHandler):
            return cls(() if callbacks is None else (callbacks,), run_id)
        if isinstance(callbacks, (str, bytes)) or not isinstance(callbacks, Sequence):
            raise TypeError("callbacks must be a handler, sequence, or manager")
        return cls(callbacks, run_id)

    def named(self, event: GraphLifecycleEvent) -> tuple[Any, ...]:
        """What ``handle_event`` is told: the event, with the run that it is of."""
        name = "on_interrupt" if isinstance(event, GraphInterruptEvent) else "on_resume"
        return self.handlers, name, None, replace(event, run_id=self.run_id)


class _SyncManager(_Manager):
    def on_interrupt(self, event: GraphInterruptEvent) -> None:
        handle_event(*self.named(event))

    def on_resume(self, event: GraphResumeEvent) -> None:
        handle_event(*self.named(event))


class _AsyncManager(_Manager):
    async def on_interrupt(self, event: GraphInterruptEvent) -> None:
        await ahandle_event(*self.named(event))

    async def on_resume(self, event: GraphResumeEvent) -> None:
        await ahandle_event(*self.named(event))


def get_sync_graph_callback_manager_for_config(config: RunnableConfig, *, run_id: UUID | None = None) -> _SyncManager:
    """What tells the handlers in a config of a graph's life.

    Args:
        config: Its callbacks are looked through; only ``GraphCallbackHandler``s count.
        run_id: The run that they are told of.

    Raises:
        TypeError: For callbacks that are no handler, sequence or manager.

    Example:
        >>> manager = get_sync_graph_callback_manager_for_config({"callbacks": [GraphCallbackHandler()]})
        >>> [type(handler).__name__ for handler in manager.handlers]
        ['GraphCallbackHandler']
    """
    return _SyncManager.configure(config.get("callbacks"), run_id=run_id)


def get_async_graph_callback_manager_for_config(config: RunnableConfig, *, run_id: UUID | None = None) -> _AsyncManager:
    """The same for awaited runs: its methods are coroutines.

    Example:
        >>> get_async_graph_callback_manager_for_config({}).handlers
        []
    """
    return _AsyncManager.configure(config.get("callbacks"), run_id=run_id)
