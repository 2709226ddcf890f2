"""One program, run as it would be: a notebook's cells in an IPython, a script as ``__main__``, tests by pytest.

Only what needs a network or a person is taken out: shell commands, ``%pip``, asking for keys, tracing, and LangGraph's
pictures, which a web service draws. An error in a cell is printed, and the next cell runs.
"""

from __future__ import annotations

import getpass
import json
import os
import random
import runpy
import sys
from pathlib import Path
from typing import Any


def main(way: str, models: str, program: str) -> int:
    path = Path(program)
    sys.path[:0] = [str(path.parent), *(str(p / "src") for p in path.parents if (p / "src").is_dir())]
    if way == "alias":
        from langgraph_nb.alias import install

        install()
    if way == "langgraph":
        from langchain_core.runnables.graph import Graph

        Graph.draw_mermaid_png = lambda self, **_: b"\x89PNG drawn elsewhere"  # type: ignore[method-assign]
    getpass.getpass = lambda *_, **__: "a key"
    os.environ.update(dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "TAVILY_API_KEY"), "a key"))
    runpy.run_path(models, run_name="models")
    random.seed(0)
    if path.suffix == ".ipynb":
        return run_cells(json.loads(path.read_text("utf-8"))["cells"])
    if path.stem.startswith("test_"):
        import pytest

        return int(pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", "-W", "ignore", str(path)]))
    sys.argv = [program]
    runpy.run_path(program, run_name="__main__")
    return 0


def run_cells(cells: list[dict[str, Any]]) -> int:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance(colors="nocolor", history_load_length=0)
    shell.register_magic_function(lambda line: None, "line", "pip")
    shell.system = lambda command: None
    shell.showtraceback = lambda *_, **__: print("ERROR", sys.exc_info()[0].__name__, str(sys.exc_info()[1])[:200])
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code" and (source := "".join(cell["source"]).strip()):
            print(f"--- {number}", flush=True)
            shell.run_cell(source, store_history=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
