"""The examples in docstrings run, and give what they say. (Those of the notebook are run with its tests.)"""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
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


ALONE = """
import doctest, importlib, sys
result = doctest.testmod(importlib.import_module(sys.argv[1]), report=True)
sys.exit(result.failed or not result.attempted)
"""


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    if name.startswith("langgraph_nb.alias"):  # an alias is for a whole process, and before LangGraph is imported
        subprocess.run([sys.executable, "-c", ALONE, name], cwd=ROOT.parent, check=True)
        return
    result = doctest.testmod(importlib.import_module(name), report=True)
    assert result.failed == 0 and result.attempted > 0


def test_there_are_examples() -> None:
    assert {"langgraph_nb.types", "langgraph_nb.graph.state", "langgraph_nb.pregel.main"} <= set(MODULES)
