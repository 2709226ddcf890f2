"""Swarm: agents hand the conversation over to each other; whoever has it answers the person, until it hands over.

Use it where people talk with one specialist for a while. The thread remembers who is speaking. A supervisor costs one
more model call a turn, and sees everything; in a swarm nobody does.
"""

from typing import Annotated, Literal

from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, tool

from langgraph_nb.checkpoint.memory import InMemorySaver
from langgraph_nb.graph import END, START, MessagesState, StateGraph
from langgraph_nb.prebuilt import InjectedState
from langgraph_nb.types import Command
from patterns.agent import agent
from patterns.scripted import model  # no real model; a real one: model = init_chat_model("openai:gpt-5-mini")


class State(MessagesState):
    speaking: str


def hand_off(other: str):
    """A tool that leaves its own agent (`graph=Command.PARENT`) and goes on in another one."""

    @tool(f"ask_{other}", description=f"Hand the conversation over to the agent for {other}.")
    def ask(state: Annotated[dict, InjectedState], call: Annotated[str, InjectedToolCallId]) -> Command:
        done = ToolMessage(f"Over to {other}.", tool_call_id=call)
        update = {"messages": [*state["messages"], done], "speaking": other}
        return Command(graph=Command.PARENT, goto=other, update=update)

    return ask


trains = agent(model, [hand_off("hotels")], prompt="You sell train tickets.", name="trains")
hotels = agent(model, [hand_off("trains")], prompt="You rent rooms.", name="hotels")


def who_speaks(state: State) -> Literal["trains", "hotels"]:
    return state.get("speaking") or "trains"


builder = StateGraph(State)
builder.add_node("trains", trains, destinations=("hotels",))
builder.add_node("hotels", hotels, destinations=("trains",))
builder.add_conditional_edges(START, who_speaks)
builder.add_edge("trains", END)
builder.add_edge("hotels", END)
swarm = builder.compile(checkpointer=InMemorySaver(), name="swarm")


if __name__ == "__main__":
    thread = {"configurable": {"thread_id": "1"}}
    for said in ("A train to Hamburg, by 11?", "And a room there?", "Does it have parking?"):
        state = swarm.invoke({"messages": said}, thread)
        print(f"you: {said}\n{state.get('speaking', 'trains')}: {state['messages'][-1].content}")
