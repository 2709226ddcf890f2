"""The stream of a graph's events: each goes through the transformers, then to those who iterate the run itself.

What happens to an event is written once, as generators of the transformers' methods to call (``Hook``); ``perform``
calls them, ``aperform`` awaits the ones with ``a`` before their names. Knows nothing of where events come from.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from langgraph_nb.stream.stream_channel import AsyncPump, Pump, StreamChannel
from langgraph_nb.stream.transformer import ProtocolEvent, ProtocolEventParams, Scope, StreamTransformer, needs_loop

T = TypeVar("T")
TransformerFactory = Callable[[Scope], StreamTransformer]
"""Makes the transformer for the graph of a namespace; a class of transformers is one."""
Hook = tuple[Any, str, tuple[Any, ...]]
"""(object, name of its method, arguments)"""
Hooks = Generator[Hook, Any, T]


def perform(hooks: Hooks[T]) -> T:
    """Call what a generator wants called."""
    answer, step = None, hooks.send
    while True:
        try:
            owner, name, args = step(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value
        try:
            answer, step = getattr(owner, name)(*args), hooks.send
        except BaseException as error:
            answer, step = error, hooks.throw


async def aperform(hooks: Hooks[T]) -> T:
    """Await what a generator wants called."""
    answer, step = None, hooks.send
    while True:
        try:
            owner, name, args = step(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value
        try:
            answer, step = await getattr(owner, f"a{name}")(*args), hooks.send
        except BaseException as error:
            answer, step = error, hooks.throw


def event_of(method: str, namespace: Iterable[str], data: Any) -> ProtocolEvent:
    """An event that happens now."""
    params: ProtocolEventParams = {"namespace": list(namespace), "timestamp": int(time.time() * 1000), "data": data}
    return {"type": "event", "method": method, "params": params}


class StreamMux:
    """The events of one graph of a run, and what transformers make of them.

    Args:
        transformers: Transformers for this graph alone.
        is_async: Whether the run is awaited.
        factories: What makes the transformers for this graph, and for each graph inside.
        scope: The namespace of the graph.
        numbered: Whether events get their ``seq`` here; graphs inside share the events of the outermost one.

    Raises:
        RuntimeError: When a transformer has to be awaited, and the run is not.
        TypeError: When one does not make a dict.
        ValueError: When two make something of the same name.
    """

    def __init__(
        self,
        transformers: Sequence[StreamTransformer] | None = None,
        *,
        is_async: bool = False,
        factories: Sequence[TransformerFactory] | None = None,
        scope: Scope = (),
        numbered: bool = True,
    ) -> None:
        self.is_async = is_async
        self.scope = scope
        self.extensions: dict[str, Any] = {}
        """What the transformers make, by name."""
        self.native_keys: set[str] = set()
        """The names of what is an attribute of the run too."""
        self.pump: Pump | None = None
        self.apump: AsyncPump | None = None
        """Drives the run on: the one or the other."""
        self._factories = factories
        self._count = itertools.count(1) if numbered else None
        self._order = itertools.count(1).__next__
        self._makers: dict[str, StreamTransformer] = {}
        self._transformers: list[StreamTransformer] = []
        self._events: StreamChannel[ProtocolEvent] = StreamChannel()
        self._events._bind(is_async, self._order)
        self._channels: list[StreamChannel[Any]] = [self._events]
        for made in ([factory(scope) for factory in factories or ()], transformers or ()):
            for transformer in sorted(made, key=lambda one: not getattr(one, "before_builtins", False)):
                self._register(transformer)

    @property
    def modes(self) -> list[str]:
        """The stream modes that the transformers are made from."""
        return list(dict.fromkeys(mode for one in self._transformers for mode in one.required_stream_modes))

    def transformer_by_key(self, key: str) -> StreamTransformer | None:
        """The transformer that makes what has this name."""
        return self._makers.get(key)

    def _register(self, transformer: StreamTransformer) -> None:
        name = type(transformer).__name__
        if needs_loop(transformer) and not self.is_async:
            raise RuntimeError(
                f"{name} requires an async run — it overrides aprocess/afinalize/afail or sets requires_async=True. "
                "Use astream(), not stream()."
            )
        made = transformer.init()
        if not isinstance(made, dict):
            raise TypeError(f"StreamTransformer.init() must return a dict, got {type(made).__name__}")
        taken = sorted(made.keys() & self._makers)
        if twice := ", ".join(f"{key!r} (owned by {type(self._makers[key]).__name__})" for key in taken):
            raise ValueError(
                f"Transformer {name} returned projection keys that conflict with already-registered keys: {twice}"
            )
        self._transformers.append(transformer)
        native = bool(getattr(transformer, "_native", False))
        for channel in made.values():
            if isinstance(channel, StreamChannel):
                self._adopt(channel, native)
        self.extensions.update(made)
        self._makers.update(dict.fromkeys(made, transformer))
        self.native_keys.update(made if native else ())
        transformer._on_register(self)

    def _adopt(self, channel: StreamChannel[Any], native: bool) -> None:
        """Make a channel part of the run. What is pushed to one with a name is an event, which no transformer hears."""
        name = channel.name
        tell = None if name is None else partial(self._tell, name if native else f"custom:{name}")
        channel._bind(self.is_async, self._order, tell)
        self._channels.append(channel)

    def _tell(self, method: str, item: Any) -> None:
        self._keep(event_of(method, (), item))

    def _keep(self, event: ProtocolEvent) -> None:
        if self._count is not None:
            event["seq"] = next(self._count)
        self._events.push(event)

    # -- the run that drives it ---------------------------------------------------------------------------------------

    def bind_pump(self, fn: Pump) -> None:
        """Have readers drive the run on by this."""
        self.pump = fn
        for channel in self._channels:
            channel._more = fn

    def bind_apump(self, fn: AsyncPump) -> None:
        """Have readers of a run that is awaited drive it on by this."""
        self.apump = fn
        for channel in self._channels:
            channel._amore = fn

    def _make_child(self, scope: Scope) -> StreamMux:
        """The stream of a graph inside, with transformers of its own.

        Raises:
            RuntimeError: When transformers were given that cannot be made again.
        """
        if self._factories is None:
            raise RuntimeError(
                "StreamMux._make_child requires the mux to be constructed with `factories=`; pre-built transformers "
                "can't be cloned to a new scope."
            )
        child = StreamMux(factories=self._factories, is_async=self.is_async, scope=scope, numbered=False)
        if self.pump is not None:
            child.bind_pump(self.pump)
        if self.apump is not None:
            child.bind_apump(self.apump)
        return child

    # -- what happens -------------------------------------------------------------------------------------------------

    def push(self, event: ProtocolEvent) -> None:
        """Have the transformers hear an event, and keep it for who iterates the run, unless one of them says no."""
        perform(self.pushing(event))

    async def apush(self, event: ProtocolEvent) -> None:
        """``push``, awaited."""
        await aperform(self.pushing(event))

    def close(self) -> None:
        """The run is over.

        Raises:
            Exception: The first that a transformer raises.
        """
        perform(self.closing())

    async def aclose(self) -> None:
        """``close``, awaited, after what transformers have scheduled."""
        await aperform(self.closing())

    def fail(self, err: BaseException) -> None:
        """The run ended with an error, which all who read get."""
        perform(self.failing(err))

    async def afail(self, err: BaseException) -> None:
        """``fail``, awaited; what transformers have scheduled is cancelled."""
        await aperform(self.failing(err))

    def pushing(self, event: ProtocolEvent) -> Hooks[None]:
        """What ``push`` calls."""
        kept = True
        for transformer in self._transformers:
            kept = (yield transformer, "process", (event,)) and kept
        if kept:
            self._keep(event)

    def closing(self) -> Hooks[None]:
        """What ``close`` calls."""
        yield self, "join", ()
        first: BaseException | None = None
        for transformer in self._transformers:
            try:
                yield transformer, "finalize", ()
            except Exception as error:
                first = first or error
        if first is not None:
            raise first
        for channel in self._channels:
            channel.close()

    def failing(self, err: BaseException) -> Hooks[None]:
        """What ``fail`` calls."""
        yield self, "cancel", ()
        for transformer in self._transformers:
            try:
                yield transformer, "fail", (err,)
            except Exception as error:
                err.add_note(f"{type(transformer).__name__} could not be told of it: {error!r}")
        for channel in self._channels:
            if not channel._closed:
                channel.fail(err)

    # -- what transformers have scheduled -----------------------------------------------------------------------------

    def join(self) -> None:
        """Nothing is scheduled where nothing is awaited."""

    cancel = join

    async def ajoin(self) -> None:
        """Wait for what is scheduled.

        Raises:
            Exception: What it raises.
        """
        ended = await asyncio.gather(*self._scheduled(), return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def acancel(self) -> None:
        """End what is scheduled."""
        tasks = self._scheduled()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _scheduled(self) -> list[asyncio.Task[Any]]:
        return [task for transformer in self._transformers for task in transformer._scheduled]
