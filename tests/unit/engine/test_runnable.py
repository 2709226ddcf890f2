"""A compiled graph as a LangChain Runnable, which costs nothing where LangChain is not in use."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest
from langchain_core.runnables import Runnable, RunnableSerializable
from pydantic import BaseModel, ConfigDict, ValidationError

from langgraph_nb.graph import START, StateGraph
from langgraph_nb.graph.state import CompiledStateGraph
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
