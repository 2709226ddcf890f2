"""How projections of an event stream are written: a transformer hears each event, and makes something of it.

Knows nothing of graphs, runs or who reads what is made.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NotRequired

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from langgraph_nb.stream.mux import StreamMux

__all__ = ["ProtocolEvent", "ProtocolEventParams", "StreamTransformer", "needs_loop"]

Scope = tuple[str, ...]
"""The namespace of a graph."""

_log = logging.getLogger(__name__)


class ProtocolEventParams(TypedDict):
    """What an event is about."""

    namespace: list[str]
    """The graph that it is from; ``[]`` is the outermost one."""
    timestamp: int
    """Milliseconds since the epoch. For the order of events there is ``seq``."""
    data: Any
    interrupts: NotRequired[tuple[Any, ...]]
    """With values: the questions that the run asks."""


class ProtocolEvent(TypedDict):
    """One event of a run, in the form that clients in other processes get too.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> event = next(iter(graph.stream_events({}, version="v3")))
        >>> event["method"], event["seq"], event["params"]["namespace"], event["params"]["data"]
        ('values', 1, [], {})
    """

    type: Literal["event"]
    event_id: NotRequired[str]
    seq: NotRequired[int]
    """Its number among the events of the run."""
    method: str
    """What kind it is: a stream mode, ``lifecycle``, or ``custom:`` and the name of a channel."""
    params: ProtocolEventParams


class StreamTransformer(ABC):
    """Makes a projection of a run's events; one for each graph of the run that is looked at.

    Write ``init``, and ``process`` or ``aprocess``. A transformer that overrides an awaited method, or sets
    ``requires_async``, can only be used with ``astream_events``, unless it sets ``supports_sync``.

    Args:
        scope: The namespace of the graph that it is for.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> from langgraph_nb.stream import StreamChannel, StreamTransformer
        >>> class Steps(StreamTransformer):
        ...     required_stream_modes = ("updates",)
        ...     def init(self):
        ...         self.names = StreamChannel()
        ...         return {"steps": self.names}
        ...     def process(self, event):
        ...         if event["method"] == "updates":
        ...             self.names.push(list(event["params"]["data"]))
        ...         return True
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> run = graph.stream_events({}, version="v3", transformers=[Steps])
        >>> list(run.extensions["steps"])
        [['a']]
    """

    requires_async: ClassVar[bool] = False
    """Whether it needs an event loop, whatever it overrides: for one that calls ``schedule`` in ``process``."""
    supports_sync: ClassVar[bool] = False
    """Whether it works without an event loop, though it overrides awaited methods."""
    required_stream_modes: ClassVar[tuple[str, ...]] = ()
    """The stream modes that it is made from. A run streams what its transformers ask for, and no more."""
    before_builtins: ClassVar[bool] = False
    """Whether it hears events before those that come with the package: to change what they will see."""

    def __init__(self, scope: Scope = ()) -> None:
        self.scope = scope

    @abstractmethod
    def init(self) -> dict[str, Any]:
        """What it makes, by the names that ``run.extensions`` has it under.

        Channels in it are bound to the run, and closed with it.
        """

    def _on_register(self, mux: StreamMux) -> None:  # noqa: B027
        """It is part of a stream now."""

    def process(self, event: ProtocolEvent) -> bool:
        """Hear an event.

        Returns:
            Whether the event is kept for those who iterate the run itself.
        """
        raise NotImplementedError(f"{type(self).__name__} must override process() or aprocess()")

    async def aprocess(self, event: ProtocolEvent) -> bool:
        """``process``, awaited before the next transformer hears the event."""
        return self.process(event)

    def finalize(self) -> None:  # noqa: B027
        """The run is over."""

    async def afinalize(self) -> None:
        """``finalize``, awaited; what was scheduled is done by then."""
        self.finalize()

    def fail(self, err: BaseException) -> None:  # noqa: B027
        """The run ended with this error."""

    async def afail(self, err: BaseException) -> None:
        """``fail``, awaited; what was scheduled is cancelled by then."""
        self.fail(err)

    def schedule(
        self, coro: Coroutine[Any, Any, Any], *, on_error: Literal["log", "raise"] = "log"
    ) -> asyncio.Task[Any]:
        """Have a coroutine run beside the stream, which ends only when it has.

        Args:
            coro: What to run. When the run fails, it is cancelled.
            on_error: Whether what it raises is logged, or makes the stream fail.

        Raises:
            RuntimeError: Without an event loop.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            coro.close()
            raise RuntimeError(
                f"{type(self).__name__}.schedule() requires a running event loop; this transformer must run under "
                "astream(), not stream(). Set requires_async=True on the class so this fails at registration rather "
                "than at first event."
            ) from None
        task = asyncio.create_task(_logged(coro) if on_error == "log" else coro)
        tasks = self._scheduled
        tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        """Drop what is done; what failed is for the end of the stream to raise."""
        if task.cancelled() or task.exception() is None:
            self._scheduled.discard(task)

    @property
    def _scheduled(self) -> set[asyncio.Task[Any]]:
        """What runs beside the stream; made when it is asked for, as subclasses need not call ``__init__``."""
        found: set[asyncio.Task[Any]] = self.__dict__.setdefault("_tasks", set())
        return found


async def _logged(coro: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await coro
    except Exception:
        _log.exception("Scheduled StreamTransformer task failed")


def needs_loop(transformer: StreamTransformer) -> bool:
    """Whether a transformer works with ``astream_events`` only."""
    kind = type(transformer)
    if transformer.requires_async or transformer.supports_sync:
        return transformer.requires_async
    return any(
        getattr(kind, name) is not getattr(StreamTransformer, name) for name in ("aprocess", "afinalize", "afail")
    )
