"""Where ``langgraph_nb`` does not do what LangGraph does, on purpose: each difference is shown from both sides.

``differences.md`` gives the reasons, one row for each function here.
"""

import operator
import re
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Required, TypedDict

import pytest
import requests
from langchain_core.messages import HumanMessage
from typing_extensions import ReadOnly

from .harness import OURS, THEIRS, Namespace, Run, Setting, observe, thread
from .programs import typed
from .programs.callbacks import Recorder
from .programs.routing import State, build


@dataclass(frozen=True)
class Refused:
    """An error is expected: the name of its class, and words of its message."""

    kind: str
    words: str = ""

    def matches(self, error: Any) -> bool:
        return isinstance(error, Exception) and self.kind in _class_names(error) and self.words in str(error)


@dataclass(frozen=True)
class Difference:
    """A program whose result differs, with the two results."""

    show: Callable[[Namespace, Run], Any]
    expected: dict[str, Any]


DIFFERENCES: dict[str, Difference] = {}


def differs(*, theirs: Any, ours: Any) -> Callable[[Callable[[Namespace, Run], Any]], Callable[[Namespace, Run], Any]]:
    """Register a function that returns what it sees; the arguments say what that is."""

    def register(show: Callable[[Namespace, Run], Any]) -> Callable[[Namespace, Run], Any]:
        DIFFERENCES[show.__name__] = Difference(show, {THEIRS: theirs, OURS: ours})
        return show

    return register


def _class_names(error: BaseException) -> set[str]:
    return {c.__name__ for c in type(error).__mro__}


def one_node(lg: Namespace, run: Run, schema: Any, node: Any) -> Any:
    return lg.StateGraph(schema).add_node("n", node).add_edge(lg.START, "n").compile(checkpointer=run.saver)


def returning(lg: Namespace, value: Any, *others: str) -> Any:
    """A builder whose entry ``start`` returns ``value``, with nodes that note that they ran."""
    builder = build(lg, *others, entry=False) if others else lg.StateGraph(State)
    return builder.add_node("start", lambda state: value).add_edge(lg.START, "start")


def asking(lg: Namespace, run: Run) -> Any:
    """A paused app: its only node asks."""

    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    app = lg.StateGraph(State).add_node(ask).add_edge(lg.START, "ask").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return app


# -- failures ----------------------------------------------------------------------------------------------------------


@differs(theirs=(["a"], ()), ours=([], ("a",)))
def a_router_that_raises(lg: Namespace, run: Run) -> Any:
    def route(state: State) -> str:
        raise ArithmeticError("lost")

    app = build(lg, "a", "b").add_conditional_edges("a", route).compile(checkpointer=run.saver)
    run.says("ArithmeticError", run.invoke, app, {"seen": []}, thread())
    snapshot = run.get_state(app, thread())
    return snapshot.values["seen"], snapshot.next


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


# -- names that nothing has --------------------------------------------------------------------------------------------


@differs(theirs={"seen": ["cmd"]}, ours=Refused("InvalidUpdateError", "Did you mean 'reply'?"))
def unknown_goto(lg: Namespace, run: Run) -> Any:
    command = lg.Command(update={"seen": ["cmd"]}, goto="repyl")
    return run.invoke(returning(lg, command, "reply").compile(), {"seen": []})


@differs(theirs={"seen": []}, ours=Refused("InvalidUpdateError", "Did you mean 'reply'?"))
def unknown_goto_of_a_send(lg: Namespace, run: Run) -> Any:
    command = lg.Command(goto=lg.Send("repyl", {}))
    return run.invoke(returning(lg, command, "reply").compile(), {"seen": []})


