"""Nodes: what is called and with which parameters, what it may return, how nodes are chained, put off and named.

Schemas inside functions use local names, so annotations are not postponed here.
"""

import functools
import operator
from collections.abc import Callable
from typing import Annotated, Any, Literal, Optional, TypedDict

from langchain_core.runnables import RunnableConfig, RunnableLambda, RunnablePassthrough

from ..harness import Namespace, Run, thread
from . import PURE, program


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    n: int


def line(lg: Namespace, run: Run, *nodes: Any, **options: Any) -> Any:
    """A graph of these nodes, one after the other, as they are."""
    named = [(f"n{number}", node) for number, node in enumerate(nodes)]
    return lg.StateGraph(State).add_sequence(named).add_edge(lg.START, "n0").compile(checkpointer=run.saver, **options)


@program("A15")
def parameters_are_given_by_name_and_type(lg: Namespace, run: Run) -> None:
    writer_type, store_type = lg.StreamWriter, lg.BaseStore

    def kinds(**given: Any) -> dict:
        return {"seen": [sorted((name, type(value).__name__ in ("dict", "Runtime")) for name, value in given.items())]}

    def config(state: State, config: RunnableConfig) -> dict:
        return kinds(config=config)

    def maybe(state: State, config: Optional[RunnableConfig] = None) -> dict:  # noqa: UP045 - both forms are in use
        return kinds(config=config)

    def union(state: State, config: RunnableConfig | None = None) -> dict:
        return kinds(config=config)

    def bare(state, config, runtime, *, store, writer):  # type: ignore[no-untyped-def]
        writer("bare")
        return kinds(config=config, runtime=runtime)

    def by_name(state: State, *, runtime: lg.Runtime, config: RunnableConfig) -> dict:
        return kinds(config=config, runtime=runtime)

    def typed(state: State, writer: writer_type, store: store_type) -> dict:
        writer("typed")
        return kinds(store=store)

    def positional(state: State, /) -> dict:
        return kinds(state=state)

    def positional_then_config(state: State, /, config: RunnableConfig) -> dict:
        return kinds(config=config)

    def defaults(state: State, n: int = 7, *, m: str = "m") -> dict:
        return {"seen": [n, m]}

    def everything(state: State, *args: Any, **kwargs: Any) -> dict:
        return {"seen": [args, sorted(kwargs)]}

    def quoted(state: "State", runtime: "Runtime", config: "RunnableConfig") -> dict:  # noqa: F821
        return kinds(config=config, runtime=runtime)

    def previous(state: State, previous: Any) -> dict:
        return {"seen": [previous]}

    nodes = (config, maybe, union, bare, by_name, typed, positional, positional_then_config, defaults, everything,
             quoted, previous)  # fmt: skip
    for node in nodes:
        app = line(lg, run, lg.node(node), store=lg.InMemoryStore())
        run.tries(run.stream, app, {"n": 1}, thread(node.__name__), stream_mode=["updates", "custom"])
        if node in (bare, typed):
            run.tries(run.invoke, line(lg, run, lg.node(node)), {"n": 1}, thread(f"{node.__name__} no store"))

    def wrong_config(state: State, config: dict) -> dict:
        return kinds(config=config)

    def wrong_writer(state: State, writer: str = "a default") -> dict:
        return {"seen": [writer]}

    def no_state() -> dict:
        return {"seen": ["no state"]}

    def two(state: State, other: Any) -> dict:
        return {"seen": ["two"]}

    for number, node in enumerate((wrong_config, wrong_writer, no_state, two)):
        app = run.warned(line, lg, run, lg.node(node))
        run.tries(run.invoke, app, {"n": 1}, thread(f"wrong {number}"))


