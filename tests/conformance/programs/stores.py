"""Stores: documents in namespaces, their filters, searches by meaning, and how nodes reach them."""

import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program


class State(TypedDict):
    seen: Annotated[list, operator.add]


def embed(texts: list[str]) -> list[list[float]]:
    """How often each of four words occurs."""
    return [[float(text.count(word)) for word in ("cat", "dog", "fish", "tree")] for text in texts]


async def aembed(texts: list[str]) -> list[list[float]]:
    return embed(texts)


class Asked:
    """A store whose answers are recorded."""

    def __init__(self, run: Run, store: Any) -> None:
        self.run = run
        self.store = store

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **options: Any) -> Any:
            answer = self.run.call(self.store, name, *args, **options)
            self.run.show(f"{name} {args} {options}", shown(answer))
            return answer

        return ask


def shown(answer: Any) -> Any:
    """An answer without its times, and with scores that are not exact to the last bit."""
    if isinstance(answer, list):
        return [shown(item) for item in answer]
    if not hasattr(answer, "created_at"):
        return answer
    score = getattr(answer, "score", None)
    place = type(answer).__name__, answer.namespace, answer.key
    return [*place, answer.value, None if score is None else round(score, 9)]


def filled(lg: Namespace, run: Run, **options: Any) -> Asked:
    """A store with some documents."""
    store = lg.InMemoryStore(**options)
    animals = ("a cat", "a dog and a dog", "a fish and a cat", "nothing of these", "a tree")
    for number, text in enumerate(animals):
        value = {"text": text, "n": number, "tags": [text[2:5], "x"], "by": {"name": "ada" if number % 2 else "bob"}}
        store.put(("docs", f"kind{number % 2}"), f"k{number}", value)
    store.put(("docs", "kind0", "deep"), "k", {"text": "a dog", "n": "7"})
    store.put(("users", "ada"), "settings", {"theme": "dark"})
    return Asked(run, store)


@program("H1", "H2", savers=PURE)
def items_are_put_got_and_deleted(lg: Namespace, run: Run) -> None:
    store = Asked(run, lg.InMemoryStore())
    store.put(("a", "b"), "k", {"n": 1})
    item = store.get(("a", "b"), "k")
    run.show("item", [sorted(item.dict()), item == item, hash(item) == hash(item)])
    store.put(("a", "b"), "k", {"n": 2}, index=False)
    store.put(("a", "b"), 5, {"n": 3})
    store.get(("a", "b"), "5")
    store.get(("a",), "k")
    store.delete(("a", "b"), "k")
    store.delete(("a", "b"), "never there")
    store.get(("a", "b"), "k")
    store.put(("a", "b"), "5", None)
    store.search(())


@program("H1", "H9", savers=PURE)
def operations_in_batches(lg: Namespace, run: Run) -> None:
    store = filled(lg, run)
    conditions = (lg.MatchCondition("prefix", ("docs",)), lg.MatchCondition("suffix", ("deep",)))
    store.batch([
        lg.PutOp(("new",), "a", {"n": 1}), lg.GetOp(("new",), "a"), lg.PutOp(("new",), "a", {"n": 2}),
        lg.SearchOp(("users",)), lg.ListNamespacesOp(conditions), lg.PutOp(("users", "ada"), "settings", None),
        lg.GetOp(("docs", "kind0"), "k0", refresh_ttl=False),
        lg.SearchOp(("docs",), {"n": 4}, 1, 0, "x", False),
    ])  # fmt: skip
    store.batch([lg.GetOp(("new",), "a"), lg.GetOp(("users", "ada"), "settings")])
    store.batch([lg.ListNamespacesOp((lg.MatchCondition("prefix", ("docs",)),), 2)])
    store.batch([])
    run.raises("ValueError", store.batch, ["nonsense"])


@program("H4", "H2", savers=PURE)
def filters(lg: Namespace, run: Run) -> None:
    store = filled(lg, run)
    wanted: list[dict[str, Any]] = [
        {}, {"n": 1}, {"n": 1, "text": "a dog and a dog"}, {"n": 1, "text": "other"}, {"n": {"$eq": 1}}, {"none": None},
        {"n": {"$gt": 1}}, {"n": {"$gte": 1, "$lt": 4}}, {"n": {"$lte": 2}}, {"n": {"$ne": 2}}, {"n": {"$gte": "7"}},
        {"by": {"name": "ada"}}, {"by": {"name": {"$ne": "ada"}}}, {"tags": ["dog", "x"]}, {"tags": ("dog", "x")},
        {"tags": ["dog"]}, {"tags": [{"$eq": "dog"}, "x"]}, {"text": {"name": "ada"}},
    ]  # fmt: skip
    for item in wanted:
        store.search(("docs",), filter=item)
    for limit, offset in ((2, 0), (2, 1), (2, 5), (0, 0), (100, 3)):
        store.search(("docs",), limit=limit, offset=offset)
        store.search(("docs",), filter={"tags": {"$ne": 1}}, limit=limit, offset=offset)
    store.search(("docs", "kind0"))
    store.search(("doc",))
    run.raises("ValueError", store.search, ("docs",), filter={"n": {"$in": [1]}})


