"""What LangGraph's store in memory does not have: times to live, and vectors without numpy. All else is conformance."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from langgraph_nb.store.base import InvalidNamespaceError
from langgraph_nb.store.memory import InMemoryStore
from langgraph_nb.store.vectors import Nearness


class Kept(InMemoryStore):
    """A store whose clock stands still until it is moved; in minutes."""

    def __init__(self, **ttl: Any) -> None:
        super().__init__(ttl=ttl)  # type: ignore[arg-type]
        self.now = 0.0
        self._clock = lambda: self.now * 60

    def keys(self) -> list[str]:
        return [item.key for item in self.search((), refresh_ttl=False)]


def test_an_item_is_gone_when_its_time_is_over() -> None:
    store = Kept()
    store.put(("a",), "short", {}, ttl=5)
    store.put(("a",), "long", {}, ttl=50)
    store.put(("a",), "ever", {})
    store.now = 4.9
    assert store.keys() == ["short", "long", "ever"]
    store.now = 5
    assert store.keys() == ["long", "ever"]
    assert store.get(("a",), "short") is None


def test_a_namespace_without_living_items_is_not_listed() -> None:
    store = Kept()
    store.put(("short",), "k", {}, ttl=5)
    store.put(("ever",), "k", {})
    store.now = 6
    assert store.list_namespaces() == [("ever",)]


@pytest.mark.parametrize(
    ("config", "options", "found"),
    [
        ({}, {}, True),
        ({}, {"refresh_ttl": False}, False),
        ({"refresh_on_read": False}, {}, False),
        ({"refresh_on_read": False}, {"refresh_ttl": True}, True),
    ],
)
@pytest.mark.parametrize("by_search", [False, True])
def test_reading_begins_the_time_anew(config: Any, options: Any, found: bool, by_search: bool) -> None:
    store = Kept(default_ttl=5, **config)
    store.put(("a",), "k", {})
    store.now = 4
    _ = store.search(("a",), **options) if by_search else store.get(("a",), "k", **options)
    store.now = 8
    assert (store.get(("a",), "k") is not None) is found


def test_only_what_a_search_returns_is_refreshed() -> None:
    store = Kept(default_ttl=5)
    for key in "abc":
        store.put(("n",), key, {})
    store.now = 4
    store.search(("n",), limit=1, offset=1)
    store.now = 6
    assert store.keys() == ["b"]


def test_an_item_can_be_kept_for_ever_where_others_are_not() -> None:
    store = Kept(default_ttl=5)
    store.put(("a",), "k", {}, ttl=None)
    store.now = 1000
    assert store.keys() == ["k"]


def test_sweeping_tells_how_many_items_were_past_their_time() -> None:
    store = Kept(default_ttl=5)
    for number in range(3):
        store.put(("a", str(number)), "k", {})
    store.put(("a", "0"), "new", {}, ttl=10)
    store.now = 6
    assert store.sweep_ttl() == 3
    assert store.sweep_ttl() == 0
    assert store.keys() == ["new"]


def test_writing_frees_what_is_past_its_time_not_more_often_than_asked() -> None:
    store = Kept(default_ttl=1, sweep_interval_minutes=10)
    store.now = 10
    store.put(("a",), "first", {})
    store.now = 12
    store.put(("a",), "second", {})
    assert len(store._data[("a",)]) == 2
    store.now = 20
    store.put(("a",), "third", {})
    assert list(store._data[("a",)]) == ["third"]


def test_a_time_is_refused_where_items_are_kept_for_ever() -> None:
    with pytest.raises(NotImplementedError, match="TTL is not supported by InMemoryStore"):
        InMemoryStore().put(("a",), "k", {}, ttl=1)


def test_a_refused_write_stores_nothing() -> None:
    store = InMemoryStore()
    with pytest.raises(InvalidNamespaceError):
        store.put(("a", "b.c"), "k", {})
    assert store.list_namespaces() == []


@pytest.mark.parametrize("numpy", [True, False])
def test_nearness_is_the_same_with_and_without_numpy(numpy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not numpy:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    near = Nearness([("same", [2.0, 0.0]), ("zero", [0.0, 0.0]), ("half", [1.0, 1.0]), ("against", [-1.0, 0.0])])
    ranked = [(name, pytest.approx(score)) for name, score in near.ranked([3.0, 0.0])]
    assert ranked == [("same", 1.0), ("half", 0.5**0.5), ("zero", 0.0), ("against", -1.0)]
    assert [score for _, score in near.ranked([0.0, 0.0])] == [0.0] * 4
    assert list(Nearness[str]([]).ranked([1.0])) == []


def test_what_is_hardly_nearer_comes_first_also_among_many() -> None:
    steps = [1 + number * 1e-9 for number in range(300)]
    near = Nearness([(number, [1.0, step]) for number, step in enumerate(steps)])
    assert [number for number, _ in near.ranked([0.0, 1.0])] == list(reversed(range(300)))
