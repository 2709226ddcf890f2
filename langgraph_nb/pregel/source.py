"""What streams must know of a graph besides its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from langgraph_nb.pregel.plan import Keys, NodePlan

Coerce = Callable[[dict[str, Any]], Any]
"""Makes an instance of a schema from values."""


@dataclass(frozen=True, slots=True)
class Source:
    """A graph whose events are shown."""

    output_keys: Keys
    """The channels that the run reports."""
    stream_keys: Keys
    """All that can be shown."""
    nodes: Mapping[str, NodePlan] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    """Of the run."""
    output: Coerce | None = None
    """Makes the output schema's instance, where that is a class."""
    state: Coerce | None = None
    """Makes the state schema's instance, where that is a class."""
    hidden: frozenset[str] = frozenset()
    """Nodes of which nothing is shown."""
