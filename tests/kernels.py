"""Kernels as front ends run them: this interpreter, also with other versions of ipykernel than the one that is here.

Before version 7 a kernel handles no click while a cell runs; up to 7.3 it handles them in a thread of its own, and
since 7.4 between two steps of a cell that awaits. This file must not know of graphs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

__all__ = ["OTHERS", "Kernel", "Outcome", "command", "packages_of", "search_path"]

ROOT = Path(__file__).resolve().parent.parent
OTHERS = ("6.31.0", "7.3.0")
"""Versions of ipykernel beside the one that is installed, each of which handles clicks in another way."""
_NEEDED = {"6.31.0": ("nest-asyncio",)}
"""What a version needs that the installed one does not bring."""
PATIENCE = 60


def packages_of(version: str | None) -> Path | None:
    """A folder with this version of ipykernel, installed once for this environment; ``None`` for the one that is."""
    if version is None:
        return None
    folder = Path(sys.prefix) / "kernels" / f"ipykernel-{version}"
    if not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            wanted = (f"ipykernel=={version}", *_NEEDED.get(version, ()))
            pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
            subprocess.run([*pip, "--target", f"{made}/packages", *wanted], check=True)
            with suppress(OSError):  # another run of the tests was faster
                Path(made, "packages").rename(folder)
    return folder


def command() -> list[str]:
    """What starts a kernel."""
    return [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def search_path(version: str | None = None) -> str:
    """``PYTHONPATH`` with this checkout and its notebooks, and a version of ipykernel before all others."""
    places = (packages_of(version), ROOT, ROOT / "notebooks", os.environ.get("PYTHONPATH"))
    return os.pathsep.join(str(place) for place in places if place)


@dataclass
class Outcome:
    """What a cell put out."""

    texts: list[str] = field(default_factory=list)
    error: str = ""
    """The name of the error that it raised."""
    traceback: str = ""
    freed_after: float | None = None
    """Seconds from Interrupt to the end of the cell."""

    @property
    def text(self) -> str:
        return "".join(self.texts)


class Kernel:
    """A kernel that cells are sent to, one by one.

    Args:
        folder: Where it works.
        version: Of ipykernel; the installed one by default.
        stdin: Whether it is told that somebody sits before it.
    """

    def __init__(self, folder: Path, version: str | None = None, *, stdin: bool = False) -> None:
        self._manager = KernelManager()
        self._manager._kernel_spec = KernelSpec(argv=command(), language="python")
        self._stdin = stdin
        environment = {**os.environ, "PYTHONPATH": search_path(version), "IPYTHONDIR": str(folder / "ipython")}
        self._manager.start_kernel(env=environment, cwd=str(folder))
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
        self._client.context.destroy(linger=0)

    def run(self, cell: str, *, interrupt_at: str = "") -> Outcome:
        """Run a cell to its end.

        Args:
            cell: Its source.
            interrupt_at: Press Interrupt when it has put out this text.
        """
        sent, outcome, pressed = self._client.execute(cell, allow_stdin=self._stdin), Outcome(), None
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != sent:
                continue
            content: dict[str, Any] = message["content"]
            if message["msg_type"] == "stream":
                outcome.texts.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data", "update_display_data"):
                outcome.texts.append(content["data"].get("text/plain", ""))
            elif message["msg_type"] == "error":
                outcome.error = content["ename"]
                outcome.traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
            elif content.get("execution_state") == "idle":
                outcome.freed_after = time.monotonic() - pressed if pressed else None
                self._client.get_shell_msg(timeout=PATIENCE)
                return outcome
            if interrupt_at and pressed is None and interrupt_at in outcome.text:
                pressed = time.monotonic()
                self._manager.interrupt_kernel()
