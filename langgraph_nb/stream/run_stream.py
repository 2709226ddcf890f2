"""A run as its caller holds it: what transformers make of its events, its result, and the events themselves.

Whoever reads drives the run on; there is no thread and no task beside it. Knows parts of a stream
(``stream(version="v2")``), not graphs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from langgraph_nb.stream.mux import StreamMux, event_of
from langgraph_nb.stream.stream_channel import StreamChannel
from langgraph_nb.stream.transformer import ProtocolEvent

if TYPE_CHECKING:
    from langchain_core.language_models.chat_model_stream import AsyncChatModelStream, ChatModelStream

    from langgraph_nb.stream.lifecycle import LifecyclePayload, SubgraphStatus


class _Observed:
    """What is known of a run by its events."""

    extensions: Mapping[str, Any]
    """What the transformers make, by name."""
    if TYPE_CHECKING:
        # there with every run
        values: StreamChannel[dict[str, Any]]
        lifecycle: StreamChannel[LifecyclePayload]
        # there with their transformers
        updates: StreamChannel[dict[str, Any]]
        custom: StreamChannel[Any]
        checkpoints: StreamChannel[dict[str, Any]]
        debug: StreamChannel[dict[str, Any]]
        tasks: StreamChannel[dict[str, Any]]

    def __init__(self, mux: StreamMux) -> None:
        self._mux = mux
        self.extensions = MappingProxyType(mux.extensions)
        self._exhausted = False
        self._latest: dict[str, Any] | None = None
        self._interrupts: list[Any] = []
        self._scope = list(mux.scope)
        self.__dict__.update((name, mux.extensions[name]) for name in mux.native_keys)

    def __getattr__(self, name: str) -> StreamChannel[Any]:
        mux = self.__dict__.get("_mux")
        known = ", ".join(sorted(mux.native_keys)) if mux is not None else ""
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r} (registered projections: {known or 'none'})",
            name=name,
            obj=self,
        )

    def _heard(self, part: dict[str, Any]) -> ProtocolEvent:
        """A part of the stream as an event, of which note is taken."""
        event = event_of(part["type"], part["ns"], part["data"])
        if "interrupts" in part:
            event["params"]["interrupts"] = part["interrupts"]
        self._observe_event(event)
        return event

    def _observe_event(self, event: ProtocolEvent) -> None:
        params = event["params"]
        if event["method"] == "values" and params["namespace"] == self._scope:
            self._latest = params["data"]
            self._interrupts.extend(params.get("interrupts", ()))

    def _raise_if_failed(self) -> None:
        if (error := self._mux._events._error) is not None:
            raise error


class GraphRunStream(_Observed):
    """A run that was started by ``stream_events(version="v3")``. Reading any part of it drives it on.

    What transformers make is in ``extensions``; what those of this package make are attributes too: ``values``,
    ``messages``, ``subgraphs``, ``lifecycle``. Each can be read once; ``tee`` gives several readers. Iterated itself,
    it gives all events.

    Args:
        graph_iter: The parts of the graph's stream; none for a graph inside, which the run around drives.
        mux: What the events go through.
        wire_pump: Whether its readers drive it, and not a run around.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> run = graph.stream_events({}, version="v3")
        >>> for values in run.values:
        ...     print(values)
        {}
        {'x': 1}
        >>> run.output, run.interrupted
        ({'x': 1}, False)
    """

    if TYPE_CHECKING:
        messages: StreamChannel[ChatModelStream]
        subgraphs: StreamChannel[SubgraphRunStream]

    def __init__(self, graph_iter: Iterator[dict[str, Any]] | None, mux: StreamMux, *, wire_pump: bool = True) -> None:
        super().__init__(mux)
        self._parts = graph_iter
        if wire_pump:
            mux.bind_pump(self._pump_next)

    def _pump_next(self) -> bool:
        """Drive the run on by one event; whether there was one."""
        if self._exhausted or self._parts is None:
            return False
        try:
            part = next(self._parts, None)
            if part is not None:
                self._mux.push(self._heard(part))
                return True
            self._exhausted = True
            self._mux.close()
        except Exception as error:
            self._exhausted = True
            self._mux.fail(error)
        return False

    def _finish(self) -> None:
        """Drive the run to its end. Raises what it failed with."""
        while self._pump_next():
            pass
        self._raise_if_failed()

    def abort(self) -> None:
        """Stop the run. What it has done so far can still be read."""
        if self._exhausted:
            return
        self._exhausted = True
        parts, self._parts = self._parts, None
        try:
            if isinstance(parts, Generator):
                parts.close()
        finally:
            self._mux.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.abort()

    @property
    def output(self) -> dict[str, Any] | None:
        """The state at the end of the run, which is driven there.

        Raises:
            Exception: What the run failed with.
        """
        self._finish()
        return self._latest

    @property
    def interrupted(self) -> bool:
        """Whether the run, which is driven to its end, paused to ask."""
        self._finish()
        return bool(self._interrupts)

    @property
    def interrupts(self) -> list[Any]:
        """What the run, which is driven to its end, asks."""
        self._finish()
        return self._interrupts

    def __iter__(self) -> Iterator[ProtocolEvent]:
        """All events of the run."""
        return iter(self._mux._events)

    def interleave(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Read several projections at once.

        Args:
            names: What they are called in ``extensions``.

        Yields:
            ``(name, item)`` in the order in which the items came.

        Raises:
            KeyError: For an unknown name.
            TypeError: For what is no channel.
            RuntimeError: For one that is being read.
        """
        channels: dict[str, StreamChannel[Any]] = {}
        try:
            for name in names:
                channels[name] = _taken(name, self.extensions[name])
            waiting = dict(channels)
            while waiting:
                ready = {name: channel for name, channel in waiting.items() if channel._items}
                if ready:
                    name = min(ready, key=lambda name: ready[name]._items[0][0])
                    yield name, ready[name]._items.popleft()[1]
                    continue
                waiting = {name: channel for name, channel in waiting.items() if not channel._over()}
                if waiting and not (self._mux.pump is not None and self._mux.pump()):
                    waiting = {name: channel for name, channel in waiting.items() if channel._items}
        finally:
            for channel in channels.values():
                channel._subscribed = False


