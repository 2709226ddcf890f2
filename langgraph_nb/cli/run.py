"""``langgraph-nb run``: run a notebook in a kernel of its own and print what it says as it says it.

Each code cell is sent as a front end would send it, with its id, so that ``%%graph`` knows which cell it is. Input is
allowed: what the notebook asks is answered here (see ``notebook.terminal_answers`` for how a question travels).
The notebook's file is not changed. This file speaks Jupyter's messages; it must not know of graphs.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from queue import Empty
from time import monotonic
from typing import TYPE_CHECKING, Any

from langgraph_nb.cli import CommandError
from langgraph_nb.cli.answers import Answers, read_line
from langgraph_nb.cli.lab import existing_notebook, require
from langgraph_nb.notebook.terminal_answers import VARIABLE, NobodyToAskError, Question

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_POLL = 0.1
"""Seconds between looks at the kernel's health while it says nothing."""
_GRACE = 2.0
"""Seconds that an interrupted cell has to end."""
_START = 120.0
"""Seconds in which a kernel has to come up."""


def run_notebook(name: str, answers: Answers) -> int:
    """Run every code cell of a notebook, in order, until one fails.

    Args:
        name: Path of the notebook. It runs in its own folder, as in JupyterLab.
        answers: Answers what the notebook asks.

    Returns:
        0 when every cell ran and every given answer was used; 1 otherwise; 130 after Ctrl-C.

    Raises:
        CommandError: There is no such notebook, it cannot be read, or no kernel is installed.
    """
    path = existing_notebook(name)
    for module in ("jupyter_client", "ipykernel", "nbformat"):
        require(module)
    cells = _code_cells(path)
    with _kernel(path) as (manager, client):
        session = _Session(manager, client, answers)
        try:
            failed = next((number for number, cell in enumerate(cells, 1) if not session.run(cell)), None)
        except KeyboardInterrupt:
            session.interrupt()
            print("Interrupted.", file=sys.stderr)
            return 130
    if failed is not None:
        print(f"{path.name}: code cell {failed} of {len(cells)} failed.", file=sys.stderr)
        return 1
    answers.finish()
    for problem in answers.problems:
        print(f"langgraph-nb: {problem}", file=sys.stderr)
    return 1 if answers.problems else 0


def _code_cells(path: Path) -> list[Any]:
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (ValueError, nbformat.ValidationError) as error:
        reason = str(error).partition("\n")[0]
        raise CommandError(f"{path} cannot be read as a notebook: {reason}") from None
    return [c for c in notebook.cells if c.cell_type == "code" and "skip-execution" not in _tags(c)]


def _tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", ()))


@contextmanager
def _kernel(path: Path) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(
        cwd=str(path.resolve().parent),
        env={**os.environ, VARIABLE: "stdin"},
        extra_arguments=["--log-level=ERROR"],  # or every run begins with a warning about local sockets
    )
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=_START)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


class _Session:
    """A running kernel, the terminal, and the cell between them."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient, answers: Answers) -> None:
        self._manager = manager
        self._client = client
        self._answers = answers
        self._sent = ""

    def run(self, cell: Any) -> bool:
        """Run a cell to its end; whether it did what it should."""
        self._sent = self._send(cell)
        return self._follow("raises-exception" in _tags(cell))

    def interrupt(self) -> None:
        """Interrupt the running cell and give it a moment to say what became of it."""
        self._manager.interrupt_kernel()
        self._follow(False, until=monotonic() + _GRACE)

    def _follow(self, may_fail: bool, until: float = inf) -> bool:
        """Print and answer until the cell is done; whether it did what it should."""
        failed = False
        while monotonic() < until:
            if self._client.stdin_channel.msg_ready() and not self._output_waits():
                self._reply(self._client.get_stdin_msg(timeout=0)["content"])
            try:
                message = self._client.get_iopub_msg(timeout=_POLL)
            except Empty:
                if not self._manager.is_alive():
                    print("The kernel has died.", file=sys.stderr)
                    return False
                continue
            kind, content = message["msg_type"], message["content"]
            mine = message["parent_header"].get("msg_id") == self._sent
            if mine and kind == "status" and content["execution_state"] == "idle":
                return may_fail or not failed
            failed |= mine and kind == "error"
            show(kind, content)
        return False

    def _send(self, cell: Any) -> str:
        content = {
            "code": cell.source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": True,
            "stop_on_error": True,
        }
        session = self._client.session
        message = session.msg("execute_request", content, metadata={"cellId": cell.get("id")})
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def _output_waits(self) -> bool:
        """Whether there is output that was made before the question."""
        return bool(self._client.iopub_channel.socket.poll(int(_POLL * 1000)))

    def _reply(self, request: dict[str, Any]) -> None:
        question = Question.from_prompt(request["prompt"])
        if question is None:
            self._client.input(_ordinary_input(request))
            return
        try:
            reply = {"answer": self._answers.to(question)}
        except NobodyToAskError as error:
            print(error, file=sys.stderr)
            reply = {"nobody": str(error)}
        self._client.input(json.dumps(reply))


def _ordinary_input(request: dict[str, Any]) -> str:
    """A notebook's own ``input()``. The character for an ended input raises ``EOFError`` in the kernel."""
    from getpass import getpass

    try:
        return getpass(request["prompt"]) if request["password"] else read_line(request["prompt"])
    except EOFError:
        return "\x04"


def show(kind: str, content: dict[str, Any]) -> None:
    """Print an output message; what is only for a screen is left out."""
    if kind == "stream":
        print(content["text"], end="", flush=True, file=sys.stderr if content["name"] == "stderr" else sys.stdout)
    elif kind == "error":
        text = "\n".join(content["traceback"])
        print(text if sys.stderr.isatty() else _COLOUR.sub("", text), file=sys.stderr, flush=True)
    elif kind in ("execute_result", "display_data", "update_display_data"):
        data = content["data"]
        text = data.get("text/markdown") or data.get("text/plain")
        if text:
            print(text, flush=True)
