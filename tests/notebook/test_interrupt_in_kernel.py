"""Interrupt in real kernels of three kinds: the cell ends, what has finished is kept, and the thread goes on."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterator

import pytest

from tests.kernels import OTHERS, Kernel
from tests.notebook.interrupts import PREPARE, RUNS, WAYS, Case, interrupted

VERSIONS = (None, *OTHERS)
SHARED_OUT = [(VERSIONS[(n + n // len(WAYS)) % 3], case) for n, case in enumerate(RUNS)]
"""Each run in one of the kernels; ``python -m tests.notebook.interrupts`` has every run in each, with times."""
Shared = tuple[Kernel, list[Case]]


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: version or "installed")
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """A kernel, and what is to be interrupted in it."""
    with Kernel(tmp_path_factory.mktemp("kernel"), request.param) as running:
        running.run(PREPARE)
        yield running, [case for version, case in SHARED_OUT if version == request.param]


def test_interrupt_ends_the_cell_and_the_thread_goes_on(kernel: Shared) -> None:
    running, cases = kernel
    for case in cases:
        stopped, on = interrupted(running, case)
        assert stopped.error == case.error, f"{case}: {stopped.traceback or stopped.text}"
        (status, _), done = literal_eval(on.text.splitlines()[-1])
        assert status != "finished", case
        assert done == ["first", *["second"] * (2 if "parallel" in case.graph else 1)], case
        if case.tells:
            assert stopped.traceback.endswith("Next: %resume run --thread 1 goes on. What has finished is kept."), case


def test_a_wait_for_an_answer_ends_too(kernel: Shared) -> None:
    running, _ = kernel
    running.run("""from langgraph_nb.types import interrupt
def asks(state):
    return {"done": [interrupt("How many?")]}
run = graph(asks)
from langgraph_nb.notebook.live.session import LiveRun
from langgraph_nb.notebook.live.run import start_live, Options
asked = start_live(run, Options(thread))
await asked.run({"done": []})""")
    stopped = running.run("print('it waits')\nawait asked.wait()", interrupt_at="it waits")
    assert stopped.error == "CancelledError", stopped.traceback
    assert "['first', '3']" in running.run("""from langgraph_nb.types import Command
print(run.invoke(Command(resume="3"), thread)["done"])""").text
