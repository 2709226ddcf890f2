"""``update_state``: changing a thread from outside."""

from typing import Any

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program
from .history import BOTH, line
from .routing import build


@program("D8", savers=STORED)
def update_a_fresh_thread(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b")
    run.update_state(app, thread(), {"seen": ["u"]})
    run.get_state(app, thread())
    run.stream(app, None, thread(), stream_mode=BOTH)
    run.update_state(app, thread("2"), {"seen": ["as a"]}, as_node="a")
    run.get_state(app, thread("2"))
    run.invoke(app, None, thread("2"))
    run.update_state(app, thread("3"), {"seen": ["as start"]}, as_node=lg.START)
    run.get_state(app, thread("3"))
    run.invoke(app, None, thread("3"))
    run.update_state(app, thread("4"), {"seen": ["then input"]})
    run.invoke(app, {"seen": ["in"]}, thread("4"))
    for name in "1234":
        run.history(app, thread(name))


@program("D8", savers=STORED)
def update_a_finished_thread(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", "c")
    run.invoke(app, {"seen": ["in"]}, thread())
    run.update_state(app, thread(), {"seen": ["u"]})
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    run.update_state(app, thread(), {"seen": ["as a"]}, as_node="a")
    run.get_state(app, thread())
    run.stream(app, None, thread(), stream_mode=BOTH)
    run.invoke(app, {"seen": ["next turn"]}, thread())
    run.history(app, thread())


@program("D8", "E8", savers=STORED)
def update_a_paused_thread(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", "c", interrupt_before=["b"])
    for number, as_node in enumerate((None, "a", "b", "c")):
        config = thread(str(number))
        run.invoke(app, {"seen": ["in"]}, config)
        run.update_state(app, config, {"seen": [f"as {as_node}"]}, as_node=as_node)
        run.get_state(app, config)
        run.stream(app, None, config, stream_mode=BOTH)
        run.history(app, config)


@program("D8", "E1", savers=STORED)
def update_a_thread_that_asks(lg: Namespace, run: Run) -> None:
    def ask(state: Any) -> dict:
        return {"seen": [lg.interrupt("?")]}

    builder = build(lg, "a", "z").add_node("ask", lg.node(ask)).add_edge("a", "ask").add_edge("ask", "z")
    app = builder.compile(checkpointer=run.saver)
    for number, as_node in enumerate((None, "a", "ask")):
        config = thread(str(number))
        run.invoke(app, {"seen": ["in"]}, config)
        run.update_state(app, config, {"seen": ["u"]}, as_node=as_node)
        run.get_state(app, config)
        run.invoke(app, None, config)
        run.invoke(app, lg.Command(resume="!"), config)
        run.history(app, config)


@program("D8", savers=STORED)
def special_updates(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b", interrupt_before=["b"])
    for number, (values, as_node) in enumerate((
        (None, None), (None, lg.END), ({"seen": ["u"]}, lg.END), (None, "__copy__"), (None, "a"), ({}, None), ({}, "a"),
    )):  # fmt: skip
        config = thread(str(number))
        run.invoke(app, {"seen": ["in"]}, config)
        try:
            run.update_state(app, config, values, as_node=as_node)
        except Exception as error:
            run.show("refused", type(error).__name__)
        run.get_state(app, config)
        run.invoke(app, None, config)
        run.history(app, config)


@program("D8", savers=STORED)
def updates_one_after_another(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b")
    run.invoke(app, {"seen": ["in"]}, thread())
    for as_node in ("a", None, None, "b", None):
        run.update_state(app, thread(), {"seen": [f"as {as_node}"]}, as_node=as_node)
        run.get_state(app, thread())
    run.invoke(app, None, thread())
    run.history(app, thread())


@program("D8", savers=STORED)
def refused_updates(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a", "b")
    run.raises("InvalidUpdateError", run.update_state, app, thread(), {"seen": ["u"]}, as_node="nobody")
    run.invoke(app, {"seen": ["in"]}, thread())
    run.raises("InvalidUpdateError", run.update_state, app, thread(), {"seen": ["u"]}, as_node="nobody")
    run.raises("InvalidUpdateError", run.update_state, app, thread(), 5, as_node="a")
    fork = build(lg, "s", "x", "y").add_edge("s", "x").add_edge("s", "y").compile(checkpointer=run.saver)
    run.invoke(fork, {"seen": ["in"]}, thread("2"))
    run.raises("InvalidUpdateError", run.update_state, fork, thread("2"), {"seen": ["whose?"]})
    run.update_state(fork, thread("2"), {"seen": ["as x"]}, as_node="x")
    run.history(fork, thread("2"))


@program("D8", "A21", "A20", savers=STORED)
def an_update_runs_the_routers_and_joins_of_its_node(lg: Namespace, run: Run) -> None:
    @lg.node
    def route(state: Any) -> str:
        return "b" if "u" in state["seen"] else "c"

    app = build(lg, "a", "b", "c").add_conditional_edges("a", route).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": []}, thread())
    run.update_state(app, thread(), {"seen": ["u"]}, as_node="a")
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    builder = build(lg, "s", "x", "y", "j").add_edge("s", "x").add_edge("s", "y").add_edge(["x", "y"], "j")
    join = builder.compile(checkpointer=run.saver, interrupt_before=["x", "y"])
    run.invoke(join, {"seen": []}, thread("2"))
    run.update_state(join, thread("2"), {"seen": ["as x"]}, as_node="x")
    run.get_state(join, thread("2"))
    run.update_state(join, thread("2"), {"seen": ["as y"]}, as_node="y")
    run.get_state(join, thread("2"))
    run.invoke(join, None, thread("2"))


@program("D8", "A9", savers=STORED)
def updates_go_through_reducers(lg: Namespace, run: Run) -> None:
    @lg.node
    def reply(state: Any) -> dict:
        return {"messages": [{"role": "ai", "content": "draft", "id": "d"}]}

    app = lg.StateGraph(lg.MessagesState).add_node(reply).add_edge(lg.START, "reply").compile(checkpointer=run.saver)
    run.invoke(app, {"messages": [{"role": "user", "content": "hi", "id": "h"}]}, thread())
    run.update_state(app, thread(), {"messages": [{"role": "ai", "content": "edited", "id": "d"}]})
    run.get_state(app, thread())
    run.update_state(app, thread(), {"messages": lg.Overwrite([])})
    run.get_state(app, thread())


@program("D6", "D8", savers=PURE)
def state_without_a_saver_is_refused(lg: Namespace, run: Run) -> None:
    app = line(lg, run, "a")
    run.raises("ValueError", run.get_state, app, thread())
    run.raises("ValueError", run.history, app, thread())
    run.raises("ValueError", run.update_state, app, thread(), {"seen": []})


@program("D8", "E8", savers=STORED)
def update_a_later_turn_before_its_first_node(lg: Namespace, run: Run) -> None:
    def more(state: Any) -> str:
        return "z" if len(state["seen"]) > 3 else lg.END

    builder = build(lg, "a", "z").add_conditional_edges("a", lg.node(more), ["z", lg.END])
    app = builder.compile(checkpointer=run.saver, interrupt_before=["a"])
    for turn in ("first", "second", "third"):
        run.invoke(app, {"seen": [turn]}, thread())
        run.update_state(app, thread(), {"seen": [f"{turn}, changed"]})
        run.get_state(app, thread())
        run.invoke(app, None, thread())
    run.history(app, thread())
    run.update_state(app, thread(), {"seen": ["at the end"]})
    run.get_state(app, thread())


@program("D8", "E1", savers=STORED)
def update_a_thread_that_was_given_new_input_instead_of_an_answer(lg: Namespace, run: Run) -> None:
    def ask(state: Any) -> dict:
        return {"seen": [lg.interrupt("?")]}

    builder = build(lg, entry=False).add_node("ask", lg.node(ask)).add_edge(lg.START, "ask")
    app = builder.compile(checkpointer=run.saver)
    for text in ("first", "second"):
        run.invoke(app, {"seen": [text]}, thread())
    run.update_state(app, thread(), {"seen": ["changed"]})
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
