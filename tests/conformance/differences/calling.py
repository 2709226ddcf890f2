"""Differences in how nodes, tasks and graphs are called and drawn."""

import threading
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ..harness import THEIRS, Namespace, Run, thread
from ..programs import typed
from ..programs.callbacks import Recorder
from ..programs.routing import State, build
from . import Refused, differs, one_node, returning


@differs(theirs=Refused("TypeError"), ours={"seen": ["async"]})
def async_nodes_in_a_sync_invoke(lg: Namespace, run: Run) -> Any:
    async def start(state: State) -> dict:
        return {"seen": ["async"]}

    return run.invoke(lg.StateGraph(State).add_node(start).add_edge(lg.START, "start").compile(), {"seen": []})


@differs(theirs=Refused("KeyError"), ours=Refused("ValueError", "Name the thread"))
def a_look_at_no_thread(lg: Namespace, run: Run) -> Any:
    return build(lg, "start").compile(checkpointer=run.saver).get_state({"configurable": {}})


@differs(theirs=Refused("KeyError"), ours=("start",))
def a_look_at_a_thread_that_is_named_beside_configurable(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver, interrupt_before=["start"])
    run.invoke(app, {"seen": []}, {"thread_id": "1"})
    return app.get_state({"thread_id": "1"}).next


@differs(
    theirs=["LangGraph", "__start__", "RunnableCallable", "start"],
    ours=["LangGraph", "__start__", "condition", "start"],
)
def the_name_of_a_router_without_one(lg: Namespace, run: Run) -> Any:
    builder = lg.StateGraph(State).add_node(lg.adds("start")).add_conditional_edges(lg.START, lambda state: "start")
    heard = Recorder()
    run.invoke(builder.compile(), {"seen": []}, {"callbacks": [heard]})
    return [entry[3] for entry in heard.heard if entry[0] == "chain"]


@differs(theirs={"seen": []}, ours=Refused("TypeError", "'retries'"))
def a_parameter_that_nothing_has(lg: Namespace, run: Run) -> Any:
    builder = lg.StateGraph(State).add_node("start", lambda state: {}, retries=3).add_edge(lg.START, "start")
    return run.invoke(builder.compile(), {"seen": []})


@differs(theirs=["start"], ours=["start", "left", "right"])
def the_drawing_of_a_router_that_returns_several(lg: Namespace, run: Run) -> Any:
    def both(state: State) -> list[Literal["left", "right"]]:
        return ["left", "right"]

    builder = returning(lg, {"seen": []}, "left", "right").add_conditional_edges("start", both)
    drawn = builder.compile().get_graph()
    return [edge.target for edge in drawn.edges if edge.target != lg.END]


@differs(theirs=Refused("ValueError", "is sync"), ours={"seen": ["in time"]})
def a_timeout_in_a_sync_invoke(lg: Namespace, run: Run) -> Any:
    async def start(state: State) -> dict:
        return {"seen": ["in time"]}

    app = lg.StateGraph(State).add_node(start, timeout=60).add_edge(lg.START, "start").compile()
    return run.invoke(app, {"seen": []})


@differs(theirs=Refused("RuntimeError", "In an sync context"), ours=3)
def async_tasks_in_a_sync_workflow(lg: Namespace, run: Run) -> Any:
    @lg.task
    async def add(x: int) -> int:
        return x + 1

    @lg.entrypoint()
    def flow(x: int) -> int:
        return add(add(x).result()).result()

    return run.invoke(flow, 1)


@differs(theirs=["one?"], ours=["one?", "two?"])
def questions_of_tasks_that_run_together(lg: Namespace, run: Run) -> Any:
    ask = lg.task(lambda about: lg.interrupt(about), name="ask")

    @lg.entrypoint(checkpointer=run.saver)
    def flow(x: int) -> Any:
        return [future.result() for future in [ask("one?"), ask("two?")]]

    return [question.value for question in run.invoke(flow, 1, thread())["__interrupt__"]]


