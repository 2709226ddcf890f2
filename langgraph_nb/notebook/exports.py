"""Graphs as files: a program, a notebook, Mermaid, pictures. Nothing of a graph is locked in here.

What a graph's program says is found out by ``program``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph_nb.errors import did_you_mean
from langgraph_nb.notebook.mistakes import CellError

if TYPE_CHECKING:
    from langgraph_nb.notebook.registry import Workbench

MARK = "written by %graph"
"""What an exported program says of itself; a file without it was written by a person, and is not written over."""


def export(bench: Workbench, name: str, path: str | Path, *, xray: bool = False) -> Path:
    """Write a graph to a file, of the kind that the file's ending says.

    Args:
        bench: The notebook's graphs.
        name: The graph: one that cells built, or a variable that holds one.
        path: ``.py`` and ``.ipynb`` are the plain StateGraph program, ``.mmd`` is Mermaid, ``.svg`` and ``.png``
            are pictures.
        xray: Whether pictures show what is inside of graphs in the graph.

    Returns:
        Where it was written.

    Raises:
        CellError: For another ending, a folder that is not there, a file that no export wrote, or a graph that has no
            program because no cell of this notebook wrote it.
        UnfinishedGraphError: A program or Mermaid of a graph that is not finished.
    """
    file = Path(path).expanduser()
    if file.suffix not in WRITERS:
        hint = did_you_mean(file.suffix, WRITERS)
        raise CellError(f"A graph cannot be written to {file.name!r}.", hint or "Name a file.")
    if not file.parent.is_dir():
        raise CellError(f"There is no folder {str(file.parent)!r}.", "Make it first.")
    if file.suffix in (".py", ".ipynb") and file.exists() and MARK not in file.read_text("utf-8", "replace"):
        raise CellError(f"There is a file {str(file)!r} that no export wrote.", "Choose another name.")
    file.write_bytes(WRITERS[file.suffix](bench, name, xray))
    return file


def as_program(bench: Workbench, name: str, xray: bool = False) -> bytes:
    """The plain program."""
    head = f"# The graph {name!r}, {MARK} {name} --export\n"
    return f"{head}{bench.program(name)}".encode()


def as_notebook(bench: Workbench, name: str, xray: bool = False) -> bytes:
    """The plain program as a notebook: each part a cell, and the graph's picture at the end."""
    sections = bench.sections(name)
    title = f"# {name}\n\nThe graph `{name}` as a plain program, {MARK} {name} --export."
    cells = [_cell("markdown", "about", title)]
    cells += [_cell("code", f"part-{number}", text) for number, text in enumerate([*sections, name], 1)]
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()


def _cell(kind: str, id: str, source: str) -> Mapping[str, Any]:
    own: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": id, "metadata": {}, **own, "source": source.splitlines(keepends=True)}


def as_mermaid(bench: Workbench, name: str, xray: bool = False) -> bytes:
    """A Mermaid flowchart."""
    from langgraph_nb.notebook.flowchart import write_mermaid

    bench.runnable(name)
    return write_mermaid(bench.topology(name, xray)).encode()


def as_svg(bench: Workbench, name: str, xray: bool = False) -> bytes:
    """A picture that any browser shows."""
    from langgraph_nb.notebook.picture import to_svg

    return (to_svg(bench.topology(name, xray)) + "\n").encode()


def as_png(bench: Workbench, name: str, xray: bool = False) -> bytes:
    """A picture for everything else."""
    from langgraph_nb.notebook.picture.png import to_png

    return to_png(bench.topology(name, xray))


WRITERS: Mapping[str, Callable[[Workbench, str, bool], bytes]] = {
    ".py": as_program,
    ".ipynb": as_notebook,
    ".mmd": as_mermaid,
    ".svg": as_svg,
    ".png": as_png,
}
"""Endings of files -> what writes them."""
SUFFIXES: Sequence[str] = tuple(WRITERS)
