"""The inbox: what waits for a person in savers, across threads, and the cards that answer it.

``waiting`` looks it up, ``widget`` shows it, ``opened`` puts both together.
What is exported here is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nb.notebook.inbox.opened import Inbox, inbox
    from langgraph_nb.notebook.inbox.waiting import Waiting

__all__ = ["Inbox", "Waiting", "inbox"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "waiting" if name == "Waiting" else "opened"
    return getattr(import_module(f"{__name__}.{home}"), name)