@program("A15", "A14")
def nodes_are_methods_partials_and_objects(lg: Namespace, run: Run) -> None:
    class Nodes:
        def __init__(self, name: str) -> None:
            self.name = name

        def method(self, state: State, config: RunnableConfig) -> dict:
            return {"seen": [self.name, "metadata" in config]}

        @classmethod
        def of_class(cls, state: State, *, runtime: lg.Runtime) -> dict:
            return {"seen": [cls.__name__, runtime is not None]}

        @staticmethod
        def static(state: State, config: RunnableConfig) -> dict:
            return {"seen": ["static", "metadata" in config]}

        def __call__(self, state: State, config: RunnableConfig) -> dict:
            return {"seen": ["called", "metadata" in config]}

    def several(first: str, state: State, config: RunnableConfig, last: str = "?") -> dict:
        return {"seen": [first, last, "metadata" in config]}

    def loudly(node: Callable) -> Callable:
        @functools.wraps(node)
        def wrapped(*args: Any, **kwargs: Any) -> dict:
            return {"seen": ["wrapped", *node(*args, **kwargs)["seen"]]}

        return wrapped

    made = Nodes("made")
    partial = functools.partial(several, "first", last="last")
    full = functools.partial(partial, config={"metadata": 1})
    nodes = [made.method, Nodes.of_class, made.static, made, partial, full]
    nodes += [lambda state, config: {"seen": ["lambda", "metadata" in config]}, loudly(made.static)]
    run.invoke(line(lg, run, *nodes), {"n": 1}, thread())
    builder = lg.StateGraph(State).add_node(made.method).add_node(made).add_node(Nodes.of_class).add_node(made.static)
    run.show("names", list(builder.nodes))
    run.tries(lambda: run.show("names", list(lg.StateGraph(State).add_node(partial).nodes)))
    run.show("names", list(lg.StateGraph(State).add_node(lambda state: {}).nodes))


@program("A15", "A14", "L5")
def nodes_are_runnables(lg: Namespace, run: Run) -> None:
    def plain(state: State) -> dict:
        return {"seen": [state["n"]]}

    def with_config(state: State, config: RunnableConfig) -> dict:
        return {"seen": [config["metadata"]["langgraph_node"]]}

    def hands_over(state: State) -> Any:
        return RunnableLambda(lambda given: {"seen": ["handed over", given["n"]]})

    chain = RunnablePassthrough.assign(more=lambda state: state["n"] + 1) | (lambda state: {"seen": [state["more"]]})
    nodes = [RunnableLambda(plain), RunnableLambda(with_config), chain, {"n": lambda state: state["n"] * 10}]
    run.stream(line(lg, run, *nodes, hands_over), {"n": 1}, thread(), stream_mode=["updates", "values"])
    builder = lg.StateGraph(State).add_node(RunnableLambda(plain)).add_node(RunnableLambda(plain, name="named"))
    run.show("names", list(builder.nodes))
    for wrong in (5, "text", None, [plain]):
        run.tries(lg.StateGraph(State).add_node, "wrong", wrong)


@program("A27", "A26", "A15")
def what_a_node_may_return(lg: Namespace, run: Run) -> None:
    answers: list[Any] = [
        lg.Send("b", {"n": 1}),
        [lg.Send("b", {"n": 1}), lg.Send("b", {"n": 2})],
        [lg.Command(update={"seen": [1]}), lg.Command(update={"seen": [2]}, goto="b")],
        [lg.Command(goto="b"), {"seen": ["a dict"]}],
        [{"seen": ["dict first"]}, lg.Command(goto=["b", "c"])],
        (lg.Command(goto="b"), lg.Command(goto="b")),
        [lg.Command(goto="b"), None],
        [{"seen": [1]}, {"seen": [2]}],
        [],
        [("seen", ["pair"])],
        lg.Command(),
        lg.Command(update=[("seen", ["pairs"]), ("n", 3), ("seen", ["twice"])]),
        lg.Command(update={"seen": ["x"]}, goto=[]),
        lg.Command(goto=["b", lg.Send("c", {"n": 5}), "b"]),
        lg.Command(goto=(lg.Send("b", {"n": 6}), lg.Send("b", {"n": 7}))),
        lg.Command(goto=lg.END),
        lg.Command(goto=[lg.END, "b"]),
        lg.Command(update=None, goto="b"),
        lg.Command(update={}, goto="b"),
        {"unknown": 1},
        {5: 1},
        0, False, "", "text", 1.5, {"seen"},
    ]  # fmt: skip
    for number, answer in enumerate(answers):

        def a(state: State, answer: Any = answer) -> Any:
            return answer

        def sent(state: Any) -> dict:
            return {"seen": [sorted(state)]}

        builder = lg.StateGraph(State).add_node("a", lg.node(a)).add_node("b", lg.node(sent))
        builder.add_node("c", lg.node(sent))
        app = builder.add_edge(lg.START, "a").add_edge("b", "c").compile(checkpointer=run.saver)
        run.tries(run.stream, app, {"n": 0}, thread(str(number)), stream_mode=["updates", "values"])


