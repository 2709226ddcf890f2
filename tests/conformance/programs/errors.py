"""What goes wrong, when a graph is defined and when it runs.

Of the runtime's own errors, the class and the first sentence are compared; what follows is each package's own.
"""

import operator
from typing import Annotated, Any, Literal, TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program
from .routing import State, build


@program("A14", "A20", "A24", "A25", savers=PURE)
def builder_errors(lg: Namespace, run: Run) -> None:
    def refused(change: Any) -> None:
        run.raises("ValueError", change, build(lg, "a", "b"))

    refused(lambda g: g.add_node("a", lg.adds("a")))
    refused(lambda g: g.add_node(lg.START, lg.adds("x")))
    refused(lambda g: g.add_node(lg.END, lg.adds("x")))
    refused(lambda g: g.add_node("with|bar", lg.adds("x")))
    refused(lambda g: g.add_node("with:colon", lg.adds("x")))
    refused(lambda g: g.add_edge(lg.END, "a"))
    refused(lambda g: g.add_edge("a", lg.START))
    refused(lambda g: g.add_edge(["a", lg.END], "b"))
    refused(lambda g: g.add_edge(["a", "nobody"], "b"))
    refused(lambda g: g.add_edge(["a"], "nobody"))
    refused(lambda g: g.add_edge("a", "nobody").compile())
    refused(lambda g: g.add_edge("nobody", "a").compile())
    refused(lambda g: g.add_conditional_edges("nobody", lambda s: "a").compile())
    refused(lambda g: g.add_conditional_edges("a", lambda s: "b", ["b", "nobody"]).compile())
    refused(lambda g: g.compile(interrupt_before=["nobody"]))
    refused(lambda g: g.compile(interrupt_after=["nobody"]))
    refused(lambda g: g.add_sequence([]))
    refused(lambda g: lg.StateGraph(State).compile())
    refused(lambda g: build(lg, "a", entry=False).compile())

    def route(state: State) -> str:
        return "b"

    refused(lambda g: g.add_conditional_edges("a", route).add_conditional_edges("a", route))
    refused(lambda g: g.add_conditional_edges("nobody", route).compile())
    refused(lambda g: g.add_conditional_edges(lg.END, route).compile())
    refused(lambda g: g.add_conditional_edges("a", lambda s: "x", {True: "nobody"}).compile())
    refused(lambda g: g.add_conditional_edges("a", lambda s: "x", [lg.START]).compile())
    refused(lambda g: g.add_edge(["a"], lg.START))
    refused(lambda g: g.add_sequence([lg.adds("a")]))
    refused(lambda g: g.add_sequence([lg.adds("twice"), lg.adds("twice")]))
    refused(lambda g: g.add_node("c", lg.adds("c"), destinations=("nobody",)).compile())
    refused(lambda g: g.add_node("c", lg.adds("c"), destinations={"nobody": "label"}).compile())
    refused(lambda g: g.validate(interrupt=["nobody"]))

    def goes(state: State) -> lg.Command[Literal["nobody"]]:
        return lg.Command(goto="nobody")

    refused(lambda g: g.add_node(goes).compile())


@program("A24", "A25", savers=PURE)
def builder_type_errors(lg: Namespace, run: Run) -> None:
    run.raises("RuntimeError", lambda: build(lg, "a").add_node("x"))
    run.raises("TypeError", lambda: build(lg, "a").add_node("x", 5))
    run.raises("TypeError", lambda: build(lg, "a").compile(checkpointer="nonsense"))
    run.raises("TypeError", lambda: build(lg, "a").compile(checkpointer=lg.InMemorySaver))
    run.fails("TypeError", lambda: build(lg, "a").add_conditional_edges("a", 5))
    run.fails("TypeError", lambda: build(lg, "a").compile(interrupt_before="a"))
    run.fails("TypeError", lambda: lg.StateGraph())


