"""State: its schemas, reducers, and what of it a graph takes and gives.

Schemas inside functions use local names, so annotations are not postponed here.
"""

import operator
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NotRequired, Required, TypedDict
from uuid import UUID

from pydantic import BaseModel, Field

from ..harness import Namespace, Run, thread
from . import PURE, STORED, program


class Totals(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    count: Annotated[int, operator.add]
    last: str


def longest(left: str, right: str) -> str:
    return max(left, right, key=len)


def both(left: dict, right: dict) -> dict:
    return {**left, **right}


@program("A1", "A2", "A6", "A20", "B1", "F1", "F2")
def typed_dict_state(lg: Namespace, run: Run) -> None:
    class State(TypedDict):
        topic: str
        joke: NotRequired[str]
        score: Required[int]

    @lg.node
    def refine(state: State) -> dict:
        return {"topic": state["topic"] + " and cats"}

    @lg.node
    def write(state: State) -> dict:
        return {"joke": f"about {state['topic']}", "score": len(state)}

    builder = lg.StateGraph(State).add_node(refine).add_node(write)
    builder.add_edge(lg.START, "refine").add_edge("refine", "write").add_edge("write", lg.END)
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"topic": "ice cream"}, thread("a"))
    for mode in ("values", "updates", ["updates", "values"]):
        run.stream(app, {"topic": "dogs", "score": 1}, thread(str(mode)), stream_mode=mode)
    run.stream(app, {"topic": "default mode"}, thread("d"))


@program("A3", "A6", "B1")
def dataclass_state(lg: Namespace, run: Run) -> None:
    @dataclass
    class State:
        topic: str
        tags: Annotated[list, operator.add] = field(default_factory=list)
        tries: int = 3

    @lg.node
    def look(state: State) -> dict:
        return {"tags": [type(state).__name__, state.topic, state.tries]}

    @lg.node
    def answer(state: State) -> State:
        return State(topic=state.topic.upper(), tags=["answer"])

    builder = lg.StateGraph(State).add_sequence([look, answer]).add_edge(lg.START, "look")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"topic": "a dict"}, thread("1"))
    run.invoke(app, State(topic="an instance", tries=5), thread("2"))
    run.stream(app, {"topic": "streamed"}, thread("3"), stream_mode=["values", "updates"])


@program("A4", "A6", "B1")
def pydantic_state(lg: Namespace, run: Run) -> None:
    class Address(BaseModel):
        city: str = "?"

    class State(BaseModel):
        name: str
        age: int = 1
        home: Address = Address()
        seen: Annotated[list[str], operator.add] = []

    @lg.node
    def look(state: State) -> dict:
        return {"seen": [f"{type(state).__name__} {type(state.age).__name__} {type(state.home).__name__}"]}

    @lg.node
    def move(state: State) -> State:
        return State(name=state.name, home=Address(city="Oslo"))

    builder = lg.StateGraph(State).add_sequence([look, move]).add_edge(lg.START, "look")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"name": "Ada", "age": "36", "home": {"city": "London"}}, thread("1"))
    run.invoke(app, State(name="Bob"), thread("2"))
    run.stream(app, {"name": "Cy"}, thread("3"), stream_mode=["values", "updates"])


@program("A3", "A4")
def a_returned_instance_writes_its_fields(lg: Namespace, run: Run) -> None:
    @dataclass
    class Data:
        a: int
        b: str | None = None
        c: int = 7

    class Model(BaseModel):
        a: int
        b: str | None = None
        c: int = 7

    for number, schema in enumerate((Data, Model)):
        for fields in ({}, {"b": "returned"}, {"b": None}, {"b": None, "c": 8}):
            answer = schema(a=9, **fields)
            builder = lg.StateGraph(schema).add_node("n", lg.node(lambda state, answer=answer: answer))
            app = builder.add_edge(lg.START, "n").compile(checkpointer=run.saver)
            given = {"a": 1, "b": "given", "c": 3}
            run.stream(app, given, thread(f"{number} {fields}"), stream_mode=["updates", "values"])


