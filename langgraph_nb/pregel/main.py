"""Pregel: the public methods of a compiled graph. Each binds defaults, picks a driver, and projects what comes.

Frames from here down to a node set ``__tracebackhide__``: IPython and pytest leave them out, so that a traceback shows
the line that called the graph and the line of the node.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, Unpack

from langgraph_nb.cache.base import BaseCache
from langgraph_nb.constants import STRICT_RESUME
from langgraph_nb.pregel.actors import ChannelWriteEntry, NodeBuilder
from langgraph_nb.pregel.audience import connect, listen_to_models, listen_to_tools, reported_keys, source_of, view_of
from langgraph_nb.pregel.binding import (
    Config,
    RunOptions,
    ambient,
    breakpoints,
    check_concurrency,
    claim_for,
    durability_of,
    merged,
    recursion_limit,
    run_address,
    stored_metadata,
    typed_context,
    whole,
    with_old_options,
)
from langgraph_nb.pregel.caching import namespaces_of
from langgraph_nb.pregel.callbacks import commands_of, observed
from langgraph_nb.pregel.drawn import Drawn
from langgraph_nb.pregel.drive_async import AsyncDriver
from langgraph_nb.pregel.drive_step import SteppedRun, drive_step
from langgraph_nb.pregel.drive_sync import drive_sync
from langgraph_nb.pregel.event_runs import EventRuns
from langgraph_nb.pregel.events import (
    CustomData,
    Event,
    MessageChunk,
    RunFinished,
    StepFinished,
    StepStarted,
    TaskCalled,
    TaskFinished,
    ToolProgress,
)
from langgraph_nb.pregel.host import Gate, Host, Listener, Namespace
from langgraph_nb.pregel.lifecycle import WATCHED, has_graph_handlers
from langgraph_nb.pregel.nested import (
    also_above,
    begins_inside,
    called_by_a_node,
    enclosing,
    listen_above,
    named_places,
    namespace_in,
    share_fate,
    tell_above,
)
from langgraph_nb.pregel.plan import Keys
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.results import adrain, drain, result_of
from langgraph_nb.pregel.state import count_up
from langgraph_nb.pregel.threads import ROOT_REMEMBERS, Threads
from langgraph_nb.pregel.transactions import check_transactions
from langgraph_nb.runtime import RunControl
from langgraph_nb.stream.view import View
from langgraph_nb.types import All, Command, Durability, StreamMode
from langgraph_nb.typing import ContextT, InputT, OutputT, StateT

if TYPE_CHECKING:
    from langgraph_nb.pregel.call import Scope

__all__ = ["ChannelWriteEntry", "NodeBuilder", "Pregel"]

EVERYTHING: frozenset[type] = frozenset(
    (StepStarted, TaskCalled, TaskFinished, StepFinished, CustomData, MessageChunk, RunFinished)
)
_NO_EVENTS: frozenset[type] = frozenset()

_process = secrets.token_hex(6)
_runs = itertools.count()


class Pregel(Threads, Drawn, EventRuns, Generic[StateT, ContextT, InputT, OutputT]):
    """A graph that runs: actors that read from channels and write to them, superstep by superstep.

    ``StateGraph.compile`` makes one of a state and functions of it; made directly, it is put together from channels
    and from the actors that ``NodeBuilder`` builds. Where a method has a name with ``a`` before it, it is awaited.

    Args:
        nodes: The actors by name.
        channels: Channels by name, and managed values.
        auto_validate: Whether to check at once that all names are there.
        stream_mode: What ``stream`` yields when it is not told.
        stream_eager: Whether streams show at once what tasks tell that a node calls, as custom data and tokens always
            are; otherwise it is shown when the node ends.
        output_channels: What ``invoke`` returns: the value of one channel, or a dict of several.
        stream_channels: What streams and snapshots show; by default all channels.
        interrupt_after_nodes: Pause after these nodes; ``"*"`` is every one.
        interrupt_before_nodes: Pause before them.
        input_channels: Where input goes: to one channel, or to several as a dict.
        step_timeout: Seconds that a superstep may take.
        debug: Whether to print what happens.
        checkpointer: A saver, for threads that can be paused, resumed and looked back at.
        store: Memory across threads, given to nodes.
        cache: Keeps results of nodes.
        retry_policy: When to run a node again after a failure, where it does not say so itself.
        cache_policy: How long results are kept, where a node does not say so itself.
        context_schema: The type of ``Runtime.context``.
        config: What every run's config starts from.
        trigger_to_nodes: Channel -> nodes; worked out from the nodes.
        node_error_handler_map: Node -> the node that runs in its place, with its input, when it has failed for good.
        name: Its name.
        stream_transformers: What event streams are made into: classes of ``StreamTransformer``, or functions that make
            one for a namespace.
        migrations: What was done to it since threads of it were stored, the oldest first.
        old: ``config_type``, which ``context_schema`` was called once; it warns.

    Raises:
        ValueError: When a name is missing or reserved.
        TypeError: For a node that is no actor, or a checkpointer that is none.

    Example:
        >>> from langgraph_nb.channels import EphemeralValue, LastValue
        >>> from langgraph_nb.pregel import NodeBuilder
        >>> node = NodeBuilder().subscribe_only("a").do(lambda a: a + a).write_to("b")
        >>> graph = Pregel(
        ...     nodes={"double": node}, channels={"a": EphemeralValue(str), "b": LastValue(str)},
        ...     input_channels="a", output_channels="b",
        ... )
        >>> graph.invoke("x")
        'xx'
    """

    @property
    def name(self) -> str:
        """The graph's name."""
        return self.plan.name

    @name.setter
    def name(self, name: str) -> None:
        self.plan = replace(self.plan, name=name)

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

    def copy(self, update: dict[str, Any] | None = None, **changes: Any) -> Self:
        """The same graph with some attributes changed."""
        new = object.__new__(type(self))
        changes = {**(update or {}), **changes}
        name = changes.pop("name", self.name)
        new.__dict__.update(self.__dict__, **changes)
        if name != new.name:
            new.name = name
        return new

    def with_config(self, config: dict[str, Any] | None = None, **kwargs: Any) -> Self:  # type: ignore[override]
        """The same graph with a config that every run starts from."""
        return self.copy(config=merged(merged(self.config, whole(config)), whole(kwargs)))

    # -- running ------------------------------------------------------------------------------------------------------

    def invoke(  # type: ignore[override]
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: StreamMode | Sequence[StreamMode] = "values",
        print_mode: StreamMode | Sequence[StreamMode] = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        durability: Durability | None = None,
        control: RunControl | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> Any:
        """Run the graph to its end, or until it pauses.

        Args:
            input: New input for the state; ``None`` or a ``Command`` to go on with a thread.
            config: LangChain's ``RunnableConfig``: ``configurable.thread_id``, ``recursion_limit``, callbacks, tags, …
            context: What nodes find in ``Runtime.context``.
            stream_mode: With another than ``"values"``, the list of what ``stream`` would yield is returned.
            print_mode: Print these stream modes on the way, whatever is returned.
            output_keys: Only these channels; by default those of the output schema.
            interrupt_before: Pause before these nodes, ``"*"`` is every one; by default as compiled.
            interrupt_after: Pause after them.
            durability: When steps are stored: ``"sync"``, ``"async"`` (default) or ``"exit"``.
            control: Asks the run to stop, from outside.
            version: ``"v2"`` returns a ``GraphOutput``, and stream parts in the list.
            kwargs: What else ``stream`` takes.

        Returns:
            The state, with the pending questions under ``"__interrupt__"`` when it paused to ask. ``None`` when the run
            wrote nothing that it reports.

        Raises:
            EmptyInputError: When there is nothing to begin with.
            GraphRecursionError: When it does not stop in time.
            Exception: What a node raises.
        """
        __tracebackhide__ = True
        options: RunOptions = {
            "context": context, "print_mode": print_mode, "output_keys": output_keys,
            "interrupt_before": interrupt_before, "interrupt_after": interrupt_after, "durability": durability,
            "control": control, "version": version,
        }  # fmt: skip
        if stream_mode != "values":
            return list(self.stream(input, config, stream_mode=stream_mode, **self._streaming(options), **kwargs))
        host, request, view = self._bind_invoke(input, config, options, kwargs)
        outcome = drain(drive_sync(commands_of(host, request), host), host, view)
        return result_of(outcome, request.inside is not None, host.plan.make_output, version)

    async def ainvoke(  # type: ignore[override]
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: StreamMode | Sequence[StreamMode] = "values",
        print_mode: StreamMode | Sequence[StreamMode] = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        durability: Durability | None = None,
        control: RunControl | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> Any:
        """``invoke``, awaited."""
        __tracebackhide__ = True
        options: RunOptions = {
            "context": context, "print_mode": print_mode, "output_keys": output_keys,
            "interrupt_before": interrupt_before, "interrupt_after": interrupt_after, "durability": durability,
            "control": control, "version": version,
        }  # fmt: skip
        if stream_mode != "values":
            chunks = self.astream(input, config, stream_mode=stream_mode, **self._streaming(options), **kwargs)
            return [chunk async for chunk in chunks]
        host, request, view = self._bind_invoke(input, config, options, kwargs)
        outcome = await adrain(commands_of(host, request), host, view)
        return result_of(outcome, request.inside is not None, host.plan.make_output, version)

    def stream(  # type: ignore[override]
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: StreamMode | Sequence[StreamMode] | None = None,
        print_mode: StreamMode | Sequence[StreamMode] = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        durability: Durability | None = None,
        control: RunControl | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Run the graph and yield what happens, as it happens.

        Args:
            input: As for ``invoke``.
            config: As for ``invoke``.
            context: As for ``invoke``.
            stream_mode: One mode, or several; by default ``"updates"``, inside of a node ``"values"``.
            print_mode: Print these modes too.
            output_keys: Show only these channels.
            interrupt_before: As for ``invoke``.
            interrupt_after: As for ``invoke``.
            durability: As for ``invoke``.
            control: As for ``invoke``.
            subgraphs: Also yield what happens in graphs inside of nodes; each item then begins with its namespace.
            debug: Print updates and values.
            version: ``"v2"`` yields ``StreamPart`` dicts, whatever the modes.
            kwargs: Old options, which warn.

        Yields:
            For one mode its chunks; for several pairs ``(mode, chunk)``.

        Raises:
            ValueError: For an unknown mode or version.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
            >>> list(graph.stream({}, stream_mode="updates"))
            [{'a': {'x': 1}}]
        """
        __tracebackhide__ = True
        options: RunOptions = {
            "context": context, "print_mode": print_mode, "output_keys": output_keys,
            "interrupt_before": interrupt_before, "interrupt_after": interrupt_after, "durability": durability,
            "control": control, "debug": debug, "version": version,
        }  # fmt: skip
        host, request, view = self._bind_stream(input, config, stream_mode, subgraphs, options, kwargs)
        above, chunks = host.above, view.chunks
        for item in drive_sync(commands_of(host, request), host):
            if above is not None:
                tell_above(host, item)
            yield from chunks(*item)

    async def astream(  # type: ignore[override]
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: StreamMode | Sequence[StreamMode] | None = None,
        print_mode: StreamMode | Sequence[StreamMode] = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        durability: Durability | None = None,
        control: RunControl | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: Literal["v1", "v2"] = "v1",
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """``stream``, to be iterated with ``async for``."""
        __tracebackhide__ = True
        options: RunOptions = {
            "context": context, "print_mode": print_mode, "output_keys": output_keys,
            "interrupt_before": interrupt_before, "interrupt_after": interrupt_after, "durability": durability,
            "control": control, "debug": debug, "version": version,
        }  # fmt: skip
        host, request, view = self._bind_stream(input, config, stream_mode, subgraphs, options, kwargs)
        async with aclosing(AsyncDriver(host).drive(commands_of(host, request))) as events:
            above, chunks = host.above, view.chunks
            async for item in events:
                if above is not None:
                    tell_above(host, item)
                for chunk in chunks(*item):
                    yield chunk

    def events(
        self,
        input: Any,
        config: Config | None = None,
        *,
        messages: bool = True,
        gate: Gate | None = None,
        **options: Unpack[RunOptions],
    ) -> Iterator[tuple[Namespace, Event]]:
        """Run the graph and yield its events (``langgraph_nb.pregel.events``), each with the namespace it is from.

        Args:
            input: As for ``invoke``.
            config: As for ``invoke``.
            messages: Whether to listen to models and tools, which needs langchain-core.
            gate: Decides which tasks run (``langgraph_nb.stepping``).
            options: See :class:`RunOptions`.
        """
        __tracebackhide__ = True
        watch = EVERYTHING | {ToolProgress} if messages else EVERYTHING - {MessageChunk}
        host, request = self._bind(input, config, watch, self.plan.stream_keys, options, watched=True)
        host.inside, host.gate = True, gate
        if messages:
            listen_to_models(host)
            listen_to_tools(host)
        for item in drive_sync(commands_of(host, request), host):
            tell_above(host, item)
            yield item

    async def aevents(
        self,
        input: Any,
        config: Config | None = None,
        *,
        messages: bool = True,
        gate: Gate | None = None,
        hear: Listener | None = None,
        **options: Unpack[RunOptions],
    ) -> AsyncIterator[tuple[Namespace, Event]]:
        """``events``, to be iterated with ``async for``.

        Args:
            input: As for ``events``.
            config: As for ``events``.
            messages: As for ``events``.
            gate: As for ``events``.
            hear: Is called with what happens inside of tasks (tokens, custom data, graphs inside) when it does, in
                whatever thread; then it is not yielded. Of many tokens, each costs a tenth of what yielding it does.
            options: As for ``events``.
        """
        __tracebackhide__ = True
        watch = EVERYTHING | {ToolProgress} if messages else EVERYTHING - {MessageChunk}
        host, request = self._bind(input, config, watch, self.plan.stream_keys, options, watched=True)
        host.inside, host.gate = True, gate
        host.takes = hear and also_above(host, hear)
        if messages:
            listen_to_models(host)
            listen_to_tools(host)
        async with aclosing(AsyncDriver(host).drive(commands_of(host, request))) as events:
            async for item in events:
                tell_above(host, item)
                yield item

    def step(self, input: Any, config: Config | None = None, **options: Unpack[RunOptions]) -> SteppedRun:
        """Run the graph one command at a time (``langgraph_nb.pregel.drive_step``)."""
        host, request = self._bind(input, config, EVERYTHING - {MessageChunk}, self.plan.output_keys, options)
        return drive_step(commands_of(host, request), host)

    def clear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """Forget the cached results of these nodes, of all by default.

        Raises:
            ValueError: Without a cache, or for an unknown node.
        """
        self._cache().clear(namespaces_of(self.plan, nodes))

    async def aclear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """``clear_cache``, awaited."""
        await self._cache().aclear(namespaces_of(self.plan, nodes))

    def _cache(self) -> BaseCache[Any]:
        if self.cache is None:
            raise ValueError("No cache is set for this graph. Cannot clear cache.")
        return self.cache

    # -- binding ------------------------------------------------------------------------------------------------------

    def _bind(
        self,
        input: Any,
        config: Config | None,
        watch: frozenset[type],
        keys: Keys,
        options: RunOptions,
        watched: bool = False,
    ) -> tuple[Host, Request]:
        """The surroundings and the request of a run. ``watched`` is one whose events the caller is given."""
        config = whole(config)
        parent = enclosing(config)
        host = self._host(merged(self.config, config) if self.config else config, options, parent)
        host.watch = watch
        host.observed = observed(host.config)
        check_concurrency(host.config)
        if isinstance(input, Command) and input.resume is not None and host.saver is None:
            raise RuntimeError("Cannot use Command(resume=...) without checkpointer")
        saver, inside, named = host.saver, None, None
        if self.plan.transactional:
            check_transactions(self.plan.nodes.values(), saver, host.durability)
        output_keys = reported_keys(self.plan, options.get("output_keys"), keys)
        if parent is not None:
            inside, named = begins_inside(parent, host, self.checkpointer is True)
            if parent.host.inside:
                listen_above(host, parent, source_of(host, output_keys), watched)
        if host.observed and has_graph_handlers(host.config.get("callbacks")):
            host.watch |= WATCHED
        host.cache, host.step_timeout, host.eager = self.cache, self.step_timeout, self.stream_eager
        if (control := options.get("control")) is not None:
            host.controls.append(control)
        if parent is not None:
            share_fate(host, parent, control)
        request = Request(
            input=input,
            address=run_address(host, named) if saver is not None else None,
            output_keys=output_keys,
            watch=host.watch,
            durability=host.durability,  # type: ignore[arg-type]
            recursion_limit=recursion_limit(host.config),
            interrupt_before=breakpoints(options.get("interrupt_before"), self.interrupt_before_nodes),
            interrupt_after=breakpoints(options.get("interrupt_after"), self.interrupt_after_nodes),
            metadata=stored_metadata(host.config, saver) if saver is not None else {},
            parents=host.parents,
            strict=parent is None and bool(host.config.get("configurable", {}).get(STRICT_RESUME)),
            inside=inside,
            seed=f"{_process}-{next(_runs)}",
            caches=self.cache is not None and any(node.cache is not None for node in self.plan.nodes.values()),
            claims=parent is None and host.claim is not None,
            drainable=bool(host.controls),
            next_version=saver.get_next_version if saver is not None else count_up,
            by_step=getattr(saver, "takes_steps", False),
        )
        return host, request

    def _host(self, config: Config | None, options: RunOptions, parent: Scope | None) -> Host:
        """Saver, store and context of a run: its own, or those of the graph around it."""
        durability = durability_of(options, parent)
        context = typed_context(options.get("context"), self.context_schema)
        if parent is None:
            if self.checkpointer is True:
                raise RuntimeError(ROOT_REMEMBERS)
            config = merged(ambient(config), config)
            host = Host(self.plan, config, context, self.store, self.checkpointer or None, durability)
            host.travel = named_places(config)
            host.claim = claim_for(host.saver, config)
            return host
        outer = parent.host
        saver = outer.saver if self.checkpointer in (None, True) else self.checkpointer or None
        return Host(
            self.plan,
            merged(ambient(None) or parent.config, config),
            outer.context if context is None else context,
            self.store if outer.store is None else outer.store,
            saver,
            durability,
            namespace_in(parent, self.checkpointer),
            parents=parent.parents,
            stamp=outer.stamp,
            random=outer.random,
            claim=outer.claim if saver is outer.saver else None,
            around=parent,
            drives=outer.drives,
            gate=outer.gate,
        )

    def _bind_invoke(
        self, input: Any, config: Config | None, options: RunOptions, given: dict[str, Any]
    ) -> tuple[Host, Request, View | None]:
        """The surroundings and the request of a run, and what is printed of it."""
        view, inside = None, False
        if given:
            inside = given.pop("subgraphs", False)
            options["debug"] = given.pop("debug", None)
            options = with_old_options(options, given)
        if options["version"] != "v1" or options["print_mode"] or options.get("debug") or self.debug:
            view = view_of((), options, self.debug, inside)
        host, request = self._bind(input, config, view.needs if view else _NO_EVENTS, self.plan.output_keys, options)
        if view is not None:
            connect(view, host, request)
        return host, request, view

    def _bind_stream(
        self,
        input: Any,
        config: Config | None,
        asked: StreamMode | Sequence[StreamMode] | None,
        subgraphs: bool,
        options: RunOptions,
        given: dict[str, Any],
    ) -> tuple[Host, Request, View]:
        """The surroundings and the request of a run that is watched, and what is shown of it."""
        if given:
            options = with_old_options(options, given)
        if asked is None:
            asked = "values" if called_by_a_node(config) else self.stream_mode
        view = view_of(asked, options, self.debug, subgraphs)
        host, request = self._bind(input, config, view.needs, self.plan.stream_keys, options, watched=True)
        connect(view, host, request)
        return host, request, view

    def _streaming(self, options: RunOptions) -> RunOptions:
        """What ``invoke`` was told, for ``stream``."""
        if options["output_keys"] is None:
            options["output_keys"] = self.plan.output_keys
        return options

