"""Asking a person: ``interrupt``, its answers, and static breakpoints."""

import operator
from typing import Annotated, Any, TypedDict

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program
from .routing import build

BOTH = ["updates", "values"]


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]


def asking(lg: Namespace, name: str, *questions: Any) -> Any:
    """A node that asks its questions and notes the answers."""

    def ask(state: State) -> dict:
        return {"seen": [[name, *[lg.interrupt(q) for q in questions]]]}

    ask.__name__ = name
    return lg.node(ask)


def asking_in_parallel(lg: Namespace, run: Run, **questions: list) -> Any:
    """An app whose entry nodes ask, each its list of questions, before ``end``."""
    builder = lg.StateGraph(State).add_node("end", lg.adds("end"))
    for name, asked in questions.items():
        builder.add_node(asking(lg, name, *asked)).add_edge(lg.START, name)
    return builder.add_edge(list(questions), "end").compile(checkpointer=run.saver)


def asked(run: Run, app: Any, value: Any, config: Any) -> list:
    """What is asked after a call of ``invoke``."""
    return run.show("asked", [i.value for i in run.invoke(app, value, config).get("__interrupt__", [])])


def pending(state: Any) -> list:
    """Ids of the interrupts that a snapshot shows."""
    return [i.id for i in state.interrupts]


@program("E1", "E2", "E3", "D6", "F2", savers=STORED)
def ask_and_resume_by_value(lg: Namespace, run: Run) -> None:
    ask = asking(lg, "ask", {"q": "sure?"})
    builder = lg.StateGraph(State).add_sequence([lg.adds("before"), ask, lg.adds("after")])
    app = builder.add_edge(lg.START, "before").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="yes"), thread())
    run.get_state(app, thread())
    run.history(app, thread())
    run.stream(app, {"seen": ["again"]}, thread("2"), stream_mode=BOTH)
    run.stream(app, lg.Command(resume={"any": ["shape"]}), thread("2"), stream_mode=BOTH)
    run.stream(app, {"seen": ["updates only"]}, thread("3"), stream_mode="updates")
    run.stream(app, lg.Command(resume=False), thread("3"), stream_mode="updates")
    run.stream(app, {"seen": ["values only"]}, thread("4"), stream_mode="values")
    run.stream(app, lg.Command(resume=0), thread("4"), stream_mode="values")


@program("E2", savers=STORED)
def resume_by_id(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, ask=["one?"])
    question = run.invoke(app, {"seen": []}, thread())["__interrupt__"][0]
    run.stream(app, lg.Command(resume={question.id: {"the": "answer"}}), thread(), stream_mode=BOTH)
    run.get_state(app, thread())


@program("E1", "E2", savers=STORED)
def several_questions_in_one_node_one_after_another(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, ask=["first", "second", "third"])
    asked(run, app, {"seen": []}, thread())
    asked(run, app, lg.Command(resume="A"), thread())
    asked(run, app, lg.Command(resume="B"), thread())
    run.stream(app, lg.Command(resume="C"), thread(), stream_mode=BOTH)
    run.history(app, thread())


@program("E2", "E7", "A32", savers=STORED)
def parallel_nodes_ask_at_once(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, a=["a?"], b=["b?"], c=["c?"])
    run.invoke(app, {"seen": ["in"]}, thread())
    state = run.get_state(app, thread())
    run.raises("RuntimeError", run.invoke, app, lg.Command(resume="for whom?"), thread())
    run.get_state(app, thread())
    answers = dict(zip(pending(state), ("A", "B", "C"), strict=True))
    run.invoke(app, lg.Command(resume=answers), thread())
    run.history(app, thread())


@program("E2", "E7", savers=STORED)
def answers_come_one_by_one(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, a=["a?"], b=["b?"], c=["c?"])
    run.invoke(app, {"seen": ["in"]}, thread())
    first, second, third = pending(run.get_state(app, thread()))
    run.invoke(app, lg.Command(resume={second: "B"}), thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={first: "A"}), thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={third: "C"}), thread())
    run.get_state(app, thread())


@program("E7", "A32", "D14", savers=STORED)
def siblings_of_a_question_do_not_run_again(lg: Namespace, run: Run) -> None:
    calls: list[str] = []

    @lg.node
    def quiet(state: State) -> dict:
        calls.append("quiet")
        return {"seen": ["quiet"]}

    @lg.node
    def ask(state: State) -> dict:
        calls.append("ask")
        return {"seen": [lg.interrupt("?")]}

    builder = lg.StateGraph(State).add_node(quiet).add_node(ask).add_edge(lg.START, "quiet").add_edge(lg.START, "ask")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"]}, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    run.show("calls", calls)


