"""Looking back: what a thread did, step by step, why a node ran or did not, forks, and two threads side by side.

``records`` reads what is stored, ``changes`` tells what is different. What is exported here is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nb.notebook.past.comparison import Comparison, compare
    from langgraph_nb.notebook.past.forks import Fork, fork
    from langgraph_nb.notebook.past.histories import History, history
    from langgraph_nb.notebook.past.reasons import Why, why

__all__ = ["Comparison", "Fork", "History", "Why", "compare", "fork", "history", "why"]

_HOME = {"compare": "comparison", "fork": "forks", "history": "histories", "why": "reasons"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = _HOME.get({"Comparison": "compare"}.get(name, name.lower()))
    return getattr(import_module(f"{__name__}.{home}"), name)
