"""Agents and their tools."""

from typing import Annotated, Any

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import InjectedToolCallId, tool
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import END, START, MessagesState, StateGraph
from langgraph_nb.prebuilt import (
    InjectedState,
    InjectedStore,
    ToolNode,
    ToolRuntime,
    create_react_agent,
    tools_condition,
)
from langgraph_nb.prebuilt.tool_node import ToolCallRequest
from langgraph_nb.runtime import Runtime
from langgraph_nb.store.base import BaseStore
from langgraph_nb.testing import ScriptedModel, calls
from langgraph_nb.types import Command


class Context(TypedDict):
    user: str


@tool
def look(a: int, state: Annotated[dict[str, Any], InjectedState], runtime: ToolRuntime[Context, dict[str, Any]]) -> str:
    """Looks."""
    return runtime.context["user"] + str(runtime.state)


def remember(
    fact: str, store: Annotated[BaseStore, InjectedStore()], call: Annotated[str, InjectedToolCallId]
) -> Command[str]:
    """Remembers."""
    store.put(("facts",), fact, {})
    return Command(update={"messages": [ToolMessage(fact, tool_call_id=call)]}, goto=END)


def wrap(request: ToolCallRequest, execute: Any) -> ToolMessage | Command[Any]:
    result: ToolMessage | Command[Any] = execute(request.override(state={}))
    return result


def handle(error: ValueError) -> str:
    return str(error)


class Answer(BaseModel):
    city: str


def choose(state: Any, runtime: Runtime[Context]) -> ScriptedModel:
    return ScriptedModel(script=["hi"])


def prompt(state: MessagesState, config: RunnableConfig) -> list[AnyMessage]:
    return state["messages"]


node = ToolNode([look, remember], handle_tool_errors=handle, wrap_tool_call=wrap)
builder = StateGraph(MessagesState)
builder.add_node("tools", node)
builder.add_edge(START, "tools")
builder.add_conditional_edges("tools", tools_condition)

model = ScriptedModel(script=[calls("look", a=1)])
agent = create_react_agent(model, [look, remember], prompt="x", response_format=Answer, checkpointer=InMemorySaver())
choosing = create_react_agent(choose, node, response_format=("p", Answer), version="v1", context_schema=Context)
bound = create_react_agent(model.bind_tools([look]), [look], prompt=prompt, pre_model_hook=lambda state: {})
agent.invoke({"messages": [AIMessage("x")]}, context={"user": "ada"})

create_react_agent(model, [look], version="v3")  # error: there are two versions
create_react_agent(model, [look], prompt=3)  # error: a prompt is text, a message, a function or a Runnable
create_react_agent(model)  # error: an agent has tools, or an empty list
ToolNode([look], handle_tool_errors=3)  # error: a number handles nothing
ToolNode([look], wrap_tool_call=handle)  # error: a wrapper takes a request and what makes the call
print(node.tools_by_name["look"].nome)  # error: a typing mistake