@program("H5", savers=PURE)
def namespaces_are_listed_and_checked(lg: Namespace, run: Run) -> None:
    store = filled(lg, run)
    for options in (
        {}, {"prefix": ("docs",)}, {"prefix": ("docs", "*", "deep")}, {"suffix": ("deep",)}, {"suffix": ("*", "deep")},
        {"prefix": ("docs",), "suffix": ("deep",)}, {"max_depth": 1}, {"max_depth": 2, "prefix": ("docs",)},
        {"limit": 2}, {"limit": 2, "offset": 1}, {"prefix": ("*",)}, {"prefix": ("docs", "kind0", "deep", "er")},
    ):  # fmt: skip
        store.list_namespaces(**options)
    for namespace in (("a.b",), ("",), (1,), ("a", None), ("a\0b",), ("a", "")):
        run.raises("InvalidNamespaceError", store.put, namespace, "k", {})
        run.raises("InvalidNamespaceError", store.get, namespace, "k")
        run.raises("InvalidNamespaceError", store.delete, namespace, "k")
        run.raises("InvalidNamespaceError", store.search, namespace)
        run.raises("InvalidNamespaceError", store.list_namespaces, prefix=namespace)
        run.raises("InvalidNamespaceError", store.list_namespaces, suffix=namespace)
        run.raises("InvalidNamespaceError", lg.validate_op_namespace, lg.GetOp(namespace, "k"))
    run.raises("InvalidNamespaceError", store.put, (), "k", {})
    run.raises("InvalidNamespaceError", store.put, ("langgraph", "x"), "k", {})
    store.get(("langgraph", "x"), "k")


@program("H3", "H2", savers=PURE)
def searches_by_meaning(lg: Namespace, run: Run) -> None:
    for fields in (None, ["text"], ["text", "tags[*]"], ["by.name", "tags[-1]"]):
        store = filled(lg, run, index={"dims": 4, "embed": embed, **({"fields": fields} if fields else {})})
        for query in ("cat", "dog", "a fish for a cat"):
            for options in ({}, {"limit": 2}, {"limit": 2, "offset": 1}, {"filter": {"n": {"$ne": 2}}}):
                store.search(("docs",), query=query, **options)
    store.search(("docs", "kind0"), query="cat", limit=1)
    nothing = filled(lg, run, index={"dims": 4, "embed": embed, "fields": ["missing"]})
    nothing.search(("docs",), query="cat", limit=2)


@program("H3", savers=PURE)
def what_is_compared_is_said_item_by_item(lg: Namespace, run: Run) -> None:
    index = {"dims": 4, "embed": aembed if lg.is_async else embed, "fields": ["text"]}
    store = Asked(run, lg.InMemoryStore(index=index))
    store.put(("n",), "a", {"text": "cat", "other": "dog dog", "list": [{"t": "fish"}, {"t": "dog cat"}]})
    store.put(("n",), "b", {"text": "cat dog", "other": "fish"}, index=["other"])
    store.put(("n",), "c", {"text": "cat cat dog", "other": "dog"}, index=False)
    store.put(("n",), "d", {"text": "x", "list": [{"t": "fish"}, {"t": "dog dog cat"}]}, index=["list[*].t"])
    for query in ("cat", "dog", "fish"):
        store.search(("n",), query=query)
    plain = Asked(run, lg.InMemoryStore())
    plain.put(("n",), "a", {"text": "cat"}, index=["text"])
    plain.search(("n",), query="cat")


@program("H3", savers=PURE)
def texts_at_paths(lg: Namespace, run: Run) -> None:
    value = {
        "a": {"b": [{"c": "x", "d": 1}, {"c": "y"}], "é": None}, "t": ["p", "q", 3, True, None, {"u": 1}], "e": "",
        "f": 1.5, "g": [[1, 2], [3]], "h.i": "dotted",
    }  # fmt: skip
    paths = (
        "", "$", "a", "a.b", "a.b[0].c", "a.b[*].c", "a.b[-1].c", "a.b[5].c", "a.b[-5].c", "a.b[x].c", "t", "t[*]",
        "t[1]", "e", "f", "missing", "a.missing", "t.x", "a.*", "*", "*.b", "t.*", "{a,f}", "{f, e}", "{a.b, a.é}",
        "a.{b}", "a.b[*].{c,d}", "g[*][0]", "g[1][*]", "h.i", "a..b", ".a", "a.", "a[", "{f", "a.b[*", "{}", "[0]",
        "{f}.x",
    )  # fmt: skip
    for path in paths:
        run.show(path, [lg.tokenize_path(path), lg.get_text_at_path(value, path)])
    run.show("tokens", lg.get_text_at_path(value, ["a", "b", "[0]", "c"]))


