"""What Interrupt does to runs in real kernels: ``python -m tests.notebook.interrupts`` prints how long it takes.

Each run waits in its second step until it is interrupted; what its first step did is kept, and the thread goes on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.kernels import OTHERS, Kernel, Outcome

__all__ = ["PREPARE", "RUNS", "Case", "interrupted"]

PREPARE = """%load_ext langgraph_nb
import asyncio, operator, time
from typing import Annotated, TypedDict
from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import START, StateGraph
class State(TypedDict):
    done: Annotated[list, operator.add]
slow = True
def first(state): return {"done": ["first"]}
def loops(state):
    print("it waits")
    while slow: time.sleep(0.01)
    return {"done": ["second"]}
def blocks(state):
    print("it waits")
    if slow: time.sleep(30)
    return {"done": ["second"]}
async def awaits(state):
    print("it waits")
    if slow: await asyncio.sleep(30)
    return {"done": ["second"]}
def graph(*nodes):
    builder = StateGraph(State).add_node("first", first).add_edge(START, "first")
    for number, node in enumerate(nodes):
        builder.add_node(f"second {number}", node).add_edge("first", f"second {number}")
    return builder.compile(InMemorySaver())
def inside(*nodes):
    inner = graph(*nodes).copy({"checkpointer": None})
    return StateGraph(State).add_node("inner", inner).add_edge(START, "inner").compile(InMemorySaver())
def calling(work):
    work = task(work)
    @entrypoint(checkpointer=InMemorySaver())
    def workflow(done):
        return {"done": [*task(first)(done).result()["done"], *work(done).result()["done"]]}
    return workflow
thread = {"configurable": {"thread_id": "1"}}
def on():
    global slow
    slow = False
    before = run.get_status(thread), len(run.get_state(thread).values or [])
    return before, run.invoke(None, thread)["done"]"""

GRAPHS = {
    "one node": "graph(loops)",
    "one node, blocked": "graph(blocks)",
    "one node, async": "graph(awaits)",
    "parallel": "graph(loops, loops)",
    "parallel, blocked": "graph(blocks, blocks)",
    "parallel, async": "graph(awaits, awaits)",
    "parallel, both": "graph(loops, awaits)",
    "graph inside": "inside(loops)",
    "graph inside, parallel": "inside(blocks, awaits)",
    "workflow": "calling(blocks)",
}
WAYS = {
    "invoke": "run.invoke({'done': []}, thread)",
    "stream": "list(run.stream({'done': []}, thread))",
    "await ainvoke": "await run.ainvoke({'done': []}, thread)",
    "async for astream": "async for part in run.astream({'done': []}, thread): pass",
    "await to_thread": "await asyncio.to_thread(run.invoke, {'done': []}, thread)",
    "%%invoke": "%%invoke run --thread 1\n{'done': []}",
}
STOPS = {
    "%%invoke": "RunStopped",
    "await ainvoke": "CancelledError",
    "async for astream": "CancelledError",
    "await to_thread": "CancelledError",
}


@dataclass(frozen=True)
class Case:
    """A run that is interrupted."""

    graph: str
    way: str

    @property
    def error(self) -> str:
        """What its cell raises."""
        return STOPS.get(self.way, "KeyboardInterrupt")

    @property
    def tells(self) -> bool:
        """Whether the error comes from the run, and says how to go on."""
        return self.way not in ("%%invoke", "await to_thread")

    def __str__(self) -> str:
        return f"{self.graph}, {self.way}"


RUNS = tuple(Case(graph, way) for graph in GRAPHS for way in WAYS)


def interrupted(kernel: Kernel, case: Case) -> tuple[Outcome, Outcome]:
    """What came of a run that was interrupted, and of going on with its thread."""
    kernel.run(f"slow, run = True, {GRAPHS[case.graph]}")
    stopped = kernel.run(WAYS[case.way], interrupt_at="it waits")
    return stopped, kernel.run("print(on())")


def measured(version: str | None) -> Iterator[tuple[Case, float]]:
    """Seconds from Interrupt to the end of the cell."""
    with tempfile.TemporaryDirectory() as folder, Kernel(Path(folder), version) as kernel:
        kernel.run(PREPARE)
        for case in RUNS:
            stopped, on = interrupted(kernel, case)
            if stopped.error != case.error or "'second'" not in on.text:
                print(f"  {case}: {stopped.error or 'no error'}; then {on.text or on.traceback}")
            yield case, stopped.freed_after or 0.0


def main() -> None:
    for version in (None, *OTHERS):
        print(f"ipykernel {version or 'as installed'}: seconds from Interrupt until the cell is free", flush=True)
        for case, seconds in sorted(measured(version), key=lambda found: -found[1]):
            print(f"  {seconds:5.2f}  {case}", flush=True)


if __name__ == "__main__":
    main()
