"""An answer that a run has accepted is taken once, by the question it is for, whatever ends the run before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.func import task
from langgraph_nb.pregel import begin, called, held, registers
from langgraph_nb.types import Command, interrupt
from tests.unit.checkpoint.conftest import interrupt_at
from tests.unit.engine.conftest import Way, thread
from tests.unit.engine.graphs import chain, fan

INPUT: dict[str, Any] = {"seen": []}


class Died(BaseException):
    """Nothing runs after it."""


class Trouble:
    """What goes wrong: where, and whether the process dies of it. Nothing is stored by a dead process."""

    def __init__(self, saver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.where = self.end = ""
        self.dead = False
        for name in ("apply", "put", "put_writes"):
            monkeypatch.setattr(saver, name, self._unless_dead(getattr(saver, name)))

    def _unless_dead(self, store: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: None if self.dead else store(*args, **kwargs)

    def at(self, where: str) -> None:
        """A place in the code of a node."""
        if self.where == where:
            self.dead = self.end == "dies"
            raise Died if self.dead else ValueError(where)

    @contextmanager
    def comes(self, where: str, end: str) -> Iterator[None]:
        self.where, self.end = where, end
        with pytest.raises((ValueError, Died)):
            yield
        self.where, self.dead = "", False


@pytest.fixture
def trouble(saver: Any, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    return Trouble(saver, monkeypatch)


def asks(trouble: Trouble, *questions: str) -> Callable[[Any], Any]:
    """A node that asks, with a place before and after each question: ``"<q"`` and ``"q>"``."""

    def node(state: Any) -> Any:
        answers = []
        for question in questions:
            trouble.at(f"<{question}")
            answers.append(question + interrupt(question))
            trouble.at(f"{question}>")
        return {"seen": answers}

    return node


def passes(trouble: Trouble, name: str) -> Callable[[Any], Any]:
    """A node that is a place of its name."""

    def node(state: Any) -> Any:
        trouble.at(name)
        return {"seen": []}

    return node


def nested(trouble: Trouble, depth: int) -> Any:
    """A builder of a graph that asks twice so many levels inside. At each level a node comes first and one last."""
    if depth == 0:
        return chain("p", "q", "end", p=asks(trouble, "p"), q=asks(trouble, "q"), end=passes(trouble, "end0"))
    inner = nested(trouble, depth - 1).compile()

    def calls(state: Any) -> Any:
        trouble.at(f"call{depth}")
        result = inner.invoke({"seen": []})
        trouble.at(f"called{depth}")
        return result

    return chain("call", "end", call=calls, end=passes(trouble, f"end{depth}"))


def questions(way: Way, result: Any) -> list[str]:
    return [question.value for question in result.get("__interrupt__", ())]


def given(way: Way, graph: Any, answer: str, by_id: bool) -> Any:
    """A command with the answer to all questions that wait."""
    waiting = way.get_state(graph).interrupts
    return Command(resume={q.id: answer for q in waiting} if by_id else answer)


ENDS = ("fails", "dies")
WHERE_AND_HOW = [(place, end) for place in ("call2", "call1", "<p", "p>", "<q", "called1") for end in ENDS]


@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize(("where", "end"), WHERE_AND_HOW)
def test_an_answer_for_a_graph_inside_survives_what_ends_the_run(
    way: Way, trouble: Trouble, where: str, end: str, by_id: bool
) -> None:
    graph = nested(trouble, 2).compile(way.saver)
    assert questions(way, way.invoke(graph, INPUT)) == ["p"]
    if where == "called1":
        assert questions(way, way.invoke(graph, given(way, graph, "1", by_id))) == ["q"]
    with trouble.comes(where, end):
        way.invoke(graph, given(way, graph, "2", by_id), durability="sync")
    if where == "called1":
        assert way.invoke(graph, None)["seen"] == ["p1", "q2"]
        return
    assert not way.get_state(graph).interrupts
    assert questions(way, way.invoke(graph, None)) == ["q"]
    assert questions(way, way.invoke(graph, None)) == ["q"]
    assert way.invoke(graph, given(way, graph, "3", by_id))["seen"] == ["p2", "q3"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a generator is interrupted as it goes
@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_ctrl_c_at_any_place_does_not_take_an_answer_along(durability: Any) -> None:
    """Also where a graph inside has taken it, and has not stored that yet."""
    innermost = chain("q", q=lambda state: {"seen": [interrupt("q")]}).compile()
    outer = chain("a", "calls", calls=chain("b", "calls", calls=innermost).compile())
    within = tuple(module.__file__ for module in (begin, called, held, registers))
    place = quiet = 0
    while quiet < 10:  # Python ignores what is raised where it gives up a generator
        place += 1
        graph = outer.compile(InMemorySaver())
        graph.invoke(INPUT, thread(), durability=durability)
        resumed = partial(graph.invoke, Command(resume="yes"), thread(), durability=durability)
        interrupted = interrupt_at(place, resumed, within)
        for _ in range(4):
            state = graph.get_state(thread())
            if state.next:
                again = Command(resume="yes") if state.interrupts else None
                graph.invoke(again, thread(), durability=durability)
        assert graph.get_state(thread()).values == {"seen": ["a", "a", "b", "a", "b", "yes"]}
        quiet = quiet + 1 if interrupted is None else 0
    assert place > 150


@pytest.mark.parametrize("end", ENDS)
def test_a_second_answer_before_the_first_was_taken_takes_its_place(way: Way, trouble: Trouble, end: str) -> None:
    graph = nested(trouble, 2).compile(way.saver)
    way.invoke(graph, INPUT)
    for answer in "123":
        with trouble.comes("call1", end):
            way.invoke(graph, Command(resume=answer), durability="sync")
    assert questions(way, way.invoke(graph, None)) == ["q"]
    assert way.invoke(graph, Command(resume="4"))["seen"] == ["p3", "q4"]


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_an_answer_before_the_question_is_for_who_asks_first_and_for_nobody_else(
    way: Way, trouble: Trouble, end: str, inside: bool
) -> None:
    builder = chain("p", "q", p=asks(trouble, "p", "also p"), q=asks(trouble, "q"))
    graph = chain("inner", inner=builder.compile()).compile(way.saver) if inside else builder.compile(way.saver)
    with trouble.comes("<p", end):
        way.invoke(graph, INPUT, durability="sync")
    for where in ("<p", "p>"):
        with trouble.comes(where, end):
            way.invoke(graph, Command(resume="1") if where == "<p" else None, durability="sync")
    assert questions(way, way.invoke(graph, None)) == ["also p"]
    assert questions(way, way.invoke(graph, None)) == ["also p"]
    assert questions(way, way.invoke(graph, Command(resume="2"))) == ["q"]
    assert way.invoke(graph, Command(resume="3"))["seen"] == ["p1", "also p2", "q3"]


@pytest.mark.parametrize("inside", [False, True])
def test_an_answer_that_one_task_took_is_not_taken_by_one_that_failed_beside_it(
    way: Way, trouble: Trouble, inside: bool
) -> None:
    left = asks(trouble, "a")
    builder = fan("a", "b", a=chain("a", a=left).compile() if inside else left, b=asks(trouble, "b"))
    graph = builder.compile(way.saver, interrupt_before=["a", "b"])
    config = {**(way.config or {}), "max_concurrency": 1}
    way.invoke(graph, INPUT, config)
    with trouble.comes("<b", "fails"):
        way.invoke(graph, Command(resume="1"), config, durability="sync")
    assert questions(way, way.invoke(graph, None, config)) == ["b"]
    assert way.invoke(graph, Command(resume="2"), config)["seen"] == ["a1", "b2"]


@pytest.mark.parametrize("remembers", [False, True])
@pytest.mark.parametrize(("where", "end"), [(p, e) for p in ("call", "p>", "called") for e in ENDS])
def test_an_answer_for_a_graph_in_a_called_task_survives_too(
    way: Way, trouble: Trouble, where: str, end: str, remembers: bool
) -> None:
    inner = chain("p", "x", p=asks(trouble, "p"), x=passes(trouble, "x")).compile(checkpointer=remembers or None)

    @task
    def work() -> Any:
        trouble.at("call")
        seen = inner.invoke(INPUT)["seen"]
        trouble.at("called")
        return seen

    graph = chain("n", n=lambda state: {"seen": work().result()}).compile(way.saver)
    assert questions(way, way.invoke(graph, INPUT)) == ["p"]
    with trouble.comes(where, end):
        way.invoke(graph, Command(resume="1"), durability="sync")
    assert way.invoke(graph, None)["seen"] == ["p1"]


def test_answers_at_an_old_checkpoint_find_called_tasks_and_graphs_inside(way: Way, trouble: Trouble) -> None:
    @task
    def called(name: str) -> str:
        return str(name + interrupt(name))

    inner = fan("p", "q", p=asks(trouble, "p"), q=asks(trouble, "q")).compile()
    calls = {"calls": lambda state: {"seen": [f.result() for f in [called(name) for name in "xyz"]]}}
    graph = fan("calls", "inner", inner=inner, **calls).compile(way.saver)
    asked = way.invoke(graph, INPUT)["__interrupt__"]
    config = way.get_state(graph).config
    for round in "12":
        answers = {question.id: round for question in asked}
        assert way.invoke(graph, Command(resume=answers), config)["seen"] == [n + round for n in "xyzpq"]


def test_an_answer_at_an_old_checkpoint_waits_for_its_question(way: Way, trouble: Trouble) -> None:
    inner = chain("p", "q", p=asks(trouble, "p"), q=asks(trouble, "q")).compile()
    graph = chain("inner", inner=inner).compile(way.saver)
    way.invoke(graph, INPUT)
    way.invoke(graph, Command(resume="1"))
    config = way.get_state(graph).config
    way.invoke(graph, Command(resume="2"))
    assert questions(way, way.invoke(graph, Command(resume="3"), config)) == ["p"]
    assert way.invoke(graph, Command(resume="4"))["seen"] == ["p4", "q3"]
