"""Slips of the pen in the keys of a state: the engine leaves out what a state does not have, without a word.

This file must not know of views, threads or magics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from langgraph_nb.constants import ROOT
from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.mistakes import CellError

__all__ = ["no_key", "refuse_slips", "unknown_keys"]


def unknown_keys(graph: Any, values: Any) -> list[str]:
    """The keys of what is to be written that a graph's state does not have."""
    plan = getattr(graph, "plan", None)
    if plan is None or ROOT in plan.key_set or not isinstance(values, Mapping):
        return []
    return [str(key) for key in values if key not in plan.key_set]


def no_key(name: str, key: str, known: Iterable[str]) -> CellError:
    """The error for a key that a graph's state does not have."""
    return CellError(f"The state of {name} has no key {key!r}.", did_you_mean(key, sorted(known)))


def refuse_slips(graph: Any, name: str, values: Any) -> None:
    """Refuse an input with a key that is nearly one of the state; other keys more are left to the engine.

    Args:
        graph: A compiled graph.
        name: What to call it.
        values: The input.

    Raises:
        CellError: It says which key may be meant.

    Example:
        >>> from typing import TypedDict
        >>> from langgraph_nb.graph import START, StateGraph
        >>> class State(TypedDict):
        ...     text: str
        >>> graph = StateGraph(State).add_node("a", lambda state: state).add_edge(START, "a").compile()
        >>> refuse_slips(graph, "letters", {"text": "Dear", "more": 1})
        >>> refuse_slips(graph, "letters", {"txt": "Dear"})
        Traceback (most recent call last):
        langgraph_nb.notebook.mistakes.CellError: The state of letters has no key 'txt'. Did you mean 'text'?
    """
    schema = getattr(getattr(graph, "builder", None), "input_schema", None)
    if hasattr(schema, "model_fields"):
        return  # Pydantic's models have other names for their fields, and errors of their own
    for key in unknown_keys(graph, values):
        likely = no_key(name, key, graph.plan.key_set - set(values))
        if likely.mend.startswith("Did"):
            raise likely
