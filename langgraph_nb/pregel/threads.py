"""The methods of a compiled graph that look at its threads and change them, also of graphs inside of its nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from langgraph_nb.checkpoint.blame import refuses
from langgraph_nb.graph.inside import graph_of
from langgraph_nb.pregel.binding import Config, address_of, claim_for, merged, stored_metadata, typed_context, whole
from langgraph_nb.pregel.drive_sync import drive_sync
from langgraph_nb.pregel.histories import History, ReplayCheck, histories, host_plan, joined
from langgraph_nb.pregel.host import Host
from langgraph_nb.pregel.inner import graph_at, graphs_in, kept_in, node_path
from langgraph_nb.pregel.nested import enclosing
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.replayed import replayed
from langgraph_nb.pregel.request import Request
from langgraph_nb.pregel.results import adrain, drain
from langgraph_nb.pregel.snapshots import get_snapshot, past_snapshot, snapshot_of
from langgraph_nb.pregel.statuses import get_status
from langgraph_nb.pregel.updates import update, writers_only
from langgraph_nb.types import StateSnapshot, StateUpdate, ThreadStatus

ROOT_REMEMBERS = "checkpointer=True cannot be used for root graphs."


class Threads:
    """What ``Pregel`` offers about threads. Where a method has a name with ``a`` before it, that one is awaited."""

    plan: Plan
    checkpointer: Any
    store: Any
    config: Config | None
    context_schema: Any

    @cached_property
    def inner_graphs(self) -> Mapping[str, Any]:
        """Node -> the graph that it runs, of the nodes whose code shows one that keeps its state."""
        found = ((name, graph_of(node.call, *node.then)) for name, node in self.plan.nodes.items())
        return {name: graph for name, graph in found if graph is not None}

    def get_subgraphs(self, *, namespace: str | None = None, recurse: bool = False) -> Iterator[tuple[str, Any]]:
        """The graphs that nodes run, each with the nodes that lead to it: ``"outer|inner"``.

        Args:
            namespace: Only the one with these nodes.
            recurse: Also those inside of graphs.

        Example:
            >>> from langgraph_nb.graph import START, StateGraph
            >>> inner = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a").compile(name="inner")
            >>> graph = StateGraph(dict).add_node("b", inner).add_edge(START, "b").compile()
            >>> [(path, graph.name) for path, graph in graph.get_subgraphs()]
            [('b', 'inner')]
        """
        yield from graphs_in(self, namespace, recurse)

    async def aget_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> AsyncIterator[tuple[str, Any]]:
        """``get_subgraphs``, to be iterated with ``async for``."""
        for found in graphs_in(self, namespace, recurse):
            yield found

    # -- looking ------------------------------------------------------------------------------------------------------

    def get_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """The state of a thread: its latest, or at the checkpoint that the config names.

        Args:
            config: Names the thread; with a ``checkpoint_ns``, a graph inside of a node.
            subgraphs: Whether tasks that run a graph show its state, and not only where it is stored.

        Raises:
            ValueError: Without a checkpointer, or without a thread in the config.
        """
        graph, host, request = self._bind_thread(config)
        return drain(drive_sync(get_snapshot(graph, request, host.config, subgraphs), host))

    async def aget_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """``get_state``, awaited."""
        graph, host, request = self._bind_thread(config)
        return await adrain(get_snapshot(graph, request, host.config, subgraphs), host)

    def get_status(self, config: Config) -> ThreadStatus | None:
        """How a thread stands.

        ``"running"`` while a run, or an update, writes to it; ``"interrupted"`` when it waits to be gone on with: for
        an answer, at a breakpoint, after Ctrl-C, after an update; ``"failed"`` when its last run raised an error;
        ``"crashed"`` when that run's process died, or nobody is left who could go on with it; ``"finished"`` when
        nothing is left to run. All but a finished one can be gone on with: ``invoke(None, config)``.

        Savers that were not written for this engine do not know who runs a thread: there it is never running or
        crashed.

        Args:
            config: Names the thread.

        Returns:
            ``None`` if nothing is known of the thread.

        Raises:
            ValueError: Without a checkpointer, or without a thread in the config.

        Example:
            >>> from langgraph_nb.checkpoint.memory import InMemorySaver
            >>> from langgraph_nb.graph import START, StateGraph
            >>> builder = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a")
            >>> graph, config = builder.compile(InMemorySaver()), {"configurable": {"thread_id": "1"}}
            >>> graph.get_status(config) is None
            True
            >>> graph.invoke({}, config)
            {'x': 1}
            >>> graph.get_status(config)
            'finished'
        """
        host, request = self._bind_status(config)
        return drain(drive_sync(get_status(self, request, host.config), host))

    async def aget_status(self, config: Config) -> ThreadStatus | None:
        """``get_status``, awaited."""
        host, request = self._bind_status(config)
        return await adrain(get_status(self, request, host.config), host)

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
            config: Names the thread; with a ``checkpoint_ns``, a graph inside of a node.
            filter: What the checkpoints' metadata must have, key by key.
            before: Only those older than the checkpoint that it names.
            limit: At most this many.
        """
        graph, host, request = self._bind_thread(config)
        found = host.saver.list({"configurable": request.address}, filter=filter, before=before, limit=limit)
        if graph.plan.folding or graph.plan.migrations:  # all first: a saver may not let itself be asked while it lists
            for saved in list(found):
                yield drain(drive_sync(past_snapshot(graph, saved), host))
        else:
            yield from (snapshot_of(graph, saved) for saved in found)

    async def aget_state_history(
        self,
        config: Config,
        *,
        filter: dict[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """``get_state_history``, to be iterated with ``async for``."""
        graph, host, request = self._bind_thread(config)
        found = host.saver.alist({"configurable": request.address}, filter=filter, before=before, limit=limit)
        if graph.plan.folding or graph.plan.migrations:
            for saved in [saved async for saved in found]:
                yield await adrain(past_snapshot(graph, saved), host)
            return
        async for saved in found:
            yield snapshot_of(graph, saved)

    # -- changing -----------------------------------------------------------------------------------------------------

    def update_state(
        self, config: Config, values: Any, as_node: str | None = None, task_id: str | None = None
    ) -> Config:
        """Write to a thread as if a node had; what that node leads to runs next.

        Args:
            config: Names the thread, and a checkpoint to fork from if not the latest; with a ``checkpoint_ns``, a graph
                inside of a node.
            values: What to write, through the reducers.
            as_node: The node that it is to come from; by default the one that ran last. ``END`` leaves nothing to run.
            task_id: The task that history is to show it as the result of; by default the node's next one.

        Returns:
            The config of the checkpoint that was made.

        Raises:
            InvalidUpdateError: When the node is unknown, or needed and not given.
        """
        __tracebackhide__ = True
        return self.bulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    async def aupdate_state(
        self, config: Config, values: Any, as_node: str | None = None, task_id: str | None = None
    ) -> Config:
        """``update_state``, awaited."""
        return await self.abulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    def bulk_update_state(self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]) -> Config:
        """Several updates: those of one superstep are applied together, each superstep makes a checkpoint.

        Raises:
            InvalidUpdateError: As ``update_state``.
            ValueError: When there is nothing to do, or the config names no graph inside.
        """
        __tracebackhide__ = True
        graph, host, request = self._bind_update(config, supersteps)
        result: Config = drain(drive_sync(host.follow(update(graph.plan, request, supersteps)), host))
        return result

    async def abulk_update_state(self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]) -> Config:
        """``bulk_update_state``, awaited."""
        graph, host, request = self._bind_update(config, supersteps)
        result: Config = await adrain(host.follow(update(graph.plan, request, supersteps)), host)
        return result

    # -- checking ------------------------------------------------------------------------------------------------------

    def replay_check(self, config: Config, *, context: Any = None, run_nodes: bool = False) -> ReplayCheck:
        """Replay a thread's history against the graph as it is now. Nothing is stored.

        Each superstep is made again: which tasks run, where edges and routers lead, what reducers make of what was
        written. What nodes return is taken from the record.

        Args:
            config: Names the thread; with a ``checkpoint_ns``, a graph inside of a node. Otherwise graphs inside are
                checked too. What else it says is for routers and nodes.
            context: What routers and nodes find in ``Runtime.context``.
            run_nodes: Whether to call the nodes as well, with the state and the answers that they had, and to compare
                what they write. Graphs inside are checked by themselves.

        Returns:
            How many steps were made again, and the first that is not as recorded (``divergence``).

        Raises:
            ValueError: Without a checkpointer, without a thread in the config, or when nothing is stored of it.

        Example:
            >>> from typing import TypedDict
            >>> from langgraph_nb import START, InMemorySaver, StateGraph
            >>> class State(TypedDict):
            ...     n: int
            >>> def graph(entry, saver=InMemorySaver()):
            ...     builder = StateGraph(State).add_node("one", lambda state: {"n": 1})
            ...     return builder.add_node("two", lambda state: {}).add_edge(START, entry).compile(checkpointer=saver)
            >>> thread = {"configurable": {"thread_id": "1"}}
            >>> _ = graph("one").invoke({"n": 0}, thread)
            >>> print(graph("one").replay_check(thread))
            3 steps, 2 tasks: as recorded.
            >>> print(graph("two").replay_check(thread).divergence)
            Step 0: after '__start__', recorded is ('one',), today's code gives ('two',).
        """
        graph, host, request = self._bind_thread(config)
        found = drain(drive_sync(histories(graph, request), host))
        host.context = typed_context(context, self.context_schema)
        return joined([drain(drive_sync(replayed(h, run_nodes), _replaying(h, host, run_nodes))) for h in found])

    async def areplay_check(self, config: Config, *, context: Any = None, run_nodes: bool = False) -> ReplayCheck:
        """``replay_check``, awaited."""
        graph, host, request = self._bind_thread(config)
        found = await adrain(histories(graph, request), host)
        host.context = typed_context(context, self.context_schema)
        return joined([await adrain(replayed(h, run_nodes), _replaying(h, host, run_nodes)) for h in found])

    # -- binding ------------------------------------------------------------------------------------------------------

    def _bind_update(
        self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]
    ) -> tuple[Any, Host, Request]:
        config = whole(config) or {}
        saver = self._thread_saver(config)
        if not supersteps:
            raise ValueError("No supersteps provided. Give at least one, a list of updates.")
        if not all(supersteps):
            raise ValueError("No updates provided. Give each superstep at least one StateUpdate.")
        graph, host, request = self._bind_thread(config, saver)
        asked = host.config.get("configurable", {}).get("checkpoint_ns")
        if asked and graph is self and saver is self.checkpointer:
            raise ValueError(f"Subgraph {node_path(asked)} not found. get_subgraphs() tells which there are.")
        host.plan = writers_only(graph.plan)
        host.claim = claim_for(saver, host.config)
        return graph, host, replace(request, claims=host.claim is not None)

    def _bind_status(self, config: Config) -> tuple[Host, Request]:
        """The whole thread, whatever in it the config names."""
        config = whole(config) or {}
        configurable = config.get("configurable", {})
        rest = {key: value for key, value in configurable.items() if key not in ("checkpoint_ns", "checkpoint_id")}
        _, host, request = self._bind_thread({**config, "configurable": rest})
        return host, request

    def _bind_thread(self, config: Config, saver: Any = None) -> tuple[Any, Host, Request]:
        """The graph whose thread it is, and the surroundings of a look at it, or of a change to it."""
        config = whole(config) or {}
        saver = saver or self._thread_saver(config)
        config = merged(self.config, config)
        asked, graph = config.get("configurable", {}).get("checkpoint_ns"), self
        if asked and saver is self.checkpointer:  # not in a node that shows its own config
            graph = graph_at(self, node_path(asked)) or self
        address = address_of(config)
        if address["thread_id"] != config["configurable"]["thread_id"]:  # a number, a UUID
            config = merged(config, {"configurable": {"thread_id": address["thread_id"]}})
        address["checkpoint_ns"] = kept_in(graph, address["checkpoint_ns"])
        request = Request(
            input=None,
            address=address,
            output_keys=graph.plan.stream_keys,
            durability="sync",
            metadata=stored_metadata(config, saver),
            next_version=saver.get_next_version,
            refuses=partial(refuses, saver),
        )
        return graph, Host(graph.plan, config, None, self.store, saver, "sync"), request

    def _thread_saver(self, config: Config) -> Any:
        """The saver that threads are kept in: the graph's own, or in a node that runs it, that of the graph around."""
        if self.checkpointer in (None, True):
            scope = enclosing(config)
            if scope is not None and scope.host.saver is not None:
                return scope.host.saver
        if self.checkpointer is True:
            raise RuntimeError(ROOT_REMEMBERS)
        if self.checkpointer in (None, False):
            raise ValueError("No checkpointer set. Compile the graph with one: builder.compile(checkpointer=...).")
        return self.checkpointer


def _replaying(history: History, host: Host, run_nodes: bool) -> Host:
    """The surroundings of a replay: what it calls keeps nothing."""
    return Host(host_plan(history, run_nodes), host.config, host.context, host.store, None, "sync")
