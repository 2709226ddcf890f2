"""What classes of every kind say about a state: which keys, whether they have to be there, where they begin.

Schemas inside functions use local names, so annotations are not postponed here.
"""

import operator
from collections.abc import Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, Optional, Required, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    computed_field,
    field_validator,
    model_validator,
)
from typing_extensions import ReadOnly, TypedDict

from ..harness import Namespace, Run, thread
from . import program, typed

T = TypeVar("T")


def graph_of(lg: Namespace, run: Run, schema: Any, *nodes: Any, **options: Any) -> Any:
    """A graph of these nodes, one after the other."""
    named = [(f"n{number}", lg.node(node)) for number, node in enumerate(nodes)]
    return (
        lg.StateGraph(schema, **options).add_sequence(named).add_edge(lg.START, "n0").compile(checkpointer=run.saver)
    )


def watched(run: Run, app: Any, given: Any, name: str) -> None:
    """Two turns of a thread, and how its state stands after them."""
    run.tries(run.stream, app, given, thread(name), stream_mode=["updates", "values"])
    run.tries(run.invoke, app, given, thread(name))
    if run.saver:
        run.show("values", run.call(app, "get_state", thread(name)).values)


class Base(TypedDict):
    name: Required[str]
    seen: Annotated[list, operator.add]


class Middle(Base, total=False):
    count: Annotated[int, operator.add]
    frozen: ReadOnly[str]


class Last(Middle):
    note: NotRequired[Annotated[str, operator.add]]
    wrapped: Annotated[NotRequired[list], operator.add]
    deep: Required[ReadOnly[list]]
    later: "Annotated[list[Later], operator.add]"
    either: Optional[Literal["a", "b"]]  # noqa: UP045 - both forms are in use


class Later(TypedDict):
    inner: int


@program("A2", "A6")
def typed_dicts_of_every_form(lg: Namespace, run: Run) -> None:
    def look(state: Last) -> dict:
        return {"seen": [sorted(state)], "note": "n", "wrapped": [1], "deep": [2], "later": [{"inner": 3}], "count": 1}

    def last(state: Base) -> Last:
        return {"seen": [sorted(state)], "frozen": state["name"], "either": "a"}

    for number, schema in enumerate((Base, Middle, Last)):
        app = graph_of(lg, run, schema, look, last)
        watched(run, app, {"name": "x"}, str(number))
        watched(run, app, {"seen": ["in"], "note": "in", "frozen": "f", "extra": 1}, f"{number} more")


@program("A2", "A6")
def typed_dicts_made_by_calls_and_with_arguments(lg: Namespace, run: Run) -> None:
    class Box(TypedDict, Generic[T]):
        value: T
        many: Annotated[list[T], operator.add]

    functional = typed("functional", {"a-b": int, "class": Annotated[list, operator.add], "Ü": str})

    def boxed(state: Box[int]) -> dict:
        return {"value": 1, "many": [len(state)]}

    def named(state: functional) -> dict:
        return {"a-b": 1, "class": [sorted(state)], "Ü": "ü"}

    watched(run, graph_of(lg, run, Box[int], boxed), {"value": 0}, "1")
    watched(run, graph_of(lg, run, Box, boxed), {"many": [0]}, "2")
    watched(run, graph_of(lg, run, functional, named), {"class": [0]}, "3")


@program("A3", "A6")
def dataclasses_of_every_form(lg: Namespace, run: Run) -> None:
    @dataclass
    class Plain:
        name: str
        seen: Annotated[list, operator.add] = field(default_factory=list)
        tries: int = 3
        made: list = field(default_factory=lambda: ["made"])

    @dataclass(frozen=True, slots=True)
    class Frozen:
        name: str
        seen: Annotated[list, operator.add] = field(default_factory=list)
        tries: int = 3
        made: str = "made"

    @dataclass(kw_only=True)
    class Child(Plain):
        own: dict = field(default_factory=dict)
        tries: int = 5

    @dataclass
    class Checked:
        name: str
        _: KW_ONLY
        seen: Annotated[list, operator.add] = field(default_factory=list)
        tries: int = 1
        made: str = ""

        def __post_init__(self) -> None:
            self.made = self.made or f"after {self.name}"
            if self.tries > 90:
                raise ValueError(f"too many tries: {self.tries}")

    def look(state: Any) -> dict:
        return {"seen": [type(state).__name__, state.tries, state.made], "tries": state.tries + 1}

    for number, schema in enumerate((Plain, Frozen, Child, Checked)):
        again = lambda state, schema=schema: schema(name=state.name + "!", tries=state.tries)  # noqa: E731
        app = graph_of(lg, run, schema, look, again, look)
        watched(run, app, {"name": "x"}, str(number))
        watched(run, app, schema(name="y", tries=7), f"{number} instance")
        run.fails("TypeError", run.invoke, app, {"tries": 1}, thread(f"{number} missing"))
    run.says("ValueError", run.invoke, graph_of(lg, run, Checked, look), {"name": "x", "tries": 91}, thread("no"))


