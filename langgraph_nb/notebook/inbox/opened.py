"""``inbox``: what waits in savers, shown with its cards; answers go on with the threads in the background.

This file decides which savers and graphs are meant, who looks (``audience``), and what the cell gets back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.forms import form_of
from langgraph_nb.notebook.inbox.waiting import Waiting, describe, waiting_in
from langgraph_nb.notebook.live.audience import audience, shell
from langgraph_nb.notebook.live.run import ask_at_terminal, display, finder, new_view
from langgraph_nb.notebook.live.session import LiveRun, Options, Surface
from langgraph_nb.notebook.live.still import describe_form
from langgraph_nb.notebook.live.terminal import TerminalSurface
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.terminal_answers import terminal_present
from langgraph_nb.pregel.main import Pregel
from langgraph_nb.types import Interrupt

__all__ = ["Inbox", "inbox", "open_item"]


class Inbox(Sequence[Waiting]):
    """What waits, the newest first. It has been shown already, so as the value of a cell it shows nothing more."""

    def __init__(self, found: Sequence[Waiting], looked_at: int) -> None:
        self._found = tuple(found)
        self.looked_at = looked_at
        """How many threads were looked at."""

    @overload
    def __getitem__(self, index: int) -> Waiting: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Waiting, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return describe(self._found, _question)

    def _ipython_display_(self) -> None:
        """Nothing: see above."""


async def inbox(graph_or_saver: Any = None, threads: Iterable[str] | str | None = None) -> Inbox:
    """Show what waits for a person, across threads, with a form for each question: ``%inbox``.

    The questions come from the savers, so this works after a restart of the kernel, and for threads that other programs
    began. An answer goes on with its thread in the background, in the same view. A thread that somebody else is at is
    shown as busy. Where nobody can answer, what waits is shown as text.

    Args:
        graph_or_saver: A compiled graph, or a saver; by default the savers of all graphs of the notebook.
        threads: The ids of the threads to look at; by default those that were written to last.

    Returns:
        What waits, the newest first.

    Raises:
        CellError: There is no such thing: no graph with a checkpointer, or neither a graph nor a saver was given.

    Example:
        In a cell: ``await inbox()``, or ``await inbox(support, threads=["42"])``
    """
    look = _Look(graph_or_saver, [threads] if isinstance(threads, str) else threads)
    found = await look.again()
    match audience():
        case "widget":
            from langgraph_nb.notebook.inbox.widget import InboxView

            view = InboxView(look.again, open_item)
            view.fill(found)
            view.handle = display(view, display_id=True)
        case "static":
            display({"text/plain": repr(found)}, raw=True)
        case "terminal":
            print(found)
            for one in found if terminal_present() else ():
                if one.standing == "waiting" and one.interrupts:
                    await ask_at_terminal(open_item(one, TerminalSurface()))
    return found


def open_item(one: Waiting, surface: Surface) -> LiveRun:
    """A thread that waits, ready to be answered."""
    options = Options({"configurable": {"thread_id": one.thread}})
    find, saver = finder(one.compiled), one.compiled.checkpointer
    view = new_view(one.compiled, options, one.graph)
    run = LiveRun(lambda: _with_saver(find(), saver), options, view, surface)
    if one.snapshot is not None:
        run.load([one.snapshot])
    return run


class _Look:
    """What is looked at, each time anew: cells may have built other graphs since.

    Args:
        given: A graph, a saver, or nothing.
        threads: Only these.
    """

    def __init__(self, given: Any, threads: Iterable[str] | None) -> None:
        self._given = given
        self._threads = None if threads is None else [str(thread) for thread in threads]
        self._savers()  # says at once what is wrong

    async def again(self) -> Inbox:
        found: list[Waiting] = []
        looked_at = 0
        known = _graphs()
        for saver, own in self._savers():
            some, many = await waiting_in(saver, {**known, **own}, self._threads)
            found += [one for one in some if not own or one.graph in own]
            looked_at += many
        return Inbox(sorted(found, key=lambda one: one.since, reverse=True), looked_at)

    def _savers(self) -> list[tuple[Any, Mapping[str, Any]]]:
        """Savers, each with the graphs that are meant; with none, all are."""
        given = self._given
        if given is None:
            savers = {id(graph.checkpointer): graph.checkpointer for graph in _graphs().values()}
            if not savers:
                raise CellError(
                    "No graph of this notebook has a checkpointer, so nothing can wait.",
                    "Run the cells that build the graph first, or name a saver: %inbox --saver sqlite:threads.db",
                )
            return [(saver, {}) for saver in savers.values()]
        if isinstance(given, Pregel):
            if given.checkpointer in (None, True, False):
                raise CellError(
                    f"The graph {given.name!r} has no checkpointer, so nothing of its threads is kept.",
                    "Compile it with one, or give %%graph --checkpointer.",
                )
            return [(given.checkpointer, _named(given))]
        if callable(getattr(given, "get_tuple", None)):
            return [(given, {})]
        hint = did_you_mean(given, _graphs()) if isinstance(given, str) else ""
        raise CellError(f"{given!r} is neither a graph nor a saver.", hint or "Give one of the two, or nothing.")


def _graphs() -> dict[str, Any]:
    """The notebook's graphs that keep threads, by the variables that they are in, each once."""
    ip = shell()
    found: dict[int, tuple[str, Any]] = {}
    for name, value in list(ip.user_ns.items()) if ip else ():
        if isinstance(value, Pregel) and not name.startswith("_") and value.checkpointer not in (None, True, False):
            found.setdefault(id(value), (name, value))
    return dict(found.values())


def _named(graph: Any) -> dict[str, Any]:
    names = [name for name, known in _graphs().items() if known is graph]
    return {(names or [str(graph.name)])[0]: graph}


def _with_saver(graph: Any, saver: Any) -> Any:
    return graph if graph.checkpointer is saver else graph.copy({"checkpointer": saver})


def _question(interrupt: Interrupt) -> str:
    return describe_form(form_of(interrupt).to_json())