@program("A15")
def nodes_are_generators(lg: Namespace, run: Run) -> None:
    def dicts(state: State) -> Any:
        yield {"seen": ["one"]}
        yield {"n": 2}

    def lists(state: State) -> Any:
        yield {"seen": ["a"]}

    app = line(lg, run, dicts, lists)
    for mode in (["updates", "values"], "tasks"):
        run.tries(run.stream, app, {"n": 1}, thread(str(mode)), stream_mode=mode)

    async def later(state: State) -> Any:
        yield {"seen": ["later"]}

    if lg.is_async:
        run.tries(run.stream, line(lg, run, later), {"n": 1}, thread("later"), stream_mode=["updates", "values"])


@program("A16", "A31", "F3")
def metadata_of_nodes(lg: Namespace, run: Run) -> None:
    def look(state: State, config: RunnableConfig) -> dict:
        return {"seen": [{key: value for key, value in sorted(config["metadata"].items()) if "id" not in key}]}

    inner = lg.StateGraph(State).add_node("look", lg.node(look), metadata={"inner": True, "both": "inner"})
    inner = inner.add_edge(lg.START, "look").compile()
    builder = lg.StateGraph(State).add_node("a", lg.node(look), metadata={"kind": "first", "langgraph_step": 99})
    builder.add_node("b", lg.node(look)).add_node("inside", inner, metadata={"outer": True, "both": "outer"})
    builder.add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "inside")
    app = builder.compile(checkpointer=run.saver)
    config = {**thread(), "metadata": {"given": 1, "kind": "run"}, "tags": ["t"]}
    run.stream(app, {"seen": []}, config, stream_mode=["tasks", "updates"])
    run.show("of nodes", {name: node.metadata for name, node in builder.nodes.items()})
    if run.saver:
        run.show("stored", [s.metadata for s in run.collect(app, "get_state_history", thread())])


@program("A17", "A20", "A21")
def deferred_nodes_wait_for_all_else(lg: Namespace, run: Run) -> None:
    def graph(edges: str, deferred: str, **options: Any) -> Any:
        builder = lg.StateGraph(State)
        names = dict.fromkeys(edges.replace(" ", ""))
        for name in names:
            builder.add_node(name, lg.adds(name), defer=name in deferred)
        builder.add_edge(lg.START, next(iter(names)))
        for pair in edges.split():
            builder.add_edge(*pair)
        return builder.compile(checkpointer=run.saver, **options)

    shapes = [("ab ac bd de ef cf", "f"), ("ab ac bf cd df", "f"), ("ab ac bd cd", "d"), ("ab bc", "b"),
              ("ab bc", "abc"), ("ab ac bx cy xz yz", "xyz"), ("ab ac bd cd de", "de"),
              ("ab ac af bd df", "bf")]  # fmt: skip
    for number, (edges, deferred) in enumerate(shapes):
        app = graph(edges, deferred)
        run.stream(app, {"seen": ["in"]}, thread(str(number)), stream_mode=["updates", "values"])
        run.invoke(app, {"seen": ["again"]}, thread(str(number)))
        if run.saver:
            history = run.collect(app, "get_state_history", thread(str(number)))
            run.show("next", [(s.next, s.metadata["step"]) for s in history])
    if run.saver:
        app = graph("ab ac bd cf df", "f", interrupt_before=["f"])
        run.invoke(app, {"seen": ["in"]}, thread("pause"))
        run.get_state(app, thread("pause"))
        run.update_state(app, thread("pause"), {"seen": ["update"]})
        run.invoke(app, None, thread("pause"))
        run.invoke(graph("ab ac bd cf df", "f", interrupt_after=["c"]), {"seen": ["in"]}, thread("after"))
        run.invoke(app, None, thread("after"))
        run.invoke(app, {"seen": ["new"]}, thread("after"))


