"""Managed values: keys of a state that the runtime fills in for each task, and never stores."""

from langgraph_nb.managed.is_last_step import IsLastStep, RemainingSteps

__all__ = ["IsLastStep", "RemainingSteps"]
