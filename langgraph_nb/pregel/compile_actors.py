"""From actors and channels to a plan: the compiler of graphs that are put together by hand.

Beside ``pregel.compile``, which makes the same kind of plan from a ``StateGraph``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langgraph_nb.channels.base import BaseChannel
from langgraph_nb.channels.topic import Topic
from langgraph_nb.constants import RESERVED_NAMES, START, TAG_HIDDEN, TASKS
from langgraph_nb.declared import declare
from langgraph_nb.errors import did_you_mean
from langgraph_nb.graph.callables import CallSpec
from langgraph_nb.graph.policies import cache_namespace
from langgraph_nb.managed.base import ManagedValueSpec
from langgraph_nb.pregel.actors import NodeBuilder, PregelNode, Steps
from langgraph_nb.pregel.plan import Keys, NodePlan, Plan, Values, Write, emptied, kinds_of, needs_of, triggers_of
from langgraph_nb.types import All, CachePolicy, RetryPolicy, Send

Channels = Mapping[str, BaseChannel[Any, Any, Any] | ManagedValueSpec]
Names = str | Sequence[str]


def built(nodes: Mapping[str, PregelNode | NodeBuilder]) -> dict[str, PregelNode]:
    """The actors, those built that are not yet."""
    return {name: node.build() if isinstance(node, NodeBuilder) else node for name, node in nodes.items()}


def with_tasks(channels: Channels | None) -> dict[str, BaseChannel[Any, Any, Any] | ManagedValueSpec]:
    """The channels together with that of pending tasks.

    Raises:
        ValueError: When its name is taken.
    """
    found = dict(channels or {})
    if TASKS in found and not isinstance(found[TASKS], Topic):
        raise ValueError(f"Channel '{TASKS}' is reserved and cannot be used in the graph.")
    return {**found, TASKS: Topic(Send)}


def plan_of_actors(
    name: str,
    nodes: Mapping[str, PregelNode],
    channels: Channels,
    inputs: Names,
    outputs: Names,
    streamed: Names | None,
    retry: Sequence[RetryPolicy] = (),
    cache: CachePolicy[Any] | None = None,
    handlers: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of these actors.

    Args:
        name: The graph's name.
        nodes: The actors by name.
        channels: Channels and managed values by name, with that of pending tasks.
        inputs: The channels that input is written to.
        outputs: The channels that ``invoke`` reports.
        streamed: The channels that streams and snapshots show; by default all.
        retry: For nodes that do not say it themselves.
        cache: The same.
        handlers: Node -> the node that runs in its place when it has failed for good.
    """
    for channel in channels.values():
        if isinstance(channel, BaseChannel):
            declare(channel.ValueType)
            declare(channel.UpdateType)
    real = emptied({key: channel for key, channel in channels.items() if isinstance(channel, BaseChannel)})
    managed = {key: spec for key, spec in channels.items() if not isinstance(spec, BaseChannel)}
    keys = tuple(real)
    plans = {n: _node(n, node, managed, tuple(retry), cache, (handlers or {}).get(n)) for n, node in nodes.items()}
    triggered = triggers_of(plans.values())
    return Plan(
        name=name,
        channels=real,
        nodes=plans,
        triggered_by=triggered,
        needs=needs_of(plans.values()),
        hidden=frozenset(n for n, node in plans.items() if TAG_HIDDEN in node.tags),
        state_keys=keys,
        key_set=frozenset(keys),
        stream_keys=keys if not streamed else _keys(streamed),
        output_keys=_keys(outputs),
        input_keys=_keys(inputs),
        inline_start=False,
        **kinds_of(real, triggered),
    )


def _keys(names: Names) -> Keys:
    return names if isinstance(names, str) else tuple(names)


