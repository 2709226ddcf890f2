"""Where a graph's names are looked up, and what they stand for. Knows nothing of wiring or of what a graph lacks."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from typing import Any

from langgraph_nb.graph.callables import is_runnable
from langgraph_nb.notebook.drafts import Draft
from langgraph_nb.notebook.node import options_of

MISSING = object()
"""Stands for the value of a name that nothing defines."""


class Names:
    """Where a graph's names are looked up: its own definitions, then the user's namespace."""

    def __init__(self, draft: Draft, namespace: Mapping[str, Any], again: Collection[str] = ()) -> None:
        self.owned = draft.owned
        self.namespace = namespace
        self.again = again
        """Functions of the graph that an ordinary cell has defined since."""

    def value(self, name: str) -> Any:
        """What a name, dotted or quoted, stands for; ``MISSING`` when nothing does."""
        for candidate in (*self.owned.values(), *self.namespace.values()):
            if inspect.isfunction(candidate) and options_of(candidate).name == name:
                return candidate
        head, *rest = name.split(".")
        value = self.owned[head] if head in self.owned and not rest else self.namespace.get(head, MISSING)
        for part in rest:
            value = getattr(value, part, MISSING)
        return value

    def known(self) -> set[str]:
        """The names that a person may have meant."""
        found = {name for name, value in self.owned.items() if not isinstance(value, type)}
        for name, value in self.namespace.items():
            own = getattr(value, "__module__", None) == self.namespace.get("__name__", "__main__")
            if not name.startswith("_") and (is_runnable(value) or (inspect.isfunction(value) and own)):
                found.add(name)
        return found
