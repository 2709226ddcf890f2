"""The command line: ``langgraph-nb lab`` opens a notebook, ``langgraph-nb run`` runs one in the terminal,
``langgraph-nb import`` brings what LangGraph stored.

This file knows the arguments and the exit status. What a command does is in the file of its name.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from typing import Any

from langgraph_nb.version import __version__

__all__ = ["CommandError", "main"]


class CommandError(Exception):
    """A command cannot be carried out; the message says what happened and how to mend it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit status.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        0 when all went well, 1 when a notebook failed or a row is damaged, 2 for a command that cannot be carried out,
        130 after Ctrl-C.

    Example:
        >>> main(["run", "no-such.ipynb"])
        2
    """
    words, _, extra = _split_at_dashes(list(sys.argv[1:] if argv is None else argv))
    options = _parser().parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character shows another for it
            stream.reconfigure(errors="replace")
    try:
        if options.command == "lab":
            from langgraph_nb.cli.lab import open_lab

            return open_lab(options.notebook, extra)
        if options.command == "import":
            from langgraph_nb.cli.importing import import_database

            return import_database(options.source, options.target, options.thread, options.classes, options.unknown)
        if options.command in ("verify", "repair"):
            from langgraph_nb.cli import verify

            return verify.verify(options.database) if options.command == "verify" else verify.repair(options.database)
        from langgraph_nb.cli.answers import Answers
        from langgraph_nb.cli.run import run_notebook

        return run_notebook(options.notebook, Answers.parse(options.answer))
    except CommandError as error:
        print(f"langgraph-nb: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _split_at_dashes(words: list[str]) -> tuple[list[str], str, list[str]]:
    at = words.index("--") if "--" in words else len(words)
    return words[:at], "--", words[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="langgraph-nb",
        description="Stateful agent graphs in Jupyter: open a notebook, or run one in the terminal.",
    )
    parser.add_argument("--version", action="version", version=f"langgraph-nb {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    lab = commands.add_parser(
        "lab",
        help="open a notebook in JupyterLab (the tour, unless another is named)",
        description="Open a notebook in JupyterLab. Stop it with Ctrl-C.",
        epilog="Arguments after -- go to JupyterLab: langgraph-nb lab -- --port 9000 --no-browser",
    )
    lab.add_argument("notebook", nargs="?", metavar="NOTEBOOK", help="default: notebooks/00_tour.ipynb of the checkout")
    verify = commands.add_parser(
        "verify",
        help="look for damage in a database of threads",
        description="Look at every row of an SQLite database of threads, and list those that are damaged. Exits with 0 "
        "when there are none, with 1 when there are some.",
        epilog="Of an encrypted database the key is in the environment: LANGGRAPH_AES_KEY.",
    )
    verify.add_argument("database", metavar="DB", help="path of the file")
    repair = commands.add_parser(
        "repair",
        help="go on without what is damaged in a database of threads",
        description="Move what cannot be read to the table nb_damaged. Threads are then back at their last good "
        "checkpoint. Nothing is thrown away.",
    )
    repair.add_argument("database", metavar="DB", help="path of the file")
    run = commands.add_parser(
        "run",
        help="run a notebook in the terminal",
        description="Run a notebook in a kernel without a browser. Outputs are printed as they come; when a graph "
        "pauses to ask, the question is put here. Exits with 0 when every cell ran and every given answer was used.",
        epilog="An answer is JSON (true, 3, '{\"approve\": true}') or plain text.",
    )
    run.add_argument("notebook", metavar="NOTEBOOK")
    run.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="[ID=]JSON",
        help="answer the next question, or the one with this id, instead of asking; may be repeated",
    )
    _add_import(commands)
    return parser


def _add_import(commands: Any) -> None:
    importing = commands.add_parser(
        "import",
        help="bring threads and documents from a database of LangGraph's",
        description="Bring the threads and documents of a LangGraph database into one of ours. SOURCE is only read. "
        "Doing it again brings what is new. Threads that wait for an answer go on here.",
    )
    importing.add_argument("source", metavar="SOURCE", help="LangGraph's database: an SQLite file, or postgresql://...")
    importing.add_argument("target", metavar="TARGET", help="an SQLite file (made if need be), or postgresql://...")
    importing.add_argument(
        "--thread", action="append", default=[], metavar="ID", help="only this thread; may be repeated"
    )
    importing.add_argument(
        "--classes",
        action="append",
        default=[],
        metavar="MODULE",
        help="import this module of yours, so that instances of its classes are known; may be repeated",
    )
    importing.add_argument(
        "--unknown",
        choices=["raise", "data"],
        default="raise",
        help="what to do about instances of other classes: stop (default), or keep the plain data in them",
    )
