"""``langgraph`` served by this package: programs and packages written for LangGraph run here, without a line changed.

``install()`` before anything imports ``langgraph`` (in a notebook ``%load_ext langgraph_nb.alias``, in a terminal
``python -m langgraph_nb.alias PROGRAM``). From then on ``langgraph.graph`` *is* ``langgraph_nb.graph``, the same module
under a second name. What LangGraph has in private places, and packages import from there, is adapted in ``private``;
the engine knows nothing of that.
"""

from __future__ import annotations

from typing import Any

from langgraph_nb.alias.finder import AlreadyImported, install, is_installed, uninstall

__all__ = [
    "AlreadyImported", "install", "is_installed", "load_ipython_extension", "uninstall", "unload_ipython_extension",
]  # fmt: skip


def load_ipython_extension(ip: Any) -> None:
    """``%load_ext langgraph_nb.alias``: the same as ``install()``.

    Raises:
        AlreadyImported: A cell has imported LangGraph itself before.
    """
    install()


def unload_ipython_extension(ip: Any) -> None:
    """``%unload_ext langgraph_nb.alias``: the same as ``uninstall()``."""
    uninstall()
