"""Going back in time: replays and forks over questions, of parallel tasks, in loops, and of what runs inside."""


from ..harness import Namespace, Run, thread
from . import STORED, program
from .nested import BOTH, State, asking, calling, chain, look, three_levels
from .routing import build


@program("D10", "D12", "E1", savers=STORED)
def replay_from_every_checkpoint_with_questions(lg: Namespace, run: Run) -> None:
    app = chain(lg, lg.adds("a"), asking(lg, "ask", "one?", "two?"), lg.adds("z")).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    for answer in (1, 2):
        run.invoke(app, lg.Command(resume=answer), thread())
    for snapshot in run.history(app, thread()):
        run.stream(app, None, snapshot.config, stream_mode=BOTH)
        run.get_state(app, thread())
        if run.call(app, "get_state", thread()).next:
            run.invoke(app, lg.Command(resume="again 1"), thread())
            run.invoke(app, lg.Command(resume="again 2"), thread())
    run.history(app, thread())


@program("D10", "D12", "E7", savers=STORED)
def replay_of_parallel_questions(lg: Namespace, run: Run) -> None:
    builder = build(lg, "s", "quiet", "j").add_node(asking(lg, "x", "x?")).add_node(asking(lg, "y", "y?"))
    for name in ("quiet", "x", "y"):
        builder.add_edge("s", name)
    app = builder.add_edge(["quiet", "x", "y"], "j").compile(checkpointer=run.saver)
    asked = run.invoke(app, {"seen": ["in"]}, thread())["__interrupt__"]
    run.invoke(app, lg.Command(resume={asked[0].id: "X"}), thread())
    half = run.call(app, "get_state", thread())
    run.stream(app, None, half.config, stream_mode=BOTH)
    state = run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={i.id: i.value for i in state.interrupts}), thread())
    run.stream(app, None, half.config, stream_mode=BOTH)
    run.get_state(app, thread())
    run.history(app, thread())


@program("D11", "D12", "E1", savers=STORED)
def a_fork_is_run_more_than_once(lg: Namespace, run: Run) -> None:
    app = chain(lg, lg.adds("a"), asking(lg, "ask", "?"), lg.adds("z")).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.invoke(app, lg.Command(resume="first"), thread())
    before = next(s for s in run.history(app, thread()) if s.next == ("ask",))
    fork = run.update_state(app, before.config, {"seen": ["forked"]})
    run.invoke(app, None, fork)
    run.get_state(app, thread())
    run.invoke(app, None, fork)
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="second"), fork)
    run.get_state(app, thread())
    run.invoke(app, None, fork)
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="third"), thread())
    run.history(app, thread())


@program("D12", "E2", savers=STORED)
def an_answer_at_the_latest_checkpoint_by_its_id(lg: Namespace, run: Run) -> None:
    app = three_levels(lg, run, asking(lg, "ask", "one?", "two?"))
    run.invoke(app, {"seen": ["in"]}, thread())
    run.invoke(app, lg.Command(resume=1), run.call(app, "get_state", thread()).config)
    look(run, app, thread())
    run.invoke(app, lg.Command(resume=2), run.call(app, "get_state", thread()).config)
    run.history(app, thread())


@program("D11", "D12", "E7", savers=STORED)
def an_update_over_pending_questions(lg: Namespace, run: Run) -> None:
    builder = build(lg, "s", "j").add_node(asking(lg, "x", "x?")).add_node(asking(lg, "y", "y?"))
    app = builder.add_edge("s", "x").add_edge("s", "y").add_edge(["x", "y"], "j").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.update_state(app, thread(), {"seen": ["edited"]}, as_node="s")
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    state = run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={i.id: i.value.upper() for i in state.interrupts}), thread())
    run.history(app, thread())


@program("D12", "I1", "E7", savers=STORED)
def going_back_over_parallel_graphs(lg: Namespace, run: Run) -> None:
    left = chain(lg, lg.adds("left"), asking(lg, "ask", "l?")).compile()
    right = chain(lg, lg.adds("right"), asking(lg, "ask", "r?")).compile()
    builder = chain(lg, lg.adds("top")).add_node("left", left).add_node("right", right).add_node(lg.adds("end"))
    builder.add_edge("top", "left").add_edge("top", "right").add_edge(["left", "right"], "end")
    app = builder.compile(checkpointer=run.saver)
    asked = run.invoke(app, {"seen": []}, thread())["__interrupt__"]
    run.invoke(app, lg.Command(resume={asked[1].id: "R"}), thread())
    half = run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="L"), thread())
    asked = run.invoke(app, None, half.config)["__interrupt__"]
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, lg.Command(resume={i.id: i.value for i in asked}), thread())
    fork = run.update_state(app, half.config, {"seen": ["forked"]}, as_node="top")
    asked = run.invoke(app, None, fork)["__interrupt__"]
    run.invoke(app, lg.Command(resume={i.id: i.value for i in asked}), thread())
    run.history(app, thread())


