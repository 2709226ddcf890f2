"""The limit of supersteps that holds where a run does not say one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
from langgraph_nb.graph import START, StateGraph
graph = StateGraph(dict).add_node("a", lambda state: {}).add_edge(START, "a").add_edge("a", "a").compile()
try:
    graph.invoke({})
except Exception as error:
    print(type(error).__name__, str(error).splitlines()[0])
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("7", "GraphRecursionError Recursion limit of 7 reached"),
        ("0", "ValueError recursion_limit must be at least 1"),
    ],
)
def test_the_default_limit_is_taken_from_the_environment(given: str, said: str) -> None:
    environment = {**os.environ, "LANGGRAPH_DEFAULT_RECURSION_LIMIT": given}
    command = [sys.executable, "-c", PROGRAM]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=True)
    assert run.stdout.startswith(said)