def _node(
    name: str,
    node: PregelNode,
    managed: Mapping[str, ManagedValueSpec],
    retry: tuple[RetryPolicy, ...],
    cache: CachePolicy[Any] | None,
    handler: str | None,
) -> NodePlan:
    first, *then = node.steps.calls or (CallSpec(name, _same, None),)
    reads = (node.channels,) if isinstance(node.channels, str) else tuple(node.channels)
    return NodePlan(
        name=name,
        call=replace(first, name=name),
        then=tuple(then),
        triggers=tuple(node.triggers),
        reads=_keys(node.channels),
        read=_reader(node),
        write=_writer(node),
        retry=tuple(node.retry_policy or ()) or retry,
        cache=node.cache_policy or cache,
        cache_namespace=cache_namespace(node.bound, name),
        error_handler=handler,
        timeout=node.timeout,
        metadata=node.metadata,
        tags=tuple(node.tags or ()),
        managed=tuple((key, managed[key]) for key in reads if key in managed),
    )


def _same(value: Any) -> Any:
    return value


def _reader(node: PregelNode) -> Callable[[Values], Any]:
    channels, mapper = node.channels, node.mapper or _same
    if isinstance(channels, str):
        return lambda values: mapper(values.get(channels))
    keys = tuple(channels)
    return lambda values: mapper({key: values[key] for key in keys if key in values})


def _writer(node: PregelNode) -> Callable[[Any], list[Write]]:
    writers = tuple(node.writers)
    return lambda result: [write for writer in writers for write in writer.write(result)]


def actor_of(node: NodePlan) -> PregelNode:
    """A node of a plan, as an actor: to look at, and to call by itself."""
    return PregelNode(
        channels=node.reads if isinstance(node.reads, str) else list(node.reads),
        triggers=node.triggers,
        tags=[TAG_HIDDEN] if node.name == START else list(node.tags),
        metadata=node.metadata,
        bound=Steps((node.call, *node.then)),
        retry_policy=node.retry or None,
        cache_policy=node.cache,
        timeout=node.timeout,
    )


# -- checks -----------------------------------------------------------------------------------------------------------


def validate_actors(
    nodes: Mapping[str, Any],
    channels: Channels,
    inputs: Names,
    outputs: Names,
    streamed: Names | None,
    interrupts: Iterable[All | Sequence[str]],
    handlers: Mapping[str, str],
) -> None:
    """Check that every name that is read, written or waited for is there.

    Raises:
        ValueError: With what is wrong.
        TypeError: For a node that is no actor.
    """
    for kind, names in (("Channel", channels), ("Node", nodes)):
        for name in names:
            if name in RESERVED_NAMES:
                raise ValueError(f"{kind} name '{name}' is reserved. Give it another one.")
    subscribed: set[str] = set()
    for name, node in nodes.items():
        if not isinstance(node, PregelNode):
            raise TypeError(f"Invalid node type {type(node)}, expected PregelNode or NodeBuilder")
        subscribed.update(node.triggers)
        for read in [node.channels] if isinstance(node.channels, str) else node.channels:
            _known(f"Node {name} reads channel '{read}' not in known channels", read, channels)
    real = {key: channel for key, channel in channels.items() if isinstance(channel, BaseChannel)}
    for trigger in subscribed:
        _known(f"Subscribed channel '{trigger}' not in known channels", trigger, real)
    _check_inputs(inputs, real, subscribed)
    for shown in (outputs, streamed or ()):
        for key in [shown] if isinstance(shown, str) else shown:
            _known(f"Output channel '{key}' not in known channels", key, real)
    for chosen in (*interrupts, (*handlers, *handlers.values())):
        for name in () if chosen == "*" else chosen:
            if name not in nodes:
                raise ValueError(f"Node {name} not in nodes. {did_you_mean(name, nodes)}")


def _check_inputs(inputs: Names, channels: Mapping[str, Any], subscribed: set[str]) -> None:
    if isinstance(inputs, str):
        _known(f"Input channel '{inputs}' not in known channels", inputs, channels)
        if inputs not in subscribed:
            raise ValueError(f"Input channel {inputs} is not subscribed to by any node. Let one subscribe to it.")
        return
    for key in inputs:
        _known(f"Input channel '{key}' not in", key, channels, "")
    if subscribed.isdisjoint(inputs):
        raise ValueError(
            f"None of the input channels {inputs} are subscribed to by any node. Let one subscribe to one of them."
        )


def _known(message: str, key: str, channels: Mapping[str, Any], between: str = ":") -> None:
    if key not in channels:
        raise ValueError(f"{message}{between} '{repr(sorted(channels))[:100]}'. Add it to the channels.")
