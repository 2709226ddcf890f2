"""What every saver of ours does, whatever it stores in."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import pytest
from langgraph.checkpoint.conformance import checkpointer_test
from langgraph.checkpoint.conformance.capabilities import ALL_CAPABILITIES

from langgraph_nb.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    PutCheckpoint,
    PutWrites,
    TransactionalSaver,
    aapply_ops,
    apply_ops,
    copy_checkpoint,
    empty_checkpoint,
)
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.serde import JsonPlusSerializer, UnstorableValue
from langgraph_nb.shape import Shape
from tests.unit.checkpoint.conftest import awaited, checkpoint, config

META: Any = {"source": "loop", "step": 1, "parents": {}}


def put(saver: BaseCheckpointSaver[int], where: Any, saved: Any, changed: Any = None, **metadata: Any) -> Any:
    """Store a checkpoint; ``changed`` are the channels that changed, all by default."""
    versions = saved["channel_versions"]
    new = versions if changed is None else {c: versions.get(c, 9) for c in changed}
    return saver.put(where, saved, {**META, **metadata}, new)


def values(saver: BaseCheckpointSaver[int], where: Any) -> Any:
    found = saver.get(where)
    return None if found is None else found["channel_values"]


def test_released_conformance_kit_passes_in_all_capabilities(saver: TransactionalSaver) -> None:
    @checkpointer_test(name=type(saver).__name__)
    async def one() -> Any:
        for thread_id in {t.config["configurable"]["thread_id"] for t in saver.list(None)}:
            saver.delete_thread(thread_id)
        yield saver

    report = asyncio.run(sys.modules["langgraph.checkpoint.conformance.validate"].validate(one))
    assert {name for name, result in report.results.items() if result.passed} == {c.value for c in ALL_CAPABILITIES}
    assert report.passed_all()


def test_history_reads_from_the_latest_and_keeps_parents(saver: TransactionalSaver) -> None:
    one = put(saver, config(), checkpoint("a", x=1))
    two = put(saver, one, checkpoint("b", x=2))
    assert two["configurable"] == {"thread_id": "1", "checkpoint_ns": "", "checkpoint_id": "b"}
    found = list(saver.list(config()))
    assert [t.checkpoint["channel_values"] for t in found] == [{"x": 2}, {"x": 1}]
    assert found[0].parent_config == one
    assert found[1].parent_config is None
    assert saver.get_tuple(config()) == found[0]
    assert saver.get_tuple(one) == found[1]


def test_unchanged_channels_are_those_of_the_parent(saver: TransactionalSaver) -> None:
    where = put(saver, config(), checkpoint("a", x=[1], y={"k": (1,)}))
    where = put(saver, where, checkpoint("b", x=[2], y="not looked at"), changed=["x"])
    assert values(saver, config()) == {"x": [2], "y": {"k": (1,)}}
    put(saver, where, checkpoint("c", y="not looked at"), changed=["x"])
    assert values(saver, config()) == {"y": {"k": (1,)}}


def test_channels_that_the_parent_does_not_hold_are_stored_all_the_same(saver: TransactionalSaver) -> None:
    put(saver, config(checkpoint_id="never stored"), checkpoint("b", x=1, y=2), changed=["x"])
    assert values(saver, config()) == {"x": 1, "y": 2}
    put(saver, config(checkpoint_id="b"), checkpoint("c", x=1, y=2, z=3), changed=[])
    assert values(saver, config()) == {"x": 1, "y": 2, "z": 3}


def test_forks_that_give_a_channel_the_same_version_do_not_mix(saver: TransactionalSaver) -> None:
    root = put(saver, config(), checkpoint("a", {"x": 1, "y": 1}, x="root", y=0))
    left = put(saver, root, checkpoint("b", {"x": 2, "y": 1}, x="left", y=0), changed=["x"])
    right = put(saver, root, checkpoint("c", {"x": 2, "y": 1}, x="right", y=0), changed=["x"])
    put(saver, left, checkpoint("d", {"x": 2, "y": 2}, x="left", y=1), changed=["y"])
    put(saver, right, checkpoint("e", {"x": 2, "y": 2}, x="right", y=2), changed=["y"])
    assert values(saver, config(checkpoint_id="d")) == {"x": "left", "y": 1}
    assert values(saver, config(checkpoint_id="e")) == {"x": "right", "y": 2}
    saver.delete_for_runs([])
    assert values(saver, left) == {"x": "left", "y": 0}


def test_changing_a_value_in_place_does_not_change_history(saver: TransactionalSaver) -> None:
    state = {"log": ["a"]}
    saved = checkpoint("a", log=state["log"])
    put(saver, config(), saved)
    state["log"].append("b")
    read = values(saver, config())
    assert read == {"log": ["a"]}
    read["log"].append("c")
    assert values(saver, config()) == {"log": ["a"]}


class Word(str):
    """A text with a class of its own."""


PLAIN = [True, 1, 1.0, -0.0, 2**80, None, "", "\ud800", b"x", (1, "a"), Word("w"), {"k": b"x"}]


def test_plain_values_come_back_with_their_types(saver: TransactionalSaver) -> None:
    where = put(saver, config(), checkpoint("a", **{f"c{i}": value for i, value in enumerate(PLAIN)}))
    for number in range(6):
        saver.put_writes(where, [("x", value) for value in PLAIN], f"t{number}", f"~{number}")
    where = put(saver, where, checkpoint("b", **{f"c{i}": value for i, value in enumerate(PLAIN)}), changed=())
    past, latest = saver.get_tuple(config(checkpoint_id="a")), saver.get_tuple(where)
    assert past is not None and latest is not None and past.pending_writes is not None
    expected = [(type(value), repr(value)) for value in PLAIN]
    for found in (past, latest):
        assert [(type(v), repr(v)) for v in found.checkpoint["channel_values"].values()] == expected
    assert [(type(v), repr(v)) for _, _, v in past.pending_writes] == 6 * expected


class Sealing(JsonPlusSerializer):
    """Leaves nothing readable, and takes note of what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Any] = []

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        self.given.append(obj)
        kind, data = super().dumps_typed(obj)
        return f"{kind}+sealed", bytes(byte ^ 0x55 for byte in data)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        kind, sealed = data
        return super().loads_typed((kind.removesuffix("+sealed"), bytes(byte ^ 0x55 for byte in sealed)))


