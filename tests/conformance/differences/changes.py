"""Differences in threads that go on in a graph that was changed."""

import operator
from typing import Annotated, Any

from ..harness import Namespace, Run, thread
from ..programs import typed
from ..programs.routing import State, build
from . import Refused, differs, one_node


@differs(theirs={"seen": ["a"]}, ours=Refused("InvalidUpdateError", "Did you mean 'reply'?"))
def a_thread_that_waits_for_a_node_that_is_gone(lg: Namespace, run: Run) -> Any:
    def app(second: str) -> Any:
        builder = lg.StateGraph(State).add_node("a", lg.adds("a")).add_node(second, lg.adds(second))
        return builder.add_edge(lg.START, "a").add_edge("a", second).compile(checkpointer=run.saver)

    run.invoke(app("repyl"), {"seen": []}, thread(), interrupt_before=["repyl"])
    return run.invoke(app("reply"), None, thread())


def put_off(lg: Namespace, run: Run, join: bool, before: bool, after: bool) -> Any:
    """A thread that waits for a node goes on in a graph where that node is deferred, or is not any more."""

    def app(defer: bool) -> Any:
        builder = lg.StateGraph(State).add_node("a", lg.adds("a")).add_node("b", lg.adds("b"))
        builder.add_node("end", lg.adds("end"), defer=defer).add_edge(lg.START, "a").add_edge(lg.START, "b")
        builder = builder.add_edge(["a", "b"], "end") if join else builder.add_edge("a", "end").add_edge("b", "end")
        return builder.compile(checkpointer=run.saver)

    run.invoke(app(before), {"seen": []}, thread(), interrupt_before=["end"])
    return run.invoke(app(after), None, thread())


@differs(theirs=Refused("TypeError", "cannot unpack"), ours={"seen": ["a", "b", "end"]})
def a_node_becomes_deferred_while_a_thread_waits_for_it(lg: Namespace, run: Run) -> Any:
    return put_off(lg, run, join=False, before=False, after=True)


@differs(theirs={"seen": ["a", "b"]}, ours={"seen": ["a", "b", "end"]})
def a_join_becomes_deferred_while_a_thread_waits_for_it(lg: Namespace, run: Run) -> Any:
    return put_off(lg, run, join=True, before=False, after=True)


@differs(theirs={"seen": ["a", "b"]}, ours={"seen": ["a", "b", "end"]})
def a_deferred_join_becomes_a_plain_one_while_a_thread_waits_for_it(lg: Namespace, run: Run) -> Any:
    return put_off(lg, run, join=True, before=True, after=False)


@differs(theirs={"seen": [0, 1]}, ours={"seen": [0, 1], "kept": "once"})
def a_key_is_back_in_a_thread_of_a_database(lg: Namespace, run: Run) -> Any:
    fewer = typed("fewer", {"seen": Annotated[list, operator.add]})
    more = typed("more", {"seen": Annotated[list, operator.add], "kept": str})
    with lg.lookup("checkpoint.sqlite", "SqliteSaver").from_conn_string(":memory:") as run.saver:
        one_node(lg, run, more, lambda state: {}).invoke({"seen": [0], "kept": "once"}, thread())
        one_node(lg, run, fewer, lambda state: {}).invoke({"seen": [1]}, thread())
        return one_node(lg, run, more, lambda state: {}).get_state(thread()).values


@differs(theirs=((), ["a", "b"]), ours=(("end",), ["a", "b", "end"]))
def a_join_that_is_gone_while_a_thread_waits_for_its_node(lg: Namespace, run: Run) -> Any:
    def app(join: bool) -> Any:
        builder = build(lg, "a", "b", "end").add_edge(lg.START, "b")
        return (builder.add_edge(["a", "b"], "end") if join else builder.add_edge("b", "end")).compile(run.saver)

    run.invoke(app(True), {"seen": []}, thread(), interrupt_before=["end"])
    changed = app(False)
    return run.get_state(changed, thread()).next, run.invoke(changed, None, thread())["seen"]


@differs(theirs={"seen": [None]}, ours=Refused("GraphChanged", "Migration(keys={'n': 'total'})"))
def a_key_that_was_renamed(lg: Namespace, run: Run) -> Any:
    def app(key: str) -> Any:
        schema = typed("state", {"seen": Annotated[list, operator.add], key: int}, total=False)
        return one_node(lg, run, schema, lambda state: {"seen": [state.get("total")]} if key == "total" else {})

    run.invoke(app("n"), {"seen": [], "n": 1}, thread())
    return run.invoke(app("total"), {"seen": []}, thread())


@differs(theirs=((), ["a"]), ours=(("reply",), "GraphChanged"))
def a_send_that_waits_for_a_node_that_is_gone(lg: Namespace, run: Run) -> Any:
    def app(name: str) -> Any:
        builder = build(lg, "a").add_node(name, lg.adds(name))
        return builder.add_conditional_edges("a", lambda state: [lg.Send(name, {})]).compile(checkpointer=run.saver)

    run.invoke(app("reply"), {"seen": []}, thread(), interrupt_before=["reply"])
    changed = app("answer")
    shown = run.get_state(changed, thread()).next
    try:
        return shown, run.invoke(changed, None, thread())["seen"]
    except Exception as error:
        return shown, type(error).__name__


@differs(theirs=Refused("AttributeError", "no attribute 'extend'"), ours=Refused("GraphChanged", "LastValue[str], now"))
def a_key_whose_channel_cannot_read_what_is_stored(lg: Namespace, run: Run) -> Any:
    one_node(lg, run, typed("old", {"text": str}), lambda state: {}).invoke({"text": "abc"}, thread())
    new = typed("new", {"text": Annotated[list, lg.Topic(str, accumulate=True)]})
    return one_node(lg, run, new, lambda state: {}).invoke({"text": "d"}, thread())
