"""langgraph-bigtool, which finds tools in a store; langchain-mcp-adapters, tools of a server in another process."""

import asyncio
import sys
import warnings
from itertools import groupby
from pathlib import Path
from typing import Annotated

warnings.simplefilter("ignore")

from langchain.agents import create_agent as agent_with_tools  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_mcp_adapters.client import MultiServerMCPClient  # noqa: E402
from langchain_mcp_adapters.tools import load_mcp_tools  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.prebuilt import InjectedState, InjectedStore, ToolNode, create_react_agent  # noqa: E402
from langgraph.store.base import BaseStore  # noqa: E402
from langgraph.store.memory import InMemoryStore  # noqa: E402
from langgraph_bigtool import create_agent  # noqa: E402
from langgraph_bigtool.utils import convert_positional_only_function_to_tool  # noqa: E402
from model import Script, attempt, call, shown, tell  # noqa: E402


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


class Letters(Embeddings):
    """A text as how often it has each letter."""

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        return [float(text.lower().count(letter)) + 0.1 for letter in "abcdefghijklmnopqrstuvwxyz"]


def noted(word: str, state: Annotated[dict, InjectedState], store: Annotated[BaseStore, InjectedStore]) -> str:
    """Note a word, with the state and the store."""
    store.put(("notes",), word, {"after": len(state["messages"])})
    return f"{word} noted, {len(store.search(('notes',)))} in all"


registry = {"1": add, "2": multiply, "3": noted}
store = InMemoryStore(index={"embed": Letters(), "dims": 26, "fields": ["description"]})
for key, function in registry.items():
    store.put(("tools",), key, {"description": f"{function.__name__}: {function.__doc__}"})
hello = {"messages": [("user", "hello")]}
says = [
    [call("retrieve_tools", 1, query="add")],
    [call("add", 2, a=1, b=2), call("retrieve_tools", 3, query="multiply"), call("add", 4, a="no", b=1)],
    [call("multiply", 5, a=3, b=4), call("noted", 6, word="twelve"), call("missing", 7)],
    "done",
]
if not hasattr(ToolNode, "inject_tool_args"):  # the LangGraph of today has lost what this release of it calls
    ToolNode.inject_tool_args = lambda node, tool_call, state, store: tool_call


def every(query: str) -> list[str]:
    """All tools."""
    return ["1", "2"]


async def aevery(query: str) -> list[str]:
    """All tools."""
    return ["2", "1"]


def said(options):
    """The model's answers, with the name that the tool which finds tools has."""
    names = {"retrieve_tools": "every"} if options else {}
    return [a if a == "done" else [{**c, "name": names.get(c["name"], c["name"])} for c in a] for a in says]


for options in (
    {},
    {"retrieve_tools_function": every},
    {"retrieve_tools_function": every, "retrieve_tools_coroutine": aevery},
):
    model = Script(answers=said(options))
    builder = create_agent(model, registry, **options)
    graph = builder.compile(store=store, checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": "1"}}
    updates = attempt(lambda: list(graph.stream(hello, thread, stream_mode="updates"))) or ()
    for _, at_once in groupby(updates, key=lambda chunk: "agent" in chunk):  # which of them is done first is chance
        for chunk in sorted(at_once, key=lambda chunk: str(shown(chunk))):
            tell("update", chunk)
    tell("bound", model.bound)
    tell("state", graph.get_state(thread).values)
    print(graph.get_graph().draw_mermaid())
    tell("notes", [(note.key, note.value) for note in store.search(("notes",))])
    model = Script(answers=said(options))
    graph = create_agent(model, registry, **options).compile(store=store)
    attempt(lambda: tell("async", asyncio.run(graph.ainvoke(hello))))

import math  # noqa: E402

tell("converted", convert_positional_only_function_to_tool(math.sqrt).name)
server = {"command": sys.executable, "args": [str(Path(__file__).with_name("server.py"))], "transport": "stdio"}


async def over_mcp():
    client = MultiServerMCPClient({"numbers": server})
    tools = await client.get_tools()
    tell("tools", [(tool.name, tool.description) for tool in tools])
    calls = [[call("triple", 1, n=14)], [call("fail", 2)], "done"]
    for make in (agent_with_tools, create_react_agent):
        agent = make(Script(answers=list(calls)), tools)
        async for chunk in agent.astream(hello, stream_mode="updates"):
            tell("update", chunk)
    async with client.session("numbers") as session:
        tools = await load_mcp_tools(session)
        tell("session", (await agent_with_tools(Script(answers=list(calls)), tools).ainvoke(hello))["messages"])
    tell("prompt", await client.get_prompt("numbers", "greet", arguments={"name": "Ada"}))


asyncio.run(over_mcp())
