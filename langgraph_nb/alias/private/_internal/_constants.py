"""Reserved names of LangGraph's runtime.

Of the keys of ``configurable``, a node's config has those to read, to send and of the runtime (``alias.carried``), and
the coordinates of its checkpoint.
"""

from langgraph_nb.constants import (
    CONF,
    CONFIG_KEY_CHECKPOINTER,
    ERROR,
    INPUT,
    INTERRUPT,
    NO_WRITES,
    NS_END,
    NS_SEP,
    PREVIOUS,
    PULL,
    PUSH,
    RESUME,
    RETURN,
    TASKS,
)
from langgraph_nb.constants import ERROR_SOURCE as ERROR_SOURCE_NODE
from langgraph_nb.constants import STRICT_RESUME as CONFIG_KEY_STRICT_RESUME

__all__ = [
    "CACHE_NS_WRITES", "CONF", "CONFIG_KEY_CACHE", "CONFIG_KEY_CALL", "CONFIG_KEY_CHECKPOINTER",
    "CONFIG_KEY_CHECKPOINT_ID", "CONFIG_KEY_CHECKPOINT_MAP", "CONFIG_KEY_CHECKPOINT_NS", "CONFIG_KEY_DURABILITY",
    "CONFIG_KEY_NODE_FINISHED", "CONFIG_KEY_READ", "CONFIG_KEY_RESUME_MAP", "CONFIG_KEY_RESUMING",
    "CONFIG_KEY_RUNNER_SUBMIT", "CONFIG_KEY_RUNTIME", "CONFIG_KEY_SCRATCHPAD", "CONFIG_KEY_SEND", "CONFIG_KEY_STREAM",
    "CONFIG_KEY_STRICT_RESUME", "CONFIG_KEY_TASK_ID", "CONFIG_KEY_THREAD_ID", "ERROR", "ERROR_SOURCE_NODE", "INPUT",
    "INTERRUPT", "NO_WRITES", "NS_END", "NS_SEP", "NULL_TASK_ID", "OVERWRITE", "PREVIOUS", "PULL", "PUSH", "RESERVED",
    "RESUME", "RETURN", "TASKS",
]  # fmt: skip

CONFIG_KEY_READ = "__pregel_read"
CONFIG_KEY_SEND = "__pregel_send"
CONFIG_KEY_RUNTIME = "__pregel_runtime"

CONFIG_KEY_THREAD_ID = "thread_id"
CONFIG_KEY_CHECKPOINT_ID = "checkpoint_id"
CONFIG_KEY_CHECKPOINT_NS = "checkpoint_ns"
CONFIG_KEY_CHECKPOINT_MAP = "checkpoint_map"

CONFIG_KEY_CACHE = "__pregel_cache"
CONFIG_KEY_CALL = "__pregel_call"
CONFIG_KEY_DURABILITY = "__pregel_durability"
CONFIG_KEY_NODE_FINISHED = "__pregel_node_finished"
CONFIG_KEY_RESUME_MAP = "__pregel_resume_map"
CONFIG_KEY_RESUMING = "__pregel_resuming"
CONFIG_KEY_RUNNER_SUBMIT = "__pregel_runner_submit"
CONFIG_KEY_SCRATCHPAD = "__pregel_scratchpad"
CONFIG_KEY_STREAM = "__pregel_stream"
CONFIG_KEY_TASK_ID = "__pregel_task_id"

CACHE_NS_WRITES = "__pregel_ns_writes"
NULL_TASK_ID = "00000000-0000-0000-0000-000000000000"
OVERWRITE = "__overwrite__"

RESERVED = {
    INPUT, INTERRUPT, RESUME, ERROR, ERROR_SOURCE_NODE, NO_WRITES, CONFIG_KEY_SEND, CONFIG_KEY_READ,
    CONFIG_KEY_CHECKPOINTER, CONFIG_KEY_STREAM, CONFIG_KEY_CHECKPOINT_MAP, CONFIG_KEY_RESUMING, CONFIG_KEY_TASK_ID,
    CONFIG_KEY_CHECKPOINT_ID, CONFIG_KEY_CHECKPOINT_NS, CONFIG_KEY_RESUME_MAP, CONFIG_KEY_STRICT_RESUME, PUSH, PULL,
    NS_SEP, NS_END, CONF,
}  # fmt: skip
