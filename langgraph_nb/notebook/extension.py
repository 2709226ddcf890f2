"""The IPython extension: ``%load_ext langgraph_nb``.

It registers the magics, completion, pictures of graphs, and two hooks around each cell: they tell the workbench which
cell runs, which were deleted, and when variables may have changed.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from langgraph_nb.notebook.builders import BuilderWatch, builders_in
from langgraph_nb.notebook.interrupts import RunningCell
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.registry import Workbench

SHOWN = ("langgraph_nb.graph.state.StateGraph", "langgraph_nb.pregel.compiled.CompiledStateGraph")
"""What shows itself as a picture when it is the last value of a cell."""
DEBUGGER = "langgraph_nb.stepping.debugger.Debugger"
_loaded: WeakKeyDictionary[Any, Extension] = WeakKeyDictionary()


def cell_number(ip: Any) -> int:
    """The running cell's. ``execution_count`` is one more or not, depending on IPython's version."""
    return len(ip.history_manager.input_hist_parsed) - 1


class IPythonHost:
    """Runs a graph's cells in an IPython shell."""

    def __init__(self, ip: Any) -> None:
        self.ip = ip
        self.ran: list[str] = []
        """The sources of cells that IPython's history is not to have: nbval asks for that."""

    @property
    def namespace(self) -> dict[str, Any]:
        return self.ip.user_ns  # type: ignore[no-any-return]

    @property
    def number(self) -> int:
        return cell_number(self.ip)

    @property
    def label(self) -> str:
        return f"[{self.number}]"

    @property
    def flags(self) -> int:
        return int(self.ip.compile.flags)

    @property
    def history(self) -> list[str]:
        return [*self.ran, *self.ip.history_manager.input_hist_parsed]

    def note(self, source: str) -> None:
        """Keep the source of a cell that IPython does not keep."""
        self.ran.append(str(self.ip.transform_cell(source)))

    def translate(self, body: str) -> str:
        blank = next((n for n, line in enumerate(body.split("\n")) if line.strip()), 0)
        return "\n" * blank + str(self.ip.transform_cell(body))  # IPython drops the blank lines at the top

    def remember(self, source: str) -> str:
        return str(self.ip.compile.cache(source, self.number, raw_code=source))

    def show(self, bundle: Mapping[str, str]) -> None:
        from IPython.display import display

        display(dict(bundle), raw=True)  # type: ignore[no-untyped-call,unused-ignore]

    def rewrite(self, source: str) -> None:
        self.ip.set_next_input(source, replace=True)


class Extension:
    """What is registered with one shell. Graphs outlive unloading and loading again."""

    def __init__(self, ip: Any) -> None:
        self.ip = ip
        self.host = IPythonHost(ip)
        self.bench = Workbench(self.host)
        self.watch = BuilderWatch()
        self.loaded = False
        self.tracebacks: Any = None
        self.cells: list[RunningCell] = []

    def load(self) -> None:
        """Register everything; what is there already is registered once."""
        from langgraph_nb.notebook.live.run import name_of
        from langgraph_nb.notebook.registered import register
        from langgraph_nb.notebook.tracebacks import Tracebacks

        if self.loaded:
            return
        self.loaded = True
        self.tracebacks = Tracebacks(name_of)
        self.tracebacks.install(self.ip)
        register(self.ip, self.bench)
        self.ip.events.register("pre_run_cell", self.before_cell)
        self.ip.events.register("post_run_cell", self.after_cell)
        for name in SHOWN:
            module, _, kind = name.rpartition(".")
            self._formatter.for_type_by_name(module, kind, _picture)
        self._displays.for_type_by_name(*DEBUGGER.rsplit(".", 1), _show_debugger)

    def unload(self) -> None:
        """Take back what was registered."""
        from langgraph_nb.notebook.registered import unregister

        if not self.loaded:
            return
        self.loaded = False
        unregister(self.ip)
        self.tracebacks.remove()
        self.ip.events.unregister("pre_run_cell", self.before_cell)
        self.ip.events.unregister("post_run_cell", self.after_cell)
        for name in SHOWN:
            self._formatter.pop(name, None)
        self._displays.pop(DEBUGGER, None)

    @property
    def _formatter(self) -> Any:
        return self.ip.display_formatter.mimebundle_formatter

    @property
    def _displays(self) -> Any:
        return self.ip.display_formatter.ipython_display_formatter

    def before_cell(self, info: Any) -> None:
        """IPython is about to run a cell."""
        if not info.store_history:
            self.host.note(info.raw_cell)
        metadata = _metadata(self.ip)
        cell = str((info.cell_id if hasattr(info, "cell_id") else metadata.get("cellId")) or "")
        deleted = [str(gone) for gone in metadata.get("deletedCells") or ()]
        self.cells.append(RunningCell())
        self.bench.begin_cell(cell, deleted)
        self.watch.begin_cell(cell, builders_in(self.ip.user_ns), deleted)

    def after_cell(self, result: Any) -> None:
        """IPython has run a cell."""
        error = getattr(result, "error_in_exec", None)
        if self.cells:
            self.cells.pop().end(stopped=result is None or isinstance(error, KeyboardInterrupt | CancelledError))
        self.watch.end_cell(builders_in(self.ip.user_ns))
        self.bench.end_cell(result is not None and bool(result.success))


def _picture(graph: Any) -> dict[str, str]:
    from langgraph_nb.notebook.shown import picture

    return picture(graph.topology())


def _show_debugger(debugger: Any) -> None:
    from langgraph_nb.notebook.live.stepping import show_debugger

    show_debugger(debugger)


def _running(ip: Any) -> Mapping[str, Any]:
    """What the front end asked to be run."""
    kernel = getattr(ip, "kernel", None)
    parent = kernel.get_parent() if kernel is not None else {}
    return parent.get("content") or {}


def _metadata(ip: Any) -> Mapping[str, Any]:
    """What the front end said beside the cell's source."""
    kernel = getattr(ip, "kernel", None)
    parent = kernel.get_parent() if kernel is not None else {}
    return parent.get("metadata") or {}


def load_ipython_extension(ip: Any) -> None:
    """What ``%load_ext langgraph_nb`` calls. Loading twice is the same as once."""
    if ip not in _loaded:
        _loaded[ip] = Extension(ip)
    _loaded[ip].load()


def unload_ipython_extension(ip: Any) -> None:
    """What ``%unload_ext langgraph_nb`` calls. The graphs and their variables stay."""
    if ip in _loaded:
        _loaded[ip].unload()


def workbench() -> Workbench:
    """The graphs of the notebook that this code runs in; loads the extension where it is not loaded yet.

    Raises:
        CellError: Outside of a notebook.
    """
    from IPython import get_ipython

    ip = get_ipython()  # type: ignore[no-untyped-call,unused-ignore]
    if ip is None:
        raise CellError("This works in a notebook.", "In a program, use `StateGraph`.")
    if ip not in _loaded:
        load_ipython_extension(ip)
    return _loaded[ip].bench
