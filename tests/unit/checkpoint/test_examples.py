"""The examples in the docstrings of the storage layer run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import langgraph_nb.checkpoint

MODULES = [m.name for m in pkgutil.walk_packages(langgraph_nb.checkpoint.__path__, "langgraph_nb.checkpoint.")]


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0
