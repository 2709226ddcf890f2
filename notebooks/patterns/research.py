"""Map-reduce research: split a question, look into all parts at the same time, put the findings together.

Use it where parts do not need each other. Each part is a task of its own: it is retried, stored and shown alone.
"""

import operator
from typing import Annotated, TypedDict

from langgraph_nb.graph import END, START, StateGraph
from langgraph_nb.types import RetryPolicy, Send

PRICES = {"Hamburg": (79, 110), "Leipzig": (35, 90), "Prague": (68, 75)}
"""What a search would find: a train and a night, in euros."""


class State(TypedDict):
    question: str
    cities: list[str]
    findings: Annotated[list[dict], operator.add]
    answer: str


class Part(TypedDict):
    city: str


def split(state: State):
    """Here the question names its parts; a model with a list as structured output splits any question."""
    return {"cities": [city for city in PRICES if city in state["question"]]}


def research(part: Part):
    train, night = PRICES[part["city"]]
    return {"findings": [{"city": part["city"], "euros": train + night}]}


def write(state: State):
    found = sorted(state["findings"], key=lambda one: one["euros"])
    return {"answer": "; ".join(f"{one['city']} {one['euros']} euros" for one in found)}


def each_city(state: State):
    return [Send("research", {"city": city}) for city in state["cities"]]


builder = StateGraph(State)
builder.add_node(split)
builder.add_node(research, retry_policy=RetryPolicy(max_attempts=3))
builder.add_node(write)
builder.add_edge(START, "split")
builder.add_conditional_edges("split", each_city, ["research"])
builder.add_edge("research", "write")
builder.add_edge("write", END)
researcher = builder.compile(name="researcher")


if __name__ == "__main__":
    print(researcher.invoke({"question": "Where do we meet: Hamburg, Leipzig or Prague?"})["answer"])
