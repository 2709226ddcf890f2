"""The live view: a run as it happens, in one widget, in a terminal, or as a still picture where nobody can answer.

``state`` folds events (pure), ``session`` runs, ``widget`` shows. What is exported here is imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nb.notebook.live.run import last_run, live, reopen, start_live
    from langgraph_nb.notebook.live.session import LiveRun
    from langgraph_nb.notebook.live.terminal import print_events

__all__ = ["LiveRun", "last_run", "live", "print_events", "reopen", "start_live"]

_HOME = {"LiveRun": "session", "print_events": "terminal"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'run')}"), name)
