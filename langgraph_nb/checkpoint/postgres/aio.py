"""LangGraph's path of the savers that async programs open."""

from langgraph_nb.checkpoint.postgres.awaited import AsyncPostgresSaver
from langgraph_nb.checkpoint.postgres.shallow import AsyncShallowPostgresSaver

__all__ = ["AsyncPostgresSaver", "AsyncShallowPostgresSaver"]