class Inner(BaseModel):
    n: int = 1
    tags: list[str] = []


@program("A4")
def pydantic_models_of_every_form(lg: Namespace, run: Run) -> None:
    class Model(BaseModel):
        name: str
        seen: Annotated[list, operator.add] = Field(default_factory=list)
        inner: Inner = Field(default_factory=Inner)
        several: dict[str, Inner] = {}
        maybe: Inner | None = None
        either: int | str = 0
        bounded: Annotated[int, Field(ge=0, le=10)] = 5
        _private: int = PrivateAttr(7)

        @field_validator("name")
        @classmethod
        def trimmed(cls, value: str) -> str:
            return value.strip()

        @model_validator(mode="after")
        def agrees(self) -> "Model":
            if self.name == "bad":
                raise ValueError("a bad name")
            return self

        @computed_field
        @property
        def loud(self) -> str:
            return self.name.upper()

    def look(state: Model) -> dict:
        shown = [state.name, type(state.inner).__name__, sorted(state.several), state.loud, state._private]
        return {"seen": [[*shown, sorted(state.model_fields_set)]], "bounded": state.bounded + 1}

    def change(state: Model) -> Model:
        state.seen.append("in place")
        state.inner.n += 1
        return state

    def anew(state: Model) -> Model:
        return Model(name=" anew ", inner={"n": 9}, maybe=None)

    app = graph_of(lg, run, Model, look, change, look, anew, look)
    watched(run, app, {"name": " x "}, "1")
    watched(run, app, {"name": "x", "inner": {"n": "4"}, "several": {"k": {"n": 2}}, "maybe": {}}, "2")
    watched(run, app, Model(name="m", either="s", bounded=2), "3")
    for wrong in ({"name": "bad"}, {"name": 1}, {"inner": {}}, {"name": "x", "bounded": 11}, {"name": "x", "inner": 3}):
        run.says("ValidationError", run.invoke, app, wrong, thread(str(wrong)))
    run.says("ValidationError", run.invoke, app, {"name": "x", "bounded": 9}, thread("grows"))


@program("A4")
def pydantic_models_with_settings_of_their_own(lg: Namespace, run: Run) -> None:
    class Aliased(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        given: str = Field(default="d", alias="givenName")
        seen: Annotated[list, operator.add] = Field(default=[], validation_alias=AliasChoices("seen", "Seen"))

    class OnlyAlias(BaseModel):
        given: str = Field(default="d", alias="givenName")
        seen: Annotated[list, operator.add] = []

    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)
        given: str = "d"
        seen: Annotated[list, operator.add] = []

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow", validate_assignment=True)
        given: str = "d"
        seen: Annotated[list, operator.add] = []

    class Frozen(BaseModel):
        model_config = ConfigDict(frozen=True)
        given: str = "d"
        seen: Annotated[list, operator.add] = []

    def look(state: Any) -> dict:
        return {"seen": [[state.given, sorted(state.model_fields_set), sorted(state.model_extra or {})]]}

    def answer(state: Any) -> Any:
        return type(state)(seen=["anew"])

    for schema in (Aliased, OnlyAlias, Strict, Open, Frozen):
        app = graph_of(lg, run, schema, look, answer, look)
        for given in ({"given": "a"}, {"givenName": "b"}, {"given": "a", "other": 1}, {"Seen": [1], "given": "c"}, {}):
            name = f"{schema.__name__} {given}"
            run.tries(run.invoke, app, given, thread(name))
        run.invoke(app, schema(), thread(f"{schema.__name__} instance"))
    run.invoke(graph_of(lg, run, Aliased, look, answer, look), Aliased(givenName="c"), thread("by alias"))


