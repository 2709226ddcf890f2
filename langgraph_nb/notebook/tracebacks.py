"""Tracebacks in a notebook: the user's frames, where in the graph it happened in one line, and what to do next.

IPython formats an exception with ``shell.InteractiveTB``; while the extension is loaded, that sees the traceback
without the frames of this package and of what leads from one of them to another (threads, event loops). To see them
too: ``get_ipython().InteractiveTB.skip_hidden = False``. This file must not know of views, widgets or magics.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any

from langgraph_nb.constants import START
from langgraph_nb.notebook.live.failure import is_of_package, is_own_code
from langgraph_nb.notebook.picture.xmltext import visible
from langgraph_nb.pregel.failures import TaskNote, listed, task_notes
from langgraph_nb.pregel.main import Pregel
from langgraph_nb.stepping import Debugger

__all__ = ["Tracebacks", "own_traceback", "way_on", "where"]

NAME = "structured_traceback"
RETRY = "Next: mend the node, run its cell, then retry() of the debugger. What its siblings did is kept."


class Tracebacks:
    """Stands before the formatter of a shell's exceptions.

    Args:
        name_of: What a person calls a graph.
    """

    def __init__(self, name_of: Callable[[Any], str]) -> None:
        self._name_of = name_of
        self._formatter: Any = None

    def install(self, ip: Any) -> None:
        """Begin; once, however often it is called."""
        if self._formatter is not None:
            return
        self._formatter = ip.InteractiveTB
        before = self._formatter.structured_traceback

        def structured_traceback(etype: Any, evalue: Any = None, etb: Any = None, *rest: Any, **more: Any) -> Any:
            with self._mended(evalue, etb) as shown:
                return before(etype, evalue, shown, *rest, **more)

        setattr(self._formatter, NAME, structured_traceback)

    def remove(self) -> None:
        """End: IPython's own is found again."""
        if self._formatter is not None:
            vars(self._formatter).pop(NAME, None)
            self._formatter = None

    @contextmanager
    def _mended(self, error: Any, traceback: TracebackType | None) -> Iterator[TracebackType | None]:
        """The traceback to be formatted; meanwhile the error and those before it have theirs mended too."""
        if not self._formatter.skip_hidden or not isinstance(error, BaseException) or not _touches(error, traceback):
            yield traceback
            return
        with ExitStack() as after:
            for one in _chain(error):
                after.callback(setattr, one, "__traceback__", one.__traceback__)
                one.__traceback__ = own_traceback(one.__traceback__)
            notes = list(getattr(error, "__notes__", ()))
            if notes or _is_stop(error):
                after.callback(setattr, error, "__notes__", notes)
                error.__notes__ = self._notes(error, notes, traceback)
            yield own_traceback(traceback)

    def _notes(self, error: BaseException, notes: list[str], traceback: TracebackType | None) -> list[str]:
        """The lines below an error: those of its tasks as one, and what to do next."""
        told = task_notes(error)
        texts = [note.text for note in told]
        kept = [note for note in notes if note not in texts[1:]]
        lines = [where(told) if told and note == texts[0] else note for note in kept]
        found = next(_runs(traceback), None)
        if found is None or not (told or _is_stop(error)) or (told and told[-1].node == START):
            return lines
        if told and _is_held(traceback):
            return [*lines, RETRY]
        graph, thread = found
        return [*lines, way_on(self._name_of(graph), thread, stopped=not told)]


def where(notes: list[TaskNote]) -> str:
    """Where in a graph something happened: node, step and state keys, in one line.

    Args:
        notes: Of the tasks that it happened in, the innermost first.

    Example:
        >>> from langgraph_nb.pregel.events import Task
        >>> where([TaskNote.of(Task("add", (), (), {"n": 1}, 2, "seed"))])
        'In node add, step 2; state keys: n'
    """
    first = notes[0]
    keys = f"; state keys: {listed(first.keys)}" if first.keys else ""
    if first.node == START:
        return f"While the input was read{keys}"
    path = " › ".join(_flat(note.node) for note in reversed(notes))
    return f"In node {path}, step {first.step}{keys}"


def way_on(name: str, thread: str | None, *, stopped: bool = False) -> str:
    """What to do after a failure.

    Args:
        name: Of the graph.
        thread: The thread that was stored; ``None`` where nothing was.
        stopped: Whether it was no failure.

    Example:
        >>> print(way_on("support", "42", stopped=True))
        Next: %resume support --thread 42 goes on. What has finished is kept.
    """
    if thread is None:
        again = "run it again" if stopped else "mend the node, run its cell, then run this one again"
        return f"Next: {again}. Nothing was kept: the graph has no checkpointer."
    line = f"%resume {_flat(name)} --thread {_quoted(_flat(thread))}"
    mend = f"{line} goes on." if stopped else f"mend the node, run its cell, then {line}."
    return f"Next: {mend} What has finished is kept."


def own_traceback(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without this package's frames, and without those that lead from one of them to the next.

    What the package calls in the end, such as a library that a node is made of, stays. Where nothing would be left,
    everything stays.
    """
    frames = list(_steps(traceback))
    kept: list[TracebackType] = []
    run: list[TracebackType] = []
    for one in frames:
        if is_own_code(_file(one)):
            kept += [*_after_package(run), one]
            run = []
        else:
            run.append(one)
    kept += _after_package(run)
    if len(kept) in (0, len(frames)):
        return traceback
    made: TracebackType | None = None
    for one in reversed(kept):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made


def _after_package(run: list[TracebackType]) -> list[TracebackType]:
    """Of frames that are not the user's, those that come after the last of this package."""
    last = max((n for n, one in enumerate(run) if is_of_package(_file(one))), default=-1)
    return run[last + 1 :]


def _touches(error: BaseException, traceback: TracebackType | None) -> bool:
    through = (one for each in (traceback, *(e.__traceback__ for e in _chain(error))) for one in _steps(each))
    return any(is_of_package(_file(one)) for one in through) or bool(task_notes(error))


def _is_stop(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt | CancelledError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that led to it, each once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _runs(traceback: TracebackType | None) -> Iterator[tuple[Any, str | None]]:
    """The graphs that ran, the outermost first, each with its thread where that is stored."""
    for one in _steps(traceback):
        names = one.tb_frame.f_locals if is_of_package(_file(one)) else {}
        graph, config = names.get("self"), names.get("config")
        if isinstance(graph, Pregel):
            merged = {**(graph.config or {}), **(config if isinstance(config, dict) else {})}
            thread = (merged.get("configurable") or {}).get("thread_id")
            stored = bool(graph.checkpointer) and thread is not None
            yield graph, str(thread) if stored else None


def _is_held(traceback: TracebackType | None) -> bool:
    """Whether a debugger went through the run."""
    return any(isinstance(one.tb_frame.f_locals.get("self"), Debugger) for one in _steps(traceback))


def _file(one: TracebackType) -> str:
    return one.tb_frame.f_code.co_filename


def _flat(text: str) -> str:
    return " ".join(visible(text).split())


def _quoted(text: str) -> str:
    return text if text and not any(c in text for c in " \"'") else f'"{text}"'