@program("H3", savers=PURE)
def embeddings_of_many_kinds(lg: Namespace, run: Run) -> None:
    model = lg.ensure_embeddings(embed)
    run.show("the same", lg.ensure_embeddings(model) is model)
    run.show("sync", [model.embed_query("cat"), model.embed_documents(["cat", "dog"])])
    run.show("async", [run.run(model.aembed_query("cat")), run.run(model.aembed_documents(["cat", "dog"]))])
    coroutine = lg.ensure_embeddings(aembed)
    run.show("async only", [run.run(coroutine.aembed_query("cat")), run.run(coroutine.aembed_documents(["dog"]))])
    run.raises("ValueError", coroutine.embed_query, "cat")
    run.raises("ValueError", lg.ensure_embeddings, None)


@program("H6", savers=PURE)
def a_store_that_keeps_everything(lg: Namespace, run: Run) -> None:
    store = Asked(run, lg.InMemoryStore())
    run.show("kept", [store.store.supports_ttl, store.store.ttl_config])
    run.raises("NotImplementedError", store.put, ("a",), "k", {"n": 1}, ttl=5)
    store.put(("a",), "k", {"n": 1}, ttl=None)
    store.get(("a",), "k", refresh_ttl=False)
    run.show("marker", [bool(lg.NOT_PROVIDED), repr(lg.NOT_PROVIDED)])


@program("H1", savers=PURE)
def the_forms_of_items(lg: Namespace, run: Run) -> None:
    times = {"created_at": "2026-01-01T00:00:00+00:00", "updated_at": "2026-01-02T00:00:00+00:00"}
    item = lg.Item(value={"n": 1}, key="k", namespace=["a", "b"], **times)
    same = lg.Item(value={"n": 1}, key="k", namespace=("a", "b"), **times)
    run.show("item", [repr(item), item.dict(), item == same, item == "item", hash(item) == hash(same)])
    scored = lg.SearchItem(("a",), "k", {"n": 1}, **times, score=0.5)
    run.show("search item", [repr(scored), scored.dict(), scored == item, isinstance(scored, lg.Item)])
    for op in (lg.GetOp(("a",), "k"), lg.SearchOp(()), lg.PutOp(("a",), "k", None), lg.ListNamespacesOp()):
        run.show("operation", repr(op))


@program("H10", "A15", "B14", "B15")
def nodes_reach_the_store(lg: Namespace, run: Run) -> None:
    store = lg.InMemoryStore()

    def by_name(state: State, store: Any) -> dict:
        return {"seen": [store.get(("a",), "k").value]}

    def by_type(state: State, *, store: Any) -> dict:
        store.put(("b",), "k", {"by": "type"})
        return {"seen": [sorted(item.key for item in store.search(()))]}

    def from_anywhere(state: State) -> dict:
        return {"seen": [lg.get_store() is store]}

    def runtime(state: State, runtime: Any) -> dict:
        return {"seen": [runtime.store is store]}

    by_name.__annotations__["store"] = by_type.__annotations__["store"] = lg.BaseStore
    nodes = [lg.node(function) for function in (by_name, by_type, from_anywhere, runtime)]
    store.put(("a",), "k", {"n": 1})
    builder = lg.StateGraph(State).add_sequence(nodes).add_edge(lg.START, "by_name")
    run.invoke(builder.compile(checkpointer=run.saver, store=store), {"seen": []}, thread())


@program("H10", "I1", savers=STORED)
def a_graph_inside_has_the_store(lg: Namespace, run: Run) -> None:
    store, own = lg.InMemoryStore(), lg.InMemoryStore()

    @lg.node
    def which(state: State) -> dict:
        return {"seen": ["own" if lg.get_store() is own else "outer" if lg.get_store() is store else "other"]}

    inner = lg.StateGraph(State).add_node(which).add_edge(lg.START, "which")
    builder = lg.StateGraph(State).add_node("first", inner.compile()).add_node("second", inner.compile(store=own))
    builder.add_edge(lg.START, "first").add_edge("first", "second")
    run.invoke(builder.compile(checkpointer=run.saver, store=store), {"seen": []}, thread())
