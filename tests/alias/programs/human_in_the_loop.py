"""LangChain's human-in-the-loop middleware: questions about tool calls, each kind of answer, sync, async, streamed."""

import asyncio

from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from model import Script, attempt, call, tell


def send(to: str, text: str) -> str:
    """Send a message."""
    return f"sent {text!r} to {to}"


def look(name: str) -> str:
    """Look somebody up."""
    return f"{name}@example.org"


def agent_for(*answers, **kwargs):
    asks = HumanInTheLoopMiddleware(
        interrupt_on={"send": {"allowed_decisions": ["approve", "edit", "reject", "respond"]}, "look": False}, **kwargs
    )
    return create_agent(Script(answers=list(answers)), [send, look], middleware=[asks], checkpointer=InMemorySaver())


calls = [call("look", 1, name="ada"), call("send", 2, to="ada", text="hi")]
two = [call("send", 1, to="ada", text="hi"), call("send", 2, to="bob", text="ho")]
edit = {"type": "edit", "edited_action": {"name": "send", "args": {"to": "eve", "text": "edited"}}}
approve = {"type": "approve"}
reject = {"type": "reject", "message": "not now"}
respond = {"type": "respond", "message": "the person says so"}
thread = {"configurable": {"thread_id": "1"}}
hello = {"messages": [("user", "hello")]}


def questions(found):
    return [one.value for one in found]


for first, decisions in [
    (calls, [approve]),
    (calls, [edit]),
    (calls, [reject]),
    (calls, [respond]),
    (two, [approve, reject]),
    (two, [edit, respond]),
    (two, [reject, reject]),
    (two, [approve]),
]:
    agent = agent_for(first, "done")
    asked = agent.invoke(hello, thread)
    tell("asks", questions(asked["__interrupt__"]))
    tell("next", agent.get_state(thread).next)
    attempt(lambda: tell("answered", agent.invoke(Command(resume={"decisions": decisions}), thread)["messages"]))


async def awaited():
    agent = agent_for(calls[1:], two, "done")
    for given in (hello, Command(resume={"decisions": [edit]}), Command(resume={"decisions": [reject, reject]})):
        async for mode, chunk in agent.astream(given, thread, stream_mode=["updates", "custom"]):
            tell(mode, {key: questions(value) if key == "__interrupt__" else value for key, value in chunk.items()})
    tell("state", (await agent.aget_state(thread)).values)


asyncio.run(awaited())
agent = agent_for(calls[1:], "done now")
for given in (hello, Command(resume={"decisions": [approve]})):
    for chunk, metadata in agent.stream(given, thread, stream_mode="messages"):
        tell(metadata["langgraph_node"], [type(chunk).__name__, chunk.content, chunk.name])
    for state in agent.get_state_history(thread):
        tell("history", [state.next, state.metadata["step"], len(state.values.get("messages", []))])

for mode in ("batched", "per_call"):
    agent = agent_for(two, "done", interrupt_mode=mode)
    asked = agent.invoke(hello, thread)["__interrupt__"]
    asked.sort(key=lambda one: one.value.get("tool_call_id", ""))  # LangGraph has them as the tasks ended
    tell(mode, [(one.value, one.response_schema) for one in asked])
    answers = (
        {"decisions": [approve, reject]}
        if mode == "batched"
        else {asked[0].id: approve, asked[1].id: reject}
        if len(asked) > 1
        else approve
    )
    attempt(lambda: tell("answered", agent.invoke(Command(resume=answers), thread)))
