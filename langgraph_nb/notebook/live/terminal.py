"""A run as lines of text, for terminals: one line when a node ends, its output between, tokens as they come.

Everything goes to a text stream; control characters of what models and tools say are spelt out, so that they cannot
steer the terminal. This file must not know of widgets, kernels or event loops.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterable, Callable, Iterable
from typing import Any, TextIO

from langgraph_nb.constants import END, START
from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.live.messages import UNFINISHED
from langgraph_nb.notebook.live.session import Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import MARKS, describe_form
from langgraph_nb.notebook.live.transcript import plain_path
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.notebook.terminal_answers import terminal_present
from langgraph_nb.pregel.events import Event, RunFinished

__all__ = ["TerminalSurface", "aprint_events", "print_events"]


class TerminalSurface(Surface):
    """Prints a run.

    Args:
        stream: Where to; the standard output of the moment by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._ended: dict[str, tuple[str, int]] = {}
        self._open: int | None = None
        self._said: dict[int, int] = {}
        """Of entries that are printed, the characters."""
        self._called: dict[int, int] = {}
        """Of messages, how many of their calls are printed."""

    def flush(self, view: RunView, now: float, force: bool) -> None:
        """Print what is new."""
        patch = view.patch(now) or {}
        for entry in patch.get("entries", ()):
            self._entry(entry)
        for number, text, _ in patch.get("grown", ()):
            self._grow(number, text)
        for path, node in patch.get("nodes", {}).items():
            self._node(path, node)

    def settle(self, view: RunView, now: float) -> None:
        """Print how it ended."""
        self._close()
        if view.status == "paused" and not (view.forms and terminal_present()):  # who asks there, shows the question
            self._line("")
            for form in view.forms:
                self._line(visible(describe_form(form)))
            if not view.forms and view.note:
                self._line(view.note)

    def _node(self, path: str, node: dict[str, Any]) -> None:
        status = node["status"]
        if path.rpartition("|")[2] in (START, END) or status in ("waiting", "running", "skipped"):
            return
        mark = (status, node["visits"])
        if self._ended.get(path) != mark:
            self._ended[path] = mark
            count = f" ({node['done']} of {node['total']})" if "total" in node else ""
            self._line(f"{MARKS[status]} {visible(plain_path(path))}{count}  {node['spent']:.1f} s")

    def _entry(self, entry: dict[str, Any]) -> None:
        number, kind = entry["i"], entry["kind"]
        if number in self._said:
            self._grow(number, entry["text"][self._said[number] :])
            self._calls(entry)
            return
        self._said[number] = len(entry["text"])
        self._close()
        text = visible(entry["text"])
        if kind == "change":
            self._line(_inset(f"{visible(entry['key'])} = {text}"))
        elif kind == "message":
            who = entry.get("who") or entry.get("role", "")
            self._write(f"    {visible(who)}: {text}")
            self._open = number
            self._calls(entry)
        else:
            self._line(_inset(text.rstrip("\n")))

    def _grow(self, number: int, text: str) -> None:
        """Print more of a message, unless something else was printed since."""
        if number in self._said:
            self._said[number] += len(text)
        if number == self._open:
            self._write(visible(text))

    def _calls(self, entry: dict[str, Any]) -> None:
        """Print the calls that a message makes, each when its arguments have come."""
        whole = [call for call in entry.get("calls", ()) if not call.endswith(UNFINISHED)]
        for call in whole[self._called.get(entry["i"], 0) :]:
            self._line(f"      → {visible(call)}")
        self._called[entry["i"]] = len(whole)

    def _close(self) -> None:
        if self._open is not None:
            self._open = None
            self._write("\n")

    def _line(self, text: str) -> None:
        self._close()
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        stream = self._stream or sys.stdout
        stream.write(text)
        stream.flush()


def _inset(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def print_events(
    events: Iterable[tuple[tuple[str, ...], Event]],
    topology: Topology,
    *,
    stream: TextIO | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> Any:
    """Print a run's events as lines, as they come.

    Args:
        events: What ``graph.events(...)`` gives.
        topology: What ``graph.topology()`` gives.
        stream: Where to; the standard output by default.
        clock: Seconds of any origin, for how long nodes took.

    Returns:
        The values of the finished or interrupted run; ``None`` when the events end without an end.

    Example:
        >>> from langgraph_nb.graph.topology import TopologyNode
        >>> run = [((), RunFinished("finished", {"n": 1}))]
        >>> print_events(run, Topology("g", (TopologyNode("a"),), ()))
        {'n': 1}
    """
    view, surface, result = RunView(topology, name=topology.name), TerminalSurface(stream), None
    view.begin(None, clock())
    for ns, event in events:
        result = _shown(view, surface, ns, event, clock(), result)
    return result


async def aprint_events(
    events: AsyncIterable[tuple[tuple[str, ...], Event]],
    topology: Topology,
    *,
    stream: TextIO | None = None,
    clock: Callable[[], float] = lambda: 0.0,
) -> Any:
    """:func:`print_events` for what ``graph.aevents(...)`` gives."""
    view, surface, result = RunView(topology, name=topology.name), TerminalSurface(stream), None
    view.begin(None, clock())
    async for ns, event in events:
        result = _shown(view, surface, ns, event, clock(), result)
    return result


def _shown(
    view: RunView, surface: TerminalSurface, ns: tuple[str, ...], event: Event, now: float, result: Any
) -> Any:
    view.fold(ns, event, now)
    surface.flush(view, now, True)
    if isinstance(event, RunFinished) and not ns:
        surface.settle(view, now)
        return event.values
    return result
