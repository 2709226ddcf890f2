"""The checks of 09_approvals_and_forms."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.types import Command, interrupt

from .checking import Found, exercise, show

CHECK = {"configurable": {"thread_id": "check"}}


def asked(graph: Any, given: Any) -> tuple[Any, Any]:
    """A graph with threads that have no past, and what a run of it comes to."""
    graph = graph.copy(checkpointer=InMemorySaver())
    return graph, graph.invoke(given, CHECK)


def questions(result: Any) -> list[Any]:
    return list(result.get("__interrupt__", ()))


def refused(graph: Any, answer: Any) -> bool:
    """Whether an answer is not taken."""
    try:
        graph.invoke(Command(resume=answer), CHECK)
    except ValueError:
        return True
    return False


@exercise(
    "09.1",
    hints=(
        "`Literal` and `Field` say what is allowed; `Decision` above uses both.",
        "`interrupt(question, response_schema=Booking)` makes the model the form.",
        '`room: Literal["Oak", "Elm"]`, `people: int = Field(ge=1, le=12)`, `catering: bool = False`.',
    ),
    done="One model is the form, the check of the answer, and the type of what your node gets.",
)
def room(found: Found, booking: Any) -> None:
    given = {"visitor": "Ms Hopper"}
    _, result = asked(booking, given)
    found.that("the run stops and asks", questions(result), f"With {show(given)} nothing was asked: {show(result)}.")
    bad = [
        ("somewhere", "is not even a booking"),
        ({"room": "Ash", "people": 4}, "there is no room Ash"),
        ({"room": "Oak", "people": 13}, "the rooms end at 12 people"),
        ({"room": "Oak", "people": 0}, "a meeting has at least one person"),
        ({"room": "Oak", "people": 2.5}, "there are no half people"),
        ({"room": "Oak"}, "it says nothing of people"),
    ]
    for answer, why in bad:
        graph, _ = asked(booking, given)
        found.that(
            f"the answer {show(answer)} is refused", refused(graph, answer),
            f"The answer {show(answer)} was taken, but {why}.",
            hint="`response_schema=` is the class: it looks at each answer." if answer == "somewhere" else "",
        )  # fmt: skip
    for good in ({"room": "Oak", "people": 1}, {"room": "Oak", "people": 12}, {"room": "Elm", "people": 4}):
        graph, _ = asked(booking, given)
        found.that(
            "one to twelve people may come", not refused(graph, good), f"The answer {show(good)} was refused.",
            hint="Compare it with the fields: their names, what is allowed, what may be left out.",
        )  # fmt: skip
    graph, _ = asked(booking, given)
    booked = graph.invoke(Command(resume=good), CHECK).get("booking")
    kind = type(booked).__name__
    found.that(
        "a good answer gives a `Booking`", hasattr(booked, "people"),
        f"With {show(good)} the state has {show(booked)}, of the type `{kind}`, and not a `Booking`.",
    )  # fmt: skip
    found.equal("`booking.people`", booked.people, 4, given=good)
    found.equal("`booking.catering`", getattr(booked, "catering", None), False, given=good)


class Tender(TypedDict):
    votes: Annotated[dict[str, str], operator.or_]


def tender(*departments: str) -> Any:
    """A graph that asks several departments at once."""
    builder = StateGraph(Tender)
    for name in departments:
        builder.add_node(name, lambda state, name=name: {"votes": {name: interrupt(f"{name}: agreed?")}})
        builder.add_edge(START, name)
    return builder.compile(checkpointer=InMemorySaver(), name="tender")


@exercise(
    "09.2",
    hints=(
        "`graph.get_state(config).interrupts` is all that waits. Each has an `id` and a `value`.",
        "`Command(resume=...)` takes a dict from id to answer.",
        "`Command(resume={question.id: decide(question.value) for question in waiting})`",
    ),
    done="Answers go by id, so it does not matter who answers first, or how many are asked.",
)
def answer_everything(found: Found, answer_all: Any) -> None:
    for departments in (["law"], ["law", "money", "safety"]):
        graph = tender(*departments)
        graph.invoke({"votes": {}}, CHECK)
        decided: list[Any] = []

        def decide(value: Any, decided: list[Any] = decided) -> str:
            decided.append(value)
            return f"yes to {value!r}"

        many = f"{len(departments)} question{'s' * (len(departments) > 1)}"
        try:
            result = answer_all(graph, "check", decide)
        except RuntimeError as error:
            if "multiple pending" not in str(error):
                raise
            found.stop(
                f"With {many} your answer was refused: it does not say which of them it is for.",
                hint="A bare `Command(resume=answer)` is for the only question. Here there are several.",
            )
        left = [question.value for question in graph.get_state(CHECK).interrupts]
        found.that(f"with {many} nothing waits any more", not left, f"With {many}, these still wait: {show(left)}.")
        votes = graph.get_state(CHECK).values["votes"]
        expected = {name: f"yes to {f'{name}: agreed?'!r}" for name in departments}
        found.equal("what the departments got", votes, expected, given=many)
        found.that(
            f"with {many} the result is returned", isinstance(result, dict) and result.get("votes") == expected,
            f"`answer_all` returned {show(result)}, and not the result of the run.",
            hint="Return what `graph.invoke` returns.",
        )  # fmt: skip


@exercise(
    "09.3",
    hints=(
        "How does `interrupt` stop the node in the middle of a line? Print the exception that is caught.",
        "`except Exception` catches that, too: the question never gets out. Catch only what you expect.",
        "`float` raises `ValueError`. Put only that line into the `try`, or write `except ValueError`.",
    ),
    done="`interrupt` leaves the node as an exception. A bare `except` around it swallows the question.",
)
def refunds(found: Found, refund: Any) -> None:
    for amount in ("20", "19.90", "100"):
        _, small = asked(refund, {"amount": amount})
        hint = "Only more than 100 needs a person." if questions(small) else "It is a number, and not more than 100."
        found.equal("`paid`", small.get("paid"), True, given={"amount": amount}, hint=hint)
    for answer in (True, False):
        given = {"amount": "250"}
        graph, result = asked(refund, given)
        found.that(
            "250 asks a person", questions(result),
            f"With {show(given)} nobody was asked, and `paid` is {show(result.get('paid'))}.",
        )  # fmt: skip
        paid = graph.invoke(Command(resume=answer), CHECK).get("paid")
        found.equal("`paid`", paid, answer, given=f"250 and the answer `{answer}`")
    given = {"amount": "a lot"}
    try:
        _, strange = asked(refund, given)
    except ValueError as error:
        found.stop(f"With {show(given)} the node fails: {error}. It should decline.")
    found.that("\"a lot\" asks nobody", not questions(strange), f"With {show(given)} a person is asked.")
    found.equal("`paid`", strange.get("paid"), False, given=given)
