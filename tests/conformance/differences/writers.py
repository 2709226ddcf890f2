"""Differences where several write to one thread."""

from typing import Any

from ..harness import Namespace, Run, thread
from ..programs.routing import State, build
from . import Refused, differs, one_node


@differs(theirs=["a"], ours=Refused("ThreadBusyError", "wait_for_thread"))
def an_update_of_a_thread_by_its_own_run(lg: Namespace, run: Run) -> Any:
    def updates(state: State) -> dict:
        app.update_state(thread(), {"seen": ["x"]}, as_node="n")
        return {"seen": ["a"]}

    app = one_node(lg, run, State, updates)
    return run.invoke(app, {"seen": []}, thread())["seen"]


@differs(theirs=["x", "y"], ours=Refused("ThreadBusyError", "being written to"))
def a_run_inside_of_another_one_on_its_thread(lg: Namespace, run: Run) -> Any:
    """By way of a thread between the two, so that it is no graph inside."""
    inner = one_node(lg, run, State, lambda state: {"seen": ["y"]})
    between = one_node(lg, run, State, lambda state: {"seen": inner.invoke({"seen": ["x"]}, thread())["seen"]})
    outer = one_node(lg, run, State, lambda state: between.invoke({"seen": []}, thread("between")))
    return run.invoke(outer, {"seen": []}, thread())["seen"]


@differs(theirs=["a"], ours=Refused("ThreadLostError", "taken over"))
def a_stream_that_goes_on_after_another_run_of_its_thread(lg: Namespace, run: Run) -> Any:
    app = build(lg, "a", "b").add_edge("a", "b").compile(checkpointer=run.saver)
    left = app.stream({"seen": []}, thread())
    first = next(left)
    app.invoke({"seen": []}, thread())
    list(left)
    return first["a"]["seen"]
