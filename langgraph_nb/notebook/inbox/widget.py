"""The inbox as a widget: one row for each thread that waits, with its cards; what comes of an answer, in the same row.

Theory of operation. The trait ``items`` holds all rows, whole; while runs go on, what changes in a row is sent as a
patch with the row's key, as the live view's are. Messages from the page: ``hello`` (it wants all of a row), ``answer``,
``resume``, ``stop`` and ``refresh``; all but the first are acknowledged. Rows are answered on the loop of the cell.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

import anywidget
import traitlets

from langgraph_nb.notebook.inbox.opened import Inbox
from langgraph_nb.notebook.inbox.waiting import LOOKED_AT, Waiting, how_to_go_on
from langgraph_nb.notebook.live.session import LiveRun, Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.widget import joined, style

__all__ = ["InboxView"]

SHOWN = 50
"""Rows; the others are counted."""
NEWEST_ONLY = f"Only the {LOOKED_AT} threads that were written to last were looked at."


class InboxView(anywidget.AnyWidget):
    """What a person sees of an inbox. Made by ``inbox``.

    Args:
        look: Looks anew at what waits.
        open: Makes a thread ready to be answered.
    """

    _esm = joined("inbox")
    _css = style()

    items: Any = traitlets.List().tag(sync=True)
    """The rows: what is known of each before anything is answered, and its view."""
    note = traitlets.Unicode().tag(sync=True)
    """What to know about all of them."""

    def __init__(self, look: Callable[[], Awaitable[Inbox]], open: Callable[[Waiting, Surface], LiveRun]) -> None:
        self.handle: Any = None
        """Of the output; it keeps the words for readers without a kernel."""
        self._look, self._open = look, open
        self._found = Inbox((), 0)
        self._runs: dict[str, LiveRun] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}
        """Of the rows that a thread has had; each has a key of its own."""
        self._loop, self._context = asyncio.get_running_loop(), contextvars.copy_context()
        self._looking: asyncio.Task[None] | None = None
        super().__init__()
        self.on_msg(self._received)

    def fill(self, found: Inbox) -> None:
        """Show what waits. Rows that were answered here stay, with what came of it."""
        self._found = found
        rows: dict[str, dict[str, Any]] = {}
        for one in found[:SHOWN]:
            key = self._key_of(one)
            rows[key] = self._rows.get(key) or self._row(key, one)
        there = {(row["graph"], row["thread"]) for row in rows.values()}
        over = (k for k, row in self._rows.items() if self._begun(k) and (row["graph"], row["thread"]) not in there)
        self._rows = {**rows, **{key: self._rows[key] for key in over}}
        self._runs = {key: run for key, run in self._runs.items() if key in self._rows}
        more = len(found) - SHOWN
        notes = [f"{more} more wait; name threads to see them." if more > 0 else ""]
        notes.append(NEWEST_ONLY if found.looked_at >= LOOKED_AT else "")
        self.note = " ".join(filter(None, notes))
        self.items = list(self._rows.values())

    def _begun(self, key: str) -> bool:
        return key in self._runs and self._runs[key].begun

    def _key_of(self, one: Waiting) -> str:
        """The key of its row, if there is one that shows it as it is; else a new one."""
        name = f"{one.graph}/{one.thread}"
        key = f"{name}/{self._numbers.get(name, 0)}"
        run = self._runs.get(key)
        asked = {interrupt.id for interrupt in one.interrupts}
        if run is not None and (run.status == "running" or {i.id for i in run.view.interrupts} == asked):
            return key
        self._numbers[name] = self._numbers.get(name, 0) + 1
        return f"{name}/{self._numbers[name]}"

    def _row(self, key: str, one: Waiting) -> dict[str, Any]:
        shown = {"key": key, "thread": one.thread, "graph": one.graph, "nodes": list(one.nodes), "since": one.since}
        if one.standing == "waiting":
            surface = RowSurface(self, key)
            run = self._runs[key] = self._open(one, surface)
            surface.there = True
            return {**shown, "view": run.view.snapshot(0.0)}
        self._runs.pop(key, None)
        asked = [str(form["question"]) for form in _forms(one)]
        return {**shown, "standing": one.standing, "hint": how_to_go_on(one), "asked": asked}

    # -- from the page ------------------------------------------------------------------------------------------------

    def _received(self, _: Any, content: dict[str, Any], __: Any) -> None:
        """Called in a thread of the kernel's choice."""
        kind, run = content.get("type"), self._runs.get(str(content.get("item")))
        if kind != "hello":
            self.send({"type": "ack", "n": content.get("n", 0)})
        if kind == "refresh":
            self._loop.call_soon_threadsafe(self._refresh, context=self._context)
        elif run is None:
            return
        elif kind == "hello":
            run.show_whole()
        elif kind == "stop":
            run.stop()
        elif kind == "resume":
            run.resume()
        elif kind == "answer":
            run.answer(str(content.get("id")), content.get("value"))

    def _refresh(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = self._loop.create_task(self._look_again())

    async def _look_again(self) -> None:
        try:
            self.fill(await self._look())
        except Exception as error:  # nobody awaits what a click began: it is said in the view
            self.note = f"{type(error).__name__}: {error}"
        self.keep()

    # -- to the page --------------------------------------------------------------------------------------------------

    def keep(self, key: str = "", view: dict[str, Any] | None = None) -> None:
        """Keep how things stand: for pages that come later, and in the output for readers without a kernel."""
        if view is not None and key in self._rows:
            self._rows[key] = {**self._rows[key], "view": view}
            self.items = list(self._rows.values())
        if self.handle is not None:
            self.handle.update(self)

    def words(self) -> str:
        """The inbox as text: what still waits, and what was answered here."""
        over = [run.view for run in self._runs.values() if run.status != "paused"]
        answered = {(view.name, view.thread) for view in over}
        left = [one for one in self._found if (one.graph, one.thread) not in answered]
        done = [f"{view.name}, thread {view.thread}: {view.status}" for view in over]
        return "\n\n".join(filter(None, (repr(Inbox(left, 0)), "\n".join(done))))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/plain": self.words()}, metadata


class RowSurface(Surface):
    """Shows a run in its row."""

    def __init__(self, widget: InboxView, key: str) -> None:
        self._widget, self._key = widget, key
        self.there = False
        """Whether the page has the row."""

    def flush(self, view: RunView, now: float, force: bool) -> None:
        """Send what changed. A page that has missed something asks for all of it."""
        if self.there and (patch := view.patch(now)) is not None:
            self._widget.send({"type": "patch", "item": self._key, **patch})

    def whole(self, view: RunView, now: float) -> None:
        """The page asked for everything."""
        self._widget.send({"type": "whole", "item": self._key, "view": view.snapshot(now)})

    def settle(self, view: RunView, now: float) -> None:
        """The run paused or ended."""
        self._widget.keep(self._key, view.snapshot(now))


def _forms(one: Waiting) -> list[dict[str, Any]]:
    from langgraph_nb.notebook.forms import form_of

    return [form_of(interrupt).to_json() for interrupt in one.interrupts]