@program("A4")
def pydantic_defaults_stay_out_of_the_state(lg: Namespace, run: Run) -> None:
    class State(BaseModel):
        x: int = 1
        y: str = "default"
        made: list[int] = Field(default_factory=list)

    @lg.node
    def look(state: State) -> dict:
        return {"y": " ".join(sorted(state.model_fields_set))}

    app = lg.StateGraph(State).add_node(look).add_edge(lg.START, "look").compile(checkpointer=run.saver)
    run.stream(app, {"x": 2}, thread("1"), stream_mode=["updates", "values"])
    run.stream(app, State(x=2), thread("2"), stream_mode=["updates", "values"])


@program("A4")
def pydantic_refuses_wrong_input(lg: Namespace, run: Run) -> None:
    class State(BaseModel):
        name: str
        age: int = 1

    @lg.node
    def spoil(state: State) -> dict:
        return {"age": "not a number"}

    builder = lg.StateGraph(State).add_node(spoil).add_edge(lg.START, "spoil")
    app = builder.compile(checkpointer=run.saver)
    run.says("ValidationError", run.invoke, app, {"name": "x", "age": "many"}, thread("1"))
    run.says("ValidationError", run.invoke, app, {"age": 1}, thread("2"))
    run.invoke(app, {"name": "outputs are not validated"}, thread("3"))
    longer = lg.StateGraph(State).add_sequence([spoil, lg.adds("look", "name")]).add_edge(lg.START, "spoil")
    app = longer.compile(checkpointer=run.saver)
    run.says("ValidationError", run.invoke, app, {"name": "but the next node's input is"}, thread("4"))


@program("A6", "A26", "A32")
def reducers_fold_writes_in_order(lg: Namespace, run: Run) -> None:
    class State(TypedDict, total=False):
        seen: Annotated[list, operator.add]
        count: Annotated[int, operator.add]
        word: Annotated[str, longest]
        found: Annotated[dict, both]
        kinds: Annotated[set, operator.or_]

    def writer(name: str) -> Any:
        def write(state: State) -> dict:
            return {"seen": [name], "count": len(name), "word": name, "found": {name: 1}, "kinds": {name}}

        return lg.node(write)

    builder = lg.StateGraph(State)
    for name in ("b", "ccc", "aa"):
        builder.add_node(name, writer(name)).add_edge(lg.START, name)
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"seen": ["in"], "word": "x"}, thread())
    run.stream(app, {"count": 10, "found": {"b": 0}}, thread(), stream_mode=["updates", "values"])


@program("A6")
def a_reducer_starts_from_the_empty_value_of_its_type(lg: Namespace, run: Run) -> None:
    class State(TypedDict, total=False):
        a_list: Annotated[list, operator.add]
        a_typed_list: Annotated[list[int], operator.add]
        a_sequence: Annotated[Sequence[int], operator.add]
        a_dict: Annotated[dict, operator.or_]
        an_int: Annotated[int, operator.add]
        a_float: Annotated[float, operator.add]
        a_str: Annotated[str, operator.add]
        a_set: Annotated[set, operator.or_]
        a_tuple: Annotated[tuple, operator.add]
        a_deque: Annotated[deque, operator.add]
        no_constructor: Annotated[int | None, lambda left, right: (left, right)]
        plain: int

    @lg.node
    def look(state: State) -> dict:
        return {"an_int": 1, "no_constructor": 5, "plain": len(state)}

    app = lg.StateGraph(State).add_node(look).add_edge(lg.START, "look").compile(checkpointer=run.saver)
    run.stream(app, {}, thread("1"), stream_mode=["values", "updates"])
    run.stream(app, {"a_tuple": (1,), "a_set": {1}, "a_str": "s"}, thread("2"), stream_mode="values")


