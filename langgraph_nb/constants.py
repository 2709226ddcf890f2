"""Names with a meaning to the runtime: the virtual nodes, tags, and the reserved channels of a checkpoint."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Literal
from warnings import warn

from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

__all__ = ("TAG_NOSTREAM", "TAG_HIDDEN", "START", "END", "CONF", "TASKS", "CONFIG_KEY_CHECKPOINTER")

START = "__start__"
"""The virtual node that every run enters by."""
END = "__end__"
"""The virtual node that a path through the graph ends at."""

TAG_NOSTREAM = "nostream"
"""A model with this tag does not appear in the ``messages`` stream."""
TAG_HIDDEN = "langsmith:hidden"
"""A node with this tag does not appear in streams and traces."""

# Reserved channels. They are part of the stored form of a checkpoint, so their values never change.
INPUT = "__input__"
TASKS = "__pregel_tasks"
BRANCH_TO = "branch:to:"
JOIN = "join:"
ROOT = "__root__"
PREVIOUS = "__previous__"

# Reserved names of a task's pending writes.
INTERRUPT = "__interrupt__"
RESUME = "__resume__"
ERROR = "__error__"
NO_WRITES = "__no_writes__"
ERROR_SOURCE = "__error_source_node__"
"""Beside an error: the node that failed, where the failure is another node's to handle."""
RESERVED_WRITES = frozenset((INTERRUPT, RESUME, ERROR, NO_WRITES, ERROR_SOURCE))
RETURN = "__return__"
"""What a task that code called returned; it goes to no channel."""

STRICT_RESUME = "__pregel_strict_resume"
"""In a config: answers that no question awaits are refused."""

PULL = "__pregel_pull"
"""First part of the path of a task that a channel triggered."""
PUSH = "__pregel_push"
"""First part of the path of a task that a ``Send`` asked for."""

RESERVED_NAMES = RESERVED_WRITES | {INPUT, PULL, PUSH, TAG_HIDDEN, "|", ":", "configurable"}
"""What no channel and no actor may be called."""

DEFAULT_NAME = "LangGraph"
"""What a graph is called that has been given no name."""
NS_SEP = "|"
"""Between the levels of a checkpoint namespace."""
NS_END = ":"
"""Between a node's name and its task's id in one level of a checkpoint namespace."""

CONF: Literal["configurable"] = "configurable"
"""The key of a config under which its addresses and the program's own values are."""
CONFIG_KEY_CHECKPOINTER = "__pregel_checkpointer"
"""Where, among these, other runtimes pass their saver on."""

DEFAULT_RECURSION_LIMIT = int(os.environ.get("LANGGRAPH_DEFAULT_RECURSION_LIMIT", "10007"))
"""How many supersteps a run may take unless its config says."""

DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT = int(os.environ.get("LANGGRAPH_DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT", "5000"))
"""After how many supersteps the value of a delta channel is stored whole, however seldom it is written."""


def __getattr__(name: str) -> Any:
    if name in ("Send", "Interrupt"):
        home = __name__.replace("constants", "types")
        text = f"Importing {name} from {__name__} is deprecated. Please use 'from {home} import {name}' instead."
        warn(text, LangGraphDeprecatedSinceV10, stacklevel=2)
        return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
