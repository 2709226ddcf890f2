"""The examples in docstrings run, and give what they say. (Those of the notebook are run with its tests.)"""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import langgraph_nb

ROOT = Path(langgraph_nb.__file__).parent
ELSEWHERE = {"notebook", "cli", "trace", "serve"}
MODULES = sorted(
    ".".join(("langgraph_nb", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if path.relative_to(ROOT).parts[0] not in ELSEWHERE and ">>> " in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), report=True)
    assert result.failed == 0 and result.attempted > 0


def test_there_are_examples() -> None:
    assert {"langgraph_nb.types", "langgraph_nb.graph.state", "langgraph_nb.pregel.main"} <= set(MODULES)
