"""Results that are kept and taken again: where a task's result is found in a cache, and what is made of it.

The key is worked out once, before the node runs, for it may change its input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.pregel.events import LookedUp, Task, TaskFinished
from langgraph_nb.pregel.plan import NodePlan, Plan, Write
from langgraph_nb.types import CacheKey


def keys_of(plan: Plan, tasks: Iterable[Task]) -> tuple[CacheKey | None, ...]:
    """The keys of the tasks' results; ``None`` for those that are not cached."""
    return tuple(_key(task.node or plan.nodes[task.name], task) for task in tasks)


def _key(node: NodePlan, task: Task) -> CacheKey | None:
    policy = node.cache
    if policy is None:
        return None
    if task.node is None:
        made = policy.key_func(task.input)
    else:
        args, kwargs = task.input
        made = policy.key_func(*args, **kwargs)
    if not isinstance(made, (str, bytes)):
        raise TypeError(f"The key_func of {task.name!r} returned {made!r}, which is no key. Return text or bytes.")
    data = made.encode("utf-8", "surrogatepass") if isinstance(made, str) else made
    return CacheKey(node.cache_namespace, blake2b(data, digest_size=16).hexdigest(), policy.ttl)


def full_keys(keys: Iterable[CacheKey | None]) -> list[tuple[tuple[str, ...], str]]:
    """The keys as caches have them."""
    return [(key.ns, key.key) for key in keys if key is not None]


def looked_up(
    tasks: Sequence[Task], keys: tuple[CacheKey | None, ...], values: Mapping[Any, Iterable[Write]]
) -> LookedUp:
    """What a cache said of tasks."""
    found = tuple(
        TaskFinished(task, tuple((channel, value) for channel, value in values[key.ns, key.key]), cached=True)
        for task, key in zip(tasks, keys, strict=True)
        if key is not None and (key.ns, key.key) in values
    )
    return LookedUp(keys, found)


def namespaces_of(plan: Plan, nodes: Sequence[str] | None) -> list[tuple[str, ...]]:
    """Where results of these nodes are cached, of all by default. Raises ``ValueError`` for an unknown one."""
    for name in nodes or ():
        if name not in plan.nodes:
            raise ValueError(f"Node `{name}` not found. {did_you_mean(name, plan.nodes)}")
    return [plan.nodes[name].cache_namespace for name in nodes or plan.nodes if plan.nodes[name].cache is not None]


def entries(results: Iterable[tuple[CacheKey, tuple[Write, ...]]]) -> dict[Any, tuple[list[Write], int | None]]:
    """Results as caches take them."""
    return {(key.ns, key.key): (list(writes), key.ttl) for key, writes in results}