@program("A17", "A26", "A30", "A20")
def deferred_nodes_in_loops_and_joins(lg: Namespace, run: Run) -> None:
    def again(state: State) -> str:
        return "work" if len(state["seen"]) < 6 else lg.END

    builder = lg.StateGraph(State).add_node("work", lg.adds("work")).add_node("more", lg.adds("more"))
    builder.add_node("collect", lg.adds("collect"), defer=True)
    builder.add_edge(lg.START, "work").add_edge("work", "more").add_edge("work", "collect").add_edge("more", "collect")
    builder.add_conditional_edges("collect", lg.node(again), ["work", lg.END])
    app = builder.compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread("loop"), stream_mode=["updates", "values"])
    run.raises("GraphRecursionError", run.invoke, app, {"seen": []}, {**thread("limit"), "recursion_limit": 3})

    def each(state: State) -> list:
        return [lg.Send("part", {"n": number}) for number in range(3)]

    def part(state: State) -> Any:
        return lg.Command(update={"seen": [state["n"]]}, goto="slow" if state["n"] == 1 else "collect")

    builder = lg.StateGraph(State).add_node("part", lg.node(part)).add_node("slow", lg.adds("slow"))
    builder.add_node("collect", lg.adds("collect"), defer=True).add_edge("slow", "collect")
    builder.add_conditional_edges(lg.START, lg.node(each), ["part"])
    run.stream(builder.compile(checkpointer=run.saver), {"seen": []}, thread("sent"), stream_mode=["updates", "values"])

    builder = lg.StateGraph(State)
    for name in "abcd":
        builder.add_node(name, lg.adds(name))
    builder.add_node("join", lg.adds("join"), defer=True).add_node("last", lg.adds("last"), defer=True)
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("b", "c").add_edge("c", "d")
    builder.add_edge(["a", "b"], "join").add_edge("join", "last").add_edge("a", "last")
    app = builder.compile(checkpointer=run.saver)
    for number in range(2):
        run.stream(app, {"seen": [number]}, thread("join"), stream_mode=["updates", "values"])


@program("A18", savers=PURE)
def destinations_are_drawn_and_no_more(lg: Namespace, run: Run) -> None:
    def quoted(state: State) -> "Command[Literal['b', 'c']]":  # noqa: F821
        return lg.Command(goto="c")

    def annotated(state: State) -> lg.Command[Literal["b", "__end__"]]:
        return lg.Command(goto="c")

    def union(state: State) -> lg.Command[Literal["b"]] | dict:
        return {"seen": ["union"]}

    def plain(state: State) -> lg.Command:
        return lg.Command(goto="b")

    for node in (quoted, annotated, union, plain):
        for given in (None, ("b",), {"b": "why", "c": "else"}, ()):
            builder = lg.StateGraph(State).add_node("a", lg.node(node), destinations=given)
            builder.add_node("b", lg.adds("b")).add_node("c", lg.adds("c")).add_edge(lg.START, "a")
            app = builder.compile()
            run.stream(app, {"seen": []}, stream_mode="updates")
            edges = app.get_graph().edges
            run.show("edges", sorted((e.source, e.target, e.data, e.conditional) for e in edges))
    unknown = lg.StateGraph(State).add_node("a", lg.node(plain), destinations=("z",)).add_edge(lg.START, "a")
    run.tries(unknown.compile)


