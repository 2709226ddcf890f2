"""What a run told from inside of its tasks, until somebody takes it in: tokens, custom data, prints, graphs inside.

To hear is to append, in whatever thread: a model says a hundred tokens between two looks of a person, and nothing needs
to wake up for each. What was heard stays in its order. This file must not know of event loops or of what shows a run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.pregel.events import Event
from langgraph_nb.spans import Spans

__all__ = ["Heard"]


class Heard:
    """What was heard and not taken in.

    Args:
        clock: Seconds of any origin.

    Example:
        >>> from langgraph_nb.graph.topology import Topology
        >>> view, heard = RunView(Topology("g", (), ()), name="g"), Heard(lambda: 0.0)
        >>> heard.print("write", "Dear "); heard.print("write", "all,")
        >>> heard.take_in(view, Spans("g")); view.log.to_json()[0]["text"]
        'Dear all,'
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: deque[tuple[Any, Any, float]] = deque()

    def event(self, heard: tuple[tuple[str, ...], Event]) -> None:
        """Something happened in a graph, which is told by its namespace. Called from any thread."""
        self._waiting.append((*heard, self._clock()))

    def print(self, node: str, text: str) -> None:
        """A node, which is told by its path, printed. Called from any thread."""
        self._waiting.append((node, text, self._clock()))

    def take_in(self, view: RunView, spans: Spans) -> None:
        """Fold all of it."""
        waiting = self._waiting
        while waiting:
            where, what, when = waiting.popleft()
            if type(what) is str:
                view.print_text(where, what)
            else:
                view.fold(where, what, when)
                spans.fold(where, what, when)
