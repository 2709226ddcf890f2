"""Threads that go on in a graph that was changed: nodes and keys that are new, gone, renamed, or of another kind.

Schemas inside functions use local names, so annotations are not postponed here.
"""

import operator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel

from ..harness import Namespace, Run, thread
from . import STORED, program, typed

SEEN = Annotated[list, operator.add]


class State(TypedDict, total=False):
    seen: Annotated[list, operator.add]
    n: int


def line(lg: Namespace, run: Run, *names: str, schema: Any = State, **options: Any) -> Any:
    builder = lg.StateGraph(schema)
    for source, target in zip((lg.START, *names), names, strict=False):
        builder.add_node(target, lg.adds(target)).add_edge(source, target)
    return builder.compile(checkpointer=run.saver, **options)


def asking(lg: Namespace, run: Run, *names: str, schema: Any = State) -> Any:
    """A graph whose nodes named ``ask...`` ask."""

    def ask(state: Any) -> dict:
        return {"seen": [lg.interrupt("what?")]}

    builder = lg.StateGraph(schema)
    for source, target in zip((lg.START, *names), names, strict=False):
        builder.add_node(target, lg.node(ask) if target.startswith("ask") else lg.adds(target))
        builder.add_edge(source, target)
    return builder.compile(checkpointer=run.saver)


def shows_values(run: Run, app: Any, config: Any) -> None:
    run.show("values", [snapshot.values for snapshot in run.collect(app, "get_state_history", config)])


@program("A38", "D6", "D8", savers=STORED)
def finished_threads_take_any_change_of_nodes(lg: Namespace, run: Run) -> None:
    for number, names in enumerate((("a", "b", "c"), ("b", "a"), ("x", "y"), ("a",), ("b", "c"))):
        config = thread(str(number))
        run.invoke(line(lg, run, "a", "b"), {"seen": ["old"], "n": 1}, config)
        changed = line(lg, run, *names)
        run.get_state(changed, config)
        run.stream(changed, {"seen": ["new"]}, config, stream_mode=["updates", "values"])
        run.history(changed, config)
        run.tries(run.invoke, changed, None, config)
        run.update_state(changed, config, {"n": 5}, as_node=names[0])
        run.get_state(changed, config)
        run.invoke(changed, None, config)
        run.invoke(line(lg, run, "a", "b"), {"seen": ["back"]}, config)


@program("A38", "E8", savers=STORED)
def paused_threads_take_new_nodes(lg: Namespace, run: Run) -> None:
    for number, names in enumerate((("a", "b", "c"), ("z", "a", "b"), ("a", "new", "b"), ("b", "a"), ("b",))):
        config = thread(str(number))
        run.invoke(line(lg, run, "a", "b", interrupt_before=["b"]), {"seen": ["old"]}, config)
        changed = line(lg, run, *names)
        run.get_state(changed, config)
        run.stream(changed, None, config, stream_mode=["updates", "values"])
        run.get_state(changed, config)


@program("A38", "E1", "E2", savers=STORED)
def asking_threads_take_new_nodes(lg: Namespace, run: Run) -> None:
    for number, names in enumerate((("a", "ask", "b", "c"), ("z", "ask"), ("ask", "a"), ("a", "ask", "ask2"))):
        config = thread(str(number))
        run.invoke(asking(lg, run, "a", "ask", "b"), {"seen": ["old"]}, config)
        changed = asking(lg, run, *names)
        run.get_state(changed, config)
        run.stream(changed, lg.Command(resume="answer"), config, stream_mode=["updates", "values"])
        run.get_state(changed, config)
        run.invoke(changed, {"seen": ["anew"]}, config)


@program("A38", "E1", savers=STORED)
def the_code_of_a_node_changes_while_it_asks(lg: Namespace, run: Run) -> None:
    def once(state: State) -> dict:
        return {"seen": [lg.interrupt("one?")]}

    def twice(state: State) -> dict:
        return {"seen": [lg.interrupt("one?"), lg.interrupt("two?")]}

    def never(state: State) -> dict:
        return {"seen": ["no question"]}

    def made(node: Any) -> Any:
        builder = lg.StateGraph(State).add_node("ask", lg.node(node)).add_edge(lg.START, "ask")
        return builder.compile(checkpointer=run.saver)

    for number, (before, after) in enumerate(((once, twice), (twice, once), (once, never), (twice, never))):
        config = thread(str(number))
        run.invoke(made(before), {"seen": ["in"]}, config)
        if before is twice:
            run.invoke(made(before), lg.Command(resume="first"), config)
        run.invoke(made(after), lg.Command(resume="answer"), config)
        run.get_state(made(after), config)
        run.tries(run.invoke, made(after), lg.Command(resume="another"), config)


