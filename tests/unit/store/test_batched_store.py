"""Operations that are asked for at the same time are done together, once each, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest

from langgraph_nb.store.base import GetOp, InvalidNamespaceError, Op, PutOp, Result, SearchOp
from langgraph_nb.store.base.batch import AsyncBatchedBaseStore
from langgraph_nb.store.memory import InMemoryStore


class Noting(AsyncBatchedBaseStore):
    """Notes its batches, and does them in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[Op]] = []
        self.inner = InMemoryStore()

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        self.batches.append(list(ops))
        await asyncio.sleep(0)
        return self.inner.batch(self.batches[-1])


def run(scenario: Callable[[Noting], Awaitable[Any]]) -> Noting:
    """The store after a scenario."""

    async def main() -> Noting:
        store = Noting()
        await scenario(store)
        return store

    return asyncio.run(main())


def test_what_is_asked_at_the_same_time_is_one_batch() -> None:
    async def scenario(store: Noting) -> None:
        await asyncio.gather(store.aput(("a",), "x", {}), store.aget(("a",), "y"), store.alist_namespaces())

    assert [len(batch) for batch in run(scenario).batches] == [3]


def test_equal_reads_are_done_once_and_all_answered() -> None:
    async def scenario(store: Noting) -> None:
        await store.aput(("a",), "x", {"n": 1})
        items = await asyncio.gather(*(store.aget(("a",), "x") for _ in range(3)))
        assert [item.value for item in items if item] == [{"n": 1}] * 3
        searches = await asyncio.gather(*(store.asearch(("a",), filter={"n": 1}) for _ in range(2)))
        assert [len(found) for found in searches] == [1, 1]

    batches = run(scenario).batches
    assert batches[1:] == [[GetOp(("a",), "x")], [SearchOp(("a",), {"n": 1})]]


def test_of_several_writes_of_a_key_the_last_counts() -> None:
    async def scenario(store: Noting) -> None:
        await asyncio.gather(*(store.aput(("a",), "x", {"n": n}) for n in range(3)), store.adelete(("a",), "y"))

    assert run(scenario).batches == [[PutOp(("a",), "x", {"n": 2}), PutOp(("a",), "y", None)]]


def test_a_failing_batch_fails_for_all_who_asked_and_only_for_them() -> None:
    async def scenario(store: Noting) -> None:
        store.inner.batch = lambda ops: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        errors = await asyncio.gather(store.aget(("a",), "x"), store.aget(("a",), "y"), return_exceptions=True)
        assert [type(error) for error in errors] == [ZeroDivisionError] * 2
        del store.inner.batch
        assert await store.aget(("a",), "x") is None

    class Plain(InMemoryStore):
        """Has a dict, so that a method can be replaced."""

    async def main() -> None:
        store = Noting()
        store.inner = Plain()
        await scenario(store)

    asyncio.run(main())


def test_who_does_not_wait_any_more_does_not_hold_up_others() -> None:
    async def scenario(store: Noting) -> None:
        gone = asyncio.ensure_future(store.aput(("a",), "gone", {}))
        kept = asyncio.ensure_future(store.aput(("a",), "kept", {}))
        await asyncio.sleep(0)
        gone.cancel()
        await kept

    assert run(scenario).inner.list_namespaces() == [("a",)]


def test_other_threads_may_call_the_methods_that_wait() -> None:
    async def scenario(store: Noting) -> None:
        def work() -> Any:
            store.put(("a",), "x", {"n": 1})
            store.batch([PutOp(("a",), "y", {})])
            store.delete(("a",), "y")
            return store.get(("a",), "x"), store.search(("a",)), store.list_namespaces()

        item, found, namespaces = await asyncio.to_thread(work)
        assert (item.value, len(found), namespaces) == ({"n": 1}, 1, [("a",)])

    run(scenario)


@pytest.mark.parametrize("method", ["get", "delete", "put", "search", "list_namespaces", "batch"])
def test_the_thread_of_the_loop_may_not(method: str) -> None:
    arguments: dict[str, tuple[Any, ...]] = {
        "get": (("a",), "k"), "delete": (("a",), "k"), "put": (("a",), "k", {}), "search": (("a",),), "batch": ([],),
    }  # fmt: skip

    async def scenario(store: Noting) -> None:
        with pytest.raises(asyncio.InvalidStateError, match=f"await store.a{method}"):
            getattr(store, method)(*arguments.get(method, ()))

    run(scenario)


def test_a_wrong_namespace_is_refused_before_it_waits() -> None:
    async def scenario(store: Noting) -> None:
        with pytest.raises(InvalidNamespaceError):
            await store.aput(("a.b",), "k", {})

    assert run(scenario).batches == []
