"""The command line: ``langgraph-nb lab`` opens a notebook, ``langgraph-nb run`` runs one in the terminal,
``langgraph-nb import`` brings what LangGraph stored; ``verify``, ``repair`` and ``rotate`` look after databases.

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


_KEYS = (
    "Keys of an encrypted database are in files, or in the environment: LANGGRAPH_AES_KEY, and LANGGRAPH_AES_OLD_KEY "
    "for one that some rows are still encrypted with. They are never arguments, and never shown."
)


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
        if options.command in ("verify", "repair", "rotate"):
            return _of_database(options)
        from langgraph_nb.cli.answers import Answers
        from langgraph_nb.cli.run import run_notebook

        return run_notebook(options.notebook, Answers.parse(options.answer))
    except CommandError as error:
        print(f"langgraph-nb: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _of_database(options: argparse.Namespace) -> int:
    from langgraph_nb.cli.databases import Keys

    keys = Keys(options.key_file, options.old_key_file)
    if options.command == "rotate":
        from langgraph_nb.cli.rotate import rotate

        return rotate(options.database, keys, options.unencrypted)
    from langgraph_nb.cli import verify

    return (verify.verify if options.command == "verify" else verify.repair)(options.database, keys)


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
    _add_of_databases(commands)
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


def _add_of_databases(commands: Any) -> None:
    verify = commands.add_parser(
        "verify",
        help="look for damage in a database of threads",
        description="Look at every row of a database of threads, and list those that are damaged. Exits with 0 when "
        "there are none, with 1 when there are some.",
        epilog=_KEYS,
    )
    repair = commands.add_parser(
        "repair",
        help="go on without what is damaged in a database of threads",
        description="Move what cannot be read to the table nb_damaged. Threads are then back at their last good "
        "checkpoint. Nothing is thrown away.",
        epilog=_KEYS,
    )
    rotate = commands.add_parser(
        "rotate",
        help="encrypt a database with a new key",
        description="Encrypt threads, documents and cached values with a new key. Programs that run meanwhile need "
        "both keys, the new one first; when this is done, the old one is not needed any more. What was cut off is done "
        "by doing it again.",
        epilog=_KEYS,
    )
    rotate.add_argument(
        "--unencrypted", action="store_true", help="take in rows that are not encrypted yet: the database's first key"
    )
    for command in (verify, repair, rotate):
        command.add_argument("database", metavar="DB", help="an SQLite file, or postgresql://...")
        command.add_argument("--key-file", metavar="FILE", help="holds the key: 16, 24 or 32 bytes")
        command.add_argument(
            "--old-key-file", action="append", default=[], metavar="FILE",
            help="holds a key that some rows are still encrypted with; may be repeated",
        )  # fmt: skip


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
