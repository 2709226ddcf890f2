"""What nodes print, told apart by node: a stream in the place of ``sys.stdout`` while runs are watched.

Text printed by code that no node runs goes where it always went. This file must not know of views or widgets.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from langgraph_nb.constants import NS_END, NS_SEP
from langgraph_nb.notebook.picture.xmltext import node_id
from langgraph_nb.scope import current_scope

__all__ = ["node_prints"]

Sink = Callable[[str, str], None]
"""Called with the node's path and the text, in the thread that printed."""
_sink: ContextVar[Sink | None] = ContextVar("langgraph_nb_prints", default=None)


class _Prints:
    """Stands before a stream and picks out what nodes write."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.users = 0

    def write(self, text: str) -> int:
        sink, node = _sink.get(), _running_node()
        if sink is None or node is None:
            return self._stream.write(text)
        sink(node, text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def node_prints(sink: Sink) -> Iterator[None]:
    """Send what nodes print to ``sink`` while in here: in this context and in the threads and tasks begun from it."""
    token = _sink.set(sink)
    stream = sys.stdout
    prints = stream if isinstance(stream, _Prints) else _Prints(stream)
    prints.users += 1
    sys.stdout = prints
    try:
        yield
    finally:
        _sink.reset(token)
        prints.users -= 1
        if not prints.users and sys.stdout is prints:
            sys.stdout = prints._stream


def _running_node() -> str | None:
    """The path of the node that runs in this context."""
    scope = current_scope.get()
    if scope is None:
        return None
    metadata = scope.config.get("metadata") or {}
    space = str(metadata.get("langgraph_checkpoint_ns") or "")
    names = [part.rpartition(NS_END)[0] or part for part in space.split(NS_SEP) if part]
    return node_id(names or [str(metadata.get("langgraph_node") or "")])
