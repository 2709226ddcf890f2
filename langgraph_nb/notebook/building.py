"""What ``%graph`` and ``%%graph`` do, as a function: build, show, list, compare, write to files, forget."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.drafts import OPTIONS
from langgraph_nb.notebook.mistakes import CellError
from langgraph_nb.notebook.registry import Workbench

SOURCES = ("mermaid",)
"""What a cell may be written in, beside Python."""


def graph(
    name: str | None = None,
    body: str | None = None,
    *,
    state: str | None = None,
    checkpointer: str | None = None,
    store: str | None = None,
    cache: str | None = None,
    context: str | None = None,
    input: str | None = None,
    output: str | None = None,
    from_: str | None = None,
    code: bool = False,
    xray: bool = False,
    compare: bool = False,
    export: str | Path | None = None,
    forget: str | int | None = None,
    delete: bool = False,
    first_line: int = 1,
) -> None:
    """Do what ``%%graph`` does with a body, and what ``%graph`` does without one; see their help.

    Args:
        name: The graph; without it all graphs are listed.
        body: A cell's source: Python with wiring. The graph is shown.
        state: With a body, as text: the schema of the state; by default the class ``State``.
        checkpointer: With a body, as text: ``memory``, ``sqlite:PATH`` or Python.
        store: With a body, as text.
        cache: With a body, as text: ``memory`` or Python.
        context: With a body, as text: a schema, as are ``input`` and ``output``.
        input: See ``context``.
        output: See ``context``.
        from_: ``"mermaid"``: the body is a Mermaid flowchart, and stands for a cell of functions that do nothing yet,
            which takes its place.
        code: Print the plain StateGraph program.
        xray: Show, or write, what is inside of graphs in the graph too.
        compare: Show what is different since the graph's last version.
        export: The file to write it to; the ending says what: ``.py``, ``.ipynb``, ``.mmd``, ``.svg``, ``.png``.
        forget: The number of a cell whose contributions are forgotten.
        delete: Forget the graph.
        first_line: The line of the cell that the body begins on.

    Raises:
        CellError: For wiring, a name, an option or a file that is wrong, with how to mend it.
    """
    from langgraph_nb.notebook.extension import workbench

    __tracebackhide__ = True
    bench = workbench()
    said = (state, checkpointer, store, cache, context, input, output)
    options = {option: text for option, text in zip(OPTIONS, said, strict=True) if text is not None}
    if name is None:
        print(bench.listing())
    elif body is not None:
        _contribute(bench, name, body, options, from_, first_line)
    elif delete:
        bench.delete(name)
    elif forget is not None:
        bench.forget(name, str(forget))
        if name in bench.drafts:
            bench.show(name)
    elif export is not None:
        _export(bench, name, export, xray)
    elif code:
        print(bench.program(name))
    elif compare:
        _compare(bench, name)
    else:
        bench.show(name, xray=xray)


def _contribute(
    bench: Workbench, name: str, body: str, options: dict[str, str], source: str | None, first_line: int
) -> None:
    __tracebackhide__ = True
    if source is None:
        bench.contribute(name, body, options, first_line)
        return
    if source not in SOURCES:
        raise CellError(f"A graph cannot be made from {source!r}.", did_you_mean(source, SOURCES))
    bench.check_name(name)
    written = of_mermaid(bench, name, "\n" * (first_line - 1) + body, options)
    bench.contribute(name, written, options)
    texts = {option: repr(text) if " " in text else text for option, text in options.items()}
    said = "".join(f" --{option} {text}" for option, text in texts.items())
    bench.host.rewrite(f"%%graph {name}{said}\n{written}")


def of_mermaid(bench: Workbench, name: str, chart: str, options: Mapping[str, str]) -> str:
    """The cell of a graph that a Mermaid flowchart stands for: functions that do nothing yet, and the wiring."""
    from langgraph_nb.notebook.mermaid import read_mermaid
    from langgraph_nb.notebook.skeleton import skeleton

    return skeleton(read_mermaid(chart, name), state="state" not in options and not bench.knows(name, "State"))


def _export(bench: Workbench, name: str, path: str | Path, xray: bool) -> None:
    from langgraph_nb.notebook.exports import export

    file = export(bench, name, path, xray=xray)
    print(f"{name} was written to {file} ({file.stat().st_size:,} bytes).")


def _compare(bench: Workbench, name: str) -> None:
    found = bench.changes(name)
    if found:
        bench.show(name, highlight=found.touched)
    print(repr(found))
