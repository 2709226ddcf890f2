"""Differences in state, and what is stored of it."""

import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from ..programs.routing import State, build
from . import Refused, differs, returning


@differs(theirs=Refused("ZeroDivisionError"), ours=("a",))
def a_raising_reducer_leaves_a_readable_thread(lg: Namespace, run: Run) -> Any:
    def refuse(left: list, right: list) -> list:
        raise ZeroDivisionError("reducer")

    class Broken(TypedDict, total=False):
        seen: Annotated[list, refuse]
        other: Annotated[list, operator.add]

    app = lg.StateGraph(Broken).add_node(lg.adds("a")).add_edge(lg.START, "a").compile(checkpointer=run.saver)
    run.raises("ZeroDivisionError", run.invoke, app, {"other": [1]}, thread())
    return run.get_state(app, thread()).next


@differs(theirs=[[1, [2]]], ours=[(1, (2,))])
def tuples_in_a_kept_state(lg: Namespace, run: Run) -> Any:
    app = returning(lg, {"seen": [(1, (2,))]}).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return run.get_state(app, thread()).values["seen"]


@differs(theirs={"api_key": "secret", "user": "u1"}, ours={"user": "u1"})
def configurable_values_in_checkpoints(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, {**thread(api_key="secret"), "metadata": {"user": "u1"}})
    metadata = run.get_state(app, thread()).metadata
    return {key: metadata[key] for key in ("api_key", "user") if key in metadata}


@differs(theirs=["u", "u", "start"], ours=["u", "start"])
def an_update_by_command_on_a_fresh_thread(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    return run.invoke(app, lg.Command(update={"seen": ["u"]}), thread())["seen"]


@differs(theirs=("OSError('not yet')", {"seen": ["shaky"]}), ours=(None, {"seen": ["shaky"]}))
def the_error_of_a_task_that_was_mended(lg: Namespace, run: Run) -> Any:
    calls: list[int] = []

    def shaky(state: State) -> dict:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("not yet")
        return {"seen": ["shaky"]}

    app = lg.StateGraph(State).add_node(shaky).add_edge(lg.START, "shaky").compile(checkpointer=run.saver)
    run.raises("OSError", run.invoke, app, {"seen": []}, thread())
    run.invoke(app, None, thread())
    (task,) = run.history(app, thread())[1].tasks
    return task.error, task.result