@differs(theirs={"seen": ["start", "in"]}, ours=Refused("InvalidUpdateError", "Did you mean 'start'?"))
def unknown_goto_of_an_input(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return run.invoke(app, lg.Command(update={"seen": ["in"]}, goto="strat"), thread())


@differs(theirs={"seen": ["start"]}, ours=Refused("InvalidUpdateError", "Did you mean 'reply'?"))
def unknown_target_of_a_router(lg: Namespace, run: Run) -> Any:
    builder = build(lg, "start", "reply").add_conditional_edges("start", lambda state: "repyl")
    return run.invoke(builder.compile(), {"seen": []})


@differs(theirs=[], ours=Refused("ValueError", "Did you mean 'values'?"))
def unknown_stream_mode(lg: Namespace, run: Run) -> Any:
    return run.stream(build(lg, "start").compile(), {"seen": []}, stream_mode="valeus")


@differs(theirs=[{"start": {"seen": ["start"]}}], ours=Refused("ValueError", "Did you mean 'v2'?"))
def unknown_version(lg: Namespace, run: Run) -> Any:
    return run.stream(build(lg, "start").compile(), {"seen": []}, version="v12")


@differs(theirs={"seen": ["start"]}, ours=Refused("TypeError", "Did you mean 'durability'?"))
def unknown_option(lg: Namespace, run: Run) -> Any:
    return run.invoke(build(lg, "start").compile(), {"seen": []}, durabilty="sync")


@differs(theirs={"seen": ["start"]}, ours=Refused("ValueError", "Did you mean 'async'?"))
def unknown_durability(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    return run.invoke(app, {"seen": []}, thread(), durability="asinc")


# -- streams ----------------------------------------------------------------------------------------------------------


@differs(theirs=[{"seen": []}, {"start": {"seen": ["start"]}}, {"seen": ["start"]}],
         ours=[("values", {"seen": []}), ("updates", {"start": {"seen": ["start"]}}), ("values", {"seen": ["start"]})])
def several_modes_in_a_tuple(lg: Namespace, run: Run) -> Any:
    return run.stream(build(lg, "start").compile(), {"seen": []}, stream_mode=("values", "updates"))


@differs(theirs=[None, None, None], ours=["the last", "the last", "the last"])
def the_parent_of_a_checkpoint_that_is_stored_at_the_end(lg: Namespace, run: Run) -> Any:
    app = build(lg, "start").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread(), durability="exit")
    last = run.get_state(app, thread()).config
    made = run.stream(app, {"seen": []}, thread(), stream_mode="checkpoints", durability="exit")
    return ["the last" if chunk["parent_config"] == last else chunk["parent_config"] for chunk in made]


@differs(theirs=({}, 1), ours=([], 1))
def the_value_of_one_key_beside_a_question_in_version_2(lg: Namespace, run: Run) -> Any:
    app = returning(lg, {}).add_node("ask", lambda state: lg.interrupt("?")).add_edge("start", "ask")
    output = run.invoke(app.compile(checkpointer=run.saver), {"seen": []}, thread(), version="v2", output_keys="seen")
    return output.value, len(output.interrupts)


@differs(theirs=Refused("RuntimeError"), ours=["from a thread"])
def a_stream_writer_in_a_bare_thread(lg: Namespace, run: Run) -> Any:
    def node(state: State) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lg.get_stream_writer(), "from a thread").result()

    app = lg.StateGraph(State).add_node(node).add_edge(lg.START, "node").compile()
    return run.stream(app, {"seen": []}, stream_mode="custom")


@differs(theirs=Refused("TypeError"), ours=["Inner", "Outer"])
def version_2_of_graphs_with_other_states(lg: Namespace, run: Run) -> Any:
    @dataclass
    class Inner:
        deep: int = 0

    @dataclass
    class Outer:
        seen: list

    def inside(state: Outer) -> Any:
        return {"seen": [lg.StateGraph(Inner).add_node("x", lambda state: {"deep": 1}).add_edge(lg.START, "x")
                         .compile().invoke({"deep": 0})["deep"]]}

    app = lg.StateGraph(Outer).add_node(inside).add_edge(lg.START, "inside").compile()
    parts = run.stream(app, {"seen": []}, stream_mode="values", subgraphs=True, version="v2")
    return sorted({type(part["data"]).__name__ for part in parts})


# -- answers -----------------------------------------------------------------------------------------------------------


