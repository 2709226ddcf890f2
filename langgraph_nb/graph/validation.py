"""Whether a builder's graph is complete. Each problem is a ``ValueError`` that names the place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langgraph_nb.constants import END, START
from langgraph_nb.errors import did_you_mean

if TYPE_CHECKING:
    from langgraph_nb.graph.state import StateGraph


def validate(builder: StateGraph[Any, Any, Any, Any], interrupt: Sequence[str] | None = None) -> None:
    """Raise for the first thing that is wrong."""
    for problem in _problems(builder, interrupt or ()):
        raise ValueError(problem)


def _problems(builder: StateGraph[Any, Any, Any, Any], interrupt: Sequence[str]) -> Iterator[str]:
    nodes = builder.nodes
    joined = [(start, end) for starts, end in builder.waiting_edges for start in starts]
    edges = [*builder.edges, *joined]
    for start in [*(start for start, _ in edges), *builder.branches]:
        if start not in nodes and start != START:
            yield f"Found edge starting at unknown node '{start}'. {did_you_mean(start, nodes)}"
    if not any(start == START for start in [*(start for start, _ in edges), *builder.branches]):
        yield "Graph must have an entrypoint: add at least one edge from START to another node"
    for source, branches in builder.branches.items():
        for branch in branches.values():
            for target in (branch.ends or {}).values():
                if target not in nodes and target != END:
                    hint = did_you_mean(target, nodes)
                    yield f"At '{source}' node, '{branch.name}' branch found unknown target '{target}'. {hint}"
    drawn = [end for spec in nodes.values() for end in spec.ends]
    for end in [*(end for _, end in edges), *drawn]:
        if end not in nodes and end != END:
            yield f"Found edge ending at unknown node `{end}`. {did_you_mean(end, nodes)}"
    for name in interrupt:
        if name not in nodes:
            yield f"Interrupt node `{name}` not found. {did_you_mean(name, nodes)}"
