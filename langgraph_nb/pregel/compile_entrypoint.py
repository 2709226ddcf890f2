"""From an entrypoint to a plan of one node, and from a task to what a call of it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langgraph_nb.channels.ephemeral_value import EphemeralValue
from langgraph_nb.channels.last_value import LastValue
from langgraph_nb.channels.topic import Topic
from langgraph_nb.constants import DEFAULT_NAME, END, PREVIOUS, PUSH, RETURN, START, TASKS
from langgraph_nb.func.entrypoints import EntrypointSpec, entrypoint
from langgraph_nb.graph.policies import cache_namespace
from langgraph_nb.migration import Migration
from langgraph_nb.pregel.migrated import with_migrations
from langgraph_nb.pregel.plan import NodePlan, Plan, Values, Write, emptied, kinds_of, triggers_of
from langgraph_nb.types import Send

if TYPE_CHECKING:
    from langgraph_nb.func.tasks import _TaskFunction


def plan_of_entrypoint(spec: EntrypointSpec, migrations: Sequence[Migration] = ()) -> Plan:
    """The plan of an entrypoint: its node reads the input and writes what is returned and what is kept."""
    channels = emptied(
        {
            START: EphemeralValue(spec.input_type),
            END: LastValue(spec.output_type),
            PREVIOUS: LastValue(spec.save_type),
            TASKS: Topic(Send),
        }
    )
    name, keys = spec.call.name, (START, END, PREVIOUS)
    policies: dict[str, Any] = {"retry": spec.retry_policy, "cache": spec.cache_policy, "timeout": spec.timeout}
    policies["cache_namespace"] = cache_namespace(spec.call.coroutine or spec.call.sync, name)
    node = NodePlan(name, spec.call, (START,), _input, _write, reads=START, **policies)
    triggered = triggers_of((node,))
    plan = Plan(
        name=DEFAULT_NAME,
        channels=channels,
        nodes={name: node},
        triggered_by=triggered,
        state_keys=keys,
        key_set=frozenset(keys),
        stream_keys=END,
        output_keys=END,
        input_keys=START,
        inline_start=False,
        task_retry=spec.retry_policy,
        task_cache=spec.cache_policy,
        **kinds_of(channels, triggered),
    )
    return with_migrations(plan, migrations)


def _input(values: Values) -> Any:
    return values[START]


def _write(result: Any) -> list[Write]:
    if isinstance(result, entrypoint.final):
        return [(END, result.value), (PREVIOUS, result.save)]
    return [(END, result), (PREVIOUS, result)]


def plan_of_task(task: _TaskFunction[..., Any]) -> NodePlan:
    """What a call of a task runs."""
    policies: dict[str, Any] = {"retry": tuple(task.retry_policy), "cache": task.cache_policy, "timeout": task.timeout}
    policies["transaction"] = task.transaction
    namespace = cache_namespace(task.func)
    return NodePlan(task.spec.name, task.spec, (PUSH,), _input, _return, cache_namespace=namespace, **policies)


def with_defaults(node: NodePlan, plan: Plan) -> NodePlan:
    """A task with the policies of the entrypoint around it, where it has none of its own."""
    if plan.task_retry and not node.retry:
        node = replace(node, retry=plan.task_retry)
    if plan.task_cache is not None and node.cache is None:
        node = replace(node, cache=plan.task_cache)
    return node


def _return(result: Any) -> list[Write]:
    return [(RETURN, result)]
