"""What a graph is made of, as programs read it: its nodes, its channels, and the names of those that it shows.

Worked out from the plan when somebody asks; a graph that was put together by hand keeps what it was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from langgraph_nb.cache.base import BaseCache
from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.constants import DEFAULT_NAME
from langgraph_nb.managed.base import ManagedValueSpec
from langgraph_nb.migration import Migration
from langgraph_nb.pregel.actors import NodeBuilder, PregelNode
from langgraph_nb.pregel.begin import shown_keys
from langgraph_nb.pregel.callbacks import debugging
from langgraph_nb.pregel.compile_actors import Channels, actor_of, built, plan_of_actors, validate_actors, with_tasks
from langgraph_nb.pregel.migrated import with_migrations
from langgraph_nb.pregel.plan import Plan
from langgraph_nb.pregel.runnable import RunnableSurface
from langgraph_nb.types import All, CachePolicy, RetryPolicy, StreamMode, ensure_valid_checkpointer
from langgraph_nb.warnings import renamed


class Parts(RunnableSurface[Any, Any]):
    """Nodes and channels of a graph.

    Example:
        >>> from langgraph_nb.graph import START, StateGraph
        >>> graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
        >>> list(graph.nodes), graph.nodes["a"].invoke({}), graph.stream_channels_list
        (['__start__', 'a'], {'x': 1}, ['__root__'])
    """

    plan: Plan
    config: dict[str, Any] | None
    """What every run's config starts from."""
    stream_mode: StreamMode = "values"
    """What ``stream`` yields when it is not told."""
    context_schema: Any = None
    """The type of ``Runtime.context``."""
    stream_eager: bool = False
    """Whether to show what tasks emit before their step ends. It always is."""
    step_timeout: float | None = None
    cache: BaseCache[Any] | None = None
    retry_policy: Sequence[RetryPolicy] = ()
    cache_policy: Any = None
    debug: bool = False
    """Whether to print updates and values."""

    def __init__(
        self,
        *,
        nodes: Mapping[str, PregelNode | NodeBuilder],
        channels: Channels | None,
        auto_validate: bool = True,
        stream_mode: StreamMode = "values",
        stream_eager: bool = False,
        output_channels: str | Sequence[str],
        stream_channels: str | Sequence[str] | None = None,
        interrupt_after_nodes: All | Sequence[str] = (),
        interrupt_before_nodes: All | Sequence[str] = (),
        input_channels: str | Sequence[str],
        step_timeout: float | None = None,
        debug: bool | None = None,
        checkpointer: Any = None,
        store: Any = None,
        cache: BaseCache[Any] | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] = (),
        cache_policy: CachePolicy[Any] | None = None,
        context_schema: Any = None,
        config: dict[str, Any] | None = None,
        trigger_to_nodes: Mapping[str, Sequence[str]] | None = None,
        node_error_handler_map: Mapping[str, str] | None = None,
        name: str = DEFAULT_NAME,
        stream_transformers: Sequence[Any] | None = None,
        migrations: Sequence[Migration] = (),
        **old: Any,
    ) -> None:
        if old:
            context_schema = context_schema or renamed(old, "Pregel()", "config_type").get("context_schema")
        self.nodes = built(nodes)
        self.channels = with_tasks(channels)
        self.input_channels, self.output_channels = input_channels, output_channels
        self.stream_channels = stream_channels
        self.interrupt_before_nodes, self.interrupt_after_nodes = interrupt_before_nodes, interrupt_after_nodes
        self.node_error_handler_map = dict(node_error_handler_map or {})
        if auto_validate:
            self.validate()
        self.retry_policy = (retry_policy,) if isinstance(retry_policy, RetryPolicy) else tuple(retry_policy)
        self.cache_policy, self.context_schema = cache_policy, context_schema
        self.stream_mode, self.step_timeout = stream_mode, step_timeout
        plan = plan_of_actors(
            name, self.nodes, self.channels, input_channels, output_channels, stream_channels, self.retry_policy,
            cache_policy, self.node_error_handler_map,
        )  # fmt: skip
        self._set_up(
            with_migrations(plan, migrations),
            checkpointer=ensure_valid_checkpointer(checkpointer),
            cache=cache,
            store=store,
            interrupt_before=interrupt_before_nodes,
            interrupt_after=interrupt_after_nodes,
            config=config,
            debug=debugging() if debug is None else debug,
            stream_eager=stream_eager,
            stream_transformers=stream_transformers,
        )

    @classmethod
    def of_plan(cls, plan: Plan, **surroundings: Any) -> Self:
        """The graph that runs a plan made by another compiler, with saver, store and the like."""
        graph = object.__new__(cls)
        graph._set_up(plan, **surroundings)
        return graph

    def _set_up(
        self,
        plan: Plan,
        *,
        checkpointer: Any = None,
        cache: BaseCache[Any] | None = None,
        store: Any = None,
        interrupt_before: All | Sequence[str] = (),
        interrupt_after: All | Sequence[str] = (),
        config: dict[str, Any] | None = None,
        debug: bool = False,
        stream_eager: bool = False,
        stream_transformers: Sequence[Any] | None = None,
    ) -> None:
        self.plan = plan
        self.checkpointer = checkpointer
        self.cache = cache
        self.store = store
        self.interrupt_before_nodes = interrupt_before
        self.interrupt_after_nodes = interrupt_after
        self.config = config
        self.debug = debug
        self.stream_eager = stream_eager
        self.stream_transformers = tuple(stream_transformers or ())

    def validate(self) -> Self:
        """Check that every name that is read, written or waited for is there.

        Raises:
            ValueError: With what is wrong.
            TypeError: For a node that is no actor.
        """
        pauses = (self.interrupt_after_nodes, self.interrupt_before_nodes)
        validate_actors(
            self.nodes, self.channels, self.input_channels, self.output_channels, self.stream_channels, pauses,
            self.node_error_handler_map,
        )
        return self

    @cached_property
    def nodes(self) -> dict[str, PregelNode]:
        """The nodes by name; each can be called by itself."""
        return {name: actor_of(node) for name, node in self.plan.nodes.items()}

    @cached_property
    def node_error_handler_map(self) -> Mapping[str, str]:
        """Node -> the node that runs in its place when it has failed for good."""
        handlers = {name: node.error_handler for name, node in self.plan.nodes.items()}
        return {name: handler for name, handler in handlers.items() if handler is not None}

    @cached_property
    def channels(self) -> dict[str, BaseChannel[Any, Any, Any] | ManagedValueSpec]:
        """The channels by name, empty, and the managed values."""
        return {**self.plan.channels, **dict(m for node in self.plan.nodes.values() for m in node.managed)}

    @cached_property
    def input_channels(self) -> str | Sequence[str]:
        """The channels that input is written to."""
        return shown_keys(self.plan.input_keys)

    @cached_property
    def output_channels(self) -> str | Sequence[str]:
        """The channels that ``invoke`` reports."""
        return shown_keys(self.plan.output_keys)

    @cached_property
    def stream_channels(self) -> str | Sequence[str] | None:
        """The channels that streams and snapshots show."""
        return shown_keys(self.plan.stream_keys)

    @property
    def stream_channels_asis(self) -> str | Sequence[str]:
        """The channels that streams show: one by its name, or a list."""
        return self.stream_channels or [k for k, c in self.channels.items() if isinstance(c, BaseChannel)]

    @property
    def stream_channels_list(self) -> Sequence[str]:
        """The channels that streams show, listed."""
        shown = self.stream_channels_asis
        return [shown] if isinstance(shown, str) else shown

    @property
    def trigger_to_nodes(self) -> Mapping[str, Sequence[str]]:
        """Channel -> the nodes that it makes run."""
        return {channel: list(names) for channel, names in self.plan.triggered_by.items()}
