"""Channels as keys of a state, delta channels, channels of the program's own, and managed values.

Schemas inside functions use local names, so annotations are not postponed here.
"""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, TypedDict
from unittest.mock import patch

from pydantic import BaseModel

from ..harness import THEIRS, Namespace, Run, thread
from . import STORED, program


@program("A7", "C4", "C5", "C8", "C9", "C10")
def keys_name_their_channels(lg: Namespace, run: Run) -> None:
    class State(TypedDict, total=False):
        ephemeral: Annotated[int, lg.EphemeralValue, "doc"]
        topic: Annotated[int, lg.Topic(int, accumulate=True), "doc"]
        fleeting: Annotated[int, "doc", lg.Topic]
        untracked: Annotated[int, lg.UntrackedValue]
        any: Annotated[int, lg.AnyValue]
        seen: Annotated[list, operator.add]

    def writer(number: int) -> Any:
        def write(state: State) -> dict:
            shown = sorted([key, value] for key, value in state.items() if key != "seen")
            return {"ephemeral": number, "topic": [number], "fleeting": number, "any": 5, "seen": [shown]}

        return lg.node(write)

    def look(state: State) -> dict:
        return {"seen": [sorted([key, value] for key, value in state.items() if key != "seen")]}

    builder = lg.StateGraph(State).add_node("w", writer(1)).add_node("look", lg.node(look)).add_edge(lg.START, "w")
    builder.add_node("again", lg.node(look)).add_edge("w", "look").add_edge("look", "again")
    app = builder.compile(checkpointer=run.saver)
    for _ in range(2):
        run.stream(app, {"untracked": 3, "any": 4, "topic": 0}, thread(), stream_mode=["updates", "values"])
    if run.saver:
        run.get_state(app, thread())
    several = lg.StateGraph(State)
    for name in "xy":
        several.add_node(name, writer(ord(name))).add_edge(lg.START, name)
    run.raises("InvalidUpdateError", run.invoke, several.compile(checkpointer=run.saver), {"any": 1}, thread("2"))


@program("C5", "C8", "C10", "B3", savers=STORED)
def new_input_forgets_what_is_left_only_with_what_was_unfinished(lg: Namespace, run: Run) -> None:
    class State(TypedDict, total=False):
        topic: Annotated[int, lg.Topic]
        any: Annotated[int, lg.AnyValue]
        ephemeral: Annotated[int, lg.EphemeralValue]
        seen: Annotated[list, operator.add]

    def look(state: State) -> dict:
        return {"seen": [sorted(state)], "topic": 1, "any": 2, "ephemeral": 3}

    builder = lg.StateGraph(State).add_node("look", lg.node(look)).add_node("next", lg.node(look))
    app = builder.add_edge(lg.START, "look").add_edge("look", "next").compile(checkpointer=run.saver)
    for name, pauses in (("finished", {}), ("paused", {"interrupt_before": ["next"]})):
        for _ in range(2):
            run.stream(app, {"seen": []}, thread(name), stream_mode=["updates", "values"], **pauses)
            run.show("all", [s.values for s in run.collect(app, "get_state_history", thread(name))])
        run.invoke(app, None, thread(name))
        run.invoke(app, {"any": 5}, thread(name))


