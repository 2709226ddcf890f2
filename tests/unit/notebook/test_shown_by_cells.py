"""What a cell's picture points out, and where a graph's program imports from."""

from __future__ import annotations

import linecache
import re

from tests.unit.notebook.bench import STATE, Notebook

ADD = "def add(state): return {'n': state['n'] + 1}\n"
TWICE = "def twice(state): return {'n': state['n'] * 2}\n"
WIRED = f"{STATE}{ADD}START >> add >> END"


def pointed_out(notebook: Notebook) -> set[str]:
    """The nodes that the last picture points out."""
    svg = [shown["image/svg+xml"] for shown in notebook.host.shown if "image/svg+xml" in shown][-1]
    return set(re.findall(r'class="lgnb-node lgnb-new[^"]*" data-node="([^"]*)"', svg))


def test_a_picture_points_out_what_its_cell_added() -> None:
    notebook = Notebook()
    notebook.cell("1", "calc", f"{STATE}{ADD}START >> add")
    assert pointed_out(notebook) == {"add"}
    notebook.cell("2", "calc", f"{TWICE}add >> twice >> END")
    assert pointed_out(notebook) == {"twice"}


def test_a_cell_that_first_wires_what_others_defined_points_it_out() -> None:
    notebook = Notebook()
    notebook.cell("1", "calc", f"{STATE}{ADD}{TWICE}")
    notebook.cell("2", "calc", "START >> add >> twice >> END")
    assert pointed_out(notebook) == {"add", "twice"}


def test_a_program_imports_from_where_people_do() -> None:
    notebook = Notebook()
    notebook.ordinary("from pydantic import BaseModel")
    notebook.cell("1", "calc", f"class Answer(BaseModel):\n    n: int\n{WIRED}")
    assert "from pydantic import BaseModel" in notebook.bench.program("calc")


def test_a_program_imports_a_module_once_that_several_functions_use() -> None:
    notebook, source = Notebook(), "def ceiled(x): return math.ceil(x)\n"
    linecache.cache["<cell>"] = (len(source), None, [source], "<cell>")
    notebook.ordinary("import math")
    exec(compile(source, "<cell>", "exec"), notebook.host.namespace)
    notebook.cell("1", "calc", f"def whole(x): return ceiled(math.floor(x))\n{WIRED}")
    program = notebook.bench.program("calc")
    assert source.strip() in program
    assert program.count("import math") == 1
