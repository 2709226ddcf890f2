"""Channels: what each kind does with what is written to it; being stored at any time changes nothing."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_nb.channels import (
    AnyValue,
    BaseChannel,
    BinaryOperatorAggregate,
    EphemeralValue,
    LastValue,
    LastValueAfterFinish,
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
    Topic,
    UntrackedValue,
)
from langgraph_nb.channels.base import MISSING
from langgraph_nb.errors import EmptyChannelError, InvalidUpdateError
from langgraph_nb.types import Overwrite

Channel = BaseChannel[Any, Any, Any]
NAMES = ("a", "b", "c")

KINDS: dict[str, tuple[Callable[[], Channel], Any]] = {
    "last value": (lambda: LastValue(int), st.lists(st.integers(), max_size=1)),
    "last value after finish": (lambda: LastValueAfterFinish(int), st.lists(st.integers(), max_size=3)),
    "any value": (lambda: AnyValue(int), st.lists(st.integers(), max_size=3)),
    "ephemeral": (lambda: EphemeralValue(int), st.lists(st.integers(), max_size=1)),
    "ephemeral, unguarded": (lambda: EphemeralValue(int, guard=False), st.lists(st.integers(), max_size=3)),
    "sum": (lambda: BinaryOperatorAggregate(int, operator.add), st.lists(st.integers(), max_size=3)),
    "list": (lambda: BinaryOperatorAggregate(list, operator.add), st.lists(st.lists(st.integers()), max_size=3)),
    "barrier": (lambda: NamedBarrierValue(str, set(NAMES)), st.lists(st.sampled_from(NAMES), max_size=4)),
    "barrier after finish": (
        lambda: NamedBarrierValueAfterFinish(str, set(NAMES)),
        st.lists(st.sampled_from(NAMES), max_size=4),
    ),
    "topic": (lambda: Topic(int), st.lists(st.integers() | st.lists(st.integers()), max_size=3)),
    "accumulating topic": (lambda: Topic(int, accumulate=True), st.lists(st.integers(), max_size=3)),
}


def shown(channel: Channel) -> Any:
    """What can be seen of a channel."""
    try:
        value = channel.get()
    except EmptyChannelError:
        value = "empty"
    assert channel.is_available() is (value != "empty")
    return value, channel.checkpoint()


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_being_stored_at_any_time_changes_nothing(kind: str, data: st.DataObject) -> None:
    make, updates = KINDS[kind]
    steps = data.draw(st.lists(updates | st.sampled_from(("consume", "finish")), max_size=8))
    going, stored = make(), make()
    for step in steps:
        stored = make().from_checkpoint(stored.checkpoint())
        results = []
        for channel in (going, stored):
            before = shown(channel)
            changed = getattr(channel, step)() if isinstance(step, str) else channel.update(step)
            assert changed or shown(channel) == before, "what says that it did not change has not"
            results.append(changed)
        assert results[0] == results[1]
        assert shown(going) == shown(stored)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_a_copy_changes_by_itself_and_looking_ahead_changes_nothing(kind: str, data: st.DataObject) -> None:
    make, updates = KINDS[kind]
    channel = make()
    channel.update(data.draw(updates))
    before = shown(channel)
    update = data.draw(updates)
    copied = channel.copy()
    ahead = channel.after(update) if update else None
    copied.update(update)
    assert shown(channel) == before
    if update:
        assert ahead == (copied.get() if copied.is_available() else MISSING)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_kinds_that_keep_their_value_are_not_changed_by_steps_that_do_not_write(
    kind: str, data: st.DataObject
) -> None:
    make, updates = KINDS[kind]
    channel = make()
    channel.update(data.draw(updates))
    before = shown(channel)
    if not channel.forgets:
        assert channel.update([]) is False and shown(channel) == before
    if not channel.finishes:
        assert channel.finish() is False and shown(channel) == before
    if not channel.consumed:
        assert channel.consume() is False and shown(channel) == before


def test_two_values_in_a_step_need_a_reducer() -> None:
    for channel in (LastValue(int), EphemeralValue(int), UntrackedValue(int)):
        channel.key = "key"
        with pytest.raises(InvalidUpdateError, match="At key 'key'"):
            channel.update([1, 2])
        assert not channel.is_available()


def test_an_ephemeral_value_lives_for_a_step() -> None:
    channel = EphemeralValue(int)
    assert (channel.update([1]), channel.get(), channel.update([]), channel.update([])) == (True, 1, True, False)


def test_any_value_keeps_one_of_equal_writes_and_forgets_it() -> None:
    channel = AnyValue(int)
    assert (channel.update([1, 1]), channel.get(), channel.update([]), channel.is_available()) == (True, 1, True, False)


def test_a_deferred_value_shows_when_nothing_is_left_to_run_and_goes_when_it_was_used() -> None:
    channel = LastValueAfterFinish(int)
    assert (channel.update([1]), channel.is_available(), channel.consume()) == (True, False, False)
    assert (channel.finish(), channel.get(), channel.finish()) == (True, 1, False)
    assert (channel.consume(), channel.is_available()) == (True, False)


def test_a_barrier_opens_once_all_came_and_closes_when_it_was_used() -> None:
    channel = NamedBarrierValue(str, set(NAMES))
    assert [channel.update([name]) for name in "aab"] == [True, False, True]
    assert not channel.is_available() and not channel.consume()
    assert channel.update(["c"]) and channel.is_available()
    assert channel.consume() and not channel.is_available() and channel.update(["a"])


def test_a_barrier_refuses_names_that_it_does_not_wait_for() -> None:
    with pytest.raises(InvalidUpdateError, match="Value d not in"):
        NamedBarrierValue(str, set(NAMES)).update(["d"])


def test_an_untracked_value_is_kept_and_never_stored() -> None:
    channel = UntrackedValue(int)
    channel.update([1])
    assert (channel.update([]), channel.get(), channel.copy().get(), channel.checkpoint()) == (False, 1, 1, MISSING)
    assert not channel.from_checkpoint(channel.checkpoint()).is_available()


@pytest.mark.parametrize("update", [Overwrite([9]), {"__overwrite__": [9]}])
def test_an_overwrite_counts_whatever_else_is_written(update: Any) -> None:
    for updates in ([update], [[1], update], [update, [1]]):
        channel = BinaryOperatorAggregate(list, operator.add)
        channel.update([[0]])
        channel.update(updates)
        assert channel.get() == [9]


def test_two_overwrites_in_a_step_are_refused_and_change_nothing() -> None:
    channel = BinaryOperatorAggregate(list, operator.add)
    channel.update([[0]])
    with pytest.raises(InvalidUpdateError, match="one Overwrite"):
        channel.update([Overwrite([1]), Overwrite([2])])
    assert channel.get() == [0]


def test_a_reducer_that_raises_leaves_the_value() -> None:
    channel = BinaryOperatorAggregate(list, operator.add)
    channel.update([[0]])
    with pytest.raises(TypeError):
        channel.update([[1], 2])
    assert channel.get() == [0]


def test_without_a_first_value_the_first_update_is_it() -> None:
    class NeedsArguments:
        def __init__(self, value: int) -> None: ...

    channel: Channel = BinaryOperatorAggregate(NeedsArguments, lambda old, new: (old, new))
    assert not channel.is_available()
    channel.update([1])
    assert channel.get() == 1
    channel.update([2])
    assert channel.get() == (1, 2)


def test_a_first_value_is_not_shared_between_channels() -> None:
    def extends(old: list[int], new: list[int]) -> list[int]:
        old.extend(new)
        return old

    plan = BinaryOperatorAggregate(list, extends)
    first, second = plan.from_checkpoint(MISSING), plan.from_checkpoint(MISSING)
    first.update([[1]])
    assert (first.get(), second.get(), plan.get()) == ([1], [], [])
