"""Supervisor: one agent decides who works next; everybody reports back to it.

Use it where the order depends on what is found out. Where the order is known, wire it: an edge costs no tokens.
"""

from typing import Literal

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from langgraph_nb.graph import END, START, MessagesState, StateGraph
from langgraph_nb.types import Command
from patterns.agent import agent
from patterns.scripted import model  # no real model; a real one: model = init_chat_model("openai:gpt-5-mini")


class Decision(BaseModel):
    """Who works next, and on what. When all is known, "done" with the answer."""

    worker: Literal["trains", "hotels", "done"]
    task: str


def find_trains(start: str, goal: str) -> str:
    """Find trains of today."""
    return f"{start} - {goal}: ICE 704 at 8:04, 79 euros; ICE 1208 at 9:04, 54 euros"


def find_hotels(city: str, limit: int) -> str:
    """Find hotels that cost at most `limit` euros a night."""
    return f"{city}: Elbblick, 110 euros"


trains_agent = agent(model, [find_trains], prompt="You know trains.", name="trains")
hotels_agent = agent(model, [find_hotels], prompt="You know hotels.", name="hotels")


def supervisor(state: MessagesState) -> Command[Literal["trains", "hotels", "__end__"]]:
    asked = [SystemMessage("You lead a travel desk."), *state["messages"]]
    decision = model.with_structured_output(Decision).invoke(asked)
    if decision.worker == "done":
        return Command(goto=END, update={"messages": [AIMessage(decision.task, name="supervisor")]})
    return Command(goto=decision.worker, update={"messages": [HumanMessage(decision.task, name="supervisor")]})


def report(worker, state: MessagesState):
    """A worker sees its task only, and hands back its answer only: the supervisor reads neither searches nor tools."""
    return {"messages": worker.invoke({"messages": state["messages"][-1:]})["messages"][-1:]}


def trains(state: MessagesState):
    return report(trains_agent, state)


def hotels(state: MessagesState):
    return report(hotels_agent, state)


builder = StateGraph(MessagesState)
builder.add_node(supervisor)
builder.add_node(trains)
builder.add_node(hotels)
builder.add_edge(START, "supervisor")
builder.add_edge("trains", "supervisor")
builder.add_edge("hotels", "supervisor")
travel_desk = builder.compile(name="travel_desk")


if __name__ == "__main__":
    asked = "I have to be in our Hamburg office tomorrow at 11. A train and a room, please."
    for message in travel_desk.invoke({"messages": asked})["messages"]:
        print(f"{message.name or 'you'}: {message.content}")
