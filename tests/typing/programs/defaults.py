"""A graph with one schema: input and output are the state, and there is no context."""

from typing import assert_type

from typing_extensions import TypedDict

from langgraph_nb.graph import START, MessagesState, StateGraph
from langgraph_nb.graph.state import CompiledStateGraph
from langgraph_nb.types import GraphOutput


class State(TypedDict):
    n: int


def double(state: State) -> State:
    return {"n": 2 * state["n"]}


graph = StateGraph(State).add_node(double).add_edge(START, "double").compile()
assert_type(graph, CompiledStateGraph[State, None, State, State])
assert_type(graph.invoke({"n": 1}, version="v2"), GraphOutput[State])
print(graph.invoke({"n": 1})["n"])


def run(compiled: CompiledStateGraph[State, None, State, State]) -> None:
    compiled.invoke(None)


run(graph)
outer = StateGraph(State).add_node("inner", graph).add_edge(START, "inner").compile()
chat = StateGraph(MessagesState).add_node("bot", lambda state: {"messages": [("ai", "hi")]}).add_edge(START, "bot")
chat.compile().invoke({"messages": []})

graph.invoke({"n": "one"})  # error: no int
graph.invoke({})  # error: n is missing
graph.get_state("1")  # error: no config
run(chat.compile())  # error: a graph of another state
