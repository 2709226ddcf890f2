"""Whatever is done to a saver in whatever order, a database says what memory says, also once it is opened again."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.rows import forms
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.persistence import PutCheckpoint, PutWrites
from tests.unit.checkpoint.conftest import checkpoint, config

CHANNELS = ("items", "log", "n", "text", "branch:to:a")
NODES = ("a", "b")
THREADS = ("1", "2")
SPACES = ("", "inner|x")
TASKS = ("t1", "t2")
Value = Any
values = st.one_of(
    st.integers(-3, 2**70), st.none(), st.text(max_size=4), st.text(min_size=30, max_size=50),
    st.lists(st.integers(0, 300), max_size=40), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.tuples(st.integers()), st.just(b"bytes" * 9), st.just([["nested"] * 9]),
)  # fmt: skip
ids = st.integers(0, 60).map(lambda number: f"{number:03}")


class Savers(RuleBasedStateMachine):
    """The same operations on both."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "threads.db")
        self.memory = InMemorySaver()
        self.sqlite = SqliteSaver(self.path)
        self.live: dict[str, Any] = {}
        """The values of the channels, which are changed in place and stored again."""
        self.tips: dict[tuple[str, str], str] = {}
        self.count = 100
        self.versions: dict[str, int] = {}

    def teardown(self) -> None:
        self.sqlite.close()
        self.folder.cleanup()

    def both(self, name: str, *args: Any, **named: Any) -> None:
        for saver in (self.memory, self.sqlite):
            getattr(saver, name)(*copy.deepcopy(args), **named)

    # -- as the engine does it: on the newest, with the writes that led there --

    @initialize(small=st.sampled_from((0, 16, 384)))
    def begin(self, small: int) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(forms, "SMALL", small)

    @rule(
        thread=st.sampled_from(THREADS), ns=st.sampled_from(SPACES), more=st.lists(st.integers(0, 300), max_size=30),
        new=st.dictionaries(st.sampled_from(CHANNELS[1:]), values, max_size=3), gone=st.sampled_from(CHANNELS[1:]),
        source=st.sampled_from(("loop", "loop", "input")), tasks=st.sets(st.sampled_from(TASKS)),
        ran=st.sampled_from(NODES), knows=st.booleans(), steps=st.integers(1, 4),
    )  # fmt: skip
    def step(
        self, thread: str, ns: str, more: list[int], new: dict[str, Any], gone: str, source: Any, tasks: set[str],
        ran: str, knows: bool, steps: int,
    ) -> None:  # fmt: skip
        for _ in range(steps):
            self.one_step(thread, ns, more, new, gone, source, tasks, ran, knows)

    def one_step(self, thread, ns, more, new, gone, source, tasks, ran, knows):  # type: ignore[no-untyped-def]
        tip = self.tips.get((thread, ns))
        before = self.memory.get_tuple(config(thread, ns, tip)) if tip else None
        said = before.checkpoint if before else checkpoint("000")
        state = {**said["channel_values"], **new}
        state.setdefault("items", []).extend(more) if isinstance(state.get("items"), list) else None
        changed = {*new, "items", *([gone] if gone in state and gone not in new else [])}
        state.pop(gone, None) if gone not in new else None
        self.count += 1
        made = checkpoint(f"{self.count:04}", **state)
        made["ts"] = said["ts"]
        made["channel_versions"] = {**said["channel_versions"], **dict.fromkeys(changed, self.count)}
        made["versions_seen"] = {**said["versions_seen"], ran: {gone: self.count}}
        made["updated_channels"] = sorted(changed)
        step = before.metadata["step"] + 1 if before else -1
        here = config(thread, ns, tip)
        ops: list[Any] = []
        if tip:
            writes = (("items", more), *new.items())
            ops = [PutWrites(here, writes, task, f"~{task}") for task in sorted(tasks)]
        versions = {channel: self.count for channel in sorted(changed)}
        metadata: Any = {"source": source, "step": step, "parents": {}}
        ops.append(PutCheckpoint(here, made, metadata, versions, {ran} if knows else None))
        self.both("apply", ops)
        self.tips[thread, ns] = made["id"]

    # -- by hand, in any order --

    @rule(
        thread=st.sampled_from(THREADS), ns=st.sampled_from(SPACES), where=ids, parent=st.none() | ids,
        some=st.dictionaries(st.sampled_from(CHANNELS), values, max_size=4), told=st.sets(st.sampled_from(CHANNELS)),
        versions=st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from((1, 2, 1.5, "x")), max_size=3),
        seen=st.dictionaries(st.sampled_from(NODES), st.dictionaries(st.sampled_from(CHANNELS), st.integers(1, 3))),
        meta=st.dictionaries(st.sampled_from(("step", "source", "run_id")), st.sampled_from((0, 1, "r")), max_size=3),
    )  # fmt: skip
    def put(self, thread, ns, where, parent, some, told, versions, seen, meta):  # type: ignore[no-untyped-def]
        made = checkpoint(where, versions, **some)
        made["versions_seen"] = seen
        self.both("put", config(thread, ns, parent), made, meta, dict.fromkeys(told, 1))
        self.forget_tips()

    @rule(
        thread=st.sampled_from(THREADS), ns=st.sampled_from(SPACES), where=ids | st.just("tip"),
        task=st.sampled_from(TASKS), path=st.sampled_from(("", "~a")),
        writes=st.lists(
            st.tuples(st.sampled_from(("items", "n", "__resume__", "__interrupt__", "__error__")), values), max_size=3
        ),
    )
    def put_writes(self, thread, ns, where, task, path, writes):  # type: ignore[no-untyped-def]
        where = self.tips.get((thread, ns), "000") if where == "tip" else where
        self.both("put_writes", config(thread, ns, where), writes, task, path)

    # -- whole threads --

    @rule(source=st.sampled_from(THREADS), goal=st.sampled_from(THREADS))
    def copy_thread(self, source: str, goal: str) -> None:
        self.both("copy_thread", source, goal)
        self.forget_tips()

    @rule(thread=st.sampled_from(THREADS), strategy=st.sampled_from(("keep_latest", "delete")))
    def prune(self, thread: str, strategy: str) -> None:
        self.both("prune", [thread], strategy=strategy)
        self.forget_tips()

    @rule(runs=st.sets(st.sampled_from(("0", "1", "r")), min_size=1))
    def delete_for_runs(self, runs: set[str]) -> None:
        self.both("delete_for_runs", sorted(runs))
        self.forget_tips()

    @rule(thread=st.sampled_from(THREADS))
    def delete_thread(self, thread: str) -> None:
        self.both("delete_thread", thread)
        self.forget_tips()

    @rule()
    def reopen(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteSaver(self.path)

    @rule()
    def another_writes(self) -> None:
        with SqliteSaver(self.path) as other:
            other.put_writes(config("another", "", "x"), [("n", 1)], "t")
        self.memory.put_writes(config("another", "", "x"), [("n", 1)], "t")

    def forget_tips(self) -> None:
        """The newest of each space goes on from whatever it is now."""
        for thread in THREADS:
            for ns in SPACES:
                found = self.memory.get_tuple(config(thread, ns))
                usable = found is not None and type(found.metadata.get("step")) is int
                self.tips.pop((thread, ns), None)
                if found is not None and usable:
                    self.tips[thread, ns] = found.checkpoint["id"]

    @invariant()
    def they_say_the_same(self) -> None:
        for thread in THREADS:
            for ns in SPACES:
                here = config(thread, ns)
                expected, found = list(self.memory.list(here)), list(self.sqlite.list(here))
                assert found == expected
                assert self.sqlite.get_tuple(here) == self.memory.get_tuple(here)
                for saved in expected[:3]:
                    assert self.sqlite.get_tuple(saved.config) == saved
                if expected:
                    before = expected[len(expected) // 2].config
                    assert list(self.sqlite.list(here, before=before, limit=2)) == list(
                        self.memory.list(here, before=before, limit=2)
                    )


Savers.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # finding a smaller case takes minutes
)
TestSavers = Savers.TestCase
