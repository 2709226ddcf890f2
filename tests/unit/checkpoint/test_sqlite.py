"""What only a database file can do: outlive the process, be shared by several, be of another version."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.base import PutCheckpoint, PutWrites
from langgraph_nb.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph_nb.checkpoint.sqlite import NewerFormatError, SaverClosed, SqliteSaver
from langgraph_nb.checkpoint.sqlite.aio import AsyncSqliteSaver
from tests.unit.checkpoint.conftest import ROOT, awaited, checkpoint, config, interrupt_at

META: Any = {"step": 0}


def put(saver: SqliteSaver, where: Any, checkpoint_id: str, **values: Any) -> Any:
    saved = checkpoint(checkpoint_id, **values)
    return saver.put(where, saved, META, saved["channel_versions"])


def python(program: str, *args: Any) -> subprocess.Popen[str]:
    """A process that runs this program; its output can be read line by line."""
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_threads_outlive_the_saver(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    with SqliteSaver.from_conn_string(str(path)) as saver:
        where = put(saver, config(), "a", x=(1, {2}))
        saver.put_writes(where, [("x", 3)], "t")
    with SqliteSaver(path) as saver:
        found = saver.get_tuple(config())
        assert found is not None
        assert found.checkpoint["channel_values"] == {"x": (1, {2})}
        assert found.pending_writes == [("t", "x", 3)]


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        big = {f"c{i}": "x" * 1000 for i in range(50)}
        where = put(saver, config(), "a", **big)
        for i in range(20):
            saved = checkpoint(f"b{i:02}", **{**big, "c0": str(i)})
            where = saver.put(where, saved, META, {"c0": i})
        (size,) = saver.conn.execute("SELECT sum(length(data)) FROM nb_blobs").fetchone()
        assert size < 52 * 1010
        assert (saver.get(where) or {})["channel_values"] == {**big, "c0": "19"}


def test_a_value_that_a_task_wrote_and_its_channel_holds_is_serialised_once(tmp_path: Path) -> None:
    seen: list[Any] = []

    class Counting(JsonPlusSerializer):
        def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
            seen.append(obj)
            return super().dumps_typed(obj)

    report = {"text": "x" * 1000}
    with SqliteSaver(tmp_path / "threads.db", serde=Counting()) as saver:
        where = put(saver, config(), "a")
        saved = checkpoint("b", report=report)
        saver.apply((
            PutWrites(where, (("report", report),), "t"), PutCheckpoint(where, saved, META, saved["channel_versions"]),
        ))  # fmt: skip
        assert seen.count(report) == 1
        assert [found.checkpoint["channel_values"] for found in saver.list(config())] == [{"report": report}, {}]
        assert [found.pending_writes for found in saver.list(config())] == [[], [("t", "report", report)]]


def test_no_value_is_left_behind_when_threads_go(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        where = put(saver, config(), "a", x="1" * 1000, y=["1" * 1000], small=1)
        put(saver, where, "b", x="2" * 1000, y=["2" * 1000], small=2)
        saver.copy_thread("1", "2")
        saver.put_writes(where, [("x", 1)], "t")
        saver.prune(["1"])
        assert saver.conn.execute("SELECT count(*) FROM nb_blobs").fetchone() == (6,)
        saver.delete_thread("1")
        saver.delete_thread("2")
        for table in ("nb_spaces", "nb_blobs", "nb_checkpoints", "nb_writes"):
            assert saver.conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_history_takes_the_same_number_of_queries_however_long(tmp_path: Path) -> None:
    def queries(length: int) -> int:
        with SqliteSaver(tmp_path / f"{length}.db") as saver:
            where = config()
            for i in range(length):
                where = put(saver, where, f"{i:03}", x=i)
                saver.put_writes(where, [("x", i)], "t")
            seen: list[str] = []
            saver.conn.set_trace_callback(seen.append)
            assert len(list(saver.list(config()))) == length
            return len(seen)

    assert queries(100) == queries(2)


def test_transactions_are_synced_to_the_disk(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        assert saver.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert saver.conn.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_new_file_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    with SqliteSaver(path) as saver:
        put(saver, config(), "a", x=1)
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing'\. Make it"):
        SqliteSaver(tmp_path / "missing" / "threads.db")


def test_closed_saver_says_so(tmp_path: Path) -> None:
    saver = SqliteSaver(tmp_path / "threads.db")
    saver.close()
    saver.close()
    for use in (lambda: saver.get_tuple(config()), lambda: put(saver, config(), "a"), lambda: list(saver.list(None))):
        with pytest.raises(SaverClosed, match=r"threads\.db is closed"):
            use()


def test_open_connection_is_used_and_left_open(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "threads.db", check_same_thread=False)
    with SqliteSaver(connection) as saver:
        saver.setup()
        put(saver, config(), "a", x=1)
        assert saver.conn is connection
    assert connection.execute("SELECT count(*) FROM nb_checkpoints").fetchone() == (1,)
    connection.close()


def test_file_uri_is_opened_as_one(tmp_path: Path) -> None:
    with SqliteSaver(f"file:{tmp_path}/threads.db?mode=rwc") as saver:
        put(saver, config(), "a", x=1)
    assert (tmp_path / "threads.db").exists()


def test_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    with SqliteSaver(path) as saver:
        saver.conn.execute("UPDATE nb_format SET version = 99")
    with pytest.raises(NewerFormatError, match=r"threads\.db has format 99.*reads up to format 2\. Update"):
        SqliteSaver(path)


def test_file_of_another_kind_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        SqliteSaver(path)
    assert path.read_text() == "no database" * 1000


def test_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        saver.conn.execute(
            "CREATE TRIGGER full BEFORE INSERT ON nb_checkpoints BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        with pytest.raises(sqlite3.IntegrityError, match="disk full"):
            put(saver, config(), "a", x=1)
        saver.conn.execute("DROP TRIGGER full")
        assert saver.conn.execute("SELECT count(*) FROM nb_blobs").fetchone() == (0,)
        put(saver, config(), "a", x=1)
        assert (saver.get(config()) or {})["channel_values"] == {"x": 1}


def test_interrupt_at_any_place_leaves_the_database_to_other_threads(tmp_path: Path) -> None:
    kept = []
    with SqliteSaver(tmp_path / "threads.db") as saver:
        put(saver, config(), "a", x=1)
        for place in itertools.count(1):
            interrupted = interrupt_at(place, lambda: put(saver, config(), f"b{place:04}", x=2))  # noqa: B023
            kept.append(interrupted)  # with its traceback, as a notebook does
            other = threading.Thread(target=put, args=(saver, config("2"), f"{place:04}"), kwargs={"x": 3}, daemon=True)
            other.start()
            other.join(60)
            assert not other.is_alive()
            assert (saver.get(config("2")) or {})["id"] == f"{place:04}"
            if interrupted is None:
                break
        assert place > 50
        assert saver.verify() == []


@awaited
async def test_async_name_is_the_same_saver(tmp_path: Path) -> None:
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "threads.db")) as saver:
        assert isinstance(saver, SqliteSaver)
        saved = checkpoint("a", x=1)
        await saver.aput(config(), saved, META, saved["channel_versions"])
        assert (await saver.aget(config()) or {})["channel_values"] == {"x": 1}
    with pytest.raises(SaverClosed):
        saver.get(config())


WRITER = """
    import sys
    from langgraph_nb.checkpoint.sqlite import SqliteSaver
    from tests.unit.checkpoint.conftest import config
    from tests.unit.checkpoint.test_sqlite import put
    path, thread, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    saver = SqliteSaver(path)
    where = config(thread)
    i = 0
    while i != count:
        where = put(saver, where, f"{i:06}", x=i, y="y" * 2000)
        saver.put_writes(where, [("x", i + 1)], "task")
        print(i, flush=True)
        i += 1
