"""Talking with a graph of messages: a panel in a notebook, text everywhere else.

``talk`` holds a conversation, ``panel`` shows it, ``opened`` opens it. What is exported is imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nb.notebook.chat.opened import Chat, chat

__all__ = ["Chat", "chat"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from langgraph_nb.notebook.chat import opened

    return getattr(opened, name)
