"""Graphs that run inside of nodes, on a thread: their state, their history, updates and questions inside of them."""

import itertools
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..harness import Namespace, Run, thread
from . import STORED, program
from .interrupts import State, asking

BOTH = ["updates", "values"]


def chain(lg: Namespace, *nodes: Any, **graphs: Any) -> Any:
    """A builder of nodes and graphs one after the other: functions by their names, then graphs by theirs."""
    builder = lg.StateGraph(State)
    named = [(node.__name__, node) for node in nodes] + list(graphs.items())
    for name, node in named:
        builder.add_node(name, node)
    for start, end in itertools.pairwise([lg.START, *(name for name, _ in named)]):
        builder.add_edge(start, end)
    return builder


def three_levels(lg: Namespace, run: Run, *deepest: Any, **options: Any) -> Any:
    """An app with a graph in a graph."""
    inner = chain(lg, lg.adds("deep"), *deepest).compile()
    middle = chain(lg, lg.adds("mid"), inner=inner).compile()
    return chain(lg, lg.adds("top"), middle=middle).add_node(lg.adds("last")).add_edge("middle", "last").compile(
        checkpointer=run.saver, **options
    )


def calling(lg: Namespace, graph: Any, name: str = "call", times: int = 1) -> Any:
    """A node that calls a graph."""

    def call(state: State) -> dict:
        return {"seen": [graph.invoke({"seen": [f"{name}{n}"]})["seen"] for n in range(times)]}

    async def acall(state: State) -> dict:
        return {"seen": [(await graph.ainvoke({"seen": [f"{name}{n}"]}))["seen"] for n in range(times)]}

    chosen = acall if lg.is_async else call
    chosen.__name__ = name
    return chosen


def walk(run: Run, app: Any, config: Any) -> None:
    """Show the history of a thread, and of each graph inside that its latest state names."""
    for snapshot in run.history(app, config)[:1]:
        for task in snapshot.tasks:
            if task.state:
                walk(run, app, task.state)


@program("I3", "D6", "D19", savers=STORED)
def the_state_of_graphs_three_deep(lg: Namespace, run: Run) -> None:
    app = three_levels(lg, run, asking(lg, "ask", "?"))
    run.invoke(app, {"seen": ["in"]}, thread())
    run.get_state(app, thread())
    snapshot = run.get_state(app, thread(), subgraphs=True)
    while snapshot.tasks and snapshot.tasks[0].state:
        snapshot = snapshot.tasks[0].state
        run.get_state(app, snapshot.config)
        run.get_state(app, snapshot.config, subgraphs=True)
        run.history(app, snapshot.config)
    walk(run, app, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    run.get_state(app, thread(), subgraphs=True)
    run.history(app, thread())


@program("I3", savers=STORED)
def the_graphs_inside(lg: Namespace, run: Run) -> None:
    inner = chain(lg, lg.adds("deep")).compile(name="the inner one")
    called = chain(lg, lg.adds("called")).compile(name="a called one")
    silent = chain(lg, lg.adds("silent")).compile(name="a silent one", checkpointer=False)
    middle = chain(lg, inner=inner).compile(name="the middle one")
    app = chain(lg, lg.adds("top"), calling(lg, called), middle=middle, silent=silent).compile(checkpointer=run.saver)
    for options in ({}, {"recurse": True}, {"namespace": "middle"}, {"namespace": "middle|inner"},
                    {"namespace": "middle|inner", "recurse": True}, {"namespace": "inner", "recurse": True},
                    {"namespace": "call"}, {"namespace": "silent"}, {"namespace": "top"}):  # fmt: skip
        run.subgraphs(app, **options)


@program("I3", "D8", "D19", savers=STORED)
def an_update_inside(lg: Namespace, run: Run) -> None:
    app = three_levels(lg, run, asking(lg, "ask", "?"), lg.adds("end"))
    for number, (as_node, resume) in enumerate((
        (None, lg.Command(resume="!")), ("ask", None), ("deep", None), (lg.END, None), ("end", lg.Command(resume="!")),
    )):  # fmt: skip
        config = thread(str(number))
        run.invoke(app, {"seen": ["in"]}, config)
        middle = run.get_state(app, config).tasks[0].state
        inner = run.get_state(app, middle).tasks[0].state
        values = None if as_node == lg.END else {"seen": [f"as {as_node}"]}
        run.update_state(app, inner, values, as_node=as_node)
        run.get_state(app, config, subgraphs=True)
        run.history(app, inner)
        run.invoke(app, resume, config)
        run.get_state(app, config, subgraphs=True)
        run.history(app, config)
    run.raises("ValueError", run.update_state, app, thread("0", checkpoint_ns="nobody:1"), {"seen": []})
    run.raises("InvalidUpdateError", run.update_state, app, inner, {"seen": []}, as_node="mid")


@program("I3", "E7", "E2", savers=STORED)
def parallel_graphs_ask_and_are_answered_one_by_one(lg: Namespace, run: Run) -> None:
    left = chain(lg, lg.adds("left"), asking(lg, "ask", "l1", "l2")).compile()
    right = chain(lg, lg.adds("right"), asking(lg, "ask", "r1")).compile()
    builder = lg.StateGraph(State).add_node("left", left).add_node("right", right).add_node(lg.adds("end"))
    builder.add_edge(lg.START, "left").add_edge(lg.START, "right").add_edge(["left", "right"], "end")
    app = builder.compile(checkpointer=run.saver)
    asked = run.invoke(app, {"seen": ["in"]}, thread())["__interrupt__"]
    ids = {i.value: i.id for i in asked}
    run.get_state(app, thread(), subgraphs=True)
    run.raises("RuntimeError", run.invoke, app, lg.Command(resume="whose?"), thread())
    asked = run.invoke(app, lg.Command(resume={ids["l1"]: "L1"}), thread())["__interrupt__"]
    ids |= {i.value: i.id for i in asked}
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, lg.Command(resume={ids["r1"]: "R1"}), thread())
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, lg.Command(resume="L2"), thread())
    run.get_state(app, thread(), subgraphs=True)
    run.history(app, thread())


