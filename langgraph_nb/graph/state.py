"""StateGraph: what people write. It collects nodes and edges; ``compile`` makes a graph that runs.

It knows nothing of how a graph runs.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self

from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.channels.last_value import LastValue
from langgraph_nb.constants import DEFAULT_NAME, END, START
from langgraph_nb.declared import declare
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.callables import (
    CallSpec,
    call_spec,
    command_targets,
    first_parameter_type,
    inner_function,
    name_of,
    own_name,
    part_spec,
    router_name,
    router_targets,
)
from langgraph_nb.graph.policies import NO_POLICIES, NodePolicies, Timeout, handler_name, handler_spec, sync_hook
from langgraph_nb.graph.schema import Schema, read_schema
from langgraph_nb.graph.topology import Topology
from langgraph_nb.graph.validation import validate
from langgraph_nb.graph.view import topology_of
from langgraph_nb.managed.base import ManagedValueSpec
from langgraph_nb.migration import Migration
from langgraph_nb.records import record
from langgraph_nb.types import (
    All,
    CachePolicy,
    Checkpointer,
    RetryPolicy,
    TracePolicy,
    TransactionHook,
    ensure_valid_checkpointer,
)
from langgraph_nb.typing import ContextT, InputT, NodeInputT, OutputT, StateT
from langgraph_nb.warnings import renamed

if TYPE_CHECKING:
    from langgraph_nb.cache.base import BaseCache
    from langgraph_nb.graph.node import ErrorHandler, StateNode
    from langgraph_nb.pregel.compiled import CompiledStateGraph
    from langgraph_nb.store.base import BaseStore
    from langgraph_nb.stream.mux import TransformerFactory

__all__ = ["BranchSpec", "CompiledStateGraph", "NodeSpec", "StateGraph"]


@record
class NodeSpec:
    """A node as it was added.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_node("one", lambda state: {"n": 1}, metadata={"kind": "first"})
        >>> builder.nodes["one"].metadata
        {'kind': 'first'}
    """

    name: str
    code: Any
    """What the user gave."""
    call: CallSpec
    schema: Schema
    """What it reads."""
    ends: tuple[str, ...] | dict[str, str] = ()
    """Where it may go by ``Command``; for pictures only."""
    metadata: dict[str, Any] | None = None
    defer: bool = False
    policies: NodePolicies = NO_POLICIES
    is_error_handler: bool = False
    trace_policy: TracePolicy | None = None
    transaction: TransactionHook | None = None


@record
class BranchSpec:
    """A conditional edge as it was added.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State).add_conditional_edges(START, lambda state: state["n"] > 1, {True: "many"})
        >>> builder.branches[START]["condition"].ends
        {True: 'many'}
    """

    name: str
    call: CallSpec
    schema: Schema | None
    """What it says that it reads; otherwise it reads what its node does, and what that returned besides."""
    ends: dict[Hashable, str] | None
    """Result of the router -> node; ``None`` when the router names nodes itself."""
    named: tuple[str, ...] = ()
    """The nodes that its annotation names."""

    @property
    def drawn(self) -> dict[Hashable, str]:
        """As ``ends``, as far as it is known where it goes."""
        return self.ends or {name: name for name in self.named}


class StateGraph(Generic[StateT, ContextT, InputT, OutputT]):
    """A graph of nodes that read and write a shared state.

    Args:
        state_schema: A TypedDict, dataclass or Pydantic model. Each key becomes a channel; ``Annotated[T, reducer]``
            says how several writes are combined. Anything else annotates a state without keys.
        context_schema: The type of ``Runtime.context``.
        input_schema: What ``invoke`` takes, where it is not the state.
        output_schema: What ``invoke`` returns, where it is not the state.
        old: ``config_schema``, ``input`` and ``output``, which these were called once; they warn.

    Example:
        >>> from typing import TypedDict
        >>> class State(TypedDict):
        ...     n: int
        >>> builder = StateGraph(State)
        >>> graph = builder.add_node("double", lambda state: {"n": 2 * state["n"]}).add_edge(START, "double").compile()
        >>> graph.invoke({"n": 4})
        {'n': 8}
    """

    def __init__(
        self,
        state_schema: type[StateT],
        context_schema: type[ContextT] | None = None,
        *,
        input_schema: type[InputT] | None = None,
        output_schema: type[OutputT] | None = None,
        **old: Any,
    ) -> None:
        new = renamed(old, "StateGraph()", "config_schema", "input", "output") if old else old
        self.state_schema: Any = state_schema
        self.context_schema: Any = context_schema or new.get("context_schema")
        self.input_schema: Any = input_schema or new.get("input_schema") or state_schema
        self.output_schema: Any = output_schema or new.get("output_schema") or state_schema
        self.nodes: dict[str, NodeSpec] = {}
        self.edges: dict[tuple[str, str], None] = {}
        self.waiting_edges: dict[tuple[tuple[str, ...], str], None] = {}
        self.branches: defaultdict[str, dict[str, BranchSpec]] = defaultdict(dict)
        self.channels: dict[str, BaseChannel[Any, Any, Any]] = {}
        self.managed: dict[str, ManagedValueSpec] = {}
        self.compiled = False
        self.node_defaults = NO_POLICIES
        """What is done about nodes that do not say otherwise."""
        self._schemas: dict[int, Schema] = {}
        """What is known of each schema, by its identity; annotations cannot always be hashed."""
        self.schema(self.state_schema)
        for schema in (self.input_schema, self.output_schema):
            self._without_managed(schema)

    @property
    def schemas(self) -> dict[type, dict[str, Any]]:
        """The classes that its nodes read and write by -> key -> channel, or what the runtime fills in."""
        classes = [known for known in self._schemas.values() if isinstance(known.source, type)]
        return {known.source: {**known.channels, **known.managed} for known in classes}

    def schema(self, source: Any) -> Schema:
        """What a schema says; its channels join the graph."""
        known = self._schemas.get(id(source))
        if known is None:
            known = self._schemas[id(source)] = self._declare(read_schema(source))
            declare(source)
        return known

    def _without_managed(self, source: Any) -> None:
        if source is self.state_schema:
            return
        declare(source)
        if managed := read_schema(source).managed:
            raise ValueError(
                f"Invalid managed channels detected in {getattr(source, '__name__', '')}: {', '.join(managed)}."
                " Managed channels are not permitted in Input/Output schema."
            )
        self.schema(source)

    def _declare(self, schema: Schema) -> Schema:
        for key, channel in schema.channels.items():
            known = self.channels.setdefault(key, channel)
            if known != channel and not isinstance(channel, LastValue):  # without a reducer: reads the one there is
                raise ValueError(f"Channel '{key}' already exists with a different type")
        for key, managed in schema.managed.items():
            if self.managed.setdefault(key, managed) is not managed:
                raise ValueError(f"Managed value '{key}' already exists with a different type")
        return schema

    def add_node(
        self,
        node: str | StateNode[NodeInputT, ContextT],
        action: StateNode[NodeInputT, ContextT] | None = None,
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: type[NodeInputT] | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy[Any] | None = None,
        error_handler: ErrorHandler[Any, ContextT] | None = None,
        destinations: dict[str, str] | tuple[str, ...] | None = None,
        timeout: Timeout = None,
        trace_policy: TracePolicy | None = None,
        transaction: TransactionHook | None = None,
        **old: Any,
    ) -> Self:
        """Add a node, named by its first argument or by the function's name.

        Args:
            node: The name, or the code itself.
            action: A function of the state, a LangChain Runnable, or a compiled graph.
            defer: Run it only when nothing else is left to run.
            metadata: Shown in streams and traces.
            input_schema: What it reads, where that is not the state or its parameter's annotation.
            retry_policy: When to run it again after a failure; of several, the first that matches.
            cache_policy: How long its results are kept, and for which inputs they are taken again.
            error_handler: Called in its place when it has failed for good, with its state and, as a parameter
                ``error: NodeError``, with what it raised; returns an update or a ``Command``.
            destinations: Where it may go by ``Command``; drawn, nothing more.
            timeout: How long an attempt may take: seconds, a ``timedelta``, or a ``TimeoutPolicy``. Async nodes only.
            trace_policy: What tracers record of its input and output.
            transaction: Called with the checkpointer's database connection and what the node returned, inside of the
                transaction that stores the node's result: what it does there is committed exactly once, with the
                result, or not at all. It may be called again after a rollback, so it should do nothing else, and
                it leaves ending the transaction to the checkpointer. What it raises is the node's failure.
            old: ``retry`` and ``input``, which ``retry_policy`` and ``input_schema`` were called once; they warn.

        Returns:
            The builder itself.

        Raises:
            ValueError: For a name that is taken, reserved, or has a character that namespaces use.
            RuntimeError: For a name without code.
            TypeError: For a ``transaction`` that would have to be awaited.

        Example:
            >>> from typing import TypedDict
            >>> from langgraph_nb.checkpoint.sqlite import SqliteSaver
            >>> class State(TypedDict):
            ...     paid: int
            >>> def note(connection, update):
            ...     connection.execute("INSERT INTO payments VALUES (?)", (update["paid"],))
            >>> with SqliteSaver(":memory:") as saver:
            ...     _ = saver.conn.execute("CREATE TABLE payments (amount INTEGER)")
            ...     builder = StateGraph(State).add_node("pay", lambda state: {"paid": 5}, transaction=note)
            ...     graph = builder.add_edge(START, "pay").compile(saver)
            ...     _ = graph.invoke({"paid": 0}, {"configurable": {"thread_id": "1"}})
            ...     saver.conn.execute("SELECT amount FROM payments").fetchall()
            [(5,)]
        """
        if old:
            new = renamed(old, "add_node()", "retry", "input")
            retry_policy = retry_policy or new.get("retry_policy")
            input_schema = input_schema or new.get("input_schema")
        name, code = (node, action) if isinstance(node, str) else (name_of(node), node)
        if code is None:
            raise RuntimeError(f"Node `{name}` has no code. Give a function: add_node({name!r}, function).")
        self._check_name(name)
        self._warn_if_compiled("a node")
        declared = input_schema or first_parameter_type(code)
        schema = self.schema(declared if declared is not None else self.state_schema)
        ends = destinations if destinations is not None else command_targets(code)
        handler = None if error_handler is None else self._add_handler(name, error_handler, schema)
        policies = NodePolicies.of(retry_policy, cache_policy, handler, timeout)
        self.nodes[name] = NodeSpec(
            name, code, call_spec(code, name), schema, ends, metadata, defer, policies, trace_policy=trace_policy,
            transaction=sync_hook(transaction),
        )  # fmt: skip
        return self

    def _add_handler(self, node: str, code: Any, schema: Schema) -> str:
        name = handler_name(node)
        if name in self.nodes:
            raise ValueError(f"Auto-generated error handler node `{name}` already exists.")
        self.nodes[name] = handler_spec(name, code, schema)
        return name

    def set_node_defaults(
        self,
        *,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        cache_policy: CachePolicy[Any] | None = None,
        error_handler: ErrorHandler[Any, ContextT] | None = None,
        timeout: Timeout = None,
    ) -> Self:
        """Say what is done about every node of this graph that was not told otherwise, also about those added before.

        Graphs inside do not inherit it. Error handlers are retried and timed like other nodes, but neither cached nor
        handled.

        Args:
            retry_policy: As for ``add_node``, like the others.
            cache_policy: How long results are kept.
            error_handler: Called in the place of any node that has failed for good.
            timeout: How long an attempt may take.

        Example:
            >>> from typing import TypedDict
            >>> from langgraph_nb.errors import NodeError
            >>> class State(TypedDict):
            ...     answer: str
            >>> def fails(state):
            ...     raise ValueError("no idea")
            >>> def excuse(state, error: NodeError):
            ...     return {"answer": f"{error.node}: {error.error}"}
            >>> builder = StateGraph(State).set_node_defaults(error_handler=excuse)
            >>> builder.add_node(fails).add_edge(START, "fails").compile().invoke({"answer": ""})
            {'answer': 'fails: no idea'}
        """
        given = NodePolicies.of(retry_policy, cache_policy, error_handler, timeout)
        self.node_defaults = given.over(self.node_defaults)
        return self

    def _check_name(self, name: str) -> None:
        if name in self.nodes:
            raise ValueError(f"Node `{name}` already present.")
        if name in (START, END):
            raise ValueError(f"Node `{name}` is reserved.")
        for character in ("|", ":"):
            if character in name:
                raise ValueError(f"'{character}' is a reserved character and is not allowed in the node names.")

    def _warn_if_compiled(self, what: str) -> None:
        if self.compiled:
            warnings.warn(
                f"Adding {what} to a graph that has already been compiled. This will not be reflected in the "
                "compiled graph; compile it again.",
                stacklevel=3,
            )

    def add_edge(self, start_key: str | list[str], end_key: str) -> Self:
        """After ``start_key`` run ``end_key``; of a list, after all of them.

        Raises:
            ValueError: For an edge from ``END`` or to ``START``, or a join of nodes that are not there.
        """
        self._warn_if_compiled("an edge")
        starts = [start_key] if isinstance(start_key, str) else list(start_key)
        for start in starts:
            if start == END:
                raise ValueError("END cannot be a start node")
        if end_key == START:
            raise ValueError("START cannot be an end node")
        if isinstance(start_key, str):
            self.edges[start_key, end_key] = None
            return self
        for name in [*starts, end_key]:
            if name not in self.nodes and name != END:
                raise ValueError(f"Need to add_node `{name}` first. {did_you_mean(name, self.nodes)}")
        self.waiting_edges[tuple(starts), end_key] = None
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: Callable[..., Any] | Any,
        path_map: dict[Hashable, str] | list[str] | None = None,
    ) -> Self:
        """After ``source``, run what ``path`` says.

        Args:
            source: A node, or ``START``.
            path: Gets the state with ``source``'s writes in it; returns a node's name, ``END``, a ``Send``, or a list.
            path_map: What its results mean, where they are not names; a list only names the targets for the picture.
                Anything else is as if it were not given.

        Raises:
            ValueError: When ``source`` has a router of that name already.
        """
        self._warn_if_compiled("an edge")
        name, inner = router_name(path), inner_function(path)
        if name in self.branches[source]:
            raise ValueError(f"Branch with name `{name}` already exists for node `{source}`")
        named, alone = router_targets(inner)
        given = path_map if isinstance(path_map, (dict, list)) else None
        targets: Any = given or (named if alone else None)
        ends = targets if isinstance(targets, dict) or not targets else {name: name for name in targets}
        declared = first_parameter_type(inner)
        schema = None if declared is None else self.schema(declared)
        self.branches[source][name] = BranchSpec(name, part_spec(path, name), schema, ends or None, named)
        return self

    def add_sequence(
        self, nodes: Sequence[StateNode[Any, ContextT] | tuple[str, StateNode[Any, ContextT]]]
    ) -> Self:
        """Add nodes and an edge from each to the next; a tuple names its node.

        Raises:
            ValueError: For an empty sequence, or a name given twice.
        """
        if not nodes:
            raise ValueError("Sequence requires at least one node.")
        previous = None
        for node in nodes:
            name, code = node if isinstance(node, tuple) else (own_name(node), node)
            if name in self.nodes:
                raise ValueError(
                    f"Node names must be unique: node with the name '{name}' already exists. Name it yourself, by a "
                    "tuple (name, function), where two functions have one name."
                )
            self.add_node(name, code)
            if previous is not None:
                self.add_edge(previous, name)
            previous = name
        return self

    def set_entry_point(self, key: str) -> Self:
        """The same as ``add_edge(START, key)``."""
        return self.add_edge(START, key)

    def set_finish_point(self, key: str) -> Self:
        """The same as ``add_edge(key, END)``."""
        return self.add_edge(key, END)

    def set_conditional_entry_point(
        self, path: Callable[..., Any] | Any, path_map: dict[Hashable, str] | list[str] | None = None
    ) -> Self:
        """The same as ``add_conditional_edges(START, path, path_map)``."""
        return self.add_conditional_edges(START, path, path_map)

    def validate(self, interrupt: Sequence[str] | None = None) -> Self:
        """Check that every edge leads from a node to a node and that there is a way in.

        Args:
            interrupt: Names of nodes with breakpoints, which must exist.

        Raises:
            ValueError: With what is wrong.
        """
        validate(self, interrupt)
        self.compiled = True
        return self

    if not TYPE_CHECKING:  # checkers know which attributes there are

        def __getattr__(self, name: str) -> Any:
            """What only a compiled graph has is asked of its builder by mistake."""
            said = f"{type(self).__name__!r} object has no attribute {name!r}"
            if not name.startswith("_"):
                from langgraph_nb.pregel.compiled import CompiledStateGraph

                if hasattr(CompiledStateGraph, name):
                    said += ". Compile it first: graph = builder.compile()."
            raise AttributeError(said, name=name, obj=self)

    def compile(
        self,
        checkpointer: Checkpointer = None,
        *,
        cache: BaseCache[Any] | None = None,
        store: BaseStore | None = None,
        interrupt_before: All | list[str] | None = None,
        interrupt_after: All | list[str] | None = None,
        debug: bool = False,
        name: str | None = None,
        transformers: Sequence[TransformerFactory] | None = None,
        migrations: Sequence[Migration] = (),
    ) -> CompiledStateGraph[StateT, ContextT, InputT, OutputT]:
        """Make a graph that runs. The builder can be changed and compiled again.

        Args:
            checkpointer: A saver, for threads that can be paused, resumed and looked back at.
            cache: Keeps results of the nodes that have a cache policy.
            store: Memory across threads, given to nodes.
            interrupt_before: Pause before these nodes, or before every one with ``"*"``.
            interrupt_after: Pause after them.
            debug: Print the updates and values of every run.
            name: Its name; default ``"LangGraph"``.
            transformers: What its event streams are made into besides what they always are: classes of
                ``StreamTransformer``, or functions of a namespace that make one.
            migrations: What was done to it since threads of it were stored, the oldest first
                (:class:`~langgraph_nb.migration.Migration`).

        Raises:
            ValueError: When the graph is not complete, or a migration leads to a name that it does not have.
            TypeError: When the checkpointer is none, or breakpoints are no list.
        """
        ensure_valid_checkpointer(checkpointer)
        for pauses in (interrupt_before, interrupt_after):
            if isinstance(pauses, str) and pauses != "*":
                raise TypeError(f"Breakpoints are a list of names, or '*': write [{pauses!r}].")
        # the one door from the definition down to what runs it
        from langgraph_nb.pregel.compile import plan_of
        from langgraph_nb.pregel.compiled import CompiledStateGraph

        before = interrupt_before if interrupt_before is not None else []
        after = interrupt_after if interrupt_after is not None else []
        self.validate([*(before if before != "*" else []), *(after if after != "*" else [])])
        return CompiledStateGraph(
            plan_of(self, name or DEFAULT_NAME, migrations),
            builder=self,
            checkpointer=checkpointer,
            cache=cache,
            store=store,
            interrupt_before=before,
            interrupt_after=after,
            debug=debug,
            stream_transformers=transformers,
        )

    def topology(self) -> Topology:
        """The graph as a picture shows it, complete or not."""
        return topology_of(self)


def __getattr__(name: str) -> Any:
    if name == "CompiledStateGraph":
        from langgraph_nb.pregel.compiled import CompiledStateGraph

        return CompiledStateGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