@differs(theirs=["flow", "late"], ours=["late", "flow"])
def a_task_that_nobody_waits_for(lg: Namespace, run: Run) -> Any:
    returned = threading.Event()
    late = lg.task(lambda: returned.wait(20 if lg.package == THEIRS else 0.05), name="late")

    @lg.entrypoint()
    def flow(x: int) -> int:
        late()
        return x

    chunks = run.stream(flow, 1, heard=lambda chunk: "flow" in chunk and returned.set())
    return [name for chunk in chunks for name in chunk]


@differs(theirs=Refused("InvalidUpdateError", "At key ''"), ours=Refused("InvalidUpdateError", "At key 'b'"))
def two_writes_to_a_channel_of_an_actor(lg: Namespace, run: Run) -> Any:
    nodes = {name: lg.NodeBuilder().subscribe_only("a").write_to("b") for name in "xy"}
    channels = {"a": lg.EphemeralValue(str), "b": lg.LastValue(str)}
    app = lg.Pregel(nodes=nodes, channels=channels, input_channels="a", output_channels="b")
    return run.invoke(app, "x")


@differs(theirs=None, ours="x bad no")
def an_actor_that_handles_the_errors_of_another(lg: Namespace, run: Run) -> Any:
    def mend(a: Any, error: lg.NodeError) -> str:
        return f"{a} {error.node} {error.error}"

    def bad(a: str) -> str:
        raise ValueError("no")

    nodes = {
        "bad": lg.NodeBuilder().subscribe_only("a").do(bad).write_to("b"),
        "mend": lg.NodeBuilder().subscribe_only("never").do(mend).write_to("b"),
    }
    channels = {name: lg.EphemeralValue(str) for name in ("a", "b", "never")}
    handlers = {"node_error_handler_map": {"bad": "mend"}}
    return lg.Pregel(nodes=nodes, channels=channels, input_channels="a", output_channels="b", **handlers).invoke("x")


@differs(theirs=None, ours=Refused("ValueError", "Did you mean 'start'?"))
def an_unknown_node_whose_cache_is_cleared(lg: Namespace, run: Run) -> Any:
    return build(lg, "start").compile(cache=lg.InMemoryCache()).clear_cache(["strat"])


@differs(theirs=[True, True, False], ours=[False, False, False])
def untracked_keys_of_an_input(lg: Namespace, run: Run) -> Any:
    @dataclass
    class Data:
        seen: list
        key: Annotated[str, lg.UntrackedValue] = "secret"

    app = one_node(lg, run, Data, lambda state: {"seen": [state.key]})
    for number, given in enumerate(({"seen": [], "key": "secret"}, Data(seen=[]))):
        app.invoke(given, thread(str(number)))
    app.update_state(thread("2"), {"key": "secret"}, as_node="n")
    return [
        any("secret" in repr(found.checkpoint["channel_values"].get(lg.START)) for found in run.saver.list(config))
        for config in map(thread, "012")
    ]


@differs(theirs=[], ours=["left"])
def the_drawing_of_a_node_that_returns_several_commands(lg: Namespace, run: Run) -> Any:
    def commands(state: State) -> list[lg.Command[Literal["left"]]]:
        return [lg.Command(goto="left")]

    builder = build(lg, "left", entry=False).add_node(commands).add_edge(lg.START, "commands")
    drawn = builder.compile().get_graph()
    return [edge.target for edge in drawn.edges if edge.source == "commands" and edge.target != lg.END]


@differs(theirs={"seen": []}, ours=Refused("InvalidUpdateError", "Expected dict, got 5"))
def an_update_of_a_command_that_is_no_update(lg: Namespace, run: Run) -> Any:
    return one_node(lg, run, State, lambda state: lg.Command(update=5)).invoke({"seen": []}, thread())


@differs(theirs=["k150", "k0"], ours=["k0", "k1"])
def the_order_of_the_keys_of_a_wide_state_in_a_router(lg: Namespace, run: Run) -> Any:
    keys, seen = [f"k{number}" for number in range(200)], []

    def route(state: dict) -> str:
        seen.extend(list(state)[:2])
        return lg.END

    builder = lg.StateGraph(typed("wide", dict.fromkeys(keys, int))).add_node("n", lambda state: {"k150": 1})
    builder = builder.add_edge(lg.START, "n").add_conditional_edges("n", route, [lg.END])
    builder.compile().invoke(dict.fromkeys(keys, 0))
    return seen
