"""Every public name says what it is, with an example that runs (``unit/engine/test_examples.py`` runs them all).

Public is what a module lists in ``__all__``, and what LangGraph has there.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from .harness import OURS, THEIRS
from .surface import public_names
from .test_surface import MODULES


def public() -> Iterator[tuple[str, Any]]:
    """(module.name, value) of each public class and function of ours, each once."""
    seen: set[int] = set()
    for module_name in MODULES:
        with warnings.catch_warnings(action="ignore"):
            theirs = importlib.import_module(f"{THEIRS}.{module_name}")
            try:
                ours = importlib.import_module(f"{OURS}.{module_name}")
            except ModuleNotFoundError:
                continue
        for name in sorted({*public_names(theirs), *getattr(ours, "__all__", ())}):
            value = getattr(ours, name, None)
            is_own = str(getattr(value, "__module__", "")).partition(".")[0] == OURS
            if is_own and (inspect.isclass(value) or inspect.isroutine(value)) and id(value) not in seen:
                seen.add(id(value))
                yield f"{module_name}.{name}", value


CASES = [pytest.param(value, id=name) for name, value in public()]


@pytest.mark.parametrize("value", CASES)
def test_it_is_documented_with_an_example(value: Any) -> None:
    text = value.__doc__ or ""
    assert ">>> " in text or any(">>> " in (member.__doc__ or "") for _, member in methods(value))


@pytest.mark.parametrize("value", [case for case in CASES if inspect.isclass(case.values[0])])
def test_its_methods_are_documented(value: type) -> None:
    assert not [name for name, member in methods(value) if not inspect.getdoc(member)]


def methods(value: Any) -> Iterator[tuple[str, Any]]:
    """The public methods and properties that a class defines itself."""
    for name, member in vars(value).items() if inspect.isclass(value) else ():
        if not name.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
            yield name, getattr(value, name)