def test_a_serializer_of_ones_own_is_given_plain_values_too() -> None:
    serde = Sealing()
    saver = InMemorySaver(serde=serde)
    where = put(saver, config(), checkpoint("a", secret="s1"), user="ada")
    saver.put_writes(where, [("secret", "s2")], "t")
    assert "s1" in serde.given and "s2" in serde.given and "ada" in str(serde.given)
    found = saver.get_tuple(config())
    assert found is not None and found.checkpoint["channel_values"] == {"secret": "s1"}
    assert found.pending_writes == [("t", "secret", "s2")]
    assert found.metadata == {**META, "user": "ada"}


def test_reading_makes_no_threads(saver: TransactionalSaver) -> None:
    assert saver.get_tuple(config("ghost")) is None
    assert saver.get_tuple(config("ghost", checkpoint_id="x")) is None
    assert list(saver.list(config("ghost"))) == []
    saver.delete_thread("ghost")
    saver.prune(["ghost"])
    assert list(saver.list(None)) == []


def test_writes_come_back_in_the_order_of_path_task_and_index(saver: TransactionalSaver) -> None:
    where = put(saver, config(), checkpoint("a"))
    saver.put_writes(where, [("x", 1), ("y", (2,))], "t1", "~2")
    saver.put_writes(where, [("x", 3)], "t2", "~1")
    saver.put_writes(where, [("x", 4)], "t3")
    found = saver.get_tuple(where)
    assert found is not None
    assert found.pending_writes == [("t3", "x", 4), ("t2", "x", 3), ("t1", "x", 1), ("t1", "y", (2,))]


def test_first_of_a_tasks_writes_stays_and_last_of_its_special_ones_counts(saver: TransactionalSaver) -> None:
    where = put(saver, config(), checkpoint("a"))
    special = list(WRITES_IDX_MAP)
    for attempt in ("first", "second"):
        saver.put_writes(where, [("x", attempt), *((s, attempt) for s in special)], "t")
    found = saver.get_tuple(where)
    assert found is not None and found.pending_writes is not None
    assert {c: v for _, c, v in found.pending_writes} == {"x": "first", **dict.fromkeys(special, "second")}


def test_writes_may_come_before_their_checkpoint(saver: TransactionalSaver) -> None:
    saver.put_writes(config(checkpoint_id="a"), [("x", 1)], "t")
    assert saver.get_tuple(config()) is None
    put(saver, config(), checkpoint("a"))
    found = saver.get_tuple(config())
    assert found is not None and found.pending_writes == [("t", "x", 1)]


