"""The agent that the patterns are made of: a model and its tools in a loop, until it calls no tool any more.

``langgraph_nb.prebuilt.create_react_agent`` makes one with more to set, ``langchain.agents.create_agent`` one with
middleware; both can be put in its place.
"""

from langchain_core.messages import SystemMessage

from langgraph_nb.graph import START, MessagesState, StateGraph
from langgraph_nb.prebuilt import ToolNode, tools_condition


def agent(model, tools, prompt, name):
    """A graph that answers the last message with the help of tools."""

    def think(state: MessagesState):
        answer = model.bind_tools(tools).invoke([SystemMessage(prompt), *state["messages"]])
        return {"messages": [answer.model_copy(update={"name": name})]}

    builder = StateGraph(MessagesState)
    builder.add_node("think", think)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "think")
    builder.add_conditional_edges("think", tools_condition)
    builder.add_edge("tools", "think")
    return builder.compile(name=name)
