"""Files that are damaged anywhere, or cannot be written: what is read is what was stored, or an error says so."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.seal import CorruptData
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from tests.faults.life import Cell, Ending, Life

CELL = Cell("sqlite", "nested", "invoke", "sync")
DAMAGES = 300


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Ending]:
    """A database, and what is to be read from it."""
    folder = tmp_path_factory.mktemp("stored")
    with SqliteSaver(folder / "threads.db") as saver:
        life = Life(CELL, saver, folder / "notes", 1)
        life.go_on(2)
        ending = life.ending()
    return (folder / "threads.db").read_bytes(), ending


def damaged(content: bytes, draw: random.Random) -> bytes:
    """A file with a bit flipped, a sector of zeros or of another place, or an end that is missing."""
    kind, place = draw.randrange(4), draw.randrange(len(content))
    changed = bytearray(content)
    if kind == 0:
        changed[place] ^= 1 << draw.randrange(8)
    elif kind == 1:
        changed[place : place + 512] = bytes(len(changed[place : place + 512]))
    elif kind == 2:
        source = draw.randrange(len(content) - 512)
        changed[place : place + 512] = content[source : source + 512][: len(content) - place]
    else:
        del changed[place:]
    return bytes(changed)


def found_by_verify(path: Path) -> bool:
    """Whether damage is found that hides rows from whoever looks for them: nothing is left that could refuse."""
    try:
        with SqliteSaver(path) as saver:
            return bool(saver.verify())
    except sqlite3.DatabaseError:
        return True


def test_a_damaged_file_is_never_read_as_something_else(tmp_path: Path, stored: tuple[bytes, Ending]) -> None:
    content, ending = stored
    refused, wrong = 0, []
    for seed in range(DAMAGES):
        path = tmp_path / f"{seed}.db"
        path.write_bytes(damaged(content, random.Random(seed)))
        try:
            with SqliteSaver(path) as saver:
                read: Any = Life(CELL, saver, tmp_path / "notes", 1).ending()
        except (CorruptData, sqlite3.DatabaseError, UnicodeDecodeError):  # the last one from within sqlite3
            refused += 1
            continue
        if read != ending and not found_by_verify(path):
            wrong.append(seed)
    assert not wrong
    assert refused > DAMAGES / 4


def test_a_file_that_cannot_be_written_is_not_harmed(tmp_path: Path, stored: tuple[bytes, Ending]) -> None:
    content, ending = stored
    path = tmp_path / "threads.db"
    path.write_bytes(content)
    try:
        with SqliteSaver(f"file:{path}?mode=ro") as saver:
            life = Life(CELL, saver, tmp_path / "notes", 1)
            assert life.ending() == ending
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                life.go_on(3)
            assert life.ending() == ending
    finally:
        assert path.read_bytes() == content


def test_an_index_that_misses_rows_is_mended(tmp_path: Path, stored: tuple[bytes, Ending]) -> None:
    content, ending = stored
    path = tmp_path / "threads.db"
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as connection:
        found = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'nb_spaces'"
        page, size = connection.execute(found).fetchone()[0], connection.execute("PRAGMA page_size").fetchone()[0]
    changed = bytearray(content)
    changed[(page - 1) * size + 3 : (page - 1) * size + 5] = bytes(2)  # no cells
    path.write_bytes(changed)
    with SqliteSaver(path) as saver:
        assert any("missing from index" in str(row) for row in saver.verify())
        saver.repair()
        assert saver.verify() == []
        assert Life(CELL, saver, tmp_path / "notes", 1).ending() == ending