@program("A24", "B3", savers=PURE)
def an_unreachable_node_is_no_error(lg: Namespace, run: Run) -> None:
    run.invoke(build(lg, "a", "island").compile(), {"seen": []})


@program("A27", "G8")
def nodes_return_nonsense(lg: Namespace, run: Run) -> None:
    for number, value in enumerate((5, "text", True, ["a list"], 1.5)):

        def bad(state: State, value: Any = value) -> Any:
            return value

        app = lg.StateGraph(State).add_node("bad", lg.node(bad)).add_edge(lg.START, "bad")
        compiled = app.compile(checkpointer=run.saver)
        run.raises("InvalidUpdateError", run.invoke, compiled, {"seen": []}, thread(str(number)))


@program("C4", "G8", "A32")
def two_nodes_write_one_plain_key(lg: Namespace, run: Run) -> None:
    def writes(value: int) -> Any:
        return lg.node(lambda state: {"way": value})

    builder = lg.StateGraph(State).add_node("x", writes(1)).add_node("y", writes(2))
    app = builder.add_edge(lg.START, "x").add_edge(lg.START, "y").compile(checkpointer=run.saver)
    run.raises("InvalidUpdateError", run.invoke, app, {"seen": []}, thread())
    if run.saver:
        run.raises("InvalidUpdateError", run.invoke, app, {"seen": ["again"]}, thread())


@program("G8", savers=PURE)
def errors_name_the_page_about_them(lg: Namespace, run: Run) -> None:
    def writes(value: Any) -> Any:
        return lg.node(lambda state: value)

    alone = lg.StateGraph(State).add_node("a", writes(5)).add_edge(lg.START, "a").compile()
    run.says("InvalidUpdateError", run.invoke, alone, {"seen": []})
    builder = lg.StateGraph(State).add_edge(lg.START, "x").add_edge(lg.START, "y")
    both = builder.add_node("x", writes({"way": "x"})).add_node("y", writes({"way": "y"})).compile()
    run.says("InvalidUpdateError", run.invoke, both, {"seen": []})
    loop = build(lg, "a").add_edge("a", "a").compile()
    run.says("GraphRecursionError", run.invoke, loop, {"seen": []}, {"recursion_limit": 3})
    twice = lg.StateGraph(State).add_edge(lg.START, "x").add_edge(lg.START, "y")
    twice.add_node("x", writes({"seen": lg.Overwrite([1])})).add_node("y", writes({"seen": lg.Overwrite([2])}))
    run.says("InvalidUpdateError", run.invoke, twice.compile(), {"seen": []})


@program("A30", "G8")
def the_recursion_limit(lg: Namespace, run: Run) -> None:
    builder = build(lg, "a", "b").add_edge("a", "b").add_edge("b", "a")
    app = builder.compile(checkpointer=run.saver)
    run.raises(
        "GraphRecursionError",
        run.stream,
        app,
        {"seen": []},
        {"recursion_limit": 4, **thread()},
        stream_mode=["updates", "values"],
    )
    if run.saver:
        run.get_state(app, thread())
        run.raises("GraphRecursionError", run.invoke, app, None, {"recursion_limit": 2, **thread()})
        run.history(app, thread())
    straight = build(lg, "x", "y").add_edge("x", "y").compile(checkpointer=run.saver)
    run.invoke(straight, {"seen": []}, {"recursion_limit": 3, **thread("enough")})
    for limit, expected in ((2, "GraphRecursionError"), (1, "GraphRecursionError"), (0, "ValueError")):
        config = {"recursion_limit": limit, **thread(f"limit {limit}")}
        run.raises(expected, run.invoke, straight, {"seen": []}, config)


@program("G9", "A32", "F2")
def an_exception_in_a_node_reaches_the_caller(lg: Namespace, run: Run) -> None:
    class Own(Exception):
        pass

    @lg.node
    def boom(state: State) -> dict:
        raise Own("boom")

    builder = build(lg, "a").add_node(boom).add_edge("a", "boom")
    app = builder.compile(checkpointer=run.saver)
    run.says("Own", run.stream, app, {"seen": []}, thread(), stream_mode=["updates", "values"])
    if run.saver:
        run.get_state(app, thread())
        run.history(app, thread())


