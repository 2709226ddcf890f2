"""Every stored row is damaged in every way there is: what is read then is what was stored, or an error that says so."""

from __future__ import annotations

import pickle
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.seal import CheckpointCorrupt, WritesLost
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.cli import main
from langgraph_nb.persistence import CheckpointTuple, PutCheckpoint, PutWrites
from tests.unit.checkpoint.conftest import checkpoint, config

COLUMNS = {
    "nb_checkpoints": ("space", "id", "parent_id", "run_id", "body"),
    "nb_blobs": ("space", "n", "upto", "data"),
    "nb_writes": ("space", "id", "task_id", "body"),
}
Read = dict[tuple[str, str, str], CheckpointTuple]


def run(saver: SqliteSaver, thread: str, ns: str, length: int, parent: str | None = None, start: int = 0) -> None:
    """A thread as the engine stores it: a list that grows, a large value, small ones, a task that asks."""
    items = ["a long first item of the list" * 10] if parent is None else ["of another branch" * 20]
    for number in range(start, start + length):
        here = config(thread, ns, parent)
        items.append(f"item {number} of {thread} {ns}" * 9)
        made = checkpoint(f"{number:03}", {"items": number, "n": number, "big": 1}, items=list(items), n=number)
        made["channel_values"]["big"] = {"page": "x" * 500}
        changes = {"items": number, "n": number, **({"big": 1} if parent is None else {})}
        writes = PutWrites(here, (("items", items[-1:]), ("n", number)), f"task {number}", "~a")
        meta: Any = {"source": "loop", "step": number, "parents": {}, "run_id": "r"}
        saver.apply([*([writes] if parent else []), PutCheckpoint(here, made, meta, changes)])
        parent = made["id"]
    saver.put_writes(config(thread, ns, parent), [("__interrupt__", [f"{thread}{ns}?"]), ("big", "y" * 600)], "asks")


@pytest.fixture
def saver() -> Iterator[SqliteSaver]:
    with SqliteSaver(":memory:") as made:
        run(made, "1", "", 5)
        run(made, "1", "", 2, parent="002", start=10)
        run(made, "1", "inner|x", 2)
        run(made, "2", "", 2)
        yield made


def read(saver: SqliteSaver) -> Read:
    """All checkpoints, each by itself."""
    found = [found for thread in ("1", "2") for found in saver.list(config(thread, None))]  # type: ignore[arg-type]
    places = [each.config["configurable"] for each in found]
    return {(c["thread_id"], c["checkpoint_ns"], c["checkpoint_id"]): f for c, f in zip(places, found, strict=True)}


def check(saver: SqliteSaver, stored: Read) -> int:
    """Read all that was stored. Returns how often it was refused; fails if anything else is given."""
    refused = 0
    for where, expected in stored.items():
        for asked in (config(*where), config(*where[:2])):
            try:
                found, lost = told(saver, asked)
            except CheckpointCorrupt as error:
                refused += 1
                assert error.thread_id == where[0]
                assert error.last_good is None or told(saver, config(*where[:2], error.last_good))[0] is not None
                continue
            refused += lost
            if found is not None:
                expected = stored[found.config["configurable"]["thread_id"], where[1], found.checkpoint["id"]]
                assert (found.checkpoint, found.metadata) == (expected.checkpoint, expected.metadata)
                assert all(write in (expected.pending_writes or ()) for write in found.pending_writes or ())
    for thread in ("1", "2"):
        try:
            assert all(found.checkpoint == stored[thread, "", found.checkpoint["id"]].checkpoint
                       for found in saver.list(config(thread)))
        except CheckpointCorrupt:
            refused += 1
    return refused


def told(saver: SqliteSaver, asked: Any) -> tuple[CheckpointTuple | None, int]:
    """A checkpoint, and how often it was told that what its tasks wrote is lost."""
    with warnings.catch_warnings(record=True, action="always") as caught:
        found = saver.get_tuple(asked)
    assert all(warning.category is WritesLost for warning in caught)
    return found, len(caught)


def each_row(connection: sqlite3.Connection) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for table, columns in COLUMNS.items():
        for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall():
            yield table, row


def change(connection: sqlite3.Connection, table: str, row: tuple[Any, ...], column: str, value: Any) -> None:
    where = " AND ".join(f"{name} IS ?" for name in COLUMNS[table])
    connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {where}", (value, *row))


def damaged(saver: SqliteSaver, damage: Callable[[sqlite3.Connection], Any], stored: Read) -> int:
    """Damage the database, read all, and undo the damage."""
    whole = saver.conn.serialize()
    damage(saver.conn)
    try:
        return check(saver, stored)
    finally:
        saver.conn.deserialize(whole)


