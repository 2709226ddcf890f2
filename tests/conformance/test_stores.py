"""Stores in memory and in databases answer alike, sync and async, and as LangGraph's stores of the same kind do.

A scenario is a function of a store, written once. What it shows on each of our stores is compared with what it shows on
LangGraph's in memory; and its stores in databases are asked as well, to see that programs written for them go on.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import pytest

THEIRS, OURS = "langgraph", "langgraph_nb"
KINDS = ("memory", "sqlite", "postgres")
SCENARIOS: list[Callable[[Any], Any]] = []
BY_MEANING: list[Callable[[Any], Any]] = []


def embed(texts: list[str]) -> list[list[float]]:
    """How often each of four words occurs."""
    return [[float(text.count(word)) for word in ("cat", "dog", "fish", "tree")] for text in texts]


INDEX: dict[str, Any] = {"dims": 4, "embed": embed, "fields": ["text", "tags[*]"]}


class Asked:
    """A store whose answers are shown, without what differs from store to store: times, the order of what has none."""

    def __init__(self, store: Any, runner: asyncio.Runner | None) -> None:
        self.store = store
        self.runner = runner
        self.shown: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **options: Any) -> None:
            self.shown.append((name, args, options, answer(self.call(name, *args, **options))))

        return ask

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        if self.runner is None:
            return getattr(self.store, name)(*args, **options)
        return self.runner.run(getattr(self.store, f"a{name}")(*args, **options))


def answer(given: Any) -> Any:
    if isinstance(given, list):
        return sorted(map(answer, given), key=lambda shown: shown[1:3] if isinstance(shown, list) else shown)
    if not hasattr(given, "created_at"):
        return given
    assert given.created_at <= given.updated_at
    return [type(given).__name__, given.namespace, given.key, given.value]


def nearest(store: Asked, *args: Any, **options: Any) -> None:
    """Show what is near, in this order. Databases leave out what was not compared."""
    found = store.call("search", *args, **options)
    store.shown.append([args, options, [(item.key, round(item.score, 6)) for item in found if item.score]])


@pytest.fixture
def opened(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Asked]]:
    """Opens a store of a package, kind and way, closed after the test."""
    with ExitStack() as stack, asyncio.Runner() as runner:
        asynchronous = AsyncExitStack()

        def open_store(package: str, kind: str, way: str, **options: Any) -> Asked:
            if kind == "memory":
                store = importlib.import_module(f"{package}.store.memory").InMemoryStore(**options)
                return Asked(store, runner if way == "async" else None)
            module = importlib.import_module(f"{package}.store.{kind}")
            names = {"sqlite": "Sqlite", "postgres": "Postgres"}
            where = str(tmp_path / f"{package}.db")
            if kind == "postgres":
                where = request.getfixturevalue("new_database")()
            if way == "sync":
                opening = getattr(module, f"{names[kind]}Store").from_conn_string(where, **options)
                store = stack.enter_context(opening)
                store.setup()
                return Asked(store, None)

            async def open_async() -> Any:
                opening = getattr(module, f"Async{names[kind]}Store").from_conn_string(where, **options)
                store = await asynchronous.enter_async_context(opening)
                await store.setup()
                return store

            return Asked(runner.run(open_async()), runner)

        yield open_store
        runner.run(asynchronous.aclose())


def scenario(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    SCENARIOS.append(function)
    return function


def by_meaning(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    BY_MEANING.append(function)
    return function


def fill(store: Asked) -> None:
    animals = ("a cat", "a dog and a dog", "a fish and a cat", "nothing of these", "a tree")
    for number, text in enumerate(animals):
        value = {"text": text, "n": number, "tags": [text[2:5], "x"], "by": {"name": "ada" if number % 2 else "bob"}}
        store.put(("docs", f"kind{number % 2}"), f"k{number}", value)
    store.put(("docs", "kind0", "deep"), "k", {"text": "a dog", "n": 7, "flag": True, "none": None, "x": 1.5})
    store.put(("users", "ada"), "settings", {"theme": "dark", "n": -1})


@scenario
def items(store: Asked) -> None:
    store.put(("a", "b"), "k", {"n": 1})
    store.get(("a", "b"), "k")
    store.put(("a", "b"), "k", {"n": 2, "deep": {"list": [1, 2.5, None, True, "é 😀 \" ' \\ \n", {}], "": []}})
    store.put(("a", "b"), "K", {"big": 2**53 + 1, "small": 1e-300, "large": 1e22, "one": 1.0})
    store.put(("a",), "k", {"text": "above"})
    for key in ("k", "K", "none"):
        store.get(("a", "b"), key)
    store.search(())
    store.delete(("a", "b"), "k")
    store.delete(("a", "b"), "never there")
    store.search(("a",))
    store.search(("a", "b"))


@scenario
def batches(store: Asked) -> None:
    fill(store)
    ops = importlib.import_module(f"{type(store.store).__module__.partition('.')[0]}.store.base")
    answers = store.call("batch", [
        ops.PutOp(("new",), "a", {"n": 1}), ops.GetOp(("new",), "a"), ops.PutOp(("new",), "a", {"n": 2}),
        ops.SearchOp(("users",)), ops.ListNamespacesOp((ops.MatchCondition("prefix", ("docs",)),)),
        ops.PutOp(("users", "ada"), "settings", None), ops.GetOp(("docs", "kind0"), "k0", refresh_ttl=False),
        ops.SearchOp(("docs",), {"n": 4}, 1, 0, None, False),
    ])  # fmt: skip
    store.shown.append([answer(item) for item in answers])
    store.get(("new",), "a")
    store.get(("users", "ada"), "settings")


@scenario
def namespaces(store: Asked) -> None:
    fill(store)
    for label in ("doc", "docs!", "docs0", "DOCS", "do%", "docs*", "é", "a_b", "aXb", "[a]", "ü"):
        store.put((label, "ü"), "k", {"at": label})
    for label in ("docs", "doc", "do%", "do_s", "docs*", "DOCS", "é", "a_b", "[a]", "d"):
        store.search((label,), limit=100)
    store.search((), limit=100)
    for options in (
        {}, {"prefix": ("docs",)}, {"prefix": ("docs", "*", "deep")}, {"suffix": ("deep",)}, {"suffix": ("*", "deep")},
        {"prefix": ("docs",), "suffix": ("deep",)}, {"max_depth": 1}, {"max_depth": 2, "prefix": ("docs",)},
        {"limit": 2}, {"limit": 2, "offset": 1}, {"prefix": ("doc",)}, {"prefix": ("docs", "kind0", "deep", "er")},
        {"suffix": ("ü",)}, {"prefix": ("a_b",)}, {"suffix": ("a_b", "ü")}, {"prefix": ("docs*",)},
    ):  # fmt: skip
        store.list_namespaces(**options)


@scenario
def filters(store: Asked) -> None:
    fill(store)
    wanted: list[dict[str, Any]] = [
        {}, {"n": 1}, {"n": 1, "text": "a dog and a dog"}, {"n": 1, "text": "other"}, {"n": {"$eq": 1}}, {"flag": True},
        {"n": {"$gt": 1}}, {"n": {"$gte": 1, "$lt": 4}}, {"n": {"$lte": 2}}, {"n": {"$ne": 2}},
        {"text": {"$eq": "a cat"}}, {"text": "a c"}, {"n": 1.0}, {"n": {"$lt": 0.5}}, {"flag": {"$eq": True}},
    ]  # fmt: skip
    for item in wanted:
        store.search(("docs", "kind0"), filter=item, limit=100)
    for item in ({"x": {"$gt": 1}}, {"x": {"$lte": 1.5}}, {"n": {"$gt": 6, "$ne": 7}}):
        store.search(("docs", "kind0", "deep"), filter=item)


@scenario
def hostile_names(store: Asked) -> None:
    names = ("' OR 1=1 --", '"; DROP TABLE nb_items; --', "%", "_", "$", "?", "%s", "{x}", "a b", "$gt", "\\", ":now")
    for name in names:
        store.put((name, "x"), name, {name: name, "n": 1})
    for name in names:
        store.get((name, "x"), name)
        store.search((name,))
        store.list_namespaces(prefix=(name,))
        store.list_namespaces(suffix=(name, "x"))
    store.delete((names[0], "x"), names[0])
    store.search((), limit=100)


@by_meaning
def searches(store: Asked) -> None:
    fill(store)
    for query in ("cat", "dog", "a fish for a cat"):
        for options in ({}, {"limit": 2}, {"limit": 2, "offset": 1}, {"filter": {"n": {"$ne": 2}}}):
            for place in (("docs",), ("docs", "kind0"), ("doc",)):
                nearest(store, place, query=query, **options)


@by_meaning
def what_is_compared(store: Asked) -> None:
    store.put(("n",), "a", {"text": "cat", "other": "dog dog", "list": [{"t": "fish"}, {"t": "dog cat"}]})
    store.put(("n",), "b", {"text": "cat dog", "other": "fish"}, index=["other"])
    store.put(("n",), "c", {"text": "cat cat dog", "other": "dog"}, index=False)
    store.put(("n",), "d", {"text": "x", "list": [{"t": "fish"}, {"t": "dog dog cat"}]}, index=["list[*].t"])
    for query in ("cat", "dog", "fish"):
        nearest(store, ("n",), query=query)


WAYS = ("sync", "async")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario", [*SCENARIOS, *BY_MEANING], ids=lambda scenario: scenario.__name__)
def test_all_stores_answer_alike(scenario: Any, kind: str, way: str, opened: Any) -> None:
    options = {"index": INDEX} if scenario in BY_MEANING else {}
    reference, ours = opened(THEIRS, "memory", "sync", **options), opened(OURS, kind, way, **options)
    scenario(reference)
    scenario(ours)
    assert ours.shown == reference.shown


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "memory"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_programs_written_for_langgraphs_store_go_on(scenario: Any, kind: str, way: str, opened: Any) -> None:
    theirs, ours = opened(THEIRS, kind, way), opened(OURS, kind, way)
    scenario(theirs)
    scenario(ours)
    assert ours.shown == theirs.shown