@program("A22", "A23", "A24")
def sequences_entries_and_finishes(lg: Namespace, run: Run) -> None:
    def named(name: str) -> Any:
        return lg.adds(name)

    def builders() -> Any:
        yield lg.StateGraph(State).add_sequence([named("a"), ("second", named("b")), named("c")]).set_entry_point("a")
        yield lg.StateGraph(State).add_sequence([named("a")]).set_entry_point("a").set_finish_point("a")
        yield lg.StateGraph(State).add_sequence((named("a"), named("b"))).set_entry_point("b").set_finish_point("b")
        yield (
            lg.StateGraph(State).add_sequence([named("a"), named("b")]).add_sequence([named("c"), named("d")])
            .add_edge("b", "c").set_entry_point("a").set_finish_point("d")
        )  # fmt: skip
        yield (
            lg.StateGraph(State).add_sequence([named("a"), named("b")]).add_node("x", named("x"))
            .set_conditional_entry_point(lg.node(lambda state: "x" if state.get("n") else "a"))
        )  # fmt: skip
        yield (
            lg.StateGraph(State).add_node("x", named("x")).add_node("y", named("y"))
            .set_conditional_entry_point(lg.node(lambda state: state.get("n", 0) > 0), {True: "x", False: "y"})
            .set_entry_point("y").set_finish_point("x")
        )  # fmt: skip

    for number, builder in enumerate(builders()):
        run.show("edges", (sorted(builder.edges), sorted(builder.branches), list(builder.nodes)))
        app = builder.compile(checkpointer=run.saver)
        for n in (0, 1):
            run.stream(app, {"seen": [], "n": n}, thread(f"{number} {n}"), stream_mode="updates")
    for wrong in ([], [named("a"), named("a")], [("a", named("x")), ("a", named("y"))], ["a"], [5]):
        run.tries(lg.StateGraph(State).add_sequence, wrong)
    for call in ("set_entry_point", "set_finish_point"):
        run.tries(lambda call=call: getattr(lg.StateGraph(State), call)("nobody").compile())
        run.tries(lambda call=call: getattr(lg.StateGraph(State).add_sequence([named("a")]), call)("nobody").compile())
    twice = lg.StateGraph(State).add_sequence([named("a")]).set_entry_point("a")
    run.tries(lambda: twice.set_entry_point("a").compile())


@program("A30", "A33")
def limits_of_runs(lg: Namespace, run: Run) -> None:
    def loop(state: State) -> dict:
        return {"seen": [len(state.get("seen", []))]}

    def route(state: State) -> str:
        return "loop" if len(state["seen"]) < 4 else lg.END

    builder = lg.StateGraph(State).add_node("loop", lg.node(loop)).add_edge(lg.START, "loop")
    app = builder.add_conditional_edges("loop", lg.node(route)).compile(checkpointer=run.saver)
    for limit in (5, 4, 3, 1, 0, -1):
        config = {**thread(str(limit)), "recursion_limit": limit}
        run.tries(run.stream, app, {"seen": []}, config, stream_mode=["updates", "values"])
        if run.saver and limit == 3:
            run.get_state(app, thread(str(limit)))
            run.invoke(app, None, thread(str(limit)))
    bound = app.with_config(recursion_limit=2)
    run.raises("GraphRecursionError", run.invoke, bound, {"seen": []}, thread("bound"))
    run.invoke(bound, {"seen": []}, {**thread("over"), "recursion_limit": 9})
    inner = app.copy({"checkpointer": None})

    def outer(state: State, config: RunnableConfig) -> dict:
        return {"n": config["recursion_limit"], "seen": inner.invoke({"seen": []})["seen"]}

    async def aouter(state: State, config: RunnableConfig) -> dict:
        return {"n": config["recursion_limit"], "seen": (await inner.ainvoke({"seen": []}))["seen"]}

    nested = line(lg, run, aouter if lg.is_async else outer)
    for limit in (None, 9, 3):
        config = {**thread(f"nested {limit}"), **({"recursion_limit": limit} if limit else {})}
        run.tries(run.invoke, nested, {"seen": []}, config)
    for workers in (1, 2, None):
        run.invoke(app, {"seen": []}, {**thread(f"workers {workers}"), "max_concurrency": workers})
