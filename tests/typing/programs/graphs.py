"""A graph with all four schemas: what goes in and comes out is checked, and what nodes take."""

from dataclasses import dataclass
from operator import add
from typing import Annotated, Any, Literal, assert_type

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel
from typing_extensions import TypedDict

from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.graph.state import CompiledStateGraph
from langgraph_nb.runtime import Runtime
from langgraph_nb.store.base import BaseStore
from langgraph_nb.types import Command, GraphOutput, RetryPolicy, Send, StateSnapshot, StreamWriter


class State(TypedDict):
    question: str
    steps: Annotated[list[str], add]


class Question(TypedDict):
    question: str


class Answer(BaseModel):
    steps: list[str]


class Private(TypedDict):
    note: str


@dataclass
class Context:
    user: str


def plain(state: State) -> dict[str, Any]:
    return {"steps": [state["question"]]}


def with_config(state: State, config: RunnableConfig) -> dict[str, Any]:
    return {"steps": [str(config.get("tags"))]}


def with_writer_and_store(state: State, *, writer: StreamWriter, store: BaseStore) -> dict[str, Any]:
    item = store.get(("users",), state["question"])
    writer(item.value if item else None)
    return {}


def with_runtime(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    return {"steps": [runtime.context.user]}


async def awaited(state: State) -> Private:
    return {"note": state["question"]}


def private(state: Private) -> Command[Literal["plain", "__end__"]]:
    return Command(update={"steps": [state["note"]]}, goto="plain")


def route(state: State) -> list[Send] | str:
    return [Send("private", {"note": step}) for step in state["steps"]] or END


builder = StateGraph(State, Context, input_schema=Question, output_schema=Answer)
builder.add_node(plain)
builder.add_node(with_config)
builder.add_node(with_writer_and_store)
builder.add_node("who", with_runtime, retry_policy=RetryPolicy(max_attempts=2), metadata={"kind": "who"})
builder.add_node(awaited, defer=True)
builder.add_node("private", private, input_schema=Private)
builder.add_node("short", lambda state: {"steps": []})
builder.add_sequence([("first", plain), ("second", with_config)])
builder.add_edge(START, "plain").add_edge(["plain", "who"], "short").add_conditional_edges("short", route)
graph = builder.compile(name="typed")
assert_type(graph, CompiledStateGraph[State, Context, Question, Answer])

graph.invoke({"question": "why?"}, context=Context("ada"))
graph.invoke(Command(resume=True), {"configurable": {"thread_id": "1"}})
result = graph.invoke({"question": "why?"}, version="v2")
assert_type(result, GraphOutput[Answer])
print(result.value.steps, [question.value for question in result.interrupts])
for part in graph.stream({"question": "why?"}, version="v2", stream_mode=["values", "updates"]):
    if part["type"] == "values":
        print(part["data"].steps)
    elif part["type"] == "updates":
        print(part["data"].keys())
snapshot = graph.get_state({"configurable": {"thread_id": "1"}})
assert_type(snapshot, StateSnapshot)

graph.invoke({"quesiton": "why?"})  # error: argument input is no Question
graph.invoke({"question": "why?"}, context="ada")  # error: argument context is no Context
graph.invoke({"question": "why?"}, durability="never")  # error: no durability
graph.stream({"question": "why?"}, stream_mode="valeus")  # error: no stream mode
result.value.setps  # error: no such field  # noqa: B018
builder.add_node("number", 5)  # error: no node
builder.add_node(plain, retry_policy=3)  # error: no policy
builder.add_edge(START, 5)  # error: no name
builder.compile(interrupt_before="plain")  # error: no list
