"""Differences in questions, answers and commands."""

from typing import Any

from ..harness import Namespace, Run, thread
from ..programs.routing import State, build
from . import Refused, asking, differs


@differs(theirs=Refused("UnboundLocalError"), ours=Refused("EmptyInputError", "resume="))
def an_answer_of_none(lg: Namespace, run: Run) -> Any:
    return run.invoke(asking(lg, run), lg.Command(resume=None), thread())


@differs(theirs=Refused("UnboundLocalError"), ours=Refused("EmptyInputError", "resume="))
def an_empty_command_as_the_first_input(lg: Namespace, run: Run) -> Any:
    return run.invoke(asking(lg, run), lg.Command(), thread("fresh"))


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


@differs(theirs=["u"], ours=["a", "u"])
def an_update_of_a_step_in_which_some_have_finished(lg: Namespace, run: Run) -> Any:
    app = asking_beside(lg, run, [])
    assert run.get_state(app, thread()).values["seen"] == ["a"]
    run.update_state(app, thread(), {"seen": ["u"]}, as_node="ask")
    return run.get_state(app, thread()).values["seen"]