@program("A8")
def overwrite_bypasses_a_reducer(lg: Namespace, run: Run) -> None:
    @lg.node
    def reset(state: Totals) -> dict:
        return {"seen": lg.Overwrite(["fresh"]), "count": lg.Overwrite(value=100)}

    @lg.node
    def reset_by_dict(state: Totals) -> dict:
        return {"seen": {"__overwrite__": ["by dict"]}}

    builder = lg.StateGraph(Totals).add_sequence([lg.adds("first"), reset, lg.adds("then"), reset_by_dict])
    app = builder.add_edge(lg.START, "first").compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["in"], "count": 1}, thread(), stream_mode=["values", "updates"])
    run.invoke(app, {"seen": lg.Overwrite(["as input"])}, thread())
    twice = lg.StateGraph(Totals).add_node("x", reset).add_node("y", reset)
    twice = twice.add_edge(lg.START, "x").add_edge(lg.START, "y").compile(checkpointer=run.saver)
    run.raises("InvalidUpdateError", run.invoke, twice, {"count": 1}, thread("2"))


@program("A8", "A32")
def overwrite_wins_over_writes_beside_it(lg: Namespace, run: Run) -> None:
    @lg.node
    def reset(state: Totals) -> dict:
        return {"seen": lg.Overwrite(["only this"])}

    builder = lg.StateGraph(Totals)
    for name, node in (("a", lg.adds("a")), ("reset", reset), ("z", lg.adds("z"))):
        builder.add_node(name, node).add_edge(lg.START, name)
    run.invoke(builder.compile(checkpointer=run.saver), {"seen": ["in"]}, thread())


@program("A11")
def input_and_output_schemas_filter(lg: Namespace, run: Run) -> None:
    class Question(TypedDict):
        question: str

    class Answer(TypedDict):
        answer: str

    class State(Question, Answer):
        notes: Annotated[list, operator.add]

    @lg.node
    def think(state: Question) -> dict:
        return {"notes": sorted(state), "answer": state["question"] + "!"}

    @lg.node
    def check(state: State) -> dict:
        return {"notes": sorted(state)}

    builder = lg.StateGraph(State, input_schema=Question, output_schema=Answer)
    builder.add_sequence([think, check]).add_edge(lg.START, "think")
    app = builder.compile(checkpointer=run.saver)
    run.invoke(app, {"question": "why", "answer": "ignored"}, thread())
    run.stream(app, {"question": "how"}, thread(), stream_mode=["values", "updates"])
    if run.saver:
        run.get_state(app, thread())


@program("A12")
def private_state_stays_inside(lg: Namespace, run: Run) -> None:
    class State(TypedDict):
        seen: Annotated[list, operator.add]

    class Private(TypedDict):
        secret: int

    class Both(State, Private):
        pass

    @lg.node
    def give(state: State) -> Private:
        return {"secret": 7}

    @lg.node
    def take(state: Private) -> dict:
        return {"seen": [dict(state)]}

    @lg.node
    def peek(state: Both) -> dict:
        return {"seen": [sorted(state)]}

    builder = lg.StateGraph(State).add_sequence([give, take, peek]).add_edge(lg.START, "give")
    app = builder.compile(checkpointer=run.saver)
    run.stream(app, {"seen": []}, thread(), stream_mode=["values", "updates"])
    run.invoke(app, {"seen": ["x"], "secret": 1}, thread("2"))


@program("A2", "B3")
def unknown_keys_are_dropped(lg: Namespace, run: Run) -> None:
    @lg.node
    def stray(state: Totals) -> dict:
        return {"nowhere": 1, "last": ",".join(sorted(state))}

    app = lg.StateGraph(Totals).add_node(stray).add_edge(lg.START, "stray").compile(checkpointer=run.saver)
    run.stream(app, {"seen": ["x"], "what": 1}, thread(), stream_mode=["values", "updates"])


@program("A14", "A15", "A22")
def nodes_come_in_many_forms(lg: Namespace, run: Run) -> None:
    import functools

    class Shout:
        def __call__(self, state: Totals) -> dict:
            return {"seen": ["class"]}

    def plain(state: Totals) -> dict:
        return {"seen": ["plain"]}

    def partly(greeting: str, state: Totals) -> dict:
        return {"seen": [greeting]}

    builder = lg.StateGraph(Totals).add_node(lg.node(plain))
    builder.add_node("lam", lambda state: {"seen": ["lambda"]}).add_node("cls", Shout())
    builder.add_node("part", functools.partial(partly, "partial")).add_node("none", lambda state: None)
    builder.add_sequence([("s1", lg.adds("s1")), lg.adds("s2")])
    for source, target in zip(
        (lg.START, "plain", "lam", "cls", "part", "none"), ("plain", "lam", "cls", "part", "none", "s1"), strict=True
    ):
        builder.add_edge(source, target)
    run.stream(builder.compile(checkpointer=run.saver), {"seen": []}, thread(), stream_mode=["updates", "values"])


