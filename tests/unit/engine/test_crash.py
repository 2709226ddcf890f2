"""A process that dies inside of a node: the thread knows what is left to run; what had finished does not run again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.sqlite import SqliteSaver
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain, fan, says

ROOT = Path(__file__).parents[3]

CHILD = """
import os, signal, sys, threading
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain, fan

path, shape, how, durability = sys.argv[1:]

stored = threading.Event()

class Watched(SqliteSaver):
    def apply(self, ops):
        super().apply(ops)
        if any(getattr(op, "task_path", "").endswith(", a") for op in ops):
            stored.set()

def dies(state):
    assert durability == "exit" or stored.wait(30)
    os._exit(7) if how == "exit" else os.kill(os.getpid(), signal.SIGKILL)

with Watched(path) as saver:
    builder = fan("a", "b", join="c", b=dies) if shape == "fan" else chain("a", "b", "c", b=dies)
    config = {**thread(), "max_concurrency": 1}
    builder.compile(saver).invoke({"seen": []}, config, durability=durability)
"""


def crashed(path: Path, shape: str, how: str, durability: str) -> None:
    """Run a graph in a process that dies in node ``b``."""
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), shape, how, durability], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == (7 if how == "exit" else -9), ran.stderr


def counting(ran: list[str], *names: str) -> dict[str, Any]:
    """Nodes that note that they ran."""

    def counted(name: str) -> Any:
        def node(state: Any) -> Any:
            ran.append(name)
            return says(name)(state)

        return node

    return {name: counted(name) for name in names}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("how", ["exit", "kill"])
@pytest.mark.parametrize("shape", ["fan", "chain"])
def test_under_sync_only_what_had_not_finished_runs_again(tmp_path: Path, shape: str, how: str) -> None:
    path = tmp_path / "threads.db"
    crashed(path, shape, how, "sync")
    ran: list[str] = []
    codes = counting(ran, "a", "b", "c")
    builder = fan("a", "b", join="c", **codes) if shape == "fan" else chain("a", "b", "c", **codes)
    with SqliteSaver(path) as saver:
        graph = builder.compile(saver)
        state = graph.get_state(thread())
        assert (state.next, state.values) == (("b",), {"seen": ["a"]})
        assert graph.invoke(None, thread()) == {"seen": ["a", "b", "c"]}
        assert ran == ["b", "c"]
        assert graph.get_state(thread()).next == ()


def test_under_exit_the_run_has_left_nothing(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    crashed(path, "chain", "exit", "exit")
    with SqliteSaver(path) as saver:
        assert chain("a", "b", "c").compile(saver).get_state(thread()).created_at is None