@program("G9", savers=PURE)
def a_failure_names_its_node(lg: Namespace, run: Run) -> None:
    @lg.node
    def boom(state: State) -> dict:
        raise ValueError("boom")

    app = lg.StateGraph(State).add_node(boom).add_edge(lg.START, "boom").compile()
    error = run.says("ValueError", run.invoke, app, {"seen": []})
    run.show("a note names the node", any("boom" in note for note in getattr(error, "__notes__", [])))


@program("D14", "D15", "A32", savers=STORED)
def a_failed_step_goes_on_where_it_failed(lg: Namespace, run: Run) -> None:
    for durability in ("sync", "async", "exit"):
        calls: list[str] = []
        builder = lg.StateGraph(State).add_node(lg.adds("end"))
        for name, failures in (("fine", 0), ("shaky", 1)):
            builder.add_node(name, noting(lg, name, calls, failures)).add_edge(lg.START, name)
        app = builder.add_edge(["fine", "shaky"], "end").compile(checkpointer=run.saver)
        config = thread(durability)
        run.says("OSError", run.invoke, app, {"seen": ["in"]}, config, durability=durability)
        run.get_state(app, config)
        run.stream(app, None, config, stream_mode=["updates", "values"], durability=durability)
        run.show("calls", calls)
        run.history(app, config)


def noting(lg: Namespace, name: str, calls: list[str], failures: int) -> Any:
    """A node that notes its calls, and fails at first."""

    def note(state: State) -> dict:
        calls.append(name)
        if calls.count(name) <= failures:
            raise OSError("not yet")
        return {"seen": [name]}

    return lg.node(note)


@program("D15", "B3", savers=STORED)
def new_input_after_a_failure_starts_over(lg: Namespace, run: Run) -> None:
    @lg.node
    def picky(state: State) -> dict:
        if "bad" in state["seen"] and "good" not in state["seen"]:
            raise ValueError("bad input")
        return {"seen": ["picky"]}

    app = lg.StateGraph(State).add_node(picky).add_edge(lg.START, "picky").compile(checkpointer=run.saver)
    run.says("ValueError", run.invoke, app, {"seen": ["bad"]}, thread())
    run.invoke(app, {"seen": ["good"]}, thread())
    run.history(app, thread())


@program("A6", "G9")
def a_reducer_that_raises(lg: Namespace, run: Run) -> None:
    def refuse(left: list, right: list) -> list:
        raise ZeroDivisionError("reducer")

    class Broken(TypedDict, total=False):
        seen: Annotated[list, refuse]
        other: Annotated[list, operator.add]

    app = lg.StateGraph(Broken).add_node(lg.adds("a")).add_edge(lg.START, "a").compile(checkpointer=run.saver)
    run.says("ZeroDivisionError", run.invoke, app, {"other": [1]}, thread())


@program("G1", "G2")
def retries(lg: Namespace, run: Run) -> None:
    def shaky(failure: type[Exception], times: int) -> Any:
        calls: list[int] = []

        def attempt(state: State) -> dict:
            calls.append(1)
            if len(calls) <= times:
                raise failure(f"attempt {len(calls)}")
            return {"seen": [len(calls)]}

        return lg.node(attempt)

    policy = lg.RetryPolicy(initial_interval=0.0, jitter=False, max_attempts=3)
    for number, (failure, times) in enumerate(((ConnectionError, 2), (ConnectionError, 3), (ValueError, 1))):
        builder = lg.StateGraph(State).add_node("a", shaky(failure, times), retry_policy=policy).add_edge(lg.START, "a")
        app = builder.compile(checkpointer=run.saver)
        if number == 0:
            run.invoke(app, {"seen": []}, thread(str(number)))
        else:
            run.says(failure.__name__, run.invoke, app, {"seen": []}, thread(str(number)))