@program("A4", "A2")
def generic_and_inherited_models(lg: Namespace, run: Run) -> None:
    class Box(BaseModel, Generic[T]):
        value: T
        seen: Annotated[list, operator.add] = []

    class Child(Box[int]):
        own: str = "own"

    class Grandchild(Child):
        own: Annotated[str, operator.add] = "override"

    def look(state: Any) -> dict:
        return {"seen": [[type(state).__name__, state.value]], "own": "w"}

    for schema in (Box[int], Box[list[str]], Child, Grandchild):
        value = "3" if schema is not Box[list[str]] else ["x"]
        app = graph_of(lg, run, schema, look, look)
        watched(run, app, {"value": value}, schema.__name__)
        run.says("ValidationError", run.invoke, app, {"value": {"no": 1}}, thread(f"{schema.__name__} wrong"))


@program("A2", "A3")
def classes_with_annotations_of_other_kinds(lg: Namespace, run: Run) -> None:
    class Pair(NamedTuple):
        n: int
        seen: Annotated[list, operator.add] = []  # noqa: RUF012 - a default of a tuple

    class Plain:
        n: int
        seen: Annotated[list, operator.add]

    class Bare:
        pass

    def look(state: Any) -> dict:
        return {"n": 1, "seen": [type(state).__name__]}

    def answer(state: Any) -> Any:
        made = Plain()
        made.seen = ["an instance"]
        return made

    for schema in (Pair, Plain):
        watched(run, graph_of(lg, run, schema, look, answer), {"n": 0}, schema.__name__)
    run.fails("InvalidUpdateError", run.invoke, graph_of(lg, run, Plain, lambda s: Bare()), {"n": 0}, thread("no"))


class Tree(BaseModel):
    name: str = "root"
    children: Annotated[list["Tree"], operator.add] = []
    parent: "Tree | None" = None


@program("A4", "A2")
def schemas_that_name_what_is_defined_later(lg: Namespace, run: Run) -> None:
    class Local(BaseModel):
        n: int = 0
        more: Optional["Local"] = None

    class LocalDict(TypedDict):
        n: "int"
        local: "Local"

    def grow(state: Tree) -> dict:
        return {"children": [Tree(name=f"{state.name} {len(state.children)}")], "parent": {"name": "dict"}}

    def look(state: "Tree") -> dict:
        return {"name": type(state.parent).__name__}

    def local(state: "Local") -> "dict":
        return {"n": 1}

    watched(run, graph_of(lg, run, Tree, grow, look), {"name": "t", "children": [{"name": "c"}]}, "tree")
    for schema in (Local, LocalDict):
        run.raises("NameError", lg.StateGraph, schema)
    watched(run, graph_of(lg, run, typed("plain", {"n": int}), local), {"n": 0}, "local")


@program("A5", "A6")
def root_states_of_every_form(lg: Namespace, run: Run) -> None:
    def joined(left: str, right: str) -> str:
        return f"{left}|{right}"

    cases: list[tuple[Any, Any, Any]] = [
        (Annotated[list, operator.add], ["in"], lambda state: [len(state)]),
        (Annotated[str, joined], "in", lambda state: state.upper()),
        (Annotated[int, "doc", operator.add], 3, lambda state: state * 10),
        (Annotated[dict, operator.or_], {"a": 1}, lambda state: {"b": len(state)}),
        (dict, {"a": 1}, lambda state: {"b": len(state)}),
        (int, 3, lambda state: state + 1),
        (str, "in", lambda state: None),
        (Annotated[list, lg.LastValue], ["in"], lambda state: [*state, 1]),
    ]
    for number, (schema, given, node) in enumerate(cases):
        watched(run, graph_of(lg, run, schema, node, node), given, str(number))
    commanded = graph_of(lg, run, Annotated[list, operator.add], lambda state: lg.Command(update=["by command"]))
    watched(run, commanded, ["in"], "command")


