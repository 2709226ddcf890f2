"""Builds a generated graph on one of the two packages, and does what a scenario says. Knows not what is right."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any, TypedDict

from .interpreter import Session
from .spec import (
    TYPES,
    Act,
    Answer,
    Ask,
    Begin,
    Graph,
    How,
    Look,
    Node,
    Seen,
    Send,
    Target,
    Travel,
    Update,
    World,
    body,
)


class Player:
    """One thread of a graph on a package.

    Args:
        package: ``langgraph`` or ``langgraph_nb``.
        graph: The graph.
        saver: Where the thread is kept, or ``None``.
        thread: Its name.
        runner: Runs the methods with an ``a`` before their name; none, to call the others.
    """

    def __init__(self, package: str, graph: Graph, saver: Any, thread: str, runner: asyncio.Runner | None) -> None:
        types = importlib.import_module(f"{package}.types")
        self.Command, self.Send, self.interrupt = types.Command, types.Send, types.interrupt
        self.StateGraph = importlib.import_module(f"{package}.graph").StateGraph
        self.runner, self.saver, self.world = runner, saver, World([])
        self.app = self.build(graph, "").compile(checkpointer=saver)
        self.durability = {"durability": "sync"} if saver is not None and package == "langgraph" else {}
        """LangGraph shares the set of a join with the checkpoint that is being stored; what gets there is chance."""
        self.config: dict[str, Any] = {"configurable": {"thread_id": thread}, "max_concurrency": 1}

    # -- building -----------------------------------------------------------------------------------------------------

    def build(self, graph: Graph, path: str) -> Any:
        state = TypedDict("State", {key: TYPES[key] for key in graph.keys}, total=False)  # type: ignore[misc]
        builder = self.StateGraph(state)
        for node in graph.nodes:
            builder.add_node(node.name, self.code(node, path), defer=node.defer)
        for start, end in graph.edges:
            builder.add_edge(start, end)
        for starts, end in graph.joins:
            builder.add_edge(list(starts), end)
        for number, router in enumerate(graph.routers):
            route = lambda state, router=router: self.targets(router.choose(state))  # noqa: E731
            route.__name__ = f"route{number}"
            builder.add_conditional_edges(router.source, route)
        return builder

    def targets(self, targets: tuple[Target, ...]) -> list[Any]:
        return [self.Send(t.node, {"n": t.n, "count": t.n}) if isinstance(t, Send) else t for t in targets]

    def code(self, node: Node, path: str) -> Any:
        child = self.build(node.child, f"{path}{node.name}/").compile() if node.child else None
        if child is not None and not node.calls:
            return child

        def call(state: Any) -> Any:
            steps, answer = body(node, path, state, self.world), None
            while True:
                try:
                    wanted = steps.send(answer)
                except StopIteration as stop:
                    return self.result(node, stop.value)
                answer = self.interrupt(wanted.question) if isinstance(wanted, Ask) else child.invoke(wanted.input)

        async def acall(state: Any) -> Any:
            steps, answer = body(node, path, state, self.world), None
            while True:
                try:
                    wanted = steps.send(answer)
                except StopIteration as stop:
                    return self.result(node, stop.value)
                is_question = isinstance(wanted, Ask)
                answer = self.interrupt(wanted.question) if is_question else await child.ainvoke(wanted.input)

        return acall if self.runner else call

    def result(self, node: Node, update: Any) -> Any:
        above = {"graph": self.Command.PARENT} if node.up else {}
        goto = self.targets(node.goto)
        return self.Command(update=update, goto=goto, **above) if goto or above else update

    # -- acting -------------------------------------------------------------------------------------------------------

    def perform(self, act: Act, session: Session, look: bool) -> Seen:
        """Do what the session did, and look at the thread after it if wanted."""
        self.session = session
        self.world.ran = []
        seen = Seen(ran=self.world.ran)
        if isinstance(act, Update):
            self.call("update_state", self.at(act), act.values, as_node=act.as_node)
        else:
            self.world.broken = act.how.broken
            self.run(act, act.how, seen)
        if look:
            seen.state = self.look()
        return seen

    def run(self, act: Any, how: How, seen: Seen) -> None:
        config: Any = {**(self.at(act) if isinstance(act, Travel) else self.config), "recursion_limit": how.limit}
        options: dict[str, Any] = {"interrupt_before": list(how.before), "interrupt_after": list(how.after)}
        options |= self.durability
        seen.chunks = []
        try:
            given = self.given(act)
            if how.way == "invoke":
                seen.chunks.append(plain(self.call("invoke", given, config, **options)))
            else:
                self.stream(seen.chunks, given, config, {**options, "stream_mode": how.way})
        except Exception as error:
            known = ("Broken", "InvalidUpdateError", "GraphRecursionError", "EmptyInputError", "RuntimeError")
            names = [c.__name__ for c in type(error).__mro__]
            seen.error = next((name for name in names if name in known), names[0])
            if seen.error not in known:
                raise

    def given(self, act: Any) -> Any:
        if isinstance(act, Begin):
            return act.input
        if not isinstance(act, Answer):
            return None
        if not act.several:
            return self.Command(resume=act.answer)
        waiting = self.call("get_state", self.config).interrupts
        return self.Command(resume={i.id: act.answer for i in waiting if i.value in self.session.chosen})

    def at(self, act: Update | Travel) -> Any:
        """The config of the checkpoint that is meant. An update of the latest one does not name it."""
        history = self.history()
        back = act.back % max(1, len(history))
        return self.config if isinstance(act, Update) and not back else {**self.config, **history[back].config}

    def look(self) -> Look:
        found = self.call("get_state", self.config)
        questions = sorted({i.value for i in found.interrupts} - self.session.answered)
        return Look(dict(found.values), list(found.next), questions, len(self.history()))

    def history(self) -> list[Any]:
        if self.runner:
            return self.runner.run(collected(self.app.aget_state_history(self.config), []))
        return list(self.app.get_state_history(self.config))

    def stream(self, chunks: list[Any], given: Any, config: Any, options: Any) -> None:
        if self.runner:
            self.runner.run(collected(self.app.astream(given, config, **options), chunks))
        else:
            for chunk in self.app.stream(given, config, **options):
                chunks.append(plain(chunk))

    def call(self, name: str, *args: Any, **options: Any) -> Any:
        if self.runner:
            return self.runner.run(getattr(self.app, f"a{name}")(*args, **options))
        return getattr(self.app, name)(*args, **options)


async def collected(source: Any, into: list[Any]) -> list[Any]:
    async for item in source:
        into.append(plain(item))
    return into


def plain(chunk: Any) -> Any:
    """A chunk with the questions in words."""
    if not isinstance(chunk, dict) or "__interrupt__" not in chunk:
        return chunk
    rest = {key: value for key, value in chunk.items() if key != "__interrupt__"}
    return {**rest, "asked": sorted({i.value for i in chunk["__interrupt__"]})}
