"""deepagents: files, todos, subagents, questions, skills, memory and stores, sync, async and streamed."""

import asyncio
import tempfile
from itertools import groupby
from pathlib import Path

from deepagents import create_deep_agent
from deepagents.backends import CompositeBackend, FilesystemBackend, StateBackend, StoreBackend
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command
from model import Script, attempt, call, tell


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


hello = {"messages": [("user", "hello")]}
thread = {"configurable": {"thread_id": "1"}}


def files(found):
    return {path: {k: v for k, v in data.items() if not k.endswith("_at")} for path, data in found.items()}


def shown(state):
    return {**state, "files": files(state.get("files", {}))}


writes = [call("write_file", 1, file_path="/a.txt", content="one\ntwo"), call("weather", 2, city="Rome")]
reads = [
    call("ls", 3, path="/"),
    call("read_file", 4, file_path="/a.txt"),
    call("grep", 5, pattern="two"),
    call("glob", 6, pattern="*.txt"),
]
edits = [call("edit_file", 7, file_path="/a.txt", old_string="two", new_string="three")]
plan = [call("write_todos", 8, todos=[{"content": "first", "status": "pending"}])]
answers = [plan, writes, reads, edits, [call("read_file", 9, file_path="/a.txt")], "done"]

agent = create_deep_agent(Script(answers=list(answers)), [weather], system_prompt="be deep")
tell("sync", shown(agent.invoke(hello)))
agent = create_deep_agent(Script(answers=list(answers)), [weather], checkpointer=InMemorySaver())
tell("async", shown(asyncio.run(agent.ainvoke({**hello, "files": {}}, thread))))
tell("state", shown(agent.get_state(thread).values))
tell(
    "history",
    [(s.next, s.metadata["step"], sorted(s.values.get("files", {}))) for s in agent.get_state_history(thread)],
)


def with_subagents(**kwargs):
    helper = Script(answers=[[call("weather", 1, city="Oslo")], writes[:1], "the helper's report"])
    other = Script(answers=["nothing to say"])
    boss = Script(
        answers=[
            [
                call("task", 1, description="look at Oslo", subagent_type="meteorologist"),
                call("task", 2, description="say nothing", subagent_type="silent"),
            ],
            [call("read_file", 3, file_path="/a.txt")],
            "boss is done",
        ]
    )
    subagents = [
        {
            "name": "meteorologist",
            "description": "knows weather",
            "system_prompt": "w",
            "model": helper,
            "tools": [weather],
        },
        {"name": "silent", "description": "says nothing", "system_prompt": "s", "model": other, "tools": []},
    ]
    return create_deep_agent(boss, subagents=subagents, **kwargs)


tell("subagents", shown(with_subagents().invoke(hello)))
agent = with_subagents(checkpointer=InMemorySaver())
updates = [
    {node: list(value or ()) for node, value in chunk.items()}
    for namespace, chunk in agent.stream(hello, thread, stream_mode="updates", subgraphs=True)
    if not namespace
]
for _, at_once in groupby(updates, key=list):  # the subagents run at once: which one is done first is chance
    for update in sorted(at_once, key=str):
        tell("update", update)


async def awaited():
    agent = with_subagents(checkpointer=InMemorySaver())
    count = 0
    async for namespace, mode, _ in agent.astream(hello, thread, stream_mode=["messages", "values"], subgraphs=True):
        count += mode == "values" and not namespace
    tell("values", count)
    tell("at the end", shown((await agent.aget_state(thread)).values))


asyncio.run(awaited())

asks = {"write_file": True, "weather": {"allowed_decisions": ["approve", "reject", "edit"]}}
agent = create_deep_agent(Script(answers=[writes, "done"]), [weather], interrupt_on=asks, checkpointer=InMemorySaver())
tell("asks", [one.value for one in agent.invoke(hello, thread)["__interrupt__"]])
decisions = [{"type": "approve"}, {"type": "reject", "message": "no"}]
tell("answered", shown(agent.invoke(Command(resume={"decisions": decisions}), thread)))

asking = {
    "name": "asker",
    "description": "asks",
    "system_prompt": "a",
    "model": Script(answers=[writes[1:], "was allowed"]),
    "tools": [weather],
    "interrupt_on": {"weather": True},
}
boss = Script(answers=[[call("task", 1, description="ask", subagent_type="asker")], "done"])
agent = create_deep_agent(boss, subagents=[asking], checkpointer=InMemorySaver())
tell("a subagent asks", [one.value for one in agent.invoke(hello, thread)["__interrupt__"]])
tell("answered", shown(agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), thread)))

store = InMemoryStore()
backend = CompositeBackend(default=StateBackend(), routes={"/memories/": StoreBackend(namespace=lambda _: ("files",))})
keeps = [
    call("write_file", 1, file_path="/memories/m.txt", content="kept"),
    call("write_file", 2, file_path="/t.txt", content="t"),
]
agent = create_deep_agent(Script(answers=[keeps, [call("ls", 3, path="/")], "done"]), backend=backend, store=store)
tell("composite", shown(agent.invoke(hello)))
tell("store", sorted(item.key for item in store.search(("files",))))
again = create_deep_agent(
    Script(answers=[[call("read_file", 1, file_path="/memories/m.txt")], "read"]), backend=backend, store=store
)
tell("later", shown(asyncio.run(again.ainvoke(hello))))

with tempfile.TemporaryDirectory() as folder:
    Path(folder, "AGENTS.md").write_text("Remember the milk.")
    Path(folder, "skills", "sing").mkdir(parents=True)
    Path(folder, "skills", "sing", "SKILL.md").write_text("---\nname: sing\ndescription: how to sing\n---\nLa la.\n")
    on_disk = FilesystemBackend(root_dir=folder, virtual_mode=True)
    model = Script(answers=[writes[:1], [call("read_file", 2, file_path="/skills/sing/SKILL.md")], "done"])
    agent = create_deep_agent(model, backend=on_disk, memory=["/AGENTS.md"], skills=["/skills/"])
    attempt(lambda: tell("disk", shown(agent.invoke(hello))))
    tell("written", sorted(path.name for path in Path(folder).iterdir()))
    tell("remembered", "Remember the milk." in str(model.read[0][0].content))
print(agent.get_graph().draw_mermaid())
