"""What a run asks a saver for: what is stored together, when, and what is stored when a run ends before its end."""

from __future__ import annotations

from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.constants import ERROR, INTERRUPT, NO_WRITES, RESUME, START
from langgraph_nb.persistence import CheckpointTuple, PutCheckpoint, PutWrites
from langgraph_nb.pregel.commands import CancelTasks, Flush, Save, WaitTasks
from langgraph_nb.pregel.events import Loaded
from langgraph_nb.pregel.pending import interrupt_id
from langgraph_nb.types import Command, Interrupt
from tests.unit.engine.by_hand import ADDRESS, ALL, ByHand, words_of
from tests.unit.engine.graphs import chain, fan

INPUT: dict[str, Any] = {"seen": []}


def stored(run: ByHand) -> CheckpointTuple:
    """What a saver would give back after a run's saves."""
    saver = InMemorySaver()
    for save in run.saves:
        saver.apply(save.ops)
    found = saver.get_tuple({"configurable": ADDRESS})
    assert found is not None
    return found


def writes(run: ByHand) -> list[PutWrites]:
    return [op for save in run.saves for op in save.ops if isinstance(op, PutWrites)]


def test_under_sync_each_superstep_is_one_transaction_that_is_waited_for() -> None:
    run = ByHand(chain("a", "b").compile(), INPUT, stores=True, durability="sync")
    assert run.play() == [
        "load",
        "stamp -1", "stamp 0", "save and wait: checkpoint -1, __start__, checkpoint 0",
        "run a", "stamp 1", "save and wait: a, checkpoint 1",
        "run b", "stamp 2", "save and wait: b, checkpoint 2",
    ]  # fmt: skip


def test_under_async_nobody_waits_but_at_the_end() -> None:
    run = ByHand(chain("a").compile(), INPUT, stores=True, durability="async")
    assert run.play() == [
        "load",
        "stamp -1", "stamp 0", "save: checkpoint -1, __start__, checkpoint 0",
        "run a", "stamp 1", "save: a, checkpoint 1",
        "flush",
    ]  # fmt: skip


def test_under_exit_only_the_last_checkpoint_is_stored_at_the_end() -> None:
    run = ByHand(chain("a", "b").compile(), INPUT, stores=True, durability="exit")
    words = run.play()
    assert words[-2:] == ["save: checkpoint 2", "flush"]
    assert [word for word in words if word.startswith("save")] == ["save: checkpoint 2"]
    (save,) = run.saves
    (op,) = save.ops
    assert isinstance(op, PutCheckpoint)
    assert op.config["configurable"].get("checkpoint_id") is None, "it has no parent: none was stored"
    assert set(op.new_versions) >= {"seen", START}, "all that changed since the run began"


def test_every_checkpoint_names_the_one_before_it_as_its_parent() -> None:
    run = ByHand(chain("a").compile(), INPUT, stores=True, durability="sync")
    run.play()
    checkpoints = [op for save in run.saves for op in save.ops if isinstance(op, PutCheckpoint)]
    parents = [op.config["configurable"].get("checkpoint_id") for op in checkpoints]
    assert parents == [None, "checkpoint -1", "checkpoint 0"]
    assert [op.metadata["source"] for op in checkpoints] == ["input", "loop", "loop"]


def test_a_finished_task_of_a_fan_out_is_stored_while_the_others_run() -> None:
    run = ByHand(fan("a", "b", "c").compile(), INPUT, stores=True, durability="sync")
    run.on()
    run.finish(b={"seen": ["b"]})
    assert words_of(run.command) == "save and wait: b"
    assert isinstance(run.on(), WaitTasks)
    run.finish(a=None, c=None)
    run.on()
    assert run.words[-2:] == ["stamp 1", "save and wait: a, c, checkpoint 1"], "the last ones go with the checkpoint"


def test_a_task_that_writes_nothing_is_known_to_have_finished() -> None:
    run = ByHand(fan("a", "b").compile(), INPUT, stores=True, durability="sync")
    run.on()
    run.finish(a=None)
    assert writes(run)[-1].writes == ((NO_WRITES, None),)


def test_what_is_shown_is_stored_before() -> None:
    run = ByHand(fan("a", "b").compile(), INPUT, stores=True, durability="sync", watch=ALL)
    run.on()
    run.finish(a={"seen": ["a"]})
    assert words_of(run.command) == "save and wait: a"
    run.on()
    assert run.words[-2:] == ["emit a finished", "wait"]


def test_a_question_is_stored_and_the_step_stays_open() -> None:
    run = ByHand(fan("a", "b").compile(), INPUT, stores=True, durability="sync")
    run.on()
    run.finish(a=Interrupt("?", "id"))
    run.on()
    run.finish(b={"seen": ["b"]})
    run.on()
    assert run.words[-3:] == ["save and wait: a", "wait", "save and wait: b"]
    assert writes(run)[1].writes == ((INTERRUPT, (Interrupt("?", "id"),)),)
    assert run.outcome is not None and run.outcome.values == {"seen": ["b"]}