def test_storing_a_checkpoint_again_keeps_the_writes_on_it(saver: TransactionalSaver) -> None:
    where = put(saver, config(), checkpoint("a", x=1))
    saver.put_writes(where, [("x", 1)], "t")
    put(saver, config(), checkpoint("a", x=2))
    found = saver.get_tuple(config())
    assert found is not None and found.pending_writes == [("t", "x", 1)]
    assert found.checkpoint["channel_values"] == {"x": 2}


def test_operations_are_stored_all_or_none(saver: TransactionalSaver) -> None:
    good = PutCheckpoint(config(), checkpoint("a", x=1), META, {"x": 1})
    bad = PutWrites(config(checkpoint_id="a"), (("x", object()),), "t")
    with pytest.raises(UnstorableValue, match="object"):
        saver.apply([good, bad])
    assert saver.get_tuple(config()) is None


def test_operations_in_one_transaction_see_each_other(saver: TransactionalSaver) -> None:
    first = PutCheckpoint(config(), checkpoint("a", x=1, y=1), META, {"x": 1, "y": 1})
    then = PutWrites(config(checkpoint_id="a"), (("x", 2),), "t")
    last = PutCheckpoint(config(checkpoint_id="a"), checkpoint("b", x=2, y="same"), META, {"x": 2})
    saver.apply([first, then, last])
    assert values(saver, config()) == {"x": 2, "y": 1}
    found = saver.get_tuple(config(checkpoint_id="a"))
    assert found is not None and found.pending_writes == [("t", "x", 2)]


HOSTILE_KEYS = [
    "') OR 1=1 --", '"', "$.step", "a.b", "step' OR '1'='1", "]", "%", "\u0000", 'x") = 1 OR json_extract(metadata, "$',
]  # fmt: skip


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_filter_keys_and_values_are_data(saver: TransactionalSaver, key: str) -> None:
    put(saver, config(), checkpoint("a"))
    put(saver, config(), checkpoint("b"), **{key: "'; DROP TABLE nb_checkpoints; --"})
    assert list(saver.list(config(), filter={key: 1})) == []
    assert list(saver.list(config(), filter={key: "' OR 1=1 --"})) == []
    (found,) = saver.list(config(), filter={key: "'; DROP TABLE nb_checkpoints; --"})
    assert found.checkpoint["id"] == "b"


def test_filters_compare_values_of_any_kind(saver: TransactionalSaver) -> None:
    put(saver, config(), checkpoint("a"), tags=["x", {"y": 1}], flag=True, none=None)
    for wanted in ({"tags": ["x", {"y": 1}]}, {"flag": True}, {"none": None}, {"missing": None}, {"source": "loop"}):
        assert len(list(saver.list(config(), filter=wanted))) == 1
    for wanted in ({"tags": ["x"]}, {"flag": False}, {"source": "loop", "step": 2}):
        assert list(saver.list(config(), filter=wanted)) == []


def test_list_takes_thread_namespace_before_and_limit(saver: TransactionalSaver) -> None:
    for thread in ("1", "2"):
        for ns in ("", "sub"):
            for i in range(3):
                put(saver, config(thread, ns), checkpoint(f"{i}{thread}{ns}", x=i), i=i)

    def ids(*args: Any, **kwargs: Any) -> list[str]:
        return [t.checkpoint["id"] for t in saver.list(*args, **kwargs)]

    assert len(ids(None)) == 12
    assert ids(config("1")) == ["21", "11", "01"]
    assert ids({"configurable": {"thread_id": "1"}}) == ["21sub", "21", "11sub", "11", "01sub", "01"]
    assert ids(config("1", "sub"), limit=1) == ["21sub"]
    assert ids(config("1"), before=config("1", checkpoint_id="21")) == ["11", "01"]
    assert ids(config("1", checkpoint_id="11")) == ["11"]
    assert ids(None, filter={"i": 2}, limit=2) == ["22sub", "22"]
    assert ids(config("1"), limit=0) == []


def test_long_history_is_read_whole_and_in_order(saver: TransactionalSaver) -> None:
    where = config()
    for i in range(300):
        where = put(saver, where, checkpoint(f"{i:04}", x=i, y="same"), changed=["x"] if i else None)
        saver.put_writes(where, [("x", i + 1)], f"t{i}")
    found = list(saver.list(config()))
    assert [t.checkpoint["channel_values"] for t in found] == [{"x": i, "y": "same"} for i in reversed(range(300))]
    assert [t.pending_writes for t in found] == [[(f"t{i}", "x", i + 1)] for i in reversed(range(300))]