def _taken(name: str, channel: Any) -> StreamChannel[Any]:
    """A channel that is being read from now on."""
    if not isinstance(channel, StreamChannel):
        raise TypeError(f"interleave() requires StreamChannel projections, got {type(channel).__name__} for {name!r}")
    if channel._is_async is None:
        raise TypeError(
            f"StreamChannel {name!r} has not been bound yet. Register the transformer with a StreamMux first."
        )
    if channel._is_async:
        raise TypeError(
            f"StreamChannel {name!r} is bound to async mode — sync interleave() cannot consume async channels."
        )
    if channel._subscribed:
        raise RuntimeError(f"StreamChannel {name!r} already has a subscriber; use .tee(n) for fan-out.")
    channel._subscribed = True
    return channel


class AsyncGraphRunStream(_Observed):
    """``GraphRunStream`` for ``astream_events(version="v3")``: it is iterated with ``async for``, its results awaited.

    Several tasks may read it; one at a time drives it on.

    Args:
        graph_aiter: The parts of the graph's stream; none for a graph inside.
        mux: What the events go through.
        wire_pump: Whether its readers drive it, and not a run around.

    Example:
        >>> import asyncio
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> async def main():
        ...     async with await graph.astream_events({}, version="v3") as run:
        ...         return [values async for values in run.values], await run.output()
        >>> asyncio.run(main())
        ([{}, {'x': 1}], {'x': 1})
    """

    if TYPE_CHECKING:
        messages: StreamChannel[AsyncChatModelStream]
        subgraphs: StreamChannel[AsyncSubgraphRunStream]

    def __init__(
        self, graph_aiter: AsyncIterator[dict[str, Any]] | None, mux: StreamMux, *, wire_pump: bool = True
    ) -> None:
        super().__init__(mux)
        self._parts = graph_aiter
        self._moved = asyncio.Condition()
        """Told whenever the run was driven on."""
        self._pull: asyncio.Future[Any] | None = None
        """The next part, while it is waited for."""
        self._pumping = False
        if wire_pump:
            mux.bind_apump(self._apump_next)

    async def _apump_next(self) -> bool:
        """Drive the run on by one event, or wait until another task has; whether there may be more."""
        async with self._moved:
            if self._exhausted or self._parts is None:
                return False
            if self._pumping:
                await self._moved.wait()
                return not self._exhausted
            self._pumping = True
        try:
            return await self._advance(self._parts)
        finally:
            self._pumping = False
            async with self._moved:
                self._moved.notify_all()

    async def _advance(self, parts: AsyncIterator[dict[str, Any]]) -> bool:
        # in a task of its own, so that ``abort`` can cancel it wherever it waits
        self._pull = asyncio.ensure_future(anext(parts, None))
        try:
            part = await self._pull
            if part is not None:
                await self._mux.apush(self._heard(part))
                return True
            self._exhausted = True
            await self._mux.aclose()
        except asyncio.CancelledError:
            if not self._exhausted:  # it is the reader who is cancelled
                self._pull.cancel()
                raise
        except Exception as error:
            self._exhausted = True
            await self._mux.afail(error)
        finally:
            self._pull = None
        return False

    async def _finish(self) -> None:
        while await self._apump_next():
            pass
        self._raise_if_failed()

    async def abort(self) -> None:
        """Stop the run, also where it waits for a node. What it has done so far can still be read."""
        if self._exhausted:
            return
        self._exhausted = True
        parts, self._parts, pull = self._parts, None, self._pull
        async with self._moved:
            self._moved.notify_all()
        try:
            if pull is not None:
                pull.cancel()
                await asyncio.wait([pull])
            if isinstance(parts, AsyncGenerator):
                await parts.aclose()
        finally:
            await self._mux.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.abort()

    async def output(self) -> dict[str, Any] | None:
        """The state at the end of the run, which is driven there.

        Raises:
            Exception: What the run failed with.
        """
        await self._finish()
        return self._latest

    async def interrupted(self) -> bool:
        """Whether the run, which is driven to its end, paused to ask."""
        await self._finish()
        return bool(self._interrupts)

    async def interrupts(self) -> list[Any]:
        """What the run, which is driven to its end, asks."""
        await self._finish()
        return self._interrupts

    def __aiter__(self) -> AsyncIterator[ProtocolEvent]:
        """All events of the run."""
        return aiter(self._mux._events)