@program("A6")
def reducers_begin_where_their_type_does(lg: Namespace, run: Run) -> None:
    class Point(NamedTuple):
        x: int = 0

    class Needs:
        def __init__(self, n: int) -> None:
            self.n = n

        def __repr__(self) -> str:
            return f"Needs({self.n})"

    def pair(left: Any, right: Any) -> Any:
        return [left, right]

    kinds: dict[str, Any] = {
        "iterable": Iterable[int], "sequence": Sequence, "mutable_sequence": MutableSequence[int],
        "abstract_set": AbstractSet[int], "mapping": Mapping[str, int], "mutable_mapping": MutableMapping[str, int],
        "a_set": set[int], "frozen": frozenset, "a_bool": bool, "raw": bytes, "point": Point,
        "needs": Needs, "maybe": list | None, "optional": dict | None, "anything": Any, "literal": Literal["a"],
        "nested": list[dict[str, list[int]]], "variable": T,
    }  # fmt: skip
    for name, kind in kinds.items():
        schema = typed("schema", {name: Annotated[kind, pair], "n": int}, total=False)
        app = graph_of(lg, run, schema, lambda state, name=name: {name: repr(state.get(name, "nothing"))})
        run.invoke(app, {"n": 1}, thread(name))
        run.invoke(app, {name: 1}, thread(f"{name} given"))


@program("A6", "A7")
def reducers_and_channels_of_every_form(lg: Namespace, run: Run) -> None:
    class Adds:
        def __call__(self, left: list, right: list) -> list:
            return [*left, *right]

        def method(self, left: list, right: list) -> list:
            return [*right, *left]

        @staticmethod
        def static(left: list, right: list) -> list:
            return [*left, "static", *right]

    def optional(left: list, right: list, *, key: int = 1) -> list:
        return [*left, key, *right]

    def anything(*values: list) -> list:
        return [item for value in values for item in value]

    reducers: list[Any] = [Adds(), Adds().method, Adds.static, optional, lambda a, b: a + b, operator.add]
    for number, reducer in enumerate(reducers):
        schema = typed("schema", {"seen": Annotated[list, "doc", reducer]})
        app = graph_of(lg, run, schema, lambda state: {"seen": [len(state["seen"])]})
        run.invoke(app, {"seen": ["in"]}, thread(str(number)))
    first = typed("first", {"seen": Annotated[list, operator.add, "doc"]})
    run.invoke(graph_of(lg, run, first, lambda state: {"seen": [1]}), {"seen": ["in"]}, thread("not last"))
    channel = typed("channel", {"seen": Annotated[list, lg.BinaryOperatorAggregate(list, anything), operator.add]})
    run.invoke(graph_of(lg, run, channel, lambda state: {"seen": [1]}), {"seen": ["in"]}, thread("channel"))

    def one(left: list) -> list:
        return left

    def three(left: list, right: list, more: list) -> list:
        return left

    def several(*values: list) -> list:
        return list(values)

    def defaulted(left: list, right: list, more: int = 1) -> list:
        return [*left, more, *right]

    for wrong in (one, three, several, defaulted):
        schema = typed("schema", {"seen": Annotated[list, wrong]})
        run.raises("ValueError", lg.StateGraph, schema)


@program("A8", "A5", "A3", "A4")
def overwrites_in_states_of_every_form(lg: Namespace, run: Run) -> None:
    @dataclass
    class Data:
        seen: Annotated[list, operator.add] = field(default_factory=list)
        plain: int = 0

    class Model(BaseModel):
        seen: Annotated[Any, operator.add] = []
        plain: Any = 0

    def reset(state: Any) -> dict:
        return {"seen": lg.Overwrite(["reset"]), "plain": lg.Overwrite(5)}

    def more(state: Any) -> dict:
        return {"seen": ["more"]}

    def command(state: Any) -> Any:
        return lg.Command(update={"seen": lg.Overwrite(value=["command"])})

    def none(state: Any) -> dict:
        return {"seen": lg.Overwrite(None)}

    for schema in (Data, Model):
        watched(run, graph_of(lg, run, schema, more, reset, more, command, more), {"seen": ["in"]}, schema.__name__)
    root = graph_of(lg, run, Annotated[list, operator.add], lambda s: lg.Overwrite(["root"]), lambda s: ["more"])
    watched(run, root, ["in"], "root")
    run.invoke(graph_of(lg, run, Model, none), {"seen": ["in"]}, thread("none"))
    run.invoke(graph_of(lg, run, Data, more), {"seen": lg.Overwrite(["input"])}, thread("input"))
    if run.saver:
        app = graph_of(lg, run, Data, more)
        run.invoke(app, {"seen": ["in"]}, thread("update"))
        run.update_state(app, thread("update"), {"seen": lg.Overwrite(["update"])})
        run.get_state(app, thread("update"))
        run.show("repr", [repr(lg.Overwrite([1])), lg.Overwrite([1]) == lg.Overwrite([1])])
