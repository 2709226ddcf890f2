"""Compiling a complete blueprint: the calls of ``StateGraph`` that its wiring stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from langgraph_nb.graph.state import StateGraph
from langgraph_nb.notebook.blueprint import Blueprint, BlueprintNode
from langgraph_nb.notebook.drafts import Contribution
from langgraph_nb.notebook.edges import Branch, Edge, Join
from langgraph_nb.notebook.routers import Scope, router


def build(blueprint: Blueprint, namespace: dict[str, Any]) -> StateGraph[Any, Any, Any, Any]:
    """The builder that a program without a notebook would have written.

    Args:
        blueprint: A complete one.
        namespace: Where tests and keys find their names.

    Raises:
        ValueError, TypeError: What ``StateGraph`` says of it.
    """
    values = blueprint.values
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(
        blueprint.state,
        values.get("context"),
        input_schema=values.get("input"),
        output_schema=values.get("output"),
    )
    for node in blueprint.nodes:
        builder.add_node(node.name, node.code, **node.options.arguments())
    taken: set[tuple[str, str]] = set()
    for cell, wire in blueprint.wiring:
        match wire:
            case Edge():
                builder.add_edge(blueprint.name_of(wire.source), blueprint.name_of(wire.target))
            case Join():
                builder.add_edge([blueprint.name_of(s) for s in wire.sources], blueprint.name_of(wire.target))
            case Branch():
                _add_branch(builder, blueprint, cell, wire, namespace, taken)
    return builder


def _add_branch(
    builder: StateGraph[Any, Any, Any, Any],
    blueprint: Blueprint,
    cell: Contribution,
    branch: Branch,
    namespace: dict[str, Any],
    taken: set[tuple[str, str]],
) -> None:
    source = blueprint.name_of(branch.source)
    path, path_map = router(branch, blueprint.names, Scope(namespace, blueprint.functions, cell.filename))
    name, number = getattr(path, "__name__", ""), 1
    while (source, getattr(path, "__name__", "")) in taken:
        number += 1
        path = _renamed(path, f"{name}_{number}")
    taken.add((source, getattr(path, "__name__", "")))
    builder.add_conditional_edges(source, path, path_map)


def _renamed(path: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A node's routers are told apart by their names."""

    @wraps(path)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        return path(*args, **kwargs)

    renamed.__name__ = name
    return renamed


def compile_blueprint(blueprint: Blueprint, namespace: dict[str, Any]) -> Any:
    """The compiled graph.

    Raises:
        ValueError, TypeError: What ``StateGraph`` says of it.
    """
    return build(blueprint, namespace).compile(
        blueprint.values.get("checkpointer"),
        store=blueprint.values.get("store"),
        cache=blueprint.values.get("cache"),
        interrupt_before=_paused(blueprint.nodes, "before"),
        interrupt_after=_paused(blueprint.nodes, "after"),
        name=blueprint.name,
    )


def _paused(nodes: Iterable[BlueprintNode], when: str) -> list[str]:
    return [node.name for node in nodes if node.options.pause in (when, "both")]
