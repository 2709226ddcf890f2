"""How much room threads take on the disk: in proportion to what changes, and no more than is to be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_nb.checkpoint.base import copy_checkpoint
from langgraph_nb.checkpoint.sqlite import Retention, SqliteSaver
from langgraph_nb.graph import END, START, MessagesState, StateGraph
from tests.unit.checkpoint.conftest import checkpoint, config

TURNS = 500
TEXT = "a message of some three hundred bytes " * 8


def size(saver: SqliteSaver, path: Path) -> int:
    saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return path.stat().st_size


def rows(saver: SqliteSaver, table: str) -> int:
    count: int = saver.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


def put(saver: SqliteSaver, count: int, start: int = 0, **values: Any) -> None:
    """A thread of this many checkpoints, each an hour after the one before."""
    for number in range(start, start + count):
        made = checkpoint(f"{number:04}", {"n": number + 1}, n=number, **values)
        made["ts"] = (datetime.now(UTC) - timedelta(hours=count - number)).isoformat()
        parent = config(checkpoint_id=f"{number - 1:04}") if number else config()
        saver.put(parent, made, {"source": "loop", "step": number, "parents": {}}, {"n": number + 1})


def plain(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


@pytest.mark.parametrize("make", [HumanMessage, plain])
def test_a_chat_takes_at_most_three_times_its_messages(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    builder = StateGraph(MessagesState).add_node("reply", lambda state: {"messages": [AIMessage(TEXT)]})
    with SqliteSaver(path) as saver:
        saver.conn.execute("PRAGMA synchronous = OFF")
        graph = builder.add_edge(START, "reply").compile(checkpointer=saver)
        for _ in range(TURNS):
            graph.invoke({"messages": [make(TEXT)]}, config())
        assert len(graph.get_state(config()).values["messages"]) == 2 * TURNS
        assert size(saver, path) <= 3 * 2 * TURNS * len(TEXT)


def test_three_channels_of_three_hundred_cost_what_three_cost(tmp_path: Path) -> None:
    path, steps = tmp_path / "threads.db", 600
    wide = TypedDict("wide", {f"key {number}": int for number in range(300)})  # type: ignore[misc]

    def write(state: Any) -> Any:
        return {"key 0": state["key 0"] + 1, "key 7": 1, "key 299": state["key 0"]}

    with SqliteSaver(path) as saver:
        saver.conn.execute("PRAGMA synchronous = OFF")
        builder = StateGraph(wide).add_node("write", write).add_edge(START, "write")
        builder.add_conditional_edges("write", lambda state: "write" if state["key 0"] < steps else END)
        graph = builder.compile(checkpointer=saver)
        graph.invoke(dict.fromkeys(wide.__annotations__, 0), {**config(), "recursion_limit": 2 * steps})
        assert size(saver, path) <= 330 * steps  # a page more or less, as names are numbered in the order of a set
        assert graph.get_state(config()).values["key 0"] == steps


def test_a_list_that_a_node_changes_in_place_is_stored_as_it_is(tmp_path: Path) -> None:
    """Whether it grew is told by its bytes: the same list may have other items."""
    items = [f"a long item, number {number}" for number in range(50)]
    made = checkpoint("0000", items=items)
    with SqliteSaver(tmp_path / "threads.db") as saver:
        here = saver.put(config(), made, {}, {"items": 1})
        for number in range(40):
            if number % 3 == 0:
                items[number] = "changed"
            items.append(f"and another {number}")
            made = copy_checkpoint(made)
            made["id"] = f"{number + 1:04}"
            here = saver.put(here, made, {"step": number}, {"items": number + 2})
            assert saver.get_tuple(here).checkpoint["channel_values"] == {"items": items}  # type: ignore[union-attr]


def test_forks_share_what_they_have_in_common(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    items = [f"item {number}" * 20 for number in range(200)]
    with SqliteSaver(path) as saver:
        root = saver.put(config(), checkpoint("0000", items=items), {}, {"items": 1})
        before = size(saver, path)
        for number in range(50):
            saver.put(root, checkpoint(f"{number + 1:04}", items=[*items, f"fork {number}"]), {}, {"items": 2})
        assert size(saver, path) - before < before
        for number in range(50):
            found = saver.get_tuple(config(checkpoint_id=f"{number + 1:04}"))
            assert found is not None and found.checkpoint["channel_values"]["items"] == [*items, f"fork {number}"]


def test_the_last_checkpoints_are_kept(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        put(saver, 40, page="x" * 1000)
        expected = list(saver.list(config(), limit=7))
        saver.retain(Retention(last=7))
        assert list(saver.list(config())) == expected
        assert rows(saver, "nb_blobs") == 1
        put(saver, 3, start=40, page="x" * 1000)
        assert len(list(saver.list(config()))) == 10


def test_the_young_checkpoints_are_kept_and_always_the_newest(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db") as saver:
        put(saver, 40)
        saver.retain(Retention(younger_than=timedelta(hours=9, minutes=30)), ["1"])
        assert len(list(saver.list(config()))) == 9
        saver.retain(Retention(younger_than=timedelta(0)), ["another"])
        assert len(list(saver.list(config()))) == 9
        saver.retain(Retention(younger_than=timedelta(0)))
        assert [found.checkpoint["id"] for found in saver.list(config())] == ["0039"]


def test_a_saver_with_a_retention_keeps_threads_short(tmp_path: Path) -> None:
    with SqliteSaver(tmp_path / "threads.db", retention=Retention(last=5)) as saver:
        put(saver, 400, page="x" * 1000)
        found = list(saver.list(config()))
        assert 5 <= len(found) <= 80
        assert [each.checkpoint["channel_values"]["n"] for each in found] == [*range(399, 399 - len(found), -1)]
        assert rows(saver, "nb_blobs") == 1


def test_a_retention_that_keeps_nothing_is_refused() -> None:
    for wrong in ({}, {"last": 0}):
        with pytest.raises(ValueError, match=r"Give it last=|Keep at least 1"):
            Retention(**wrong)  # type: ignore[arg-type]


def test_vacuum_gives_room_back(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    with SqliteSaver(path) as saver:
        for number in range(50):
            saver.put(config(str(number)), checkpoint("a", page="x" * 10_000), {}, {"page": 1})
        before = size(saver, path)
        for number in range(49):
            saver.delete_thread(str(number))
        saver.vacuum()
        assert path.stat().st_size < before / 5
        assert saver.get_tuple(config("49")) is not None
