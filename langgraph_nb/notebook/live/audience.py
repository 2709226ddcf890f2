"""Who looks at a run, and what they can do: a page with widgets, a terminal, or nobody who could answer.

The facts are those of Jupyter's messages: nbclient, papermill and nbval say ``allow_stdin: false``. This file must not
know of graphs or runs.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from langgraph_nb.notebook.terminal_answers import terminal_present

__all__ = ["Audience", "audience", "can_wait", "clicks_arrive", "shell"]

Audience = Literal["widget", "terminal", "static"]
"""``static``: a picture and text at the end; nobody can click."""


def shell() -> Any:
    """The running IPython shell, or ``None``."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def audience() -> Audience:
    """Who looks at the cell that runs now.

    Example:
        >>> audience()
        'terminal'
    """
    kernel = getattr(shell(), "kernel", None)
    if kernel is None or terminal_present():
        return "terminal"
    try:
        import anywidget  # noqa: F401
    except ImportError:
        return "static"
    parent = kernel.get_parent() or {}
    return "widget" if (parent.get("content") or {}).get("allow_stdin") else "static"


def can_wait() -> bool:
    """Whether clicks are handled while a cell awaits in the main thread, so that it may wait for one."""
    return audience() == "widget" and _ipykernel() >= (7, 4)


def clicks_arrive() -> bool:
    """Whether a button does anything while a cell runs; before ipykernel 7 it waits until the cell has ended."""
    return _ipykernel() >= (7, 0)


def _ipykernel() -> tuple[int, ...]:
    try:
        numbers = version("ipykernel").split(".")[:2]
    except PackageNotFoundError:
        return (0,)
    return tuple(int(n) for n in numbers if n.isdigit())
