"""A debugger in both ways of waiting: each test of it is run in sync and in async, without a saver and with two."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.stepping import Debugger, astep, step


class Driven:
    """A debugger whose commands are given in one of the ways; the rest are its own attributes."""

    def __init__(self, debugger: Debugger, loop: asyncio.Runner | None) -> None:
        self.debugger, self._loop = debugger, loop

    def __getattr__(self, name: str) -> Any:
        if self._loop is None or not hasattr(self.debugger, f"a{name}"):
            return getattr(self.debugger, name)
        loop = self._loop
        return lambda *args, **named: loop.run(getattr(self.debugger, f"a{name}")(*args, **named))

    @property
    def stands(self) -> str | None:
        """The path of the current task."""
        current = self.debugger.current
        return None if current is None else current.path


class Stepper:
    """Begins debuggers."""

    def __init__(self, saver: Any, loop: asyncio.Runner | None) -> None:
        self.saver, self._loop = saver, loop

    def __call__(self, graph: Any, input: Any = None, **options: Any) -> Driven:
        if self._loop is None:
            return Driven(step(graph, input, **options), None)
        return Driven(self._loop.run(astep(graph, input, **options)), self._loop)


@pytest.fixture(params=["none", "memory", "sqlite"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param != "sqlite":
        yield InMemorySaver() if request.param == "memory" else None
        return
    with SqliteSaver.from_conn_string(str(tmp_path / "threads.db")) as made:
        yield made


@pytest.fixture(params=["sync", "async"])
def stepper(request: pytest.FixtureRequest, saver: Any) -> Iterator[Stepper]:
    if request.param == "sync":
        yield Stepper(saver, None)
        return
    with asyncio.Runner() as loop:
        yield Stepper(saver, loop)
