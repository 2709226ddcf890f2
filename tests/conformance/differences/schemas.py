"""Differences in what a schema says."""

import operator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Required

from typing_extensions import ReadOnly

from ..harness import Namespace, Run, thread
from ..programs import typed
from . import Refused, differs, one_node


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
