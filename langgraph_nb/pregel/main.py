"""Pregel: the public methods of a compiled graph. Each binds defaults, picks a driver, and projects what comes.

Frames from here down to a node set ``__tracebackhide__``: IPython and pytest leave them out, so that a traceback shows
the line that called the graph and the line of the node.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from langgraph_nb.constants import INTERRUPT
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.topology import Topology
from langgraph_nb.pregel.binding import (
    Config,
    RunOptions,
    address_of,
    ambient,
    breakpoints,
    durability_of,
    listen_to_models,
    merged,
    recursion_limit,
    stored_metadata,
    typed_context,
)
from langgraph_nb.pregel.described import Described
from langgraph_nb.pregel.drive_async import AsyncDriver
from langgraph_nb.pregel.drive_step import SteppedRun, drive_step
from langgraph_nb.pregel.drive_sync import drive_sync
from langgraph_nb.pregel.engine import run
from langgraph_nb.pregel.events import (
    CustomData,
    Event,
    MessageChunk,
    RunFinished,
    StepFinished,
    StepStarted,
    TaskFinished,
)
from langgraph_nb.pregel.host import Host, Namespace
from langgraph_nb.pregel.nested import ask_above, enclosing, listen_above, namespace_in, tell_above
from langgraph_nb.pregel.plan import Keys, Plan
from langgraph_nb.pregel.request import Outcome, Request
from langgraph_nb.pregel.snapshots import get_snapshot, snapshot_of, update, writers_only
from langgraph_nb.pregel.state import count_up
from langgraph_nb.stream.projections import NEEDS, Projection, check_modes, projection
from langgraph_nb.types import All, Command, StateSnapshot, StateUpdate, StreamMode

if TYPE_CHECKING:
    from langgraph_nb.pregel.call import Scope

EVERYTHING: frozenset[type] = frozenset(
    (StepStarted, TaskFinished, StepFinished, CustomData, MessageChunk, RunFinished)
)
_NO_EVENTS: frozenset[type] = frozenset()
T = TypeVar("T")

_process = secrets.token_hex(6)
_runs = itertools.count()


class Pregel(Described):
    """A graph that runs.

    Made by ``StateGraph.compile``. Where a method has a name with ``a`` before it, that one is awaited.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> graph.name
        'LangGraph'
    """

    stream_mode: StreamMode = "values"
    """What ``stream`` yields when it is not told."""
    context_schema: Any = None
    """The type of ``Runtime.context``."""

    def __init__(
        self,
        plan: Plan,
        *,
        checkpointer: Any = None,
        store: Any = None,
        interrupt_before: All | Sequence[str] = (),
        interrupt_after: All | Sequence[str] = (),
        config: dict[str, Any] | None = None,
    ) -> None:
        self.plan = plan
        self.checkpointer = checkpointer
        self.store = store
        self.interrupt_before_nodes = interrupt_before
        self.interrupt_after_nodes = interrupt_after
        self.config = config

    @property
    def name(self) -> str:  # type: ignore[override]
        """The graph's name."""
        return self.plan.name

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """The name that runs of this graph, and a node made of it, get; with a suffix, of something that belongs to it.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
            >>> graph.get_name("Input")
            'LangGraphInput'
        """
        name = name or self.plan.name
        if not suffix:
            return name
        return name + suffix.title() if name[0].isupper() else f"{name}_{suffix.lower()}"

    def topology(self, xray: bool = False) -> Topology:
        """The graph as a picture shows it."""
        raise NotImplementedError("A graph without a builder has no picture.")

    def copy(self, **changes: Any) -> Self:
        """The same graph with some attributes changed."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__, **changes)
        return new

    def with_config(self, config: dict[str, Any] | None = None, **kwargs: Any) -> Self:  # type: ignore[override]
        """The same graph with a config that every run starts from."""
        return self.copy(config=merged(merged(self.config, config), kwargs))

    # -- running ------------------------------------------------------------------------------------------------------

    def invoke(self, input: Any, config: Config | None = None, **options: Unpack[RunOptions]) -> Any:  # type: ignore[override]
        """Run the graph to its end, or until it pauses.

        Args:
            input: New input for the state; ``None`` or a ``Command`` to go on with a thread.
            config: LangChain's ``RunnableConfig``: ``configurable.thread_id``, ``recursion_limit``, callbacks, tags, …
            options: See :class:`RunOptions`. With another ``stream_mode`` than ``"values"``, the list of what
                ``stream`` would yield is returned.

        Returns:
            The state; with the pending questions under ``"__interrupt__"`` when it paused to ask.

        Raises:
            EmptyInputError: When there is nothing to begin with.
            GraphRecursionError: When it does not stop in time.
            Exception: What a node raises.
        """
        __tracebackhide__ = True
        if options.get("stream_mode", "values") != "values":
            return list(self.stream(input, config, **options))
        host, request = self._bind(input, config, _NO_EVENTS, self.plan.output_keys, options)
        outcome = drain(drive_sync(run(host.plan, request), host), host)
        return result_of(outcome, request.nested)

    async def ainvoke(self, input: Any, config: Config | None = None, **options: Unpack[RunOptions]) -> Any:  # type: ignore[override]
        """``invoke``, awaited."""
        __tracebackhide__ = True
        if options.get("stream_mode", "values") != "values":
            return [chunk async for chunk in self.astream(input, config, **options)]
        host, request = self._bind(input, config, _NO_EVENTS, self.plan.output_keys, options)
        outcome = await adrain(run(host.plan, request), host)
        return result_of(outcome, request.nested)

    def stream(  # type: ignore[override]
        self, input: Any, config: Config | None = None, *, subgraphs: bool = False, **options: Unpack[RunOptions]
    ) -> Iterator[Any]:
        """Run the graph and yield what happens, as it happens.

        Args:
            input: As for ``invoke``.
            config: As for ``invoke``.
            subgraphs: Also yield what happens in graphs inside of nodes; each item then begins with its namespace.
            options: See :class:`RunOptions`.

        Yields:
            For one mode its chunks; for a list of modes pairs ``(mode, chunk)``.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
            >>> list(graph.stream({}, stream_mode="updates"))
            [{'a': {'x': 1}}]
        """
        __tracebackhide__ = True
        host, request, view = self._bind_stream(input, config, subgraphs, options)
        for namespace, event in drive_sync(run(host.plan, request), host):
            yield from view.chunks(namespace, event)

    async def astream(  # type: ignore[override]
        self, input: Any, config: Config | None = None, *, subgraphs: bool = False, **options: Unpack[RunOptions]
    ) -> AsyncIterator[Any]:
        """``stream``, to be iterated with ``async for``."""
        __tracebackhide__ = True
        host, request, view = self._bind_stream(input, config, subgraphs, options)
        async with aclosing(AsyncDriver(host).drive(run(host.plan, request))) as events:
            async for namespace, event in events:
                for chunk in view.chunks(namespace, event):
                    yield chunk

    def events(
        self, input: Any, config: Config | None = None, *, messages: bool = True, **options: Unpack[RunOptions]
    ) -> Iterator[tuple[Namespace, Event]]:
        """Run the graph and yield its events (``langgraph_nb.pregel.events``), each with the namespace it is from.

        Args:
            input: As for ``invoke``.
            config: As for ``invoke``.
            messages: Whether to listen to models, which needs langchain-core.
            options: See :class:`RunOptions`.
        """
        __tracebackhide__ = True
        watch = EVERYTHING if messages else EVERYTHING - {MessageChunk}
        host, request = self._bind(input, config, watch, self.plan.stream_keys, options)
        host.inside = True
        yield from drive_sync(run(host.plan, request), host)

    async def aevents(
        self, input: Any, config: Config | None = None, *, messages: bool = True, **options: Unpack[RunOptions]
    ) -> AsyncIterator[tuple[Namespace, Event]]:
        """``events``, to be iterated with ``async for``."""
        __tracebackhide__ = True
        watch = EVERYTHING if messages else EVERYTHING - {MessageChunk}
        host, request = self._bind(input, config, watch, self.plan.stream_keys, options)
        host.inside = True
        async with aclosing(AsyncDriver(host).drive(run(host.plan, request))) as events:
            async for item in events:
                yield item

    def step(self, input: Any, config: Config | None = None, **options: Unpack[RunOptions]) -> SteppedRun:
        """Run the graph one command at a time (``langgraph_nb.pregel.drive_step``)."""
        host, request = self._bind(input, config, EVERYTHING - {MessageChunk}, self.plan.output_keys, options)
        return drive_step(run(host.plan, request), host)

    # -- threads ------------------------------------------------------------------------------------------------------

    def get_state(self, config: Config) -> StateSnapshot:
        """The state of a thread: its latest, or at the checkpoint that the config names.

        Raises:
            ValueError: Without a checkpointer, or without a thread in the config.
        """
        host, request = self._bind_thread(config)
        return drain(drive_sync(get_snapshot(self.plan, request, config), host))

    async def aget_state(self, config: Config) -> StateSnapshot:
        """``get_state``, awaited."""
        host, request = self._bind_thread(config)
        return await adrain(get_snapshot(self.plan, request, config), host)

    def get_state_history(
        self,
        config: Config,
        *,
        filter: dict[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """The states of a thread, the latest first.

        Args:
            config: Names the thread.
            filter: What the checkpoints' metadata must have, key by key.
            before: Only those older than the checkpoint that it names.
            limit: At most this many.
        """
        host, request = self._bind_thread(config)
        for saved in host.saver.list({"configurable": request.address}, filter=filter, before=before, limit=limit):
            yield snapshot_of(self.plan, saved)

    async def aget_state_history(
        self,
        config: Config,
        *,
        filter: dict[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """``get_state_history``, to be iterated with ``async for``."""
        host, request = self._bind_thread(config)
        found = host.saver.alist({"configurable": request.address}, filter=filter, before=before, limit=limit)
        async for saved in found:
            yield snapshot_of(self.plan, saved)

    def update_state(self, config: Config, values: Any, as_node: str | None = None) -> Config:
        """Write to a thread as if a node had; what that node leads to runs next.

        Args:
            config: Names the thread, and a checkpoint to fork from if not the latest.
            values: What to write, through the reducers.
            as_node: The node that it is to come from; by default the one that ran last. ``END`` leaves nothing to run.

        Returns:
            The config of the checkpoint that was made.

        Raises:
            InvalidUpdateError: When the node is unknown, or needed and not given.
        """
        __tracebackhide__ = True
        return self.bulk_update_state(config, [[StateUpdate(values, as_node)]])

    async def aupdate_state(self, config: Config, values: Any, as_node: str | None = None) -> Config:
        """``update_state``, awaited."""
        return await self.abulk_update_state(config, [[StateUpdate(values, as_node)]])

    def bulk_update_state(self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]) -> Config:
        """Several updates: those of one superstep are applied together, each superstep makes a checkpoint."""
        __tracebackhide__ = True
        host, request = self._bind_thread(config, writing=True)
        return drain(drive_sync(update(host.plan, request, supersteps), host))

    async def abulk_update_state(self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]) -> Config:
        """``bulk_update_state``, awaited."""
        host, request = self._bind_thread(config, writing=True)
        return await adrain(update(host.plan, request, supersteps), host)

    # -- binding ------------------------------------------------------------------------------------------------------

    def _bind(
        self, input: Any, config: Config | None, watch: frozenset[type], keys: Keys, options: RunOptions
    ) -> tuple[Host, Request]:
        """The surroundings and the request of a run."""
        parent = enclosing(config)
        host = self._host(merged(self.config, config), options, parent)
        host.watch = watch
        if isinstance(input, Command) and input.resume is not None:
            if host.saver is None:
                raise RuntimeError("Cannot use Command(resume=...) without checkpointer")
            host.resume = input.resume
        if parent is not None:
            listen_above(host, parent, self.plan.stream_keys)
        if MessageChunk in host.watch and host.returned is None:
            listen_to_models(host)
        saver = host.saver
        request = Request(
            input=input,
            address=address_of(host.config, host.namespace) if saver is not None else None,
            output_keys=self._keys(options.get("output_keys"), keys),
            watch=host.watch,
            durability=host.durability,  # type: ignore[arg-type]
            recursion_limit=recursion_limit(host.config),
            interrupt_before=breakpoints(options.get("interrupt_before"), self.interrupt_before_nodes),
            interrupt_after=breakpoints(options.get("interrupt_after"), self.interrupt_after_nodes),
            metadata=stored_metadata(host.config) if saver is not None else {},
            resume=host.resume,
            nested=parent is not None,
            seed=f"{_process}-{next(_runs)}",
            next_version=saver.get_next_version if saver is not None else count_up,
        )
        return host, request

    def _host(self, config: Config, options: RunOptions, parent: Scope | None) -> Host:
        """Saver, store and context of a run: its own, or those of the graph around it."""
        durability = durability_of(options, parent)
        context = typed_context(options.get("context"), self.context_schema)
        if parent is None:
            if self.checkpointer is True:
                raise RuntimeError("checkpointer=True cannot be used for root graphs. Give them a saver.")
            return Host(
                self.plan, merged(ambient(config), config), context, self.store, self.checkpointer or None, durability
            )
        outer = parent.host
        return Host(
            self.plan,
            merged(ambient(None) or parent.config, config),
            outer.context if context is None else context,
            outer.store if self.store is None else self.store,
            outer.saver if self.checkpointer in (None, True) else self.checkpointer or None,
            durability,
            namespace_in(parent, self.checkpointer),
            outer.resume,
        )

    def _bind_stream(
        self, input: Any, config: Config | None, subgraphs: bool, options: RunOptions
    ) -> tuple[Host, Request, _View]:
        """The surroundings and the request of a run that is watched, and what is shown of it."""
        asked = options.get("stream_mode")
        modes = self.stream_mode if asked is None else asked
        named = (modes,) if isinstance(modes, str) else tuple(modes)
        check_modes(named)
        watch: frozenset[type] = frozenset().union(*(NEEDS[mode] for mode in named))
        host, request = self._bind(input, config, watch, self.plan.stream_keys, options)
        host.inside = subgraphs or host.inside
        host.keys.setdefault(host.namespace, request.output_keys)
        return host, request, _View(named, not isinstance(modes, str), subgraphs, host.keys)

    def _bind_thread(self, config: Config, writing: bool = False) -> tuple[Host, Request]:
        """The surroundings of a look at a thread, or of a change to it."""
        saver = self.checkpointer or None
        if saver is None:
            raise ValueError("No checkpointer set. Compile the graph with one: builder.compile(checkpointer=...).")
        config = merged(self.config, config)
        plan = writers_only(self.plan) if writing else self.plan
        request = Request(
            input=None,
            address=address_of(config),
            output_keys=self.plan.stream_keys,
            durability="sync",
            metadata=stored_metadata(config),
            next_version=saver.get_next_version,
        )
        return Host(plan, config, None, self.store, saver, "sync"), request

    def _keys(self, asked: str | Sequence[str] | None, default: Keys) -> Keys:
        if asked is None:
            return default
        for key in (asked,) if isinstance(asked, str) else asked:
            if key not in self.plan.key_set:
                raise ValueError(f"Unknown output key {key!r}. {did_you_mean(key, self.plan.key_set)}")
        return asked if isinstance(asked, str) else tuple(asked)


class _View:
    """What one call of ``stream`` wants to see, and in which shape."""

    def __init__(self, modes: tuple[str, ...], several: bool, inside: bool, keys: dict[Namespace, Keys]) -> None:
        self.modes = modes
        self.several = several
        self.inside = inside
        self.keys = keys
        self.projections: dict[Namespace, list[tuple[str, Projection]]] = {}

    def chunks(self, namespace: Namespace, event: Event) -> Iterator[Any]:
        """What an event looks like to the caller."""
        if namespace not in self.projections:
            keys = self.keys[namespace]
            self.projections[namespace] = [(mode, projection(mode, keys)) for mode in self.modes]
        for mode, project in self.projections[namespace]:
            for chunk in project(event):
                if self.inside:
                    yield (namespace, mode, chunk) if self.several else (namespace, chunk)
                else:
                    yield (mode, chunk) if self.several else chunk


def drain(events: Generator[Any, None, T], host: Host | None = None) -> T:
    """Exhaust a driver and return its value. Only a graph around may still want its events."""
    __tracebackhide__ = True
    while True:
        try:
            item = next(events)
            if host is not None:
                tell_above(host, item)
        except StopIteration as stop:
            value: T = stop.value
            return value


async def adrain(commands: Generator[Any, Any, T], host: Host) -> T:
    """Perform commands on the running loop and return their value."""
    __tracebackhide__ = True
    driver = AsyncDriver(host)
    if host.inside:
        async with aclosing(driver.drive(commands)) as events:
            async for item in events:
                tell_above(host, item)
    else:
        while await driver.until_event(commands) is not None:
            pass  # there is nobody to show it to
    value: T = driver.outcome
    return value


def result_of(outcome: Outcome, nested: bool) -> Any:
    """What ``invoke`` returns; in a node of another graph, questions are asked there."""
    if nested:
        ask_above(outcome)
    if not outcome.interrupts:
        return outcome.values
    values = outcome.values if isinstance(outcome.values, dict) else {}
    return {**values, INTERRUPT: list(outcome.interrupts)}
