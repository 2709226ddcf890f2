"""Programs about results that are kept and taken again."""

import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    question: str


def counting(lg: Namespace, calls: list[Any], name: str = "a", result: Any = None) -> Any:
    """A node that notes its calls."""

    def node(state: State) -> Any:
        calls.append((name, state.get("question")))
        return {"seen": [len(calls)]} if result is None else result

    return lg.node(node)


def by_question(state: Any) -> str:
    return state["question"]


@program("G6", "F2", "F1")
def a_cached_node_is_not_called_again(lg: Namespace, run: Run) -> None:
    calls: list[Any] = []
    builder = lg.StateGraph(State).add_node("a", counting(lg, calls), cache_policy=lg.CachePolicy(key_func=by_question))
    builder.add_node(lg.adds("b")).add_edge(lg.START, "a").add_edge("a", "b")
    app = builder.compile(checkpointer=run.saver, cache=lg.InMemoryCache())
    for number, question in enumerate(("one", "one", "two", "one")):
        config = thread(str(number))
        run.stream(app, {"seen": ["in"], "question": question}, config, stream_mode=["updates", "values"])
        if run.saver:
            run.get_state(app, config)
    run.show("calls", calls)
    if run.saver:
        run.history(app, thread("3"))


@program("G6", "F5")
def what_streams_show_of_a_cached_task(lg: Namespace, run: Run) -> None:
    calls: list[Any] = []
    builder = lg.StateGraph(State).add_node("a", counting(lg, calls), cache_policy=lg.CachePolicy())
    app = builder.add_edge(lg.START, "a").compile(checkpointer=run.saver, cache=lg.InMemoryCache())
    for number in range(2):
        run.stream(app, {"seen": []}, thread(str(number)), stream_mode=["tasks", "debug", "updates"])
    run.show("calls", calls)


@program("G6", "A19", savers=PURE)
def what_is_cached_and_for_whom(lg: Namespace, run: Run) -> None:
    for policy in (lg.CachePolicy(), lg.CachePolicy(ttl=60), lg.CachePolicy(key_func=lambda state: b"same")):
        calls: list[Any] = []
        builder = lg.StateGraph(State).add_node("a", counting(lg, calls, "a")).add_node("b", counting(lg, calls, "b"))
        builder.set_node_defaults(cache_policy=policy).add_edge(lg.START, "a").add_edge("a", "b")
        app = builder.compile(cache=lg.InMemoryCache())
        for question in ("one", "one", "two"):
            run.invoke(app, {"question": question, "seen": []})
            run.invoke(app, {"seen": [], "question": question})
        run.show("calls", calls)
        without = builder.compile()
        run.invoke(without, {"question": "one", "seen": []})
        run.show("calls without a cache", len(calls))


@program("G6", "A26", "A27")
def sent_tasks_and_commands_are_cached(lg: Namespace, run: Run) -> None:
    calls: list[Any] = []

    def work(state: dict) -> Any:
        calls.append(state["question"])
        return lg.Command(update={"seen": [state["question"]]}, goto="end")

    builder = lg.StateGraph(State).add_node("work", lg.node(work), cache_policy=lg.CachePolicy())
    builder.add_node(lg.adds("end"))
    builder.add_conditional_edges(lg.START, lambda state: [lg.Send("work", {"question": q}) for q in state["question"]])
    app = builder.compile(checkpointer=run.saver, cache=lg.InMemoryCache())
    for number, questions in enumerate(("ab", "bc")):
        run.stream(app, {"seen": [], "question": questions}, thread(str(number)), stream_mode=["updates", "values"])
    run.show("calls", calls)


@program("G6", "G5", "E1", savers=STORED)
def failures_and_questions_are_not_cached(lg: Namespace, run: Run) -> None:
    calls: list[Any] = []

    def asks(state: State) -> dict:
        calls.append("asks")
        return {"seen": [lg.interrupt("well?")]}

    def fails(state: State) -> dict:
        calls.append("fails")
        raise ValueError("bad")

    def handle(state: State, error: lg.NodeError) -> dict:
        calls.append("handles")
        return {"seen": ["handled"]}

    cache = lg.InMemoryCache()
    for number in range(2):
        builder = lg.StateGraph(State).set_node_defaults(cache_policy=lg.CachePolicy())
        builder.add_node("asks", lg.node(asks)).add_node("fails", lg.node(fails), error_handler=lg.node(handle))
        app = builder.add_edge(lg.START, "asks").add_edge("asks", "fails").compile(checkpointer=run.saver, cache=cache)
        run.invoke(app, {"seen": []}, thread(str(number)))
        if not number:
            run.stream(app, lg.Command(resume="so"), thread(str(number)), stream_mode="values")
    run.show("calls", calls)


@program("G6", savers=PURE)
def a_cache_is_cleared(lg: Namespace, run: Run) -> None:
    calls: list[Any] = []
    builder = lg.StateGraph(State).set_node_defaults(cache_policy=lg.CachePolicy(key_func=by_question))
    builder.add_node("a", counting(lg, calls, "a")).add_node("b", counting(lg, calls, "b"))
    app = builder.add_edge(lg.START, "a").add_edge("a", "b").compile(cache=lg.InMemoryCache())
    for nodes in (None, ["a"], [], ["b", "a"]):
        run.invoke(app, {"question": "one", "seen": []})
        run.clear_cache(app, nodes)
        run.show("calls", list(calls))
    run.clear_cache(app)
    run.invoke(app, {"question": "one", "seen": []})
    run.show("calls", calls)
    run.raises("ValueError", run.clear_cache, builder.compile())


@program("G6", savers=PURE)
def a_cache_by_itself(lg: Namespace, run: Run) -> None:
    cache = lg.InMemoryCache()
    pairs = {(("n",), "a"): ({"x": [1]}, None), (("n",), "b"): ("two", 60), (("m", "k"), "a"): (b"three", None)}
    keys = [*pairs, (("n",), "c")]
    cache.set(pairs)
    run.show("found", sorted(cache.get(keys).items()))
    run.show("nothing asked", cache.get([]))
    cache.set({(("n",), "a"): (None, None)})
    run.show("replaced", sorted(cache.get(keys).items(), key=repr))
    cache.clear([("n",), ("unknown",)])
    run.show("cleared", sorted(cache.get(keys).items()))
    cache.clear()
    run.show("empty", cache.get(keys))


@program("G7", "G6", "J1")
def cached_tasks_of_an_entrypoint(lg: Namespace, run: Run) -> None:
    calls: list[Any] = []

    def double(number: int) -> int:
        calls.append(number)
        return 2 * number

    double = lg.task(cache_policy=lg.CachePolicy(key_func=str))(lg.node(double))

    cache = lg.InMemoryCache()

    def work(numbers: list[int]) -> list[int]:
        return [double(number).result() for number in numbers]

    async def awork(numbers: list[int]) -> list[int]:
        return [await double(number) for number in numbers]

    awork.__name__ = "work"
    workflow = lg.entrypoint(checkpointer=run.saver, cache=cache)(awork if lg.is_async else work)
    for place, numbers in enumerate(([1, 2], [2, 3], [3])):
        run.stream(workflow, numbers, {"max_concurrency": 8, **thread(str(place))}, stream_mode="updates")
    run.show("calls", calls)
    double.clear_cache(cache)
    run.stream(workflow, [3], {"max_concurrency": 8, **thread("cleared")}, stream_mode="updates")
    run.show("calls", calls)
