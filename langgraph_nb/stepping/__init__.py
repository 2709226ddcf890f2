"""Going through a run step by step: ``step`` and what it gives. It works in scripts as in notebooks."""

from __future__ import annotations

from langgraph_nb.stepping.breakpoints import Breakpoint
from langgraph_nb.stepping.debugger import Debugger, StepError, astep, step
from langgraph_nb.stepping.position import StepTask

__all__ = ["Breakpoint", "Debugger", "StepError", "StepTask", "astep", "step"]