@program("A38", "A2", "A6", savers=STORED)
def keys_come_and_go(lg: Namespace, run: Run) -> None:
    more = typed("more", {"seen": SEEN, "n": int, "new": str, "added": Annotated[list, operator.add]}, total=False)
    fewer = typed("fewer", {"seen": SEEN})
    renamed = typed("renamed", {"said": SEEN, "seen": SEEN}, total=False)
    reduced = typed("reduced", {"seen": SEEN, "n": Annotated[int, operator.add]}, total=False)
    plain = typed("plain", {"seen": list, "n": int}, total=False)
    ephemeral = typed("ephemeral", {"seen": SEEN, "n": Annotated[int, lg.EphemeralValue]}, total=False)
    untracked = typed("untracked", {"seen": SEEN, "n": Annotated[int, lg.UntrackedValue]}, total=False)

    @dataclass
    class Data:
        seen: Annotated[list, operator.add] = field(default_factory=list)
        extra: str = "default"
        n: int = 0

    class Model(BaseModel):
        seen: Annotated[list, operator.add] = []
        n: str = ""
        extra: str = "default"

    for schema in (more, fewer, renamed, reduced, plain, ephemeral, untracked, Data, Model):
        config = thread(schema.__name__)
        run.invoke(asking(lg, run, "a"), {"seen": ["old"], "n": 1}, config)
        changed = asking(lg, run, "a", "b", schema=schema)
        run.show("values", run.call(changed, "get_state", config).values)
        run.tries(run.invoke, changed, {"seen": ["new"]}, config)
        run.tries(shows_values, run, changed, config)
        if schema in (more, reduced, plain, Data):
            run.tries(run.invoke, asking(lg, run, "a"), {"seen": ["back"]}, config)
        paused = thread(f"{schema.__name__} paused")
        run.invoke(asking(lg, run, "ask", "a"), {"seen": ["old"], "n": 1}, paused)
        changed = asking(lg, run, "ask", "a", schema=schema)
        run.tries(run.invoke, changed, lg.Command(resume="answer"), paused)
        run.tries(shows_values, run, changed, paused)


@program("A38", "A2", savers=("memory",))
def a_key_is_back_after_a_graph_without_it(lg: Namespace, run: Run) -> None:
    fewer = typed("fewer", {"seen": SEEN})
    with_key = asking(lg, run, "a")
    run.invoke(with_key, {"seen": ["old"], "n": 1}, thread())
    run.invoke(asking(lg, run, "a", schema=fewer), {"seen": ["without"]}, thread())
    run.get_state(asking(lg, run, "a", schema=fewer), thread())
    run.invoke(with_key, {"seen": ["back"]}, thread())
    run.history(with_key, thread())


@program("A38", "A20", "A17", "A21", savers=STORED)
def edges_change_while_a_thread_waits(lg: Namespace, run: Run) -> None:
    def made(join: bool, route: bool = False, starts: str = "ab", defer: bool = False) -> Any:
        builder = lg.StateGraph(State)
        for name in ("a", "b", "c"):
            builder.add_node(name, lg.adds(name)).add_edge(lg.START, name)
        builder.add_node("end", lg.adds("end"), defer=defer)
        if join:
            builder.add_edge(list(starts), "end")
        elif route:
            builder.add_conditional_edges("b", lg.node(lambda state: "end"), ["end"])
        else:
            builder.add_edge("a", "end").add_edge("b", "end")
        return builder.compile(checkpointer=run.saver)

    kinds = ({"join": True}, {"join": False}, {"join": False, "route": True}, {"join": True, "starts": "abc"})
    deferred = ({"join": False, "defer": True}, {"join": True, "defer": True})
    changes = [(before, after) for before in kinds for after in kinds if before == after or not before["join"]]
    changes += [(before, after) for before in deferred for after in deferred if before == after or not before["join"]]
    for before, after in changes:
        for pause in ({"interrupt_before": ["end"]}, {"interrupt_after": ["a"]}):
            config = thread(f"{before} {after} {pause}")
            run.call(made(**before), "invoke", {"seen": ["in"]}, config, **pause)
            changed = made(**after)
            run.show("next", run.call(changed, "get_state", config).next)
            run.invoke(changed, None, config)


@program("A38", "I1", "D6", savers=STORED)
def graphs_inside_change(lg: Namespace, run: Run) -> None:
    def outer(*names: str) -> Any:
        builder = lg.StateGraph(State).add_node("inside", asking(lg, RunWithout(), *names))
        return builder.add_edge(lg.START, "inside").compile(checkpointer=run.saver)

    class RunWithout:
        saver = None

    for number, names in enumerate((("a", "ask", "b", "c"), ("z", "ask"), ("ask",))):
        config = thread(str(number))
        run.invoke(outer("a", "ask", "b"), {"seen": ["old"]}, config)
        run.show("state", run.call(outer(*names), "get_state", config, subgraphs=True).tasks[0].state.next)
        run.invoke(outer(*names), lg.Command(resume="answer"), config)
        run.get_state(outer(*names), config)