@program("E7", "A26", savers=STORED)
def sent_tasks_ask(lg: Namespace, run: Run) -> None:
    @lg.node
    def work(state: Any) -> dict:
        return {"seen": [[state["item"], lg.interrupt(f"{state['item']}?")]]}

    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"item": item}) for item in ("x", "y")]

    builder = lg.StateGraph(State).add_node(work).add_node("end", lg.adds("end")).add_edge("work", "end")
    app = builder.add_conditional_edges(lg.START, each, ["work"]).compile(checkpointer=run.saver)
    questions = run.invoke(app, {"seen": []}, thread())["__interrupt__"]
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={i.id: i.value.upper() for i in questions}), thread())
    run.history(app, thread())


@program("E1", "E5", "A27", savers=STORED)
def route_by_the_answer(lg: Namespace, run: Run) -> None:
    @lg.node
    def approve(state: State) -> Any:
        return lg.Command(goto="a" if lg.interrupt("approve?") else "b", update={"seen": ["asked"]})

    builder = build(lg, "a", "b", entry=False).add_node(approve).add_edge(lg.START, "approve")
    app = builder.compile(checkpointer=run.saver)
    for name, answer in (("yes", True), ("no", False)):
        run.invoke(app, {"seen": []}, thread(name))
        run.stream(app, lg.Command(resume=answer), thread(name), stream_mode=BOTH)


@program("E5", savers=STORED)
def ask_until_the_answer_fits(lg: Namespace, run: Run) -> None:
    @lg.node
    def age(state: State) -> dict:
        question = "age?"
        while True:
            answer = lg.interrupt(question)
            if isinstance(answer, int):
                return {"seen": [answer]}
            question = f"{answer!r} is no number"

    app = lg.StateGraph(State).add_node(age).add_edge(lg.START, "age").compile(checkpointer=run.saver)
    asked(run, app, {"seen": []}, thread())
    asked(run, app, lg.Command(resume="old"), thread())
    asked(run, app, lg.Command(resume=40), thread())


@program("E2", "B3", savers=STORED)
def resume_with_an_update_and_a_way(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, ask=["?"])
    run.invoke(app, {"seen": []}, thread())
    run.stream(app, lg.Command(resume="!", update={"seen": ["updated"]}), thread(), stream_mode=BOTH)
    run.get_state(app, thread())
    run.invoke(app, {"seen": []}, thread("2"))
    run.stream(app, lg.Command(resume="!", goto="end"), thread("2"), stream_mode=BOTH)
    run.get_state(app, thread("2"))


