"""``python -m langgraph_nb.alias PROGRAM [ARGUMENTS]``, or ``-m MODULE [ARGUMENTS]``: run a program for LangGraph.

The program is run as Python would run it, with the alias installed before its first line.
"""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from langgraph_nb.alias.finder import install


def main(argv: Sequence[str]) -> None:
    """Run the program that the arguments name. What it raises goes through."""
    options = _parser().parse_args(argv)
    named, *rest = options.program
    install()
    if options.module:
        sys.argv = [named, *rest]
        sys.path[0] = ""
        runpy.run_module(named, run_name="__main__", alter_sys=True)
        return
    if not Path(named).exists():
        sys.exit(f"{Path(sys.executable).name}: can't open file {named!r}: there is no such file.")
    sys.argv = [named, *rest]
    sys.path[0] = str(Path(named).resolve().parent)
    runpy.run_path(named, run_name="__main__")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m langgraph_nb.alias",
        description="Run a program written for LangGraph on this engine: its imports of langgraph are served by "
        "langgraph_nb.",
    )
    parser.add_argument("-m", dest="module", action="store_true", help="PROGRAM is a module's name, not a file's")
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="PROGRAM [ARGUMENTS]")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
