"""Several processes on one SQLite file: nothing that was acknowledged is lost, and a dead writer holds nobody up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from langgraph_nb.checkpoint.claims import SILENCE, Claim, ClaimRow
from langgraph_nb.checkpoint.heartbeat import beat_once
from langgraph_nb.checkpoint.processes import Process, lives, this_process
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.errors import ThreadBusyError, ThreadLostError
from tests.unit.checkpoint.conftest import ROOT
from tests.unit.checkpoint.test_writer import put, stored
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain

COUNTING = """
import sys
from typing import TypedDict
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.errors import ThreadBusyError
from langgraph_nb.graph import START, StateGraph

class State(TypedDict):
    n: int
    runs: int

path, wait, durability = sys.argv[1:]
builder = StateGraph(State).add_node("add", lambda state: {"n": state.get("n", 0) + 1}).add_edge(START, "add")
acknowledged = refused = 0
with SqliteSaver(path) as saver:
    saver.wait_for_thread = float(wait)
    graph = builder.compile(saver)
    print("ready", flush=True)
    sys.stdin.readline()
    while acknowledged < 25:
        try:
            graph.invoke({"runs": acknowledged}, {"configurable": {"thread_id": "1"}}, durability=durability)
            acknowledged += 1
        except ThreadBusyError:
            refused += 1
print(acknowledged, refused, flush=True)
"""
HOLDING = """
import sys, time
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from tests.unit.engine.conftest import thread
from tests.unit.engine.graphs import chain

def waits(state):
    print("inside", flush=True)
    sys.stdin.readline()
    return {"seen": ["late"]}

with SqliteSaver(sys.argv[1]) as saver:
    chain("a", "waits", waits=waits).compile(saver).invoke({"seen": []}, thread(), durability="sync")
