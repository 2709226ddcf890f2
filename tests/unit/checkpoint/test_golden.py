"""Databases that were written in the past are read as what was stored then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from langgraph_nb.checkpoint.postgres import PostgresSaver, schema
from langgraph_nb.checkpoint.rows.places import FORMAT
from langgraph_nb.checkpoint.rows.saver import RowSaver
from langgraph_nb.checkpoint.seal import CheckpointCorrupt
from langgraph_nb.checkpoint.sqlite import OlderFormatError, SqliteSaver
from tests.unit.checkpoint.conftest import checkpoint, config
from tests.unit.checkpoint.golden.make import STEPS, fill, serde_of, state

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted([*GOLDEN.glob("threads-*.db"), *GOLDEN.glob("threads-*.sql")])


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RowSaver]:
    """A saver on a copy of each golden file."""
    file: Path = request.param
    with ExitStack() as stack:
        if file.suffix == ".db":
            yield stack.enter_context(SqliteSaver(shutil.copy(file, tmp_path), serde=serde_of(file.stem)))
            return
        address = request.getfixturevalue("new_database")()
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            connection.execute(file.read_text("utf-8").encode())
        made = stack.enter_context(PostgresSaver.from_conn_string(address))
        made.serde = serde_of(file.stem) or made.serde
        made.setup()
        yield made


def test_there_are_files_of_todays_formats() -> None:
    todays = {f"threads-{FORMAT}", f"threads-{FORMAT}-encrypted", f"threads-postgres-{schema.FORMAT}"}
    assert todays <= {file.stem for file in FILES}


def test_what_was_stored_is_read(saver: RowSaver) -> None:
    with SqliteSaver(":memory:") as today:
        fill(today)
        for thread in (config("1"), config("1", "node:x")):
            assert list(saver.list(thread)) == list(today.list(thread))
    assert saver.verify() == []
    for number in range(STEPS):
        found = saver.get(config("1", "", f"{number:04}"))
        assert found is not None and found["channel_values"] == state(number)


def test_threads_of_the_past_go_on(saver: RowSaver) -> None:
    newest = saver.get_tuple(config("1"))
    assert newest is not None
    saver.put(newest.config, checkpoint("9999", **state(STEPS)), {"step": 1}, {"messages": 2, "n": 2})
    found = saver.get(config("1"))
    assert found is not None and found["channel_values"] == state(STEPS)
    assert saver.verify() == []


def test_an_encrypted_file_of_the_past_says_nothing_without_its_key(tmp_path: Path) -> None:
    file = shutil.copy(GOLDEN / f"threads-{FORMAT}-encrypted.db", tmp_path)
    with SqliteSaver(file) as saver, pytest.raises(CheckpointCorrupt, match="needs an EncryptedSerializer"):
        saver.get_tuple(config("1"))


def test_a_format_that_no_release_had_is_refused_by_name(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        saver.conn.execute("UPDATE nb_format SET version = 1")
    said = r"threads\.db has format 1, which no release has had.*format 2, the first that was released\. Open it with"
    with pytest.raises(OlderFormatError, match=said):
        SqliteSaver(tmp_path / "threads.db")
