"""Reflection: one writes, another one checks, and the remark goes back, until it is good or has been tried enough.

Use it where a mistake is easier to see than to avoid. Always count the rounds: two models can be polite for ever.
"""

import operator
from typing import Annotated, Literal, TypedDict

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from langgraph_nb.graph import END, START, StateGraph
from patterns.scripted import model  # no real model; a real one: model = init_chat_model("openai:gpt-5-mini")

ROUNDS = 3


class State(TypedDict):
    task: str
    drafts: Annotated[list[str], operator.add]
    remarks: Annotated[list[str], operator.add]
    good: bool


class Check(BaseModel):
    """Whether a travel plan can be used as it is, and what is wrong with it."""

    good: bool
    remark: str


def conversation(state: State):
    """Drafts and remarks, in turns."""
    told = [HumanMessage(state["task"])]
    for draft, remark in zip(state["drafts"], state["remarks"], strict=True):
        told += [AIMessage(draft), HumanMessage(remark)]
    return told


def write(state: State):
    draft = model.invoke([SystemMessage("You write travel plans."), *conversation(state)])
    return {"drafts": [draft.content]}


def check(state: State):
    earlier = [AIMessage(remark) for remark in state["remarks"]]
    messages = [SystemMessage("You check travel plans."), *earlier, HumanMessage(state["drafts"][-1])]
    found = model.with_structured_output(Check).invoke(messages)
    return {"remarks": [found.remark], "good": found.good}


def again(state: State) -> Literal["write", "__end__"]:
    return END if state["good"] or len(state["drafts"]) >= ROUNDS else "write"


builder = StateGraph(State)
builder.add_node(write)
builder.add_node(check)
builder.add_edge(START, "write")
builder.add_edge("write", "check")
builder.add_conditional_edges("check", again)
reflection = builder.compile(name="reflection")


if __name__ == "__main__":
    state = reflection.invoke({"task": "Plan a day in Hamburg, meeting at 11:00."})
    for draft, remark in zip(state["drafts"], state["remarks"], strict=True):
        print(f"draft:  {draft}\nremark: {remark}")
