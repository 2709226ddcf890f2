"""The old path of ``RunnableCallable``."""

from langgraph_nb.alias.private._internal._runnable import RunnableCallable, RunnableLike

__all__ = ["RunnableCallable", "RunnableLike"]
