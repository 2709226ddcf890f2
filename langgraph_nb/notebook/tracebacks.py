"""Tracebacks in a notebook: the user's frames, where in the graph it happened in one line, and what to do next.

IPython formats an exception with ``shell.InteractiveTB``; while the extension is loaded, that sees the traceback
without the frames of this package and of what leads from one of them to another (threads, event loops). To see them
too: ``get_ipython().InteractiveTB.skip_hidden = False``. Groups of exceptions, which IPython leaves to Python, are
shown the same way, one after the other. This file must not know of views, widgets or magics.
"""

from __future__ import annotations

import re
import sys
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from linecache import getline
from textwrap import indent
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
SHOWS = "showtraceback"
WIRING = "In Python `>>` shifts numbers. It is wiring in a cell whose first line is `%%graph NAME`."
_SHIFTED = re.compile(r"unsupported operand type\(s\) for >>: '(?:str|function)' and '(?:function|list|set|dict|str)'")
RETRY = "Next: mend the node, run its cell, then retry() of the debugger. What its siblings did is kept."
MOST_BRANCHES = 15
"""So many exceptions of a group are shown, as Python does."""


class Tracebacks:
    """Stands before the formatter of a shell's exceptions.

    Args:
        name_of: What a person calls a graph.
    """

    def __init__(self, name_of: Callable[[Any], str]) -> None:
        self._name_of = name_of
        self._shell: Any = None

    def install(self, ip: Any) -> None:
        """Begin; once, however often it is called."""
        if self._shell is not None:
            return
        self._shell = ip
        formatted, shows = ip.InteractiveTB.structured_traceback, ip.showtraceback

        def structured_traceback(etype: Any, evalue: Any = None, etb: Any = None, *rest: Any, **more: Any) -> Any:
            with self._mended(evalue, etb) as shown:
                lines = formatted(etype, evalue, shown, *rest, **more)
            return [*lines, *(self._branches(evalue, formatted) if self._mends(evalue, etb) else ())]

        def showtraceback(exc_tuple: Any = None, *rest: Any, **more: Any) -> None:
            _, error, traceback = exc_tuple or sys.exc_info()
            plain = rest or more.get("exception_only") or ip.call_pdb
            if plain or error is None or not self._mends(error, traceback) or not any(_groups(error)):
                shows(exc_tuple, *rest, **more)
            else:
                told = ip._get_exc_info(exc_tuple)  # it keeps the error for %tb and %debug, too
                ip._showtraceback(*told[:2], structured_traceback(*told, tb_offset=more.get("tb_offset")))

        setattr(ip.InteractiveTB, NAME, structured_traceback)
        setattr(ip, SHOWS, showtraceback)

    def remove(self) -> None:
        """End: IPython's own is found again."""
        if self._shell is not None:
            vars(self._shell.InteractiveTB).pop(NAME, None)
            vars(self._shell).pop(SHOWS, None)
            self._shell = None

    def _branches(self, error: BaseException, formatted: Callable[..., Any]) -> Iterator[str]:
        """The exceptions of groups, each as it would be shown alone."""
        for group in _groups(error):
            count = len(group.exceptions)
            for number, one in enumerate(group.exceptions[:MOST_BRANCHES], 1):
                with self._mended(one, one.__traceback__) as shown:
                    lines = formatted(type(one), one, shown, tb_offset=0)
                yield f"\n  {number} of {count} in this {type(group).__name__}"
                yield from (indent(line, "  ") for line in (*lines, *self._branches(one, formatted)))
            if count > MOST_BRANCHES:
                yield f"\n  and {count - MOST_BRANCHES} more"

    def _mends(self, error: Any, traceback: TracebackType | None) -> bool:
        """Whether an error has frames or notes that are told in another way here."""
        hides = self._shell is not None and self._shell.InteractiveTB.skip_hidden
        return hides and isinstance(error, BaseException) and _touches(error, traceback)

    @contextmanager
    def _mended(self, error: Any, traceback: TracebackType | None) -> Iterator[TracebackType | None]:
        """The traceback to be formatted; meanwhile the error and those before it have theirs mended too."""
        hints = _on_wiring(error)
        if not hints and not self._mends(error, traceback):
            yield traceback
            return
        with ExitStack() as after:
            for one in _chain(error):
                after.callback(setattr, one, "__traceback__", one.__traceback__)
                one.__traceback__ = _shown(one, one.__traceback__)
            notes = list(getattr(error, "__notes__", ()))
            if notes or hints or _is_stop(error):
                after.callback(setattr, error, "__notes__", notes)
                error.__notes__ = [*self._notes(error, notes, traceback), *hints]
            yield _shown(error, traceback)

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

    What the package calls in the end, such as a library that a node is made of, stays. The line that calls a magic is
    left out where a line of the user's follows. Where nothing would be left, everything stays.
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
    kept = [one for n, one in enumerate(kept, 1) if n == len(kept) or not _calls_magic(one)]
    return traceback if len(kept) in (0, len(frames)) else _linked(kept)


def _calls_magic(one: TracebackType) -> bool:
    """Whether it is a cell's first line as IPython runs it: the whole cell in one, with all ends of lines spelt out."""
    line = getline(_file(one), one.tb_lineno, one.tb_frame.f_globals)
    return is_own_code(_file(one)) and line.lstrip().removeprefix("await ").startswith("get_ipython().run_")


def _on_wiring(error: Any) -> list[str]:
    """What to say where wiring was run as Python."""
    return [WIRING] if isinstance(error, TypeError) and _SHIFTED.match(str(error)) else []


def _shown(error: BaseException, traceback: TracebackType | None) -> TracebackType | None:
    """The frames of an error that are shown; of a group, not those that only put it together."""
    own = own_traceback(traceback)
    if isinstance(error, BaseExceptionGroup):
        frames = list(_steps(own))
        last = max((n for n, one in enumerate(frames) if is_own_code(_file(one))), default=len(frames) - 1)
        own = _linked(frames[: last + 1])
    return own


def _linked(frames: list[TracebackType]) -> TracebackType | None:
    made: TracebackType | None = None
    for one in reversed(frames):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made


def _after_package(run: list[TracebackType]) -> list[TracebackType]:
    """Of frames that are not the user's, those that come after the last of this package."""
    last = max((n for n, one in enumerate(run) if is_of_package(_file(one))), default=-1)
    return run[last + 1 :]


def _touches(error: BaseException, traceback: TracebackType | None) -> bool:
    through = (one for each in (traceback, *(e.__traceback__ for e in _chain(error))) for one in _steps(each))
    if any(is_of_package(_file(one)) for one in through) or task_notes(error):
        return True
    return any(_touches(branch, None) for group in _groups(error) for branch in group.exceptions)


def _is_stop(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt | CancelledError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that led to it, each once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _groups(error: BaseException) -> Iterator[BaseExceptionGroup[BaseException]]:
    """The groups among an error and those that led to it."""
    return (one for one in _chain(error) if isinstance(one, BaseExceptionGroup))


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