@pytest.mark.parametrize("durability", ["sync", "async"])
def test_an_answer_is_stored_before_the_task_runs_again(durability: str) -> None:
    graph = fan("a", "b").compile()
    asked = ByHand(graph, INPUT, stores=True, durability=durability)
    asked.on()
    task = asked.running["a"]
    asked.finish(a=Interrupt("?", interrupt_id(task.id, 0)), b={"seen": ["b"]})
    asked.on()
    run = ByHand(graph, Command(resume="yes"), stored(asked), durability=durability)
    run.on()
    assert run.words[-2].startswith("save") and run.words[-1] == "run a", "b finished before and does not run again"
    assert writes(run)[0].writes == ((RESUME, ["yes"]),)
    (again,) = run.command.tasks
    assert (again.id, again.resume) == (task.id, ("yes",))
    run.finish(a={"seen": ["a"]})
    run.on()
    assert run.outcome is not None and run.outcome.values == {"seen": ["a", "b"]}


def test_going_on_shows_the_results_that_were_there_before() -> None:
    graph = fan("a", "b").compile()
    failed = ByHand(graph, INPUT, stores=True, durability="sync")
    failed.on()
    failed.finish(a={"seen": ["a"]})
    failed.on()
    failed.finish(b=ValueError())
    failed.on()
    run = ByHand(graph, None, stored(failed), durability="sync", watch=ALL)
    run.on()
    assert run.words[-2:] == ["emit a finished before", "run b"]


def test_a_failure_keeps_what_others_wrote_also_in_the_meantime() -> None:
    run = ByHand(fan("a", "b", "c").compile(), INPUT, stores=True, durability="sync")
    run.on()
    run.finish(a={"seen": ["a"]}, b=ValueError("no"))
    assert words_of(run.command) == "save and wait: a, b"
    assert isinstance(run.on(), CancelTasks)
    run.finish(c={"seen": ["c"]})
    assert words_of(run.command) == "save and wait: c"
    run.on()
    assert isinstance(run.error, ValueError)
    kept = [op.writes for op in writes(run)[1:]]
    assert kept == [(("seen", ["a"]),), ((ERROR, "ValueError('no')"),), (("seen", ["c"]),)]


def test_under_exit_a_failure_stores_the_checkpoint_and_what_finished() -> None:
    run = ByHand(fan("a", "b").compile(), INPUT, stores=True, durability="exit")
    run.on()
    run.finish(a={"seen": ["a"]})
    run.on()
    run.finish(b=ValueError("no"))
    run.on()
    assert [word for word in run.words if word.startswith("save")] == ["save: checkpoint 0, a, b"]
    assert isinstance(run.error, ValueError)


def test_under_exit_a_question_stores_the_checkpoint_and_the_question() -> None:
    run = ByHand(chain("a").compile(), INPUT, stores=True, durability="exit")
    run.on()
    run.finish(a=Interrupt("?", "id"))
    run.on()
    assert [word for word in run.words if word.startswith("save")] == ["save: checkpoint 0, a"]


def test_a_step_that_runs_too_often_stores_what_it_did() -> None:
    run = ByHand(chain("a").add_edge("a", "a").compile(), INPUT, stores=True, durability="exit", recursion_limit=2)
    run.play()
    assert run.words[-2:] == ["save: checkpoint 2", "flush"]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_ctrl_c_in_a_task_stores_what_is_not_stored_yet(durability: str) -> None:
    run = ByHand(chain("a", "b").compile(), INPUT, stores=True, durability=durability)
    run.on()
    run.finish(a={"seen": ["a"]})
    run.on()
    run.throw(KeyboardInterrupt())
    run.on()
    assert isinstance(run.error, KeyboardInterrupt)
    assert stored(run).checkpoint["channel_values"]["seen"] == ["a"]


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_a_saver_that_fails_is_not_asked_again(durability: str) -> None:
    run = ByHand(chain("a", "b").compile(), INPUT, stores=True, durability=durability)
    while not isinstance(run.on(Save), Save):
        run.finish(**dict.fromkeys(run.running))
    run.throw(OSError("disk full"))
    assert run.command is None and isinstance(run.error, OSError)


def test_a_flush_that_fails_is_the_run_s_failure() -> None:
    run = ByHand(chain("a").compile(), INPUT, stores=True, durability="async")
    run.on()
    run.finish(a=None)
    run.on(Flush)
    run.throw(OSError("disk full"))
    assert isinstance(run.error, OSError)


def test_an_unknown_thread_with_nothing_to_begin_with_stores_nothing() -> None:
    run = ByHand(chain("a").compile(), None, stores=True)
    run.send(Loaded(None))
    run.on()
    assert run.saves == [] and run.error is not None


def test_a_run_without_a_thread_stores_nothing() -> None:
    run = ByHand(chain("a", "b").compile(), INPUT, durability="sync")
    assert run.play() == ["run a", "run b"]
