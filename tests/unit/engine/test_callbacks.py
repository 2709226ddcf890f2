"""LangChain's callbacks where a run is cut off, and the tracer that the environment asks for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler

from langgraph_nb.graph import START, StateGraph


class Chains(BaseCallbackHandler):
    """Notes how each chain ended, by its name."""

    def __init__(self) -> None:
        self.names: dict[UUID, str] = {}
        self.ends: list[tuple[str, str]] = []

    def on_chain_start(self, *args: Any, run_id: UUID, name: str, **more: Any) -> None:
        self.names[run_id] = name

    def on_chain_end(self, *args: Any, run_id: UUID, **more: Any) -> None:
        self.ends.append((self.names[run_id], "ends"))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        self.ends.append((self.names[run_id], type(error).__name__))


def chain(*nodes: Any) -> Any:
    builder = StateGraph(dict).add_sequence([(node.__name__, node) for node in nodes])
    return builder.add_edge(START, nodes[0].__name__).compile()


def test_an_interrupted_node_is_reported_as_failed() -> None:
    def stops(state: Any) -> Any:
        raise KeyboardInterrupt

    heard = Chains()
    with pytest.raises(KeyboardInterrupt):
        chain(stops).invoke({}, {"callbacks": [heard]})
    assert heard.ends == [("stops", "KeyboardInterrupt"), ("LangGraph", "KeyboardInterrupt")]


def test_a_cancelled_node_is_reported_as_failed() -> None:
    async def cancelled() -> list[tuple[str, str]]:
        heard, began = Chains(), asyncio.Event()

        async def waits(state: Any) -> Any:
            began.set()
            await asyncio.Event().wait()

        running = asyncio.ensure_future(chain(waits).ainvoke({}, {"callbacks": [heard]}))
        await began.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return heard.ends

    assert asyncio.run(cancelled()) == [("waits", "CancelledError"), ("LangGraph", "CancelledError")]


def test_the_cancelled_siblings_of_a_failed_node_are_reported_as_cancelled() -> None:
    async def failing() -> list[tuple[str, str]]:
        heard, began = Chains(), asyncio.Event()

        async def waits(state: Any) -> Any:
            began.set()
            await asyncio.Event().wait()

        async def fails(state: Any) -> Any:
            await began.wait()
            raise ValueError("no")

        builder = StateGraph(dict).add_node(waits).add_node(fails).add_edge(START, "waits").add_edge(START, "fails")
        with pytest.raises(ValueError, match="no"):
            await builder.compile().ainvoke({}, {"callbacks": [heard]})
        return heard.ends

    expected = [("fails", "ValueError"), ("waits", "CancelledError"), ("LangGraph", "ValueError")]
    assert asyncio.run(failing()) == expected


def test_a_stream_that_is_closed_is_reported_as_left() -> None:
    def first(state: Any) -> Any:
        return {"n": 1}

    def second(state: Any) -> Any:
        return {"n": 2}

    heard = Chains()
    stream = chain(first, second).stream({}, {"callbacks": [heard]})
    next(stream)
    stream.close()
    assert heard.ends == [("first", "ends"), ("LangGraph", "GeneratorExit")]


TRACED = """
import os, sys
from langgraph_nb.graph import START, StateGraph
seen = []
def node(state):
    from langsmith import get_current_run_tree
    seen.append(getattr(get_current_run_tree(), "name", None))
    return {}
StateGraph(dict).add_node(node).add_edge(START, "node").compile().invoke({})
print(seen[0], "langchain_core" in sys.modules)
sys.stdout.flush()
os._exit(0)  # what the tracer has to send is not waited for
"""


@pytest.mark.parametrize(("asked", "expected"), [("true", "node True"), ("false", "None False")])
def test_the_environment_can_ask_for_a_tracer(asked: str, expected: str) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH", "LANGCHAIN"))}
    variables |= {"LANGSMITH_TRACING": asked, "LANGSMITH_API_KEY": "none", "LANGSMITH_ENDPOINT": "http://127.0.0.1:9"}
    told = subprocess.run([sys.executable, "-c", TRACED], env=variables, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == expected
