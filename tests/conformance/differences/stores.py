"""Differences in stores."""

import warnings
from typing import Any

from ..harness import THEIRS, Namespace, Run
from ..programs.routing import State
from . import Refused, differs


@differs(theirs=False, ours=True)
def a_store_of_a_graph_inside_of_one_without(lg: Namespace, run: Run) -> Any:
    def has_store(state: State) -> dict:
        return {"seen": [lg.get_store() is not None]}

    inner = lg.StateGraph(State).add_node(has_store).add_edge(lg.START, "has_store").compile(store=lg.InMemoryStore())
    app = lg.StateGraph(State).add_node("a", inner).add_edge(lg.START, "a").compile()
    return run.invoke(app, {"seen": []})["seen"][-1]


@differs(theirs=[("asked",), ("emptied",)], ours=[])
def namespaces_without_items(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore()
    store.get(("asked",), "k")
    store.put(("emptied",), "k", {})
    store.delete(("emptied",), "k")
    return store.list_namespaces()


@differs(theirs=Refused("TypeError"), ours=["a"])
def a_filter_on_a_value_without_order(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore()
    store.put(("n",), "a", {"stars": 5})
    store.put(("n",), "b", {"title": "no stars"})
    return [item.key for item in store.search(("n",), filter={"stars": {"$gt": 3}})]


def _counting(texts: list[str]) -> list[list[float]]:
    return [[float(text.count("cat")), float(text.count("dog"))] for text in texts]


@differs(theirs=1.0, ours=None)
def vectors_of_an_item_that_was_replaced(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore(index={"dims": 2, "embed": _counting, "fields": ["text"]})
    store.put(("n",), "a", {"text": "cat"})
    store.put(("n",), "a", {"text": "dog"}, index=False)
    return store.search(("n",), query="cat")[0].score


@differs(theirs=Refused("ValueError", "does not match number of indices"), ours=[1.0, 1.0])
def two_items_of_a_batch_with_one_text(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore(index={"dims": 2, "embed": _counting, "fields": ["text"]})
    store.batch([lg.PutOp(("n",), key, {"text": "cat"}) for key in "ab"])
    return [item.score for item in store.search(("n",), query="cat")]


@differs(theirs=["a", "a"], ours=["a", "b"])
def pages_of_items_that_were_not_compared(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore(index={"dims": 2, "embed": _counting, "fields": ["missing"]})
    for key in "ab":
        store.put(("n",), key, {"text": "cat"})
    return [store.search(("n",), query="cat", limit=1, offset=offset)[0].key for offset in (0, 1)]


@differs(theirs=False, ours=True)
def an_updated_item_was_created_when_it_was_first_put(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore()
    store.put(("n",), "a", {})
    first = store.get(("n",), "a").created_at
    store.put(("n",), "a", {"changed": True})
    return store.get(("n",), "a").created_at is first


@differs(theirs={"n": None, "t": [1]}, ours=Refused("UnstorableValue", "the number nan at ['n']"))
def what_json_has_not_in_a_store_on_disk(lg: Namespace, run: Run) -> Any:
    with lg.SqliteStore.from_conn_string(":memory:") as store:
        store.setup()
        store.put(("n",), "a", {"n": float("nan"), "t": (1,)})
        return store.get(("n",), "a").value


@differs(theirs=True, ours=False)
def an_item_past_its_time_before_it_is_swept_away(lg: Namespace, run: Run) -> Any:
    with (
        warnings.catch_warnings(),
        lg.SqliteStore.from_conn_string(":memory:", ttl={"default_ttl": 0}) as store,
    ):
        if lg.package == THEIRS:  # it writes times in a way that Python 3.12 warns of
            warnings.simplefilter("ignore", DeprecationWarning)
        store.setup()
        store.put(("n",), "a", {})
        return store.get(("n",), "a") is not None
