"""Small graphs that many of these tests run. Each node says that it ran in the key ``seen``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from langgraph_nb.graph import START, StateGraph


class Seen(TypedDict):
    """The names of the nodes that ran, in the order in which their writes were applied."""

    seen: Annotated[list[str], operator.add]


def says(name: str) -> Callable[[Any], Any]:
    """A node that writes its name."""
    return lambda state: {"seen": [name]}


def chain(*names: str, **codes: Any) -> StateGraph[Any, Any, Any, Any]:
    """A builder of nodes in a row; ``codes`` are those that do something else than say their names."""
    builder = StateGraph(Seen)
    for before, name in zip((START, *names), names, strict=False):
        builder.add_node(name, codes.get(name, says(name)))
        builder.add_edge(before, name)
    return builder


def fan(*names: str, join: str = "", **codes: Any) -> StateGraph[Any, Any, Any, Any]:
    """A builder of nodes side by side, and one after all of them, if named."""
    builder = StateGraph(Seen)
    for name in (*names, join) if join else names:
        builder.add_node(name, codes.get(name, says(name)))
    for name in names:
        builder.add_edge(START, name)
    if join:
        builder.add_edge(list(names), join)
    return builder