def test_metadata_of_the_config_is_stored_but_not_its_configurable(saver: TransactionalSaver) -> None:
    where = config(metadata={"user": "u", "object": object(), "__private": 1, "thread_id": "x"})
    where["configurable"]["api_key"] = "secret"
    put(saver, where, checkpoint("a"))
    found = saver.get_tuple(config())
    assert found is not None and found.metadata == {**META, "user": "u"}


def test_copied_thread_lives_on_by_itself(saver: TransactionalSaver) -> None:
    one = put(saver, config(), checkpoint("a", x=[1], y=0))
    put(saver, one, checkpoint("b", x=[2], y=0), changed=["x"])
    put(saver, config(ns="sub"), checkpoint("s", z=1))
    saver.put_writes(one, [("x", [2])], "t")
    put(saver, config("2"), checkpoint("old"))
    saver.copy_thread("1", "2")
    saver.delete_thread("1")
    assert [t.checkpoint["channel_values"] for t in saver.list(config("2"))] == [{"x": [2], "y": 0}, {"x": [1], "y": 0}]
    assert values(saver, config("2", "sub")) == {"z": 1}
    found = saver.get_tuple(config("2", checkpoint_id="a"))
    assert found is not None and found.pending_writes == [("t", "x", [2])]
    saver.copy_thread("2", "2")
    assert values(saver, config("2")) == {"x": [2], "y": 0}


def test_pruned_thread_keeps_the_latest_of_each_namespace_whole(saver: TransactionalSaver) -> None:
    for ns in ("", "sub"):
        where = put(saver, config(ns=ns), checkpoint("a", x=1, y=(0,)))
        saver.put_writes(where, [("x", 2)], "old")
        where = put(saver, where, checkpoint("b", x=2, y=(0,)), changed=["x"])
        saver.put_writes(where, [("x", 3)], "pending")
    saver.prune(["1"])
    found = list(saver.list({"configurable": {"thread_id": "1"}}))
    assert [t.checkpoint["channel_values"] for t in found] == [{"x": 2, "y": (0,)}] * 2
    assert [t.pending_writes for t in found] == [[("pending", "x", 3)]] * 2
    saver.prune(["1"], strategy="delete")
    assert list(saver.list(None)) == []


def test_unknown_way_to_prune_is_refused(saver: TransactionalSaver) -> None:
    with pytest.raises(ValueError, match="Did you mean 'keep_latest'"):
        saver.prune(["1"], strategy="keep_last")


def test_deleting_runs_keeps_what_others_share(saver: TransactionalSaver) -> None:
    where = put(saver, config(), checkpoint("a", x=1, y=(0,)), run_id="r1")
    saver.put_writes(where, [("x", 2)], "t")
    put(saver, where, checkpoint("b", x=2, y=(0,)), changed=["x"], run_id="r2")
    saver.delete_for_runs(["r1", "unknown"])
    (left,) = saver.list(config())
    assert left.checkpoint["channel_values"] == {"x": 2, "y": (0,)}
    put(saver, left.config, checkpoint("c", x=2, y=(0,)), changed=[], run_id="r3")
    assert values(saver, config()) == {"x": 2, "y": (0,)}


def test_config_without_a_thread_is_refused_with_a_hint(saver: TransactionalSaver) -> None:
    with pytest.raises(ValueError, match="Did you mean 'threadid'"):
        saver.get_tuple({"configurable": {"threadid": "1"}})
    with pytest.raises(ValueError, match="names no checkpoint"):
        saver.put_writes(config(), [("x", 1)], "t")


def test_clone_with_more_classes_shares_the_storage(saver: TransactionalSaver) -> None:
    class Mine:
        pass

    clone = saver.with_allowlist([Mine])
    assert clone is not saver and clone.origin is saver
    put(saver, config(), checkpoint("a", x=1))
    assert values(clone, config()) == {"x": 1}
    assert clone.with_allowlist([Mine]) is clone


def test_versions_count_up_from_one(saver: TransactionalSaver) -> None:
    assert [saver.get_next_version(None, None), saver.get_next_version(1, None)] == [1, 2]
    with pytest.raises(NotImplementedError, match="Override"):
        saver.get_next_version("1", None)  # type: ignore[arg-type]