@program("A5", savers=PURE)
def root_state_is_the_value_itself(lg: Namespace, run: Run) -> None:
    @lg.node
    def more(state: list) -> list:
        return [len(state)]

    app = lg.StateGraph(Annotated[list, operator.add]).add_node(more).add_edge(lg.START, "more").compile()
    run.stream(app, ["in"], stream_mode=["values", "updates"])


class Colour(Enum):
    RED = "red"


class Place(BaseModel):
    city: str
    since: datetime = datetime(2020, 1, 2)


@dataclass
class Point:
    x: int
    y: float = 0.5


class Kept(BaseModel):
    turns: Annotated[int, operator.add] = 0
    home: Place | None = None
    points: list[Point] = []
    colour: Colour | None = None


VALUES: dict[str, Any] = {
    "datetime": datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    "date": date(2020, 1, 2),
    "time": time(1, 2, 3),
    "timedelta": timedelta(days=1, microseconds=5),
    "uuid": UUID(int=5),
    "decimal": Decimal("1.50"),
    "path": Path("/a/b"),
    "set": {1},
    "frozenset": frozenset({2}),
    "deque": deque([1, 2]),
    "bytes": b"\x00\xff",
    "float": 0.1,
    "infinity": float("inf"),
    "text": "é \u2028 \U0001f600",
    "none": None,
    "nested": {"list": [{"deep": [1, None, True]}], "empty": {}},
    "keys": {1: "int", "s": "str"},
}


@program("D20", savers=STORED)
def values_of_many_kinds_come_back_as_they_were(lg: Namespace, run: Run) -> None:
    class Box(TypedDict, total=False):
        value: Any
        turns: Annotated[int, operator.add]

    @lg.node
    def keep(state: Box) -> dict:
        return {"turns": 1}

    app = lg.StateGraph(Box).add_node(keep).add_edge(lg.START, "keep").compile(checkpointer=run.saver)
    for name, value in VALUES.items():
        run.invoke(app, {"value": value}, thread(name))
        run.show(name, repr(run.get_state(app, thread(name)).values["value"]))


@program("A4", "D20", savers=STORED)
def instances_in_the_state_come_back_as_they_were(lg: Namespace, run: Run) -> None:
    @lg.node
    def look(state: Kept) -> dict:
        home = state.home or Place(city="nowhere")
        return {"turns": 1, "home": home, "points": [*state.points, Point(state.turns)], "colour": Colour.RED}

    app = lg.StateGraph(Kept).add_node(look).add_edge(lg.START, "look").compile(checkpointer=run.saver)
    run.invoke(app, {"home": {"city": "Oslo"}}, thread())
    run.invoke(app, {"turns": 10}, thread())
    run.get_state(app, thread())


@program("A26", "A32", "A33")
def the_number_of_workers_does_not_change_a_result(lg: Namespace, run: Run) -> None:
    def each(state: Totals) -> list:
        return [lg.Send("work", {"count": number}) for number in range(20)]

    def work(state: Totals) -> dict:
        return {"seen": [state["count"]], "count": 1}

    builder = (
        lg.StateGraph(Totals).add_node("work", lg.node(work)).add_conditional_edges(lg.START, lg.node(each), ["work"])
    )
    for number in range(10):
        builder.add_node(f"n{number}", lg.adds(f"n{number}")).add_edge(lg.START, f"n{number}")
    app = builder.compile(checkpointer=run.saver)
    for workers in (None, 8, 2, 1):
        run.invoke(app, {"seen": ["in"]}, {**thread(str(workers)), "max_concurrency": workers})
