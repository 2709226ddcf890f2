"""What is wrong, or looks wrong, with the state of a graph that cells are writing."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_origin

from langgraph_nb.notebook import problems as say
from langgraph_nb.notebook.drafts import Draft
from langgraph_nb.notebook.names import MISSING, Names
from langgraph_nb.notebook.problems import Problem


def state_problems(draft: Draft, names: Names, state: Any) -> Iterator[Problem]:
    """What a person is told of a graph's state.

    Args:
        draft: What the cells contributed.
        names: Where its names are looked up.
        state: The schema that was found; ``MISSING`` where none was.
    """
    if "state" not in draft.options and "State" not in names.owned:
        other = _likely_state(draft, names, state)
        if state is MISSING:
            yield say.no_state(other)
        elif other:
            yield say.state_of_others(other)
    if state is MISSING:
        return
    name = draft.options.get("state", "State")
    if not isinstance(state, type) and get_origin(state) is None:
        yield say.no_schema(name, f"of type {type(state).__name__}, not a schema")
    elif isinstance(state, type) and state is not dict and not _annotated(state):
        yield say.no_schema(name, "a class without annotated fields")


def _likely_state(draft: Draft, names: Names, state: Any) -> str:
    """The class of the graph's own cells that was likely meant as its state; empty where none was.

    One that is called a state or that a node takes, as long as no node takes the ``State`` that counts.
    """
    taken = [_taken(names.value(name)) for name in draft.names()]
    if "State" in taken or any(hint is state for hint in taken):
        return ""
    said = set(draft.options.values())
    for name, value in draft.functions.items():
        meant = name.endswith("State") or any(hint is value or hint == name for hint in taken)
        if meant and name not in said and isinstance(value, type) and _annotated(value):
            return name
    return ""


def _taken(code: Any) -> Any:
    """How a function annotates what it takes: a type, or a postponed one's text."""
    if not inspect.isfunction(code):
        return None
    first = next(iter(inspect.signature(code).parameters.values()), None)
    return None if first is None or first.annotation is first.empty else first.annotation


def _annotated(state: type) -> bool:
    return any(inspect.get_annotations(base) for base in state.__mro__ if base is not object)