@awaited
async def test_awaited_methods_do_the_same(saver: TransactionalSaver) -> None:
    where = await saver.aput(config(), checkpoint("a", x=1), META, {"x": 1})
    await saver.aput_writes(where, [("x", 2)], "t")
    await aapply_ops(saver, [PutCheckpoint(where, checkpoint("b", x=2), META, {"x": 2})])
    assert await saver.aget(where) == saver.get(where)
    assert await saver.aget_tuple(where) == saver.get_tuple(where)
    assert [t async for t in saver.alist(config(), limit=1)] == list(saver.list(config(), limit=1))
    await saver.acopy_thread("1", "2")
    await saver.adelete_for_runs(["none"])
    await saver.aprune(["1"])
    assert len([t async for t in saver.alist(config())]) == 1
    await saver.adelete_thread("1")
    assert await saver.aget(config()) is None
    assert (await saver.aget(config("2")) or {})["channel_values"] == {"x": 2}


def test_threads_store_and_read_at_the_same_time(saver: TransactionalSaver) -> None:
    errors: list[BaseException] = []

    def work(name: str) -> None:
        try:
            where = config(name)
            for i in range(20):
                where = put(saver, where, checkpoint(f"{i:03}", x=i), name=name)
                saver.put_writes(where, [("x", i)], "t")
                assert values(saver, config(name)) == {"x": i}
                assert len(list(saver.list(config(name)))) == i + 1
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert errors == []
    assert len(list(saver.list(None))) == 160


class Foreign:
    """A saver that knows only ``put`` and ``put_writes``, as one written for LangGraph."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        self.calls.append(("put", checkpoint["id"], new_versions))

    def put_writes(self, config: Any, writes: Any, task_id: str, task_path: str = "") -> None:
        self.calls.append(("put_writes", writes, task_id, task_path))

    async def aput(self, *args: Any) -> Any:
        self.put(*args)

    async def aput_writes(self, *args: Any) -> None:
        self.put_writes(*args)


@awaited
async def test_foreign_savers_are_given_operations_one_by_one() -> None:
    ops = [PutCheckpoint(config(), checkpoint("a"), META, {"x": 1}), PutWrites(config(), (("x", 1),), "t", "p")]
    called, awaited = Foreign(), Foreign()
    apply_ops(called, ops)
    await aapply_ops(awaited, ops)
    assert called.calls == awaited.calls == [("put", "a", {"x": 1}), ("put_writes", (("x", 1),), "t", "p")]


def test_empty_checkpoints_sort_by_time_and_copies_are_apart() -> None:
    one, two = empty_checkpoint(), empty_checkpoint()
    assert one["id"] < two["id"]
    one["versions_seen"]["n"] = {"x": 1}
    copied = copy_checkpoint(one)
    copied["versions_seen"]["n"]["x"] = 2
    copied["channel_values"]["x"] = 1
    assert one["versions_seen"] == {"n": {"x": 1}} and one["channel_values"] == {}


@awaited
async def test_a_checkpoint_says_which_graph_made_it_whose_shape_is_kept_once(saver: TransactionalSaver) -> None:
    shapes = [Shape({"a": ("branch:to:a",)}, {"n": f"LastValue[{kind}]"}) for kind in ("int", "str", "int")]
    for number, shape in enumerate(shapes):
        parent = config(checkpoint_id=f"c{number - 1}" if number else None)
        made = checkpoint(f"c{number}", n=number)
        saver.apply([PutCheckpoint(parent, made, {"step": number}, {"n": 1}, graph=shape)])
    found = [saved.checkpoint["graph"] for saved in saver.list(config())]
    assert found == [shape.fingerprint for shape in reversed(shapes)]
    for shape in shapes:
        assert saver.get_shape(shape.fingerprint) == await saver.aget_shape(shape.fingerprint) == shape.text
    assert saver.get_shape("of no graph") is None


def test_the_threads_that_were_written_to_last_come_first(saver: Any) -> None:
    assert saver.recent_threads() == []
    for number, thread in enumerate(("a", "b", "c", "a")):
        put(saver, config(thread), checkpoint(f"000{number}"))
    put(saver, config("b", ns="inner"), checkpoint("0009"))
    assert saver.recent_threads() == ["a", "c", "b"], "what is inside of a node is no thread"
    assert saver.recent_threads(limit=2) == ["a", "c"]
