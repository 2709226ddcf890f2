"""The reserved names of the runtime, at the path where they once were public."""

from langgraph_nb.alias.private._internal import _constants
from langgraph_nb.alias.private._internal._constants import *  # noqa: F403 - every one of them

__all__ = list(_constants.__all__)
