"""The form of a fork in a page: below a history, and one click from each of its steps.

Theory of operation. The history is an output of its own, which needs no kernel; this widget is beside it. The page asks
for the form of a step (``choose``) and sends what was changed (``fork``); the kernel answers through the trait ``form``
and shows the history again. Handlers run after the cell has ended, in whichever thread.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from langgraph_nb.notebook.live.widget import joined, style
from langgraph_nb.notebook.past.fork_form import form_at, read_fork
from langgraph_nb.notebook.past.forks import fork_from
from langgraph_nb.notebook.past.histories import History
from langgraph_nb.notebook.past.records import read_past

__all__ = ["ForkForm", "show"]


class ForkForm(anywidget.AnyWidget):
    """A form that forks a thread."""

    _esm = joined("fork")
    _css = style()

    form = traitlets.Dict().tag(sync=True)
    """The fields of a step, what is wrong with what was sent (``errors``), and what came of it (``note``)."""

    def __init__(self, history: History, handle: Any = None) -> None:
        self.history, self._handle, self._turn = history, handle, 0
        super().__init__(form={**form_at(history.past, history.head), "turn": 0})
        self.on_msg(self._received)

    def _received(self, _: Any, content: dict[str, Any], __: Any) -> None:
        self.send({"type": "ack", "n": content.get("n", 0)})
        try:
            answer = self.answer(content)
        except Exception as error:  # nobody awaits what a click began: it is said where it was clicked
            answer = {**self.form, "errors": {"": f"{type(error).__name__}: {error}"}}
        self._turn += 1
        self.form = {**answer, "turn": self._turn}

    def answer(self, content: dict[str, Any]) -> dict[str, Any]:
        """What the page is told when it asks for a step's form, or sends one."""
        past = self.history.past
        step = past.at(content.get("step"))
        if content.get("type") != "fork":
            return form_at(past, step)
        given = read_fork(past, content.get("value") or {})
        if given.errors:
            return {**self.form, "errors": dict(given.errors), "note": ""}
        made = fork_from(past, step, given.values or None, given.as_node if given.values else None)
        now = read_past(past.outer, config=past.config)
        now.inside = past.inside
        self.history = History(now, now.at())
        if self._handle is not None:
            self._handle.update(self.history._repr_mimebundle_(), raw=True)
        return {**form_at(now, now.at()), "note": str(made)}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        past = self.history.past
        return {**data, "text/plain": f"Fork: %fork {past.called} --thread {past.thread} --at STEP VALUES"}, metadata


def show(history: History) -> ForkForm:
    """Display a history with the form below it."""
    from IPython import display

    shown: Any = display.display
    handle = shown(history._repr_mimebundle_(), raw=True, display_id=True)
    form = ForkForm(history, handle)
    shown(form)
    return form