@program("C12")
def channels_of_the_programs_own(lg: Namespace, run: Run) -> None:
    base, missing = lg.BaseChannel, lg.lookup("checkpoint.base", "EmptyChannelError")

    class Highest(base):
        """Keeps the highest value that was written, and how many steps ago; has none of the flags of ours."""

        def __init__(self, typ: Any) -> None:
            super().__init__(typ)
            self.value: Any = None
            self.age = 0

        ValueType = UpdateType = int

        def from_checkpoint(self, checkpoint: Any) -> Any:
            new = type(self)(self.typ)
            if isinstance(checkpoint, (list, tuple)):
                new.value, new.age = checkpoint
            return new

        def checkpoint(self) -> Any:
            return [self.value, self.age]

        def get(self) -> Any:
            if self.value is None:
                raise missing()
            return [self.value, self.age]

        def update(self, values: Sequence[int]) -> bool:
            self.age += 1
            if values:
                self.value, self.age = max([*values, self.value or 0]), 0
            return self.value is not None

    class Doubling(lg.LastValue):
        def update(self, values: Sequence[int]) -> bool:
            return super().update([2 * value for value in values])

    class State(TypedDict, total=False):
        highest: Annotated[int, Highest]
        doubled: Annotated[int, Doubling]
        seen: Annotated[list, operator.add]

    def write(state: State) -> dict:
        return {"highest": 3, "doubled": state["doubled"], "seen": [state.get("highest")]}

    def look(state: State) -> dict:
        return {"seen": [state.get("highest"), state["doubled"]]}

    def route(state: State) -> str:
        return "look" if state["doubled"] > 3 else lg.END

    builder = lg.StateGraph(State).add_node("write", lg.node(write)).add_node("look", lg.node(look))
    builder.add_node("last", lg.node(look)).add_edge(lg.START, "write").add_edge("look", "last")
    builder.add_conditional_edges("write", lg.node(route), ["look", lg.END])
    app = builder.compile(checkpointer=run.saver)
    for _ in range(2):
        run.stream(app, {"highest": 1, "doubled": 1}, thread(), stream_mode=["updates", "values"])
    if run.saver:
        run.get_state(app, thread())


def extends(value: list, updates: Sequence[list]) -> list:
    return [*value, *(item for update in updates for item in update)]


def delta_builder(lg: Namespace, fails: list) -> Any:
    class State(TypedDict, total=False):
        items: Annotated[list, lg.DeltaChannel(extends, snapshot_frequency=3)]
        n: int

    def step(state: State) -> dict:
        n = state.get("n", 0) + 1
        return {"items": [f"step {n}"], "n": n}

    def beside(state: State) -> dict:
        if fails:
            raise ValueError(fails.pop())
        return {"items": [f"beside {state.get('n', 0)}"]}

    def again(state: State) -> str:
        return "step" if state["n"] % 4 else lg.END

    builder = lg.StateGraph(State).add_node("step", lg.node(step)).add_node("beside", lg.node(beside))
    builder.add_edge(lg.START, "step").add_edge(lg.START, "beside")
    return builder.add_conditional_edges("step", lg.node(again), ["step", lg.END])


@program("C7")
def a_delta_channel_is_what_was_written(lg: Namespace, run: Run) -> None:
    app = delta_builder(lg, []).compile(checkpointer=run.saver)
    run.stream(app, {"items": ["in"]}, thread(), stream_mode=["updates", "values"])
    run.stream(app, {"items": ["more"], "n": 1}, thread(), stream_mode="values")
    run.raises("ValueError", lg.DeltaChannel, extends, snapshot_frequency=0)
    if run.saver:
        run.history(app, thread())


@program("C7", "D8", "D10", "D11", savers=STORED)
def a_delta_channel_in_branches(lg: Namespace, run: Run) -> None:
    app = delta_builder(lg, []).compile(checkpointer=run.saver)

    def values(config: Any) -> None:
        run.show("values", run.call(app, "get_state", config).values)

    run.invoke(app, {"items": ["in"]}, thread())
    old = next(s for s in run.collect(app, "get_state_history", thread()) if s.metadata["step"] == 2)
    values(old.config)
    run.invoke(app, None, old.config)
    fork = run.call(app, "update_state", old.config, {"items": ["update"]}, as_node="step")
    values(fork)
    run.invoke(app, None, fork)
    values(old.config)
    run.call(app, "update_state", thread(), {"items": lg.Overwrite(["fresh"])}, as_node="step")
    values(thread())
    run.invoke(app, {"items": ["z"], "n": 2}, thread())
    run.invoke(app, lg.Command(update={"items": ["command"]}, goto="beside"), thread())
    run.show("all", [s.values for s in run.collect(app, "get_state_history", thread())])


