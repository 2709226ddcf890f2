"""Differences in graphs inside of nodes."""

from typing import Any

from ..harness import Namespace, Run, thread
from ..programs.routing import State
from . import differs


def with_a_graph_inside(lg: Namespace, run: Run) -> Any:
    """A paused app with a graph inside that remembers and asks."""

    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    child = lg.StateGraph(State).add_node(ask).add_edge(lg.START, "ask").compile(checkpointer=True)
    app = lg.StateGraph(State).add_node("child", child).add_edge(lg.START, "child").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return app


@differs(theirs=True, ours=False)
def a_saver_in_the_config_of_a_snapshot(lg: Namespace, run: Run) -> Any:
    app = with_a_graph_inside(lg, run)
    inside = run.get_state(app, run.get_state(app, thread(), subgraphs=True).tasks[0].state.config)
    return "__pregel_checkpointer" in inside.config["configurable"]


@differs(theirs=[[1], "!", [1]], ours=[[1], "!", [1, 2]])
def a_graph_that_remembers_called_for_the_first_time_after_a_question(lg: Namespace, run: Run) -> Any:
    builder = lg.StateGraph(State).add_node("a", lambda state: {}).add_edge(lg.START, "a")
    graph = builder.compile(checkpointer=True)

    @lg.task
    def tell(item: int) -> list:
        return graph.invoke({"seen": [item]})["seen"]

    @lg.entrypoint(checkpointer=run.saver)
    def flow(_: Any) -> list:
        return [tell(1).result(), lg.interrupt("?"), tell(2).result()]

    run.call(flow, "invoke", 0, thread())  # with one worker, a task and its caller would wait for each other there
    return run.call(flow, "invoke", lg.Command(resume="!"), thread())


@differs(theirs={"", "child"}, ours=set())
def parents_of_the_outermost_graph_after_going_back(lg: Namespace, run: Run) -> Any:
    app = with_a_graph_inside(lg, run)
    inside = run.get_state(app, thread(), subgraphs=True).tasks[0].state
    run.invoke(app, None, inside.config)
    return set(run.get_state(app, thread()).metadata["parents"])
