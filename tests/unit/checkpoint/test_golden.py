"""Databases that were written in the past are read as what was stored then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from langgraph_nb.checkpoint.rows.places import FORMAT
from langgraph_nb.checkpoint.sqlite import OlderFormatError, SqliteSaver
from tests.unit.checkpoint.conftest import checkpoint, config
from tests.unit.checkpoint.golden.make import STEPS, fill, state

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("threads-*.db"))


def test_there_is_a_file_of_todays_format() -> None:
    assert GOLDEN / f"threads-{FORMAT}.db" in FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_was_stored_is_read(file: Path, tmp_path: Path) -> None:
    path = shutil.copy(file, tmp_path)
    with SqliteSaver(path) as saver, SqliteSaver(":memory:") as today:
        fill(today)
        for thread in (config("1"), config("1", "node:x")):
            assert list(saver.list(thread)) == list(today.list(thread))
        assert saver.verify() == []
        for number in range(STEPS):
            found = saver.get(config("1", "", f"{number:04}"))
            assert found is not None and found["channel_values"] == state(number)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_threads_of_the_past_go_on(file: Path, tmp_path: Path) -> None:
    with SqliteSaver(shutil.copy(file, tmp_path)) as saver:
        newest = saver.get_tuple(config("1"))
        assert newest is not None
        saver.put(newest.config, checkpoint("9999", **state(STEPS)), {"step": 1}, {"messages": 2, "n": 2})
        found = saver.get(config("1"))
        assert found is not None and found["channel_values"] == state(STEPS)
        assert saver.verify() == []


def test_a_format_that_no_release_had_is_refused_by_name(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        saver.conn.execute("UPDATE nb_format SET version = 1")
    with pytest.raises(OlderFormatError, match=r"threads\.db has format 1, .*reads format 2\. Open it with"):
        SqliteSaver(tmp_path / "threads.db")
