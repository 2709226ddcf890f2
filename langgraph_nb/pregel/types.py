"""An old path of names that are in ``langgraph_nb.types``. Importing it warns."""

from warnings import warn

from langgraph_nb.types import (
    All,
    CachePolicy,
    PregelTask,
    RetryPolicy,
    StateSnapshot,
    StateUpdate,
    StreamMode,
    StreamWriter,
    default_retry_on,
)
from langgraph_nb.warnings import LangGraphDeprecatedSinceV10

__all__ = [
    "All", "StateUpdate", "CachePolicy", "PregelTask", "RetryPolicy", "StateSnapshot", "StreamMode", "StreamWriter",
    "default_retry_on",
]  # fmt: skip

warn(
    f"Importing from {__name__} is deprecated. Please use 'from langgraph_nb.types import ...' instead.",
    LangGraphDeprecatedSinceV10,
    stacklevel=2,
)