@program("C7", "D13", "D15", savers=STORED)
def a_delta_channel_when_steps_fail(lg: Namespace, run: Run) -> None:
    fails: list = []
    app = delta_builder(lg, fails).compile(checkpointer=run.saver)
    for durability in ("sync", "async", "exit"):
        for given in (None, {"items": ["new"]}):
            config = thread(f"{durability} {given}")
            fails.append("now")
            run.says("ValueError", run.invoke, app, {"items": ["in"]}, config, durability=durability)
            run.invoke(app, given, config, durability=durability)
            run.show("values", run.call(app, "get_state", config).values)


@program("C7", savers=STORED)
def a_key_becomes_a_delta_channel_and_back(lg: Namespace, run: Run) -> None:
    class Folded(TypedDict, total=False):
        items: Annotated[list, operator.add]
        n: int

    deltas = delta_builder(lg, []).compile(checkpointer=run.saver)
    folded = lg.StateGraph(Folded).add_node(lg.adds("fold", "items")).add_edge(lg.START, "fold")
    folded = folded.compile(checkpointer=run.saver)
    for app in (deltas, folded, deltas, folded):
        run.invoke(app, {"items": ["in"], "n": 3}, thread())
        run.show("values", [run.call(other, "get_state", thread()).values for other in (deltas, folded)])


@program("C7", savers=("sqlite",))
def a_delta_channel_is_stored_whole_after_many_steps(lg: Namespace, run: Run) -> None:
    class State(TypedDict, total=False):
        items: Annotated[list, lg.DeltaChannel(extends, snapshot_frequency=1000)]
        n: int

    app = lg.StateGraph(State).add_node("step", lg.node(lambda state: {"n": state["n"] + 1})).add_edge(lg.START, "step")
    app.add_conditional_edges("step", lg.node(lambda state: "step" if state["n"] % 9 else lg.END), ["step", lg.END])
    app = app.compile(checkpointer=run.saver)
    where = "langgraph.pregel._checkpoint" if lg.package == THEIRS else "langgraph_nb.pregel.deltas"
    with patch(f"{where}.DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT", 4):
        run.invoke(app, {"items": ["in"], "n": 0}, thread())
    stored = run.collect(run.saver, "list", thread())
    run.show("stored", [(s.metadata["step"], "items" in s.checkpoint["channel_values"]) for s in stored])
    run.show("values", run.call(app, "get_state", thread()).values)


@program("A13")
def managed_values_are_worked_out_for_each_task(lg: Namespace, run: Run) -> None:
    class Half(lg.ManagedValue):
        @staticmethod
        def get(scratchpad: Any) -> int:
            return (scratchpad.stop - scratchpad.step) // 2

    class State(TypedDict, total=False):
        seen: Annotated[list, operator.add]
        left: lg.RemainingSteps
        last: lg.IsLastStep
        half: Annotated[int, Half]

    class Model(BaseModel):
        seen: list
        left: lg.RemainingSteps
        last: lg.IsLastStep

    def step(state: State) -> dict:
        return {"seen": [[state[key] for key in ("left", "last", "half")]], "left": 99}

    def model(state: Model) -> dict:
        return {"seen": [[state.left, state.last]]}

    def route(state: State) -> str:
        return "step" if state["left"] > 2 else lg.END

    builder = lg.StateGraph(State).add_node("step", lg.node(step)).add_node("model", lg.node(model))
    builder.add_edge(lg.START, "model").add_edge("model", "step")
    builder.add_conditional_edges("step", lg.node(route), ["step", lg.END])
    app = builder.compile(checkpointer=run.saver)
    for limit in (4, 6):
        config = {**thread(), "recursion_limit": limit}
        run.stream(app, {"seen": [], "left": 3}, config, stream_mode=["updates", "values"])
    if run.saver:
        run.get_state(app, thread())
    for wrong in ({"input_schema": State}, {"output_schema": State}):
        run.raises("ValueError", lg.StateGraph, TypedDict("Other", {"seen": list}), **wrong)
