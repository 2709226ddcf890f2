"""What is stored behind a run's back is stored in order, waited for, and never lost in silence."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import ref

import pytest

from langgraph_nb.checkpoint.base import PutCheckpoint, PutWrites, StorageOp
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.serde import UnstorableValue
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.checkpoint.writer import Writer, writer_of
from tests.unit.checkpoint.conftest import ROOT, awaited, checkpoint, config, interrupt_at

META: Any = {"step": 0}


class Slow(InMemorySaver):
    """Blocks in ``commit`` until it is let go; fails for the threads named in ``broken``."""

    blocking = True

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[int] = []
        self.started = threading.Event()
        self.let_go = threading.Event()
        self.broken: set[str] = set()

    def commit(self, ready: Sequence[Any]) -> None:
        self.started.set()
        assert self.let_go.wait(10)
        if self.broken & {item.key[0] for item in ready}:
            raise OSError("disk full")
        self.commits.append(len(ready))
        super().commit(ready)


def put(i: int, thread_id: str = "1", **values: Any) -> list[StorageOp]:
    parent = config(thread_id, checkpoint_id=f"{i - 1:03}") if i else config(thread_id)
    saved = checkpoint(f"{i:03}", **(values or {"x": i}))
    return [PutCheckpoint(parent, saved, META, saved["channel_versions"])]


def stored(saver: InMemorySaver | SqliteSaver, thread_id: str = "1") -> list[str]:
    return [t.checkpoint["id"] for t in saver.list(config(thread_id))][::-1]


def test_what_waits_is_committed_as_one_in_order() -> None:
    saver = Slow()
    writer = Writer(saver)
    writer.submit(put(0))
    assert saver.started.wait(10)
    for i in range(1, 6):
        writer.submit(put(i))
    saver.let_go.set()
    writer.flush()
    assert saver.commits == [1, 5]
    assert stored(saver) == [f"{i:03}" for i in range(6)]


def test_value_changed_after_it_was_submitted_is_stored_as_it_was() -> None:
    saver = Slow()
    writer = Writer(saver)
    log = ["a"]
    writer.submit(put(0, log=log))
    log.append("b")
    saver.let_go.set()
    writer.flush()
    assert (saver.get(config()) or {})["channel_values"] == {"log": ["a"]}


def test_value_that_cannot_be_stored_is_refused_at_once_and_alone() -> None:
    saver = Slow()
    saver.let_go.set()
    writer = Writer(saver)
    writer.submit(put(0))
    with pytest.raises(UnstorableValue):
        writer.submit([*put(1), PutWrites(config(checkpoint_id="001"), (("x", object()),), "t")])
    writer.flush()
    assert stored(saver) == ["000"]


def test_each_thread_gets_its_own_error_once_and_others_are_stored() -> None:
    saver = Slow()
    saver.broken = {"bad", "worse"}
    writer = Writer(saver)
    writer.submit(put(0, "good"))
    assert saver.started.wait(10)
    for thread_id in ("bad", "good2", "worse", "bad"):
        writer.submit(put(0, thread_id))
    saver.let_go.set()
    writer.flush("good")
    with pytest.raises(OSError, match="disk full"):
        writer.flush("bad")
    with pytest.raises(OSError, match="disk full"):
        writer.submit(put(1, "worse"))
    writer.flush()
    assert stored(saver, "good") == stored(saver, "good2") == ["000"]
    saver.broken.clear()
    writer.submit(put(0, "bad"))
    writer.flush()
    assert stored(saver, "bad") == ["000"]


def test_nothing_is_stored_behind_a_gap() -> None:
    saver = Slow()
    saver.let_go.set()
    saver.broken = {"1"}
    writer = Writer(saver)
    writer.submit(put(0))
    with writer._changed:
        writer._changed.wait_for(lambda: bool(writer._errors), 10)
        saver.broken.clear()
    with pytest.raises(OSError):
        writer.submit(put(1))
    writer.flush()
    assert stored(saver) == []


def test_error_without_a_thread_named_is_the_first_one() -> None:
    saver = Slow()
    saver.let_go.set()
    saver.broken = {"1"}
    writer = Writer(saver)
    writer.submit(put(0))
    with pytest.raises(OSError):
        writer.flush()
    writer.flush()


def test_full_queue_makes_submit_wait() -> None:
    saver = Slow()
    writer = Writer(saver, limit=1)
    writer.submit(put(0))
    assert saver.started.wait(10)
    writer.submit(put(1))
    waiting = threading.Thread(target=writer.submit, args=(put(2),))
    waiting.start()
    assert waiting.is_alive()
    saver.let_go.set()
    waiting.join(10)
    writer.flush()
    assert stored(saver) == ["000", "001", "002"]


@awaited
async def test_awaited_flush_leaves_the_loop_free() -> None:
    saver = Slow()
    writer = Writer(saver)
    await writer.aflush()
    writer.submit(put(0))
    flushed = asyncio.ensure_future(writer.aflush())
    cancelled = asyncio.ensure_future(writer.aflush())
    await asyncio.sleep(0)
    cancelled.cancel()
    assert not flushed.done()
    saver.let_go.set()
    await flushed
    assert stored(saver) == ["000"]
    saver.broken = {"1"}
    writer.submit(put(1))
    with pytest.raises(OSError):
        await writer.aflush("1")


def test_interrupt_at_any_place_does_not_keep_the_writer_from_going_on() -> None:
    saver = Slow()
    saver.let_go.set()
    for place in itertools.count(1):
        writer = Writer(saver)
        interrupted = interrupt_at(place, lambda: writer.submit(put(0, str(place))))  # noqa: B023
        flushed = threading.Thread(target=writer.flush, daemon=True)
        flushed.start()
        flushed.join(60)
        assert not flushed.is_alive()
        if interrupted is None:
            break
    assert place > 10
    assert stored(saver, str(place)) == ["000"]


def test_idle_thread_ends_and_starts_again_when_needed() -> None:
    saver = Slow()
    saver.let_go.set()
    writer = Writer(saver, idle=0.0)
    for i in range(3):
        writer.submit(put(i))
        writer.flush()
        thread = writer._thread
        if thread is not None:
            thread.join(10)
            assert not thread.is_alive()
    assert stored(saver) == ["000", "001", "002"]


def test_writer_does_not_keep_its_saver_alive() -> None:
    saver = Slow()
    saver.let_go.set()
    writer = writer_of(saver)
    assert writer_of(saver) is writer
    assert writer_of(saver.with_allowlist([Slow])) is writer
    writer.submit(put(0))
    writer.flush()
    gone = ref(saver)
    del saver
    gc.collect()
    assert gone() is None
    with pytest.raises(ReferenceError, match="Keep a reference"):
        writer.submit(put(1))


def test_saver_that_does_not_block_is_written_to_at_once() -> None:
    saver = InMemorySaver()
    writer = writer_of(saver)
    writer.submit(put(0))
    writer.submit([])
    assert stored(saver) == ["000"]
    assert writer._thread is None


class Foreign:
    """As a saver written for LangGraph."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> None:
        self.calls.append(checkpoint["id"])

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        self.calls.append(task_id)


