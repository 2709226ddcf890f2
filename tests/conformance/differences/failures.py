"""Differences in failures of nodes and routers, and the handlers of errors."""

from typing import Any

import requests

from ..harness import Namespace, Run, thread
from ..programs.routing import State, build
from . import Refused, differs


@differs(theirs=(["a"], ()), ours=([], ("a",)))
def a_router_that_raises(lg: Namespace, run: Run) -> Any:
    def route(state: State) -> str:
        raise ArithmeticError("lost")

    app = build(lg, "a", "b").add_conditional_edges("a", route).compile(checkpointer=run.saver)
    run.says("ArithmeticError", run.invoke, app, {"seen": []}, thread())
    snapshot = run.get_state(app, thread())
    return snapshot.values["seen"], snapshot.next


def handled(lg: Namespace, run: Run, code: Any, handler: Any) -> Any:
    """A graph of one node ``a`` with a handler, after its first run."""
    builder = lg.StateGraph(State).add_node("a", code, error_handler=handler).add_edge(lg.START, "a")
    return builder.compile(checkpointer=run.saver)


def bad(state: State) -> dict:
    raise ValueError("bad")


@differs(theirs=("str", "ValueError('bad')"), ours=("ValueError", "bad"))
def the_error_that_a_handler_is_told_on_resuming(lg: Namespace, run: Run) -> Any:
    told: list[BaseException] = []

    def handle(state: State, error: lg.NodeError) -> dict:
        told.append(error.error)
        if len(told) == 1:
            raise OSError("cut off")
        return {}

    app = handled(lg, run, bad, handle)
    run.says("OSError", run.invoke, app, {"seen": []}, thread())
    run.invoke(app, None, thread())
    return type(told[1]).__name__, str(told[1])


@differs(theirs=(), ours=("what now?",))
def a_question_of_a_handler_in_the_state(lg: Namespace, run: Run) -> Any:
    def handle(state: State, error: lg.NodeError) -> dict:
        return {"seen": [lg.interrupt("what now?")]}

    app = handled(lg, run, bad, handle)
    run.invoke(app, {"seen": []}, thread())
    return tuple(question.value for question in run.get_state(app, thread()).interrupts)


@differs(theirs=Refused("ValueError", "already exists"), ours={"seen": ["handled"]})
def a_default_handler_compiled_twice(lg: Namespace, run: Run) -> Any:
    def handle(state: State, error: lg.NodeError) -> dict:
        return {"seen": ["handled"]}

    builder = lg.StateGraph(State).add_node("a", bad).add_edge(lg.START, "a").set_node_defaults(error_handler=handle)
    builder.compile()
    return run.invoke(builder.compile(), {"seen": []})


@differs(theirs=[{"a": None}], ours=[])
def the_update_of_a_node_that_fails_after_its_answer(lg: Namespace, run: Run) -> Any:
    def ask(state: State) -> dict:
        raise ValueError(lg.interrupt("well?"))

    app = lg.StateGraph(State).add_node("a", ask).add_edge(lg.START, "a").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.says("ValueError", run.stream, app, lg.Command(resume="bad"), thread(), stream_mode="updates")
    return run.trace[-2][1]


@differs(theirs=True, ours=False)
def a_page_that_requests_did_not_find(lg: Namespace, run: Run) -> Any:
    answer = requests.Response()
    answer.status_code = 404
    return lg.default_retry_on(requests.HTTPError(response=answer))