@differs(theirs=Refused("UnboundLocalError"), ours=Refused("EmptyInputError", "resume="))
def an_answer_of_none(lg: Namespace, run: Run) -> Any:
    return run.invoke(asking(lg, run), lg.Command(resume=None), thread())


@differs(theirs=Refused("UnboundLocalError"), ours=Refused("EmptyInputError", "resume="))
def an_empty_command_as_the_first_input(lg: Namespace, run: Run) -> Any:
    return run.invoke(asking(lg, run), lg.Command(), thread("fresh"))


@differs(theirs=[False], ours=[True])
def the_id_of_a_message_that_is_streamed_beside_custom_data(lg: Namespace, run: Run) -> Any:
    def speaks(state: Any) -> dict:
        return {"messages": [HumanMessage("new")]}

    app = lg.StateGraph(lg.MessagesState).add_node(speaks).add_edge(lg.START, "speaks").compile()
    named: list[bool] = []
    run.stream(
        app,
        {"messages": []},
        stream_mode=["custom", "updates"],
        heard=lambda chunk: named.append(chunk[1]["speaks"]["messages"][0].id is not None),
    )
    return named


@differs(theirs=["old"], ours=["new"])
def a_new_answer_at_an_old_checkpoint(lg: Namespace, run: Run) -> Any:
    app = asking(lg, run)
    asked = run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="old"), thread())
    return run.invoke(app, lg.Command(resume="new"), asked.config)["seen"]


def asking_beside(lg: Namespace, run: Run, broken: list[int]) -> Any:
    """A paused app: ``a`` has finished, and ``ask``, which raises while it is ``broken``, asks."""

    def ask(state: State) -> dict:
        if broken:
            raise ArithmeticError("broken")
        return {"seen": [lg.interrupt("?")]}

    app = build(lg, "a").add_node(ask).add_edge(lg.START, "ask").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    return app


@differs(theirs=1, ours=0)
def the_question_of_a_task_that_failed_with_its_answer(lg: Namespace, run: Run) -> Any:
    broken: list[int] = []
    app = asking_beside(lg, run, broken)
    broken.append(1)
    run.fails("ArithmeticError", run.invoke, app, lg.Command(resume="!"), thread())
    return len(run.get_state(app, thread()).interrupts)


@differs(theirs=["first", "first"], ours="asks")
def an_answer_that_a_graph_inside_has_taken(lg: Namespace, run: Run) -> Any:
    def twice(state: State) -> dict:
        return {"seen": [lg.interrupt("one?"), lg.interrupt("two?")]}

    child = lg.StateGraph(State).add_node(twice).add_edge(lg.START, "twice").compile()
    app = lg.StateGraph(State).add_node("child", child).add_edge(lg.START, "child").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.invoke(app, lg.Command(resume="first"), thread())
    result = run.invoke(app, None, thread())
    return "asks" if "__interrupt__" in result else result["seen"]


@differs(theirs="asks", ours=["yes"])
def answers_by_id_for_a_graph_inside_that_was_not_reached(lg: Namespace, run: Run) -> Any:
    broken: list[int] = []

    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    child = lg.StateGraph(State).add_node(ask).add_edge(lg.START, "ask").compile()

    def calls(state: State) -> Any:
        if broken:
            raise ArithmeticError("broken")
        return child.invoke({"seen": []})

    app = lg.StateGraph(State).add_node(calls).add_edge(lg.START, "calls").compile(checkpointer=run.saver)
    (question,) = run.invoke(app, {"seen": []}, thread())["__interrupt__"]
    broken.append(1)
    run.fails("ArithmeticError", run.invoke, app, lg.Command(resume={question.id: "yes"}), thread())
    broken.clear()
    result = run.invoke(app, None, thread())
    return "asks" if "__interrupt__" in result else result["seen"]


@differs(theirs=["?"], ours=[])
def an_empty_dict_as_an_answer(lg: Namespace, run: Run) -> Any:
    result = run.invoke(asking(lg, run), lg.Command(resume={}), thread())
    return [question.value for question in result.get("__interrupt__", ())]