@program("E7", "A26", "I1", savers=STORED)
def graphs_that_were_sent_for_ask(lg: Namespace, run: Run) -> None:
    @lg.node
    def ask(state: State) -> dict:
        return {"seen": [[*state["seen"], lg.interrupt(f"{state['seen'][0]}?")]]}

    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"seen": [item]}) for item in "xyz"]

    work = chain(lg, lg.adds("one"), ask).compile()
    builder = lg.StateGraph(State).add_node("work", work).add_node(lg.adds("end")).add_edge("work", "end")
    app = builder.add_conditional_edges(lg.START, each, ["work"]).compile(checkpointer=run.saver)
    asked = run.invoke(app, {"seen": []}, thread())["__interrupt__"]
    run.get_state(app, thread(), subgraphs=True)
    asked = run.invoke(app, lg.Command(resume={asked[1].id: "Y"}), thread())["__interrupt__"]
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, lg.Command(resume={i.id: i.value.upper() for i in asked}), thread())
    run.history(app, thread())


@program("I2", "E10", savers=STORED)
def a_node_calls_a_graph_several_times(lg: Namespace, run: Run) -> None:
    ran: list[str] = []

    @lg.node
    def count(state: State) -> dict:
        ran.append("count")
        return {"seen": [len(ran)]}

    graph = chain(lg, count, asking(lg, "ask", "?")).compile()
    app = chain(lg, calling(lg, graph, times=3)).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.get_state(app, thread(), subgraphs=True)
    for answer in (1, 2, 3):
        run.invoke(app, lg.Command(resume=answer), thread())
    run.show("ran", ran)
    run.history(app, thread())


