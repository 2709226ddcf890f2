"""langgraph-supervisor and langgraph-swarm: agents that hand over to each other."""

import asyncio
import warnings

warnings.simplefilter("ignore")

from langchain.agents import create_agent  # noqa: E402
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.prebuilt import create_react_agent  # noqa: E402
from langgraph.store.memory import InMemoryStore  # noqa: E402
from langgraph_supervisor import create_handoff_tool as hand_over  # noqa: E402
from langgraph_supervisor import create_supervisor  # noqa: E402
from langgraph_supervisor.handoff import create_forward_message_tool  # noqa: E402
from langgraph_swarm import create_handoff_tool, create_swarm  # noqa: E402
from model import Script, attempt, call, tell  # noqa: E402


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def find(name: str) -> str:
    """Find something."""
    return f"{name} is here"


def workers(make, **kwargs):
    one = Script(answers=[[call("add", 51, a=1, b=2)], "it is 3", "still 3"])
    two = Script(answers=[[call("find", 52, name="x")], "found it"])
    return [make(one, [add], name="adder", **kwargs), make(two, [find], name="finder", **kwargs)]


hello = {"messages": [("user", "hello")]}
thread = {"configurable": {"thread_id": "1"}}
boss_says = [[call("transfer_to_adder", 11)], [call("transfer_to_finder", 12)], "all done", "again"]

for make in (create_react_agent, create_agent):
    for options in (
        {},
        {"output_mode": "full_history"},
        {"add_handoff_back_messages": False},
        {"include_agent_name": "inline"},
        {"supervisor_name": "boss", "add_handoff_messages": False},
    ):
        boss = Script(answers=list(boss_says))
        graph = create_supervisor(workers(make), model=boss, prompt="be a boss", **options).compile()
        tell(str(options), graph.invoke(hello))
        tell("read", boss.read)
        boss = Script(answers=list(boss_says))
        graph = create_supervisor(workers(make), model=boss, **options).compile()
        tell("async", asyncio.run(graph.ainvoke(hello)))

boss = Script(answers=[[call("delegate", 31)], [call("forward_message", 32, from_agent="adder")], "no more"])
tools = [
    hand_over(agent_name="adder", name="delegate", description="to the adder"),
    hand_over(agent_name="finder"),
    create_forward_message_tool(),
]
graph = create_supervisor(workers(create_agent), model=boss, tools=tools).compile(InMemorySaver())
for namespace, chunk in graph.stream(hello, thread, stream_mode="updates", subgraphs=True):
    tell(str([part.split(":")[0] for part in namespace]), chunk)
tell("history", [(state.next, state.metadata["step"]) for state in graph.get_state_history(thread)])
print(graph.get_graph().draw_mermaid())

both = [[call("transfer_to_adder", 11), call("transfer_to_finder", 12)], "both done"]
graph = create_supervisor(workers(create_agent), model=Script(answers=both), parallel_tool_calls=True).compile()
tell("at once", graph.invoke(hello)["messages"][-1])
inner = create_supervisor(workers(create_agent), model=Script(answers=list(boss_says)), supervisor_name="inner")
middle = inner.compile(name="team")
outer = create_supervisor([middle], model=Script(answers=[[call("transfer_to_team", 21)], "the end"]))
tell("nested", outer.compile().invoke(hello))
attempt(lambda: create_supervisor([create_agent(Script(answers=[]))], model=Script(answers=[])))


def swarm():
    alice = create_agent(
        Script(answers=[[call("add", 1, a=2, b=2)], [call("transfer_to_bob", 41)], "alice again", "alice at last"]),
        [add, create_handoff_tool(agent_name="Bob", description="to Bob")],
        name="Alice",
    )
    bob = create_agent(
        Script(answers=["bob here", [call("transfer_to_alice", 42)], "bob again"]),
        [find, create_handoff_tool(agent_name="Alice")],
        name="Bob",
    )
    return create_swarm([alice, bob], default_active_agent="Alice").compile(InMemorySaver(), store=InMemoryStore())


graph = swarm()
for turn in ("one", "two", "three"):
    tell(turn, attempt(lambda: graph.invoke({"messages": [("user", turn)]}, thread)))
    tell("active", graph.get_state(thread).values.get("active_agent"))
tell("all", graph.get_state(thread).values)


async def awaited():
    graph = swarm()
    for turn in ("one", "two"):
        given = {"messages": [("user", turn)]}
        async for namespace, mode, chunk in graph.astream(
            given, thread, stream_mode=["updates", "messages"], subgraphs=True
        ):
            shown = (
                [type(chunk[0]).__name__, chunk[0].content, chunk[1]["langgraph_node"]] if mode == "messages" else chunk
            )
            tell(f"{mode} {[part.split(':')[0] for part in namespace]}", shown)


asyncio.run(awaited())
print(graph.get_graph(xray=1).draw_mermaid())
