"""The panel of a conversation as a widget, and a conversation as text.

The page says what a live view's says, and ``say``: a person wrote something.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.chat.talk import Talk
from langgraph_nb.notebook.live.session import Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import questions
from langgraph_nb.notebook.live.widget import LiveView, WidgetSurface, joined
from langgraph_nb.notebook.picture.xmltext import visible

__all__ = ["ChatPanel", "PanelSurface", "TextSurface", "transcript"]


class ChatPanel(LiveView):
    """What a person sees of a conversation. Made by ``chat``; show it again with ``display``."""

    _esm = joined("chat")

    def __init__(self, topology: Topology, view: RunView, *, stops: bool, resume: str) -> None:
        super().__init__(topology, view, stops=stops, resume=resume, opened=[])
        self._resume = resume

    def _received(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        super()._received(widget, content, buffers)
        if content.get("type") == "say" and isinstance(self.run, Talk):
            self.run.hear(str(content.get("text", "")))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data.pop("image/svg+xml", None)
        return {**data, "text/plain": transcript(self._state, self._resume)}, metadata


class PanelSurface(WidgetSurface):
    """Shows a conversation in a ``ChatPanel``."""

    def __init__(self, panel: ChatPanel, show: Callable[[Any], Any]) -> None:
        super().__init__(panel)
        self._shown = [(panel, show(panel))]


class TextSurface(Surface):
    """Prints what is new in a conversation when a turn has ended."""

    takes_prints = False

    def __init__(self, resume: str) -> None:
        self._resume = resume
        self._next = 0

    def settle(self, view: RunView, now: float) -> None:
        """Print the messages since the last turn, and what is asked."""
        entries = [entry for entry in view.snapshot(now)["entries"] if entry["i"] >= self._next]
        self._next = max([self._next, *(entry["i"] + 1 for entry in entries)])
        said = "\n\n".join(filter(None, (_said(entries), questions(view, self._resume))))
        if said:
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()


def transcript(view: RunView, resume: str = "") -> str:
    """A conversation as text: who said what, and what is asked now.

    Args:
        view: What is known of it.
        resume: The line that answers from code.
    """
    said = _said(view.snapshot(0.0)["entries"])
    thread = f", thread {view.thread}" if view.thread else ""
    head = visible(f"{view.name}{thread}") + ("" if said else ": nothing was said yet")
    return "\n\n".join(filter(None, (head, said, questions(view, resume))))


def _said(entries: Sequence[dict[str, Any]]) -> str:
    return "\n".join(visible(line) for entry in entries for line in _lines(entry))


def _lines(entry: dict[str, Any]) -> list[str]:
    if entry["kind"] == "error":
        return [f"✗ {entry['text']}"]
    if entry["kind"] == "input":
        return [f"{entry.get('label', '')} → {entry['text']}"]
    if entry["kind"] != "message":
        return []
    who = entry.get("who") or entry.get("role", "")
    spoken = [f"{who}: {entry['text']}"] if entry["text"] else []
    return [*spoken, *(f"{who} calls {call}" for call in entry.get("calls", ()))]
