"""The programs: graphs whose nodes note what they do, and the answers to what they ask.

Each takes ``{"turn": n}`` as input, has ``turn`` and ``effects`` in its state, and can take any number of turns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypedDict

from langgraph_nb.config import get_config
from langgraph_nb.func import entrypoint, task
from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.types import Send, interrupt
from tests.faults.effects import INSIDE, Effects, effects_in, named

TURNS = 2


class State(TypedDict, total=False):
    """What most programs keep."""

    turn: int
    effects: Annotated[list[str], operator.add]
    notes: list[str]
    """Changed in place."""
    bulk: bytes
    """Too large to be kept in a row."""


def does(effects: Effects, turn: int, *what: object, saw: Any = ()) -> str:
    """Do something that must not be done twice once its result is stored. Returns the effect's name."""
    effect, (where, step) = named(turn, *what), _place()
    effects.note("did", [effect], where, step, effects_in(saw))
    return effect


def _place() -> tuple[str, int]:
    """The outermost node that this runs in, and its superstep."""
    config = get_config()
    ns = config["configurable"].get("checkpoint_ns", "")
    return ns.partition(":")[0], INSIDE if "|" in ns else config["metadata"]["langgraph_step"]


def chain(saver: Any, effects: Effects) -> Any:
    """Nodes in a row; one changes its input in place, one writes a lot."""

    def node(name: str) -> Callable[[State], Any]:
        def run(state: State) -> Any:
            return {"effects": [does(effects, state["turn"], name, saw=state)], "notes": [name]}

        return run

    def in_place(state: State) -> Any:
        notes = state["notes"]
        notes.append(f"changed in turn {state['turn']}")
        return {"effects": [does(effects, state["turn"], "changes", saw=state)], "notes": notes}

    def bulky(state: State) -> Any:
        effect = does(effects, state["turn"], "bulky", saw=state)
        return {"effects": [effect], "bulk": bytes([state["turn"]]) * 20_000}

    builder = StateGraph(State)
    builder.add_sequence([("a", node("a")), ("b", in_place), ("c", bulky), ("d", node("d"))])
    return builder.add_edge(START, "a").compile(saver)


def fan(saver: Any, effects: Effects) -> Any:
    """Tasks side by side: nodes that one edge leads to each, and one node many times by ``Send``."""

    def plan(state: State) -> Any:
        return {"effects": [does(effects, state["turn"], "plan", saw=state)]}

    def send(state: State) -> list[Send]:
        return [Send("work", {"turn": state["turn"], "number": n, "saw": state["effects"]}) for n in range(3)]

    def work(sent: Any) -> Any:
        return {"effects": [does(effects, sent["turn"], "work", sent["number"], saw=sent)]}

    def side(name: str) -> Callable[[State], Any]:
        return lambda state: {"effects": [does(effects, state["turn"], name, saw=state)]}

    def collect(state: State) -> Any:
        return {"effects": [does(effects, state["turn"], "collect", saw=state)]}

    builder = StateGraph(State).add_node("plan", plan).add_node("work", work).add_node("collect", collect)
    builder.add_edge(START, "plan").add_edge("work", "collect").add_edge("collect", END)
    for name in ("p", "q"):
        builder.add_node(name, side(name)).add_edge("plan", name)
    builder.add_conditional_edges("plan", send, ["work"])
    return builder.compile(saver)


def loop(saver: Any, effects: Effects) -> Any:
    """A loop that asks in each round, beside a node that does not."""

    def act(state: State) -> Any:
        return {"effects": [does(effects, state["turn"], "act", _round(state), saw=state)]}

    def ask(state: State) -> Any:
        answers = [interrupt({"turn": state["turn"], "round": _round(state), "part": part}) for part in range(2)]
        effect = does(effects, state["turn"], "ask", _round(state), saw=state)
        return {"effects": [effect], "notes": answers}

    def side(state: State) -> Any:
        return {"effects": [does(effects, state["turn"], "side", _round(state), saw=state)]}

    def _round(state: State) -> int:
        return sum(f":{state['turn']}.ask." in effect for effect in state["effects"])

    builder = StateGraph(State).add_node("act", act).add_node("ask", ask).add_node("side", side)
    builder.add_edge(START, "act").add_edge("act", "ask").add_edge("act", "side")
    builder.add_conditional_edges("ask", lambda s: "act" if _round(s) < 2 else END, ["act", END])
    return builder.compile(saver)


def nested(saver: Any, effects: Effects) -> Any:
    """A graph in a node of a graph in a node, whose states are kept with the outermost one's; the innermost asks."""

    def node(name: str) -> Callable[[State], Any]:
        return lambda state: {"effects": [does(effects, state["turn"], name, saw=state)]}

    def asks(state: State) -> Any:
        answer = interrupt({"turn": state["turn"], "round": 0, "part": 0})
        return {"effects": [does(effects, state["turn"], "asks", saw=state)], "notes": [answer]}

    def within(name: str, inner: Any) -> Any:
        """Three nodes in a row; a graph has run in the second, whose effects are added to those before."""
        builder = StateGraph(State).add_node(f"{name}1", node(f"{name}1")).add_node(f"{name}3", node(f"{name}3"))
        builder.add_node(f"{name}2", inner).add_edge(START, f"{name}1").add_edge(f"{name}1", f"{name}2")
        return builder.add_edge(f"{name}2", f"{name}3")

    innermost = within("inner", asks).compile()
    return within("outer", within("middle", innermost).compile()).compile(saver)


def functional(saver: Any, effects: Effects) -> Any:
    """An entrypoint that calls tasks: side by side, one after the other, after a question, one that calls another."""

    @task
    def part(turn: int, number: int) -> str:
        return does(effects, turn, "part", number)

    @task
    def last(turn: int, saw: list[str]) -> list[str]:
        inner = part(turn, 9).result()
        effects.note("saw", [inner])
        return [inner, does(effects, turn, "last", saw=saw)]

    @entrypoint(checkpointer=saver)
    def flow(given: dict[str, Any], *, previous: dict[str, Any] | None = None) -> dict[str, Any]:
        turn, before = given["turn"], previous or {"effects": []}
        futures = [part(turn, number) for number in range(3)]
        done = [future.result() for future in futures]
        done.append(part(turn, 3).result())
        effects.note("saw", done)
        answer = interrupt({"turn": turn, "round": 0, "part": 0})
        done += last(turn, done).result()
        effects.note("saw", done)
        return {"turn": turn, "effects": [*before["effects"], *done], "notes": [answer]}

    return flow


PROGRAMS: Mapping[str, Callable[[Any, Effects], Any]] = MappingProxyType(
    {f.__name__: f for f in (chain, fan, loop, nested, functional)}
)


def answer_to(question: Any) -> str:
    """The answer to a question: always the same, whenever it is asked."""
    return f"answer to {question['turn']}.{question['round']}.{question['part']}"