"""


@contextmanager
def process(code: str, *args: Any) -> Iterator[subprocess.Popen[str]]:
    """A child that has said its first word."""
    command = [sys.executable, "-c", code, *map(str, args)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline(), child.stderr.read() if child.stderr else ""
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("wait", [0, 60])
def test_two_processes_that_count_on_one_thread_lose_nothing(tmp_path: Path, wait: float, durability: str) -> None:
    path = tmp_path / "threads.db"
    with process(COUNTING, path, wait, durability) as one, process(COUNTING, path, wait, durability) as two:
        for child in (one, two):
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        said = [child.communicate(timeout=100)[0].split() for child in (one, two)]
    assert [acknowledged for acknowledged, _ in said] == ["25", "25"]
    if wait:
        assert [refused for _, refused in said] == ["0", "0"]
    with SqliteSaver(path) as saver:
        history = list(saver.list(thread()))
    assert history[0].checkpoint["channel_values"]["n"] == 50
    parents = [found.parent_config["configurable"]["checkpoint_id"] for found in history if found.parent_config]
    assert len(parents) == len(set(parents)) == len(history) - 1


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_writer_is_taken_over_and_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    with process(HOLDING, path) as child, SqliteSaver(path) as saver:
        graph = chain("a", "waits").compile(saver)
        with pytest.raises(ThreadBusyError, match=f"a run of process {child.pid} on") as caught:
            graph.invoke(None, thread())
        assert caught.value.since > 0
        os.kill(child.pid, signal.SIGKILL)  # a zombie from here on: nobody has waited for it
        while lives(Process(*json.loads(saver.claimed("1").holder)[0])):  # type: ignore[union-attr]
            pass
        assert graph.get_state(thread()).next == ("waits",)
        assert graph.invoke(None, thread()) == {"seen": ["a", "waits"]}


def test_the_late_commit_of_a_process_that_was_overtaken_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    with process(HOLDING, path) as child, SqliteSaver(path) as saver:
        saver.release_thread("1")
        graph = chain("a", "waits").compile(saver)
        assert graph.invoke(None, thread()) == {"seen": ["a", "waits"]}
        _, complaint = child.communicate("go on\n", timeout=100)
        assert child.returncode == 1
        assert ThreadLostError.__name__ in complaint
        assert graph.get_state(thread()).values == {"seen": ["a", "waits"]}


def test_a_process_is_told_from_one_that_had_its_number_before() -> None:
    me = this_process()
    assert lives(me) is True
    assert lives(me._replace(started="long ago")) is False
    assert lives(me._replace(machine="another one")) is None


BOOT, CONTAINER = f"{uuid4()} pid:[4026531836]", "pid:[4026532999]"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process is known by its number and its beginning")
def test_a_process_before_a_restart_of_the_computer_is_known_to_be_dead_where_only_this_one_writes() -> None:
    me = this_process()
    boot = me.machine.partition(" ")[0]
    assert lives(me._replace(machine=BOOT), here=True) is False
    assert lives(me._replace(machine=BOOT)) is None  # or of another computer
    assert lives(me._replace(machine=f"{boot} {CONTAINER}"), here=True) is None  # of a container of this one
    assert lives(me._replace(machine="another one"), here=True) is None
    assert lives(me, here=True) is True


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process is known by its number and its beginning")
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_thread_is_free_at_once_after_a_restart_of_the_computer(tmp_path: Path, journal: str) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        graph = chain("a").compile(saver)
        graph.update_state(thread(), {"seen": []})
        holder = json.dumps((this_process()._replace(machine=BOOT, pid=1), time.time()))
        saver.conn.execute("UPDATE nb_claims SET holder = ?, since = ?, ended = ''", (holder, time.time()))
        saver.conn.execute(f"PRAGMA journal_mode = {journal}")
        if journal != "wal":  # which a network may be between
            with pytest.raises(ThreadBusyError):
                graph.invoke({"seen": []}, thread())
            return
        assert graph.get_status(thread()) != "running"
        assert graph.invoke({"seen": []}, thread()) == {"seen": ["a"]}


def test_a_claim_of_another_machine_stands_until_it_is_silent_or_released(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        graph = chain("a").compile(saver)

        def claimed_far_away(silent: float) -> None:
            graph.update_state(thread(), {"seen": []})
            holder = json.dumps((this_process()._replace(host="far", machine="another one"), 0.0))
            row = ("theirs", holder, time.time() - silent)
            saver.conn.execute("UPDATE nb_claims SET token = ?, holder = ?, since = ?, ended = ''", row)

        claimed_far_away(silent=SILENCE / 2)
        with pytest.raises(ThreadBusyError, match=r"on far, since 1970") as caught:
            graph.invoke({"seen": []}, thread())
        assert (caught.value.since, graph.get_status(thread())) == (0.0, "running")
        saver.release_thread("1")
        assert graph.invoke({"seen": []}, thread()) == {"seen": ["a"]}
        claimed_far_away(silent=SILENCE * 2)
        assert graph.get_status(thread()) != "running"
        assert graph.invoke({"seen": []}, thread()) == {"seen": ["a", "a"]}


def test_claims_give_signs_of_life_while_their_run_lasts(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        heard: list[float] = []

        def looks(state: Any) -> Any:
            saver.conn.execute("UPDATE nb_claims SET since = 0")
            assert beat_once()
            heard.append(saver.claimed("1").since)  # type: ignore[union-attr]

        chain("a", a=looks).compile(saver).invoke({"seen": []}, thread())
        assert heard[0] > 0
        saver.conn.execute("UPDATE nb_claims SET since = 0")
        beat_once()
        assert saver.claimed("1").since == 0  # type: ignore[union-attr]


def test_claims_cost_no_fsync(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        claim = Claim("1")
        claim.begin()
        levels: list[int] = []
        saver.conn.set_trace_callback(
            lambda sql: levels.append(int(sql.rpartition("= ")[2])) if "synchronous =" in sql else None
        )
        saver.claim(claim)
        saver.apply((claim.check("finished"),))
        assert levels == [1, 2, 1, 2]


def _claimed(thread_id: str) -> Claim:
    claim = Claim(thread_id)
    claim.begin()
    return claim


@pytest.mark.parametrize(
    "take",
    [
        lambda saver, other: saver.claim(_claimed("1")),
        lambda saver, other: other.claim(_claimed("1")),
        lambda saver, other: saver.release_thread("1"),
        lambda saver, other: other.release_thread("1"),
        lambda saver, other: saver.delete_thread("1"),
    ],
    ids=["a run here", "a run elsewhere", "released here", "released elsewhere", "deleted"],
)
def test_a_claim_that_stood_a_moment_ago_is_not_taken_to_stand_when_somebody_took_the_thread(
    tmp_path: Path, take: Callable[[SqliteSaver, SqliteSaver], object]
) -> None:
    path = tmp_path / "threads.db"
    with SqliteSaver(path) as saver, SqliteSaver(path) as other:
        claim = _claimed("1")
        assert saver.claim(claim) is None
        for number in range(2):
            saver.apply((*put(number), claim.check()))
        take(saver, other)
        with pytest.raises(ThreadLostError):
            saver.apply((*put(2), claim.check()))
        assert "002" not in stored(saver)


def test_a_row_of_this_process_whose_run_is_forgotten_is_free() -> None:
    row = ClaimRow("forgotten", json.dumps((this_process(), 0.0)), 0.0, "")
    assert not row.stands()
    assert row.busy(Claim("1")) is None
