"""Plan and execute: a plan first, then one step after the other; after each, what is left is planned anew.

Use it for jobs of many steps: a large model plans, a small one may do the steps. The plan is part of the state: it is
seen, stored, and can be changed by a person in between.
"""

import operator
from typing import Annotated, TypedDict

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from langgraph_nb.graph import END, START, StateGraph
from patterns.scripted import model  # no real model; a real one: model = init_chat_model("openai:gpt-5-mini")


class State(TypedDict):
    job: str
    plan: list[str]
    done: Annotated[list[tuple[str, str]], operator.add]


class Plan(BaseModel):
    """What is still to be done, in order. Empty when the job is done."""

    steps: list[str]


class Done(BaseModel):
    """What came of a step."""

    result: str


def so_far(state: State):
    """The job, and what was done, as a conversation."""
    done = [AIMessage(f"{step}: {result}") for step, result in state["done"]]
    return [HumanMessage(state["job"]), *done]


def plan(state: State):
    planned = model.with_structured_output(Plan).invoke(
        [SystemMessage("You break a job into steps."), HumanMessage(state["job"])]
    )
    return {"plan": planned.steps}


def execute(state: State):
    step = state["plan"][0]
    messages = [SystemMessage("You do one step."), *so_far(state), HumanMessage(step)]
    return {"done": [(step, model.with_structured_output(Done).invoke(messages).result)]}


def replan(state: State):
    messages = [SystemMessage("You look at what is done, and plan what is left."), *so_far(state)]
    return {"plan": model.with_structured_output(Plan).invoke(messages).steps}


def what_next(state: State):
    return "execute" if state["plan"] else END


builder = StateGraph(State)
builder.add_node(plan)
builder.add_node(execute)
builder.add_node(replan)
builder.add_edge(START, "plan")
builder.add_edge("plan", "execute")
builder.add_edge("execute", "replan")
builder.add_conditional_edges("replan", what_next, ["execute", END])
planner = builder.compile(name="planner")


if __name__ == "__main__":
    for step, result in planner.invoke({"job": "What does a day in Hamburg cost?"})["done"]:
        print(f"{step}: {result}")
