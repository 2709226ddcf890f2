"""The spans of the last runs, for those who ask afterwards what a run did."""

from __future__ import annotations

from collections import deque

from langgraph_nb.spans import Spans

__all__ = ["recent", "remember"]

_RUNS: deque[Spans] = deque(maxlen=20)


def remember(spans: Spans) -> None:
    """Keep the spans of a run, in the place of the oldest ones."""
    _RUNS.append(spans)


def recent() -> list[Spans]:
    """The spans of the last runs, the newest first."""
    return list(reversed(_RUNS))
