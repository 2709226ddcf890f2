"""One scenario, every way of running it: {sync, async, step} x {no saver, memory, SQLite}."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.checkpoint.sqlite import SqliteSaver
from langgraph_nb.pregel.source import Source
from langgraph_nb.stream.projections import projection

MODES = ("sync", "async", "step")
SAVERS = ("memory", "sqlite")


def thread(name: str = "1", **configurable: Any) -> dict[str, Any]:
    """The config of a thread."""
    return {"configurable": {"thread_id": name, **configurable}}


class Way:
    """A way of running graphs. Its methods are a graph's, called in this way."""

    def __init__(self, mode: str, saver: Any, loop: asyncio.Runner) -> None:
        self.mode = mode
        self.saver = saver
        self.config = None if saver is None else thread()
        """What most runs are given: one thread, where there is a saver."""
        self._loop = loop

    def invoke(self, graph: Any, value: Any, config: Any = None, **options: Any) -> Any:
        config = config or self.config
        if self.mode == "async":
            return self._loop.run(graph.ainvoke(value, config, **options))
        if self.mode == "step":
            outcome = self._stepped(graph, value, config, options).outcome
            asked = {"__interrupt__": list(outcome.interrupts)} if outcome.interrupts else None
            return {**outcome.values, **asked} if asked else outcome.values
        return graph.invoke(value, config, **options)

    def stream(self, graph: Any, value: Any, config: Any = None, **options: Any) -> list[Any]:
        config = config or self.config
        if self.mode == "async":
            return self._loop.run(self._collected(graph.astream(value, config, **options)))
        if self.mode == "step":
            keys = graph.plan.stream_keys
            project = projection(options.pop("stream_mode", graph.stream_mode), Source(keys, keys))
            events = self._stepped(graph, value, config, options).events
            return [chunk for _, event in events for chunk in project(event)]
        return list(graph.stream(value, config, **options))

    def get_state(self, graph: Any, config: Any = None) -> Any:
        config = config or self.config
        return self._loop.run(graph.aget_state(config)) if self.mode == "async" else graph.get_state(config)

    def history(self, graph: Any, config: Any = None, **options: Any) -> list[Any]:
        config = config or self.config
        if self.mode == "async":
            return self._loop.run(self._collected(graph.aget_state_history(config, **options)))
        return list(graph.get_state_history(config, **options))

    def update_state(self, graph: Any, values: Any, config: Any = None, **options: Any) -> Any:
        config = config or self.config
        if self.mode == "async":
            return self._loop.run(graph.aupdate_state(config, values, **options))
        return graph.update_state(config, values, **options)

    def _stepped(self, graph: Any, value: Any, config: Any, options: Any) -> Any:
        stepped = graph.step(value, config, **options)
        while not stepped.done:
            stepped.go()
        return stepped

    @staticmethod
    async def _collected(source: Any) -> list[Any]:
        return [item async for item in source]


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """An event loop for the length of a test."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """How graphs are run."""
    return str(request.param)


@pytest.fixture(params=SAVERS)
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Where threads are kept."""
    if request.param == "memory":
        yield InMemorySaver()
        return
    with SqliteSaver(tmp_path / "threads.db") as made:
        yield made


@pytest.fixture
def way(mode: str, saver: Any, loop: asyncio.Runner) -> Way:
    """Every way of running a graph that keeps threads."""
    return Way(mode, saver, loop)


@pytest.fixture(params=("none", *SAVERS))
def any_way(request: pytest.FixtureRequest, mode: str, loop: asyncio.Runner, tmp_path: Path) -> Iterator[Way]:
    """Every way of running a graph, also without a saver."""
    if request.param == "sqlite":
        with SqliteSaver(tmp_path / "threads.db") as made:
            yield Way(mode, made, loop)
    else:
        yield Way(mode, InMemorySaver() if request.param == "memory" else None, loop)
