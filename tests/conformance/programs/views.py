"""What of a state graphs take and give, and what single nodes see of it: input, output and private schemas.

Schemas inside functions use local names, so annotations are not postponed here.
"""

import operator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel

from ..harness import Namespace, Run, thread
from . import program


class Question(TypedDict):
    question: str


class Answer(TypedDict):
    answer: str


class State(Question, Answer):
    notes: Annotated[list, operator.add]


class QuestionModel(BaseModel):
    question: str
    tries: int = 2


class AnswerModel(BaseModel):
    answer: str


@dataclass
class StateData:
    question: str
    answer: str = "none yet"
    tries: int = 1
    notes: Annotated[list, operator.add] = field(default_factory=list)


def watched(run: Run, app: Any, given: Any, name: str) -> None:
    for mode in ("values", ["updates", "values"]):
        run.stream(app, given, thread(name), stream_mode=mode)
    run.invoke(app, given, thread(f"{name} once"))
    run.invoke(app, given, thread(f"{name} all"), output_keys=["notes"])
    if run.saver:
        run.get_state(app, thread(name))


@program("A11")
def input_and_output_schemas_of_other_kinds_than_the_state(lg: Namespace, run: Run) -> None:
    def think(state: Any) -> dict:
        got = sorted(state) if isinstance(state, dict) else sorted(vars(state))
        question = state["question"] if isinstance(state, dict) else state.question
        return {"notes": [type(state).__name__, *got], "answer": f"{question}!"}

    def asked(state: QuestionModel) -> dict:
        return {"notes": [type(state).__name__, state.question, state.tries]}

    kinds = [
        (State, QuestionModel, AnswerModel), (StateData, Question, Answer), (StateData, QuestionModel, Answer),
        (State, StateData, State), (State, State, QuestionModel),
    ]  # fmt: skip
    for number, (state, given, made) in enumerate(kinds):
        builder = lg.StateGraph(state, input_schema=given, output_schema=made)
        builder.add_sequence([("think", lg.node(think)), ("asked", lg.node(asked))]).add_edge(lg.START, "think")
        app = builder.compile(checkpointer=run.saver)
        watched(run, app, {"question": "why", "answer": "ignored?", "notes": ["in"], "what": 1}, str(number))
        if given is not Question and given is not State:
            watched(run, app, given(question="an instance"), f"{number} instance")
        run.invoke(app, {"question": "v2"}, thread(f"{number} v2"), version="v2")


@program("A11", "B3")
def input_that_the_schema_does_not_know(lg: Namespace, run: Run) -> None:
    def think(state: State) -> dict:
        return {"notes": sorted(state)}

    builder = lg.StateGraph(State, input_schema=Question, output_schema=Answer)
    app = builder.add_node("think", lg.node(think)).add_edge(lg.START, "think").compile(checkpointer=run.saver)
    for number, given in enumerate(({}, {"answer": "no input"}, {"other": 1}, {"question": None})):
        run.tries(run.stream, app, given, thread(str(number)), stream_mode=["updates", "values"])
    for number, given in enumerate(([("question", "pairs")], "text", 5)):
        run.tries(run.stream, app, given, thread(f"odd {number}"), stream_mode=["updates", "values"])


@program("A12", "A11")
def schemas_that_only_nodes_name(lg: Namespace, run: Run) -> None:
    class Private(TypedDict):
        secret: Annotated[list, operator.add]

    class PrivateModel(BaseModel):
        secret: list = []
        question: str = "?"

    class Nobody(TypedDict):
        nobody: int

    def give(state: State) -> Private:
        return {"secret": [1], "notes": sorted(state), "nobody": 5}

    def take(state: Private) -> dict:
        return {"secret": [len(state["secret"])], "notes": sorted(state)}

    def model(state: PrivateModel) -> dict:
        return {"notes": [type(state).__name__, *state.secret, state.question], "nobody": 6}

    def untyped(state):  # type: ignore[no-untyped-def]
        return {"notes": ["untyped", *sorted(state)]}

    def text(state: "State") -> dict:
        return {"notes": ["text", *sorted(state)]}

    def data(state: dict) -> dict:
        return {"notes": ["dict", *sorted(state)]}

    def nobody(state: Nobody) -> dict:
        return {"notes": ["nobody", *sorted(state)]}

    class Callable:
        def __call__(self, state: Private) -> dict:
            return {"notes": ["callable", *sorted(state)]}

        def method(self, state: Private) -> dict:
            return {"notes": ["method", *sorted(state)]}

    nodes: dict[str, Any] = {
        "give": give, "take": take, "model": model, "untyped": untyped, "text": text, "data": data, "nobody": nobody,
    }
    builder = lg.StateGraph(State, output_schema=Answer).add_sequence([(n, lg.node(c)) for n, c in nodes.items()])
    builder.add_node("callable", Callable()).add_node("method", lg.node(Callable().method))
    builder.add_node("given", lg.node(untyped), input_schema=Private)
    builder.add_node("over", lg.node(take), input_schema=State)
    for one, two in (("nobody", "callable"), ("callable", "method"), ("method", "given")):
        builder.add_edge(one, two)
    builder.add_edge(lg.START, "give")
    app = builder.compile(checkpointer=run.saver)
    run.show("channels", sorted(app.channels))
    watched(run, app, {"question": "q", "secret": [0], "nobody": 1}, "1")
    watched(run, app, {"question": "q", "notes": ["in"], "answer": "a"}, "2")


@program("A12", "A6")
def schemas_that_do_not_agree(lg: Namespace, run: Run) -> None:
    class Other(TypedDict):
        notes: list

    class Reduced(TypedDict):
        answer: Annotated[str, operator.add]

    class Again(TypedDict):
        notes: Annotated[list, operator.or_]

    def plain(state: Other) -> dict:
        return {"notes": ["plain"]}

    def reduced(state: Reduced) -> dict:
        return {"answer": "x"}

    def again(state: Again) -> dict:
        return {"notes": ["x"]}

    def made(node: Any) -> Any:
        return lg.StateGraph(State).add_node("n", lg.node(node)).add_edge(lg.START, "n").compile(checkpointer=run.saver)

    run.invoke(made(plain), {"notes": ["in"]}, thread("1"))
    for node in (reduced, again):
        run.raises("ValueError", made, node)
    run.raises("ValueError", lg.StateGraph, Other, input_schema=State, output_schema=Again)
    run.tries(lg.StateGraph, Other, input_schema=State)
