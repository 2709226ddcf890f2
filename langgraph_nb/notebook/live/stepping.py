"""A debugger in a notebook: in the live view with buttons, or as a still picture and words where nobody can click.

The first cell that shows a debugger gets the view, which later commands from cells and buttons keep up to date; where a
later cell ends in the debugger, it shows how things stood then. This file knows what the debugger does only by its
public attributes, and of the page only what ``session`` knows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from langgraph_nb.constants import ROOT
from langgraph_nb.notebook.forms import form_of
from langgraph_nb.notebook.live.audience import audience, clicks_arrive
from langgraph_nb.notebook.live.failure import describe_failure
from langgraph_nb.notebook.live.openings import subgraphs
from langgraph_nb.notebook.live.prints import node_prints
from langgraph_nb.notebook.live.run import display, file_name, title_of
from langgraph_nb.notebook.live.session import LiveRun, Options, Surface
from langgraph_nb.notebook.live.state import RunStatus, RunView
from langgraph_nb.notebook.live.still import still_bundles
from langgraph_nb.notebook.live.text import MASK, brief, is_secret_key, text_of
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.pregel.events import Event
from langgraph_nb.stepping import Debugger, StepError, StepTask
from langgraph_nb.stepping.verbs import Watcher
from langgraph_nb.types import Command

__all__ = ["StepRun", "StepView", "show_debugger"]

VERBS = ("next", "over", "out", "superstep", "run", "back", "skip", "replace", "retry", "set", "refresh")
TASKS = 60
"""Tasks of a superstep that are listed."""
VALUE = 1_500
_views: WeakKeyDictionary[Debugger, StepView] = WeakKeyDictionary()


class StepView(Watcher):
    """What is known of a debugger's run, for a picture of it.

    Args:
        debugger: What it did so far is taken in at once.
    """

    def __init__(self, debugger: Debugger) -> None:
        self.debugger = debugger
        graph = debugger.graph
        self.topology = graph.topology(xray=True)
        thread = debugger.thread if debugger.keeps else None
        self.view = RunView(self.topology, name=title_of(graph), thread=thread, describe=_described)
        self.view.resumable = True
        self.run: StepRun | None = None
        """What shows it live, where it is."""
        self._failure: Any = None
        self._shown: dict[tuple[str, ...], dict[str, str]] = {}
        self.began()
        for namespace, event in debugger.events:
            self.happened(namespace, event)
        self.ended(debugger.error)
        debugger.watchers.append(self)

    def began(self) -> None:
        """A command begins."""
        self._failure = self.view.failure
        self.view.begin(None, time.monotonic())

    def happened(self, graph: tuple[str, ...], event: Event) -> None:
        """The run told of an event."""
        if self.run is not None:
            self.run.take_in()  # what was printed before
        self.view.fold(graph, event, time.monotonic())
        if self.run is not None:
            self.run.flush_soon()

    def ended(self, error: BaseException | None) -> None:
        """A command is over: show where the run stands."""
        view, debugger = self.view, self.debugger
        if isinstance(error, StepError):
            view.failure = self._failure
        if debugger.finished:
            view.set_status("done", str(error) if isinstance(error, StepError) else "")
        elif isinstance(error, Exception) and not isinstance(error, StepError):
            view.fail(error, time.monotonic())
        elif error is not None and not isinstance(error, Exception):
            view.stop(time.monotonic())
        else:
            status: RunStatus = "failed" if view.failure is not None and debugger.error is not None else "paused"
            view.set_status(status, str(error) if error is not None else "")
        view.set_step(self._standing())
        if self.run is not None:
            self.run.stands()
        else:
            view.set_forms([form_of(question).to_json() for question in debugger.interrupts])

    def _standing(self) -> dict[str, Any]:
        """Where the run stands, as JSON data."""
        debugger, current = self.debugger, self.debugger.current
        return {
            "stands": debugger.standing(), "finished": debugger.finished, "task": current.id if current else "",
            "status": current.status if current else "", "path": current.path if current else "",
            "input": self._input(current, VALUE) if current else "", "graph": _graph_of(debugger),
            "tasks": [
                {"id": task.id, "path": task.path, "status": task.status, "input": self._input(task, 60)}
                for task in debugger.tasks[:TASKS]
            ],
            "state": self._state(),
        }  # fmt: skip

    def _input(self, task: StepTask, limit: int) -> str:
        """What a task is called with, where that is not the state."""
        shown = text_of(task.input, VALUE)
        same = shown == text_of(self.debugger.state, VALUE)
        return "" if same else shown if limit == VALUE else brief(task.input, limit)

    def _state(self) -> list[dict[str, Any]]:
        """The state by key, with what it was when this graph's was last shown."""
        state, current = self.debugger.state, self.debugger.current
        graph = current.graph if current is not None else ()
        values = state if isinstance(state, Mapping) else {} if state is None else {ROOT: state}
        shown = {str(key): MASK if is_secret_key(key) else text_of(value, VALUE) for key, value in values.items()}
        before = self._shown.get(graph)
        self._shown[graph] = shown
        return [
            {"key": key, "value": text, **({} if before is None or before.get(key) == text else _was(before, key))}
            for key, text in shown.items()
        ]


