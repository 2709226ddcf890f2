"""All magics, registered with a shell and taken back: the functions, what awaits them, and their completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langgraph_nb.notebook import magics_graph, magics_past, magics_run
from langgraph_nb.notebook.completion import matcher
from langgraph_nb.notebook.magics import add, remove
from langgraph_nb.notebook.registry import Workbench

MAGICS: tuple[tuple[Callable[..., Any], str, str], ...] = (
    *magics_graph.MAGICS,
    *magics_run.MAGICS,
    *magics_past.MAGICS,
)
"""Function, kind and name of each magic; the function of ``langgraph_nb`` of the same name does the same."""
_SIGNS = {"line": ("%",), "cell": ("%%",), "line_cell": ("%", "%%")}
BY_NAME = {f"{sign}{name}": function for function, kind, name in MAGICS for sign in _SIGNS[kind]}
_SHARED = "history"
"""IPython has a magic of this name; ours stands beside it."""


def register(ip: Any, bench: Workbench) -> None:
    """Add the magics, what awaits them, and their completion."""
    original = ip.find_line_magic(_SHARED)
    add(ip, MAGICS)
    ip.register_magic_function(magics_past.beside(original, bench.has_graph), "line", _SHARED)
    ip.input_transformers_post.append(magics_run.awaited)
    ip.Completer.custom_matchers.append(matcher(bench, BY_NAME))


def unregister(ip: Any) -> None:
    """Take back what :func:`register` added."""
    original = ip.find_line_magic(_SHARED).original
    remove(ip, MAGICS)
    ip.register_magic_function(original, "line", _SHARED)
    ip.input_transformers_post.remove(magics_run.awaited)
    matchers = ip.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != "langgraph_nb"]