"""


def test_several_processes_and_threads_write_one_new_file(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    processes = [python(WRITER, path, f"process {n}", 60) for n in range(3)]
    with SqliteSaver(path) as saver:
        errors: list[BaseException] = []

        def work(name: str) -> None:
            try:
                where = config(name)
                for i in range(30):
                    where = put(saver, where, f"{i:06}", x=i)
                    list(saver.list(config("process 0"), limit=3))
            except BaseException as e:
                errors.append(e)

        threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert errors == []
        for p in processes:
            p.communicate()
            assert p.returncode == 0
        assert len(list(saver.list(None))) == 3 * 60 + 3 * 30
        assert saver.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("after", [1, 17, 40])
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, after: int) -> None:
    path = tmp_path / "threads.db"
    process = python(WRITER, path, "1", -1)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= after:
            process.send_signal(signal.SIGKILL)
            break
    acknowledged = max([after, *map(int, process.stdout.read().split())])
    process.wait()
    process.stdout.close()
    with SqliteSaver(path) as saver:
        assert saver.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        history = list(saver.list(config("1")))[::-1]
        assert len(history) in (acknowledged + 1, acknowledged + 2)
        for i, saved in enumerate(history):
            assert saved.checkpoint["channel_values"] == {"x": i, "y": "y" * 2000}
            parent = saved.parent_config
            assert parent is None if i == 0 else parent == history[i - 1].config
            assert saved.pending_writes == [("task", "x", i + 1)] or i > acknowledged
        put(saver, history[-1].config, "999999", x=0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_process_opens_the_file_anew(tmp_path: Path) -> None:
    program = """
        import os, sys
        from langgraph_nb.checkpoint.sqlite import SaverClosed, SqliteSaver
        from tests.unit.checkpoint.conftest import config
        from tests.unit.checkpoint.test_sqlite import put
        saver, memory = SqliteSaver(sys.argv[1]), SqliteSaver(":memory:")
        where = put(saver, config(), "a", x=1)
        inherited = saver.conn
        if (child := os.fork()) == 0:
            assert saver.get(config())["channel_values"] == {"x": 1}
            assert saver.conn is not inherited
            put(saver, where, "b", x=2)
            try:
                memory.get(config())
            except SaverClosed as e:
                assert "forked" in str(e)
                os._exit(7)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert saver.conn is inherited
        assert saver.get(config())["channel_values"] == {"x": 2}
        put(saver, config(checkpoint_id="b"), "c", x=3)
    """
    process = python(program, tmp_path / "threads.db")
    process.communicate(timeout=60)
    assert process.returncode == 0