def test_changed_and_cut_bytes_are_noticed(saver: SqliteSaver) -> None:
    stored = read(saver)
    for table, row in each_row(saver.conn):
        *_, body = row
        places = {0, 1, 5, len(body) // 2, len(body) - 9, len(body) - 8, len(body) - 1}
        wrong = [body[:at] + bytes((body[at] ^ 1 << at % 8,)) + body[at + 1 :] for at in sorted(places)]
        for other in (*wrong, body[:-1], body[: len(body) // 2], b"", body + b"\0", "a text", 7, 0.5):
            assert damaged(saver, lambda c, o=other, t=table, r=row: change(c, t, r, COLUMNS[t][-1], o), stored)


def test_bytes_that_became_a_text_that_is_none_are_noticed(saver: SqliteSaver) -> None:
    """SQLite gives what it takes for a text as one, and cannot where its bytes are not UTF-8."""
    stored = read(saver)
    for table, row in each_row(saver.conn):
        column = COLUMNS[table][-1]
        spoil = f"UPDATE {table} SET {column} = substr({column}, 1, 5) || x'ff' WHERE {column} IS ?"
        assert damaged(saver, lambda c, s=spoil, r=row: c.execute(s, r[-1:]), stored)
    saver.conn.execute("UPDATE nb_checkpoints SET body = body || 'x'")
    assert len(saver.verify()) >= 2


def test_rows_in_the_place_of_others_are_noticed(saver: SqliteSaver) -> None:
    stored = read(saver)
    rows = list(each_row(saver.conn))
    for table, row in rows:
        for other_table, other in rows[::3]:
            if row[-1] != other[-1]:
                body = other[-1]
                assert damaged(saver, lambda c, b=body, t=table, r=row: change(c, t, r, COLUMNS[t][-1], b), stored), (
                    f"{table} {row[:-1]} held what belongs to {other_table} {other[:-1]}"
                )


def test_changed_keys_are_never_read_as_something_else(saver: SqliteSaver) -> None:
    stored = read(saver)
    for table, row in each_row(saver.conn):
        for column, value in zip(COLUMNS[table][:-1], row, strict=False):
            others = (2, 3, 99) if isinstance(value, int) else ("000", "003", "zzz", "", None)
            for other in others:
                if other != value and (other is not None or column in ("parent_id", "run_id")):
                    damaged(saver, lambda c, o=other, t=table, r=row, k=column: change(c, t, r, k, o), stored)


def test_missing_rows_are_never_read_as_something_else(saver: SqliteSaver) -> None:
    stored = read(saver)
    for table, row in each_row(saver.conn):
        where = " AND ".join(f"{name} IS ?" for name in COLUMNS[table])
        refused = damaged(saver, lambda c, t=table, w=where, r=row: c.execute(f"DELETE FROM {t} WHERE {w}", r), stored)
        assert refused or table != "nb_blobs"


def test_what_is_corrupt_is_named_with_the_last_good_ancestor(saver: SqliteSaver) -> None:
    saver.conn.execute("UPDATE nb_checkpoints SET body = x'00' WHERE space = 1 AND id = '003'")
    for checkpoint_id in ("003", "004"):
        with pytest.raises(CheckpointCorrupt, match=r"'003' of thread '1' cannot be read.*last good.*'002'") as caught:
            saver.get_tuple(config(checkpoint_id=checkpoint_id))
        assert (caught.value.table, caught.value.last_good) == ("nb_checkpoints", "002")
    assert saver.get_tuple(config(checkpoint_id="001")) and saver.get_tuple(config(checkpoint_id="011"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.last_good) == (str(caught.value), "002")


@pytest.mark.parametrize("damage", [
    "UPDATE nb_checkpoints SET body = x'00' WHERE space = 1 AND id = '003'",
    "DELETE FROM nb_checkpoints WHERE space = 1 AND id = '003'",
    "UPDATE nb_blobs SET data = x'00' WHERE space = 1 AND n = 1 AND upto = 5",
])  # fmt: skip
def test_the_checkpoint_before_a_damaged_row_is_good_and_it_is_told_what_it_lacks(
    saver: SqliteSaver, damage: str
) -> None:
    """What its tasks wrote that led to the next one is in the row of that."""
    (stored,) = saver.list(config(checkpoint_id="002"))
    saver.conn.execute(damage)
    with pytest.warns(WritesLost, match=r"^Checkpoint '002' of thread '1' is good, but what its tasks wrote cannot"):
        found = saver.get_tuple(config(checkpoint_id="002"))
    assert found == stored._replace(pending_writes=[w for w in stored.pending_writes or () if w[0] != "task 3"])
    with pytest.warns(WritesLost):
        assert next(iter(saver.list(config(), before=config(checkpoint_id="003")))) == found
    saver.repair()
    assert found == saver.get_tuple(config(checkpoint_id="002"))


def test_the_last_good_ancestor_is_the_newest_that_can_be_read(saver: SqliteSaver) -> None:
    stored = read(saver)
    for table, row in each_row(saver.conn):
        whole = saver.conn.serialize()
        change(saver.conn, table, row, COLUMNS[table][-1], b"damaged")
        good = {(found.thread_id, found.checkpoint_ns): found.good for found in saver.inspect()}
        for *space, last in {(*key[:2], max(k[2] for k in stored if k[:2] == key[:2])) for key in stored}:
            try:
                told(saver, config(*space))
            except CheckpointCorrupt as error:
                expected: str | None = error.checkpoint_id or last
                while expected is not None:
                    parent = stored[(*space, expected)].parent_config  # type: ignore[index]
                    expected = parent["configurable"]["checkpoint_id"] if parent else None
                    if expected in good[tuple(space)]:  # type: ignore[index]
                        break
                assert error.last_good == expected
        saver.conn.deserialize(whole)


def test_an_error_that_is_kept_leaves_nothing_half_read(saver: SqliteSaver) -> None:
    """SQLite vacuums nothing that a cursor still reads."""
    saver.put_writes(config("1", "", "004"), [("n", 1)], "task after the damaged one")
    saver.conn.execute("UPDATE nb_writes SET body = x'00' WHERE space = 1")
    saver.conn.execute("UPDATE nb_blobs SET data = x'00'")
    kept = []
    for thread_id, ns in (("1", ""), ("1", "inner|x"), ("2", "")):
        with pytest.raises(CheckpointCorrupt) as caught:
            saver.get_tuple(config(thread_id, ns))
        kept.append(caught.value)
        with pytest.raises(CheckpointCorrupt) as caught:
            list(saver.list(config(thread_id, ns)))
        kept.append(caught.value)
    saver.vacuum()
    assert len(kept) == 6


def test_values_that_are_corrupt_are_named_with_their_channel(saver: SqliteSaver) -> None:
    saver.conn.execute("UPDATE nb_blobs SET data = x'00' WHERE space = 1 AND n = 1 AND upto = 5")
    with pytest.raises(CheckpointCorrupt, match=r"'003' of thread '1' .*channel 'items' in nb_blobs.*'002'"):
        saver.get_tuple(config(checkpoint_id="003"))


def test_a_thread_goes_on_from_its_last_good_checkpoint(saver: SqliteSaver) -> None:
    saver.conn.execute("UPDATE nb_checkpoints SET body = x'00' WHERE space = 2 AND id = '001'")
    with pytest.raises(CheckpointCorrupt) as caught:
        saver.get_tuple(config("1", "inner|x"))
    good = config("1", "inner|x", caught.value.last_good)
    saver.put(good, checkpoint("100", n=1, items=[1], big=2), {}, {"n": 1, "items": 1, "big": 2})
    assert saver.get_tuple(config("1", "inner|x")).checkpoint["channel_values"] == {"n": 1, "items": [1], "big": 2}  # type: ignore[union-attr]


def test_repair_moves_threads_back_and_keeps_what_was_damaged(saver: SqliteSaver) -> None:
    stored = read(saver)
    for table, row in each_row(saver.conn):
        whole = saver.conn.serialize()
        change(saver.conn, table, row, COLUMNS[table][-1], b"damaged")
        assert [found.table for found in saver.verify()] == [table]
        (found,) = saver.repair()
        assert saver.verify() == []
        left = read(saver)
        assert {key for key in stored if key not in left} == {(*key_of(found), lost) for lost in found.lost}
        assert check(saver, stored) == 0
        aside = saver.conn.execute("SELECT body FROM nb_damaged").fetchall()
        assert (b"damaged",) in aside
        saver.conn.deserialize(whole)


def key_of(found: Any) -> tuple[str, str]:
    return found.thread_id, found.checkpoint_ns


def test_the_command_line_finds_and_repairs_damage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "threads.db"
    with SqliteSaver(path) as saver:
        run(saver, "1", "", 3)
    assert main(["verify", str(path)]) == 0
    assert "nothing is damaged" in capsys.readouterr().out
    with SqliteSaver(path) as saver:
        saver.conn.execute("UPDATE nb_checkpoints SET body = x'00' WHERE id = '002'")
    assert main(["verify", str(path)]) == 1
    assert "nb_checkpoints 002 of thread '1'" in capsys.readouterr().out
    assert main(["repair", str(path)]) == 0
    assert "thread '1' is back at checkpoint '001'" in capsys.readouterr().out
    assert main(["verify", str(path)]) == 0


def test_the_command_line_makes_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "missing.db")]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert not (tmp_path / "missing.db").exists()