class _Inside(_Observed):
    """What is known of a graph inside of a run; its transformer keeps it up to date."""

    def __init__(
        self,
        mux: StreamMux,
        *,
        path: tuple[str, ...],
        graph_name: str | None = None,
        trigger_call_id: str | None = None,
    ) -> None:
        super().__init__(None, mux, wire_pump=False)  # type: ignore[call-arg, arg-type]
        self.path = path
        """Its namespace."""
        self.graph_name = graph_name
        """The node that it runs in, or its name as an agent."""
        self.trigger_call_id = trigger_call_id
        """The task that it runs in."""
        self.status: SubgraphStatus = "started"
        self.error: str | None = None
        self._seen_terminal = False

    @property
    def _over(self) -> bool:
        return self._exhausted or self._seen_terminal or self._mux._events._closed


class SubgraphRunStream(_Inside, GraphRunStream):
    """A graph inside of a run, as ``run.subgraphs`` gives it: a run stream of its own, which drives the run around.

    Args:
        mux: What its events go through.
        path: Its namespace.
        graph_name: The node that it runs in, or its name as an agent.
        trigger_call_id: The task that it runs in.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> inner = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> graph = StateGraph(dict).add_node("inner", inner).add_edge(START, "inner").compile()
        >>> for inside in graph.stream_events({}, version="v3").subgraphs:
        ...     print(inside.path[0].partition(":")[0], list(inside.values))
        inner [{'x': 1}]
    """

    def _pump_next(self) -> bool:
        return not self._over and self._mux.pump is not None and self._mux.pump()


class AsyncSubgraphRunStream(_Inside, AsyncGraphRunStream):
    """``SubgraphRunStream`` of a run that is awaited.

    Args:
        mux: What its events go through.
        path: Its namespace.
        graph_name: The node that it runs in, or its name as an agent.
        trigger_call_id: The task that it runs in.

    Example:
        >>> import asyncio
        >>> from langgraph_nb.graph import START, StateGraph
        >>> inner = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> graph = StateGraph(dict).add_node("inner", inner).add_edge(START, "inner").compile()
        >>> async def main():
        ...     run = await graph.astream_events({}, version="v3")
        ...     return [await inside.output() async for inside in run.subgraphs]
        >>> asyncio.run(main())
        [{'x': 1}]
    """

    async def _apump_next(self) -> bool:
        return not self._over and self._mux.apump is not None and await self._mux.apump()
