"""The checks of 11_stepping_and_debugging."""

from __future__ import annotations

from typing import Any

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.stepping import Debugger, StepError, step

from .checking import Found, exercise, instead, show

MOST = 50
"""Stops of a run, at most."""


@exercise(
    "11.1",
    hints=(
        "A node with a condition is written as in a sentence: `\"convert if …\"`.",
        "What a task is called with is `input`: here `{\"name\": …, \"value\": …, \"unit\": …}`.",
        "`stop_at = \"convert if input['value'] > 20\"`",
    ),
    done="A condition over `input` looks at one task of a fan-out; one over `state` at what all of them see.",
)
def breakpoint_at(found: Found, stop_at: Any, lab: Any) -> None:
    samples = {"Ada": ("5.1", "mmol/l"), "Grace": ("92", "mg/dl"), "Linus": ("20", "mmol/l"), "Mary": ("23", "mmol/l")}
    lines = [f"{name} {value} {unit}" for name, (value, unit) in samples.items()]
    graph = lab.copy(checkpointer=InMemorySaver())
    debugger = step(graph, {"lines": lines}, breakpoints=[stop_at])
    stops: list[tuple[str, Any]] = []
    while not debugger.finished and len(stops) < MOST:
        try:
            debugger.run()
        except StepError as error:
            found.stop(str(error), hint="What a conversion is called with is `input`, and a dict: `input['value']`.")
        if debugger.current is not None:
            stops.append((debugger.current.name, debugger.current.input))
    found.that("the run stops", stops, f"With {show(lines)} the run went to its end and never stopped.",
               hint="The state has no `value`. Which word stands for what one task is called with?")  # fmt: skip
    nodes = sorted({name for name, _ in stops})
    found.that("only at `convert`", nodes == ["convert"], f"It stopped at {show(nodes)}, expected only `convert`.")
    names = [given["name"] for _, given in stops]
    found.equal("the list of those it stops at", names, ["Grace", "Mary"], given=lines)


class Patient:
    """A debugger that a learner's loop cannot ask for ever without a command."""

    def __init__(self, debugger: Debugger) -> None:
        self._debugger, self._asked = debugger, 0

    def __getattr__(self, name: str) -> Any:
        self._asked = self._asked + 1 if name in ("current", "finished", "tasks") else 0
        if self._asked > MOST:
            raise EndlessError(f"The loop has asked {MOST} times where the run stands, and no task ran in between.")
        value = getattr(self._debugger, name)
        return (lambda *args, **given: value(*args, **given) and self) if callable(value) else value


class EndlessError(RuntimeError):
    """A loop has no end."""


def stairs(high: int) -> Any:
    """A graph that counts in a loop, with two nodes beside each other at its end."""
    builder = StateGraph(dict)
    builder.add_node("begin", lambda state: {"n": 0}).add_node("climb", lambda state: {"n": state["n"] + 1})
    builder.add_node("rest", lambda state: None).add_node("look", lambda state: None)
    builder.add_edge(START, "begin").add_edge("begin", "climb").add_edge("rest", END).add_edge("look", END)
    builder.add_conditional_edges("climb", lambda state: ["rest", "look"] if state["n"] >= high else "climb")
    return builder.compile()


@exercise(
    "11.2",
    hints=(
        "`debugger.next()` runs the task that is `debugger.current`, and stands before the next one then.",
        "A loop: as long as it has not `finished`, note `current.name`, then `next()`.",
        "`while not debugger.finished:`, `names.append(debugger.current.name)`, `debugger.next()`; `return names`.",
    ),
    done="Eight lines, and you have a tracer. What the buttons do, code can do.",
)
def walked(found: Found, walk: Any) -> None:
    for high in (1, 3):
        given = f"a graph that climbs {high}×"
        try:
            with instead(walk, step=lambda *args, **options: Patient(step(*args, **options))):
                names = walk(stairs(high), {"n": 0})
        except EndlessError as error:
            found.stop(str(error), hint="What runs a task is `debugger.next()`. It belongs into the loop.")
        is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
        found.that(
            f"with {given} there is a list", is_list,
            f"With {given}, `walk` gave {show(names)}, expected a list of names.",
            hint="Does `walk` return something?" if names is None else "A task's name is its `name`." * bool(names),
        )  # fmt: skip
        begun = ["begin", *["climb"] * high]
        ended = sorted(names[len(begun) :])
        hint = "Two tasks of one superstep are two tasks: `next()` runs one, `superstep()` all of them."
        either = names[len(begun) :] if ended == ["look", "rest"] else ["look", "rest"]  # they are side by side
        found.equal("what ran", names, [*begun, *either], given=given,
                    hint=hint if len(names) == len(begun) + 1 else "")  # fmt: skip


@exercise(
    "11.3",
    hints=(
        "Run it: `alarm.invoke({\"readings\": [\"7.9\", \"12.4\"]}, {\"configurable\": {\"thread_id\": \"1\"}})`. Then "
        "`%why alarm telephone --thread 1`. What is `worst`?",
        "Is `\"7.9\" > \"12.4\"`? Text is compared letter by letter.",
        "Make numbers of the readings first: `max(float(reading) for reading in state[\"readings\"])`.",
    ),
    done="The choice was right, and the value was wrong: look at what a test saw before you change the test.",
)
def alarms(found: Found, alarm: Any) -> None:
    cases: list[tuple[list[str], float, str]] = [
        (["7.9", "12.4"], 12.4, "called"), (["9.5", "8"], 9.5, "filed"), (["100", "20"], 100.0, "called"),
    ]  # fmt: skip
    for number, (readings, worst, done) in enumerate(cases):
        graph = alarm.copy(checkpointer=InMemorySaver())
        result = graph.invoke({"readings": readings}, {"configurable": {"thread_id": str(number)}})
        found.that(
            f"with {show(readings)} the patient is {done}", result.get("done") == done,
            f"With {show(readings)} the patient is {result.get('done')}, expected {done}: "
            f"`worst` was {show(result.get('worst'))}.",
        )  # fmt: skip
        hint = "`State` says that it is a number." if isinstance(result.get("worst"), str) else ""
        found.equal("`worst`", result.get("worst"), worst, given=readings, hint=hint)
