"""LangChain's ``create_agent`` itself: middleware of one's own, structured answers, context, commands, streams."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from langchain.agents import AgentState, create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    after_agent,
    after_model,
    before_agent,
    before_model,
    dynamic_prompt,
    hook_config,
    wrap_model_call,
    wrap_tool_call,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain.tools import InjectedState, ToolRuntime, tool
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.runtime import Runtime, get_runtime
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command, interrupt
from model import Script, attempt, call, tell
from pydantic import BaseModel


class Answer(BaseModel):
    """An answer."""

    city: str
    degrees: int


class Other(BaseModel):
    """Another one."""

    why: str


@dataclass
class Context:
    user: str


class Counting(AgentState):
    counted: int


hello = {"messages": [("user", "hello")]}
thread = {"configurable": {"thread_id": "1"}}
good, bad = call("Answer", 1, city="Rome", degrees=30), call("Answer", 2, city="Rome", degrees="hot")


def both(make, given=hello, config=None, **options):
    for name in ("sync", "async"):
        agent = make()
        attempt(
            lambda: tell(
                name,
                agent.invoke(given, config, **options)
                if name == "sync"
                else asyncio.run(agent.ainvoke(given, config, **options)),
            )
        )


for form, answers in [
    (ToolStrategy(Answer), [[good]]),
    (ToolStrategy(Answer), [[bad], [good]]),
    (ToolStrategy(Answer, handle_errors=False), [[bad], [good]]),
    (ToolStrategy(Answer, handle_errors="again, please"), [[bad], [good]]),
    (ToolStrategy(Answer | Other), [[good, call("Other", 3, why="because")], [call("Other", 4, why="just one")]]),
    (ToolStrategy(Answer, tool_message_content="thanks"), [[good]]),
    (ProviderStrategy(Answer), ['{"city": "Oslo", "degrees": 3}']),
    (ProviderStrategy(Answer), ["no json"]),
    (Answer, [[good]]),
]:
    both(lambda: create_agent(Script(answers=list(answers)), response_format=form))


@tool
def who(runtime: ToolRuntime[Context, Counting], state: Annotated[dict, InjectedState]) -> str:
    """Who asks."""
    runtime.stream_writer({"working": runtime.tool_call_id})
    return f"{runtime.context.user}, {state['counted']}, {len(runtime.state['messages'])}, {runtime.store is not None}"


@tool
def count(runtime: ToolRuntime) -> Command:
    """Count on."""
    answer = ToolMessage("counted", tool_call_id=runtime.tool_call_id)
    return Command(update={"counted": runtime.state["counted"] + 1, "messages": [answer]})


@tool
async def ask(question: str) -> str:
    """Ask a person."""
    get_stream_writer()({"asking": question})
    return interrupt(question)


@before_agent
def first(state: AgentState, runtime: Runtime[Context]) -> dict[str, Any]:
    return {"messages": [("system", f"for {runtime.context.user}")]}


@before_model(can_jump_to=["end"])
def enough(state: AgentState, runtime: Runtime) -> dict[str, Any] | None:
    return {"jump_to": "end", "messages": [AIMessage("enough", id="e")]} if len(state["messages"]) > 6 else None


@after_model
async def later(state: AgentState, runtime: Runtime) -> None:
    print("later", len(state["messages"]), get_runtime(Context).context.user)


@after_agent
def last(state: AgentState, runtime: Runtime) -> dict[str, Any]:
    return {"messages": [AIMessage("the last word", id="last")]}


@dynamic_prompt
def prompt(request) -> str:
    return f"be kind to {request.runtime.context.user}, {request.state.get('counted')}"


@wrap_model_call
async def louder(request, handler):
    response = await handler(request)
    return AIMessage(response.result[0].content.upper(), tool_calls=response.result[0].tool_calls, id="loud")


@wrap_tool_call
def noted(request, handler):
    print("calls", request.tool_call["name"])
    return handler(request)


class Everything(AgentMiddleware):
    state_schema = Counting
    tools = (who, count)

    def before_model(self, state, runtime):
        print("before", state["counted"])

    @hook_config(can_jump_to=["model"])
    def after_model(self, state, runtime):
        if state["messages"][-1].content == "again":
            return {"jump_to": "model", "counted": state["counted"] + 10}

    def wrap_model_call(self, request, handler):
        return handler(request.override(system_prompt="overridden"))

    async def awrap_model_call(self, request, handler):
        return await handler(request.override(system_prompt="overridden"))


script = [[call("who", 1)], [call("count", 2)], "again", [call("count", 3)], "done"]
at_once = [[call("who", 1), call("count", 2)], "done"]


def made(*middleware, answers=script):
    model = Script(answers=list(answers))
    return create_agent(model, middleware=list(middleware), context_schema=Context, store=InMemoryStore())


counted, ada = {**hello, "counted": 0}, Context("Ada")
both(lambda: made(Everything()), counted, context=ada)
both(lambda: made(Everything(), answers=at_once), counted, context=ada)
both(lambda: made(Everything(), first, enough, last, prompt), counted, context=ada)
agent = made(Everything(), later, louder)
attempt(lambda: tell("async alone", agent.invoke(counted, context=ada)))
attempt(lambda: tell("async alone", asyncio.run(agent.ainvoke(counted, context=ada))))
attempt(lambda: tell("sync alone", made(Everything(), noted).invoke(counted, context=ada)))
attempt(lambda: tell("sync alone", asyncio.run(made(Everything(), noted).ainvoke(counted, context=ada))))
agent = made(Everything(), first, enough, last)
print(agent.get_graph().draw_mermaid(), agent.name, sorted(agent.get_input_jsonschema()["properties"]))

for mode in ("updates", "values", "custom", "tasks", "debug", ["messages", "custom"]):
    agent = made(Everything(), last)
    for part in agent.stream(counted, context=ada, stream_mode=mode):
        if mode in ("tasks", "debug"):
            part = {key: part[key] for key in ("name", "type", "step") if key in part}
        elif isinstance(mode, list):
            part = [part[0], *([part[1][0].content, sorted(part[1][1])] if part[0] == "messages" else part[1:])]
        tell(str(mode), part)


async def asked():
    answers = [[call("ask", 1, question="which?"), call("ask", 2, question="when?")], "thanks", "bye", "bye"]
    agent = create_agent(Script(answers=answers), [ask], checkpointer=InMemorySaver())
    async for part in agent.astream(hello, thread, stream_mode=["custom", "updates"], version="v2"):
        tell(part["type"], part["data"] if "__interrupt__" not in part["data"] else "asks")
    state = await agent.aget_state(thread)
    tell("asks", [(one.value, task.name) for task in state.tasks for one in task.interrupts])
    answered = {one.id: f"answer to {one.value}" for one in state.interrupts}
    tell("answered", await agent.ainvoke(Command(resume=answered), thread))
    kinds = [event["event"] async for event in agent.astream_events(hello, thread, version="v2")]
    tell("events", sorted(set(kinds)))


asyncio.run(asked())
