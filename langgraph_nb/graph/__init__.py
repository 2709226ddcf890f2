"""Defining graphs."""

from langgraph_nb.constants import END, START
from langgraph_nb.graph.message import MessageGraph, MessagesState, add_messages
from langgraph_nb.graph.state import StateGraph

__all__ = ["END", "START", "MessageGraph", "MessagesState", "StateGraph", "add_messages"]
