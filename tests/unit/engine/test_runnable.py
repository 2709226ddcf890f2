"""A compiled graph as a LangChain Runnable, which costs nothing where LangChain is not in use."""

from __future__ import annotations

import copy
import operator
import subprocess
import sys
from typing import Annotated, Any

import pytest
from langchain_core.runnables import Runnable, RunnableSerializable
from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import TypedDict

from langgraph_nb.graph import START, StateGraph
from langgraph_nb.graph.state import CompiledStateGraph
from langgraph_nb.managed import IsLastStep
from langgraph_nb.pregel import Pregel


def graph() -> Any:
    return StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()


WITHOUT = """
import sys
from langgraph_nb.graph import START, StateGraph
from langgraph_nb.pregel import Pregel
graph = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a").compile()
assert graph.invoke({}, {"tags": ["t"]}) == {"x": 1}
assert not hasattr(graph, "_repr_html_") and not hasattr(graph, "_ipython_display_")
assert isinstance(graph, object) and not isinstance(graph, dict) and "invoke" in dir(graph)
assert not {"langchain_core", "langsmith", "pydantic"} & sys.modules.keys()
from langchain_core.runnables import Runnable
assert isinstance(graph, Runnable) and issubclass(Pregel, Runnable) and "batch" in dir(graph)
assert graph.batch([{}]) == [{"x": 1}]
"""


def test_nothing_of_langchain_is_loaded_before_it_is_used() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", WITHOUT], check=True)


def test_classes_are_runnables_once_langchain_is_there() -> None:
    assert isinstance(graph(), Runnable)
    assert issubclass(Pregel, Runnable)
    assert issubclass(CompiledStateGraph, Runnable)
    assert not isinstance(graph(), RunnableSerializable)


def test_a_field_of_a_pydantic_model_takes_a_graph() -> None:
    class Holder(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        runs: Runnable[Any, Any]

    assert Holder(runs=graph()).runs.invoke({}) == {"x": 1}
    with pytest.raises(ValidationError):
        Holder(runs=object())  # type: ignore[arg-type]


def test_an_attribute_that_nothing_has_is_an_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="'CompiledStateGraph' object has no attribute 'bach'"):
        _ = graph().bach


def test_a_copy_is_a_graph() -> None:
    assert copy.copy(graph()).invoke({}) == {"x": 1}
    assert graph().with_config(tags=["t"]).config["tags"] == ["t"]


def test_a_graph_is_renamed_and_a_copy_of_it_alone() -> None:
    first = graph()
    first.name = "mine"
    assert (first.name, first.get_name("Input"), first.invoke({})) == ("mine", "mine_input", {"x": 1})
    assert (first.copy({"name": "yours"}).name, first.copy(name="theirs").get_name(), first.name) == (
        "yours", "theirs", "mine",
    )  # fmt: skip
    assert first.copy({"debug": True}).name == "mine"


def test_a_builder_tells_the_schemas_that_its_nodes_go_by() -> None:
    class State(TypedDict):
        n: Annotated[int, operator.add]
        last: IsLastStep

    class Part(TypedDict):
        n: int
        more: str

    builder = StateGraph(State).add_node("a", lambda state: {"n": 1}, input_schema=Part)
    assert {schema.__name__: sorted(keys) for schema, keys in builder.schemas.items()} == {
        "State": ["last", "n"], "Part": ["more", "n"],
    }  # fmt: skip
    assert builder.schemas[State]["n"] is builder.channels["n"]


def test_classes_of_graphs_take_type_arguments_and_compile_takes_transformers() -> None:
    assert Pregel[Any] is not Pregel and CompiledStateGraph[Any, Any, Any, Any] is not CompiledStateGraph

    def projection(scope: tuple[str, ...]) -> None: ...

    builder = StateGraph(dict).add_node("a", lambda state: {"x": 1}).add_edge(START, "a")
    assert builder.compile(transformers=[projection]).stream_transformers == (projection,)
    assert builder.compile().stream_transformers == ()


def test_who_runs_a_builder_is_told_to_compile_it() -> None:
    builder: Any = StateGraph(dict)
    with pytest.raises(AttributeError, match=r"no attribute 'invoke'\. Compile it first: graph = builder\.compile\(\)"):
        builder.invoke({})
    with pytest.raises(AttributeError, match=r"no attribute 'nonsense'$"):
        builder.nonsense()
    assert not hasattr(builder, "__fspath__") and copy.copy(builder).nodes == {}
