"""``bulk_update_state``, updates of tasks by id, and updates of a step that has not ended."""


from ..harness import Namespace, Run, thread
from . import STORED, program
from .nested import State, asking, chain
from .routing import build


@program("D9", savers=STORED)
def a_thread_is_rebuilt_from_supersteps(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b", "c").add_edge("a", "b").add_edge("b", "c").compile(checkpointer=run.saver)
    steps = [
        [lg.StateUpdate({"seen": ["in"]}, "__input__")],
        [lg.StateUpdate({"seen": ["in"]}, lg.START)],
        [lg.StateUpdate({"seen": ["a"]}, "a")],
        [lg.StateUpdate({"seen": ["b"]}, "b")],
    ]
    run.bulk_update_state(app, thread(), steps)
    run.get_state(app, thread())
    run.history(app, thread())
    run.invoke(app, None, thread())
    run.history(app, thread())


@program("D9", "A32", savers=STORED)
def a_superstep_of_several_updates(lg: Namespace, run: Run) -> None:
    builder = build(lg, "s", "a", "b", "j").add_edge("s", "a").add_edge("s", "b").add_edge(["a", "b"], "j")
    app = builder.compile(checkpointer=run.saver)
    run.bulk_update_state(app, thread(), [
        [lg.StateUpdate({"seen": ["in"]}, "__input__")],
        [lg.StateUpdate({"seen": []}, lg.START)],
        [lg.StateUpdate({"seen": ["s"]}, "s")],
        [lg.StateUpdate({"seen": ["a by hand"]}, "a"), lg.StateUpdate({"seen": ["b by hand"]}, "b")],
    ])  # fmt: skip
    run.history(app, thread())
    run.invoke(app, None, thread())
    run.history(app, thread())


@program("D8", "A26", savers=STORED)
def tasks_of_one_node_are_updated_by_id(lg: Namespace, run: Run) -> None:
    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"seen": [item]}) for item in "xyz"]

    builder = lg.StateGraph(State).add_node(lg.adds("work")).add_node(lg.adds("end")).add_edge("work", "end")
    app = builder.add_conditional_edges(lg.START, each, ["work"]).compile(
        checkpointer=run.saver, interrupt_before=["work"]
    )
    run.invoke(app, {"seen": []}, thread())
    tasks = run.get_state(app, thread()).tasks
    run.update_state(app, thread(), {"seen": ["for the second"]}, as_node="work", task_id=tasks[1].id)
    run.history(app, thread())
    run.invoke(app, {"seen": []}, thread("2"))
    run.bulk_update_state(app, thread("2"), [[lg.StateUpdate({"seen": [n]}, "work") for n in range(3)]])
    run.history(app, thread("2"))
    run.invoke(app, {"seen": []}, thread("3"))
    tasks = run.get_state(app, thread("3")).tasks
    answers = [lg.StateUpdate({"seen": [n]}, "work", tasks[2 - n].id) for n in range(3)]
    run.bulk_update_state(app, thread("3"), [answers])
    run.history(app, thread("3"))


@program("D9", "D11", savers=STORED)
def a_copy_and_its_changes(lg: Namespace, run: Run) -> None:
    builder = build(lg, "s", "a", "b", "j").add_edge("s", "a").add_edge("s", "b").add_edge(["a", "b"], "j")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    old = next(s for s in run.history(app, thread()) if len(s.next) == 2)
    run.update_state(app, old.config, [({"seen": ["other a"]}, "a"), ({"seen": ["other b"]}, "b")], as_node="__copy__")
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    run.history(app, thread())
    run.raises("InvalidUpdateError", run.update_state, app, old.config, [5], as_node="__copy__")


@program("D9", savers=STORED)
def refused_supersteps(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b").add_edge("a", "b").compile(checkpointer=run.saver)
    update = lg.StateUpdate({"seen": ["u"]}, "a")
    run.raises("ValueError", run.bulk_update_state, app, thread(), [])
    run.raises("ValueError", run.bulk_update_state, app, thread(), [[update], []])
    run.invoke(app, {"seen": []}, thread())
    for pair in (
        [update, lg.StateUpdate({"seen": []})], [lg.StateUpdate(None, lg.END), update],
        [lg.StateUpdate({"seen": []}, "__input__"), update], [lg.StateUpdate(None, "__copy__"), update],
        [lg.StateUpdate(None, "__input__")], [update, lg.StateUpdate({"seen": []}, "nobody")],
    ):  # fmt: skip
        run.raises("InvalidUpdateError", run.bulk_update_state, app, thread(), [pair])
    run.raises("InvalidUpdateError", run.update_state, app, thread("fresh"), None, as_node="__copy__")
    run.get_state(app, thread())


@program("D8", "E1", savers=STORED)
def updates_of_an_old_checkpoint_leave_it_as_it_was(lg: Namespace, run: Run) -> None:
    app = chain(lg, lg.adds("a"), asking(lg, "ask", "?"), lg.adds("z")).compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    old = next(s for s in run.history(app, thread()) if s.next == ("ask",))
    for as_node in ("a", "ask", None):
        config = run.update_state(app, old.config, {"seen": [f"as {as_node}"]}, as_node=as_node)
        run.get_state(app, old.config)
        run.get_state(app, config)
    run.history(app, thread())
    run.update_state(app, old.config, None, as_node=lg.END)
    run.get_state(app, thread())
    run.history(app, thread(), limit=2)


@program("D8", savers=STORED)
def values_of_every_kind_update(lg: Namespace, run: Run) -> None:
    app = build(lg, "a", "b").add_edge("a", "b").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    for values in (
        lg.Command(update={"seen": ["command"]}), lg.Command(goto="b"), lg.Command(goto=lg.Send("b", {"seen": ["s"]})),
        [("seen", ["pair"])], {"unknown": 1}, {"seen": lg.Overwrite(["over"])},
    ):  # fmt: skip
        try:
            run.update_state(app, thread(), values, as_node="a")
        except Exception as error:
            run.show("refused", type(error).__name__)
        run.get_state(app, thread())
    run.invoke(app, None, thread())
