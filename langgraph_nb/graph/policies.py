"""What nodes do about failure, time and repetition: a graph's defaults, and the nodes that handle errors.

A handler is a node of its own, named after the node it is for; nothing leads to it but a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from langgraph_nb.graph.callables import call_spec, command_targets, is_async, is_runnable
from langgraph_nb.records import record
from langgraph_nb.types import CachePolicy, RetryPolicy, TimeoutPolicy, TransactionHook

if TYPE_CHECKING:
    from langgraph_nb.graph.schema import Schema
    from langgraph_nb.graph.state import NodeSpec, StateGraph

RESULTS = "__pregel_ns_writes"
"""First part of the namespaces that results are cached in."""
DEFAULT_HANDLER = "__default_error_handler__"
Timeout = float | timedelta | TimeoutPolicy | None


@record
class NodePolicies:
    """What is done about one node, or about every node that does not say otherwise."""

    retry_policy: tuple[RetryPolicy, ...] = ()
    cache_policy: CachePolicy[Any] | None = None
    error_handler: Any = None
    """Of a node the name of the node that it is; of a graph's defaults its code."""
    timeout: TimeoutPolicy | None = None

    @classmethod
    def of(
        cls,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None,
        cache_policy: CachePolicy[Any] | None,
        error_handler: Any,
        timeout: Timeout,
    ) -> NodePolicies:
        """From the forms in which they can be given."""
        if not retry_policy and cache_policy is None and error_handler is None and timeout is None:
            return NO_POLICIES
        retries = (retry_policy,) if isinstance(retry_policy, RetryPolicy) else tuple(retry_policy or ())
        return cls(retries, cache_policy, error_handler, TimeoutPolicy.coerce(timeout))

    def over(self, others: NodePolicies) -> NodePolicies:
        """These, and the others where there is none."""
        return NodePolicies(
            self.retry_policy or others.retry_policy,
            self.cache_policy if self.cache_policy is not None else others.cache_policy,
            self.error_handler if self.error_handler is not None else others.error_handler,
            self.timeout if self.timeout is not None else others.timeout,
        )


NO_POLICIES = NodePolicies()


def handler_name(node: str) -> str:
    """The name of the node that handles the errors of this one."""
    return f"__error_handler__{node}"


def shown_name(node: str) -> str:
    """A node's name as people read it: of a handler, what it is for.

    Example:
        >>> shown_name(handler_name("search")), shown_name("search")
        ('on error: search', 'search')
    """
    return node.replace(DEFAULT_HANDLER, "on error").replace(handler_name(""), "on error: ")


def sync_hook(hook: TransactionHook | None) -> TransactionHook | None:
    """A ``transaction=`` as it was given, if it can be called within a transaction; ``TypeError`` if not."""
    if hook is not None and is_async(hook):
        raise TypeError(
            f"transaction= cannot be {hook!r}: it is called inside of the database's transaction, which waits for "
            "nobody. Give a plain function of the connection and the result."
        )
    return hook


def handler_spec(name: str, code: Any, schema: Schema) -> NodeSpec:
    """A node that is run when others fail."""
    from langgraph_nb.graph.state import NodeSpec

    return NodeSpec(name, code, call_spec(code, name), schema, command_targets(code), is_error_handler=True)


def nodes_with_defaults(builder: StateGraph[Any, Any, Any, Any]) -> dict[str, NodeSpec]:
    """The nodes of a builder, each with the policies that it runs under.

    Raises:
        ValueError: For a timeout of a node that cannot be cancelled.
    """
    nodes, defaults = dict(builder.nodes), builder.node_defaults
    if defaults.error_handler is not None:
        schema = builder.schema(builder.state_schema)
        nodes[DEFAULT_HANDLER] = handler_spec(DEFAULT_HANDLER, defaults.error_handler, schema)
        defaults = replace(defaults, error_handler=DEFAULT_HANDLER)
    if defaults != NO_POLICIES:
        for_handlers = replace(defaults, error_handler=None, cache_policy=None)
        nodes = {
            name: replace(spec, policies=spec.policies.over(for_handlers if spec.is_error_handler else defaults))
            for name, spec in nodes.items()
        }
    for name, spec in nodes.items():
        if spec.policies.timeout is not None and not awaits(spec.code):
            raise sync_timeout_unsupported(name)
    return nodes


def cache_namespace(code: Any, node: str | None = None) -> tuple[str, ...]:
    """Where results of this code are cached: of a task by its function, of a node also by its name.

    Example:
        >>> cache_namespace(cache_namespace, "search")
        ('__pregel_ns_writes', 'langgraph_nb.graph.policies.cache_namespace', 'search')
    """
    module, name = getattr(code, "__module__", None), getattr(code, "__qualname__", None)
    named = "__dynamic__" if module is None or name is None else f"{module}.{name}"
    return (RESULTS, named) if node is None else (RESULTS, named, node)


def sync_timeout_unsupported(name: str, kind: str = "Node") -> ValueError:
    """That code which is not awaited has been given a timeout."""
    return ValueError(
        "Node timeouts are only supported for async nodes because sync Python execution cannot be safely cancelled "
        f"in-process. {kind} {name!r} is sync."
    )


def awaits(code: Any) -> bool:
    """Whether code gives way to its event loop while it waits, all the way down as far as can be seen."""
    if not is_runnable(code):
        return call_spec(code).coroutine is not None
    while hasattr(code, "bound"):
        code = code.bound
    steps = getattr(code, "steps", None) or getattr(code, "steps__", None)
    if steps:
        return all(map(awaits, steps.values() if isinstance(steps, Mapping) else steps))
    if hasattr(code, "func") or hasattr(code, "afunc"):
        return bool(getattr(code, "afunc", False))
    inherited = next((c for c in type(code).__mro__ if c.__module__ == "langchain_core.runnables.base"), None)
    return type(code).ainvoke is not getattr(inherited, "ainvoke", None)
