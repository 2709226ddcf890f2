"""The live view as a widget: one class, its ES module and style sheet in ``notebook/static``.

Theory of operation. Until the page says hello, and whenever it asks, it gets everything (the trait ``view``); after
that, patches as custom messages. Messages from the page: ``hello``, ``open``, ``stop``, ``resume``, ``answer``; all but
the first are acknowledged, so that a page can tell when nobody listens any more. Which subgraphs are open is a trait,
so that it outlives the page; the pictures with none and with all of them open are there from the beginning, as no
handler may run before the cell has ended. The display is updated when the run pauses or ends, so that the saved
notebook holds the last state as a picture and as words, in outputs of their own, which a page that has the live view
hides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from langgraph_nb.graph.topology import Topology
from langgraph_nb.notebook.live.openings import Pictures, with_open
from langgraph_nb.notebook.live.session import LiveRun, Surface
from langgraph_nb.notebook.live.state import RunView
from langgraph_nb.notebook.live.still import progress, still_bundle, words
from langgraph_nb.notebook.theme import tokens_css

__all__ = ["LiveView", "WidgetSurface"]

_STATIC = files("langgraph_nb.notebook") / "static"
WHOLE = 0.25
"""Seconds between two whole views, while the page has not said hello."""


def joined(last: str) -> str:
    """The ES module of a widget: files of ``static`` as one, since a widget has one; ``last`` has what it exports.

    Each is a module of its own, with its imports at the top; joined, they need neither ``import`` nor ``export``.
    """
    names = ("dom", "store", "fields", "picture", "panels", "actions", "connection", "step", last)
    parts = [(_STATIC / f"{name}.js").read_text("utf-8") for name in names]
    one = re.sub(r"^import .*\n", "", "\n".join(parts), flags=re.M)
    return re.sub(r"^export (?!default )", "", one, flags=re.M)


def module() -> str:
    """The ES module of the live view."""
    return joined("live")


def style() -> str:
    """The style sheet of the widgets."""
    return tokens_css() + (_STATIC / "live.css").read_text("utf-8")


class LiveView(anywidget.AnyWidget):
    """What a person sees of a run. Made by ``live``; show it again with ``display``."""

    _esm = module()
    _css = style()

    pictures = traitlets.Dict().tag(sync=True)
    """Pictures by what is open in them; the page shows one and sets classes on it."""
    opened: Any = traitlets.List().tag(sync=True)
    """The subgraphs that are open."""
    view = traitlets.Dict().tag(sync=True)
    """Everything, as of the last whole view."""
    hints = traitlets.Dict().tag(sync=True)
    """What does not change: whether Stop works here, and how to go on from code."""

    def __init__(
        self,
        topology: Topology,
        view: RunView,
        *,
        stops: bool = True,
        resume: str = "",
        opened: Sequence[str] | None = None,
    ) -> None:
        self.run: LiveRun | None = None
        self._pictures = Pictures(topology)
        self._state = view
        self.beside = (
            Beside(lambda: still_bundle(with_open(topology, self.opened), view)),
            Beside(lambda: {"text/plain": words(view, resume)}),
        )
        """The picture and the words, for readers without the kernel."""
        self.ready = False
        hints = {"stops": stops, "resume": resume, "subgraphs": self._pictures.subgraphs}
        first, pictures = self._pictures.first()
        first = first if opened is None else [*opened]
        super().__init__(opened=first, pictures=pictures, view=view.snapshot(0.0), hints=hints)
        self.on_msg(self._received)

    def _received(self, _: Any, content: dict[str, Any], __: Any) -> None:
        """Called in a thread of the kernel's choice."""
        kind, run = content.get("type"), self.run
        if run is None:
            return
        if kind == "hello":
            if content.get("shows_all"):
                for one in self.beside:
                    one.hide()
            run.show_whole()
            return
        self.send({"type": "ack", "n": content.get("n", 0)})
        if kind == "open":
            self.open_subgraphs(content.get("paths") or [])
            run.show_whole()  # what is kept has them open, too
        elif kind == "stop":
            run.stop()
        elif kind == "resume":
            run.resume()
        elif kind == "answer":
            run.answer(str(content.get("id")), content.get("value"))
        elif kind == "step":
            run.do(content)

    def open_subgraphs(self, paths: Sequence[str]) -> None:
        """Have just these subgraphs open. Until their picture comes, the page shows one with more, or with less."""
        self.opened = [path for path in self._pictures.subgraphs if path in paths]
        missing = self._pictures.draw(self.opened)
        if not missing.keys() <= self.pictures.keys():
            self.pictures = {**self.pictures, **missing}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/plain": progress(self._state).partition("\n")[0]}, metadata


class _Blank(anywidget.AnyWidget):
    """Nothing to see."""

    _esm = "export default { render() {} };"


class Beside:
    """An output that only readers without the kernel see: pages that have the live view hide what follows it.

    Args:
        bundle: Makes its display data.
    """

    def __init__(self, bundle: Callable[[], dict[str, str]]) -> None:
        self._bundle = bundle
        self._blank: _Blank | None = None
        self.settled = False
        """Whether there is something to keep: nothing is drawn for a run that goes on."""

    def hide(self) -> None:
        """Have it shown as nothing where there are widgets: on a page that cannot hide it."""
        self._blank = self._blank or _Blank()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = (self._blank._repr_mimebundle_(**kwargs) if self._blank is not None else None) or ({}, {})
        return {**data, **(self._bundle() if self.settled else {"text/plain": ""})}, metadata


class WidgetSurface(Surface):
    """Shows a run in a ``LiveView``.

    Args:
        widget: What shows it.
        show: Displays a widget, and gives what updates that display; without it, nothing is displayed.
    """

    def __init__(self, widget: LiveView, show: Callable[[Any], Any] | None = None) -> None:
        self.widget = widget
        self._shown = [(one, show(one)) for one in (widget, *widget.beside)] if show is not None else []
        self._whole = float("-inf")

    def flush(self, view: RunView, now: float, force: bool) -> None:
        """Send what changed, or everything while the page is not there yet."""
        if self.widget.ready:
            if (patch := view.patch(now)) is not None:
                self.widget.send({"type": "patch", **patch})
        elif force or now - self._whole >= WHOLE:
            self._whole = now
            self.widget.view = view.snapshot(now)

    def whole(self, view: RunView, now: float) -> None:
        """The page asked for everything."""
        self.widget.ready = True
        self.widget.send({"type": "whole", "view": view.snapshot(now)})
        if view.status != "running":  # else it is kept when it settles
            self._keep()

    def settle(self, view: RunView, now: float) -> None:
        """Keep the last state: in the widget for pages that come later, in the output for readers without a kernel."""
        self.widget.view = view.snapshot(now)
        self._keep()

    def _keep(self) -> None:
        for one in self.widget.beside:
            one.settled = True
        for one, handle in self._shown:
            handle.update(one)