def test_foreign_saver_is_written_to_in_order() -> None:
    saver = Foreign()
    writer = writer_of(saver)
    for i in range(3):
        writer.submit([*put(i), PutWrites(config(checkpoint_id=f"{i:03}"), (("x", 1),), f"t{i}")])
    writer.flush()
    assert saver.calls == ["000", "t0", "001", "t1", "002", "t2"]


def test_closing_a_saver_stores_what_waits(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "t.db") as saver:
        for i in range(20):
            writer_of(saver).submit(put(i))
    with SqliteSaver(tmp_path / "t.db") as saver:
        assert len(stored(saver)) == 20


def test_end_of_the_interpreter_stores_what_waits(tmp_path: Path) -> None:
    program = """
        import sys
        from langgraph_nb.checkpoint.sqlite import SqliteSaver
        from langgraph_nb.checkpoint.writer import writer_of
        from tests.unit.checkpoint.test_writer import put
        saver = SqliteSaver(sys.argv[1])
        for i in range(50):
            writer_of(saver).submit(put(i))
    """
    path = tmp_path / "t.db"
    subprocess.run([sys.executable, "-c", textwrap.dedent(program), path], check=True, cwd=ROOT)
    with SqliteSaver(path) as saver:
        assert len(stored(saver)) == 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_does_not_store_what_waits_in_its_parent(tmp_path: Path) -> None:
    program = """
        import os, sys
        from langgraph_nb.checkpoint.writer import Writer, writer_of
        from tests.unit.checkpoint.test_writer import Slow, put, stored
        saver = Slow()
        writer = writer_of(saver)
        writer.submit(put(0))
        saver.started.wait()
        writer.submit(put(1))
        child = os.fork()
        saver.let_go.set()
        writer.flush()
        if child == 0:
            os._exit(len(stored(saver)))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert stored(saver) == ["000", "001"]
    """
    subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)], check=True, timeout=60, cwd=ROOT)