@program("I2", "E10", savers=STORED)
def a_node_asks_around_a_graph_that_asks(lg: Namespace, run: Run) -> None:
    ran: list[str] = []

    @lg.node
    def count(state: State) -> dict:
        ran.append("count")
        return {"seen": [len(ran)]}

    graph = chain(lg, count, asking(lg, "ask", "inner?")).compile()

    def call(state: State) -> dict:
        first = lg.interrupt("before?")
        found = graph.invoke({"seen": [first]})["seen"]
        return {"seen": [found, lg.interrupt("after?")]}

    async def acall(state: State) -> dict:
        first = lg.interrupt("before?")
        found = (await graph.ainvoke({"seen": [first]}))["seen"]
        return {"seen": [found, lg.interrupt("after?")]}

    app = chain(lg, call=acall if lg.is_async else call).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    for answer in ("A", "B", "C"):
        run.invoke(app, lg.Command(resume=answer), thread())
        run.get_state(app, thread())
    run.show("ran", ran)


@program("E8", "I1", savers=STORED)
def breakpoints_inside(lg: Namespace, run: Run) -> None:
    stops = ({"interrupt_before": ["b"]}, {"interrupt_after": ["a"]}, {"interrupt_before": "*"})
    for number, options in enumerate(stops):
        child = chain(lg, lg.adds("a"), lg.adds("b")).compile(**options)
        app = chain(lg, lg.adds("top"), child=child).add_node(lg.adds("end")).add_edge("child", "end").compile(
            checkpointer=run.saver
        )
        config = thread(str(number))
        run.stream(app, {"seen": []}, config, stream_mode=BOTH)
        for _ in range(3):
            run.get_state(app, config, subgraphs=True)
            run.stream(app, None, config, stream_mode=BOTH, subgraphs=True)
        run.history(app, config)


@program("D24", "I5", savers=STORED)
def a_graph_that_remembers(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("a"), lg.adds("b")).compile(checkpointer=True)
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
    for turn in (1, 2):
        run.invoke(app, {"seen": [turn]}, thread())
        run.get_state(app, thread(), subgraphs=True)
    run.history(app, thread())
    run.history(app, thread(checkpoint_ns="child"))
    run.get_state(app, thread(checkpoint_ns="child"))
    run.update_state(app, thread(checkpoint_ns="child"), {"seen": ["u"]})
    run.invoke(app, {"seen": [3]}, thread())
    run.history(app, thread(checkpoint_ns="child"))


@program("D24", "I5", "E1", savers=STORED)
def a_graph_that_remembers_asks(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("a"), asking(lg, "ask", "?")).compile(checkpointer=True)
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
    for turn in (1, 2):
        run.invoke(app, {"seen": [turn]}, thread())
        run.get_state(app, thread(), subgraphs=True)
        run.invoke(app, lg.Command(resume=f"answer {turn}"), thread())
        run.get_state(app, thread(), subgraphs=True)
    run.history(app, thread(checkpoint_ns="child"))


@program("D24", "I5", savers=STORED)
def a_called_graph_that_remembers(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("a")).compile(checkpointer=True)
    app = chain(lg, calling(lg, child, times=2)).compile(checkpointer=run.saver)
    for turn in (1, 2):
        run.invoke(app, {"seen": [turn]}, thread())
    run.history(app, thread(checkpoint_ns="call"))
    run.history(app, thread(checkpoint_ns="call|1"))


@program("D24", "I5", "E1", savers=STORED)
def a_graph_that_forgets(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("a"), lg.adds("b")).compile(checkpointer=False)
    app = chain(lg, child=child).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.get_state(app, thread(), subgraphs=True)
    run.history(app, thread())
    root = chain(lg, lg.adds("a")).compile(checkpointer=True)
    run.says("RuntimeError", run.invoke, root, {"seen": []}, thread("root"))
    run.says("RuntimeError", run.get_state, root, thread("root"))
    run.raises("ValueError", run.get_state, child, thread("root"))


