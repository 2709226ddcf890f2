"""What a run is started with: input, config, and what nodes see of them."""

import operator
from typing import Annotated, Any, TypedDict
from uuid import UUID

from langchain_core.runnables import RunnableConfig

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program
from .history import BOTH, line
from .routing import State, build

LANGGRAPH = ("langgraph_node", "langgraph_step", "langgraph_triggers", "langgraph_path", "langgraph_checkpoint_ns")


@program("B3")
def empty_and_odd_inputs(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a")
    run.raises("EmptyInputError", run.invoke, app, None, thread("none"))
    run.stream(app, {}, thread("empty"), stream_mode=BOTH)
    run.stream(app, {"unknown": 1}, thread("unknown"), stream_mode=BOTH)
    run.stream(app, {"unknown": 1, "way": None}, thread("null"), stream_mode=BOTH)
    for number, value in enumerate((5, "text", ["a"], [("seen", ["x"])], ("seen", ["x"]), True)):
        run.raises("InvalidUpdateError", run.invoke, app, value, thread(f"odd {number}"))


@program("B3", "D1", savers=STORED)
def turns_without_news(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b")
    run.invoke(app, {"seen": ["one"]}, thread())
    for value in ({}, {"unknown": 1}, None, {"seen": []}):
        run.stream(app, value, thread(), stream_mode=BOTH)
    run.history(app, thread())


@program("D1", savers=STORED)
def a_thread_id_is_required(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a")
    run.raises("ValueError", run.invoke, app, {"seen": []})
    run.raises("ValueError", run.invoke, app, {"seen": []}, {"configurable": {}})
    run.invoke(app, {"seen": ["ints will do"]}, thread(7))
    run.get_state(app, thread("7"))
    run.get_state(app, thread(7))
    run.get_state(app, thread(8, user="u"))
    run.get_state(app, {"configurable": {"thread_id": UUID(int=7), "checkpoint_id": "none"}})
    run.update_state(app, thread(9), {"seen": ["and here"]})


@program("B3", "B4", "D1", savers=STORED)
def a_thread_is_named_beside_configurable(lg: Namespace, run: Run) -> None:
    def look(state: State, config: RunnableConfig) -> dict:
        named = ("thread_id", "user", "other")
        return {"seen": [{key: config["configurable"].get(key) for key in named}, sorted(config["metadata"]) != []]}

    builder = lg.StateGraph(State).add_node("look", lg.node(look)).add_edge(lg.START, "look")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, {"thread_id": "1"})
    run.invoke(app, {"seen": []}, {"thread_id": "3", "configurable": {"other": 1}})
    run.stream(app, {"seen": []}, {"thread_id": "1", "configurable": {"thread_id": "2"}})
    run.stream(app, {"seen": []}, {"thread_id": "3", "user": [None]})
    run.invoke(app, {"seen": []}, {"thread_id": "1", "user": None, "tags": ["t"], "metadata": {"m": 1}})
    run.invoke(app.with_config({"thread_id": "3"}), {"seen": []}, {"user": 3})
    run.call(app, "batch", [{"seen": ["in"]}], {"thread_id": "1"})
    run.history(app, thread("1"))
    run.history(app, thread("2"))


@program("A15", "A31", "B14")
def nodes_see_where_they_are(lg: Namespace, run: Run) -> None:
    def look(state: State, config: RunnableConfig) -> dict:
        metadata = config["metadata"]
        same = lg.get_config()["metadata"]["langgraph_node"] == metadata["langgraph_node"]
        return {"seen": [same, *(f"{key} {metadata[key]}" for key in LANGGRAPH)]}

    def untyped(state, config):  # type: ignore[no-untyped-def]  # found by name alone
        mine = {key: config["configurable"].get(key) for key in ("thread_id", "mine")}
        return {"seen": [mine, config["recursion_limit"]]}

    def user(state: State, config: RunnableConfig | None = None) -> dict:
        return {"seen": [config["tags"], config["metadata"]["user"]]}

    builder = lg.StateGraph(State)
    for name, node in (("look", look), ("untyped", untyped), ("user", user), ("again", look)):
        builder.add_node(name, lg.node(node))
    builder.add_edge(lg.START, "look").add_edge("look", "untyped").add_edge("look", "again").add_edge("untyped", "user")
    app = builder.compile(checkpointer=run.saver)
    config = {**thread(mine="x"), "recursion_limit": 50, "tags": ["t"], "metadata": {"user": "u1"}}
    run.invoke(app, {"seen": []}, config)


@program("A31", "A26")
def sent_tasks_see_where_they_are(lg: Namespace, run: Run) -> None:
    def look(state: Any, config: RunnableConfig) -> dict:
        return {"seen": [f"{key} {config['metadata'][key]}" for key in LANGGRAPH]}

    @lg.node
    def each(state: State) -> list:
        return [lg.Send("look", {}), lg.Send("look", {}), "look"]

    builder = lg.StateGraph(State).add_node("look", lg.node(look)).add_conditional_edges(lg.START, each)
    run.invoke(builder.compile(checkpointer=run.saver), {"seen": []}, thread())


@program("B14", savers=PURE)
def config_outside_of_a_node(lg: Namespace, run: Run) -> None:
    run.raises("RuntimeError", lg.get_config)
    run.raises("RuntimeError", lg.get_stream_writer)


@program("A34", "B15")
def runtime_context(lg: Namespace, run: Run) -> None:
    class Context(TypedDict):
        name: str

    def greet(state: State, runtime: Any) -> dict:
        return {"seen": [runtime.context["name"]]}

    def typed(state: State, runtime: lg.Runtime[Context]) -> dict:
        return {"seen": [sorted(runtime.context)]}

    builder = lg.StateGraph(State, context_schema=Context).add_sequence([lg.node(greet), lg.node(typed)])
    app = builder.add_edge(lg.START, "greet").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread(), context={"name": "Ada"})


@program("A15", "A21")
def routers_take_config_too(lg: Namespace, run: Run) -> None:
    @lg.node
    def route(state: State, config: RunnableConfig) -> str:
        return config["configurable"]["to"]

    app = build(lg, "a", "b", "c").add_conditional_edges("a", route).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread("1", to="b"))
    run.invoke(app, {"seen": []}, thread("2", to="c"))


@program("B18", "D7", savers=STORED)
def metadata_of_a_run_is_kept_with_its_checkpoints(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a")
    config = {**thread(), "metadata": {"user": "u1", "number": 3}, "tags": ["t"], "run_name": "named"}
    run.invoke(app, {"seen": []}, config)
    run.history(app, thread())
    run.update_state(app, {**thread(), "metadata": {"by": "hand"}}, {"seen": ["u"]})
    run.get_state(app, thread())


@program("A32", "B3", savers=STORED)
def state_survives_between_turns_and_nodes_do_not_share_it(lg: Namespace, run: Run) -> None:
    class Kept(TypedDict, total=False):
        seen: Annotated[list, operator.add]
        note: dict

    @lg.node
    def keep(state: Kept) -> dict:
        return {"note": {"turn": len(state["seen"])}, "seen": [state.get("note")]}

    app = lg.StateGraph(Kept).add_node(keep).add_edge(lg.START, "keep").compile(checkpointer=run.saver)
    for turn in range(3):
        run.invoke(app, {"seen": [turn]}, thread())
    run.history(app, thread())