@program("B3", "E1", savers=STORED)
def new_input_while_paused_starts_over(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(State).add_sequence([lg.adds("before"), asking(lg, "ask", "?")])
    app = builder.add_edge(lg.START, "before").compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["one"]}, thread())
    run.invoke(app, {"seen": ["two"]}, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    run.history(app, thread())


@program("B3", "E1", savers=STORED)
def none_while_paused_asks_again(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, ask=["?"])
    run.invoke(app, {"seen": ["in"]}, thread())
    run.stream(app, None, thread(), stream_mode=BOTH)
    run.invoke(app, lg.Command(resume="!"), thread())
    run.invoke(app, None, thread())
    run.invoke(app, lg.Command(resume="late"), thread())
    run.get_state(app, thread())


@program("E1", savers=PURE)
def asking_without_a_saver(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, ask=["?"])
    run.stream(app, {"seen": []}, stream_mode=BOTH)
    run.show("paused", len(run.invoke(app, {"seen": []})["__interrupt__"]))
    run.fails("RuntimeError", lg.interrupt, "outside")


@program("E1", "E3", savers=STORED)
def a_loop_of_questions(lg: Namespace, run: Run) -> None:
    @lg.node
    def again(state: State) -> str:
        return "ask" if len(state["seen"]) < 3 else lg.END

    builder = lg.StateGraph(State).add_node(asking(lg, "ask", "?")).add_edge(lg.START, "ask")
    app = builder.add_conditional_edges("ask", again).compile(checkpointer=run.saver)
    ids = [run.invoke(app, {"seen": []}, thread())["__interrupt__"][0].id]
    for answer in (1, 2):
        ids.append(run.invoke(app, lg.Command(resume=answer), thread())["__interrupt__"][0].id)
    run.show("each visit asks anew", len(set(ids)))
    run.invoke(app, lg.Command(resume=3), thread())
    run.history(app, thread())


@program("E8", "F1", "F2", savers=STORED)
def static_breakpoints(lg: Namespace, run: Run) -> None:
    builder = build(lg, "a", "b", "c").add_edge("a", "b").add_edge("b", "c")
    for number, options in enumerate((
        {"interrupt_before": ["b"]}, {"interrupt_after": ["b"]}, {"interrupt_before": "*"}, {"interrupt_after": "*"},
        {"interrupt_before": ["c"], "interrupt_after": ["a"]},
    )):  # fmt: skip
        at_compile = builder.compile(checkpointer=run.saver, **options)
        at_run = builder.compile(checkpointer=run.saver)
        config = thread(f"{number} compiled")
        run.stream(at_compile, {"seen": []}, config, stream_mode=BOTH)
        run.get_state(at_compile, config)
        while run.get_state(at_compile, config).next:
            run.stream(at_compile, None, config, stream_mode=BOTH)
        run.history(at_compile, config)
        run.invoke(at_run, {"seen": []}, thread(f"{number} run"), **options)
        run.invoke(at_run, None, thread(f"{number} run"))


@program("E8", "E1", savers=STORED)
def a_breakpoint_before_a_question(lg: Namespace, run: Run) -> None:
    builder = lg.StateGraph(State).add_sequence([lg.adds("a"), asking(lg, "ask", "?"), lg.adds("z")])
    app = builder.add_edge(lg.START, "a").compile(checkpointer=run.saver, interrupt_before=["ask", "z"])
    run.invoke(app, {"seen": []}, thread())
    run.invoke(app, None, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    run.get_state(app, thread())
    run.invoke(app, None, thread())


@program("E8", "A32", savers=STORED)
def breakpoints_in_parallel_and_after_updates(lg: Namespace, run: Run) -> None:
    builder = build(lg, "s", "a", "b", "j").add_edge("s", "a").add_edge("s", "b").add_edge(["a", "b"], "j")
    app = builder.compile(checkpointer=run.saver, interrupt_before=["b"])
    run.stream(app, {"seen": []}, thread(), stream_mode=BOTH)
    run.update_state(app, thread(), {"seen": ["edited"]})
    run.get_state(app, thread())
    run.stream(app, None, thread(), stream_mode=BOTH)
    run.history(app, thread())


@program("E7", "A26", savers=STORED)
def sent_tasks_are_answered_one_by_one(lg: Namespace, run: Run) -> None:
    @lg.node
    def work(state: Any) -> dict:
        answers = [lg.interrupt(f"{state['item']}{number}?") for number in range(state["questions"])]
        return {"seen": [[state["item"], *answers]]}

    @lg.node
    def each(state: State) -> list:
        return [lg.Send("work", {"item": item, "questions": n}) for item, n in (("x", 1), ("y", 2), ("z", 0))]

    builder = lg.StateGraph(State).add_node(work).add_node(lg.adds("end")).add_edge("work", "end")
    app = builder.add_conditional_edges(lg.START, each, ["work"]).compile(checkpointer=run.saver)
    x, y = run.invoke(app, {"seen": []}, thread())["__interrupt__"]
    run.invoke(app, lg.Command(resume={y.id: "Y0"}), thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={x.id: "X0"}), thread())
    run.invoke(app, lg.Command(resume="Y1"), thread())
    run.history(app, thread())


@program("E7", "D14", "G9", savers=STORED)
def a_question_beside_a_failure(lg: Namespace, run: Run) -> None:
    calls: list[str] = []

    @lg.node
    def shaky(state: State) -> dict:
        calls.append("shaky")
        if calls == ["shaky"]:
            raise OSError("not yet")
        return {"seen": ["shaky"]}

    builder = lg.StateGraph(State).add_node(asking(lg, "ask", "?")).add_node(shaky)
    app = builder.add_edge(lg.START, "ask").add_edge(lg.START, "shaky").compile(checkpointer=run.saver)
    run.says("OSError", run.invoke, app, {"seen": []}, thread())
    run.get_state(app, thread())
    run.invoke(app, None, thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume="!"), thread())
    run.show("calls", calls)
    run.history(app, thread())


@program("E1", "F3", "F5", "F7", savers=STORED)
def a_question_in_every_stream_mode(lg: Namespace, run: Run) -> None:
    @lg.node
    def ask(state: State) -> dict:
        lg.get_stream_writer()("before the question")
        answer = lg.interrupt("?")
        lg.get_stream_writer()("after the question")
        return {"seen": [answer]}

    app = lg.StateGraph(State).add_node(ask).add_edge(lg.START, "ask").compile(checkpointer=run.saver)
    for mode in ("custom", "messages", ["custom", "values"], ["messages", "updates", "values", "custom"]):
        run.stream(app, {"seen": []}, thread(str(mode)), stream_mode=mode)
        run.stream(app, lg.Command(resume="!"), thread(str(mode)), stream_mode=mode)


@program("E2", savers=STORED)
def an_answer_that_nobody_asked_for(lg: Namespace, run: Run) -> None:
    app = asking_in_parallel(lg, run, ask=["?"])
    run.invoke(app, {"seen": []}, thread())
    run.invoke(app, lg.Command(resume={"0" * 32: "for nobody"}), thread())
    run.get_state(app, thread())
    run.invoke(app, lg.Command(resume={"not an id": "is the answer itself"}), thread())