@program("D10", "D12", "I1", savers=STORED)
def replay_from_every_checkpoint_around_a_graph(lg: Namespace, run: Run) -> None:
    app = three_levels(lg, run, asking(lg, "ask", "?"))
    run.invoke(app, {"seen": ["in"]}, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    for snapshot in run.history(app, thread()):
        run.stream(app, None, snapshot.config, stream_mode=BOTH, subgraphs=True)
        state = run.get_state(app, thread(), subgraphs=True)
        if state.next:
            run.invoke(app, lg.Command(resume="again"), thread())
            run.get_state(app, thread(), subgraphs=True)
    run.history(app, thread())


@program("D12", "I5", savers=STORED)
def time_travel_with_a_graph_that_remembers(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("a"), lg.adds("b")).compile(checkpointer=True)
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
    for turn in (1, 2, 3):
        run.invoke(app, {"seen": [turn]}, thread())
    befores = [s for s in run.history(app, thread()) if s.next == ("child",)]
    for before in befores:
        run.invoke(app, None, before.config)
        run.history(app, thread(checkpoint_ns="child"), limit=4)
    forked = run.update_state(app, befores[1].config, {"seen": ["forked"]})
    run.invoke(app, None, forked)
    run.history(app, thread(checkpoint_ns="child"), limit=4)


def gist(run: Run, snapshot: Any) -> None:
    """Show what a snapshot says, without the configs: after going back, LangGraph's tell of more than parents."""

    def told(one: Any) -> dict:
        source = one.metadata and (one.metadata["source"], one.metadata["step"])
        inside = [told(t.state) if hasattr(t.state, "tasks") else t.state is not None for t in one.tasks]
        asked = [i.value for i in one.interrupts]
        return {"values": one.values, "next": one.next, "from": source, "asked": asked, "inside": inside}

    run.show("gist", told(snapshot))


def look(run: Run, app: Any, config: Any) -> Any:
    """The gist of a state."""
    snapshot = run.call(app, "get_state", config, subgraphs=True)
    gist(run, snapshot)
    return snapshot


@program("D12", "I5", "E1", savers=STORED)
def time_travel_inside_a_graph_that_remembers(lg: Namespace, run: Run) -> None:
    asks = asking(lg, "ask", "first?"), asking(lg, "then", "second?")
    child = chain(lg, lg.adds("a"), *asks).compile(checkpointer=True)
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    first = look(run, app, thread()).tasks[0].state
    run.invoke(app, lg.Command(resume="A"), thread())
    second = look(run, app, thread()).tasks[0].state
    run.invoke(app, lg.Command(resume="B"), thread())
    for inside in (first, second):
        run.invoke(app, None, inside.config)
        look(run, app, thread())
    run.invoke(app, lg.Command(resume="B again"), thread())
    look(run, app, thread())
    forked = run.call(app, "update_state", second.config, {"seen": ["forked"]})
    run.invoke(app, None, forked)
    look(run, app, thread())
    run.invoke(app, lg.Command(resume="C"), thread())
    look(run, app, thread())
    look(run, app, thread(checkpoint_ns="child"))


@program("D12", "D11", "I1", savers=STORED)
def a_fork_in_the_middle_of_a_graph(lg: Namespace, run: Run) -> None:
    app = three_levels(lg, run, asking(lg, "ask", "?"))
    run.invoke(app, {"seen": ["in"]}, thread())
    paused = look(run, app, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    middle = paused.tasks[0].state
    inner = middle.tasks[0].state
    for inside in (middle, inner):
        look(run, app, inside.config)
        forked = run.call(app, "update_state", inside.config, {"seen": ["forked"]})
        look(run, app, forked)
        run.invoke(app, None, forked)
        look(run, app, thread())
    run.invoke(app, lg.Command(resume="?!"), thread())
    look(run, app, thread())


@program("A28", "I6", savers=STORED)
def commands_go_up(lg: Namespace, run: Run) -> None:
    def sends(state: State) -> Any:
        return lg.Command(
            graph=lg.Command.PARENT, update={"seen": ["up"]}, goto=[lg.Send("other", {"seen": [i]}) for i in (1, 2)]
        )

    def names(state: State) -> Any:
        return [lg.Command(update={"seen": ["here"]}), lg.Command(graph=lg.Command.PARENT, goto="other")]

    def nothing(state: State) -> Any:
        return lg.Command(graph=lg.Command.PARENT, update={"seen": ["only an update"]})

    for up in (sends, names, nothing):
        child = chain(lg, lg.adds("one"), lg.node(up), lg.adds("never")).compile()
        for number, node in enumerate((child, calling(lg, child))):
            builder = lg.StateGraph(State).add_node("child", node).add_node(lg.adds("other")).add_node(lg.adds("next"))
            app = builder.add_edge(lg.START, "child").add_edge("child", "next").compile(checkpointer=run.saver)
            config = thread(f"{up.__name__}{number}")
            run.stream(app, {"seen": ["in"]}, config, stream_mode=BOTH)
            run.history(app, config)


@program("A28", "I6")
def a_command_goes_up_several_levels(lg: Namespace, run: Run) -> None:
    @lg.node
    def up(state: State) -> Any:
        return lg.Command(graph=lg.Command.PARENT, update={"seen": ["up"]}, goto="over")

    @lg.node
    def over(state: State) -> Any:
        return lg.Command(graph=lg.Command.PARENT, update={"seen": [*state["seen"], "over"]}, goto="last")

    inner = chain(lg, up).compile()
    middle = chain(lg, inner=inner).add_node(over).compile()
    app = chain(lg, middle=middle).add_node(lg.adds("last")).compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"]}, thread(), stream_mode=BOTH, subgraphs=True)
    run.fails("ParentCommand", run.invoke, chain(lg, up).compile(), {"seen": []})

    @lg.node
    def sends_past(state: State) -> Any:
        raise lg.ParentCommand(lg.Command(graph=lg.Command.PARENT, update={"seen": ["raised"]}, goto="last"))

    @lg.node
    def names(state: State) -> Any:
        raise lg.ParentCommand(lg.Command(graph="middle", update={"seen": ["named"]}, goto="last"))

    for number, code in enumerate((sends_past, names)):
        inner = chain(lg, code=code).compile() if number else code
        middle = chain(lg, inner=inner).add_node(lg.adds("last")).compile()
        app = chain(lg, middle=middle).add_node(lg.adds("last")).compile(checkpointer=run.saver)
        run.stream(app, {"seen": ["in"]}, thread(f"raised{number}"), stream_mode=BOTH, subgraphs=True)


@program("A31", "D19", "B14", savers=STORED)
def what_nodes_see_of_where_they_are(lg: Namespace, run: Run) -> None:
    seen: list[Any] = []

    @lg.node
    def look(state: State, config: RunnableConfig) -> dict:
        configurable = {k: v for k, v in config["configurable"].items() if not k.startswith("__")}
        seen.extend((configurable, config["metadata"]))
        return {"seen": ["looked"]}

    app = three_levels(lg, run, look)
    run.invoke(app, {"seen": []}, thread())
    run.show("seen", seen)
    run.history(app, thread())


@program("C14", "D19", savers=STORED)
def ids_are_the_same_in_every_attempt(lg: Namespace, run: Run) -> None:
    seen: list[Any] = []

    @lg.node
    def ask(state: State, config: RunnableConfig) -> dict:
        seen.append(config["metadata"]["langgraph_checkpoint_ns"])
        return {"seen": [lg.interrupt("?")]}

    app = three_levels(lg, run, ask)
    first = run.invoke(app, {"seen": []}, thread())["__interrupt__"][0]
    again = run.invoke(app, None, thread())["__interrupt__"][0]
    run.show("same", first.id == again.id)
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, lg.Command(resume="!"), thread())
    run.show("one namespace", len(set(seen)))
    run.show("where", seen[0])


@program("I5", "A26", "I2", savers=STORED)
def several_calls_of_a_graph_that_remembers(lg: Namespace, run: Run) -> None:
    remembers = chain(lg, lg.node(counts)).compile(checkpointer=True)
    sends = lg.StateGraph(State).add_node("sub", remembers)
    sends.add_conditional_edges(lg.START, lambda state: [lg.Send("sub", {"seen": [n]}) for n in (1, 2)], ["sub"])
    called = chain(lg, calling(lg, remembers, times=2))
    for name, builder in (("sent", sends), ("called", called)):
        app = builder.compile(checkpointer=run.saver)
        for _ in range(2):
            run.invoke(app, {"seen": []}, thread(name))
        run.get_state(app, thread(name), subgraphs=True)


def counts(state: State) -> dict:
    return {"seen": [len(state["seen"])]}