def _was(before: Mapping[str, str], key: str) -> dict[str, str]:
    return {"before": brief(before[key])} if key in before else {"before": ""}


def _graph_of(debugger: Debugger) -> str:
    current = debugger.current
    return ":".join(current.names[:-1]) if current is not None else ""


def _described(error: BaseException) -> dict[str, Any]:
    return describe_failure(error, file_name)


class StepRun(LiveRun):
    """A debugger that buttons give commands to.

    Args:
        shown: What is known of its run.
        surface: What it is shown on.
    """

    def __init__(self, shown: StepView, surface: Surface) -> None:
        self.debugger = shown.debugger
        super().__init__(lambda: self.debugger.graph, Options(self.debugger.config), shown.view, surface)
        self._offer(self.debugger.interrupts)

    def stands(self) -> None:
        """A command is over."""
        self._offer(self.debugger.interrupts)
        self.settle()

    def do(self, message: Mapping[str, Any]) -> None:
        """A button was pressed. Called in any thread."""
        verb, task = message.get("verb"), message.get("task") or None
        if verb not in VERBS:
            return
        if verb == "set":
            arguments: tuple[Any, ...] = (message.get("value"),)
        elif verb == "replace":
            arguments = (task, message.get("value"))
        else:
            arguments = (task,) if task and verb in ("next", "over", "skip", "retry") else ()
        self._post(lambda: self._do(str(verb), arguments))

    def resume(self) -> None:
        """Go on with what failed, or to the next breakpoint."""
        self.do({"verb": "run" if self.debugger.error is None else "retry"})

    async def _do(self, verb: str, arguments: tuple[Any, ...]) -> None:
        async with self._turn:
            await self._settled()
            await asyncio.wait({self._launch((verb, arguments))})

    async def _segment(self, input: Any, answered: str = "") -> None:
        if isinstance(input, Command):  # the answer of a form
            ((id, value),) = input.resume.items()  # type: ignore[union-attr]
            verb, arguments = "answer", (value, id)
        else:
            verb, arguments = input
        self.error = None
        ticking = self._keep(self._tick())
        try:
            with node_prints(self._printed) if self.surface.takes_prints else nullcontext():
                await self.debugger.perform(self.debugger.command(verb, *arguments))
        except StepError as error:
            self.say(str(error))
        except Exception as error:  # shown in the view, by which it was told
            self.error = error
        finally:
            ticking.cancel()
            self.settle()


def show_debugger(debugger: Debugger) -> None:
    """Display a debugger: what a cell does that ends in one."""
    if not isinstance(debugger, Debugger):
        raise CellError(f"{debugger!r} is no debugger.", "step(graph, input) makes one.")
    who = audience()
    if who == "terminal":
        print(repr(debugger))
        return
    shown = _views.get(debugger)
    if shown is None:
        shown = _views[debugger] = StepView(debugger)
    if who == "widget" and shown.run is None:
        _show_live(shown)
        return
    for bundle in still_bundles(shown.topology, shown.view, "debugger.answer(ANSWER)"):
        display(bundle, raw=True)


def _show_live(shown: StepView) -> None:
    from langgraph_nb.notebook.live.widget import LiveView, WidgetSurface

    debugger, thread = shown.debugger, shown.view.thread
    again = f"%step {shown.view.name} --thread {thread}" if debugger.keeps else ""
    opened = subgraphs(shown.topology)
    widget = LiveView(shown.topology, shown.view, stops=clicks_arrive(), resume=again, opened=opened)
    shown.run = widget.run = StepRun(shown, WidgetSurface(widget, partial(display, display_id=True)))
    shown.run.settle()