@program("D12", "I2", savers=STORED)
def going_back_over_called_graphs_that_remember(lg: Namespace, run: Run) -> None:
    graph = chain(lg, lg.adds("deep"), asking(lg, "ask", "?")).compile(checkpointer=True)
    app = chain(lg, lg.adds("top"), calling(lg, graph)).compile(checkpointer=run.saver)
    for turn in (1, 2):
        run.invoke(app, {"seen": [turn]}, thread())
        run.invoke(app, lg.Command(resume=f"answer {turn}"), thread())
    first = [s for s in run.history(app, thread()) if s.next == ("call",)][-1]
    run.invoke(app, None, first.config)
    run.get_state(app, thread(), subgraphs=True)
    run.invoke(app, lg.Command(resume="another answer"), thread())
    run.invoke(app, {"seen": [3]}, thread())
    run.get_state(app, thread(), subgraphs=True)
    run.history(app, thread(checkpoint_ns="call"))


@program("D12", "I5", "A21", savers=STORED)
def going_back_over_a_loop_of_a_graph_that_remembers(lg: Namespace, run: Run) -> None:
    graph = chain(lg, lg.adds("deep")).compile(checkpointer=True)

    @lg.node
    def again(state: State) -> str:
        return "graph" if state["seen"].count("loop") < 3 else lg.END

    builder = lg.StateGraph(State).add_node("graph", graph).add_node(lg.adds("loop")).add_edge("graph", "loop")
    app = builder.add_edge(lg.START, "graph").add_conditional_edges("loop", again).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    middle = [s for s in run.history(app, thread()) if s.next == ("graph",)][1]
    run.invoke(app, None, middle.config)
    run.history(app, thread(checkpoint_ns="graph"))


@program("F6", "F8", "I4", "D19", savers=STORED)
def streams_of_checkpoints_inside(lg: Namespace, run: Run) -> None:
    for mode in ("checkpoints", "tasks", ["checkpoints", "tasks", "updates"]):
        app = three_levels(lg, run, asking(lg, "ask", "?"))
        config = thread(str(mode))
        run.stream(app, {"seen": ["in"]}, config, stream_mode=mode, subgraphs=True)
        run.stream(app, lg.Command(resume="!"), config, stream_mode=mode, subgraphs=True)
        old = next(s for s in run.history(app, config) if s.next == ("middle",))
        run.stream(app, None, old.config, stream_mode=mode, subgraphs=True)


@program("D10", "B3", "I1", savers=STORED)
def new_input_while_a_graph_inside_asks(lg: Namespace, run: Run) -> None:
    for remembers in (None, True):
        child = chain(lg, lg.adds("one"), asking(lg, "ask", "?")).compile(checkpointer=remembers)
        app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
        config = thread(str(remembers))
        run.invoke(app, {"seen": ["first"]}, config)
        run.invoke(app, {"seen": ["second"]}, config)
        run.get_state(app, config, subgraphs=True)
        run.invoke(app, lg.Command(resume="!"), config)
        run.get_state(app, config, subgraphs=True)
        run.history(app, config)


@program("D8", "I5", "E1", savers=STORED)
def an_update_while_a_graph_that_remembers_asks(lg: Namespace, run: Run) -> None:
    child = chain(lg, lg.adds("one"), asking(lg, "ask", "?")).compile(checkpointer=True)
    app = chain(lg, lg.adds("top"), child=child).compile(checkpointer=run.saver)
    for number, value in enumerate((None, lg.Command(resume="!"))):
        config = thread(str(number))
        run.invoke(app, {"seen": ["in"]}, config)
        run.update_state(app, config, {"seen": ["edited"]}, as_node="top")
        run.invoke(app, value, config)
        look(run, app, config)
        run.invoke(app, lg.Command(resume="?!"), config)
        look(run, app, config)


@program("I5", "E1", "I2", savers=STORED)
def a_graph_that_remembers_is_called_around_a_question(lg: Namespace, run: Run) -> None:
    graph = chain(lg, lg.adds("deep")).compile(checkpointer=True)

    def call(state: State) -> dict:
        found = graph.invoke({"seen": ["x"]})["seen"]
        return {"seen": [found, lg.interrupt("?")]}

    async def acall(state: State) -> dict:
        found = (await graph.ainvoke({"seen": ["x"]}))["seen"]
        return {"seen": [found, lg.interrupt("?")]}

    app = chain(lg, call=acall if lg.is_async else call).compile(checkpointer=run.saver)
    for turn in (1, 2):
        run.invoke(app, {"seen": [turn]}, thread())
        run.invoke(app, lg.Command(resume="!"), thread())
    run.history(app, thread(checkpoint_ns="call"))