@differs(theirs=(["in"], ["child"]), ours=(["in", "other"], ["child", "other"]))
def what_ran_on_a_way_beside_a_question(lg: Namespace, run: Run) -> Any:
    def child(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    builder = lg.StateGraph(State).add_node(child).add_node(lg.adds("other")).add_edge(lg.START, "child")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.invoke(app, lg.Command(goto="other"), thread())
    snapshot = run.get_state(app, thread())
    return snapshot.values["seen"], [task.name for task in snapshot.tasks]


@differs(theirs=["in", "s", "by hand"], ours=["in", "s", "a", "by hand", "j"])
def an_update_beside_a_finished_task(lg: Namespace, run: Run) -> Any:
    def ask(state: State) -> dict:
        return {"seen": [lg.interrupt("?")]}

    builder = build(lg, "s", "a", "j").add_node(ask).add_edge("s", "a").add_edge("s", "ask")
    app = builder.add_edge(["a", "ask"], "j").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.update_state(app, thread(), {"seen": ["by hand"]}, as_node="ask")
    return run.invoke(app, None, thread())["seen"]


# -- graphs inside -----------------------------------------------------------------------------------------------------


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


# -- state -------------------------------------------------------------------------------------------------------------


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


@differs(theirs=["u"], ours=["a", "u"])
def an_update_of_a_step_in_which_some_have_finished(lg: Namespace, run: Run) -> Any:
    app = asking_beside(lg, run, [])
    assert run.get_state(app, thread()).values["seen"] == ["a"]
    run.update_state(app, thread(), {"seen": ["u"]}, as_node="ask")
    return run.get_state(app, thread()).values["seen"]


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


# -- error handlers ----------------------------------------------------------------------------------------------------


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


# -- stores ------------------------------------------------------------------------------------------------------------


@differs(theirs=False, ours=True)
def a_store_of_a_graph_inside_of_one_without(lg: Namespace, run: Run) -> Any:
    def has_store(state: State) -> dict:
        return {"seen": [lg.get_store() is not None]}

    inner = lg.StateGraph(State).add_node(has_store).add_edge(lg.START, "has_store").compile(store=lg.InMemoryStore())
    app = lg.StateGraph(State).add_node("a", inner).add_edge(lg.START, "a").compile()
    return run.invoke(app, {"seen": []})["seen"][-1]


@differs(theirs=[("asked",), ("emptied",)], ours=[])
def namespaces_without_items(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore()
    store.get(("asked",), "k")
    store.put(("emptied",), "k", {})
    store.delete(("emptied",), "k")
    return store.list_namespaces()


@differs(theirs=Refused("TypeError"), ours=["a"])
def a_filter_on_a_value_without_order(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore()
    store.put(("n",), "a", {"stars": 5})
    store.put(("n",), "b", {"title": "no stars"})
    return [item.key for item in store.search(("n",), filter={"stars": {"$gt": 3}})]


def _counting(texts: list[str]) -> list[list[float]]:
    return [[float(text.count("cat")), float(text.count("dog"))] for text in texts]


@differs(theirs=1.0, ours=None)
def vectors_of_an_item_that_was_replaced(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore(index={"dims": 2, "embed": _counting, "fields": ["text"]})
    store.put(("n",), "a", {"text": "cat"})
    store.put(("n",), "a", {"text": "dog"}, index=False)
    return store.search(("n",), query="cat")[0].score


@differs(theirs=Refused("ValueError", "does not match number of indices"), ours=[1.0, 1.0])
def two_items_of_a_batch_with_one_text(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore(index={"dims": 2, "embed": _counting, "fields": ["text"]})
    store.batch([lg.PutOp(("n",), key, {"text": "cat"}) for key in "ab"])
    return [item.score for item in store.search(("n",), query="cat")]


@differs(theirs=["a", "a"], ours=["a", "b"])
def pages_of_items_that_were_not_compared(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore(index={"dims": 2, "embed": _counting, "fields": ["missing"]})
    for key in "ab":
        store.put(("n",), key, {"text": "cat"})
    return [store.search(("n",), query="cat", limit=1, offset=offset)[0].key for offset in (0, 1)]


@differs(theirs=False, ours=True)
def an_updated_item_was_created_when_it_was_first_put(lg: Namespace, run: Run) -> Any:
    store = lg.InMemoryStore()
    store.put(("n",), "a", {})
    first = store.get(("n",), "a").created_at
    store.put(("n",), "a", {"changed": True})
    return store.get(("n",), "a").created_at is first


@differs(theirs={"n": None, "t": [1]}, ours=Refused("UnstorableValue", "the number nan at ['n']"))
def what_json_has_not_in_a_store_on_disk(lg: Namespace, run: Run) -> Any:
    with lg.SqliteStore.from_conn_string(":memory:") as store:
        store.setup()
        store.put(("n",), "a", {"n": float("nan"), "t": (1,)})
        return store.get(("n",), "a").value


@differs(theirs=True, ours=False)
def an_item_past_its_time_before_it_is_swept_away(lg: Namespace, run: Run) -> Any:
    with (
        warnings.catch_warnings(),
        lg.SqliteStore.from_conn_string(":memory:", ttl={"default_ttl": 0}) as store,
    ):
        if lg.package == THEIRS:  # it writes times in a way that Python 3.12 warns of
            warnings.simplefilter("ignore", DeprecationWarning)
        store.setup()
        store.put(("n",), "a", {})
        return store.get(("n",), "a") is not None


# -- calling -----------------------------------------------------------------------------------------------------------


@differs(theirs=Refused("TypeError"), ours={"seen": ["async"]})
def async_nodes_in_a_sync_invoke(lg: Namespace, run: Run) -> Any:
    async def start(state: State) -> dict:
        return {"seen": ["async"]}

    return run.invoke(lg.StateGraph(State).add_node(start).add_edge(lg.START, "start").compile(), {"seen": []})


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


# -- what a schema says ------------------------------------------------------------------------------------------------


@differs(theirs={"seen": [1]}, ours={"seen": [0, 1]})
def a_reducer_within_two_qualifiers(lg: Namespace, run: Run) -> Any:
    schema = typed("schema", {"seen": Required[ReadOnly[Annotated[list, operator.add]]]})
    return one_node(lg, run, schema, lambda state: {"seen": [1]}).invoke({"seen": [0]}, thread())


@differs(theirs={"n": 1, "kind": "of the class"}, ours={"n": 1})
def a_class_variable_of_a_state(lg: Namespace, run: Run) -> Any:
    @dataclass
    class Data:
        n: int
        kind: ClassVar[str] = "of the class"

    return one_node(lg, run, Data, lambda state: Data(n=1)).invoke({"n": 0}, thread())


@differs(theirs=Refused("InvalidUpdateError", "Expected dict"), ours=["in", "out"])
def a_state_of_a_class_without_annotations(lg: Namespace, run: Run) -> Any:
    class Whole(list):
        pass

    return one_node(lg, run, Whole, lambda state: [*state, "out"]).invoke(["in"], thread())


@differs(theirs=Refused("TypeError", "'Overwrite' and 'list'"), ours={"seen": [0, 1]})
def an_overwrite_as_the_first_value(lg: Namespace, run: Run) -> Any:
    schema = typed("schema", {"seen": Annotated[Any, operator.add]})
    return one_node(lg, run, schema, lambda state: {"seen": [1]}).invoke({"seen": lg.Overwrite([0])}, thread())


# -- the tests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", [THEIRS, OURS])
@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str, package: str, tmp_path: Path) -> None:
    difference, outcome = DIFFERENCES[name], []

    def program(lg: Namespace, run: Run) -> None:
        try:
            outcome.append(difference.show(lg, run))
        except Exception as error:
            outcome.append(error)

    observe(program, package, Setting(False, "memory"), tmp_path)
    expected, (found,) = difference.expected[package], outcome
    if isinstance(expected, Refused):
        assert expected.matches(found), f"{expected} expected, got {found!r}"
    else:
        assert found == expected


def test_the_table_names_each_difference_once() -> None:
    table = Path(__file__).with_name("differences.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(DIFFERENCES)
